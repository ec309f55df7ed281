//! Which lesson is meant when none is named.

use std::path::{Path, PathBuf};

use lab::course::Course;
use lab::course::manifest::Manifest;
use lab::student::at_hand::{Reason, at_hand};
use lab::student::progress::State;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The lesson that is meant in a folder of the course, when these are done and this one was checked last.
fn meant(folder: &str, done: &[&str], last: Option<&str>) -> (String, Reason) {
    let course = Course::of(&root()).unwrap();
    let mut state = State::default();
    for name in done {
        let lesson = course.lesson(name).unwrap();
        let steps = Manifest::read(&course, lesson).unwrap().steps;
        state.record(lesson, steps.iter().map(|step| step.check.name.to_owned()).collect(), None);
    }
    state.last = last.map(|name| course.lesson(name).unwrap().name().to_owned());
    let (lesson, reason) = at_hand(&course, &state, &root().join(folder)).unwrap();
    (lesson.number().to_owned(), reason)
}

#[test]
fn it_is_first_of_all_that_of_the_folder() {
    assert_eq!(meant("lessons/05-postgres-exporter/src", &["5"], Some("2")), ("05".into(), Reason::Folder));
}

#[test]
fn it_is_then_the_one_that_was_checked_last() {
    assert_eq!(meant("", &["0"], Some("3")), ("03".into(), Reason::CheckedLast));
}

#[test]
fn it_is_the_first_that_is_not_done_if_the_one_that_was_checked_last_is() {
    assert_eq!(meant("solutions", &["0", "1", "3"], Some("3")), ("02".into(), Reason::FirstOpen));
}

#[test]
fn it_is_the_first_when_nothing_was_checked() {
    assert_eq!(meant("", &[], None), ("00".into(), Reason::FirstOpen));
}

#[test]
fn it_is_the_last_when_all_are_done() {
    assert_eq!(meant("", &["0", "1", "2", "3", "4", "5", "6"], Some("2")), ("06".into(), Reason::AllDone));
}
