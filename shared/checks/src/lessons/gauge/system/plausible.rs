//! What any app has to show, wherever it runs: plausible values, in the right unit.

use std::collections::BTreeSet;
use std::time::Duration;

use exposition::Page;
use tokio::time::Instant;

use super::compare::{APP_CPU, APP_MEMORY, DISK_FREE, DISK_SIZE, SYSTEM_CPU, SYSTEM_MEMORY, WHY, lines};
use super::load::while_busy;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{App, PATIENCE};

/// How far an app's share may lie above the machine's: the two are not read at the same instant.
const TOLERANCE: f64 = 0.1;
/// No program with an async runtime and a database needs less, and no machine has a smaller disk.
const ONE_MEGABYTE: f64 = 1_000_000.0;
/// No machine that runs a shop uses less than a thousandth of its memory.
const LEAST_MEMORY_USAGE: f64 = 0.001;
pub(super) fn bytes_are_bytes(page: &Page) -> Outcome {
    let [memory, free, size] = [APP_MEMORY, DISK_FREE, DISK_SIZE].map(|name| page.sum(name, &[]));
    let (change, mistake) = if memory < ONE_MEGABYTE || size < ONE_MEGABYTE {
        (
            "Set the gauges whose names end in `_bytes` to bytes.",
            "The number was divided down to kilobytes, megabytes or gigabytes, or it was never set.",
        )
    } else if !(0.0..=size).contains(&free) {
        ("Set the free space of the disk to what is left of its size.", "Free space and size are mixed up.")
    } else {
        return Ok(());
    };
    Failure::change(change)
        .expected(format!("{APP_MEMORY} and {DISK_SIZE} of more than a million, {DISK_FREE} at most {DISK_SIZE}"))
        .seen(lines(page, &[APP_MEMORY, DISK_FREE, DISK_SIZE]))
        .mistake(mistake)
        .why("Dashboards and alerts scale bytes by themselves. A number in another unit is off by a million, and looks like a leak or like nothing.")
        .stop()
}

/// A second app in the same process has gauges of its own, which somebody has to set.
pub(super) async fn replica_is_sampled(app: &App) -> Outcome {
    const NEVER_0: [&str; 4] = [APP_MEMORY, SYSTEM_MEMORY, DISK_FREE, DISK_SIZE];
    let Ok(replica) = app.replica() else { return Ok(()) };
    let is_set = |page: &Page| NEVER_0.iter().all(|name| page.sum(name, &[]) > 0.0);
    let page = replica.scrape_until(is_set).await?;
    if is_set(&page) {
        return Ok(());
    }
    Failure::change("Sample for each app, also where two of them live in one process.")
        .expected("values above 0 on the page of a second replica")
        .seen(lines(&page, &NEVER_0))
        .mistake("The sampling is started once for the whole process, for the gauges of the first app alone.")
        .why("Each replica is a target of its own. One that always shows 0 looks idle, and healthy.")
        .stop()
}

/// Beside the app, there is an operating system: some memory is used, and not all of it.
pub(super) async fn some_memory_is_used(app: &App) -> Outcome {
    let is_some = |page: &Page| (LEAST_MEMORY_USAGE..1.0).contains(&page.sum(SYSTEM_MEMORY, &[]));
    let page = app.scrape_until(|page| is_some(page) || page.sum(SYSTEM_MEMORY, &[]) > 1.0).await?;
    if is_some(&page) {
        return Ok(());
    }
    if page.sum(SYSTEM_MEMORY, &[]) > 1.0 {
        return beyond_one(&page, SYSTEM_MEMORY);
    }
    Failure::change(format!("Set `{SYSTEM_MEMORY}` to the share of the machine's memory that is used."))
        .expected(format!("{SYSTEM_MEMORY} above {LEAST_MEMORY_USAGE}, and below 1"))
        .seen(lines(&page, &[SYSTEM_MEMORY]))
        .mistake("The gauge is never set, or the division has its two sides the wrong way round, or is one of whole numbers.")
        .why(WHY)
        .stop()
}

/// What the pages showed while the app was busy.
#[derive(Default)]
struct Readings {
    app: Vec<f64>,
    machine: Vec<f64>,
    last: Vec<String>,
}

impl Readings {
    fn add(&mut self, page: &Page) {
        self.app.push(page.sum(APP_CPU, &[]));
        self.machine.push(page.sum(SYSTEM_CPU, &[]));
        self.last = lines(page, &[APP_CPU, SYSTEM_CPU]);
    }

    /// While the app is busy, the machine is: 0 is no usage, but the lack of one.
    fn machine_is_stuck(&self) -> bool {
        moves(&self.app) && self.machine.last() == Some(&0.0)
    }

    fn have_moved(&self) -> bool {
        moves(&self.app) && (moves(&self.machine) || self.machine_is_saturated())
    }

    /// A first value that is new may cover a time before the app was busy.
    fn are_enough(&self) -> bool {
        self.have_moved() && distinct(&self.app) > 2
    }

    /// A machine that others keep busy, too, shows 1 for as long as they do.
    fn machine_is_saturated(&self) -> bool {
        self.machine.iter().all(|usage| *usage > 0.99)
    }

    /// The app is a part of the machine.
    fn app_is_above_machine(&self) -> bool {
        mean(&self.app) > mean(&self.machine) + TOLERANCE
    }
}

fn moves(values: &[f64]) -> bool {
    values.iter().any(|value| *value > 0.0) && distinct(values) > 1
}

fn distinct(values: &[f64]) -> usize {
    values.iter().map(|value| value.to_bits()).collect::<BTreeSet<_>>().len()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// CPU usage moves while the app is busy, from 0 to 1, and the app's stays below the machine's.
pub(super) async fn cpu_moves(app: &App) -> Outcome {
    let readings = while_busy(app, read_cpu(app)).await?;
    if readings.machine_is_stuck() {
        return stuck_at_0(readings.last).stop();
    }
    if !readings.have_moved() {
        return Failure::change("Let CPU usage be measured again and again, between two points in time.")
            .expected(format!("{APP_CPU} and {SYSTEM_CPU} above 0 and changing, while the app is busy"))
            .seen(readings.last)
            .mistake("CPU usage is read once, the loop that reads it has ended, or each sample is taken by a new `System`, which has no reading before to compare with.")
            .why(WHY)
            .stop();
    }
    if readings.app_is_above_machine() {
        return Failure::change("Set the CPU gauge of the process to its share of the whole machine.")
            .expected(format!("{APP_CPU} not above {SYSTEM_CPU}: the app is part of the machine"))
            .seen(readings.last)
            .mistake(BEYOND_ONE)
            .why(WHY_SHARES)
            .stop();
    }
    Ok(())
}

/// The gauge of the machine shows 0 while the app uses the CPU.
pub(super) fn stuck_at_0(seen: Vec<String>) -> Failure {
    Failure::change("Show the share of the machine's CPU that is used, read again for each sample.")
        .expected(format!("{SYSTEM_CPU} above 0 while the app is busy: the app is part of the machine"))
        .seen(seen)
        .mistake("Nobody asks for the machine: sysinfo reads its CPU usage by `refresh_cpu_usage`, beside that of the processes. Or each sample is taken by a new `System`, which has not read it yet. Or it is the share that is idle, which is 0 while all cores are busy.")
        .why(WHY)
}

/// Reads pages until CPU usage has moved twice, or patience ends. Each page has to be in range.
async fn read_cpu(app: &App) -> Outcome<Readings> {
    let mut readings = Readings::default();
    let deadline = Instant::now() + PATIENCE;
    while !readings.are_enough() && Instant::now() < deadline {
        let page = app.scrape().await?;
        for name in [APP_CPU, SYSTEM_CPU] {
            if !(0.0..=1.0).contains(&page.sum(name, &[])) {
                return beyond_one(&page, name);
            }
        }
        readings.add(&page);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(readings)
}

const BEYOND_ONE: &str = "The value is in percent, or summed over the cores. sysinfo gives percent, and a process's usage in percent of one core.";
const WHY_SHARES: &str =
    "A busy app on eight cores would show 8, or 800. Nobody can say whether that is much without knowing the machine.";

fn beyond_one<T>(page: &Page, name: &str) -> Outcome<T> {
    Failure::change("Set the gauges whose names end in `_ratio` to a share of the whole machine, from 0 to 1.")
        .expected(format!("{name} from 0 to 1"))
        .seen(lines(page, &[name]))
        .mistake(BEYOND_ONE)
        .why(WHY_SHARES)
        .stop()
}
