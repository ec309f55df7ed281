//! Memory and disk, which the check moves itself: the gauges have to follow, after many samples, too.

use std::fs::File;
use std::io::{self, Write};

use exposition::Page;
use sysinfo::System;
use tokio::time::{Instant, sleep};

use super::compare::{ALL, APP_MEMORY, DISK_FREE, DISK_SIZE, SYSTEM_MEMORY, Sampled, WHY, differs, lines};
use super::load::hold_headers;
use super::watch::{Range, Watch};
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::PATIENCE;

const POLL_INTERVAL: std::time::Duration = std::time::Duration::from_millis(20);
const MEGABYTE: usize = 1_000_000;
/// How much the check writes to the disk that the shop works on.
const FILE_BYTES: usize = 100 * MEGABYTE;
/// The share of the machine's memory that the check takes, and the most bytes.
const MEMORY_SHARE: u64 = 40;
const MOST_MEMORY: u64 = 500 * MEGABYTE as u64;

/// How far the gauges may lie beside what the system says at the same time.
const MEMORY_TOLERANCE: f64 = 2.0 * MEGABYTE as f64;
const MEMORY_RELATIVE_TOLERANCE: f64 = 0.1;
const USAGE_TOLERANCE: f64 = 0.01;
const DISK_TOLERANCE: f64 = 10.0 * MEGABYTE as f64;

/// A gauge, and what the system says since the last move.
struct Compared {
    name: &'static str,
    system: Range,
    /// What the system has said from the start on.
    ever: Range,
    tolerance: f64,
    /// What it is called in a sentence.
    noun: &'static str,
}

impl Compared {
    fn agrees(&self, page: &Page) -> bool {
        self.system.holds(page.sum(self.name, &[]), self.tolerance)
    }

    /// Whether it shows the very same number as before the last move, of something that moves by itself, too. Other
    /// programs may have moved it back meanwhile, but never to the same byte.
    fn stands_still(&self, before: Option<&Page>, page: &Page) -> bool {
        let moves = [SYSTEM_MEMORY, DISK_FREE].contains(&self.name);
        moves && before.is_some_and(|before| before.sum(self.name, &[]) == page.sum(self.name, &[]))
    }
}

pub(super) async fn memory_and_disk(sampled: &Sampled) -> Outcome {
    let first = sampled.started.app.scrape().await?;
    let before = agree(sampled, Instant::now(), None, &first).await?;
    let file = write_file().map_err(Stop::not_run)?;
    let memory = take_memory()?;
    let headers = hold_headers(&sampled.started.app).await;
    let held = agree(sampled, Instant::now(), Some(&before), &before).await?;
    drop((file, memory, headers));
    agree(sampled, Instant::now(), Some(&held), &held).await.map(drop)
}

/// Fills a file in the working directory, which has no name and goes with the value.
fn write_file() -> io::Result<File> {
    let mut file = tempfile::tempfile_in(".")?;
    let block = vec![1; MEGABYTE];
    for _ in 0..FILE_BYTES / MEGABYTE {
        file.write_all(&block)?;
    }
    Ok(file)
}

/// Takes a part of the machine's memory that shows, and leaves most of what is available.
fn take_memory() -> Outcome<Vec<u8>> {
    let mut system = System::new().map_err(Stop::not_run)?;
    system.refresh_memory();
    let bytes = (system.total_memory() / MEMORY_SHARE).min(system.available_memory() / 4).min(MOST_MEMORY);
    // Other than 0, which the system would hand out without taking any memory.
    Ok(vec![1; usize::try_from(bytes).map_err(Stop::not_run)?])
}

/// Scrapes until all gauges show what the system has said since then, and something else than before the last move. The
/// page that was read first tells what stands still.
async fn agree(sampled: &Sampled, since: Instant, before: Option<&Page>, first: &Page) -> Outcome<Page> {
    loop {
        sleep(POLL_INTERVAL).await;
        let page = sampled.started.app.scrape().await?;
        // A machine without disks, such as a small container, says nothing of them. Memory it has.
        let gauges = compared(sampled, since).into_iter().filter(|gauge| gauge.system.is_known());
        let (agreeing, differing): (Vec<_>, Vec<_>) =
            gauges.partition(|gauge| gauge.agrees(&page) && !gauge.stands_still(before, &page));
        match differing.first() {
            None if !agreeing.is_empty() => return Ok(page),
            Some(gauge) if since.elapsed() > PATIENCE => return does_not_agree(gauge, first, &page).stop(),
            _ if since.elapsed() > PATIENCE => return Err(Stop::NotRun("the app has ended".into())),
            _ => {}
        }
    }
}

fn compared(sampled: &Sampled, since: Instant) -> [Compared; 4] {
    let watch = &sampled.watch;
    let compared = |name, noun, said: fn(&Watch, Instant) -> Range, tolerance| {
        let (system, ever) = (said(watch, since), said(watch, sampled.since));
        Compared { name, system, ever, tolerance, noun }
    };
    let memory_tolerance = memory_tolerance(watch.memory(since));
    [
        compared(APP_MEMORY, "the resident memory of the process", Watch::memory, memory_tolerance),
        compared(SYSTEM_MEMORY, "the share of the machine's memory that is used", Watch::memory_usage, USAGE_TOLERANCE),
        compared(DISK_SIZE, "the size of the disk that the shop works on", Watch::disk_size, DISK_TOLERANCE),
        compared(DISK_FREE, "the free space of the disk that the shop works on", Watch::disk_free, DISK_TOLERANCE),
    ]
}

/// How far the memory that a page shows may lie beside what the system says.
pub(super) fn memory_tolerance(memory: Range) -> f64 {
    MEMORY_TOLERANCE + memory.most * MEMORY_RELATIVE_TOLERANCE
}

fn does_not_agree(gauge: &Compared, first: &Page, page: &Page) -> Failure {
    let stand_still = |names: &[&str]| lines(first, names) == lines(page, names);
    if stand_still(&ALL) {
        return sampling_has_ended(page);
    }
    // What the system has never said is no old value.
    if stand_still(&[gauge.name]) && gauge.ever.holds(page.sum(gauge.name, &[]), gauge.tolerance) {
        return differs(format!("Let `{}` follow {}, sample after sample.", gauge.name, gauge.noun), page, gauge.name, gauge.system)
            .mistake("The gauge stands still while the check moves what it measures: this part is never refreshed before it is read.");
    }
    differs(format!("Set `{}` to {}.", gauge.name, gauge.noun), page, gauge.name, gauge.system)
        .mistake("The number is of something else: what is free for what is used, another disk, the virtual memory for the resident one. Or a division was left out, or was one of whole numbers.")
        .why(WHY)
}

fn sampling_has_ended(page: &Page) -> Failure {
    Failure::change("Let the sampling go on for as long as the app does.")
        .expected(format!(
            "gauges that move within {} seconds, while the check moves what they measure",
            PATIENCE.as_secs()
        ))
        .seen(lines(page, &ALL))
        .seen(["all the same as before"])
        .mistake("The loop of the sampler has ended: after an error, after a panic, or after some rounds.")
        .why(WHY)
}
