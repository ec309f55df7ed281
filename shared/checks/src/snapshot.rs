//! The whole page of a lesson after a fixed script of requests, with what is unstable masked, so that a student
//! sees the very lines that are missing.
//!
//! Families that the course does not name are left out: they are the student's own. So are help texts.

mod exporter;

use std::cmp::Ordering;
use std::fmt::Write;

use reqwest::Method;
use serde_json::json;

use crate::exposition::{Family, Labels, Page, Sample};
use crate::lessons::pushgateway::{prometheus, script};
use crate::outcome::Stop;
use crate::services::if_installed;
use crate::services::prometheus::Prometheus;
use crate::subject::app::App;
use crate::subject::job::Job;
use crate::subject::{EXPORTER, Subject};

/// The families of each lesson; a page has those of the earlier lessons, too.
const FAMILIES: [(&str, &[&str]); 6] = [
    ("00-item-api", &["app_info"]),
    ("01-counter", &["cart_additions_total", "http_requests_total", "http_exceptions_total"]),
    (
        "02-gauge",
        &[
            "http_requests_in_progress",
            "cart_sessions_active",
            "db_connections_active",
            "db_connections_idle",
            "db_connections_max",
            "app_cpu_usage_ratio",
            "app_memory_bytes",
            "system_cpu_usage_ratio",
            "system_memory_usage_ratio",
            "system_disk_free_bytes",
            "system_disk_size_bytes",
        ],
    ),
    ("03-histogram", &["http_request_duration_seconds"]),
    ("04-summary", &["db_query_duration_seconds"]),
    (
        "06-pushgateway",
        &[
            "batch_last_run_timestamp_seconds",
            "batch_last_success_timestamp_seconds",
            "batch_duration_seconds",
            "batch_step_duration_seconds",
            "batch_carts_expired",
            "push_time_seconds",
            "push_failure_time_seconds",
        ],
    ),
];

/// Samples whose value nobody can foretell.
const UNSTABLE_SAMPLES: [&str; 15] = [
    "db_connections_active",
    "db_connections_idle",
    "app_cpu_usage_ratio",
    "app_memory_bytes",
    "system_cpu_usage_ratio",
    "system_memory_usage_ratio",
    "system_disk_free_bytes",
    "system_disk_size_bytes",
    "http_request_duration_seconds_sum",
    "db_query_duration_seconds_sum",
    "batch_last_run_timestamp_seconds",
    "batch_last_success_timestamp_seconds",
    "batch_duration_seconds",
    "batch_step_duration_seconds",
    "push_time_seconds",
];
/// Labels whose value depends on the machine.
const UNSTABLE_LABELS: [&str; 3] = ["rust_version", "os", "arch"];
const MASK: &str = "<masked>";

/// Sends the script, and returns the masked page.
///
/// # Errors
///
/// Why there is no page.
pub async fn take(app: &App, lesson: &str) -> Result<String, String> {
    Ok(render(&visit(app).await.map_err(words)?, lesson))
}

/// The masked page of any lesson's program, after its script.
///
/// # Errors
///
/// Why there is no page.
pub async fn of(subject: &Subject, lesson: &str) -> Result<String, String> {
    match subject {
        Subject::Shop(app) => take(app, lesson).await,
        Subject::Exporter(exporter) => {
            let page = exporter::visit(exporter).await.map_err(words)?;
            Ok(render_families(page.families.iter().collect()))
        }
        Subject::Job(job) => Ok(render(&script::success_then_failure(job).await.map_err(words)?, lesson)),
    }
}

/// The series that a Prometheus has which scrapes the gateway of a batch job, after the same script; none where
/// Prometheus is not installed.
///
/// # Errors
///
/// Why there are none.
pub async fn prometheus_view(job: &Job) -> Result<Option<String>, String> {
    script::success_then_failure(job).await.map_err(words)?;
    let prometheus = Prometheus::start(&[&job.gateway.address()]).await;
    let prometheus =
        if_installed(prometheus, "the snapshot of what Prometheus sees").map_err(|error| error.to_string())?;
    let Some(prometheus) = prometheus else { return Ok(None) };
    let series = prometheus::series_in(&prometheus).await.map_err(|error| error.to_string())?;
    let mut lines: Vec<_> = series.into_iter().filter_map(render_series).collect();
    lines.sort_unstable();
    Ok(Some(lines.concat()))
}

fn words(stop: Stop) -> String {
    match stop {
        Stop::Failed(failure) => failure.to_string(),
        Stop::NotRun(reason) => reason,
    }
}

/// A day in the shop, with everything that goes wrong on it.
async fn visit(app: &App) -> Result<Page, Stop> {
    let lamp = json!({ "sku": "LAMP-LED", "name": "Desk lamp, LED", "price_cents": 3490, "stock": 40 });
    app.get("/live").await?;
    app.get("/ready").await?;
    app.get("/").await?;
    app.get("/items").await?;
    app.get("/items/1").await?;
    app.get("/items/999").await?;
    app.post("/items", &lamp).await?;
    app.post("/items", &lamp).await?;
    app.send(Method::POST, "/items", Some("{".into())).await?;
    app.send(Method::PUT, "/items", None).await?;
    app.add_to_cart("ana", 1, 2).await?;
    app.add_to_cart("ana", 2, 1).await?;
    app.add_to_cart("ana", 999, 1).await?;
    app.get("/carts/ana").await?;
    app.delete("/carts/ana").await?;
    app.add_to_cart("bruno", 1, 1).await?;
    app.post("/carts/bruno/checkout", &json!({})).await?;
    app.add_to_cart("carla", 3, 1).await?;
    app.get("/nowhere").await?;
    app.send(Method::from_bytes(b"BREW").unwrap_or_default(), "/items", None).await?;
    app.get("/simulate?status=503").await?;
    // Until lesson 01, a panic has no answer.
    let _ = app.try_send(Method::GET, "/simulate?panic=true", None).await;
    app.scrape().await
}

/// The families of lessons 00 to 04.
pub(crate) fn families_of_the_shop() -> impl Iterator<Item = &'static str> {
    let of_the_shop = FAMILIES.iter().filter(|(lesson, _)| *lesson < EXPORTER);
    of_the_shop.flat_map(|(_, names)| names.iter().copied())
}

fn render(page: &Page, lesson: &str) -> String {
    let names = FAMILIES.iter().filter(|(name, _)| *name <= lesson).flat_map(|(_, names)| *names);
    render_families(names.filter_map(|name| page.family(name)).collect())
}

fn render_families(mut families: Vec<&Family>) -> String {
    families.sort_by(|one, other| one.name.cmp(&other.name));
    families.into_iter().map(render_family).collect()
}

fn render_family(family: &Family) -> String {
    let name = &family.name;
    let mut text = format!("# HELP {name} {MASK}\n# TYPE {name} {}\n", family.metric_type);
    let mut samples: Vec<_> = family.samples.iter().filter(|sample| !sample.name.ends_with("_created")).collect();
    samples.sort_by(|one, other| compare(one, other));
    for sample in samples {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}{} {}", sample.name, render_labels(&sample.labels), render_value(sample));
    }
    text
}

/// By labels, then by name, then by bucket or quantile, as numbers.
fn compare(one: &Sample, other: &Sample) -> Ordering {
    let key = |sample: &Sample| {
        let labels = sample.labels.iter().filter(|(name, _)| !is_bound(name));
        (labels.map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>(), sample.name.clone())
    };
    key(one).cmp(&key(other)).then(bound(one).total_cmp(&bound(other)))
}

fn is_bound(label: &str) -> bool {
    label == "le" || label == "quantile"
}

fn bound(sample: &Sample) -> f64 {
    let label = sample.labels.iter().find(|(name, _)| is_bound(name));
    label.and_then(|(_, value)| value.parse().ok()).unwrap_or_default()
}

/// A series of the course, in the labels that Prometheus gives it.
fn render_series(mut labels: Labels) -> Option<String> {
    let name = labels.remove("__name__")?;
    let is_known = FAMILIES.iter().any(|(_, names)| names.contains(&name.as_str()));
    is_known.then(|| format!("{name}{} {MASK}\n", render_labels(&labels)))
}

fn render_labels(labels: &Labels) -> String {
    let label = |(name, value): (&String, &String)| {
        let value = if UNSTABLE_LABELS.contains(&name.as_str()) { MASK } else { value };
        format!("{name}={value:?}")
    };
    let labels: Vec<_> = labels.iter().map(label).collect();
    if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) }
}

fn render_value(sample: &Sample) -> String {
    let is_finite_bucket = sample.label("le").is_some_and(|le| le != "+Inf");
    let is_quantile = sample.label("quantile").is_some();
    let is_unstable = UNSTABLE_SAMPLES.contains(&sample.name.as_str()) || !exporter::is_stable(sample);
    if is_finite_bucket || is_quantile || is_unstable { MASK.to_owned() } else { sample.value.to_string() }
}
