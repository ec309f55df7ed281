//! Moments, as the group of a run has them.

use std::time::{SystemTime, UNIX_EPOCH};

use exposition::Page;

use super::names::{LAST_RUN, LAST_SUCCESS};
use crate::lessons::lines::family_lines;
use crate::outcome::{Failure, Outcome};

/// Clocks are read before and after, and stamps may be whole seconds.
const TOLERANCE: f64 = 1.0;

/// Seconds since the epoch.
pub(super) fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// Ends the check unless this stamp is of a run that came to its end after `started`, and is over.
pub(super) fn is_of_the_run(page: &Page, name: &str, started: f64) -> Outcome {
    let (stamp, ended) = (page.sum(name, &[]), now());
    if (started - TOLERANCE..=ended + TOLERANCE).contains(&stamp) {
        return Ok(());
    }
    let year = 365.0 * 24.0 * 3600.0;
    let mistake = if stamp == 0.0 {
        "The gauge is registered, but never set."
    } else if stamp > 100.0 * ended {
        "The stamp is in milliseconds, or even smaller units. Prometheus's unit of time is the second."
    } else if stamp < year {
        "It is an age, or a duration: \"seconds since\". The job is gone when somebody looks, so nobody is there to let it grow."
    } else {
        "It is another moment than the end of the run, such as its begin, or not in UTC."
    };
    Failure::change(format!("Set `{name}` to the time now, in seconds since the epoch."))
        .expected(format!("{name} between {started:.3} and {ended:.3}: in that time, the run came to its end"))
        .seen(family_lines(page, name))
        .mistake(mistake)
        .why("A timestamp stays true when the job is gone. The query makes an age of it: `time() - batch_last_success_timestamp_seconds`.")
        .stop()
}

/// Ends the check unless a run that succeeded has set both stamps to the same value.
pub(super) fn are_the_same(page: &Page) -> Outcome {
    let [run, success] = [LAST_RUN, LAST_SUCCESS].map(|name| page.sum(name, &[]));
    if run == success {
        return Ok(());
    }
    Failure::change("Read the clock once, and set both stamps of a success to that value.")
        .expected(format!("{LAST_RUN} and {LAST_SUCCESS} with the same value, after a success"))
        .seen(family_lines(page, LAST_RUN))
        .seen(family_lines(page, LAST_SUCCESS))
        .mistake("The clock is read for each of them, or one is of the begin of the run and one of its end.")
        .why("`batch_last_run_timestamp_seconds > bool batch_last_success_timestamp_seconds` asks whether the last run failed. A microsecond between them is enough for a yes.")
        .stop()
}
