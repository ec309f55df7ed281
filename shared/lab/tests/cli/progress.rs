//! What is remembered in `.lab`.

use std::fs;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use lab::course::Course;
use lab::student::progress::{Notice, Progress, Store};

use crate::course::{SmallCourse, code, done, stderr};
use crate::shops::WITHOUT_METRICS;

fn store(course: &SmallCourse) -> Store {
    Store::of(&Course::of(&course.path("")).unwrap())
}

#[test]
fn a_half_written_file_is_set_aside() {
    let course = SmallCourse::new();
    course.write(".lab/progress.toml", "last = \"00-item-api\"\n[lessons.00-it");
    let output = course.lab(&["hint", "00"]).output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).starts_with("note: The record of your progress could not be read."), "{}", stderr(&output));
    assert!(course.read(".lab/progress.toml.bak").ends_with("[lessons.00-it"));
    assert!(course.read(".lab/progress.toml").contains("metrics-page = 1"));
}

#[test]
fn a_folder_that_cannot_be_written_is_said_and_the_check_goes_on() {
    let course = SmallCourse::with_program(WITHOUT_METRICS);
    course.write(".lab", "a file where the folder should be");
    let output = course.lab(&["check", "00"]).output().unwrap();
    assert_eq!(code(&output), 1);
    let notes: Vec<_> = stderr(&output).lines().filter(|line| line.starts_with("note: ")).map(str::to_owned).collect();
    assert!(matches!(notes.as_slice(), [note] if note.contains("cannot be kept in .lab")), "{notes:?}");
}

#[test]
fn runs_at_once_lose_nothing_of_each_other() {
    let course = SmallCourse::new();
    let store = store(&course);
    let add_one = || {
        store.update(|state| {
            let hints = &mut state.lessons.entry("00-item-api".into()).or_default().hints;
            *hints.entry("metrics-page".into()).or_default() += 1;
        })
    };
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..10).for_each(|_| assert!(add_one().1.is_none())));
        }
    });
    assert_eq!(store.read().0.lessons["00-item-api"].hints["metrics-page"], 80);
}

#[test]
fn whoever_reads_while_another_writes_sees_the_old_file_or_the_new_one() {
    let course = SmallCourse::new();
    let store = store(&course);
    let path = course.path(".lab/progress.toml");
    store.update(|state| state.last = Some("0".repeat(100_000)));
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for digit in 0..50 {
                store.update(|state| state.last = Some(digit.to_string().repeat(50_000)));
            }
            is_done.store(true, Ordering::Release);
        });
        while !is_done.load(Ordering::Acquire) {
            let text = fs::read_to_string(&path).unwrap();
            assert!(toml::from_str::<lab::student::progress::State>(&text).is_ok(), "half of it: {} bytes", text.len());
        }
    });
}

#[test]
fn two_runs_of_the_program_at_once_both_count() {
    let course = SmallCourse::new();
    let hints = [(); 2].map(|()| course.lab(&["hint", "00", "--all"]).stdout(Stdio::null()).spawn().unwrap());
    for mut hint in hints {
        assert!(hint.wait().unwrap().success());
    }
    assert_eq!(store(&course).read().0.lessons["00-item-api"].hints["metrics-page"], 1);
}

#[test]
fn a_file_of_a_newer_version_keeps_what_is_understood() {
    let course = SmallCourse::new();
    course.write(".lab/progress.toml", "format = 9\n[lessons.00-item-api]\npassed = [\"metrics-page\"]\n");
    let (state, notice) = store(&course).read();
    assert!(notice.is_none());
    assert_eq!(state.lessons["00-item-api"].passed, ["metrics-page"]);
}

#[test]
fn what_cannot_be_kept_is_still_known_in_the_same_run() {
    let course = SmallCourse::new();
    course.write(".lab", "");
    let (state, notice) = store(&course).update(|state| {
        state.lessons.insert("00-item-api".into(), Progress::default());
    });
    assert!(matches!(notice, Some(Notice::NotKept(_))));
    assert!(state.lessons.contains_key("00-item-api"));
}

#[test]
fn the_record_is_a_text_that_a_person_can_read() {
    let course = SmallCourse::with_program(WITHOUT_METRICS);
    course.lab(&["check", "00"]).output().unwrap();
    done(&mut course.lab(&["hint", "00"]));
    insta::assert_snapshot!(course.read(".lab/progress.toml"));
}
