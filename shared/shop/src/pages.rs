//! The routes that no lesson changes: the storefront, the probes, and failures on demand.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::extract::{Json, Query};
use crate::store::Store;
use crate::storefront::storefront;

/// The longest delay that `/simulate` takes, in milliseconds.
pub const MAX_DELAY_MS: u64 = 10_000;

/// What a handler says that `/simulate` makes panic.
pub const PANIC_MESSAGE: &str = "this panic was asked for";

/// `GET /`, `/live`, `/ready` and `/simulate`, for a router with a state of any type.
pub fn pages<S: Clone + Send + Sync + 'static>(store: Store) -> Router<S> {
    Router::new()
        .route("/", get(storefront))
        .route("/live", get(live))
        .route("/ready", get(ready))
        .route("/simulate", get(simulate))
        .with_state(store)
}

/// The process runs. It says nothing of the database: a restart of the shop would not mend that.
async fn live() -> Json<Value> {
    Json(json!({ "status": "live" }))
}

/// The shop can serve requests, which takes its database.
async fn ready(State(store): State<Store>) -> Result<Json<Value>> {
    store.ping().await?;
    Ok(Json(json!({ "status": "ready" })))
}

/// What `/simulate` is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Simulation {
    /// The status of the answer, 200 by default.
    status: Option<u16>,
    /// How long the answer takes, in milliseconds, up to [`MAX_DELAY_MS`].
    #[serde(default)]
    delay_ms: u64,
    /// Whether the handler panics.
    #[serde(default)]
    panic: bool,
}

/// Fails or dawdles on demand, so that a metric has something to show.
async fn simulate(Query(simulation): Query<Simulation>) -> Result<Response> {
    let status = simulated_status(simulation.status.unwrap_or(200))?;
    if simulation.delay_ms > MAX_DELAY_MS {
        return Err(invalid(format!("delay_ms must be at most {MAX_DELAY_MS}")));
    }
    tokio::time::sleep(Duration::from_millis(simulation.delay_ms)).await;
    if simulation.panic {
        return Ok(panic_as_asked());
    }
    if status.is_client_error() || status.is_server_error() {
        return Err(Error::Simulated(status));
    }
    Ok(status.into_response())
}

/// A status that ends an exchange; 1xx would leave the client waiting for more.
fn simulated_status(number: u16) -> Result<StatusCode> {
    let status = StatusCode::from_u16(number).ok().filter(|_| (200..=599).contains(&number));
    status.ok_or_else(|| invalid("status must be between 200 and 599".into()))
}

fn invalid(detail: String) -> Error {
    Error::InvalidRequest { status: StatusCode::UNPROCESSABLE_ENTITY, detail }
}

#[expect(clippy::panic, reason = "the lessons need a handler that panics")]
fn panic_as_asked() -> Response {
    panic!("{PANIC_MESSAGE}")
}
