//! Prometheus's naming rules: those of `promtool check metrics` (client_golang's `promlint`), and a few that its
//! documentation states and `promtool` leaves out.

mod names;
mod runtimes;
mod units;

use std::collections::BTreeSet;

use exposition::{Family, MetricType, Page};

use self::names::{is_camel_case, replaced, snake_case, with_unit_last, without, words};

/// A name, a type or a help text that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The family's name.
    pub metric: String,
    /// The rule that it breaks.
    pub rule: Rule,
    /// The label that this is about; none if it is about the family.
    pub label: Option<String>,
    /// What to change, and what to call it instead, in one or two sentences.
    pub text: String,
}

impl Problem {
    /// Whether this is about a family that a well-known runtime or client library brings along, under a name of its own
    /// choice (`nodejs_active_resources_total` is a gauge): worth knowing, and nobody's mistake.
    pub fn is_advice(&self) -> bool {
        is_of_a_library(&self.metric)
    }
}

/// Whether a family is one that a well-known runtime or client library brings along.
pub fn is_of_a_library(name: &str) -> bool {
    runtimes::has(name)
}

/// The rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Every metric has a help text.
    Help,
    /// Every metric has a type.
    Type,
    /// A counter ends in `_total`.
    CounterWithoutTotal,
    /// Nothing but a counter ends in `_total`.
    TotalWithoutCounter,
    /// `_total` stands once.
    DoubleTotal,
    /// Nothing but a gauge ends in `_timestamp_seconds`.
    TimestampWithoutGauge,
    /// `_bucket`, `_sum` and `_count` belong to histograms and summaries.
    ReservedSuffix,
    /// `le` belongs to histograms, `quantile` to summaries.
    ReservedLabel,
    /// A name does not say the type.
    TypeInName,
    /// A name does not say a type that it does not have, either.
    OtherTypeInName,
    /// Colons belong to recording rules.
    Colon,
    /// Metric names are in snake_case.
    CamelCaseName,
    /// Label names are in snake_case.
    CamelCaseLabel,
    /// Units are written out.
    AbbreviatedUnit,
    /// Units are base units.
    NonBaseUnit,
    /// Shares are ratios from 0 to 1.
    Percent,
    /// The unit stands at the end.
    UnitPosition,
}

impl Rule {
    /// Its name, for a tool: in small letters, with hyphens.
    pub fn name(self) -> &'static str {
        match self {
            Self::Help => "help",
            Self::Type => "type",
            Self::CounterWithoutTotal => "counter-without-total",
            Self::TotalWithoutCounter => "total-without-counter",
            Self::DoubleTotal => "double-total",
            Self::TimestampWithoutGauge => "timestamp-without-gauge",
            Self::ReservedSuffix => "reserved-suffix",
            Self::ReservedLabel => "reserved-label",
            Self::TypeInName => "type-in-name",
            Self::OtherTypeInName => "other-type-in-name",
            Self::Colon => "colon",
            Self::CamelCaseName => "camel-case-name",
            Self::CamelCaseLabel => "camel-case-label",
            Self::AbbreviatedUnit => "abbreviated-unit",
            Self::NonBaseUnit => "non-base-unit",
            Self::Percent => "percent",
            Self::UnitPosition => "unit-position",
        }
    }

    /// Whether the `promtool check metrics` of Prometheus 3.5 has this rule, too. The others are this course's, taken from
    /// Prometheus's documentation; that on `_timestamp_seconds` is in newer releases of client_golang's `promlint`.
    pub fn is_of_promtool(self) -> bool {
        !matches!(
            self,
            Self::Type
                | Self::DoubleTotal
                | Self::TimestampWithoutGauge
                | Self::OtherTypeInName
                | Self::Percent
                | Self::UnitPosition
        )
    }
}

/// Every problem of a page, in the order of the page.
pub fn lint(page: &Page) -> Vec<Problem> {
    page.families.iter().flat_map(lint_family).collect()
}

/// Every problem of one family.
pub fn lint_family(family: &Family) -> Vec<Problem> {
    let problem = |(rule, text), label| Problem { metric: family.name.clone(), rule, label, text };
    let about_family = FAMILY_RULES.iter().filter_map(|rule| rule(family)).map(|finding| problem(finding, None));
    let about_labels = label_names(family).into_iter().flat_map(|label| {
        let findings = LABEL_RULES.iter().filter_map(move |rule| rule(family, label));
        findings.map(move |finding| problem(finding, Some(label.to_owned())))
    });
    about_family.chain(about_labels).collect()
}

/// A rule, and what to do about its being broken.
type Finding = Option<(Rule, String)>;

const FAMILY_RULES: [fn(&Family) -> Finding; 14] = [
    help,
    metric_type,
    counter_without_total,
    total_without_counter,
    double_total,
    timestamp_without_gauge,
    reserved_suffix,
    type_in_name,
    colon,
    camel_case_name,
    abbreviated_unit,
    non_base_unit,
    percent,
    unit_position,
];

const LABEL_RULES: [fn(&Family, &str) -> Finding; 2] = [reserved_label, camel_case_label];

/// What may follow a unit at the end of a name: suffixes, aggregates, and `per` of a rate.
const WORDS_AFTER_UNIT: [&str; 10] =
    ["total", "info", "ratio", "created", "bucket", "sum", "count", "min", "max", "per"];

fn help(family: &Family) -> Finding {
    let has_help = family.help.as_ref().is_some_and(|help| !help.trim().is_empty());
    let text = || format!("`{}` has no help text: say in a sentence what it measures", family.name);
    (!has_help).then(|| (Rule::Help, text()))
}

fn metric_type(family: &Family) -> Finding {
    let name = &family.name;
    let text = || {
        format!(
            "`{name}` has no type: register it as a counter, gauge, histogram or summary, \
             or write a `# TYPE {name} ...` line above its samples"
        )
    };
    (family.metric_type == MetricType::Undeclared).then(|| (Rule::Type, text()))
}

fn counter_without_total(family: &Family) -> Finding {
    let is_broken = family.metric_type == MetricType::Counter && !family.name.ends_with("_total");
    let (stem, _) = split_reserved_suffix(&family.name).unwrap_or((&family.name, ""));
    let text = || format!("a counter's name ends in `_total`: call it `{stem}_total`");
    is_broken.then(|| (Rule::CounterWithoutTotal, text()))
}

fn total_without_counter(family: &Family) -> Finding {
    let stem = family.name.strip_suffix("_total")?;
    let is_broken = family.metric_type != MetricType::Counter && !is_untyped(family);
    let text = || {
        format!(
            "`_total` belongs to counters, and this is a {}: call it `{stem}`, or make it a counter if it only goes up",
            family.metric_type
        )
    };
    is_broken.then(|| (Rule::TotalWithoutCounter, text()))
}

fn double_total(family: &Family) -> Finding {
    let stem = family.name.strip_suffix("_total_total")?;
    let text = format!(
        "`_total` stands there twice. An OpenMetrics library adds it by itself: register the counter as `{stem}`, \
         and the page shows `{stem}_total`"
    );
    Some((Rule::DoubleTotal, text))
}

fn timestamp_without_gauge(family: &Family) -> Finding {
    let is_broken =
        family.name.ends_with("_timestamp_seconds") && family.metric_type != MetricType::Gauge && !is_untyped(family);
    let text = || {
        format!(
            "a `_timestamp_seconds` is the time of the last event, so it is a gauge: this is a {}",
            family.metric_type
        )
    };
    is_broken.then(|| (Rule::TimestampWithoutGauge, text()))
}

fn reserved_suffix(family: &Family) -> Finding {
    let (stem, suffix) = split_reserved_suffix(&family.name)?;
    let is_allowed = is_untyped(family)
        || is_histogram(family)
        || (suffix != "_bucket" && family.metric_type == MetricType::Summary);
    let total = if family.metric_type == MetricType::Counter { "_total" } else { "" };
    let text = || format!("`{suffix}` belongs to the samples of histograms and summaries: call it `{stem}{total}`");
    (!is_allowed).then(|| (Rule::ReservedSuffix, text()))
}

fn split_reserved_suffix(name: &str) -> Option<(&str, &str)> {
    ["_bucket", "_count", "_sum"].into_iter().find_map(|suffix| Some((name.strip_suffix(suffix)?, suffix)))
}

/// The promtool of Prometheus 2 complains about every type. That of Prometheus 3 leaves it at the metric's own.
fn type_in_name(family: &Family) -> Finding {
    let own = family.metric_type.to_string();
    let types: Vec<_> = words(&family.name).skip(1).filter(|word| is_type(word)).collect();
    let word = types.iter().find(|word| word.eq_ignore_ascii_case(&own)).or(types.first())?;
    let (rule, says) = match family.metric_type {
        MetricType::Undeclared => (Rule::OtherTypeInName, "and there is no `# TYPE` line".to_owned()),
        _ if word.eq_ignore_ascii_case(&own) => (Rule::TypeInName, "and the `# TYPE` line says it already".to_owned()),
        _ => (Rule::OtherTypeInName, format!("and the `# TYPE` line says `{own}`")),
    };
    Some((rule, format!("the name says the type `{word}`, {says}: call it `{}`", without(&family.name, word))))
}

fn is_type(word: &str) -> bool {
    ["counter", "gauge", "histogram", "summary"].iter().any(|metric_type| word.eq_ignore_ascii_case(metric_type))
}

fn colon(family: &Family) -> Finding {
    let better = family.name.replace(':', "_");
    let text = || format!("colons in names are kept for recording rules: call it `{better}`");
    family.name.contains(':').then(|| (Rule::Colon, text()))
}

fn camel_case_name(family: &Family) -> Finding {
    let text = || format!("metric names are in snake_case: call it `{}`", snake_case(&family.name));
    is_camel_case(&family.name).then(|| (Rule::CamelCaseName, text()))
}

fn abbreviated_unit(family: &Family) -> Finding {
    let is_abbreviation = |word: &&str| units::unit_abbreviated_by(&word.to_ascii_lowercase()).is_some();
    let word = words(&family.name).skip(1).find(is_abbreviation)?;
    let unit = units::unit_abbreviated_by(&word.to_ascii_lowercase())?;
    let better = replaced(&family.name, word, unit);
    let text =
        format!("`{word}` abbreviates a unit: write the base unit out, `{better}`, and convert the value to {unit}");
    Some((Rule::AbbreviatedUnit, text))
}

fn non_base_unit(family: &Family) -> Finding {
    let (word, unit) = words(&family.name).find_map(|word| Some((word, units::base_unit_instead_of(word)?)))?;
    let better = replaced(&family.name, word, unit);
    let text = format!("`{word}` is not a base unit: call it `{better}`, and convert the value to {unit}");
    Some((Rule::NonBaseUnit, text))
}

fn percent(family: &Family) -> Finding {
    let word = words(&family.name).find(|word| ["percent", "percentage", "pct"].contains(word))?;
    let better = replaced(&family.name, word, "ratio");
    Some((Rule::Percent, format!("shares are ratios: call it `{better}`, and expose 0.25 instead of 25")))
}

fn unit_position(family: &Family) -> Finding {
    let mut after_unit = words(&family.name).skip_while(|word| !units::is_base_unit(word));
    let unit = after_unit.next()?;
    let next = after_unit.next()?;
    let is_right = WORDS_AFTER_UNIT.contains(&next) || units::is_base_unit(next) || after_unit.any(units::is_base_unit);
    let text = || format!("the unit stands at the end of a name: call it `{}`", with_unit_last(&family.name, unit));
    (!is_right).then(|| (Rule::UnitPosition, text()))
}

fn reserved_label(family: &Family, label: &str) -> Finding {
    let owner = match label {
        "le" if !is_histogram(family) => "histograms",
        "quantile" if family.metric_type != MetricType::Summary => "summaries",
        _ => return None,
    };
    let text = || {
        format!("the label `{label}` belongs to {owner}, and this is a {}: give it another name", family.metric_type)
    };
    (!is_untyped(family)).then(|| (Rule::ReservedLabel, text()))
}

fn camel_case_label(_: &Family, label: &str) -> Finding {
    let text = || format!("label names are in snake_case: call `{label}` `{}`", snake_case(label));
    is_camel_case(label).then(|| (Rule::CamelCaseLabel, text()))
}

fn label_names(family: &Family) -> BTreeSet<&str> {
    family.samples.iter().flat_map(|sample| sample.labels.keys()).map(String::as_str).collect()
}

fn is_untyped(family: &Family) -> bool {
    matches!(family.metric_type, MetricType::Untyped | MetricType::Undeclared)
}

fn is_histogram(family: &Family) -> bool {
    matches!(family.metric_type, MetricType::Histogram | MetricType::GaugeHistogram)
}
