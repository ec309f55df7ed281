//! Tells the crate which compiler built it, as `SHOP_RUST_VERSION`.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=SHOP_RUST_VERSION={}", compiler_version().unwrap_or_else(|| "unknown".into()));
}

/// `rustc --version` prints `rustc 1.95.0 (59807616e 2026-04-14)`: the second word.
fn compiler_version() -> Option<String> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().nth(1).map(str::to_owned)
}
