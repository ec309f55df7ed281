//! How lines form families: which line belongs to which metric, and that each family stands in one place.

use std::collections::{HashMap, HashSet};

use crate::content_type::Format;
use crate::error::{InvalidLine, ParseError, Violation};
use crate::line::{self, Line, SampleLine};
use crate::metric::{Family, Labels, MetricType, Sample};
use crate::{open_metrics, rules};

/// Every suffix that a sample's name may have beyond its family's name, in either format.
const SUFFIXES: [&str; 9] = ["", "_total", "_created", "_bucket", "_sum", "_count", "_gsum", "_gcount", "_info"];

/// Parses a page into families that follow the rules of their types.
pub(super) fn parse(format: Format, text: &str) -> Result<Vec<Family>, ParseError> {
    let mut reader = Reader::new(format);
    let mut last = (0, "");
    for (index, text_of_line) in text.split_terminator('\n').enumerate() {
        last = (index + 1, text_of_line);
        reader.read(index + 1, text_of_line).map_err(|violation| invalid(last, violation))?;
    }
    end_violation(&reader, text).map_or(Ok(()), |violation| Err(invalid(last, violation)))?;
    if format == Format::OpenMetrics {
        reader.groups.iter().try_for_each(open_metrics_group)?;
        names_differ(&reader.groups)?;
    }
    let families: Vec<Family> = reader.groups.into_iter().map(|group| group.into_family(format)).collect();
    for family in &families {
        rules::samples(family)?;
        match (format, family.metric_type) {
            (Format::OpenMetrics, _) => open_metrics::check(family)?,
            (Format::Text, MetricType::Histogram) => rules::histogram(family)?,
            (Format::Text, _) => {}
        }
    }
    Ok(families)
}

fn invalid((line_number, line): (usize, &str), violation: Violation) -> InvalidLine {
    InvalidLine { line_number, line: line.to_owned(), violation }
}

/// What OpenMetrics asks of the metadata of a family.
fn open_metrics_group(group: &Group) -> Result<(), InvalidLine> {
    let metric_type = group.metric_type();
    let has_no_unit = matches!(metric_type, MetricType::Info | MetricType::StateSet);
    if has_no_unit && group.unit.is_some() {
        return Err(invalid(group.first_line(), Violation::NeedlessUnit(metric_type)));
    }
    Ok(())
}

/// In OpenMetrics, no sample of a family may have a name that a sample of another one could have.
fn names_differ(groups: &[Group]) -> Result<(), InvalidLine> {
    let mut owners: HashMap<String, &str> = HashMap::new();
    for group in groups {
        let suffixes = suffixes(Format::OpenMetrics, group.metric_type()).iter();
        let names: HashSet<String> = suffixes.chain(&[""]).map(|suffix| format!("{}{suffix}", group.name)).collect();
        for name in names {
            if let Some(family) = owners.insert(name.clone(), &group.name) {
                let family = family.to_owned();
                return Err(invalid(group.first_line(), Violation::ClashingNames { name, family }));
            }
        }
    }
    Ok(())
}

/// What is wrong with the end of a page.
fn end_violation(reader: &Reader, text: &str) -> Option<Violation> {
    match reader.format {
        Format::Text => (!text.is_empty() && !text.ends_with('\n')).then_some(Violation::NoLastNewline),
        Format::OpenMetrics => (!reader.is_at_eof).then_some(Violation::MissingEof),
    }
}

/// Collects lines into groups, one for each family.
struct Reader {
    format: Format,
    groups: Vec<Group>,
    /// Where the group of a name is.
    group_of: HashMap<String, usize>,
    /// What was seen, and when its last point was, to find a series that stands on the page twice.
    series: HashMap<(String, Labels), Option<f64>>,
    is_at_eof: bool,
}

/// A family while its lines are read.
struct Group {
    /// The name as its metadata says it: without `_total` in OpenMetrics.
    name: String,
    metric_type: Option<MetricType>,
    help: Option<String>,
    unit: Option<String>,
    samples: Vec<Sample>,
    metadata_lines: Vec<String>,
    /// The number and the text of its first line.
    first_line: (usize, String),
}

impl Reader {
    fn new(format: Format) -> Self {
        Self { format, groups: Vec::new(), group_of: HashMap::new(), series: HashMap::new(), is_at_eof: false }
    }

    fn read(&mut self, line_number: usize, text: &str) -> Result<(), Violation> {
        if self.is_at_eof {
            return Err(Violation::AfterEof);
        }
        let line = (line_number, text);
        match line::parse(self.format, text)? {
            Line::Ignored => {}
            Line::Eof => self.is_at_eof = true,
            Line::Help { name, text: help } => set(&mut self.described(name, line)?.help, help, "HELP", name)?,
            Line::Type { name, metric_type } => {
                set(&mut self.described(name, line)?.metric_type, metric_type, "TYPE", name)?;
            }
            Line::Unit { name, unit } => set(&mut self.described(name, line)?.unit, unit.to_owned(), "UNIT", name)?,
            Line::Sample(sample) => self.read_sample(sample, line)?,
        }
        Ok(())
    }

    /// The group that a metadata line is about.
    fn described(&mut self, name: &str, line: (usize, &str)) -> Result<&mut Group, Violation> {
        let index = match self.group_of.get(name) {
            None => self.start_group(name, line),
            Some(&index) if index + 1 < self.groups.len() => return Err(Violation::SplitFamily(name.to_owned())),
            Some(&index) => index,
        };
        let group = &mut self.groups[index];
        if !group.samples.is_empty() {
            return Err(Violation::MetadataAfterSamples(name.to_owned()));
        }
        group.metadata_lines.push(line.1.to_owned());
        Ok(group)
    }

    fn start_group(&mut self, name: &str, (line_number, text): (usize, &str)) -> usize {
        let index = self.groups.len();
        self.groups.push(Group::new(name, (line_number, text.to_owned())));
        self.group_of.insert(name.to_owned(), index);
        index
    }

    fn read_sample(&mut self, sample: SampleLine<'_>, line: (usize, &str)) -> Result<(), Violation> {
        let is_another_point = self.is_another_point(&sample)?;
        let index = self.group_of_sample(sample.name, line)?;
        let group = &mut self.groups[index];
        if sample.has_exemplar && !group.takes_exemplars(sample.name) {
            return Err(Violation::Exemplar);
        }
        if is_another_point {
            // Of several points, the last one is what holds now.
            group
                .samples
                .retain(|other| other.name != sample.name || identity(&other.labels) != identity(&sample.labels));
        }
        group.samples.push(Sample {
            name: sample.name.to_owned(),
            labels: sample.labels,
            value: sample.value,
            timestamp: sample.timestamp,
            line: line.1.to_owned(),
            line_number: line.0,
        });
        Ok(())
    }

    /// Whether the series was there before. OpenMetrics allows that, where each point says its time, one after the other.
    fn is_another_point(&mut self, sample: &SampleLine<'_>) -> Result<bool, Violation> {
        let key = (sample.name.to_owned(), identity(&sample.labels));
        match (self.format, self.series.insert(key, sample.timestamp), sample.timestamp) {
            (_, None, _) => Ok(false),
            (Format::OpenMetrics, Some(Some(earlier)), Some(later)) if earlier <= later => Ok(true),
            (Format::OpenMetrics, Some(Some(_)), Some(_)) => Err(Violation::TimestampsBackwards),
            _ => Err(Violation::DuplicateSeries),
        }
    }

    /// The group that a sample belongs to: the last one, or a new one without metadata.
    fn group_of_sample(&mut self, sample: &str, line: (usize, &str)) -> Result<usize, Violation> {
        if let Some(last) = self.groups.last() {
            if last.accepts(self.format, sample) {
                return Ok(self.groups.len() - 1);
            }
            last.check_stranger(self.format, sample)?;
        }
        match self.earlier_group(sample) {
            Some(group) => Err(Violation::SplitFamily(group.name.clone())),
            None => Ok(self.start_group(sample, line)),
        }
    }

    /// The group that a sample belongs to, wherever it is.
    fn earlier_group(&self, sample: &str) -> Option<&Group> {
        SUFFIXES
            .iter()
            .filter_map(|suffix| sample.strip_suffix(suffix))
            .filter_map(|name| self.group_of.get(name))
            .map(|&index| &self.groups[index])
            .find(|group| group.name == sample || group.accepts(self.format, sample))
    }
}

impl Group {
    fn new(name: &str, first_line: (usize, String)) -> Self {
        Self {
            name: name.to_owned(),
            first_line,
            metric_type: None,
            help: None,
            unit: None,
            samples: Vec::new(),
            metadata_lines: Vec::new(),
        }
    }

    fn first_line(&self) -> (usize, &str) {
        (self.first_line.0, &self.first_line.1)
    }

    /// Whether a sample of this name may have an exemplar: what counts requests or observations.
    fn takes_exemplars(&self, sample: &str) -> bool {
        match self.metric_type() {
            MetricType::Counter => sample.ends_with("_total"),
            MetricType::Histogram | MetricType::GaugeHistogram => sample.ends_with("_bucket"),
            _ => false,
        }
    }

    fn metric_type(&self) -> MetricType {
        self.metric_type.unwrap_or(MetricType::Undeclared)
    }

    /// Whether a sample of this name belongs here.
    fn accepts(&self, format: Format, sample: &str) -> bool {
        let suffix = sample.strip_prefix(self.name.as_str());
        suffix.is_some_and(|suffix| suffixes(format, self.metric_type()).contains(&suffix))
    }

    /// Says what is wrong with the name of a sample that follows this group, but does not belong to it.
    fn check_stranger(&self, format: Format, sample: &str) -> Result<(), Violation> {
        if sample == self.name {
            let names: Vec<String> =
                suffixes(format, self.metric_type()).iter().map(|suffix| format!("`{}{suffix}`", self.name)).collect();
            return Err(Violation::SampleName {
                sample: sample.to_owned(),
                family: self.name.clone(),
                metric_type: self.metric_type(),
                expected: names.join(", "),
            });
        }
        let is_total = sample.strip_suffix("_total") == Some(self.name.as_str());
        if is_total && self.metric_type == Some(MetricType::Counter) && self.samples.is_empty() {
            return Err(Violation::OpenMetricsCounter(self.name.clone()));
        }
        Ok(())
    }

    fn into_family(self, format: Format) -> Family {
        let metric_type = self.metric_type();
        let suffix = match (format, metric_type) {
            (Format::OpenMetrics, MetricType::Counter) => "_total",
            (Format::OpenMetrics, MetricType::Info) => "_info",
            _ => "",
        };
        Family {
            name: self.name + suffix,
            metric_type,
            help: self.help,
            unit: self.unit,
            samples: self.samples,
            metadata_lines: self.metadata_lines,
        }
    }
}

fn set<T>(slot: &mut Option<T>, value: T, keyword: &'static str, name: &str) -> Result<(), Violation> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(Violation::DuplicateMetadata { keyword, name: name.to_owned() }),
    }
}

/// The suffixes that the samples of a type have.
fn suffixes(format: Format, metric_type: MetricType) -> &'static [&'static str] {
    match (format, metric_type) {
        (Format::Text, MetricType::Histogram) => &["_bucket", "_sum", "_count"],
        (Format::Text, MetricType::Summary) => &["", "_sum", "_count"],
        (Format::OpenMetrics, MetricType::Histogram) => &["_bucket", "_sum", "_count", "_created"],
        (Format::OpenMetrics, MetricType::Summary) => &["", "_sum", "_count", "_created"],
        (Format::OpenMetrics, MetricType::GaugeHistogram) => &["_bucket", "_gsum", "_gcount"],
        (Format::OpenMetrics, MetricType::Counter) => &["_total", "_created"],
        (Format::OpenMetrics, MetricType::Info) => &["_info"],
        _ => &[""],
    }
}

/// The labels that tell one series from another: an empty label is the same as none.
fn identity(labels: &Labels) -> Labels {
    labels.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.clone(), value.clone())).collect()
}
