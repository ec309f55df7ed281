//! Without sockets, a request at a time: what the instrumentation adds to a route, and what its parts cost.

use std::convert::Infallible;
use std::hint::black_box;
use std::time::Instant;

use anyhow::{Result, ensure};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Uri;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use cpu_time::{ProcessTime, ThreadTime};
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts};
use shop::{Config, Store};
use summary::{SummaryOpts, SummaryVec};
use tokio::runtime::Runtime;
use tower::Service;
use tower::layer::util::Identity;

use crate::hooks::{CountLayer, count};
use crate::rounds::Rounds;

const ROUNDS: usize = 61;
/// The routes, and how many requests of each make a round.
const ROUTES: [(&str, usize); 2] = [("/live", 10_000), ("/items/1", 1_000)];
const OPERATIONS: usize = 100_000;

/// Prints a line for each variant of a route, and for each part of the instrumentation.
pub(crate) fn measure() -> Result<()> {
    for (route, requests) in ROUTES {
        measure_route(route, requests)?;
    }
    measure_parts()
}

fn measure_route(route: &'static str, requests: usize) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let store = runtime.block_on(open_store(&folder))?;
    let bare = || solution_00_item_api::app(store.clone());
    let counted = IntCounterVec::new(Opts::new("requests", "Requests."), &["method", "path", "status_code"])?;
    let mut variants = [
        ("uninstrumented", bare()?),
        ("uninstrumented again", bare()?),
        ("with a layer that does nothing", bare()?.layer(Identity::new())),
        ("with an empty from_fn", bare()?.layer(from_fn(async |request: Request, next: Next| next.run(request).await))),
        ("counted by a layer of one's own", bare()?.layer(CountLayer(counted.clone()))),
        ("counted by a from_fn", bare()?.layer(from_fn_with_state(counted.clone(), count))),
        ("solution 04", solution_04_summary::app(store.clone())?),
    ];

    let rounds = Rounds::measure(ROUNDS, variants.len(), |index| {
        cost_per_request(&runtime, &mut variants[index].1, route, requests)
    })?;
    println!("\nCPU time of GET {route} without sockets, {ROUNDS} rounds of {requests} requests: medians\n");
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

/// In nanoseconds, those of the database's threads included.
fn cost_per_request(runtime: &Runtime, app: &mut Router, route: &'static str, requests: usize) -> Result<f64> {
    runtime.block_on(async {
        let start = ProcessTime::now();
        for _ in 0..requests {
            let mut request = Request::new(Body::empty());
            *request.uri_mut() = Uri::from_static(route);
            let response = app.call(request).await?;
            ensure!(response.status().is_success(), "{route} answers {}", response.status());
        }
        Ok(start.elapsed().as_nanos() as f64 / requests as f64)
    })
}

type Operation<'a> = Box<dyn Fn() + 'a>;

fn measure_parts() -> Result<()> {
    let gauges = IntGaugeVec::new(Opts::new("gauges", "Gauges."), &["method", "path"])?;
    let histograms = HistogramVec::new(HistogramOpts::new("histograms", "Histograms."), &["method", "path"])?;
    let counters = IntCounterVec::new(Opts::new("counters", "Counters."), &["method", "path", "status_code"])?;
    let summaries = SummaryVec::new(SummaryOpts::new("summaries", "Summaries."), &["operation"])?;
    let gauge = gauges.with_label_values(&["GET", "/items/{id}"]);
    let histogram = histograms.with_label_values(&["GET", "/items/{id}"]);
    let counter = counters.with_label_values(&["GET", "/items/{id}", "200"]);

    let parts: [(&str, Operation); 9] = [
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
            "a box of 1 kB, as of a future",
            Box::new(|| {
                black_box(Box::new([0_u8; 1056]));
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
