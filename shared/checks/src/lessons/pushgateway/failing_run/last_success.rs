//! A run that fails leaves the stamp of the last success alone.

use exposition::Page;

use super::super::names::LAST_SUCCESS;
use crate::lessons::lines::family_lines;
use crate::outcome::{Failure, Outcome};

const WHY: &str = "\"It ran and failed\" and \"it did not run at all\" have different causes, and different people to call. The last success must stay through both: the alert is on its age.";

pub(super) fn stays(success: &Page, page: &Page) -> Outcome {
    let [before, after] = [success, page].map(|page| page.series(LAST_SUCCESS).map(|sample| sample.value).next());
    if before == after {
        return Ok(());
    }
    let change = match after {
        None => "Keep the stamp of the last success when a run fails: push that run by POST.",
        Some(_) => "Leave the stamp of the last success out of what a failing run pushes.",
    };
    let mistake = match after {
        None => {
            "The failing run is pushed by PUT, which replaces the whole group. The stamp of the last success goes with it."
        }
        Some(0.0) => {
            "The gauge is registered in every run. Whatever is registered is pushed, and a gauge that nobody has set is 0: a last success in 1970."
        }
        Some(_) => {
            "The stamp is set at the end of every run, however it ended. Or the push stands before the commit, so that a commit that fails comes too late."
        }
    };
    Failure::change(change)
        .expected(format!("{LAST_SUCCESS} as it was after the success: {}", before.unwrap_or_default()))
        .seen(family_lines(page, LAST_SUCCESS))
        .mistake(mistake)
        .why(WHY)
        .stop()
}

/// After a run that failed, on a gateway that knows of no success.
pub(super) fn is_not_made_up(page: &Page) -> Outcome {
    if page.family(LAST_SUCCESS).is_none() {
        return Ok(());
    }
    Failure::change("Leave the stamp of the last success out of what a failing run pushes, also when there was none yet.")
        .expected(format!("no {LAST_SUCCESS}, after a first run that failed"))
        .seen(family_lines(page, LAST_SUCCESS))
        .mistake("Where the gateway knows of no success, 0 or the time now is taken for it.")
        .why("The alert asks by `absent` whether there has ever been a success. A stamp that is made up says yes, or shows an age of fifty years.")
        .stop()
}
