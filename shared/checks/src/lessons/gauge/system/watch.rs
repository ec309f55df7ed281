//! What the system itself says of a process and of the machine: what the gauges are held against.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};
use tokio::time::Instant;

use crate::outcome::{Outcome, Stop};

/// How often it is read. CPU times of processes are no more precise than a fifth of that.
const INTERVAL: Duration = Duration::from_millis(50);

/// A thread that reads for as long as this value lives.
pub(super) struct Watch {
    readings: Arc<Mutex<Vec<Reading>>>,
    cores: f64,
}

/// What the system said at a point in time.
#[derive(Debug, Clone, Copy)]
struct Reading {
    at: Instant,
    /// The CPU time of the process since it began.
    cpu_time: Duration,
    /// The share of the machine's CPU time that was used in the last moments.
    machine: f64,
    /// Of the process, in bytes.
    memory: f64,
    /// The share of the machine's memory that is used.
    memory_usage: f64,
    disk_free: f64,
    disk_size: f64,
}

/// From the least to the most that was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Range {
    fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let empty = Self { least: f64::INFINITY, most: f64::NEG_INFINITY };
        values
            .into_iter()
            .fold(empty, |range, value| Self { least: range.least.min(value), most: range.most.max(value) })
    }

    /// Whether anything was read at all.
    pub(super) fn is_known(self) -> bool {
        self.least <= self.most
    }

    /// Whether a value is in it, or this far beside it.
    pub(super) fn holds(self, value: f64, tolerance: f64) -> bool {
        (self.least - tolerance..=self.most + tolerance).contains(&value)
    }
}

impl Watch {
    /// Begins to read.
    pub(super) fn start(process_id: u32) -> Outcome<Self> {
        let mut reader = Reader::new(process_id).map_err(Stop::not_run)?;
        let readings = Arc::new(Mutex::new(Vec::from_iter(reader.read())));
        let cores = reader.system.cpus().len().max(1) as f64;
        let kept = Arc::downgrade(&readings);
        let read = move || {
            while let Some(kept) = kept.upgrade() {
                kept.lock().unwrap_or_else(PoisonError::into_inner).extend(reader.read());
                drop(kept);
                thread::sleep(INTERVAL);
            }
        };
        thread::Builder::new().name("watch".into()).spawn(read).map_err(Stop::not_run)?;
        Ok(Self { readings, cores })
    }

    /// How many cores the machine has.
    pub(super) fn cores(&self) -> f64 {
        self.cores
    }

    /// The shares of the machine's CPU time that the process used, over each window that ends between two points in
    /// time, is at least `shortest` long, and does not begin before `start`.
    pub(super) fn cpu_of_process(&self, start: Instant, shortest: Duration, end: (Instant, Instant)) -> Range {
        let readings = self.since(start);
        let ends = readings.iter().filter(|reading| (end.0..=end.1).contains(&reading.at));
        let windows = ends.flat_map(|last| {
            let firsts = readings.iter().filter(move |first| first.at + shortest <= last.at);
            firsts.map(move |first| (last.cpu_time - first.cpu_time).as_secs_f64() / (last.at - first.at).as_secs_f64())
        });
        Range::of(windows.map(|share| share / self.cores))
    }

    /// The shares of the machine's CPU time that were used since then.
    pub(super) fn cpu_of_machine(&self, since: Instant) -> Range {
        Range::of(self.since(since).iter().map(|reading| reading.machine))
    }

    /// The memory of the process since then, in bytes.
    pub(super) fn memory(&self, since: Instant) -> Range {
        Range::of(self.since(since).iter().map(|reading| reading.memory))
    }

    /// The share of the machine's memory that was used since then.
    pub(super) fn memory_usage(&self, since: Instant) -> Range {
        Range::of(self.since(since).iter().map(|reading| reading.memory_usage))
    }

    /// The free bytes of the disk since then.
    pub(super) fn disk_free(&self, since: Instant) -> Range {
        Range::of(self.since(since).iter().map(|reading| reading.disk_free))
    }

    /// The size of the disk in bytes.
    pub(super) fn disk_size(&self, since: Instant) -> Range {
        Range::of(self.since(since).iter().map(|reading| reading.disk_size))
    }

    fn since(&self, start: Instant) -> Vec<Reading> {
        let readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        readings.iter().filter(|reading| reading.at >= start).copied().collect()
    }
}

/// Reads the system.
struct Reader {
    system: System,
    process_id: Pid,
}

impl Reader {
    fn new(process_id: u32) -> Result<Self, sysinfo::Error> {
        let mut system = System::new()?;
        system.refresh_cpu_usage();
        Ok(Self { system, process_id: Pid::from_u32(process_id) })
    }

    /// Nothing, when the process has ended.
    fn read(&mut self) -> Option<Reading> {
        let kind = ProcessRefreshKind::nothing().with_cpu().with_memory();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[self.process_id]), true, kind);
        let at = Instant::now();
        self.system.refresh_memory();
        let process = self.system.process(self.process_id)?;
        let disk = shop::working_disk();
        let available = self.system.available_memory() as f64 / self.system.total_memory().max(1) as f64;
        Some(Reading {
            at,
            cpu_time: Duration::from_millis(process.accumulated_cpu_time()),
            machine: f64::from(self.system.global_cpu_usage()) / 100.0,
            memory: process.memory() as f64,
            memory_usage: 1.0 - available,
            disk_free: disk.as_ref().map_or(f64::NAN, |disk| disk.available_space() as f64),
            disk_size: disk.as_ref().map_or(f64::NAN, |disk| disk.total_space() as f64),
        })
    }
}
