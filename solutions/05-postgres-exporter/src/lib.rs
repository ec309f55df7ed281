//! An exporter: it asks PostgreSQL what it knows about itself, and says it in Prometheus's format.
//!
//! To be read in this order:
//!
//! - [`connection`]: the database's URL, and a few connections to it
//! - `exporter`: one scrape, from the request to the page
//! - [`collectors`]: the list of all collectors, and the place that runs them side by side
//! - `collectors/collector.rs`: what they have in common
//! - the other files in `collectors/`: one for each view of PostgreSQL
//! - [`query`]: rows become series
//! - [`families`]: series become a page

pub mod collectors;
pub mod connection;
mod exporter;
pub mod families;
pub mod query;

use std::sync::Arc;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use sqlx::PgPool;

use crate::exporter::Exporter;

const HOME: &str = r#"<!DOCTYPE html>
<html lang="en">
<head><title>PostgreSQL exporter</title></head>
<body>
<h1>PostgreSQL exporter</h1>
<p><a href="/metrics">Metrics</a></p>
</body>
</html>
"#;

/// The whole exporter. It needs no connection before the first scrape.
pub fn app(pool: PgPool) -> Router {
    Router::new()
        .route("/", get(Html(HOME)))
        .route("/metrics", get(exporter::page))
        .with_state(Arc::new(Exporter::new(pool)))
}
