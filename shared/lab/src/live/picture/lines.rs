//! Lines over time.

use checks::exposition::Labels;
use serde::Serialize;

use super::group::Group;
use super::rates;
use crate::live::history::Track;

/// The most lines of a picture: more than eyes can tell apart.
const MOST: usize = 12;

/// A line.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    name: String,
    labels: Labels,
    /// A value for each time of the picture. One that is not a number becomes `null`, and is a gap.
    values: Vec<f64>,
    /// The newest value.
    last: Option<f64>,
    /// The sum of the counters by now.
    total: Option<f64>,
}

/// The groups that moved most in the newest scrapes, in their order, and how many others there are.
pub(super) fn those_that_moved_most<'g, 'a>(groups: &'g [Group<'a>], scrapes: usize) -> (Vec<&'g Group<'a>>, usize) {
    if groups.len() <= MOST {
        return (groups.iter().collect(), 0);
    }
    let mut places: Vec<_> =
        groups.iter().enumerate().map(|(place, group)| (movement(group, scrapes), place)).collect();
    places.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    places.truncate(MOST);
    let mut places: Vec<_> = places.into_iter().map(|(_, place)| place).collect();
    places.sort_unstable();
    (places.into_iter().map(|place| &groups[place]).collect(), groups.len() - MOST)
}

/// The rates of counters, over all times but those before the picture.
pub(super) fn of_rates(group: &Group<'_>, all_times: &[f64], before: usize) -> Line {
    let values = rates::of(&group.tracks, all_times).split_off(before);
    let total = group.tracks.iter().filter_map(|track| track.last()).reduce(|sum, value| sum + value);
    Line::new(group, values, total)
}

/// The sums of values.
pub(super) fn of_values(group: &Group<'_>, scrapes: usize) -> Line {
    let mut sums = vec![f64::NAN; scrapes];
    for track in &group.tracks {
        for (sum, value) in sums.iter_mut().zip(track.newest(scrapes)) {
            *sum = match (sum.is_nan(), value.is_nan()) {
                (_, true) => *sum,
                (true, false) => value,
                (false, false) => *sum + value,
            };
        }
    }
    Line::new(group, sums, None)
}

/// How far a group's series went up and down, all together.
fn movement(group: &Group<'_>, scrapes: usize) -> f64 {
    let of_track = |track: &&Track| {
        let values: Vec<_> = track.newest(scrapes).filter(|value| value.is_finite()).collect();
        values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum::<f64>()
    };
    group.tracks.iter().map(of_track).sum()
}

impl Line {
    fn new(group: &Group<'_>, values: Vec<f64>, total: Option<f64>) -> Self {
        let last = values.last().copied().filter(|value| value.is_finite());
        Self { name: group.name.clone(), labels: group.labels.clone(), values, last, total }
    }
}
