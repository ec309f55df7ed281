//! What the browser loads, out of this program.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::routing::get;

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

/// All files. uPlot comes as its authors built it, with its licence in its first lines and beside it.
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
        // A new build has new files at the same paths.
        router.route(path, get(([(CONTENT_TYPE, *kind), (CACHE_CONTROL, "no-cache")], *text)))
    })
}
