//! Samples the process and the machine: once a second, however often somebody scrapes.

use std::sync::Arc;
use std::thread;
use std::time::Duration;
use std::{env, io};

use anyhow::Result;
use sysinfo::{Disk, Disks, MINIMUM_CPU_UPDATE_INTERVAL, Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::metrics::Metrics;

const INTERVAL: Duration = Duration::from_secs(1);

/// Starts a thread that samples for as long as anybody else holds the metrics. A thread, because sysinfo reads
/// files, which would hold up the async runtime.
///
/// # Errors
///
/// When this system tells nothing about itself, or gives no thread.
pub(crate) fn sample_in_background(metrics: &Arc<Metrics>) -> Result<()> {
    let mut sampler = Sampler::new()?;
    let metrics = Arc::downgrade(metrics);
    let sample = move || {
        // CPU usage is a difference between two readings: the first sample has to wait for it.
        thread::sleep(MINIMUM_CPU_UPDATE_INTERVAL);
        while let Some(metrics) = metrics.upgrade() {
            sampler.sample(&metrics);
            drop(metrics);
            thread::sleep(INTERVAL);
        }
    };
    thread::Builder::new().name("system-sampler".into()).spawn(sample)?;
    Ok(())
}

struct Sampler {
    system: System,
    disks: Disks,
    pid: Pid,
}

impl Sampler {
    fn new() -> Result<Self> {
        let pid = sysinfo::get_current_pid().map_err(io::Error::other)?;
        let mut sampler = Self { system: System::new()?, disks: Disks::new_with_refreshed_list()?, pid };
        sampler.refresh();
        Ok(sampler)
    }

    fn refresh(&mut self) {
        let cpu_and_memory = ProcessRefreshKind::nothing().with_cpu().with_memory();
        self.system.refresh_cpu_usage();
        self.system.refresh_memory();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[self.pid]), false, cpu_and_memory);
        self.disks.refresh(false);
    }

    fn sample(&mut self, metrics: &Metrics) {
        self.refresh();
        metrics.system_cpu_usage.set(percent_to_ratio(self.system.global_cpu_usage()));
        metrics.system_memory_usage.set(used_memory_ratio(&self.system));
        if let Some(process) = self.system.process(self.pid) {
            // A process's usage is in percent of one core, and goes beyond 100.
            let cores = self.system.cpus().len().max(1) as f64;
            metrics.app_cpu_usage.set(percent_to_ratio(process.cpu_usage()) / cores);
            metrics.app_memory.set(bytes(process.memory()));
        }
        if let Some(disk) = working_disk(&self.disks) {
            metrics.system_disk_free.set(bytes(disk.available_space()));
            metrics.system_disk_size.set(bytes(disk.total_space()));
        }
    }
}

fn percent_to_ratio(percent: f32) -> f64 {
    f64::from(percent) / 100.0
}

fn used_memory_ratio(system: &System) -> f64 {
    let total = system.total_memory().max(1) as f64;
    1.0 - system.available_memory() as f64 / total
}

/// The disk that holds the working directory: the one whose mount point is the longest part of its path.
/// A container may hide that one; then the largest.
fn working_disk(disks: &Disks) -> Option<&Disk> {
    let directory = env::current_dir().unwrap_or_default();
    let holds_it = |disk: &&Disk| directory.starts_with(disk.mount_point());
    let longest = disks.iter().filter(holds_it).max_by_key(|disk| disk.mount_point().as_os_str().len());
    longest.or_else(|| disks.iter().max_by_key(|disk| disk.total_space()))
}

fn bytes(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
