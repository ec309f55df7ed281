//! One metric of a page: its family, its samples, its type.

use std::collections::BTreeMap;
use std::fmt;

/// Label names and their unescaped values.
pub type Labels = BTreeMap<String, String>;

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
