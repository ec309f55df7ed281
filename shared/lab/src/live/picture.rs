//! What is drawn of a family, by its type: the numbers, ready for a browser to paint.

mod group;
mod histogram;
mod lines;
mod rates;
mod table;

use checks::exposition::MetricType;
use serde::Serialize;

use self::group::Group;
use self::histogram::Histogram;
use self::lines::Line;
use self::table::Table;
use super::history::{Family, History, INSTANCE};
use super::promql;
use super::question::{Grouping, Question};

/// A picture, in numbers.
#[derive(Debug, Serialize)]
pub(super) struct Picture {
    family: String,
    kind: Kind,
    /// What draws the same in Prometheus.
    query: String,
    /// Where a Prometheus draws it.
    link: Option<String>,
    /// The time of each scrape, in seconds since 1970.
    times: Vec<f64>,
    lines: Vec<Line>,
    /// How many groups are in none of the lines.
    left_out: usize,
    /// When a counter fell.
    restarts: Vec<f64>,
    histogram: Option<Histogram>,
    table: Option<Table>,
    notes: Vec<&'static str>,
}

/// What kind of picture it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// Lines of events per second.
    Rate,
    /// Lines of values.
    Value,
    Histogram,
    /// A line for each quantile.
    Quantiles,
    /// Words instead of numbers.
    Table,
}

const NEW_SERIES: &str = "A series here is new in this window. Prometheus's `rate` sees what comes after its first value, not the first value itself, and so does this picture.";
const NOT_WHOLE: &str =
    "The page has more series than are kept here, 10,000. Some of these are missing, and sums are too low.";
const NO_TYPE: &str = "The page does not say which type this is, so it is drawn as it stands.";
const ADDING_GAUGES: &str =
    "Not every gauge of replicas may be added up: two shops on one database both report all open carts.";
const ADDING_QUANTILES: &str = "Quantiles of replicas cannot be added up or averaged: each replica computed them from requests of its own. A histogram can be added up.";
const NOT_OBSERVED: &str = "A quantile without observations in its window is NaN, not a number: that is a gap.";

/// The picture of a family; none if nothing is kept of it.
pub(super) fn of(history: &History, question: &Question) -> Option<Picture> {
    let family = history.family(&question.family)?;
    let kind = Kind::of(family);
    let all_times = history.times();
    let newest = all_times.last().copied().unwrap_or_default();
    let is_in = |time: &&f64| **time > newest - question.window as f64;
    let scrapes = all_times.iter().filter(is_in).count();
    let times = all_times[all_times.len() - scrapes..].to_vec();
    let mut picture = Picture {
        family: family.name.clone(),
        kind,
        query: query(kind, family, question),
        link: None,
        times,
        lines: Vec::new(),
        left_out: 0,
        restarts: Vec::new(),
        histogram: None,
        table: None,
        notes: notes(kind, family, history, question),
    };
    match kind {
        Kind::Rate => picture.draw_rates(&Group::all(history, family, question, &family.name), &all_times),
        Kind::Value => picture.draw_values(&Group::all(history, family, question, &values_of(family))),
        Kind::Quantiles => {
            let each = Question { grouping: Grouping::Each, ..question.clone() };
            picture.draw_values(&Group::all(history, family, &each, &family.name));
        }
        Kind::Histogram => {
            picture.histogram = Some(Histogram::of(history, family, question, scrapes));
            let tracks = || family.tracks().map(|(_, track)| track);
            picture.restarts = rates::restarts(tracks(), &picture.times);
            if tracks().any(|track| rates::is_new_in(track, scrapes)) {
                picture.notes.push(NEW_SERIES);
            }
        }
        Kind::Table => picture.table = Some(Table::of(history, family, question)),
    }
    Some(picture)
}

impl Picture {
    /// Adds where a Prometheus draws the same, if there is one.
    pub(super) fn linked(mut self, link: impl FnOnce(&str) -> Option<String>) -> Self {
        self.link = link(&self.query);
        self
    }

    fn draw_rates(&mut self, groups: &[Group<'_>], all_times: &[f64]) {
        let before = all_times.len() - self.times.len();
        let (chosen, left_out) = lines::those_that_moved_most(groups, self.times.len());
        self.left_out = left_out;
        self.lines = chosen.iter().map(|group| lines::of_rates(group, all_times, before)).collect();
        let is_of_a_replica = |group: &Group<'_>| group.labels.keys().eq([INSTANCE]);
        let is_by_replica = groups.len() > 1 && groups.iter().all(is_of_a_replica);
        if is_by_replica {
            self.lines.push(lines::of_rates(&Group::sum(groups), all_times, before));
        }
        let tracks = groups.iter().flat_map(|group| &group.tracks).copied();
        self.restarts = rates::restarts(tracks.clone(), &self.times);
        if tracks.into_iter().any(|track| rates::is_new_in(track, self.times.len())) {
            self.notes.push(NEW_SERIES);
        }
    }

    fn draw_values(&mut self, groups: &[Group<'_>]) {
        let (chosen, left_out) = lines::those_that_moved_most(groups, self.times.len());
        self.left_out = left_out;
        self.lines = chosen.iter().map(|group| lines::of_values(group, self.times.len())).collect();
    }
}

impl Kind {
    fn of(family: &Family) -> Self {
        match family.metric_type {
            MetricType::Counter => Self::Rate,
            MetricType::Histogram => Self::Histogram,
            MetricType::Summary => Self::Quantiles,
            MetricType::Info => Self::Table,
            MetricType::Gauge if family.name.ends_with("_info") => Self::Table,
            _ => Self::Value,
        }
    }
}

/// What the samples are called that a line of values is drawn of.
fn values_of(family: &Family) -> String {
    match family.metric_type {
        MetricType::GaugeHistogram => format!("{}_bucket", family.name),
        _ => family.name.clone(),
    }
}

fn query(kind: Kind, family: &Family, question: &Question) -> String {
    match kind {
        Kind::Rate => promql::rate(question, &question.family),
        Kind::Value => promql::value(question, &values_of(family)),
        Kind::Histogram => promql::histogram_quantile(question, &question.family, 0.95),
        Kind::Quantiles | Kind::Table => promql::filtered(question, &question.family),
    }
}

fn notes(kind: Kind, family: &Family, history: &History, question: &Question) -> Vec<&'static str> {
    let is_replicated = history.is_replicated();
    let adds = question.grouping != Grouping::Each;
    let has_gap = || history.on_page(family).any(|(_, track)| track.last().is_none());
    let mut notes = Vec::new();
    if !family.is_whole {
        notes.push(NOT_WHOLE);
    }
    if matches!(family.metric_type, MetricType::Untyped | MetricType::Undeclared) {
        notes.push(NO_TYPE);
    }
    if kind == Kind::Value && is_replicated && adds {
        notes.push(ADDING_GAUGES);
    }
    if kind == Kind::Quantiles && (is_replicated || adds) {
        notes.push(ADDING_QUANTILES);
    }
    if kind == Kind::Quantiles && has_gap() {
        notes.push(NOT_OBSERVED);
    }
    notes
}
