//! What moved between the last two scrapes.

use checks::exposition::MetricType;
use serde::Serialize;

use super::history::{Family, History, Series, Track};
use super::promql;

/// The most that are told of at once.
const MOST: usize = 50;
/// How many scrapes tell whether something moves all the time.
const RESTLESS_AMONG: usize = 20;
/// How many there have to be at least.
const FEWEST: usize = 4;

/// A series that has another value than a second before.
#[derive(Debug, Serialize)]
pub(super) struct Move {
    family: String,
    series: String,
    by: f64,
    value: f64,
    /// Whether it moves nearly each second by itself, as the time does, or the use of a CPU.
    restless: bool,
}

/// Those that moved, counters first, and how many more there are.
pub(super) fn of(history: &History) -> (Vec<Move>, usize) {
    let families = history.families();
    let tracks =
        families.iter().flat_map(|family| family.tracks().map(move |(series, track)| (*family, series, track)));
    let moved = tracks.filter(|(family, series, _)| is_told(family, series));
    let moved = moved.filter_map(|(family, series, track)| Some((family, series, track, change(track)?)));
    let mut moved: Vec<_> = moved.map(|found| (rank(&found), found)).collect();
    moved.sort_by_key(|(rank, _)| *rank);
    let more = moved.len().saturating_sub(MOST);
    let shown = moved.into_iter().take(MOST).map(|(_, (family, series, track, by))| Move {
        family: family.name.clone(),
        series: promql::series(&series.name, &history.labels(series)),
        by,
        value: track.last().unwrap_or_default(),
        restless: is_restless(family, track),
    });
    (shown.collect(), more)
}

/// The targets whose counters fell: they have been restarted.
pub(super) fn restarted(history: &History) -> Vec<String> {
    let families = history.families();
    let counting = families.iter().filter(|family| is_counting(family.metric_type));
    let fell = counting.flat_map(|family| family.tracks()).filter(|(series, track)| {
        !series.labels.contains_key("quantile") && track.last().is_some() && track.last() < track.before()
    });
    let mut targets: Vec<_> = fell.map(|(series, _)| series.target).collect();
    targets.sort_unstable();
    targets.dedup();
    targets.into_iter().map(|target| history.target(target).to_owned()).collect()
}

fn is_counting(metric_type: MetricType) -> bool {
    matches!(metric_type, MetricType::Counter | MetricType::Histogram | MetricType::Summary)
}

/// Of a histogram or a summary, the count alone tells that something was observed.
fn is_told(family: &Family, series: &Series) -> bool {
    match family.metric_type {
        MetricType::Histogram | MetricType::Summary => series.name.ends_with("_count"),
        _ => !series.name.ends_with("_created"),
    }
}

/// By how much it moved. What is new on a page has moved from nothing.
fn change(track: &Track) -> Option<f64> {
    let (last, before) = (track.last()?, track.before()?);
    (last != before).then_some(last - before)
}

fn rank((family, _, track, _): &(&Family, &Series, &Track, f64)) -> (bool, bool) {
    (is_restless(family, track), !is_counting(family.metric_type))
}

/// A counter that moves all the time has visitors, and they are worth telling of.
fn is_restless(family: &Family, track: &Track) -> bool {
    let values: Vec<_> = track.newest(RESTLESS_AMONG).collect();
    let moves = values.windows(2).filter(|pair| !pair[0].is_nan() && !pair[1].is_nan() && pair[0] != pair[1]).count();
    let is_long_enough = values.len() >= FEWEST;
    let is_of_the_process = family.name.starts_with("process_");
    is_long_enough && moves * 2 > values.len() && (!is_counting(family.metric_type) || is_of_the_process)
}
