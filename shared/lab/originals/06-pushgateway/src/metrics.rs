//! The metrics of one run.
//!
//! All are gauges: a Pushgateway keeps what was pushed last and adds nothing up, and this process is gone before
//! anybody could see a counter rise.

use std::time::Instant;

use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{Gauge, Registry, Result};

/// The metrics of one run, in a registry of their own: what is not in it is not pushed.
pub struct Metrics {
    registry: Registry,
    started: Instant,
    // TODO (step 1): the two timestamps, and how many carts expired.
    duration: Gauge,
    // TODO (step 2): how long each step took, in a `GaugeVec`.
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
            // TODO (step 4): a gauge that is registered is pushed, even if nobody has set it.
            duration: register(&registry, Gauge::new("batch_duration_seconds", "How long the last run took.")?)?,
            started: Instant::now(),
            registry,
        })
    }

    // TODO (step 2): write `timed`, which awaits a step, and notes how long it took, however it ended.

    /// Ends the run, which expired so many carts, or failed, and returns what there is to be pushed.
    ///
    /// # Errors
    ///
    /// When a run is ended twice.
    pub fn finish(&self, _expired: Option<u64>) -> Result<Vec<MetricFamily>> {
        // TODO (step 1): set the gauges of a run that has succeeded. A timestamp is the time now, in seconds since 1970.
        // TODO (step 4): which of them does a run know that has failed?
        self.duration.set(self.started.elapsed().as_secs_f64());
        Ok(self.registry.gather())
    }
}

/// Registers a metric, and hands it back.
fn register<M: Collector + Clone + 'static>(registry: &Registry, metric: M) -> Result<M> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}
