//! What the histogram shows of the requests to one route.

use exposition::{Page, Sample};

use super::metric::{BOUNDS, upper_bound};
use super::names::{BUCKET, COUNT, SUM};
use super::took::Took;
use crate::lessons::lines::rise;

/// The bounds that an explanation shows.
const DECISIVE_BOUNDS: [f64; 5] = [0.01, 0.1, 0.3, 1.0, 2.5];

/// Two pages, and the path of a route, whose requests are all GET.
pub(super) struct Observed<'a> {
    before: &'a Page,
    after: &'a Page,
    path: &'a str,
}

/// A bucket that counts too many or too few.
pub(super) struct WrongBucket {
    /// In seconds.
    pub(super) bound: f64,
    pub(super) rose: f64,
    /// By how much it rises when every request takes as long as it was asked to.
    pub(super) possibly: f64,
}

impl<'a> Observed<'a> {
    pub(super) fn between(before: &'a Page, after: &'a Page, path: &'a str) -> Self {
        Self { before, after, path }
    }

    pub(super) fn path(&self) -> &str {
        self.path
    }

    pub(super) fn count(&self) -> f64 {
        self.rise(COUNT)
    }

    pub(super) fn sum(&self) -> f64 {
        self.rise(SUM)
    }

    /// The first bucket whose rise these requests cannot explain.
    pub(super) fn wrong_bucket(&self, requests: &[Took]) -> Option<WrongBucket> {
        let judged = BOUNDS.into_iter().map(|bound| {
            let surely = requests.iter().filter(|request| request.at_most <= bound).count() as f64;
            let possibly = requests.iter().filter(|request| request.at_least <= bound).count() as f64;
            (surely, WrongBucket { bound, rose: self.up_to(bound), possibly })
        });
        let mut wrong = judged.filter(|(surely, bucket)| !(*surely..=bucket.possibly).contains(&bucket.rose));
        wrong.next().map(|(_, bucket)| bucket)
    }

    /// How many took up to so many seconds.
    fn up_to(&self, bound: f64) -> f64 {
        let value = |page: &Page| -> f64 {
            let labels = [("method", "GET"), ("path", self.path)];
            let buckets = page.matching(BUCKET, &labels);
            buckets.filter(|sample| upper_bound(sample) == Some(bound)).map(|sample| sample.value).sum()
        };
        value(self.after) - value(self.before)
    }

    fn rise(&self, name: &str) -> f64 {
        rise(self.before, self.after, name, &[("method", "GET"), ("path", self.path)])
    }

    /// The lines of these names.
    pub(super) fn lines(&self, names: &[&str]) -> Vec<String> {
        let of_path = |sample: &&Sample| sample.matches(&[("method", "GET"), ("path", self.path)]);
        let lines = self.after.samples().filter(of_path).filter(|sample| names.contains(&sample.name.as_str()));
        lines.filter(|sample| is_decisive(sample)).map(|sample| sample.line.clone()).collect()
    }
}

/// Whether an explanation needs the line: of the buckets, only some.
fn is_decisive(sample: &Sample) -> bool {
    upper_bound(sample).is_none_or(|bound| DECISIVE_BOUNDS.contains(&bound) || bound.is_infinite())
}
