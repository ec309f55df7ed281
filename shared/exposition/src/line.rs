//! The grammar of one line.
//!
//! The text format takes any number of blanks and tabs between two tokens, OpenMetrics exactly one space.

use crate::content_type::Format;
use crate::error::Violation;
use crate::metric::{Labels, MetricType};

const BLANKS: [char; 2] = [' ', '\t'];
/// The most characters of an exemplar's label names and values together (OpenMetrics 1.0, "Exemplars").
const MAX_EXEMPLAR_CHARS: usize = 128;

/// A line of a page, without its newline.
#[derive(Debug, PartialEq)]
pub(super) enum Line<'a> {
    /// An empty line or a comment: nothing to keep.
    Ignored,
    Help {
        name: &'a str,
        text: String,
    },
    Type {
        name: &'a str,
        metric_type: MetricType,
    },
    Unit {
        name: &'a str,
        unit: &'a str,
    },
    Eof,
    Sample(SampleLine<'a>),
}

/// What a sample line says.
#[derive(Debug, PartialEq)]
pub(super) struct SampleLine<'a> {
    pub(super) name: &'a str,
    pub(super) labels: Labels,
    pub(super) value: f64,
    /// Seconds since the Unix epoch.
    pub(super) timestamp: Option<f64>,
    pub(super) has_exemplar: bool,
}

/// Parses one line.
pub(super) fn parse(format: Format, line: &str) -> Result<Line<'_>, Violation> {
    if line.ends_with('\r') {
        return Err(Violation::CarriageReturn);
    }
    match format {
        Format::Text => text_line(line.trim_matches(BLANKS)),
        Format::OpenMetrics => openmetrics_line(line),
    }
}

fn text_line(line: &str) -> Result<Line<'_>, Violation> {
    if line.is_empty() {
        return Ok(Line::Ignored);
    }
    let Some(comment) = line.strip_prefix('#') else {
        return sample(Format::Text, line).map(Line::Sample);
    };
    let (keyword, rest) = token(comment.trim_start_matches(BLANKS));
    let (name, rest) = token(rest.trim_start_matches(BLANKS));
    let rest = rest.trim_start_matches(BLANKS);
    match keyword {
        "HELP" => help(Format::Text, name, rest),
        "TYPE" => type_line(Format::Text, name, rest),
        _ => Ok(Line::Ignored),
    }
}

fn openmetrics_line(line: &str) -> Result<Line<'_>, Violation> {
    if line.is_empty() {
        return Err(Violation::EmptyLine);
    }
    if line == "# EOF" {
        return Ok(Line::Eof);
    }
    if !line.starts_with('#') {
        return sample(Format::OpenMetrics, line).map(Line::Sample);
    }
    let mut parts = line.splitn(4, ' ').skip(1);
    let keyword = parts.next().unwrap_or_default();
    let name = parts.next().unwrap_or_default();
    let text = parts.next();
    let rest = text.unwrap_or_default();
    match keyword {
        "HELP" | "UNIT" if text.is_none() => Err(Violation::Unexpected {
            expected: "a name, one space, and the text",
            found: line.trim_start_matches("# ").to_owned(),
        }),
        "HELP" => help(Format::OpenMetrics, name, rest),
        "TYPE" => type_line(Format::OpenMetrics, name, rest),
        "UNIT" => unit_line(name, rest),
        _ => Err(Violation::Comment),
    }
}

fn help<'a>(format: Format, name: &'a str, text: &str) -> Result<Line<'a>, Violation> {
    Ok(Line::Help { name: metric_name(name)?, text: unescape(format, text)? })
}

fn type_line<'a>(format: Format, name: &'a str, found: &str) -> Result<Line<'a>, Violation> {
    let name = metric_name(name)?;
    let metric_type = match (found, format) {
        ("counter", _) => MetricType::Counter,
        ("gauge", _) => MetricType::Gauge,
        ("histogram", _) => MetricType::Histogram,
        ("summary", _) => MetricType::Summary,
        ("untyped", Format::Text) | ("unknown", Format::OpenMetrics) => MetricType::Untyped,
        ("info", Format::OpenMetrics) => MetricType::Info,
        ("stateset", Format::OpenMetrics) => MetricType::StateSet,
        ("gaugehistogram", Format::OpenMetrics) => MetricType::GaugeHistogram,
        _ => return Err(Violation::UnknownType { found: found.to_owned(), known: known_types(format) }),
    };
    Ok(Line::Type { name, metric_type })
}

fn known_types(format: Format) -> &'static str {
    match format {
        Format::Text => {
            "counter, gauge, histogram, summary and untyped (OpenMetrics has more, and a content type of its own)"
        }
        Format::OpenMetrics => "counter, gauge, histogram, summary, info, stateset, gaugehistogram and unknown",
    }
}

fn unit_line<'a>(name: &'a str, unit: &'a str) -> Result<Line<'a>, Violation> {
    let name = metric_name(name)?;
    let ends_with_unit = name.strip_suffix(unit).is_some_and(|stem| stem.ends_with('_'));
    if !unit.is_empty() && !ends_with_unit {
        return Err(Violation::UnitNotInName { name: name.to_owned(), unit: unit.to_owned() });
    }
    Ok(Line::Unit { name, unit })
}

fn sample(format: Format, line: &str) -> Result<SampleLine<'_>, Violation> {
    let mut cursor = Cursor { format, rest: line };
    if let Some(name) = line.strip_prefix('{').and_then(|labels| quoted(labels.trim_start_matches(BLANKS))) {
        return Err(Violation::QuotedName(name.to_owned()));
    }
    let name = metric_name(cursor.until(&[' ', '\t', '{']))?;
    cursor.skip_blanks();
    let labels = if cursor.eat('{') { cursor.labels()? } else { Labels::new() };
    let (value, timestamp) = cursor.value_and_timestamp()?;
    let has_exemplar = cursor.exemplar()?;
    cursor.end()?;
    Ok(SampleLine { name, labels, value, timestamp, has_exemplar })
}

/// What is left of a sample line.
struct Cursor<'a> {
    format: Format,
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// Takes all up to one of `stops`.
    fn until(&mut self, stops: &[char]) -> &'a str {
        let end = self.rest.find(stops).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn eat(&mut self, wanted: char) -> bool {
        let rest = self.rest.strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, wanted: char, expected: &'static str) -> Result<(), Violation> {
        if self.eat(wanted) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    fn unexpected(&self, expected: &'static str) -> Violation {
        Violation::Unexpected { expected, found: self.rest.to_owned() }
    }

    /// Skips blanks where only the text format allows them.
    fn skip_blanks(&mut self) {
        if self.format == Format::Text {
            self.rest = self.rest.trim_start_matches(BLANKS);
        }
    }

    /// Skips what stands between two tokens.
    fn gap(&mut self) -> Result<(), Violation> {
        match self.format {
            Format::Text => self.skip_blanks(),
            Format::OpenMetrics => self.expect(' ', "one space")?,
        }
        Ok(())
    }

    /// Takes the labels that follow a `{`, and the `}`.
    fn labels(&mut self) -> Result<Labels, Violation> {
        let mut labels = Labels::new();
        loop {
            self.skip_blanks();
            let may_close = labels.is_empty() || self.format == Format::Text;
            if may_close && self.eat('}') {
                return Ok(labels);
            }
            let (name, value) = self.label()?;
            if labels.insert(name.to_owned(), value).is_some() {
                return Err(Violation::DuplicateLabel(name.to_owned()));
            }
            self.skip_blanks();
            if self.eat('}') {
                return Ok(labels);
            }
            self.expect(',', "`,` or `}` after a label")?;
        }
    }

    fn label(&mut self) -> Result<(&'a str, String), Violation> {
        let name = self.until(&[' ', '\t', '=', ',', '"', '{', '}']);
        if let Some(name) = quoted(self.rest).filter(|_| name.is_empty()) {
            return Err(Violation::QuotedName(name.to_owned()));
        }
        if name.is_empty() {
            return Err(self.unexpected("a label name"));
        }
        let name = label_name(name)?;
        self.skip_blanks();
        self.expect('=', "`=` after a label name")?;
        self.skip_blanks();
        self.expect('"', "`\"` around a label value")?;
        Ok((name, self.label_value()?))
    }

    /// Takes a label value whose opening quote is taken, and its closing quote.
    fn label_value(&mut self) -> Result<String, Violation> {
        let end = closing_quote(self.rest).ok_or(Violation::UnclosedLabelValue)?;
        let value = unescape(self.format, &self.rest[..end])?;
        self.rest = &self.rest[end..];
        self.expect('"', "`\"` after a label value")?;
        Ok(value)
    }

    fn value_and_timestamp(&mut self) -> Result<(f64, Option<f64>), Violation> {
        self.gap()?;
        let value = self.until(&BLANKS);
        let value = number(value).ok_or_else(|| Violation::Value(value.to_owned()))?;
        if self.rest.is_empty() {
            return Ok((value, None));
        }
        self.gap()?;
        if self.rest.starts_with('#') {
            return Ok((value, None));
        }
        let timestamp = self.until(&BLANKS);
        let seconds = seconds(self.format, timestamp).ok_or_else(|| Violation::Timestamp(timestamp.to_owned()))?;
        if !self.rest.is_empty() {
            self.gap()?;
            if !self.rest.starts_with('#') {
                return Err(self.unexpected("the end of the line"));
            }
        }
        Ok((value, Some(seconds)))
    }

    /// Checks an exemplar, ` # {labels} value [timestamp]`, if there is one.
    fn exemplar(&mut self) -> Result<bool, Violation> {
        if !self.eat('#') {
            return Ok(false);
        }
        if self.format == Format::Text {
            return Err(Violation::Exemplar);
        }
        self.gap()?;
        self.expect('{', "`{` and the labels of an exemplar")?;
        let labels = self.labels()?;
        let length = labels.iter().map(|(name, value)| name.chars().count() + value.chars().count()).sum();
        if length > MAX_EXEMPLAR_CHARS {
            return Err(Violation::LongExemplar(length));
        }
        self.value_and_timestamp()?;
        Ok(true)
    }

    fn end(&self) -> Result<(), Violation> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.unexpected("the end of the line")) }
    }
}

/// Splits off what stands before the first blank.
fn token(text: &str) -> (&str, &str) {
    text.split_once(BLANKS).unwrap_or((text, ""))
}

/// The text between quotes at the start.
fn quoted(text: &str) -> Option<&str> {
    let text = text.strip_prefix('"')?;
    text.get(..closing_quote(text)?)
}

fn metric_name(name: &str) -> Result<&str, Violation> {
    if let Some(name) = quoted(name) {
        return Err(Violation::QuotedName(name.to_owned()));
    }
    if is_name(name, |c| c.is_ascii_alphabetic() || c == '_' || c == ':') {
        Ok(name)
    } else {
        Err(Violation::MetricName(name.to_owned()))
    }
}

fn label_name(name: &str) -> Result<&str, Violation> {
    if !is_name(name, |c| c.is_ascii_alphabetic() || c == '_') {
        return Err(Violation::LabelName(name.to_owned()));
    }
    if name.starts_with("__") {
        return Err(Violation::ReservedLabelName(name.to_owned()));
    }
    Ok(name)
}

/// Whether `name` starts with a character that `may_start`, and goes on with such characters and digits.
fn is_name(name: &str, may_start: impl Fn(char) -> bool) -> bool {
    name.starts_with(&may_start) && name.chars().all(|c| may_start(c) || c.is_ascii_digit())
}

/// Where the first quote stands that no backslash escapes.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.find(|c| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    })
}

fn unescape(format: Format, text: &str) -> Result<String, Violation> {
    let mut unescaped = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            unescaped.push(c);
            continue;
        }
        match (chars.next(), format) {
            (Some('n'), _) => unescaped.push('\n'),
            (Some(escaped @ ('\\' | '"')), _) => unescaped.push(escaped),
            // OpenMetrics keeps the backslash of an escape that it does not know.
            (other, Format::OpenMetrics) => unescaped.extend(['\\'].into_iter().chain(other)),
            (other, _) => return Err(Violation::Escape(['\\'].into_iter().chain(other).collect())),
        }
    }
    Ok(unescaped)
}

/// Parses a number. Rust's grammar is Prometheus's, but for a NaN with a sign.
pub(super) fn number(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    let has_sign = text.starts_with(['+', '-']);
    (!(number.is_nan() && has_sign)).then_some(number)
}

/// Parses a timestamp: whole milliseconds in the text format, seconds in OpenMetrics.
fn seconds(format: Format, text: &str) -> Option<f64> {
    match format {
        Format::Text => text.parse::<i64>().ok().map(|milliseconds| milliseconds as f64 / 1000.0),
        Format::OpenMetrics => number(text).filter(|seconds| seconds.is_finite()),
    }
}
