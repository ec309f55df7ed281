//! Disks that only the program under test sees.

use std::io::Write;
use std::process::{Command, Stdio};

use nix::unistd::geteuid;

/// The words by way of which a program starts after this script, which may mount disks, and has to end with `exec "$@"`.
/// None, with a notice of what is not run, where this user may not do that.
pub(crate) fn by_way_of_a_namespace<'a>(script: &'a str, wanted_for: &str) -> Option<Vec<&'a str>> {
    let namespace: &[&str] = if geteuid().is_root() { &[] } else { &["--user", "--map-root-user"] };
    let words = [&["unshare", "--mount"], namespace, &["sh", "-c", script, "sh"]].concat();
    let mut attempt = Command::new(words[0]);
    attempt.args(&words[1..]).arg("true").stdout(Stdio::null()).stderr(Stdio::null());
    if attempt.status().is_ok_and(|status| status.success()) {
        return Some(words);
    }
    // Not `eprintln`, which the test runner keeps to itself as long as tests pass.
    let mut terminal = std::io::stderr();
    writeln!(terminal, "\nNOT RUN: {wanted_for}. This user may not mount it\n").unwrap();
    None
}
