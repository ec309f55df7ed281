//! Without sockets, on one thread: what the instrumentation adds to a bare route, and what its parts cost.

use std::convert::Infallible;
use std::hint::black_box;
use std::time::Instant;

use anyhow::Result;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use cpu_time::ThreadTime;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts};
use shop::{Config, Store};
use summary::{SummaryOpts, SummaryVec};
use tokio::runtime::Runtime;
use tower::Service;
use tower::layer::util::Identity;

use crate::rounds::Rounds;

const ROUNDS: usize = 61;
const REQUESTS: usize = 10_000;
const OPERATIONS: usize = 100_000;

/// Prints a line for each variant of the route, and for each part of the instrumentation.
pub(crate) fn measure() -> Result<()> {
    measure_routes()?;
    measure_parts()
}

fn measure_routes() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let store = runtime.block_on(open_store(&folder))?;
    let bare = || solution_00_item_api::app(store.clone());
    let mut variants = [
        ("uninstrumented", bare()?),
        ("uninstrumented again", bare()?),
        ("with a layer that does nothing", bare()?.layer(Identity::new())),
        ("with an empty from_fn", bare()?.layer(from_fn(async |request: Request, next: Next| next.run(request).await))),
        ("solution 04", solution_04_summary::app(store.clone())?),
    ];

    let count = variants.len();
    let rounds = Rounds::measure(ROUNDS, count, |index| cost_per_request(&runtime, &mut variants[index].1))?;
    println!("\nCPU time of GET /live without sockets, {ROUNDS} rounds of {REQUESTS} requests: medians\n");
    for (index, (name, _)) in variants.iter().enumerate() {
        let median = rounds.median(index);
        println!("{name:<40}{median:>8.0} ns {:>+8.0} ns", median - rounds.median(0));
    }
    Ok(())
}

async fn open_store(folder: &tempfile::TempDir) -> Result<Store> {
    let url = format!("sqlite:{}", folder.path().join("shop.db").display());
    let config = Config::from_variables(|name| (name == "DATABASE_URL").then(|| url.clone()))?;
    Ok(Store::connect(&config).await?)
}

/// In nanoseconds.
fn cost_per_request(runtime: &Runtime, app: &mut Router) -> Result<f64, Infallible> {
    runtime.block_on(async {
        let start = ThreadTime::now();
        for _ in 0..REQUESTS {
            let mut request = Request::new(Body::empty());
            *request.uri_mut() = axum::http::Uri::from_static("/live");
            black_box(app.call(request).await?);
        }
        Ok(start.elapsed().as_nanos() as f64 / REQUESTS as f64)
    })
}

fn measure_parts() -> Result<()> {
    let gauges = IntGaugeVec::new(Opts::new("gauges", "Gauges."), &["method", "path"])?;
    let histograms = HistogramVec::new(HistogramOpts::new("histograms", "Histograms."), &["method", "path"])?;
    let counters = IntCounterVec::new(Opts::new("counters", "Counters."), &["method", "path", "status_code"])?;
    let summaries = SummaryVec::new(SummaryOpts::new("summaries", "Summaries."), &["operation"])?;
    let gauge = gauges.with_label_values(&["GET", "/items/{id}"]);
    let histogram = histograms.with_label_values(&["GET", "/items/{id}"]);
    let counter = counters.with_label_values(&["GET", "/items/{id}", "200"]);

    let parts: [(&str, Box<dyn Fn()>); 9] = [
        (
            "a gauge up and down",
            Box::new(|| {
                gauge.inc();
                gauge.dec();
            }),
        ),
        (
            "a gauge up and down, by 2 labels",
            Box::new(|| {
                let gauge = gauges.with_label_values(&["GET", "/items/{id}"]);
                gauge.inc();
                gauge.dec();
            }),
        ),
        ("a histogram", Box::new(|| histogram.observe(0.001))),
        ("a histogram, by 2 labels", Box::new(|| histograms.with_label_values(&["GET", "/items/{id}"]).observe(0.001))),
        ("a counter", Box::new(|| counter.inc())),
        ("a counter, by 3 labels", Box::new(|| counters.with_label_values(&["GET", "/items/{id}", "200"]).inc())),
        (
            "the clock, read twice",
            Box::new(|| {
                black_box(Instant::now().elapsed());
            }),
        ),
        (
            "a boxed future of 500 bytes",
            Box::new(|| {
                black_box(Box::new([0_u8; 500]));
            }),
        ),
        (
            "a timed query: a summary by label",
            Box::new(|| {
                summaries.with_label_values(&["find_item"]).start_timer().observe_duration();
            }),
        ),
    ];
    let rounds = Rounds::measure(ROUNDS, parts.len(), |index| cost_per_operation(&parts[index].1))?;
    println!("\nCPU time of the parts, {ROUNDS} rounds of {OPERATIONS} operations: medians\n");
    for (index, (name, _)) in parts.iter().enumerate() {
        println!("{name:<40}{:>8.0} ns", rounds.median(index));
    }
    Ok(())
}

/// In nanoseconds.
fn cost_per_operation(operation: &dyn Fn()) -> Result<f64, Infallible> {
    let start = ThreadTime::now();
    for _ in 0..OPERATIONS {
        operation();
    }
    Ok(start.elapsed().as_nanos() as f64 / OPERATIONS as f64)
}
