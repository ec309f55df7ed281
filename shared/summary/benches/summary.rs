//! What a summary costs, beside a histogram of `prometheus` with its default buckets: `cargo bench -p summary`.
//!
//! The ratios come first. They are what counts: both sides are measured in turn, in the same run, and the
//! histogram a second time, whose ratio to the first is the noise. The times of criterion follow.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{hint, thread};

use criterion::Criterion;
use prometheus::core::Collector;
use prometheus::{Histogram, HistogramOpts, HistogramVec, Result};
use summary::{Summary, SummaryOpts, SummaryVec};

/// How often both sides are measured in turn: an odd number, for the median.
const ROUNDS: usize = 15;

/// Long enough that two threads run side by side most of the time.
const ITERATIONS: u64 = 1_000_000;

fn main() -> Result<()> {
    let metrics = Metrics::new()?;
    print_ratios(&metrics);

    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for case in cases(&metrics) {
        let mut group = criterion.benchmark_group(&case.name);
        group.bench_function("histogram", |b| b.iter_custom(|n| in_threads(case.threads, n, &case.histogram)));
        group.bench_function("summary", |b| b.iter_custom(|n| in_threads(case.threads, n, &case.summary)));
        group.finish();
    }
    criterion.final_summary();
    Ok(())
}

/// The metrics under test, and what is observed.
struct Metrics {
    histogram: Histogram,
    histogram_vec: HistogramVec,
    summary: Summary,
    summary_vec: SummaryVec,
    latencies: Vec<f64>,
}

impl Metrics {
    fn new() -> Result<Metrics> {
        Ok(Metrics {
            histogram: Histogram::with_opts(HistogramOpts::new("histogram_seconds", "Latency."))?,
            histogram_vec: HistogramVec::new(HistogramOpts::new("histogram_seconds", "Latency."), &["operation"])?,
            summary: Summary::with_opts(SummaryOpts::new("summary_seconds", "Latency."))?,
            summary_vec: SummaryVec::new(SummaryOpts::new("summary_seconds", "Latency."), &["operation"])?,
            latencies: latencies(),
        })
    }

    fn latency(&self, i: u64) -> f64 {
        self.latencies[i as usize % self.latencies.len()]
    }
}

/// Latencies with a median of 20 ms and a long tail, up to 0.9 s, in no order.
fn latencies() -> Vec<f64> {
    let share = |i: u32| (f64::from(i * 619 % 1024) + 0.5) / 1024.0;
    (0..1024).map(share).map(|share| 0.02 * (share / (1.0 - share)).sqrt()).collect()
}

type Work<'a> = Box<dyn Fn(u64) + Sync + 'a>;

/// The same work on both types. It is called with the number of the iterations to do.
struct Case<'a> {
    name: String,
    threads: usize,
    histogram: Work<'a>,
    summary: Work<'a>,
}

fn cases(metrics: &Metrics) -> Vec<Case<'_>> {
    let mut cases = vec![];
    for threads in [1, 2] {
        cases.push(Case {
            name: format!("observe, {threads} thread(s)"),
            threads,
            histogram: Box::new(|n| (0..n).for_each(|i| metrics.histogram.observe(metrics.latency(i)))),
            summary: Box::new(|n| (0..n).for_each(|i| metrics.summary.observe(metrics.latency(i)))),
        });
        cases.push(Case {
            name: format!("look up by label and observe, {threads} thread(s)"),
            threads,
            histogram: Box::new(|n| {
                let find = || metrics.histogram_vec.with_label_values(&["find_item"]);
                (0..n).for_each(|i| find().observe(metrics.latency(i)));
            }),
            summary: Box::new(|n| {
                let find = || metrics.summary_vec.with_label_values(&["find_item"]);
                (0..n).for_each(|i| find().observe(metrics.latency(i)));
            }),
        });
        cases.push(Case {
            name: format!("start and stop a timer, {threads} thread(s)"),
            threads,
            histogram: Box::new(|n| (0..n).for_each(|_| metrics.histogram.start_timer().observe_duration())),
            summary: Box::new(|n| (0..n).for_each(|_| metrics.summary.start_timer().observe_duration())),
        });
    }
    cases.push(Case {
        name: "scrape".to_owned(),
        threads: 1,
        histogram: Box::new(|n| (0..n).for_each(|_| drop(hint::black_box(metrics.histogram.collect())))),
        summary: Box::new(|n| (0..n).for_each(|_| drop(hint::black_box(metrics.summary.collect())))),
    });
    cases
}

/// Does the work in each of the threads at once, and returns the time of the slowest.
fn in_threads(threads: usize, iterations: u64, work: &Work) -> Duration {
    let ready = AtomicUsize::new(0);
    let timed = || {
        // A barrier would let the first thread finish before the operating system wakes up the second.
        ready.fetch_add(1, Ordering::Relaxed);
        while ready.load(Ordering::Relaxed) < threads {
            hint::spin_loop();
        }
        let begin = Instant::now();
        work(iterations);
        begin.elapsed()
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(timed)).collect();
        let own = timed();
        others.into_iter().filter_map(|other| other.join().ok()).fold(own, Duration::max)
    })
}

fn print_ratios(metrics: &Metrics) {
    println!("{:42} {:>12} {:>12} {:>8} {:>8}", "", "histogram", "summary", "ratio", "noise");
    for case in cases(metrics) {
        let iterations = if case.name == "scrape" { ITERATIONS / 100 } else { ITERATIONS };
        let nanoseconds = |work| in_threads(case.threads, iterations, work).as_nanos() as f64 / iterations as f64;
        let rounds: Vec<[f64; 3]> = (0..ROUNDS)
            .map(|_| [nanoseconds(&case.histogram), nanoseconds(&case.summary), nanoseconds(&case.histogram)])
            .collect();
        println!(
            "{:42} {:9.1} ns {:9.1} ns {:8.2} {:8.2}",
            case.name,
            median(rounds.iter().map(|[histogram, _, _]| *histogram)),
            median(rounds.iter().map(|[_, summary, _]| *summary)),
            median(rounds.iter().map(|[histogram, summary, _]| summary / histogram)),
            median(rounds.iter().map(|[histogram, _, again]| again / histogram)),
        );
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
