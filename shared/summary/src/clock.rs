//! The clock that a summary reads.

use std::fmt::Debug;
use std::time::Duration;

/// Tells a summary the time.
///
/// A test that must not wait gives its own, with [`SummaryOpts::clock`](crate::SummaryOpts::clock).
///
/// A time is a distance from a moment of the clock's own choice, and never decreases. Should it
/// decrease all the same, observations go into the newest age bucket until it has caught up.
pub trait Clock: Debug + Send + Sync {
    /// The time, precise enough for timers.
    fn now(&self) -> Duration;

    /// The time for an observation that was not timed: cheap, and up to some milliseconds late.
    ///
    /// It is the same time as [`now`](Clock::now), unless the clock has a cheaper way.
    fn coarse_now(&self) -> Duration {
        self.now()
    }
}

/// The clock of the operating system that is never set back. The default.
#[derive(Clone, Copy, Debug, Default)]
pub struct MonotonicClock;

// `Instant` has no coarse sibling, so ask the kernel. Its coarse clock is the time of the last timer
// interrupt: 4 ns to read where the precise one costs 24, and 10 ms late at most. Age buckets last minutes.
#[cfg(target_os = "linux")]
mod system {
    use std::time::Duration;

    use rustix::time::{ClockId, clock_gettime};

    use super::{Clock, MonotonicClock};

    impl Clock for MonotonicClock {
        fn now(&self) -> Duration {
            read(ClockId::Monotonic)
        }

        fn coarse_now(&self) -> Duration {
            read(ClockId::MonotonicCoarse)
        }
    }

    #[inline]
    fn read(clock: ClockId) -> Duration {
        let time = clock_gettime(clock);
        // The kernel starts these clocks at zero: a time is never negative, and its nanoseconds fit.
        Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::sync::LazyLock;
    use std::time::{Duration, Instant};

    use super::{Clock, MonotonicClock};

    static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

    impl Clock for MonotonicClock {
        fn now(&self) -> Duration {
            ORIGIN.elapsed()
        }
    }
}
