//! `GET /`: the storefront, one page that carries its style and its script.
//!
//! No part of it has a route of its own: each route is a label value in the metrics of the students.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{Html, IntoResponse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("storefront/style.css");
const SCRIPT: &str = include_str!("storefront/script.js");
const PAGE: &str = concat!(
    include_str!("storefront/head.html"),
    "<style>",
    include_str!("storefront/style.css"),
    "</style>\n",
    include_str!("storefront/body.html"),
    "<script>",
    include_str!("storefront/script.js"),
    "</script>\n",
);

/// What the page may do in a browser: talk to this shop, with the very style and script that came with it. A product whose
/// name is a script stays a name. `cargo lab live` may show the page in a frame, and nobody else but the shop itself.
static CONTENT_SECURITY_POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; connect-src 'self'; img-src data:; script-src '{}'; style-src '{}'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'self' http://127.0.0.1:* http://localhost:*",
        source_of(SCRIPT),
        source_of(STYLE),
    )
});

/// How a policy names an inline element: by the hash of its text.
fn source_of(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

pub(crate) async fn storefront() -> impl IntoResponse {
    ([(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY.as_str())], Html(PAGE))
}
