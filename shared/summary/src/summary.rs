//! The metric type, in the order of `prometheus`'s own `histogram.rs`.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use prometheus::core::{Atomic, AtomicF64, Collector, Desc, Describer, Metric, MetricVec, MetricVecBuilder, Opts};
use prometheus::{Error, Result, proto};

use crate::clock::{Clock, MonotonicClock};
use crate::window::SlidingWindow;

/// The default quantiles of a [`Summary`]: the median, and three of the tail.
pub const DEFAULT_QUANTILES: &[f64; 4] = &[0.5, 0.9, 0.95, 0.99];

/// The default age of an observation at which it has left the quantiles: 10 minutes, as in Prometheus's Go client.
pub const DEFAULT_MAX_AGE: Duration = Duration::from_secs(10 * 60);

/// The default number of age buckets, as in Prometheus's Go client.
pub const DEFAULT_AGE_BUCKETS: u32 = 5;

/// The shortest age bucket that makes sense: coarse clocks are not more precise.
const MIN_AGE_BUCKET: Duration = Duration::from_millis(1);

/// The label that holds the quantile. No other label may have this name.
pub const QUANTILE_LABEL: &str = "quantile";

fn check_label(name: &str) -> Result<()> {
    if name == QUANTILE_LABEL {
        return Err(Error::Msg("`quantile` is not allowed as label name in summaries".to_owned()));
    }
    Ok(())
}

fn check_quantiles(quantiles: &[f64]) -> Result<()> {
    if quantiles.is_empty() {
        return Err(Error::Msg("a summary needs at least one quantile, such as 0.5".to_owned()));
    }
    for (i, quantile) in quantiles.iter().enumerate() {
        if !(0.0..=1.0).contains(quantile) {
            return Err(Error::Msg(format!(
                "summary quantiles must be from 0 to 1: {quantile} (the 99th percentile is 0.99)"
            )));
        }
        if quantiles[..i].contains(quantile) {
            return Err(Error::Msg(format!("summary quantiles must differ: {quantile} is there twice")));
        }
    }
    Ok(())
}

/// The options of a [`Summary`]. Name and help are mandatory, everything else has a default.
///
/// Whoever creates a summary or a vector of them with options that make no sense gets an error at once: a
/// quantile outside 0 to 1, no quantile or one that is there twice, a label `quantile`, no age bucket or one
/// that is shorter than a millisecond.
#[derive(Clone, Debug)]
pub struct SummaryOpts {
    /// Name, help and labels.
    pub common_opts: Opts,

    /// The quantiles to export, from 0 to 1, in the order of the page. By default [`DEFAULT_QUANTILES`].
    pub quantiles: Vec<f64>,

    /// How old an observation is when it has left the quantiles. By default [`DEFAULT_MAX_AGE`].
    pub max_age: Duration,

    /// How many age buckets make up the window, each a `max_age / age_buckets` long: the window slides by one at a
    /// time. More of them slide more smoothly, and cost 18 KB each. By default [`DEFAULT_AGE_BUCKETS`].
    pub age_buckets: u32,

    /// What tells the time. By default [`MonotonicClock`].
    pub clock: Arc<dyn Clock>,
}

impl SummaryOpts {
    /// Create [`SummaryOpts`] with the `name` and `help` arguments.
    pub fn new<S1: Into<String>, S2: Into<String>>(name: S1, help: S2) -> SummaryOpts {
        SummaryOpts::from(Opts::new(name, help))
    }

    /// `namespace` sets the namespace.
    pub fn namespace<S: Into<String>>(mut self, namespace: S) -> Self {
        self.common_opts = self.common_opts.namespace(namespace);
        self
    }

    /// `subsystem` sets the sub system.
    pub fn subsystem<S: Into<String>>(mut self, subsystem: S) -> Self {
        self.common_opts = self.common_opts.subsystem(subsystem);
        self
    }

    /// `const_labels` sets the const labels.
    pub fn const_labels(mut self, const_labels: HashMap<String, String>) -> Self {
        self.common_opts = self.common_opts.const_labels(const_labels);
        self
    }

    /// `const_label` adds a const label.
    pub fn const_label<S1: Into<String>, S2: Into<String>>(mut self, name: S1, value: S2) -> Self {
        self.common_opts = self.common_opts.const_label(name, value);
        self
    }

    /// `variable_labels` sets the variable labels.
    pub fn variable_labels(mut self, variable_labels: Vec<String>) -> Self {
        self.common_opts = self.common_opts.variable_labels(variable_labels);
        self
    }

    /// `variable_label` adds a variable label.
    pub fn variable_label<S: Into<String>>(mut self, name: S) -> Self {
        self.common_opts = self.common_opts.variable_label(name);
        self
    }

    /// `fq_name` returns the fq_name.
    pub fn fq_name(&self) -> String {
        self.common_opts.fq_name()
    }

    /// `quantiles` sets the quantiles.
    pub fn quantiles(mut self, quantiles: Vec<f64>) -> Self {
        self.quantiles = quantiles;
        self
    }

    /// `max_age` sets the age at which an observation has left the quantiles.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// `age_buckets` sets the number of age buckets.
    pub fn age_buckets(mut self, age_buckets: u32) -> Self {
        self.age_buckets = age_buckets;
        self
    }

    /// `clock` sets the clock.
    pub fn clock<C: Clock + 'static>(mut self, clock: C) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    fn check(&self) -> Result<()> {
        let variable_labels = self.common_opts.variable_labels.iter();
        for name in variable_labels.chain(self.common_opts.const_labels.keys()) {
            check_label(name)?;
        }
        check_quantiles(&self.quantiles)?;
        self.age_bucket().map(drop)
    }

    /// The length of an age bucket.
    fn age_bucket(&self) -> Result<Duration> {
        let age_bucket = self.max_age.checked_div(self.age_buckets);
        age_bucket.filter(|length| *length >= MIN_AGE_BUCKET).ok_or_else(|| {
            Error::Msg(format!(
                "the age buckets of a summary must be at least {MIN_AGE_BUCKET:?} long: a max_age of {:?} in {} age buckets",
                self.max_age, self.age_buckets
            ))
        })
    }
}

impl Describer for SummaryOpts {
    // A vector describes itself when it is created, but builds its summaries later. So check here.
    fn describe(&self) -> Result<Desc> {
        self.check()?;
        self.common_opts.describe()
    }
}

impl From<Opts> for SummaryOpts {
    fn from(opts: Opts) -> SummaryOpts {
        SummaryOpts {
            common_opts: opts,
            quantiles: DEFAULT_QUANTILES.to_vec(),
            max_age: DEFAULT_MAX_AGE,
            age_buckets: DEFAULT_AGE_BUCKETS,
            clock: Arc::new(MonotonicClock),
        }
    }
}

fn label_pairs<V: AsRef<str>>(desc: &Desc, label_values: &[V]) -> Result<Vec<proto::LabelPair>> {
    if desc.variable_labels.len() != label_values.len() {
        return Err(Error::InconsistentCardinality { expect: desc.variable_labels.len(), got: label_values.len() });
    }

    let mut label_pairs = desc.const_label_pairs.clone();
    for (name, value) in desc.variable_labels.iter().zip(label_values) {
        let mut label_pair = proto::LabelPair::default();
        label_pair.set_name(name.clone());
        label_pair.set_value(value.as_ref().to_owned());
        label_pairs.push(label_pair);
    }
    label_pairs.sort();
    Ok(label_pairs)
}

/// A sum with cache lines of its own (processors fetch them in pairs of 64 bytes). Otherwise each observation would
/// take away the line from which other threads read the rest of the summary.
///
/// Adding to it is a compare-and-swap, which loses nothing. It needs no order with the count: a scrape in the middle of
/// an observation may show it in the sum, and only next time in the count.
#[derive(Debug)]
#[repr(align(128))]
struct Sum(AtomicF64);

#[derive(Debug)]
struct SummaryCore {
    desc: Desc,
    label_pairs: Vec<proto::LabelPair>,
    quantiles: Vec<f64>,
    clock: Arc<dyn Clock>,
    window: SlidingWindow,
    sum: Sum,
}

impl SummaryCore {
    fn new<V: AsRef<str>>(opts: &SummaryOpts, label_values: &[V]) -> Result<SummaryCore> {
        let desc = opts.describe()?;
        let label_pairs = label_pairs(&desc, label_values)?;
        Ok(SummaryCore {
            desc,
            label_pairs,
            quantiles: opts.quantiles.clone(),
            clock: Arc::clone(&opts.clock),
            window: SlidingWindow::new(opts.age_buckets, opts.age_bucket()?, opts.clock.coarse_now())?,
            sum: Sum(AtomicF64::new(0.0)),
        })
    }

    #[inline]
    fn observe(&self, v: f64, now: Duration) {
        if !v.is_finite() {
            return;
        }
        let v = v.max(0.0);
        self.sum.0.inc_by(v);
        self.window.record(v, now);
    }

    fn proto(&self) -> proto::Summary {
        let (count, values) = self.window.read(&self.quantiles, self.clock.coarse_now());
        let quantiles = self.quantiles.iter().zip(values).map(|(quantile, value)| {
            let mut q = proto::Quantile::default();
            q.set_quantile(*quantile);
            q.set_value(value);
            q
        });

        let mut summary = proto::Summary::default();
        summary.set_quantile(quantiles.collect());
        summary.set_sample_sum(self.sum.0.get());
        summary.set_sample_count(count);
        summary
    }
}

/// Measures the time of something, and records it in a [`Summary`] in seconds.
///
/// It records once: when it is told to, or else when it is dropped, so that a failure that leaves early is timed too.
#[must_use = "a timer that is not kept in a variable stops at once"]
#[derive(Debug)]
pub struct SummaryTimer {
    summary: Summary,
    /// Whether the timer has been stopped, so that dropping it records nothing.
    stopped: bool,
    /// The time of its start.
    start: Duration,
}

impl SummaryTimer {
    fn new(summary: Summary) -> Self {
        let start = summary.core.clock.now();
        SummaryTimer { summary, stopped: false, start }
    }

    /// Stop, and record the time since the start.
    pub fn observe_duration(self) {
        self.stop_and_record();
    }

    /// Stop, record the time since the start, and return it in seconds.
    pub fn stop_and_record(mut self) -> f64 {
        self.stop(true)
    }

    /// Stop, and return the time since the start in seconds, without recording it.
    pub fn stop_and_discard(mut self) -> f64 {
        self.stop(false)
    }

    fn stop(&mut self, record: bool) -> f64 {
        self.stopped = true;
        let now = self.summary.core.clock.now();
        let v = now.saturating_sub(self.start).as_secs_f64();
        if record {
            self.summary.core.observe(v, now);
        }
        v
    }
}

impl Drop for SummaryTimer {
    fn drop(&mut self) {
        if !self.stopped {
            self.stop(true);
        }
    }
}

/// A [`Metric`] that counts and sums up observations, and tells quantiles of the recent ones.
///
/// See the [documentation of the crate](crate) for what a quantile is here, what it costs, and when a
/// histogram is the better choice.
///
/// Clones share their observations.
#[derive(Clone, Debug)]
pub struct Summary {
    core: Arc<SummaryCore>,
}

impl Summary {
    /// `with_opts` creates a [`Summary`] with the `opts` options.
    ///
    /// # Errors
    ///
    /// If the options make no sense: see [`SummaryOpts`].
    pub fn with_opts(opts: SummaryOpts) -> Result<Summary> {
        Summary::with_opts_and_label_values::<&str>(&opts, &[])
    }

    fn with_opts_and_label_values<V: AsRef<str>>(opts: &SummaryOpts, label_values: &[V]) -> Result<Summary> {
        let core = SummaryCore::new(opts, label_values)?;
        Ok(Summary { core: Arc::new(core) })
    }
}

impl Summary {
    /// Add a single observation, in seconds.
    ///
    /// - A negative value counts as 0: a sum that falls would look like a restart to Prometheus.
    /// - NaN and the infinities are ignored: they would spoil the sum for good.
    /// - A value above 2^40 ns (about 18 minutes) is in the sum as it is, and in the quantiles as 18 minutes.
    ///
    /// The time of the observation is that of a cheap clock, which is up to some milliseconds late. That matters only
    /// for the age bucket that it goes into. Timers have a precise one.
    pub fn observe(&self, v: f64) {
        self.core.observe(v, self.core.clock.coarse_now());
    }

    /// Return a [`SummaryTimer`] to track a duration.
    pub fn start_timer(&self) -> SummaryTimer {
        SummaryTimer::new(self.clone())
    }

    /// Observe execution time of a closure, in seconds, even if it panics.
    pub fn observe_closure_duration<F, T>(&self, f: F) -> T
    where
        F: FnOnce() -> T,
    {
        let timer = self.start_timer();
        let result = f();
        timer.observe_duration();
        result
    }

    /// Return the sum of all observations, in seconds.
    pub fn get_sample_sum(&self) -> f64 {
        self.core.sum.0.get()
    }

    /// Return the count of all observations.
    pub fn get_sample_count(&self) -> u64 {
        self.core.window.count()
    }
}

impl Metric for Summary {
    fn metric(&self) -> proto::Metric {
        let mut m = proto::Metric::from_label(self.core.label_pairs.clone());
        m.set_summary(self.core.proto());
        m
    }
}

impl Collector for Summary {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.core.desc]
    }

    fn collect(&self) -> Vec<proto::MetricFamily> {
        let mut m = proto::MetricFamily::default();
        m.set_name(self.core.desc.fq_name.clone());
        m.set_help(self.core.desc.help.clone());
        m.set_field_type(proto::MetricType::SUMMARY);
        m.set_metric(vec![self.metric()]);
        vec![m]
    }
}

/// Builds the summaries of a [`SummaryVec`].
#[derive(Clone, Debug)]
pub struct SummaryVecBuilder;

impl MetricVecBuilder for SummaryVecBuilder {
    type M = Summary;
    type P = SummaryOpts;

    fn build<V: AsRef<str>>(&self, opts: &SummaryOpts, label_values: &[V]) -> Result<Summary> {
        Summary::with_opts_and_label_values(opts, label_values)
    }
}

/// A [`Collector`] that bundles a set of summaries that share the same [`Desc`] but have different values for
/// their variable labels: latencies partitioned by operation, for instance.
///
/// It is a [`MetricVec`], and has all of its methods, such as
/// [`with_label_values`](MetricVec::with_label_values). Only a type of our own can have a `new`.
#[derive(Clone, Debug)]
pub struct SummaryVec(MetricVec<SummaryVecBuilder>);

impl SummaryVec {
    /// Create a new [`SummaryVec`] with the given options, partitioned by the given label names.
    ///
    /// # Errors
    ///
    /// If the options make no sense: see [`SummaryOpts`].
    pub fn new(opts: SummaryOpts, label_names: &[&str]) -> Result<SummaryVec> {
        let label_names = label_names.iter().map(|name| (*name).to_owned()).collect();
        let opts = opts.variable_labels(label_names);
        MetricVec::create(proto::MetricType::SUMMARY, SummaryVecBuilder, opts).map(SummaryVec)
    }
}

impl Deref for SummaryVec {
    type Target = MetricVec<SummaryVecBuilder>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Collector for SummaryVec {
    fn desc(&self) -> Vec<&Desc> {
        self.0.desc()
    }

    fn collect(&self) -> Vec<proto::MetricFamily> {
        self.0.collect()
    }
}
