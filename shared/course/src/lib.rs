//! What all crates of the course must show together, and what they cost.
//!
//! A crate's own tests are with the crate. Here is the room for those that look at several at once:
//!
//! - `tests/floors.rs`: which file may know which
//! - `tests/steps.rs`: each step of a lesson is what the checks ask for next, once the steps before it are done as in `steps/`
//! - `tests/promtool.rs`: Prometheus's own tool finds nothing to complain about in any solution's page
//! - `tests/exporter.rs`: our exporter shows what the official one shows
//! - `tests/outage.rs`: the shop's page in an outage of its database
//! - `tests/bad_input.rs`: the shop bears whatever is sent to it
//! - `tests/promql.rs`: the queries of lessons, documentation, rules and dashboards give numbers in a real Prometheus
//! - `tests/book.rs`: mdBook makes the book without a warning, and its pages hold together
//! - `tests/reference.rs`: the generated pages of the book are up to date
//! - `tests/links.rs`: links to Prometheus lead somewhere, in every version
//! - `tests/dashboards.rs`: the dashboards show the units of their queries, and Grafana is given what it documents
//! - `tests/devcontainer.rs`: the container of GitHub Codespaces has the fields that are documented, and the course's ports
//! - `validators`, in Node.js: the dashboards have the fields of the newest Grafana, and GitHub would accept the workflow
//! - `tests/configuration.rs`: the configuration of Prometheus and Alertmanager, and the unit tests of the alerts
//! - `tests/alertmanager.rs`: who is told of which alert
//! - `tests/pushgateway.rs`: the page and the web configuration of `pushgateway/` are true of a real Pushgateway
//! - `tests/kubernetes.rs`: the overlays of `kubernetes/` can be built, and hang together
//! - `tests/mistakes`: each classic mistake of `mistakes/` is rejected and explained by the check that is meant for it
//! - `tests/right_ways.rs`: each right program of `right_ways/` is accepted
//! - `tests/compose`: the stack of every solution, in Docker
//! - `tests/postgres.rs`: the throw-away PostgreSQL holds the shop
//! - `benches/instrumentation`: what the instrumentation costs a request
//!
//! The real servers that they need are those of the checks: [`checks::services`].

pub mod grafana;
pub mod imports;
pub mod monitoring;
pub mod programs;
pub mod reference;
pub mod solutions;

use std::path::{Path, PathBuf};

/// A path in the folder of the course.
pub fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(relative)
}
