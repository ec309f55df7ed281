//! A program that runs in a sandbox: what was started is the sandbox, and the program is a process behind that.

use std::fs;

/// The name of the processes between the one that was started and the program: bubblewrap's.
const SANDBOX: &str = "bwrap";

/// The process of the program itself: the one that was started, unless that is a sandbox.
pub(crate) fn inmost(process_id: u32) -> u32 {
    let child = is_sandbox(process_id).then(|| child_of(process_id)).flatten();
    child.map_or(process_id, inmost)
}

/// Only Linux has such files, and bubblewrap.
fn is_sandbox(process_id: u32) -> bool {
    fs::read_to_string(format!("/proc/{process_id}/comm")).is_ok_and(|name| name.trim_end() == SANDBOX)
}

fn child_of(process_id: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{process_id}/task/{process_id}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}
