//! The whole page of a lesson after a fixed script of requests, with what is unstable masked, so that a student
//! sees the very lines that are missing.
//!
//! Families that the course does not name are left out: they are the student's own. So are help texts.

use std::cmp::Ordering;
use std::fmt::Write;

use reqwest::Method;
use serde_json::json;

use crate::App;
use crate::check::Stop;
use crate::exposition::{Family, Page, Sample};

/// The families of each lesson; a page has those of the earlier lessons, too.
const FAMILIES: [(&str, &[&str]); 5] = [
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
];

/// Samples whose value nobody can foretell.
const UNSTABLE_SAMPLES: [&str; 10] = [
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
    let page = visit(app).await.map_err(|stop| match stop {
        Stop::Failed(failure) => failure.to_string(),
        Stop::NotRun(reason) => reason,
    })?;
    Ok(render(&page, lesson))
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

fn render(page: &Page, lesson: &str) -> String {
    let names = FAMILIES.iter().filter(|(name, _)| *name <= lesson).flat_map(|(_, names)| *names);
    let mut families: Vec<_> = names.filter_map(|name| page.family(name)).collect();
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
        let _ = writeln!(text, "{}{} {}", sample.name, render_labels(sample), render_value(sample));
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

fn render_labels(sample: &Sample) -> String {
    let label = |(name, value): (&String, &String)| {
        let value = if UNSTABLE_LABELS.contains(&name.as_str()) { MASK } else { value };
        format!("{name}={value:?}")
    };
    let labels: Vec<_> = sample.labels.iter().map(label).collect();
    if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) }
}

fn render_value(sample: &Sample) -> String {
    let is_finite_bucket = sample.label("le").is_some_and(|le| le != "+Inf");
    let is_quantile = sample.label("quantile").is_some();
    if is_finite_bucket || is_quantile || UNSTABLE_SAMPLES.contains(&sample.name.as_str()) {
        MASK.to_owned()
    } else {
        sample.value.to_string()
    }
}
