//! Samples are taken beside the scrapes and the requests, which do not wait for them.

use std::collections::BTreeSet;
use std::time::Duration;

use exposition::MetricType;
use futures_util::FutureExt;
use tokio::time::{Instant, sleep, timeout};

use super::compare::{APP_CPU, APP_MEMORY, WHY, lines};
use super::load::while_busy;
use super::{alone, cpu, pace};
use crate::launch::Settings;
use crate::lessons::parts;
use crate::lessons::require::require_family;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{App, PATIENCE};

/// Scrapes in a row, of which at most a few may show a new sample.
const SCRAPES: usize = 20;
const MAX_SAMPLES: usize = 5;
/// The shortest pause between two samples that anybody may choose: sysinfo's minimum.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(200);
/// A scrape or a request that takes this long has waited for a sample.
const STALL: Duration = Duration::from_millis(150);

pub(in crate::lessons::gauge) async fn is_sampled_in_the_background(app: &App) -> Outcome {
    let Ok(settings) = app.settings() else { return nobody_waits(app).await };
    // The app itself is left alone until the end.
    let another = app.start_with(&Settings { replicas: 1, ..settings.clone() }).await?;
    nobody_samples(&another.app).await?;
    parts::side_by_side([
        scrapes_after_a_pause_do_not_wait(&another.app).boxed(),
        requests_do_not_wait(app, &settings).boxed(),
        pace::is_a_second(app).boxed(),
        cpu::at_rest_is_that_of_the_last_second(app, &settings).boxed(),
        alone::shows_the_last_second(app).boxed(),
    ])
    .await
}

/// Neither a scrape, right after another or after a pause, nor what else is asked of an app.
async fn nobody_waits(app: &App) -> Outcome {
    nobody_samples(app).await?;
    scrapes_after_a_pause_do_not_wait(app).await
}

async fn nobody_samples(app: &App) -> Outcome {
    let page = app.scrape().await?;
    require_family(&page, APP_CPU, MetricType::Gauge, WHY)?;
    scrapes_do_not_wait(app).await?;
    while_busy(app, scrapes_do_not_sample(app)).await
}

/// A handler that samples when the last sample is old makes those wait that come after a pause, as Prometheus does.
async fn scrapes_after_a_pause_do_not_wait(app: &App) -> Outcome {
    let (mut scrape, mut other) = (Duration::MAX, Duration::MAX);
    for _ in 0..PAUSES {
        sleep(PAUSE).await;
        let started = Instant::now();
        app.get("/metrics").await?;
        scrape = scrape.min(started.elapsed());
        let started = Instant::now();
        app.get("/live").await?;
        other = other.min(started.elapsed());
        if scrape < other + STALL {
            return Ok(());
        }
    }
    Failure::change("Take the samples in the background, and not while /metrics is being answered.")
        .expected(format!("a scrape after a pause that takes hardly longer than another request ({} ms)", other.as_millis()))
        .seen([format!("the quickest of {PAUSES} such scrapes took {} ms", scrape.as_millis())])
        .mistake("The handler of /metrics samples when the last sample is old, and sleeps meanwhile. Each scrape of Prometheus comes after a pause.")
        .why("A scrape that is too slow is lost, just when the machine is busy. And what it shows is the usage of a moment that the scraper has chosen.")
        .stop()
}

/// Longer than the time between two samples, and how often at most.
const PAUSE: Duration = Duration::from_millis(1_100);
const PAUSES: usize = 6;

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
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(2_300);
const STALLS: usize = 2;

/// On one thread, a sampler that blocks it stops every request beside it, once a second.
async fn requests_do_not_wait(app: &App, settings: &Settings) -> Outcome {
    let alone = app.start_with(&Settings { replicas: 1, worker_threads: Some(1), ..settings.clone() }).await?;
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
        sleep(Duration::from_millis(5)).await;
    }
    Ok(stalls)
}
