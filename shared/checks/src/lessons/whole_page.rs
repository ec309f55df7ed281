//! The whole page of a lesson after a fixed script, so that a student sees the very lines that are missing.
//!
//! Families that the course does not name are left out: they are the student's own.

use exposition::{Labels, Page};
use reqwest::Method;
use serde_json::json;

use super::{exporter, families, pushgateway};
use crate::outcome::Stop;
use crate::services::if_installed;
use crate::services::prometheus::Prometheus;
use crate::snapshot;
use crate::subject::Subject;
use crate::subject::app::App;
use crate::subject::job::Job;

/// The masked page of the shop, after its script.
///
/// # Errors
///
/// Why there is no page.
pub(crate) async fn of_shop(app: &App, lesson: &str) -> Result<String, String> {
    let page = visit(app).await.map_err(words)?;
    Ok(snapshot::render(&page, families::up_to(lesson)))
}

/// The masked page of any lesson's program, after its script.
///
/// # Errors
///
/// Why there is no page.
pub async fn of(subject: &Subject, lesson: &str) -> Result<String, String> {
    match subject {
        Subject::Shop(app) => of_shop(app, lesson).await,
        Subject::Exporter(exporter) => {
            let page = exporter::script::visit(exporter).await.map_err(words)?;
            let names = exporter::families::all();
            Ok(snapshot::render_watched(page, &names, &exporter.database.name, exporter::script::TABLE))
        }
        Subject::Job(job) => {
            let page = pushgateway::script::success_then_failure(job).await.map_err(words)?;
            Ok(snapshot::render(&page, families::up_to(lesson)))
        }
    }
}

/// The series that a Prometheus has which scrapes the gateway of a batch job, after the same script; none where
/// Prometheus is not installed.
///
/// # Errors
///
/// Why there are none.
pub async fn in_prometheus(job: &Job) -> Result<Option<String>, String> {
    pushgateway::script::success_then_failure(job).await.map_err(words)?;
    let prometheus = Prometheus::start(&[&job.gateway.address()]).await;
    let prometheus =
        if_installed(prometheus, "the snapshot of what Prometheus sees").map_err(|error| error.to_string())?;
    let Some(prometheus) = prometheus else { return Ok(None) };
    let series = pushgateway::prometheus::series_in(&prometheus).await.map_err(|error| error.to_string())?;
    let mut lines: Vec<_> = series.into_iter().filter_map(render_series).collect();
    lines.sort_unstable();
    Ok(Some(lines.concat()))
}

/// A series of the course, in the labels that Prometheus gives it.
fn render_series(mut labels: Labels) -> Option<String> {
    let name = labels.remove("__name__")?;
    families::has(&name).then(|| snapshot::render_series(&name, &labels))
}

fn words(stop: Stop) -> String {
    match stop {
        Stop::Failed(failure) => failure.to_string(),
        Stop::NotRun(reason) => reason,
    }
}

/// A day in the shop, with everything that goes wrong on it.
pub(super) async fn visit(app: &App) -> Result<Page, Stop> {
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
