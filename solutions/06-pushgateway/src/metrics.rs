//! The metrics of one run.
//!
//! All are gauges: a Pushgateway keeps what was pushed last and adds nothing up, and this process is gone before
//! anybody could see a counter rise.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{Gauge, GaugeVec, Opts, Registry, Result};

/// The metrics of one run, in a registry of their own: what is not in it is not pushed.
pub struct Metrics {
    registry: Registry,
    started: Instant,
    last_run: Gauge,
    last_success: Gauge,
    duration: Gauge,
    step_duration: GaugeVec,
    carts_expired: Gauge,
}

impl Metrics {
    /// Makes the metrics of a run that begins now.
    ///
    /// # Errors
    ///
    /// When two metrics have the same name, or one is invalid.
    pub fn new() -> Result<Self> {
        let registry = Registry::new();
        Ok(Self {
            // Timestamps, rather than "seconds since": nobody is there to make those grow. `time() - ...` does it.
            last_run: register(
                &registry,
                Gauge::new("batch_last_run_timestamp_seconds", "When the last run ended, however it ended.")?,
            )?,
            // Not registered yet: a run that fails must not push it.
            last_success: Gauge::new(
                "batch_last_success_timestamp_seconds",
                "When the last run ended that did its work.",
            )?,
            duration: register(&registry, Gauge::new("batch_duration_seconds", "How long the last run took.")?)?,
            step_duration: register(
                &registry,
                GaugeVec::new(
                    Opts::new("batch_step_duration_seconds", "How long each step of the last run took."),
                    &["step"],
                )?,
            )?,
            carts_expired: register(
                &registry,
                Gauge::new("batch_carts_expired", "Carts that the last run expired; 0 if it failed.")?,
            )?,
            started: Instant::now(),
            registry,
        })
    }

    /// Awaits a step, and notes how long it took, however it ended.
    pub async fn timed<T>(&self, step: &str, work: impl Future<Output = T>) -> T {
        let started = Instant::now();
        let result = work.await;
        self.step_duration.with_label_values(&[step]).set(started.elapsed().as_secs_f64());
        result
    }

    /// Ends the run, which expired so many carts, or failed, and returns what there is to be pushed.
    ///
    /// # Errors
    ///
    /// When a run is ended twice.
    pub fn finish(&self, expired: Option<u64>) -> Result<Vec<MetricFamily>> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        self.duration.set(self.started.elapsed().as_secs_f64());
        self.last_run.set(now);
        if let Some(expired) = expired {
            self.carts_expired.set(expired as f64);
            // The same moment as the last run: where the two differ, the last run failed.
            self.last_success.set(now);
            register(&self.registry, self.last_success.clone())?;
        }
        Ok(self.registry.gather())
    }
}

/// Registers a metric, and hands it back.
fn register<M: Collector + Clone + 'static>(registry: &Registry, metric: M) -> Result<M> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}
