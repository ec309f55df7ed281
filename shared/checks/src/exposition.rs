//! A `/metrics` page, read as strictly as the standards allow.
//!
//! Two formats are understood: Prometheus's text format 0.0.4 (and 1.0.0, without its quoted UTF-8 names), and
//! OpenMetrics 1.0 text. [`Page::parse`] picks by content type. The checks need not care which one an app sends:
//! families are named as their samples are, so a counter is `http_requests_total` in both.
//!
//! Read in this order: this file (what a page is), `error` (what can be wrong), `line` (one line's grammar),
//! `families` (how lines form families), `rules` (what must hold inside a family).
//!
//! Sources: Prometheus's "Exposition formats" and the OpenMetrics 1.0 specification.

mod content_type;
mod error;
mod families;
mod line;
mod rules;

use std::collections::BTreeMap;
use std::fmt;

pub use content_type::{ContentTypeError, Format};
pub use error::{InvalidLine, ParseError, Violation};

/// Label names and their unescaped values.
pub type Labels = BTreeMap<String, String>;

/// A parsed `/metrics` page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The format that the content type named.
    pub format: Format,
    /// The families, in the order of the page.
    pub families: Vec<Family>,
}

/// All that a page says about one metric: its metadata and its samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// The name that queries use: with `_total` for a counter and `_info` for an info metric, in both formats.
    pub name: String,
    /// The type of the `# TYPE` line, [`MetricType::Undeclared`] without one.
    pub metric_type: MetricType,
    /// The unescaped text of the `# HELP` line; `Some("")` where that line has no text.
    pub help: Option<String>,
    /// The text of the `# UNIT` line (OpenMetrics only).
    pub unit: Option<String>,
    /// The samples, in the order of the page.
    pub samples: Vec<Sample>,
    /// The `#` lines as they stand on the page.
    pub metadata_lines: Vec<String>,
}

/// One sample line.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The sample's own name: with `_bucket`, `_sum` or `_count` where the line has it.
    pub name: String,
    /// The labels, `le` and `quantile` among them.
    pub labels: Labels,
    /// The value.
    pub value: f64,
    /// Seconds since the Unix epoch, if the line has a timestamp.
    pub timestamp: Option<f64>,
    /// The line as it stands on the page.
    pub line: String,
    /// Its number on the page, from 1.
    pub line_number: usize,
}

/// The type of a metric family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MetricType {
    /// Counts up, until a restart.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts observations in buckets.
    Histogram,
    /// Quantiles that the app itself computed.
    Summary,
    /// The `# TYPE` line says `untyped`, or OpenMetrics' `unknown`.
    Untyped,
    /// There is no `# TYPE` line.
    Undeclared,
    /// Facts about the app as labels, always 1 (OpenMetrics only).
    Info,
    /// One of several states, each 0 or 1 (OpenMetrics only).
    StateSet,
    /// A histogram whose buckets may shrink (OpenMetrics only).
    GaugeHistogram,
}

impl Page {
    /// Parses `text`, in the format that `content_type` (the header's value) names.
    ///
    /// # Errors
    ///
    /// The first line that breaks a rule, or a content type that Prometheus can't scrape.
    pub fn parse(content_type: &str, text: &str) -> Result<Self, ParseError> {
        let format = Format::from_content_type(content_type)?;
        let families = families::parse(format, text)?;
        Ok(Self { format, families })
    }

    /// The family of this name (see [`Family::name`]).
    pub fn family(&self, name: &str) -> Option<&Family> {
        self.families.iter().find(|family| family.name == name)
    }

    /// Every sample of this name, such as `http_requests_total` or `http_request_duration_seconds_count`.
    pub fn series<'page>(&'page self, name: &str) -> impl Iterator<Item = &'page Sample> {
        self.samples().filter(move |sample| sample.name == name)
    }

    /// Every sample of this name that has at least these labels.
    pub fn matching<'page>(&'page self, name: &str, labels: &[(&str, &str)]) -> impl Iterator<Item = &'page Sample> {
        self.series(name).filter(move |sample| sample.matches(labels))
    }

    /// The value of the one series with exactly these labels.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        self.matching(name, labels).find(|sample| sample.labels.len() == labels.len()).map(|sample| sample.value)
    }

    /// The sum over every series that has at least these labels: 0 where there is none.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        // Not `Iterator::sum`, which is -0 for nothing.
        self.matching(name, labels).fold(0.0, |sum, sample| sum + sample.value)
    }

    /// Every sample of the page.
    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.families.iter().flat_map(|family| &family.samples)
    }
}

impl Family {
    /// The lines of this family as they stand on the page: metadata, then samples.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let samples = self.samples.iter().map(|sample| sample.line.as_str());
        self.metadata_lines.iter().map(String::as_str).chain(samples)
    }
}

impl Sample {
    /// Whether the sample has at least these labels.
    pub fn matches(&self, labels: &[(&str, &str)]) -> bool {
        labels.iter().all(|(name, value)| self.label(name) == Some(*value))
    }

    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str)
    }
}

impl fmt::Display for MetricType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Summary => "summary",
            Self::Untyped => "untyped",
            Self::Undeclared => "undeclared",
            Self::Info => "info",
            Self::StateSet => "stateset",
            Self::GaugeHistogram => "gaugehistogram",
        })
    }
}
