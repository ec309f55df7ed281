//! The metric type that the [`prometheus`] crate lacks: [`Summary`], and a [`SummaryVec`] for summaries with labels.
//!
//! A summary tells quantiles ("99 % of the queries of the last minutes took at most 80 ms") as well as the count and
//! the sum of all observations. It looks and feels like [`prometheus::Histogram`].
//!
//! ```
//! use prometheus::{Encoder, Registry, TextEncoder};
//! use summary::{SummaryOpts, SummaryVec};
//!
//! let registry = Registry::new();
//! let durations = SummaryVec::new(
//!     SummaryOpts::new("db_query_duration_seconds", "How long a query takes.").quantiles(vec![0.5, 0.99]),
//!     &["operation"],
//! )?;
//! registry.register(Box::new(durations.clone()))?;
//!
//! durations.with_label_values(&["find_item"]).observe(0.25);
//! let timer = durations.with_label_values(&["find_item"]).start_timer();
//! // ... the query ...
//! timer.observe_duration();
//!
//! let page = TextEncoder::new().encode_to_string(&registry.gather())?;
//! assert!(page.contains(r#"db_query_duration_seconds_count{operation="find_item"} 2"#));
//! # Ok::<(), prometheus::Error>(())
//! ```
//!
//! # Defaults
//!
//! | option | default | |
//! |---|---|---|
//! | [`quantiles`](SummaryOpts::quantiles) | 0.5, 0.9, 0.95, 0.99 | [`DEFAULT_QUANTILES`] |
//! | [`max_age`](SummaryOpts::max_age) | 10 minutes | [`DEFAULT_MAX_AGE`] |
//! | [`age_buckets`](SummaryOpts::age_buckets) | 5 | [`DEFAULT_AGE_BUCKETS`] |
//! | [`clock`](SummaryOpts::clock) | the operating system's | [`MonotonicClock`] |
//!
//! # What a quantile is
//!
//! - **The nearest rank.** The quantile `q` of `n` observations is the one at place `q * n`, rounded up, when they are
//!   sorted: the smallest that is not below a share `q` of them. The quantile 0 is the least of all, 1 the greatest.
//! - **At most 0.8 % off**, from 64 ns to 2^40 ns (about 18 minutes). Observations are kept as counts in buckets that
//!   are at most 1/64 of their value wide, and the middle of the bucket is reported, which is at most half of that
//!   away. Below 64 ns it is at most half a nanosecond off. What is above 18 minutes is reported as 18 minutes.
//!   So observe seconds: other units such as bytes do not fit that range.
//! - **Of the recent observations alone.** Time is cut into age buckets (2 minutes each, by default), and the oldest
//!   one leaves the window when a new one begins. So the window is between `max_age * (age_buckets - 1) / age_buckets`
//!   and `max_age` long: 8 to 10 minutes by default.
//! - **NaN when nothing was observed in the window.**
//!
//! `_count` and `_sum` are about all observations since the start, and never expire: they are counters, for `rate`.
//! [`Summary::observe`] says what it does with negative values, infinities and NaN.
//!
//! # What it costs
//!
//! - An observation costs about as much as one of [`prometheus::Histogram`] with its default buckets: 8 to 9 ns, and
//!   about half as much when two threads really observe at once. It takes no lock, except for the first one in an age
//!   bucket. On systems other than Linux it costs about 20 ns more, for the time.
//! - A timer costs less than the histogram's. Like that one it reads the clock twice, at its start and its stop.
//! - A scrape costs 2 to 3 µs where that of a histogram costs 0.15, and never blocks an observation. A vector lets a
//!   combination of labels that is new wait for it, as all vectors of `prometheus` do.
//! - A summary takes 18 KB of memory, and as much for each age bucket with observations: up to 110 KB by default, for
//!   each combination of labels.
//!
//! `cargo bench -p summary` measures the times.
//!
//! # When it is the wrong choice
//!
//! - **Summaries cannot be aggregated.** There is no way to compute the quantile of several replicas, or of
//!   several operations, from the quantiles of each: an average of them means nothing. Only `_sum` and `_count` add
//!   up. A histogram can be aggregated: prefer it where more than one process serves the requests.
//! - **The quantiles and the window are chosen here, in the code**, and not later in a query.
//! - **Two scrapes see nearly the same window**, so `rate` of a quantile or an average of it over time means nothing.
//!
//! A summary is right where the quantile has to be exact, no bounds of buckets are known in advance, and one process
//! is looked at by itself.

#![deny(missing_docs)]

mod clock;
mod summary;
mod window;

pub use clock::{Clock, MonotonicClock};
pub use summary::{
    DEFAULT_AGE_BUCKETS, DEFAULT_MAX_AGE, DEFAULT_QUANTILES, QUANTILE_LABEL, Summary, SummaryOpts, SummaryTimer,
    SummaryVec, SummaryVecBuilder,
};
