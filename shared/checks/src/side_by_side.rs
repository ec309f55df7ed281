//! The checks of a program side by side, each on an app of its own, and told in their order.

use futures_util::{Stream, StreamExt, stream};

use crate::check::Check;
use crate::outcome::Verdict;
use crate::subject::Subject;

/// How many checks a student's program is judged by at a time: all of a lesson. They wait more than they work.
pub const AT_ONCE: usize = 8;

/// Runs checks, up to `at_once` of them at a time, and tells their verdicts in the order of the checks. None runs any more
/// once the stream is dropped, as after a verdict that makes the others needless.
///
/// The first looks at the subject, and each other one at the same program once more, with servers and a database of its
/// own. Where there is only one of the program, as of an app at a URL, they all look at that, one after the other.
pub fn run(
    checks: impl IntoIterator<Item = &'static Check>,
    subject: &Subject,
    at_once: usize,
) -> impl Stream<Item = (&'static Check, Verdict)> {
    let at_once = if subject.is_one_of_a_kind() { 1 } else { at_once };
    let verdicts = checks.into_iter().enumerate().map(async move |(position, check)| {
        let another = if position == 0 { Ok(None) } else { subject.start_apart().await };
        let verdict = match another {
            Ok(Some(another)) => check.run(&another).await,
            Ok(None) => check.run(subject).await,
            Err(error) => Verdict::NotRun(error.to_string()),
        };
        (check, verdict)
    });
    stream::iter(verdicts).buffered(at_once)
}
