//! What the scraper tells, and the server passes on.

use serde::Serialize;
use tokio::sync::watch;

use super::lesson::Lesson;

/// What the scraper tells and the server passes on. Each is the newest of its kind, as JSON.
#[derive(Debug, Clone)]
pub(super) struct News {
    pub(super) families: watch::Receiver<String>,
    pub(super) scrape: watch::Receiver<String>,
    pub(super) lesson: watch::Receiver<Option<Lesson>>,
}

/// As it is sent.
pub(super) fn json(value: &impl Serialize) -> String {
    // Fails for maps whose keys are no words, and there is none here.
    serde_json::to_string(value).unwrap_or_default()
}
