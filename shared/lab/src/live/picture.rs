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
use super::promql::{self, RATE_SECONDS};

/// What is asked of a family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) family: String,
    /// How much of the past is drawn, in seconds.
    pub(super) window: u64,
    pub(super) grouping: Grouping,
    /// Labels, and the values that they must have.
    pub(super) filters: Vec<(String, String)>,
}

/// What is added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Grouping {
    /// Nothing: each series by itself.
    Each,
    /// All series.
    Sum,
    /// Those with the same values of these labels.
    By(Vec<String>),
}

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
        query: query(kind, question),
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
        Kind::Value => picture.draw_values(&Group::all(history, family, question, &family.name)),
        Kind::Quantiles => {
            let each = Question { grouping: Grouping::Each, ..question.clone() };
            picture.draw_values(&Group::all(history, family, &each, &family.name));
        }
        Kind::Histogram => {
            picture.histogram = Some(Histogram::of(history, family, question, scrapes));
            picture.restarts = rates::restarts(family.tracks().map(|(_, track)| track), &picture.times);
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

fn query(kind: Kind, question: &Question) -> String {
    match kind {
        Kind::Rate => promql::rate(question, &question.family),
        Kind::Value => promql::value(question, &question.family),
        Kind::Histogram => promql::histogram_quantile(question, &question.family, 0.95),
        Kind::Quantiles | Kind::Table => promql::filtered(question, &question.family),
    }
}

fn notes(kind: Kind, family: &Family, history: &History, question: &Question) -> Vec<&'static str> {
    let is_replicated = history.is_replicated();
    let adds = question.grouping != Grouping::Each;
    let has_gap = || family.tracks().any(|(series, track)| series.name == family.name && track.last().is_none());
    let mut notes = Vec::new();
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
