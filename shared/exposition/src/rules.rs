//! What must hold inside a family: counts, buckets and quantiles.

use std::collections::BTreeMap;

use crate::error::{InvalidLine, Violation};
use crate::line::number;
use crate::metric::{Family, Labels, MetricType, Sample};

/// Checks what holds for each sample of a family, in both formats.
pub(super) fn samples(family: &Family) -> Result<(), InvalidLine> {
    family.samples.iter().try_for_each(|sample| check_sample(family, sample).map_err(|violation| at(sample, violation)))
}

pub(super) fn at(sample: &Sample, violation: Violation) -> InvalidLine {
    InvalidLine { line_number: sample.line_number, line: sample.line.clone(), violation }
}

fn check_sample(family: &Family, sample: &Sample) -> Result<(), Violation> {
    let (name, value) = (sample.name.clone(), sample.value);
    if is_count(family, sample) && (value.is_nan() || value < 0.0) {
        return Err(Violation::NotACount { name, value: value.to_string() });
    }
    if counts_observations(family, sample) && value.is_finite() && value.fract() != 0.0 {
        return Err(Violation::NotWhole { name, value: value.to_string() });
    }
    match family.metric_type {
        MetricType::Histogram | MetricType::GaugeHistogram if sample.name.ends_with("_bucket") => {
            upper_bound(sample).map(drop)
        }
        MetricType::Summary if sample.name == family.name => check_quantile(sample),
        _ => Ok(()),
    }
}

/// Whether a sample is a count, from 0.
fn is_count(family: &Family, sample: &Sample) -> bool {
    let is_counter = family.metric_type == MetricType::Counter && sample.name == family.name;
    is_counter || counts_observations(family, sample)
}

fn counts_observations(family: &Family, sample: &Sample) -> bool {
    let suffix = sample.name.strip_prefix(family.name.as_str());
    match family.metric_type {
        MetricType::Histogram | MetricType::Summary => matches!(suffix, Some("_bucket" | "_count")),
        MetricType::GaugeHistogram => matches!(suffix, Some("_bucket" | "_gcount")),
        _ => false,
    }
}

pub(super) fn upper_bound(bucket: &Sample) -> Result<f64, Violation> {
    let le = bucket.label("le").ok_or(Violation::MissingLe)?;
    number(le).filter(|bound| !bound.is_nan()).ok_or_else(|| Violation::InvalidLe(le.to_owned()))
}

fn check_quantile(sample: &Sample) -> Result<(), Violation> {
    let quantile = sample.label("quantile").ok_or(Violation::MissingQuantile)?;
    match number(quantile) {
        Some(0.0..=1.0) => Ok(()),
        _ => Err(Violation::InvalidQuantile(quantile.to_owned())),
    }
}

/// Checks the histograms of a family in the text format: each has all of its samples, in any order.
pub(super) fn histogram(family: &Family) -> Result<(), InvalidLine> {
    let mut all: BTreeMap<Labels, Series<'_>> = BTreeMap::new();
    for sample in &family.samples {
        all.entry(labels_without_le(sample)).or_insert_with(|| Series::new(sample)).add(family, sample)?;
    }
    all.into_values().try_for_each(Series::check)
}

fn labels_without_le(sample: &Sample) -> Labels {
    sample.labels.iter().filter(|(name, _)| *name != "le").map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The samples of one histogram: those with the same labels apart from `le`.
struct Series<'a> {
    /// The first on the page, to point at where another is missing.
    first: &'a Sample,
    buckets: Vec<(f64, &'a Sample)>,
    sum: Option<&'a Sample>,
    count: Option<&'a Sample>,
}

impl<'a> Series<'a> {
    fn new(first: &'a Sample) -> Self {
        Self { first, buckets: Vec::new(), sum: None, count: None }
    }

    fn add(&mut self, family: &Family, sample: &'a Sample) -> Result<(), InvalidLine> {
        match sample.name.strip_prefix(family.name.as_str()) {
            Some("_bucket") => {
                let bound = upper_bound(sample).map_err(|violation| at(sample, violation))?;
                self.buckets.push((bound, sample));
            }
            Some("_sum") => self.sum = Some(sample),
            Some("_count") => self.count = Some(sample),
            _ => {}
        }
        Ok(())
    }

    fn check(mut self) -> Result<(), InvalidLine> {
        self.buckets.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        for (below, bucket) in self.buckets.iter().zip(self.buckets.iter().skip(1)) {
            check_neighbours(*below, *bucket)?;
        }
        let inf = self.inf_bucket()?;
        let missing = |suffix| at(self.first, Violation::MissingSample(suffix));
        self.sum.ok_or_else(|| missing("_sum"))?;
        let count = self.count.ok_or_else(|| missing("_count"))?;
        if count.value != inf.value {
            let violation = Violation::CountDiffers { count: count.value.to_string(), inf: inf.value.to_string() };
            return Err(at(count, violation));
        }
        Ok(())
    }

    /// The last of the sorted buckets, which must be `+Inf`.
    fn inf_bucket(&self) -> Result<&'a Sample, InvalidLine> {
        match self.buckets.last() {
            Some((f64::INFINITY, bucket)) => Ok(bucket),
            Some((_, bucket)) => Err(at(bucket, Violation::MissingInfBucket)),
            None => Err(at(self.first, Violation::MissingInfBucket)),
        }
    }
}

/// Checks a bucket against the next smaller one.
pub(super) fn check_neighbours(below: (f64, &Sample), bucket: (f64, &Sample)) -> Result<(), InvalidLine> {
    let ((lower_bound, below), (upper_bound, bucket)) = (below, bucket);
    if lower_bound == upper_bound {
        return Err(at(bucket, Violation::DuplicateLe(upper_bound.to_string())));
    }
    if bucket.value < below.value {
        let violation =
            Violation::ShrinkingBuckets { count: bucket.value.to_string(), previous: below.value.to_string() };
        return Err(at(bucket, violation));
    }
    Ok(())
}
