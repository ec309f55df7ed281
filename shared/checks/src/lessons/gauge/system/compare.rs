//! The gauges of process and machine, and an app whose gauges are compared with what the system says.

use std::time::Duration;

use exposition::Page;
use tokio::time::{Instant, sleep_until};

use super::watch::{Range, Watch};
use crate::launch::Settings;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::{App, StartedApp};

pub(super) const APP_CPU: &str = "app_cpu_usage_ratio";
pub(super) const SYSTEM_CPU: &str = "system_cpu_usage_ratio";
pub(super) const APP_MEMORY: &str = "app_memory_bytes";
pub(super) const SYSTEM_MEMORY: &str = "system_memory_usage_ratio";
pub(super) const DISK_FREE: &str = "system_disk_free_bytes";
pub(super) const DISK_SIZE: &str = "system_disk_size_bytes";
pub(super) const ALL: [&str; 6] = [APP_CPU, SYSTEM_CPU, APP_MEMORY, SYSTEM_MEMORY, DISK_FREE, DISK_SIZE];

pub(super) const WHY: &str = "\"Is it the code, or the machine?\" is the second question of every incident. These are the numbers that answer it.";

/// How often a sample is taken, in milliseconds.
pub(in crate::lessons::gauge) const INTERVAL_VARIABLE: &str = "SAMPLE_INTERVAL_MS";
/// How many samples a thread has to live through: those of a minute.
const MANY_SAMPLES: u32 = 60;
/// How long an app is waited for that takes a sample each second, whatever the variable says.
const A_WHILE: Duration = Duration::from_secs(35);

/// An app of its own, and what the system says of it meanwhile.
pub(super) struct Sampled {
    pub(super) started: StartedApp,
    pub(super) watch: Watch,
    pub(super) interval_ms: u64,
    pub(super) since: Instant,
}

impl Sampled {
    /// Starts the same app, with another pause between two samples.
    pub(super) async fn start(app: &App, settings: &Settings, interval_ms: u64) -> Outcome<Self> {
        let variables = vec![(INTERVAL_VARIABLE, interval_ms.to_string())];
        let started = app.start_with(&Settings { replicas: 1, variables, ..settings.clone() }).await?;
        let process_id = started.process_id().ok_or_else(|| Stop::NotRun("the app has ended".into()))?;
        Ok(Self { started, watch: Watch::start(process_id)?, interval_ms, since: Instant::now() })
    }

    /// Waits until the app has taken many samples.
    pub(super) async fn wait_for_samples(&self, keeps_the_interval: bool) {
        let samples = Duration::from_millis(self.interval_ms) * MANY_SAMPLES;
        sleep_until(self.since + if keeps_the_interval { samples } else { A_WHILE }).await;
    }
}

/// That a gauge shows something else than the system, up to the sentence on the mistake.
pub(super) fn differs(change: impl Into<String>, page: &Page, name: &str, system: Range) -> Failure {
    Failure::change(change)
        .expected(format!("{name} as the system itself says at the same time"))
        .seen(lines(page, &[name]))
        .seen(["while the system says at least and at most:".to_owned()])
        .seen([system.least, system.most].map(|value| format!("{name} {value}")))
        .why(WHY)
}

pub(super) fn lines(page: &Page, names: &[&str]) -> Vec<String> {
    names.iter().flat_map(|name| page.series(name)).map(|sample| sample.line.clone()).collect()
}
