//! The shop as an axum app that reports to [`Metrics`](crate::metrics::Metrics).

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::FutureExt;
use shop::{Cart, CartAddition, Error, ErrorKind, Item, Json, NewItem, Order, Path, Result, Session, Store};

use crate::metrics::{InProgress, Shared, observe};

/// What every handler can reach.
#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) store: Store,
    pub(crate) metrics: Shared,
}

/// The whole app, with a middleware that is a function.
pub(crate) fn app(store: Store, metrics: Shared) -> Router {
    let state = AppState { store, metrics: metrics.clone() };
    with_page(routes(&state).layer(from_fn_with_state(metrics, track)), state)
}

/// All routes but `/metrics`.
pub(crate) fn routes(state: &AppState) -> Router {
    Router::new()
        .route("/items", get(list_items).post(create_item))
        .route("/items/{id}", get(find_item))
        .route("/carts/{session}", get(find_cart).delete(delete_cart))
        .route("/carts/{session}/items", post(add_to_cart))
        .route("/carts/{session}/checkout", post(checkout))
        .with_state(state.clone())
        .merge(shop::pages(state.store.clone()))
        .fallback(shop::not_found)
        .method_not_allowed_fallback(shop::method_not_allowed)
}

/// `/metrics`, beside routes that are tracked already.
pub(crate) fn with_page(router: Router, state: AppState) -> Router {
    router.route("/metrics", get(page).with_state(state))
}

async fn page(State(state): State<AppState>) -> Response {
    observe(state.metrics.as_ref(), &state.store).await;
    match state.metrics.page() {
        Ok((content_type, page)) => ([(header::CONTENT_TYPE, content_type)], page).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn track(State(metrics): State<Shared>, request: Request, next: Next) -> Response {
    let method = method_label(request.method());
    let path = path_label(&request);
    let _in_progress = InProgress::start(&metrics, method, &path);
    let started = Instant::now();
    let response = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let response = response.unwrap_or_else(|_| Error::Panic.into_response());
    record(&metrics, method, &path, &response, started.elapsed());
    response
}

/// Counts and times an answer.
pub(crate) fn record(metrics: &Shared, method: &str, path: &str, response: &Response, elapsed: Duration) {
    metrics.answer(method, path, response.status().as_u16(), elapsed);
    if let Some(ErrorKind(kind)) = response.extensions().get() {
        metrics.exception(method, path, kind);
    }
}

pub(crate) fn path_label<B>(request: &axum::http::Request<B>) -> String {
    let matched = request.extensions().get::<MatchedPath>();
    matched.map_or("unmatched", MatchedPath::as_str).to_owned()
}

pub(crate) fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        "TRACE" => "TRACE",
        "PATCH" => "PATCH",
        _ => "other",
    }
}

impl AppState {
    /// Times a query.
    pub(crate) async fn timed<T>(&self, operation: &str, query: impl Future<Output = T>) -> T {
        let started = Instant::now();
        let result = query.await;
        self.metrics.query(operation, started.elapsed());
        result
    }
}

async fn list_items(State(state): State<AppState>) -> Result<Json<Vec<Item>>> {
    state.timed("list_items", state.store.list_items()).await.map(Json)
}

async fn find_item(State(state): State<AppState>, Path(id): Path<i64>) -> Result<Json<Item>> {
    state.timed("find_item", state.store.find_item(id)).await.map(Json)
}

async fn create_item(State(state): State<AppState>, Json(new): Json<NewItem>) -> Result<(StatusCode, Json<Item>)> {
    let item = state.timed("insert_item", state.store.insert_item(&new)).await?;
    Ok((StatusCode::CREATED, Json(item)))
}

async fn find_cart(State(state): State<AppState>, Path(session): Path<Session>) -> Result<Json<Cart>> {
    state.timed("find_cart", state.store.find_cart(&session)).await.map(Json)
}

async fn add_to_cart(
    State(state): State<AppState>,
    Path(session): Path<Session>,
    Json(addition): Json<CartAddition>,
) -> Result<Json<Cart>> {
    let (cart, sku) = state.timed("add_to_cart", state.store.add_to_cart(&session, addition)).await?;
    state.metrics.add_to_cart(&sku, 1);
    Ok(Json(cart))
}

async fn delete_cart(State(state): State<AppState>, Path(session): Path<Session>) -> Result<StatusCode> {
    state.timed("delete_cart", state.store.delete_cart(&session)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn checkout(State(state): State<AppState>, Path(session): Path<Session>) -> Result<Json<Order>> {
    state.timed("checkout", state.store.checkout(&session)).await.map(Json)
}
