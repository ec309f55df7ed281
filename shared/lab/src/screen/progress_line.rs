//! A line that says what takes so long.

use std::pin::pin;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// What takes less is not worth a line.
const SHORT: Duration = Duration::from_secs(1);
/// How often the line moves.
const TICK: Duration = Duration::from_millis(125);

/// The seconds come first, so that a narrow terminal cuts only the words.
const TEMPLATE: &str = "{spinner} {elapsed:>4} {wide_msg}";

/// Awaits the work. If it takes longer than a second, a line on standard error says that it goes on, and for how
/// long by now; it is gone when the work is done, and there is none where standard error is no terminal.
pub async fn show<T>(text: String, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    if let Ok(result) = tokio::time::timeout(SHORT, &mut work).await {
        return result;
    }
    let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_spinner());
    let line = ProgressBar::new_spinner()
        .with_style(style)
        .with_elapsed(SHORT)
        .with_message(text)
        .with_finish(ProgressFinish::AndClear);
    line.enable_steady_tick(TICK);
    work.await
}
