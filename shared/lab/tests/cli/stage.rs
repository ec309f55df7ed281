//! A copy of the course with one lesson and no solution, as on the branch of a lesson.

use std::fs;

use crate::course::{SmallCourse, code, done, stderr, stdout, unwrapped};
use crate::shops;

/// A lesson's branch, with a program that does this. Its shop is that of another lesson, finished.
fn stage(program: &str) -> SmallCourse {
    let course = SmallCourse::with_program(program);
    fs::remove_dir_all(course.path("solutions")).unwrap();
    course.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"lessons/*\", \"shared/*\"]\n");
    course.git(&["init", "--quiet"]);
    course.commit();
    course
}

#[test]
fn solve_says_where_the_solution_is_and_how_to_get_it() {
    let course = stage("fn main() {}");
    let output = course.lab(&["solve", "00", "--yes"]).output().unwrap();
    assert_eq!(code(&output), 3);
    let text = stderr(&output);
    assert!(text.contains("this copy of the course has no solution of lesson 00"), "{text}");
    assert!(text.contains("\n  git fetch origin solution/00-item-api\n  git diff FETCH_HEAD -- "), "{text}");
    assert_eq!(course.read("lessons/00-item-api/src/main.rs"), "fn main() {}");
}

#[test]
fn a_solution_that_was_fetched_is_named_as_it_is_here() {
    let course = stage("fn main() {}");
    course.git(&["update-ref", "refs/remotes/origin/solution/00-item-api", "HEAD"]);
    let text = stderr(&course.lab(&["solve", "00"]).output().unwrap());
    assert!(text.contains("\n  git diff origin/solution/00-item-api -- lessons/00-item-api/src\n"), "{text}");
    course.git(&["branch", "solution/00-item-api"]);
    let text = stderr(&course.lab(&["solve", "00"]).output().unwrap());
    assert!(text.contains("\n  git diff solution/00-item-api -- lessons/00-item-api/src\n"), "{text}");
}

#[test]
fn a_solution_that_is_to_be_run_or_judged_is_answered_the_same_way() {
    let course = stage("fn main() {}");
    for command in ["run", "check", "up"] {
        let output = course.lab(&[command, "00", "--solution"]).output().unwrap();
        assert_eq!(code(&output), 3, "{command}");
        assert!(stderr(&output).contains("has no solution of lesson 00"), "{}", stderr(&output));
    }
}

#[test]
fn after_the_lesson_the_next_one_is_on_a_branch_of_its_own() {
    let course = stage(&shops::done());
    for command in [&["check", "00"][..], &[]] {
        let text = done(&mut course.lab(command));
        assert!(text.contains("  git switch lesson/01-counter\n"), "{text}");
        assert!(!text.contains("On Monday"), "the course does not end here: {text}");
    }
    let text = done(&mut course.lab(&["check", "00"]));
    assert!(text.contains("git diff FETCH_HEAD -- lessons/00-item-api/src"), "{text}");
    assert!(!text.contains("cargo lab diff"), "the instructor's commands are not on a branch: {text}");
}

#[test]
fn after_the_last_hint_nothing_is_promised() {
    let course = stage("fn main() {}");
    let text = unwrapped(&done(&mut course.lab(&["hint", "00", "--all"])));
    assert!(text.contains("`cargo lab solve 00` says where the solution is."), "{text}");
}

#[test]
fn the_finished_shop_beside_a_lesson_is_run_by_its_number() {
    let course = stage("fn main() {}");
    course.write("shared/finished-shop/lesson.toml", "name = \"04-summary\"\n");
    course.write("shared/finished-shop/Cargo.toml", &crate::course::package("solution-04-summary"));
    course.write("shared/finished-shop/src/main.rs", "fn main() { println!(\"I am the shop.\"); }");
    for arguments in [&["run", "04"][..], &["run", "04", "--solution"]] {
        let text = done(&mut course.lab(arguments));
        assert!(text.contains("The shop of shared/finished-shop."), "{text}");
        assert!(text.contains("I am the shop."), "{text}");
    }
}

#[test]
fn what_earlier_lessons_added_is_judged_without_their_folders() {
    let course = stage("fn main() {}");
    let page = "lessons/00-item-api";
    for path in ["src/main.rs", "Cargo.toml", "lesson.toml"] {
        fs::remove_file(course.path(&format!("{page}/{path}"))).unwrap();
    }
    let lesson = "lessons/01-counter";
    course.write(&format!("{lesson}/Cargo.toml"), &crate::course::package("lesson-01-counter"));
    course.write(&format!("{lesson}/lesson.toml"), include_str!("../../../../lessons/01-counter/lesson.toml"));
    course.write(&format!("{lesson}/src/main.rs"), &shops::done());
    course.write("shared/lab/originals.txt", "");
    fs::remove_dir_all(course.path(page)).unwrap();
    let output = course.lab(&["check", "01", "--previous", "--format", "json"]).output().unwrap();
    let previous: String = stdout(&output).split("\"previous\"").skip(1).collect();
    assert!(previous.contains("\"lesson\": \"00-item-api\""), "{previous}{}", stderr(&output));
    assert!(unwrapped(&previous).contains("\"title\": \"metrics page\", \"status\": \"passed\""), "{previous}");
}
