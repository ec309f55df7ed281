//! Who may ask, and what the page may do in a browser.
//!
//! Any site in the same browser can send requests to the loopback, and a site's own name may lead there (DNS rebinding).
//! So a request has to name this server, and to come from its own page.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// What this server is called.
const NAMES: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];
const SAME_ORIGIN: (HeaderName, &str) = (HeaderName::from_static("cross-origin-resource-policy"), "same-origin");

/// What is asked of each request, and said with each answer.
#[derive(Debug)]
pub(super) struct Guard {
    hosts: Vec<String>,
    policy: Option<HeaderValue>,
}

impl Guard {
    /// Of a server at this address, whose page shows this storefront.
    pub(super) fn new(address: SocketAddr, shop: Option<&str>) -> Self {
        let hosts = NAMES.map(|name| format!("{name}:{}", address.port())).to_vec();
        let shop = shop.unwrap_or("'none'");
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
             frame-src {shop}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        // A typed URL has been parsed, so this is a header.
        Self { hosts, policy: HeaderValue::try_from(policy).ok() }
    }

    fn admits(&self, headers: &HeaderMap) -> bool {
        let is_ours = |value: &HeaderValue| self.hosts.iter().any(|host| value == host);
        let is_own_page = |value: &HeaderValue| self.hosts.iter().any(|host| value == &format!("http://{host}"));
        headers.get(HOST).is_some_and(is_ours) && headers.get(ORIGIN).is_none_or(is_own_page)
    }
}

/// Refuses strangers, and tells the browser what the page may do.
pub(super) async fn protect(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let mut response = if guard.admits(request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "this page is for a browser on this machine, at its own address\n").into_response()
    };
    let Some(policy) = guard.policy.clone() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(SAME_ORIGIN.0, HeaderValue::from_static(SAME_ORIGIN.1));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
