//! Samples the process and the machine, in a task that hands the reading to a blocking thread.

use std::env;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::metrics::{Metrics, Shared};

/// Starts the task.
pub(crate) fn sample_in_background(metrics: &Shared) -> Result<()> {
    let pid = sysinfo::get_current_pid().map_err(io::Error::other)?;
    let mut sampler = Sampler { system: System::new()?, pid };
    sampler.refresh();
    let milliseconds = env::var("SAMPLE_INTERVAL_MS").ok().map(|text| text.parse()).transpose()?;
    let interval = Duration::from_millis(milliseconds.unwrap_or(1_000));
    let metrics = Arc::clone(metrics);
    tokio::spawn(async move {
        let mut interval = tokio::time::interval(interval);
        interval.tick().await;
        loop {
            interval.tick().await;
            let metrics = Arc::clone(&metrics);
            let sample = tokio::task::spawn_blocking(move || {
                sampler.sample(metrics.as_ref());
                sampler
            });
            let Ok(sampled) = sample.await else { return };
            sampler = sampled;
        }
    });
    Ok(())
}

struct Sampler {
    system: System,
    pid: Pid,
}

impl Sampler {
    fn refresh(&mut self) {
        let kind = ProcessRefreshKind::nothing().with_cpu().with_memory();
        self.system.refresh_cpu_usage();
        self.system.refresh_memory();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[self.pid]), false, kind);
    }

    fn sample(&mut self, metrics: &dyn Metrics) {
        self.refresh();
        let total = self.system.total_memory().max(1) as f64;
        metrics.set("system_cpu_usage_ratio", f64::from(self.system.global_cpu_usage()) / 100.0);
        metrics.set("system_memory_usage_ratio", self.system.used_memory() as f64 / total);
        if let Some(process) = self.system.process(self.pid) {
            let cores = self.system.cpus().len().max(1) as f64;
            metrics.set("app_cpu_usage_ratio", f64::from(process.cpu_usage()) / 100.0 / cores);
            metrics.set("app_memory_bytes", process.memory() as f64);
        }
        if let Ok(disk) = shop::working_disk() {
            metrics.set("system_disk_free_bytes", disk.available_space() as f64);
            metrics.set("system_disk_size_bytes", disk.total_space() as f64);
        }
    }
}
