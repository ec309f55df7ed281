//! Rust, and git.

use super::finding::Finding;
use super::program::{Word, ask, version};
use super::system::{Package, System};
use crate::machine::cargo;

/// What the workspace asks for, such as `1.95`.
const RUST_VERSION: &str = env!("CARGO_PKG_RUST_VERSION");
const EVERY_LESSON: &str = "every lesson; lessons 00 to 04 need nothing else";
const RUSTUP: &str = "get it: https://rustup.rs";

const GIT: Package = Package {
    apt: Some("git"),
    dnf: Some("git"),
    brew: Some("git"),
    winget: Some("Git.Git"),
    page: "https://git-scm.com/downloads",
};

pub(super) async fn findings(system: System) -> Vec<Finding> {
    let (rustc, cargo, git) =
        tokio::join!(ask("rustc", &["--version"]), ask(cargo::program(), &["--version"]), ask("git", &["--version"]));
    vec![rust("rustc", rustc), rust("cargo", cargo), git_finding(git, system)]
}

/// rustc and cargo come together, in the same version.
fn rust(name: &'static str, word: Word) -> Finding {
    let finding = |found: String| Finding::good(name, EVERY_LESSON, found).required();
    match word {
        Word::Line(line) if is_recent(version(&line)) => finding(version(&line).to_owned()),
        Word::Line(line) => finding(version(&line).to_owned())
            .missing(format!("The course needs {RUST_VERSION} or newer. Get it: rustup update")),
        Word::Error(error) => finding(format!("does not work: {error}")).missing(RUSTUP),
        Word::Missing => finding("not installed".into()).missing(RUSTUP),
    }
}

fn git_finding(word: Word, system: System) -> Finding {
    let finding =
        |found: &str| Finding::good("git", "getting a file of the course itself back; no lesson needs it", found);
    match word {
        Word::Line(line) => finding(version(&line)),
        Word::Error(error) => finding(&format!("does not work: {error}")).missing(system.how_to_get(&GIT)),
        Word::Missing => finding("not installed").missing(system.how_to_get(&GIT)),
    }
}

/// Whether it is the required version, or a newer one.
fn is_recent(version: &str) -> bool {
    major_and_minor(version) >= major_and_minor(RUST_VERSION)
}

fn major_and_minor(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}
