//! What is shown of the log of a program that has ended.

use lab::screen::last_words;

/// What the crate anyhow writes with RUST_BACKTRACE=1.
const ERROR: &str = "\
2026-11-25T18:07:41Z  INFO shop: listening
Error: cannot make the metrics

Caused by:
    0: `cats` is registered already
    1: Duplicate metrics collector registration attempted

Stack backtrace:
   0: rust_begin_unwind
             at /rustc/library/std/src/panicking.rs:689:5
   1: shop::main
             at ./src/main.rs:12:5
";

/// What the standard library writes.
const PANIC: &str = "\
thread 'main' (4481) panicked at src/main.rs:3:5:
no database
stack backtrace:
   0: __rustc::rust_begin_unwind
             at /rustc/library/std/src/panicking.rs:689:5
note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.
";

#[test]
fn an_error_is_shown_with_its_causes_and_without_the_frames() {
    let expected = "Error: cannot make the metrics\n\nCaused by:\n    0: `cats` is registered already\n    1: Duplicate metrics collector registration attempted";
    assert_eq!(last_words::of(ERROR), expected);
}

#[test]
fn a_panic_is_shown_with_its_message_and_without_the_frames() {
    assert_eq!(last_words::of(PANIC), "thread 'main' (4481) panicked at src/main.rs:3:5:\nno database");
}

#[test]
fn what_comes_after_a_backtrace_is_shown() {
    assert_eq!(last_words::of(&format!("{PANIC}{ERROR}")), last_words::of(ERROR));
    assert!(last_words::of(&format!("{PANIC}The shop closes.")).ends_with("\nno database\nThe shop closes."));
}

#[test]
fn without_an_error_the_last_lines_are_shown() {
    let log: String = (1..=20).map(|number| format!("line {number}\n")).collect();
    assert_eq!(last_words::of(&log), "line 15\nline 16\nline 17\nline 18\nline 19\nline 20");
    assert_eq!(last_words::of(""), "");
}
