//! An exporter: it asks PostgreSQL what it knows about itself, and says it in Prometheus's format.
//!
//! To be read in this order:
//!
//! - [`connection`]: the database's URL, and a connection to it
//! - `exporter`: one scrape, from the request to the page
//! - [`collectors`]: the list of all collectors, and the place that runs them one after the other
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

use crate::connection::Pool;
use crate::exporter::Exporter;
use axum::Router;
use axum::response::Html;
use axum::routing::get;

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
pub fn app(pool: Pool) -> Router {
    Router::new()
        .route("/", get(Html(HOME)))
        .route("/metrics", get(exporter::page))
        .with_state(Arc::new(Exporter::new(pool)))
}
