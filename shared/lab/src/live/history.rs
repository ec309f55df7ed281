//! What is kept of the last ten minutes, and no more.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use checks::exposition::{self, Labels, MetricType, Page, Sample};
use checks::subject::served::Served;

/// What the scraper writes and the pictures are made of.
pub(super) type Shared = Arc<Mutex<History>>;

/// How many scrapes are kept: ten minutes of them, one each second.
pub(super) const CAPACITY: usize = 600;
/// The most series whose past is kept: 8 bytes for each scrape of each, 48 MB at the most.
pub(super) const MOST_SERIES: usize = 10_000;
/// The label by which Prometheus tells replicas apart.
pub(super) const INSTANCE: &str = "instance";
/// What stands where the target was not read, so that nobody knows.
const UNKNOWN: f64 = f64::NAN;
/// What stands where the target was read, and the series was not on its page. Prometheus writes the same marker: a value that is
/// not a number, with bits of its own (`model/value`, `StaleNaN`).
const STALE: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

/// What the targets have said, from the oldest scrape to the newest.
#[derive(Debug)]
pub(super) struct History {
    targets: Vec<String>,
    /// The newest page of each target, as it came.
    served: Vec<Option<Served>>,
    /// The numbers of the last two scrapes in which each target had a page, the newer one first; 0 before there was one.
    read: Vec<[u64; 2]>,
    times: VecDeque<f64>,
    families: BTreeMap<String, Family>,
    series: usize,
    /// How many scrapes there were.
    number: u64,
}

/// A page, and what it was read from.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) page: Page,
    pub(super) served: Served,
}

/// What is kept of a family.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) name: String,
    pub(super) metric_type: MetricType,
    pub(super) help: String,
    tracks: BTreeMap<Series, Track>,
    /// Whether all of its series are kept.
    pub(super) is_whole: bool,
    /// Its line on the newest page that has it.
    position: usize,
    /// The number of the scrape in which it was there last.
    seen: u64,
}

/// Which series it is. Its name and labels are those of the page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Series {
    pub(super) name: String,
    pub(super) labels: Labels,
    /// The place of its target among the targets.
    pub(super) target: usize,
}

/// The values of a series.
#[derive(Debug)]
pub(super) struct Track {
    /// One for each scrape; [`STALE`] or [`UNKNOWN`] where it was not on a page.
    values: VecDeque<f64>,
    /// Its line on the newest page that has it.
    pub(super) line_number: usize,
    /// The number of the scrape in which it was there last.
    seen: u64,
}

impl History {
    /// Nothing yet, of these targets.
    pub(super) fn of(targets: Vec<String>) -> Self {
        Self {
            served: vec![None; targets.len()],
            read: vec![[0; 2]; targets.len()],
            targets,
            times: VecDeque::with_capacity(CAPACITY),
            families: BTreeMap::new(),
            series: 0,
            number: 0,
        }
    }

    /// Adds a scrape: the time, and what was read of each target that has sent a page.
    pub(super) fn add(&mut self, time: f64, readings: Vec<Option<Reading>>) {
        self.number += 1;
        if self.times.len() == CAPACITY {
            self.times.pop_front();
        }
        self.times.push_back(time);
        for (target, reading) in readings.into_iter().enumerate() {
            let Some(Reading { page, served }) = reading else { continue };
            self.served[target] = Some(served);
            self.read[target] = [self.number, self.read[target][0]];
            for family in page.families {
                self.add_family(target, family);
            }
        }
        let (number, length) = (self.number, self.times.len());
        let (read, is_full) = (&self.read, self.series >= MOST_SERIES);
        self.families.retain(|_, family| {
            family.tracks.retain(|series, track| {
                let is_read = read[series.target][0] == number;
                // What is there takes the place of what is gone.
                track.end(number, length, is_read) && !(is_full && is_read && track.seen != number)
            });
            !family.tracks.is_empty() || family.seen == number
        });
        self.series = self.families.values().map(|family| family.tracks.len()).sum();
    }

    fn add_family(&mut self, target: usize, found: exposition::Family) {
        let number = self.number;
        let scrapes_before = self.times.len() - 1;
        let was_read = number > 1 && self.read[target][1] == number - 1;
        let family = self.families.entry(found.name).or_insert_with_key(|name| Family::named(name));
        let position = found.samples.first().map_or(0, |sample| sample.line_number);
        // Of replicas, the first one that has it says where it stands.
        if family.seen != number {
            family.position = position;
            family.is_whole = true;
        }
        family.seen = number;
        family.metric_type = found.metric_type;
        family.help = found.help.unwrap_or_default();
        for sample in found.samples {
            let Sample { name, labels, value, line_number, .. } = sample;
            let series = Series { name, labels, target };
            match family.tracks.get_mut(&series) {
                Some(track) => track.add(value, line_number, number),
                None if self.series < MOST_SERIES => {
                    let mut track = Track::new_after(scrapes_before, was_read);
                    track.add(value, line_number, number);
                    family.tracks.insert(series, track);
                    self.series += 1;
                }
                None => family.is_whole = false,
            }
        }
    }

    /// The time of each scrape that is kept.
    pub(super) fn times(&self) -> Vec<f64> {
        self.times.iter().copied().collect()
    }

    /// The number of the newest scrape, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The families that were on the newest pages or are still kept, in the order of the page.
    pub(super) fn families(&self) -> Vec<&Family> {
        let mut families: Vec<_> = self.families.values().collect();
        families.sort_by_key(|family| family.position);
        families
    }

    /// The family of this name.
    pub(super) fn family(&self, name: &str) -> Option<&Family> {
        self.families.get(name)
    }

    /// Whether there are several targets.
    pub(super) fn is_replicated(&self) -> bool {
        self.targets.len() > 1
    }

    /// The name of a target.
    pub(super) fn target(&self, place: usize) -> &str {
        self.targets.get(place).map_or("", String::as_str)
    }

    /// How many targets there are.
    pub(super) fn targets(&self) -> usize {
        self.targets.len()
    }

    /// The newest page of a target, as it came; empty before there is one.
    pub(super) fn text(&self, target: usize) -> &str {
        self.served.get(target).and_then(Option::as_ref).map_or("", Served::text)
    }

    /// The newest page of the first target that had one.
    pub(super) fn served(&self) -> Option<&Served> {
        self.served.iter().flatten().next()
    }

    /// The series of a family that stand on the newest page of their target.
    pub(super) fn on_page<'a>(&self, family: &'a Family) -> impl Iterator<Item = (&'a Series, &'a Track)> {
        family
            .tracks()
            .filter(|(series, track)| self.read.get(series.target).is_some_and(|[newest, _]| *newest == track.seen))
    }

    /// The labels of a series as Prometheus stores them: with its target, where there are several.
    pub(super) fn labels(&self, series: &Series) -> Labels {
        let mut labels = series.labels.clone();
        if self.is_replicated()
            && let Some(own) = labels.insert(INSTANCE.to_owned(), self.target(series.target).to_owned())
        {
            labels.insert(format!("exported_{INSTANCE}"), own);
        }
        labels
    }
}

impl Family {
    fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            metric_type: MetricType::Undeclared,
            help: String::new(),
            tracks: BTreeMap::new(),
            is_whole: true,
            position: 0,
            seen: 0,
        }
    }

    /// Its series, in the order of their names and labels.
    pub(super) fn tracks(&self) -> impl Iterator<Item = (&Series, &Track)> {
        self.tracks.iter()
    }
}

impl Track {
    /// One that was on no page in so many scrapes, the last of which may have read its target.
    fn new_after(scrapes: usize, was_read: bool) -> Self {
        let mut values = VecDeque::with_capacity(CAPACITY + 1);
        values.resize(scrapes, UNKNOWN);
        if let Some(last) = values.back_mut().filter(|_| was_read) {
            *last = STALE;
        }
        Self { values, line_number: 0, seen: 0 }
    }

    fn add(&mut self, value: f64, line_number: usize, number: u64) {
        // One that names the same series twice is refused by the parser; a series with several points keeps the last.
        if self.seen == number {
            self.values.pop_back();
        }
        self.values.push_back(value);
        self.line_number = line_number;
        self.seen = number;
    }

    /// Ends a scrape, after which there are so many values. Returns whether one of them is a number.
    fn end(&mut self, number: u64, length: usize, is_read: bool) -> bool {
        if self.seen != number {
            self.values.push_back(if is_read { STALE } else { UNKNOWN });
        }
        while self.values.len() > length {
            self.values.pop_front();
        }
        number - self.seen < CAPACITY as u64
    }

    /// The values of the newest scrapes, at most so many, from the oldest; not a number where there is none.
    pub(super) fn newest(&self, scrapes: usize) -> impl Iterator<Item = f64> {
        self.values.iter().skip(self.values.len().saturating_sub(scrapes)).copied()
    }

    /// Its value in the newest scrape.
    pub(super) fn last(&self) -> Option<f64> {
        self.values.back().copied().filter(|value| !value.is_nan())
    }

    /// The value that it had before the newest scrape, as far as the target was read: 0 if it was not on the page then.
    pub(super) fn before(&self) -> Option<f64> {
        let before = self.values.iter().rev().skip(1).find(|value| !value.is_nan() || is_stale(**value));
        before.map(|value| if is_stale(*value) { 0.0 } else { *value })
    }
}

/// Whether the series was not on a page that was read.
pub(super) fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE.to_bits()
}

/// What is kept, whoever panicked while he had it: each scrape is written in one piece.
pub(super) fn with_history<T>(shared: &Shared, read: impl FnOnce(&mut History) -> T) -> T {
    read(&mut shared.lock().unwrap_or_else(PoisonError::into_inner))
}
