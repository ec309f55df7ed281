//! What OpenMetrics asks beyond the rules of the text format: its own types, sums that only go up, lines in order.

use std::collections::HashSet;

use crate::error::{InvalidLine, Violation};
use crate::metric::{Family, Labels, MetricType, Sample};
use crate::rules::{at, check_neighbours, upper_bound};

/// Checks a family of an OpenMetrics page.
pub(super) fn check(family: &Family) -> Result<(), InvalidLine> {
    for sample in &family.samples {
        check_sample(family, sample).map_err(|violation| at(sample, violation))?;
    }
    let all = series(family)?;
    let is_histogram = matches!(family.metric_type, MetricType::Histogram | MetricType::GaugeHistogram);
    if is_histogram { all.iter().try_for_each(|samples| histogram(family, samples)) } else { Ok(()) }
}

fn check_sample(family: &Family, sample: &Sample) -> Result<(), Violation> {
    let value = sample.value;
    let flag = |expected| Violation::NotAFlag { metric_type: family.metric_type, value: value.to_string(), expected };
    match family.metric_type {
        MetricType::Info if value != 1.0 => Err(flag("always 1")),
        MetricType::StateSet if sample.label(&family.name).is_none() => {
            Err(Violation::MissingState(family.name.clone()))
        }
        MetricType::StateSet if value != 0.0 && value != 1.0 => Err(flag("1 for the state at hand, 0 for the others")),
        _ if is_sum(family, sample) && (value.is_nan() || value < 0.0) || is_negative_quantile(family, sample) => {
            Err(Violation::NotASum { name: sample.name.clone(), value: value.to_string() })
        }
        MetricType::GaugeHistogram if sample.name.ends_with("_gsum") && value.is_nan() => {
            Err(Violation::NotASum { name: sample.name.clone(), value: value.to_string() })
        }
        _ => Ok(()),
    }
}

/// Whether a sample is a sum that only goes up.
fn is_sum(family: &Family, sample: &Sample) -> bool {
    let has_sum = matches!(family.metric_type, MetricType::Histogram | MetricType::Summary);
    has_sum && suffix(family, sample) == "_sum"
}

/// A quantile of nothing is NaN.
fn is_negative_quantile(family: &Family, sample: &Sample) -> bool {
    family.metric_type == MetricType::Summary && suffix(family, sample).is_empty() && sample.value < 0.0
}

fn suffix<'a>(family: &Family, sample: &'a Sample) -> &'a str {
    sample.name.strip_prefix(family.name.as_str()).unwrap_or_default()
}

/// The samples of each series, which stand together.
fn series(family: &Family) -> Result<Vec<Vec<&Sample>>, InvalidLine> {
    let mut all: Vec<Vec<&Sample>> = Vec::new();
    let mut seen = HashSet::new();
    let mut last = None;
    for sample in &family.samples {
        let labels = own_labels(family, sample);
        if last.as_ref() != Some(&labels) && !seen.insert(labels.clone()) {
            return Err(at(sample, Violation::SplitSeries));
        }
        match all.last_mut() {
            Some(samples) if last.as_ref() == Some(&labels) => samples.push(sample),
            _ => all.push(vec![sample]),
        }
        last = Some(labels);
    }
    Ok(all)
}

/// The labels that tell one series of a family from another.
fn own_labels(family: &Family, sample: &Sample) -> Labels {
    let is_own = |name: &str| match family.metric_type {
        MetricType::Histogram | MetricType::GaugeHistogram => name != "le",
        MetricType::Summary => name != "quantile",
        MetricType::StateSet => name != family.name,
        _ => true,
    };
    sample.labels.iter().filter(|(name, _)| is_own(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Checks one histogram: it may lack both sum and count, but not one of them.
fn histogram(family: &Family, samples: &[&Sample]) -> Result<(), InvalidLine> {
    let (sum_suffix, count_suffix) = match family.metric_type {
        MetricType::GaugeHistogram => ("_gsum", "_gcount"),
        _ => ("_sum", "_count"),
    };
    let find = |wanted| samples.iter().copied().find(|sample| suffix(family, sample) == wanted);
    let buckets = samples.iter().copied().filter(|sample| suffix(family, sample) == "_bucket");
    let buckets = buckets.map(|bucket| Ok((bound(bucket)?, bucket))).collect::<Result<Vec<_>, InvalidLine>>()?;
    for (below, bucket) in buckets.iter().zip(buckets.iter().skip(1)) {
        if bucket.0 < below.0 {
            return Err(at(bucket.1, Violation::UnsortedBuckets));
        }
        check_neighbours(*below, *bucket)?;
    }
    let inf = match buckets.last() {
        Some((f64::INFINITY, bucket)) => *bucket,
        Some((_, bucket)) => return Err(at(bucket, Violation::MissingInfBucket)),
        None => return samples.first().map_or(Ok(()), |first| Err(at(first, Violation::MissingInfBucket))),
    };
    let is_below_zero = buckets.first().is_some_and(|(bound, _)| *bound < 0.0);
    match (find(sum_suffix), find(count_suffix)) {
        (Some(sum), None) => Err(at(sum, Violation::MissingSample(count_suffix))),
        (None, Some(count)) if !is_below_zero => Err(at(count, Violation::MissingSample(sum_suffix))),
        (Some(sum), Some(_)) if is_below_zero && family.metric_type == MetricType::Histogram => {
            Err(at(sum, Violation::SumOfNegatives))
        }
        (Some(sum), Some(_)) if !is_below_zero && sum.value < 0.0 => {
            Err(at(sum, Violation::NotASum { name: sum.name.clone(), value: sum.value.to_string() }))
        }
        (_, Some(count)) if count.value != inf.value => {
            let violation = Violation::CountDiffers { count: count.value.to_string(), inf: inf.value.to_string() };
            Err(at(count, violation))
        }
        _ => Ok(()),
    }
}

/// The bound of a bucket. OpenMetrics writes the last one `+Inf`, and in no other way.
fn bound(bucket: &Sample) -> Result<f64, InvalidLine> {
    let bound = upper_bound(bucket).map_err(|violation| at(bucket, violation))?;
    match bucket.label("le") {
        Some(le) if bound == f64::INFINITY && le != "+Inf" => Err(at(bucket, Violation::InvalidLe(le.to_owned()))),
        _ => Ok(bound),
    }
}
