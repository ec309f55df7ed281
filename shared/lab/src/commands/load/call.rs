//! A request.

use hyper::Method;
use serde_json::json;

/// A request that the shop's API knows.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    /// JSON.
    pub(super) body: Option<String>,
}

impl Call {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), body: None }
    }

    pub(super) fn add(cart: &str, item: i64, quantity: u32) -> Self {
        let body = json!({ "item_id": item, "quantity": quantity });
        Self { method: Method::POST, path: format!("{cart}/items"), body: Some(body.to_string()) }
    }
}
