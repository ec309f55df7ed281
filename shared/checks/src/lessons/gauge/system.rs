//! CPU, memory and disk: plausible, in the right unit, and sampled beside the scrapes.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::{join_all, select};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::exposition::{MetricType, Page};
use crate::launch::Settings;
use crate::lessons::require::require_family;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::{App, PATIENCE};

const APP_CPU: &str = "app_cpu_usage_ratio";
const SYSTEM_CPU: &str = "system_cpu_usage_ratio";
const APP_MEMORY: &str = "app_memory_bytes";
const SYSTEM_MEMORY: &str = "system_memory_usage_ratio";
const DISK_FREE: &str = "system_disk_free_bytes";
const DISK_SIZE: &str = "system_disk_size_bytes";
const ALL: [&str; 6] = [APP_CPU, SYSTEM_CPU, APP_MEMORY, SYSTEM_MEMORY, DISK_FREE, DISK_SIZE];

const WHY: &str = "\"Is it the code, or the machine?\" is the second question of every incident. These are the numbers that answer it.";

/// No program with an async runtime and a database needs less, and no machine has a smaller disk.
const ONE_MEGABYTE: f64 = 1_000_000.0;
/// No machine that runs a shop uses less than a thousandth of its memory.
const LEAST_MEMORY_USAGE: f64 = 0.001;
/// How far an app's share may lie above the machine's: the two are not read at the same instant.
const TOLERANCE: f64 = 0.1;

pub(super) async fn is_plausible(app: &App) -> Outcome {
    let page = app.scrape_until(|page| page.sum(APP_MEMORY, &[]) > 0.0).await?;
    for name in ALL {
        require_family(&page, name, MetricType::Gauge, WHY)?;
    }
    bytes_are_bytes(&page)?;
    some_memory_is_used(app).await?;
    cpu_follows_the_load(app).await
}

fn bytes_are_bytes(page: &Page) -> Outcome {
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

/// Beside the app, there is an operating system: some memory is used, and not all of it.
async fn some_memory_is_used(app: &App) -> Outcome {
    let is_some = |page: &Page| (LEAST_MEMORY_USAGE..1.0).contains(&page.sum(SYSTEM_MEMORY, &[]));
    let page = app.scrape_until(|page| is_some(page) || page.sum(SYSTEM_MEMORY, &[]) > 1.0).await?;
    if is_some(&page) {
        return Ok(());
    }
    ratios_are_ratios(&page)?;
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
        self.last = lines(page, &[APP_CPU, SYSTEM_CPU, SYSTEM_MEMORY]);
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
}

fn moves(values: &[f64]) -> bool {
    values.iter().any(|value| *value > 0.0) && distinct(values) > 1
}

fn distinct(values: &[f64]) -> usize {
    values.iter().map(|value| value.to_bits()).collect::<BTreeSet<_>>().len()
}

async fn cpu_follows_the_load(app: &App) -> Outcome {
    let readings = while_busy(app, read_cpu(app)).await?;
    if !readings.have_moved() {
        return Failure::change("Let CPU usage be measured again and again, between two points in time.")
            .expected(format!("{APP_CPU} and {SYSTEM_CPU} above 0 and changing, while the app is busy"))
            .seen(readings.last)
            .mistake("CPU usage was read once, or each time by a new `System`. It is a difference between two readings of the same one: the first is always 0.")
            .why(WHY)
            .stop();
    }
    Ok(())
}

/// Reads pages until CPU usage has moved twice, or patience ends. Each page has to be in range.
async fn read_cpu(app: &App) -> Outcome<Readings> {
    let mut readings = Readings::default();
    let deadline = Instant::now() + PATIENCE;
    while !readings.are_enough() && Instant::now() < deadline {
        let page = app.scrape().await?;
        ratios_are_ratios(&page)?;
        readings.add(&page);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(readings)
}

fn ratios_are_ratios(page: &Page) -> Outcome {
    let [app, machine, memory] = [APP_CPU, SYSTEM_CPU, SYSTEM_MEMORY].map(|name| page.sum(name, &[]));
    let in_range = [app, machine, memory].iter().all(|ratio| (0.0..=1.0).contains(ratio));
    if in_range && app <= machine + TOLERANCE {
        return Ok(());
    }
    Failure::change("Set the gauges whose names end in `_ratio` to a share of the whole machine, from 0 to 1.")
        .expected(format!("values from 0 to 1, and {APP_CPU} not above {SYSTEM_CPU}: the app is part of the machine"))
        .seen(lines(page, &[APP_CPU, SYSTEM_CPU, SYSTEM_MEMORY]))
        .mistake("The value is in percent, or summed over the cores. sysinfo gives percent, and a process's usage in percent of one core.")
        .why("A busy app on eight cores would show 8, or 800. Nobody can say whether that is much without knowing the machine.")
        .stop()
}

/// Scrapes in a row, of which at most a few may show a new sample.
const SCRAPES: usize = 20;
const MAX_SAMPLES: usize = 5;
/// The shortest pause between two samples that anybody may choose: sysinfo's minimum.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(200);
/// A scrape or a request that takes this long has waited for a sample.
const STALL: Duration = Duration::from_millis(150);

pub(super) async fn is_sampled_in_the_background(app: &App) -> Outcome {
    let page = app.scrape().await?;
    require_family(&page, APP_CPU, MetricType::Gauge, WHY)?;
    scrapes_do_not_wait(app).await?;
    while_busy(app, scrapes_do_not_sample(app)).await?;
    requests_do_not_wait(app).await
}

/// The quickest of several: a busy machine slows some of them down, a sample in each scrape all of them.
async fn scrapes_do_not_wait(app: &App) -> Outcome {
    let scrape = quickest(app, "/metrics").await?;
    let other = quickest(app, "/live").await?;
    if scrape < other + STALL {
        return Ok(());
    }
    Failure::change("Take the samples in the background, and not while /metrics is being answered.")
        .expected(format!("a scrape that takes hardly longer than another request ({} ms)", other.as_millis()))
        .seen([format!("the quickest of {SCRAPES} scrapes took {} ms", scrape.as_millis())])
        .mistake("The handler of /metrics takes two CPU readings, and sleeps between them.")
        .why("Two Prometheus servers and a colleague with curl, and the samples stand in line. A scrape that is too slow is lost, just when the machine is busy.")
        .stop()
}

async fn quickest(app: &App, path: &str) -> Outcome<Duration> {
    let mut quickest = Duration::MAX;
    for _ in 0..SCRAPES {
        let started = Instant::now();
        app.get(path).await?;
        quickest = quickest.min(started.elapsed());
        if quickest < STALL / 4 {
            break;
        }
    }
    Ok(quickest)
}

async fn scrapes_do_not_sample(app: &App) -> Outcome {
    let started = Instant::now();
    let mut values = BTreeSet::new();
    let mut last = Vec::new();
    for _ in 0..SCRAPES {
        let page = app.scrape().await?;
        values.insert([APP_CPU, APP_MEMORY].map(|name| page.sum(name, &[]).to_bits()));
        last = lines(&page, &[APP_CPU, APP_MEMORY]);
    }
    let possible = started.elapsed().as_millis() / SHORTEST_INTERVAL.as_millis();
    if values.len() <= MAX_SAMPLES + usize::try_from(possible).unwrap_or(SCRAPES) {
        return Ok(());
    }
    Failure::change("Take a sample each second, however often somebody scrapes.")
        .expected(format!("{SCRAPES} scrapes in {} ms show one or two samples", started.elapsed().as_millis()))
        .seen([format!("they showed {} different ones; the last was", values.len())])
        .seen(last)
        .mistake("The handler of /metrics refreshes sysinfo. CPU usage is then measured since whoever scraped last.")
        .why("With two scrapers, each sees the usage since the other one's visit: a share of a random moment, which no average repairs.")
        .stop()
}

/// How often a stall has to be seen again before it counts: a busy machine stalls too, but not each time.
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_millis(2_300);
const STALLS: usize = 2;

/// On one thread, a sampler that blocks it stops every request beside it, once a second.
async fn requests_do_not_wait(app: &App) -> Outcome {
    let Ok(settings) = app.settings() else { return Ok(()) };
    let alone = app.start_with(&Settings { replicas: 1, worker_threads: Some(1), ..settings }).await?;
    let mut stalls = Vec::new();
    for _ in 0..ROUNDS {
        stalls = find_stalls(&alone.app).await?;
        if stalls.len() < STALLS && stalls.iter().sum::<Duration>() < ROUND {
            return Ok(());
        }
    }
    Failure::change("Take the samples in a thread of their own, where they may block.")
        .expected(format!("requests that are answered at once, on a runtime with one thread, for {} ms", ROUND.as_millis()))
        .seen(stalls.iter().take(STALLS).map(|stall| format!("GET /live took {} ms", stall.as_millis())))
        .mistake("A task of the async runtime calls `std::thread::sleep`, reads for long, or never awaits anything. Meanwhile its thread does nothing else.")
        .why("Once a second, every request that is on this thread waits. It shows as a p99 that nobody can explain.")
        .stop()
}

async fn find_stalls(app: &App) -> Outcome<Vec<Duration>> {
    let deadline = Instant::now() + ROUND;
    let mut stalls = Vec::new();
    while Instant::now() < deadline {
        let started = Instant::now();
        if let Ok(answer) = timeout(PATIENCE, app.get("/live")).await {
            answer?;
        }
        stalls.extend(Some(started.elapsed()).filter(|elapsed| *elapsed >= STALL));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(stalls)
}

/// Keeps the app busy for as long as something else goes on.
async fn while_busy<T>(app: &App, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    let busy = join_all((0..CONNECTIONS).map(|_| keep_busy(app)));
    match select(Box::pin(work), Box::pin(busy)).await {
        futures_util::future::Either::Left((result, _)) => result,
        futures_util::future::Either::Right((_, work)) => work.await,
    }
}

const CONNECTIONS: usize = 8;
/// The most batches on one connection's turn: a bound, far above what a check needs.
const BATCHES: usize = 1_000;
const REQUESTS_PER_BATCH: usize = 50;

/// Sends requests in batches without waiting in between, which costs the app much and the check little.
async fn keep_busy(app: &App) -> Outcome {
    let address = app.address();
    let request = format!("GET /items HTTP/1.1\r\nHost: {address}\r\n");
    let batch =
        format!("{}{request}Connection: close\r\n\r\n", format!("{request}\r\n").repeat(REQUESTS_PER_BATCH - 1));
    for _ in 0..BATCHES {
        exchange(&address, &batch).await.map_err(|error| Stop::NotRun(format!("the app hung up: {error}")))?;
    }
    Ok(())
}

async fn exchange(address: &str, batch: &str) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(batch.as_bytes()).await?;
    let mut buffer = vec![0; 64 * 1024];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

fn lines(page: &Page, names: &[&str]) -> Vec<String> {
    names.iter().flat_map(|name| page.series(name)).map(|sample| sample.line.clone()).collect()
}
