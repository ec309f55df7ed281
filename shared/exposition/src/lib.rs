//! A `/metrics` page, read as strictly as the standards allow.
//!
//! Two formats are understood: Prometheus's text format 0.0.4 (and 1.0.0, without its quoted UTF-8 names), and
//! OpenMetrics 1.0 text. [`Page::parse`] picks by content type. The checks need not care which one an app sends:
//! families are named as their samples are, so a counter is `http_requests_total` in both.
//!
//! Read in this order: `page` and `metric` (what a page is), `error` (what can be wrong), `line` (one line's grammar),
//! `families` (how lines form families), `rules` (what must hold inside a family), `open_metrics` (what that format asks beyond
//! them).
//!
//! Sources: Prometheus's "Exposition formats" and the OpenMetrics 1.0 specification.

mod content_type;
mod error;
mod families;
mod line;
mod metric;
mod open_metrics;
mod page;
mod rules;

pub use content_type::{ContentTypeError, Format};
pub use error::{InvalidLine, ParseError, Violation};
pub use metric::{Family, Labels, MetricType, Sample};
pub use page::Page;
