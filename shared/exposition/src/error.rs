//! What can be wrong with a page, in words for the person who wrote the app.

use std::borrow::Cow;
use std::ops::Range;

use thiserror::Error;

use crate::content_type::ContentTypeError;
use crate::metric::MetricType;

/// The longest piece of a line that a message repeats, in characters.
const SHOWN_CHARS: usize = 200;

/// Why a page can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParseError {
    /// The content type names no format.
    #[error(transparent)]
    ContentType(#[from] ContentTypeError),
    /// A line breaks a rule of the format.
    #[error(transparent)]
    Line(#[from] InvalidLine),
}

/// A line that breaks a rule of the format.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line_number}: {violation}\n    {}", shown(line))]
pub struct InvalidLine {
    /// The line's number on the page, from 1.
    pub line_number: usize,
    /// The line as it stands on the page.
    pub line: String,
    /// The rule that it breaks.
    pub violation: Violation,
}

/// The rules of the format, each as the way to break it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Violation {
    /// The last line has no `\n`.
    #[error("the page must end with a newline: write one after the last line")]
    NoLastNewline,
    /// Lines end in `\r\n`.
    #[error("lines must end in `\\n` alone, but this one ends in `\\r\\n`")]
    CarriageReturn,
    /// OpenMetrics has no empty lines.
    #[error("OpenMetrics allows no empty lines: leave it out")]
    EmptyLine,
    /// OpenMetrics has no comments.
    #[error("OpenMetrics allows no comments: a `#` line is `# HELP`, `# TYPE`, `# UNIT` or `# EOF`")]
    Comment,
    /// An OpenMetrics page without its end mark.
    #[error("an OpenMetrics page must end with the line `# EOF`")]
    MissingEof,
    /// Something follows OpenMetrics' end mark.
    #[error("nothing may follow the line `# EOF`")]
    AfterEof,
    /// Something else stands where the grammar wants `expected`.
    #[error("expected {expected}, found {}", found_or_end(found))]
    Unexpected {
        /// What the grammar wants here.
        expected: &'static str,
        /// The rest of the line.
        found: String,
    },
    /// Not a metric name.
    #[error(
        "{} is not a metric name: use letters, digits and `_`, and no digit at the start (`http_requests_total`)",
        quoted(.0)
    )]
    MetricName(String),
    /// A name in quotes, as Prometheus 3 has them.
    #[error(
        "{} stands in quotes: names of any letters are legal since Prometheus 3, but not in this course, because each \
         query, rule and older library that meets such a name has to quote or to translate it. Use letters, digits and `_`",
        quoted(.0)
    )]
    QuotedName(String),
    /// Not a label name.
    #[error("{} is not a label name: use letters, digits and `_`, and no digit at the start (`status_code`)", quoted(.0))]
    LabelName(String),
    /// A label name that Prometheus keeps for itself.
    #[error("the label name {} is reserved: names that start with `__` belong to Prometheus", quoted(.0))]
    ReservedLabelName(String),
    /// The same label twice on one sample.
    #[error("the label {} stands here twice: a sample has each label once", quoted(.0))]
    DuplicateLabel(String),
    /// A label value without its closing quote.
    #[error("a label value is not closed: end it with `\"`, and write a quote inside it as `\\\"`")]
    UnclosedLabelValue,
    /// A backslash before something else than `\`, `"` or `n`.
    #[error("`{0}` is no escape: write a backslash as `\\\\`, a quote as `\\\"` and a newline as `\\n`")]
    Escape(String),
    /// A sample value that is not a number.
    #[error("the value {} is not a number: write one like `3`, `0.25` or `1e-3`, or `NaN`, `+Inf`, `-Inf`", quoted(.0))]
    Value(String),
    /// A timestamp that is not a number.
    #[error(
        "the timestamp {} is not a number: write milliseconds since 1970 as a whole number \
         (in OpenMetrics: seconds), or leave it out",
        quoted(.0)
    )]
    Timestamp(String),
    /// An exemplar where none may be.
    #[error("no exemplar may stand here: only OpenMetrics has them, on `_total` and `_bucket` samples")]
    Exemplar,
    /// An exemplar with more than a few words.
    #[error("the labels of this exemplar have {0} characters: 128 are the most")]
    LongExemplar(usize),
    /// A type that does not exist.
    #[error("{} is not a metric type: the types are {known}", quoted(found))]
    UnknownType {
        /// The type on the page.
        found: String,
        /// The types of the format.
        known: &'static str,
    },
    /// A unit that the metric's name does not end with.
    #[error("the name must end with its unit: call the metric `{name}_{unit}`, or leave the `# UNIT` line out")]
    UnitNotInName {
        /// The family's name.
        name: String,
        /// The unit.
        unit: String,
    },
    /// A unit of something that has no number.
    #[error("{0} metrics say something in words and have no unit: leave the `# UNIT` line out")]
    NeedlessUnit(MetricType),
    /// Two `# HELP`, `# TYPE` or `# UNIT` lines for one metric.
    #[error("`{name}` has two `# {keyword}` lines: write it once, above the first sample")]
    DuplicateMetadata {
        /// `HELP`, `TYPE` or `UNIT`.
        keyword: &'static str,
        /// The family's name.
        name: String,
    },
    /// Metadata below samples.
    #[error("this line stands below samples of `{0}`: metadata belongs above the first sample")]
    MetadataAfterSamples(String),
    /// Lines of one family in two places.
    #[error(
        "the lines of `{0}` are not together: another metric stands between them. \
         Usually two registries, or a page put together by hand, expose the same metric"
    )]
    SplitFamily(String),
    /// Two families whose samples could have the same name.
    #[error("`{name}` could be a sample of `{family}`: give one of the two another name")]
    ClashingNames {
        /// The name that both could have.
        name: String,
        /// The earlier family.
        family: String,
    },
    /// Series of one family that are not together.
    #[error(
        "the samples of this series are not together: in OpenMetrics, all lines with the same labels follow each other"
    )]
    SplitSeries,
    /// A later point of a series that says an earlier time.
    #[error("the timestamps of this series go backwards: in OpenMetrics, each point is later than the one before it")]
    TimestampsBackwards,
    /// A sample whose name does not fit its family's type.
    #[error("`{sample}` is not a sample of the {metric_type} `{family}`: expected {expected}")]
    SampleName {
        /// The sample's name.
        sample: String,
        /// The family's name, as on its `# TYPE` line.
        family: String,
        /// The family's type.
        metric_type: MetricType,
        /// The names that would fit.
        expected: String,
    },
    /// OpenMetrics' way to name counters, under another content type.
    #[error(
        "the `# TYPE` line says `{0}`, the sample `{0}_total`: that is OpenMetrics. \
         Send `content-type: application/openmetrics-text; version=1.0.0; charset=utf-8`"
    )]
    OpenMetricsCounter(String),
    /// Two samples with the same name and labels.
    #[error("this series stands on the page twice: each combination of name and labels may occur once")]
    DuplicateSeries,
    /// A counter, a bucket or a count that can't be one.
    #[error("`{name}` counts, so its value can't be {value}: a count starts at 0 and goes up")]
    NotACount {
        /// The sample's name.
        name: String,
        /// Its value.
        value: String,
    },
    /// A sum or a quantile that can't be below 0, or is no number.
    #[error("`{name}` can't be {value} in OpenMetrics: it is 0 or more")]
    NotASum {
        /// The sample's name.
        name: String,
        /// Its value.
        value: String,
    },
    /// A count of observations that is not whole.
    #[error("`{name}` counts observations, so its value can't be {value}: it is a whole number")]
    NotWhole {
        /// The sample's name.
        name: String,
        /// Its value.
        value: String,
    },
    /// Observations below 0, and their sum.
    #[error("a histogram with a bucket below 0 has no `_sum` in OpenMetrics: the sum could go down")]
    SumOfNegatives,
    /// An info metric that is not 1, or a state that is neither 0 nor 1.
    #[error("the value of this {metric_type} can't be {value}: it is {expected}")]
    NotAFlag {
        /// The family's type.
        metric_type: MetricType,
        /// Its value.
        value: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A state set without the label that names the state.
    #[error("a state set names its state in a label of its own name, `{0}`")]
    MissingState(String),
    /// Buckets in another order than that of their bounds.
    #[error("the buckets are not in the order of their bounds")]
    UnsortedBuckets,
    /// A bucket without `le`.
    #[error("a `_bucket` sample needs the label `le`, its upper bound")]
    MissingLe,
    /// A bound that is not a number.
    #[error("`le={}` is not a bound: write a number, or `+Inf`", quoted(.0))]
    InvalidLe(String),
    /// Two buckets with the same bound.
    #[error("two buckets have the bound {0}: each bound may occur once")]
    DuplicateLe(String),
    /// Buckets that do not end with `+Inf`.
    #[error("the buckets need one more, `le=\"+Inf\"`, that counts every observation")]
    MissingInfBucket,
    /// A bucket below the one before it.
    #[error(
        "buckets are cumulative, each counts all observations up to its bound: \
         this one has {count}, the smaller bucket before it {previous}"
    )]
    ShrinkingBuckets {
        /// The bucket's count.
        count: String,
        /// The count of the bucket below.
        previous: String,
    },
    /// A histogram without its sum or count.
    #[error("the histogram has no `{0}` sample with these labels")]
    MissingSample(&'static str),
    /// A count that differs from the `+Inf` bucket.
    #[error("`_count` is {count} but the `+Inf` bucket is {inf}: both count every observation")]
    CountDiffers {
        /// The value of `_count`.
        count: String,
        /// The value of the `+Inf` bucket.
        inf: String,
    },
    /// A summary's own sample without `quantile`.
    #[error("a summary's sample without `_sum` or `_count` needs the label `quantile`")]
    MissingQuantile,
    /// A quantile that is not within 0 and 1.
    #[error(
        "`quantile={}` is not a quantile: write a number from 0 to 1, such as `0.99` for the 99th percentile",
        quoted(.0)
    )]
    InvalidQuantile(String),
}

impl InvalidLine {
    /// The bytes of the line that are wrong, if they are a piece of it.
    pub fn place(&self) -> Option<Range<usize>> {
        if self.violation == Violation::UnclosedLabelValue {
            return self.line.rfind('"').map(|start| start..self.line.len());
        }
        let (start, piece) = match &self.violation {
            Violation::MetricName(piece)
            | Violation::QuotedName(piece)
            | Violation::LabelName(piece)
            | Violation::ReservedLabelName(piece)
            | Violation::Escape(piece)
            | Violation::OpenMetricsCounter(piece)
            | Violation::InvalidLe(piece)
            | Violation::DuplicateLe(piece)
            | Violation::InvalidQuantile(piece)
            | Violation::SampleName { sample: piece, .. } => (self.line.find(piece), piece),
            // What stands at the end, and may be a piece of a name before it, or of the label's first place.
            Violation::Unexpected { found: piece, .. }
            | Violation::DuplicateLabel(piece)
            | Violation::Value(piece)
            | Violation::Timestamp(piece)
            | Violation::UnknownType { found: piece, .. }
            | Violation::NotACount { value: piece, .. }
            | Violation::NotASum { value: piece, .. }
            | Violation::NotWhole { value: piece, .. }
            | Violation::NotAFlag { value: piece, .. } => (self.line.rfind(piece), piece),
            _ => return None,
        };
        start.filter(|_| !piece.is_empty()).map(|start| start..start + piece.len())
    }
}

/// The part of a line that a message repeats.
fn shown(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{} ...", &text[..end]).into(),
        None => text.into(),
    }
}

/// A piece of a line in quotes, with what can't be seen made visible.
fn quoted(text: &str) -> String {
    format!("{:?}", shown(text))
}

fn found_or_end(found: &str) -> String {
    if found.is_empty() { "the end of the line".to_owned() } else { quoted(found) }
}
