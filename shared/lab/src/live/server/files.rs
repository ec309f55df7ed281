//! What the browser loads, out of this program.

use std::io::Write;

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::Compression;
use flate2::write::GzEncoder;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// A path, what kind of file is there, and the file.
type Entry = (&'static str, &'static str, &'static str);

macro_rules! page {
    ($($path:literal $kind:ident $file:literal),* $(,)?) => {
        [$(($path, $kind, include_str!(concat!("../page/", $file)))),*]
    };
}

/// All files. uPlot comes as its authors built it; its licence stands beside it.
static FILES: [Entry; 30] = page![
    "/" HTML "index.html",
    "/style.css" CSS "style.css",
    "/uplot.css" CSS "vendor/uPlot.min.css",
    "/uplot.js" JAVASCRIPT "vendor/uPlot.iife.min.js",
    "/card.js" JAVASCRIPT "card.js",
    "/controls.js" JAVASCRIPT "controls.js",
    "/dom.js" JAVASCRIPT "dom.js",
    "/families.js" JAVASCRIPT "families.js",
    "/findings.js" JAVASCRIPT "findings.js",
    "/heatmap.js" JAVASCRIPT "heatmap.js",
    "/histogram.js" JAVASCRIPT "histogram.js",
    "/legend.js" JAVASCRIPT "legend.js",
    "/lesson.js" JAVASCRIPT "lesson.js",
    "/linechart.js" JAVASCRIPT "linechart.js",
    "/linepicture.js" JAVASCRIPT "linepicture.js",
    "/list.js" JAVASCRIPT "list.js",
    "/main.js" JAVASCRIPT "main.js",
    "/moves.js" JAVASCRIPT "moves.js",
    "/numbers.js" JAVASCRIPT "numbers.js",
    "/pageline.js" JAVASCRIPT "pageline.js",
    "/promql.js" JAVASCRIPT "promql.js",
    "/rawlines.js" JAVASCRIPT "rawlines.js",
    "/requests.js" JAVASCRIPT "requests.js",
    "/shop.js" JAVASCRIPT "shop.js",
    "/slots.js" JAVASCRIPT "slots.js",
    "/stream.js" JAVASCRIPT "stream.js",
    "/tablepicture.js" JAVASCRIPT "tablepicture.js",
    "/targets.js" JAVASCRIPT "targets.js",
    "/theme.js" JAVASCRIPT "theme.js",
    "/trouble.js" JAVASCRIPT "trouble.js",
];

/// A route for each file.
pub(super) fn router() -> Router {
    FILES.iter().fold(Router::new(), |router, (path, kind, text)| {
        let packed = Bytes::from(gzip(text));
        router.route(path, get(async move |headers: HeaderMap| answer(kind, text, packed, &headers)))
    })
}

/// A file, in a third of its bytes where the browser takes that. A new build has new files at the same paths.
fn answer(kind: &'static str, text: &'static str, packed: Bytes, headers: &HeaderMap) -> Response {
    let known = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache"), (VARY, "accept-encoding")];
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|encodings| encodings.to_str().ok()).unwrap_or_default();
    match accepted.split(',').any(|encoding| encoding.trim() == "gzip") {
        true => (known, [(CONTENT_ENCODING, "gzip")], packed).into_response(),
        false => (known, text).into_response(),
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    let _ = encoder.write_all(text.as_bytes());
    encoder.finish().unwrap_or_default()
}
