//! CPU usage, held against the CPU time that the process and the machine have used meanwhile.

use std::time::Duration;

use exposition::Page;
use tokio::time::{Instant, sleep};

use super::compare::{APP_CPU, INTERVAL_VARIABLE, SYSTEM_CPU, Sampled, WHY, differs, lines};
use super::load::{Burning, while_busy};
use super::plausible::stuck_at_0;
use super::watch::Range;
use crate::launch::Settings;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{App, PATIENCE};

/// A sample each second, as where nothing is set.
const DEFAULT_MS: u64 = 1_000;
/// Not sooner, since an app that measures when it is scraped needs that long: which is judged elsewhere.
const POLL_INTERVAL: Duration = Duration::from_millis(220);
/// The shortest time over which anybody measures, as far as the system's own readings can tell.
const SHORTEST: Duration = Duration::from_millis(150);
/// The readings of the system are not taken at the same instant as the app's.
const APART: Duration = Duration::from_millis(60);
/// How many samples are compared, and how many of them have to agree: a machine that is busy with other things may
/// stop the app between two readings.
const SAMPLES: usize = 5;
const AGREE: usize = 3;
const ROUNDS: usize = 3;
/// How far a share of the CPU may lie beside what the system says, which counts in hundredths of a second.
const TOLERANCE: f64 = 0.03;
const RELATIVE_TOLERANCE: f64 = 0.25;
const SATURATED: f64 = 0.98;
const MACHINE_TOLERANCE: f64 = 0.1;
/// How old the sample is at most that a page shows, whatever the interval.
const OLDEST: Duration = Duration::from_millis(2_500);
/// How long the system takes to show that the machine is busy.
const SETTLED: Duration = Duration::from_millis(700);
/// A sample that comes sooner than this is no sample of each second.
const SOONER_THAN_A_SECOND: Duration = Duration::from_millis(700);

/// A value that a page was the first to show.
struct Sample {
    value: f64,
    /// When the page before was asked for, which still had another value.
    after: Instant,
    /// When this page was there.
    before: Instant,
    page: Page,
}

/// Returns whether the app took its samples as often as the variable says.
pub(super) async fn is_what_was_used(sampled: &Sampled) -> Outcome<bool> {
    let mut samples = Vec::new();
    let mut overall = Overall::Unknown;
    for _ in 0..ROUNDS {
        samples = while_busy(&sampled.started.app, take_samples(sampled)).await?;
        let agreeing = samples.windows(2).filter(|pair| system_says(sampled, pair).holds_share(pair[1].value));
        let agree = agreeing.count() >= AGREE;
        overall = if agree { Overall::of(sampled, &samples) } else { Overall::Beside };
        if matches!(overall, Overall::Right) {
            break;
        }
    }
    match overall {
        Overall::TooHigh(system) => {
            return samples.last().map_or(Ok(false), |last| too_high(&last.page, system).stop());
        }
        Overall::Beside => return disagrees(sampled, &samples),
        Overall::Right | Overall::Unknown => {}
    }
    // Of an app that hardly runs, no more can be told than that its samples are right one by one.
    while_the_machine_is_busy(sampled).await?;
    Ok(samples.windows(2).any(|pair| pair[1].before - pair[0].after < SOONER_THAN_A_SECOND))
}

/// How long an app is busy, and then at rest, while nobody scrapes it: so long that a sample of each second is one of
/// the rest alone.
const BUSY: Duration = Duration::from_millis(1_000);
const REST: Duration = Duration::from_millis(2_600);
/// What an app uses at most that has nothing to do but to sample.
const AT_REST: f64 = 0.025;

/// The first page of an app that was busy, and has nothing to do since, shows the usage of the last second, and not that since
/// the page before.
pub(super) async fn at_rest_is_that_of_the_last_second(app: &App, settings: &Settings) -> Outcome {
    let sampled = Sampled::start(app, settings, DEFAULT_MS).await?;
    sampled.started.app.scrape().await?;
    let busy = async {
        sleep(BUSY).await;
        Ok(())
    };
    while_busy(&sampled.started.app, busy).await?;
    let stopped = Instant::now();
    sleep(REST).await;
    let page = sampled.started.app.scrape().await?;
    let at_rest = sampled.watch.cpu_of_process(stopped + APART, SETTLED, (stopped, Instant::now()));
    // On a machine that is so busy that the app hardly ran, the two cannot be told apart.
    if page.sum(APP_CPU, &[]) <= at_rest.most + AT_REST {
        return Ok(());
    }
    differs("Measure once a second, whether somebody scrapes or not.", &page, APP_CPU, at_rest)
        .mistake("The scrape itself measures, and then CPU usage is that of all the time since the scrape before. Or the value is kept while nothing happens.")
        .stop()
}

/// Waits for one sample after the other, and ends the check when none comes.
async fn take_samples(sampled: &Sampled) -> Outcome<Vec<Sample>> {
    let mut samples: Vec<Sample> = Vec::new();
    let mut asked_before = Instant::now();
    let mut deadline = asked_before + PATIENCE;
    while samples.len() <= SAMPLES {
        let asked = Instant::now();
        let page = sampled.started.app.scrape().await?;
        let value = page.sum(APP_CPU, &[]);
        if samples.last().is_none_or(|last| last.value.to_bits() != value.to_bits()) {
            samples.push(Sample { value, after: asked_before, before: Instant::now(), page });
            deadline = Instant::now() + PATIENCE;
        } else if Instant::now() > deadline {
            return is_constant(sampled, &page);
        }
        asked_before = asked;
        sleep(POLL_INTERVAL).await;
    }
    Ok(samples)
}

/// How far the usage over all samples may lie above what the system says. Over so long a time, the two hardly differ.
const OVERALL_TOLERANCE: f64 = 0.01;
const OVERALL_RELATIVE_TOLERANCE: f64 = 0.5;

/// What all samples together say of an app whose samples agree one by one. On a machine that is busy, the share of an app is
/// small, and as many times as much as there are cores is still near it.
enum Overall {
    Right,
    /// Above what the system says.
    TooHigh(Range),
    /// They do not even agree one by one.
    Beside,
    /// The app got so little of the CPU that nobody can tell.
    Unknown,
}

impl Overall {
    fn of(sampled: &Sampled, samples: &[Sample]) -> Self {
        let Some((shown, system)) = overall(sampled, samples) else { return Self::Unknown };
        let most = system.most * (1.0 + OVERALL_RELATIVE_TOLERANCE) + OVERALL_TOLERANCE;
        let cores = sampled.watch.cores();
        if shown > most {
            Self::TooHigh(system)
        } else if cores > 1.0 && system.least * cores <= most {
            Self::Unknown
        } else {
            Self::Right
        }
    }
}

/// What the samples show of all the time between the first and the last, and what the system says of it.
fn overall(sampled: &Sampled, samples: &[Sample]) -> Option<(f64, Range)> {
    let (first, last) = (samples.first()?, samples.last()?);
    let between = samples.windows(2).map(|pair| (pair[1].value, (pair[1].before - pair[0].before).as_secs_f64()));
    let (used, time) = between.fold((0.0, 0.0), |sum, (value, time)| (sum.0 + value * time, sum.1 + time));
    let shortest = last.before.saturating_duration_since(first.before).saturating_sub(2 * APART);
    let end = (last.after - APART, last.before + APART);
    (time > 0.0).then(|| (used / time, sampled.watch.cpu_of_process(first.after - APART, shortest, end)))
}

/// What the process used between two samples.
fn system_says(sampled: &Sampled, pair: &[Sample]) -> Range {
    let [last, this] = [&pair[0], &pair[1]];
    sampled.watch.cpu_of_process(last.after - APART, SHORTEST, (this.after - APART, this.before + APART))
}

impl Range {
    fn holds_share(self, value: f64) -> bool {
        self.holds(value, TOLERANCE + self.most.abs() * RELATIVE_TOLERANCE)
    }
}

/// A machine that is busy shows 1 all the time, and then a process that is said to use all of it.
fn is_constant(sampled: &Sampled, page: &Page) -> Outcome<Vec<Sample>> {
    let now = Instant::now();
    let system = sampled.watch.cpu_of_process(now - PATIENCE, PATIENCE / 2, (now - SETTLED, now));
    if page.sum(APP_CPU, &[]) < SATURATED || system.most > SATURATED {
        return stands_still(sampled, page).stop();
    }
    too_high(page, system).stop()
}

fn stands_still(sampled: &Sampled, page: &Page) -> Failure {
    Failure::change("Let CPU usage be measured again and again, between two points in time.")
        .expected(format!(
            "{APP_CPU} that changes while the app is busy, within {} seconds, with {INTERVAL_VARIABLE}={}",
            PATIENCE.as_secs(),
            sampled.interval_ms
        ))
        .seen(lines(page, &[APP_CPU, SYSTEM_CPU]))
        .mistake("The gauge is set once, or the loop that sets it ends or waits for too long. Or each sample is taken by a new `System`, which has no reading before to compare with.")
        .why(WHY)
}

/// What to change, and which mistake it is.
const TOO_HIGH: (&str, &str) = (
    "Set the CPU gauge of the process to its share of the whole machine, from 0 to 1.",
    "The value is in percent, or summed over the cores: sysinfo gives a process's usage in percent of one core. Or it is the usage of more than this process.",
);

fn too_high(page: &Page, system: Range) -> Failure {
    if shows_the_machine(page) {
        return process_differs(page, system);
    }
    differs(TOO_HIGH.0, page, APP_CPU, system).mistake(TOO_HIGH.1)
}

/// Whether both gauges are the same: beside anything else that the machine does, they are not.
fn shows_the_machine(page: &Page) -> bool {
    page.sum(APP_CPU, &[]) == page.sum(SYSTEM_CPU, &[])
}

fn disagrees(sampled: &Sampled, samples: &[Sample]) -> Outcome<bool> {
    let pairs = samples.windows(2).map(|pair| (system_says(sampled, pair), &pair[1]));
    let beside: Vec<_> = pairs.filter(|(system, sample)| !system.holds_share(sample.value)).collect();
    let higher = beside.iter().filter(|(system, sample)| sample.value > system.most).count();
    let Some((system, sample)) = beside.last() else { return Ok(false) };
    if higher * 2 > beside.len() {
        return too_high(&sample.page, *system).stop();
    }
    differs(
        "Set the CPU gauge of the process to the share of the whole machine that it uses.",
        &sample.page,
        APP_CPU,
        *system,
    )
    .mistake(
        "The value is divided too often, or it is the usage of something else: of another process, or of one thread.",
    )
    .stop()
}

/// The check itself keeps all cores busy. The app has nothing to do meanwhile.
async fn while_the_machine_is_busy(sampled: &Sampled) -> Outcome {
    let _burning = Burning::start()?;
    let started = Instant::now();
    loop {
        let page = sampled.started.app.scrape().await?;
        let now = Instant::now();
        // Not the time when the app itself was busy: what all use then is near to what it used.
        let oldest = started.max(now - OLDEST);
        let process = sampled.watch.cpu_of_process(oldest, SHORTEST, (oldest, now));
        let machine = sampled.watch.cpu_of_machine(now - SETTLED / 2);
        let process_agrees = process.holds_share(page.sum(APP_CPU, &[]));
        let machine_agrees = machine.holds(page.sum(SYSTEM_CPU, &[]), MACHINE_TOLERANCE);
        if now - started >= SETTLED && process_agrees && machine_agrees {
            return Ok(());
        }
        if now - started >= PATIENCE {
            let failure =
                if machine_agrees { process_differs(&page, process) } else { machine_differs(&page, machine) };
            return failure.stop();
        }
        sleep(POLL_INTERVAL).await;
    }
}

fn process_differs(page: &Page, system: Range) -> Failure {
    differs("Let the CPU gauge of the process show this process alone.", page, APP_CPU, system)
        .mistake("It is the usage of the whole machine, or of other processes, too. Or it is no longer measured when the app has nothing to do.")
}

fn machine_differs(page: &Page, system: Range) -> Failure {
    if page.sum(SYSTEM_CPU, &[]) == 0.0 {
        return stuck_at_0(lines(page, &[APP_CPU, SYSTEM_CPU]));
    }
    let mistake = if page.sum(SYSTEM_CPU, &[]) > 1.0 {
        "The value is in percent, or summed over the cores."
    } else {
        "It is the usage of the app alone or of one core, the share that is idle, or a value that is not measured again."
    };
    differs(
        "Set the CPU gauge of the machine to the share of all its cores that is used, from 0 to 1.",
        page,
        SYSTEM_CPU,
        system,
    )
    .mistake(mistake)
}
