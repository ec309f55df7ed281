//! The traffic that is to be made.

use super::client::Target;
use super::schedule::Schedule;

/// Where to, when, and by how many.
#[derive(Debug)]
pub(super) struct Traffic {
    pub(super) target: Target,
    pub(super) schedule: Schedule,
    pub(super) workers: u16,
}
