//! A server on hyper alone: no axum, no tower, a `match` for the routes.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use futures_util::FutureExt;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use shop::{CartAddition, Config, Error, NewItem, Session, Store};
use tokio::net::TcpListener;

use crate::app::{AppState, method_label};
use crate::metrics::{InProgress, Shared, observe};
use crate::prometheus_crate::{PrometheusCrate, Taste};
use crate::system;

const MAX_BODY_BYTES: usize = 16 * 1024;

/// Serves the shop at each address, until a signal.
pub(crate) async fn run() -> Result<()> {
    let config = Config::from_env()?;
    let store = Store::connect(&config).await?;
    for address in config.listen_addresses {
        let metrics: Shared = Arc::new(PrometheusCrate::new(&Taste::SEVERAL_REGISTRIES)?);
        system::sample_in_background(&metrics)?;
        let state = AppState { store: store.clone(), metrics };
        tokio::spawn(serve(TcpListener::bind(address).await?, state));
    }
    Ok(shop::server::stop_signal().await?)
}

async fn serve(listener: TcpListener, state: AppState) {
    loop {
        let Ok((connection, _)) = listener.accept().await else { continue };
        let state = state.clone();
        let service = service_fn(move |request| {
            let state = state.clone();
            async move { Ok::<_, Infallible>(answer(&state, request).await) }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(connection), service));
    }
}

type Answer = Response<Full<Bytes>>;

/// A page, or a tracked answer.
async fn answer(state: &AppState, request: Request<Incoming>) -> Answer {
    if request.uri().path() == "/metrics" && request.method() == Method::GET {
        return page(state).await;
    }
    let method = method_label(request.method());
    let path = request.uri().path().to_owned();
    let segments: Vec<_> = path.trim_start_matches('/').split('/').collect();
    let template = template(&segments);
    let _in_progress = InProgress::start(&state.metrics, method, template);
    let started = Instant::now();
    let routed = AssertUnwindSafe(route(state, request, &segments, template)).catch_unwind().await;
    let (answer, exception) = match routed {
        Ok(Ok(answer)) => (answer, None),
        Ok(Err(error)) => (problem(&error), exception_type(&error)),
        Err(_) => (problem(&Error::Panic), exception_type(&Error::Panic)),
    };
    state.metrics.answer(method, template, answer.status().as_u16(), started.elapsed());
    if let Some(exception) = exception {
        state.metrics.exception(method, template, exception);
    }
    answer
}

async fn page(state: &AppState) -> Answer {
    observe(state.metrics.as_ref(), &state.store).await;
    let (content_type, page) = state.metrics.page().unwrap_or_default();
    respond(StatusCode::OK, content_type, page)
}

fn template(segments: &[&str]) -> &'static str {
    match segments {
        [""] => "/",
        ["items"] => "/items",
        ["items", _] => "/items/{id}",
        ["carts", _] => "/carts/{session}",
        ["carts", _, "items"] => "/carts/{session}/items",
        ["carts", _, "checkout"] => "/carts/{session}/checkout",
        ["live"] => "/live",
        ["ready"] => "/ready",
        ["simulate"] => "/simulate",
        _ => "unmatched",
    }
}

async fn route(
    state: &AppState,
    request: Request<Incoming>,
    segments: &[&str],
    template: &str,
) -> shop::Result<Answer> {
    let store = &state.store;
    match (request.method().as_str(), segments) {
        ("GET", [""]) => Ok(respond(StatusCode::OK, "text/html", "<h1>The shop</h1>".to_owned())),
        ("GET", ["live"]) => Ok(ok(&json!({ "status": "live" }))),
        ("GET", ["ready"]) => store.ping().await.map(|()| ok(&json!({ "status": "ready" }))),
        ("GET", ["simulate"]) => simulate(request.uri().query().unwrap_or_default()).await,
        ("GET", ["items"]) => state.timed("list_items", store.list_items()).await.map(|items| ok(&items)),
        ("GET", ["items", id]) => find_item(state, id).await,
        ("POST", ["items"]) => create_item(state, request).await,
        ("GET", ["carts", name]) => {
            let session = session(name)?;
            state.timed("find_cart", store.find_cart(&session)).await.map(|cart| ok(&cart))
        }
        ("DELETE", ["carts", name]) => {
            let session = session(name)?;
            state.timed("delete_cart", store.delete_cart(&session)).await?;
            Ok(respond(StatusCode::NO_CONTENT, "text/plain", String::new()))
        }
        ("POST", ["carts", name, "items"]) => add_to_cart(state, session(name)?, request).await,
        ("POST", ["carts", name, "checkout"]) => {
            let session = session(name)?;
            state.timed("checkout", store.checkout(&session)).await.map(|order| ok(&order))
        }
        _ if template == "unmatched" => Err(Error::RouteNotFound),
        _ => Err(Error::MethodNotAllowed(request.method().clone())),
    }
}

async fn find_item(state: &AppState, id: &str) -> shop::Result<Answer> {
    let id = id.parse().map_err(|_| invalid(StatusCode::UNPROCESSABLE_ENTITY, "an id is a number"))?;
    state.timed("find_item", state.store.find_item(id)).await.map(|item| ok(&item))
}

async fn create_item(state: &AppState, request: Request<Incoming>) -> shop::Result<Answer> {
    let new: NewItem = body(request).await?;
    let item = state.timed("insert_item", state.store.insert_item(&new)).await?;
    Ok(json_answer(StatusCode::CREATED, &item))
}

async fn add_to_cart(state: &AppState, session: Session, request: Request<Incoming>) -> shop::Result<Answer> {
    let addition: CartAddition = body(request).await?;
    let (cart, sku) = state.timed("add_to_cart", state.store.add_to_cart(&session, addition)).await?;
    state.metrics.add_to_cart(&sku, 1);
    Ok(ok(&cart))
}

async fn simulate(query: &str) -> shop::Result<Answer> {
    let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let delay = value("delay_ms").and_then(|delay| delay.parse().ok()).unwrap_or_default();
    tokio::time::sleep(Duration::from_millis(delay)).await;
    assert!(value("panic") != Some("true"), "this panic was asked for");
    let status = value("status").map_or(Some(StatusCode::OK), |status| status.parse().ok());
    let status = status.ok_or_else(|| invalid(StatusCode::UNPROCESSABLE_ENTITY, "status is none"))?;
    if status.is_client_error() || status.is_server_error() {
        return Err(Error::Simulated(status));
    }
    Ok(respond(status, "text/plain", String::new()))
}

fn session(name: &str) -> shop::Result<Session> {
    Session::try_from(name.to_owned()).map_err(|_| invalid(StatusCode::UNPROCESSABLE_ENTITY, "no name of a session"))
}

async fn body<T: DeserializeOwned>(request: Request<Incoming>) -> shop::Result<T> {
    let bytes = Limited::new(request.into_body(), MAX_BODY_BYTES).collect().await;
    let bytes = bytes.map_err(|_| invalid(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long"))?.to_bytes();
    serde_json::from_slice(&bytes).map_err(|error| invalid(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()))
}

fn invalid(status: StatusCode, detail: &str) -> Error {
    Error::InvalidRequest { status, detail: detail.to_owned() }
}

fn exception_type(error: &Error) -> Option<&'static str> {
    if !error.status().is_server_error() {
        return None;
    }
    Some(match error {
        Error::Simulated(_) => "Simulated",
        Error::Panic => "Panic",
        _ => "Database",
    })
}

fn problem(error: &Error) -> Answer {
    let problem = json!({ "title": error.to_string(), "status": error.status().as_u16() });
    respond(error.status(), "application/problem+json", problem.to_string())
}

fn ok(value: &impl Serialize) -> Answer {
    json_answer(StatusCode::OK, value)
}

fn json_answer(status: StatusCode, value: &impl Serialize) -> Answer {
    respond(status, "application/json", serde_json::to_string(value).unwrap_or_default())
}

fn respond(status: StatusCode, content_type: &str, body: String) -> Answer {
    let mut answer = Response::new(Full::from(body));
    *answer.status_mut() = status;
    if let Ok(content_type) = content_type.parse() {
        answer.headers_mut().insert("content-type", content_type);
    }
    answer
}
