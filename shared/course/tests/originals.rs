//! `cargo lab` knows how each file of the lessons was before a student has edited it.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use instructor::originals;

#[test]
fn the_list_of_originals_is_that_of_the_lessons() {
    let fault = originals::fault(&course::path("")).unwrap();
    assert!(fault.is_none(), "`cargo lab verify --write-originals` writes it again:\n{}", fault.unwrap_or_default());
}
