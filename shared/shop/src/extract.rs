//! axum's extractors, with rejections that are problems like every other error of the shop.

use std::time::Duration;

use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::error::Error;

/// The longest body that the shop reads, in bytes. Its longest valid one is a tenth of that.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

/// How long a client may take to send the whole body.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(5);

/// A JSON body of at most [`MAX_BODY_BYTES`], or a JSON answer.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

/// The variable segments of the path.
#[derive(Debug, Clone, Copy, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Error))]
pub struct Path<T>(pub T);

/// The parameters after the question mark.
#[derive(Debug, Clone, Copy, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Error))]
pub struct Query<T>(pub T);

impl<T, S> FromRequest<S> for Json<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Error> {
        DefaultBodyLimit::max(MAX_BODY_BYTES).apply(&mut request);
        let body = timeout(BODY_TIMEOUT, axum::Json::from_request(request, state));
        let axum::Json(value) = body.await.map_err(|_| too_slow())??;
        Ok(Self(value))
    }
}

fn too_slow() -> Error {
    let detail = format!("the body did not arrive within {} seconds", BODY_TIMEOUT.as_secs());
    Error::InvalidRequest { status: StatusCode::REQUEST_TIMEOUT, detail }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}
