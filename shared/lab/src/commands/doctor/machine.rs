//! Disk and memory.

use std::path::Path;

use sysinfo::System;

use crate::course::Course;

use super::finding::Finding;

/// What the builds of all lessons and their tests take: 4.0 GB, measured.
const ENOUGH_DISK: u64 = 5 << 30;
/// A compiler takes some hundred megabytes, and cargo runs one for each CPU.
const ENOUGH_MEMORY: u64 = 2 << 30;

pub(super) fn findings(course: &Course) -> Vec<Finding> {
    vec![disk(course.root()), memory()]
}

/// The disk that holds the folder, and no other: one that does not answer would hold up the rest.
fn disk(folder: &Path) -> Finding {
    let finding = |found: String| Finding::good("Disk", "the builds of all lessons", found);
    match fs4::available_space(folder) {
        Ok(free) if free >= ENOUGH_DISK => finding(format!("{} free", gibibytes(free))),
        Ok(free) => finding(format!("only {} free", gibibytes(free)))
            .doubtful(format!("Make room: builds take up to {}.", gibibytes(ENOUGH_DISK))),
        Err(_) => finding("unknown".into()).doubtful(format!("Builds take up to {}.", gibibytes(ENOUGH_DISK))),
    }
}

fn memory() -> Finding {
    let finding = |found: String| Finding::good("Memory", "the first build", found);
    let available = System::new().ok().map(|mut system| {
        system.refresh_memory();
        system.available_memory()
    });
    match available {
        Some(free) if free >= ENOUGH_MEMORY => finding(format!("{} free", gibibytes(free))),
        Some(free) => finding(format!("only {} free", gibibytes(free))).doubtful(
            "Close what you don't need, or build with fewer compilers at once: cargo lab run, with CARGO_BUILD_JOBS=1.",
        ),
        None => finding("unknown".into()).doubtful(format!("{} are enough.", gibibytes(ENOUGH_MEMORY))),
    }
}

/// A size for people.
pub(super) fn gibibytes(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / (1_u64 << 30) as f64)
}
