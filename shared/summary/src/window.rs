//! The observations of all time, and a sliding window of the recent ones, from which quantiles are read.
//!
//! All observations go into one sketch: a histogram of nanoseconds whose buckets are so narrow that a quantile
//! can be read from it. It only grows. Time is cut into slots as long as an age bucket, counted from the clock's
//! own origin, and a copy of the sketch is kept from the start of each slot. What the window holds is the sketch
//! of now minus the copy from the start of the window's oldest slot.
//!
//! An observer adds one to one bucket of the sketch. The first one in a new slot makes the copy before it does so,
//! which takes some microseconds, and only those that come at that very moment wait for it. A scrape takes no lock
//! and makes no copy of that kind: it never blocks an observer.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use histogram::{AtomicHistogram, Bucket, Histogram};
use prometheus::{Error, Result};

/// A sketch has 2^6 buckets for each power of two, so a bucket is at most 1/64 of its lower end wide. Its middle is
/// at most half of that away from any value in it: 1/128, or 0.8 %.
const GROUPING_POWER: u8 = 6;

/// A sketch reaches to 2^40 ns, about 18 minutes, in 2,240 buckets of 8 bytes.
const MAX_VALUE_POWER: u8 = 40;

/// The largest number of nanoseconds that a sketch holds.
const MAX_NANOSECONDS: u64 = (1 << MAX_VALUE_POWER) - 1;

const NANOSECONDS_PER_SECOND: f64 = 1e9;

pub(crate) struct SlidingWindow {
    /// Every observation since the start. Its counts are relaxed, which is enough to lose none.
    sketch: AtomicHistogram,
    /// How many slots the window has.
    slots: u64,
    /// The length of a slot in nanoseconds.
    slot_length: u64,
    /// When the newest slot ends, in nanoseconds.
    slot_end: AtomicU64,
    /// The starts of the slots that can still be in the window, the oldest first.
    starts: ArcSwap<Vec<SlotStart>>,
    /// Held by whoever begins a new slot.
    begin_slot: Mutex<()>,
}

/// What the sketch was when a slot began. A slot without an observation has none.
#[derive(Clone)]
struct SlotStart {
    /// The number of the slot: the time of its start divided by the length of a slot.
    slot: u64,
    sketch: Arc<Histogram>,
}

impl SlidingWindow {
    pub(crate) fn new(slots: u32, slot_length: Duration, now: Duration) -> Result<SlidingWindow> {
        let sketch =
            AtomicHistogram::new(GROUPING_POWER, MAX_VALUE_POWER).map_err(|error| Error::Msg(error.to_string()))?;
        let window = SlidingWindow {
            sketch,
            slots: slots.into(),
            // A slot that is longer than any clock runs never ends.
            slot_length: u64::try_from(slot_length.as_nanos()).unwrap_or(u64::MAX),
            slot_end: AtomicU64::new(0),
            starts: ArcSwap::default(),
            begin_slot: Mutex::new(()),
        };
        window.begin_slot(nanoseconds(now));
        Ok(window)
    }

    /// Adds an observation. `seconds` is not NaN and not negative; what is above the range counts as its end.
    #[inline]
    pub(crate) fn record(&self, seconds: f64, now: Duration) {
        let now = nanoseconds(now);
        // Acquire pairs with the Release in `begin_slot`: what is added below is not in the copy from the start of
        // this slot. An observer that is held up right here is counted in a later slot, but it is counted.
        if now >= self.slot_end.load(Ordering::Acquire) {
            self.begin_slot(now);
        }

        // The conversion cuts off the fraction, hence the half. It saturates, and by i64 it is the faster one.
        let value = (seconds * NANOSECONDS_PER_SECOND + 0.5) as i64 as u64;
        if self.sketch.increment(value).is_err() {
            // Above the range, which this value is not.
            self.sketch.increment(MAX_NANOSECONDS).ok();
        }
    }

    /// Copies the sketch for the slot of `now`, unless another thread has.
    #[cold]
    fn begin_slot(&self, now: u64) {
        // Nothing panics while it is held, and there is nothing in it to be spoilt.
        let _guard = self.begin_slot.lock().unwrap_or_else(PoisonError::into_inner);
        // Relaxed: only the holder of the lock writes it.
        if now < self.slot_end.load(Ordering::Relaxed) {
            return;
        }

        let slot = now / self.slot_length;
        let oldest = self.oldest_slot(slot);
        let mut starts: Vec<SlotStart> =
            self.starts.load().iter().filter(|start| start.slot >= oldest).cloned().collect();
        starts.push(SlotStart { slot, sketch: Arc::new(self.sketch.load()) });
        self.starts.store(Arc::new(starts));
        // Release: whoever sees the new slot adds to the sketch after it has been copied.
        self.slot_end.store((slot + 1).saturating_mul(self.slot_length), Ordering::Release);
    }

    /// The number of all observations, and the values in seconds at these quantiles of the window: each NaN when it
    /// is empty.
    pub(crate) fn read(&self, quantiles: &[f64], now: Duration) -> (u64, Vec<f64>) {
        // The copy before the sketch: a sketch that is read later has in each bucket at least what the copy has.
        let start = self.window_start(nanoseconds(now));
        let mut sketch = self.sketch.load();
        let count = sketch.as_slice().iter().sum();

        let mut buckets = vec![None; quantiles.len()];
        if let Some(start) = start {
            for (count, before) in sketch.as_mut_slice().iter_mut().zip(start.as_slice()) {
                *count -= before;
            }
            // It fails for a quantile outside 0 to 1 alone, which the options refuse.
            sketch.quantile_buckets_into(quantiles, &mut buckets).ok();
        }
        let values = buckets.into_iter().map(|bucket| bucket.map_or(f64::NAN, middle_in_seconds));
        (count, values.collect())
    }

    /// The number of all observations.
    pub(crate) fn count(&self) -> u64 {
        self.sketch.load().as_slice().iter().sum()
    }

    /// What the sketch was when the window of now began, or nothing when there was no observation since.
    fn window_start(&self, now: u64) -> Option<Arc<Histogram>> {
        let oldest = self.oldest_slot(now / self.slot_length);
        // Where slots have no start, nothing was observed in them, and the next start is as good.
        let starts = self.starts.load();
        let start = starts.iter().find(|start| start.slot >= oldest)?;
        Some(Arc::clone(&start.sketch))
    }

    /// The oldest slot of the window whose newest is `slot`.
    fn oldest_slot(&self, slot: u64) -> u64 {
        (slot + 1).saturating_sub(self.slots)
    }
}

// Without the thousands of counts in the sketches.
impl fmt::Debug for SlidingWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlidingWindow")
            .field("slots", &self.slots)
            .field("slot_length", &self.slot_length)
            .finish_non_exhaustive()
    }
}

/// A time in nanoseconds, which fit for 584 years.
#[inline]
fn nanoseconds(time: Duration) -> u64 {
    time.as_nanos() as u64
}

fn middle_in_seconds(bucket: Bucket) -> f64 {
    (bucket.start() + bucket.end()) as f64 / 2.0 / NANOSECONDS_PER_SECOND
}
