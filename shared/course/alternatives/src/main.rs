//! The shop with all its metrics, written in other ways than the solutions are. `ALTERNATIVE` picks one.
//!
//! To be read in this order:
//!
//! - [`metrics`]: what an alternative keeps, whatever library it takes for that
//! - [`app`]: the shop as an axum app that reports to it, and [`system`], the samples of the machine
//! - [`prometheus_crate`], [`default_registry`], [`metrics_crate`], [`official_client`]: the libraries
//! - [`own_layer`], [`axum_prometheus_layer`], [`hyper_alone`]: other ways to see every request

mod app;
mod axum_prometheus_layer;
mod default_registry;
mod hyper_alone;
mod metrics;
mod metrics_crate;
mod official_client;
mod own_layer;
mod prometheus_crate;
mod system;

use std::env;
use std::sync::Arc;

use anyhow::{Result, bail};

use crate::metrics::Metrics;
use crate::prometheus_crate::{PrometheusCrate, Taste};

#[tokio::main]
async fn main() -> Result<()> {
    match env::var("ALTERNATIVE").unwrap_or_default().as_str() {
        "default_registry" => run(default_registry::DefaultRegistry::new).await,
        "extra_families_and_labels" => run(|| PrometheusCrate::new(&Taste::EXTRA)).await,
        "more_buckets" => run(|| PrometheusCrate::new(&Taste::MORE_BUCKETS)).await,
        "other_help_and_order" => run(|| PrometheusCrate::new(&Taste::OTHER_WORDS)).await,
        "several_registries" => run(|| PrometheusCrate::new(&Taste::SEVERAL_REGISTRIES)).await,
        "official_client" => run(official_client::OfficialClient::new).await,
        "metrics_crate" => {
            let metrics = metrics_crate::MetricsCrate::install()?;
            run(|| Ok(metrics.clone())).await
        }
        "axum_prometheus" => axum_prometheus_layer::run().await,
        "own_layer" => own_layer::run().await,
        "hyper_alone" => hyper_alone::run().await,
        name => bail!("ALTERNATIVE is `{name}`, which is none: src/main.rs lists them"),
    }
}

/// Runs the shop as an axum app, with the middleware of [`app`].
async fn run<M: Metrics + 'static>(metrics: impl Fn() -> Result<M>) -> Result<()> {
    shop::run(|store| {
        let metrics: metrics::Shared = Arc::new(metrics()?);
        system::sample_in_background(&metrics)?;
        Ok(app::app(store, metrics))
    })
    .await
}
