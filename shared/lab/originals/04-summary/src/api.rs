//! The handlers of the shop's API.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use shop::{Cart, CartAddition, Item, Json, NewItem, Order, Path, Result, Session};

use crate::AppState;

// TODO (steps 1 to 5): wrap each call of the store in `state.metrics.timed(operation, ...)`. The operation is the
// name of the store's method, such as "find_item".

/// All routes of the API.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/items", get(list_items).post(create_item))
        .route("/items/{id}", get(find_item))
        .route("/carts/{session}", get(find_cart).delete(delete_cart))
        .route("/carts/{session}/items", post(add_to_cart))
        .route("/carts/{session}/checkout", post(checkout))
}

async fn list_items(State(state): State<AppState>) -> Result<Json<Vec<Item>>> {
    let items = state.store.list_items().await?;
    Ok(Json(items))
}

async fn find_item(State(state): State<AppState>, Path(id): Path<i64>) -> Result<Json<Item>> {
    let item = state.store.find_item(id).await?;
    Ok(Json(item))
}

async fn create_item(State(state): State<AppState>, Json(new): Json<NewItem>) -> Result<(StatusCode, Json<Item>)> {
    let item = state.store.insert_item(&new).await?;
    Ok((StatusCode::CREATED, Json(item)))
}

async fn find_cart(State(state): State<AppState>, Path(session): Path<Session>) -> Result<Json<Cart>> {
    let cart = state.store.find_cart(&session).await?;
    Ok(Json(cart))
}

async fn add_to_cart(
    State(state): State<AppState>,
    Path(session): Path<Session>,
    Json(addition): Json<CartAddition>,
) -> Result<Json<Cart>> {
    let (cart, sku) = state.store.add_to_cart(&session, addition).await?;
    state.metrics.cart_additions.with_label_values(&[&sku]).inc();
    Ok(Json(cart))
}

async fn delete_cart(State(state): State<AppState>, Path(session): Path<Session>) -> Result<StatusCode> {
    state.store.delete_cart(&session).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn checkout(State(state): State<AppState>, Path(session): Path<Session>) -> Result<Json<Order>> {
    let order = state.store.checkout(&session).await?;
    Ok(Json(order))
}
