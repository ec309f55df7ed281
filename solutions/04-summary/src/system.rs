//! Samples the process and the machine: once a second, however often somebody scrapes.

use std::sync::Arc;
use std::thread;

use anyhow::{Error, Result};
use sysinfo::{MINIMUM_CPU_UPDATE_INTERVAL, Pid, ProcessesToUpdate, System};

use crate::metrics::Metrics;

/// Starts a thread that samples for as long as anybody else holds the metrics. A thread, because sysinfo reads
/// files, which would hold up the async runtime.
pub(crate) fn sample_in_background(metrics: &Arc<Metrics>) -> Result<()> {
    let metrics = Arc::downgrade(metrics);
    let interval = shop::sample_interval()?;
    let pid = sysinfo::get_current_pid().map_err(Error::msg)?;
    let mut system = System::new()?;
    thread::Builder::new().name("system-sampler".into()).spawn(move || {
        // CPU usage is a difference between two readings: the first sample has to wait for it.
        refresh(&mut system, pid);
        thread::sleep(MINIMUM_CPU_UPDATE_INTERVAL);
        while let Some(metrics) = metrics.upgrade() {
            refresh(&mut system, pid);
            sample(&metrics, &system, pid);
            drop(metrics);
            thread::sleep(interval);
        }
    })?;
    Ok(())
}

fn refresh(system: &mut System, pid: Pid) {
    system.refresh_cpu_usage();
    system.refresh_memory();
    system.refresh_processes(ProcessesToUpdate::Some(&[pid]), false);
}

fn sample(metrics: &Metrics, system: &System, pid: Pid) {
    let free_memory = system.available_memory() as f64 / system.total_memory().max(1) as f64;
    metrics.system_memory_usage.set(1.0 - free_memory);
    metrics.system_cpu_usage.set(f64::from(system.global_cpu_usage()) / 100.0);
    if let Some(process) = system.process(pid) {
        // A process's usage is in percent of one core, and goes beyond 100.
        let cores = system.cpus().len().max(1) as f64;
        metrics.app_cpu_usage.set(f64::from(process.cpu_usage()) / 100.0 / cores);
        metrics.app_memory.set(process.memory() as f64);
    }
    if let Ok(disk) = shop::working_disk() {
        metrics.system_disk_free.set(disk.available_space() as f64);
        metrics.system_disk_size.set(disk.total_space() as f64);
    }
}
