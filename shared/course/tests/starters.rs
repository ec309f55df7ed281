//! A lesson starts where the one before it ends, and is the same crate as its solution, unfinished.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;

use instructor::lines;
use instructor::starters::{self, Files, starter_differences};
use lab::course::{Course, Lesson};

/// Where the table of lines is.
const TABLE: &str = "docs/src/measurements.md";

/// A line of the table.
struct Row {
    lesson: String,
    lines: usize,
    at_most: usize,
}

#[test]
fn a_starter_is_the_solution_before_it_plus_todo_comments() {
    assert_holds(|course, lesson| match starters::before(course, lesson) {
        Some(before) => starters::start(course, lesson, before),
        None => Ok(Vec::new()),
    });
}

#[test]
fn each_lesson_of_the_shop_starts_from_the_one_before_it() {
    let course = course();
    let before = course.lessons().iter().map(|lesson| starters::before(&course, lesson).map_or("", Lesson::number));
    assert_eq!(before.collect::<Vec<_>>(), ["", "00", "01", "02", "03", "", ""]);
}

#[test]
fn the_first_starter_has_no_metric() {
    let course = course();
    assert_eq!(starters::has_no_metric(&course, course.first().unwrap()).unwrap(), Vec::<String>::new());
}

#[test]
fn a_solution_leaves_nothing_to_do() {
    assert_holds(starters::end);
}

#[test]
fn a_lesson_and_its_solution_have_the_same_files() {
    assert_holds(starters::same_files);
}

#[test]
fn a_lesson_and_its_solution_have_the_same_tests() {
    assert_holds(|course, lesson| starters::same_part(course, lesson, "tests"));
}

#[test]
fn a_lesson_and_its_solution_have_the_same_lesson_toml() {
    assert_holds(|course, lesson| starters::same_part(course, lesson, "lesson.toml"));
}

#[test]
fn a_lesson_and_its_solution_have_the_same_readme() {
    assert_holds(|course, lesson| starters::same_part(course, lesson, "README.md"));
}

#[test]
fn a_lesson_and_its_solution_have_the_same_manifest() {
    assert_holds(|course, lesson| starters::same_part(course, lesson, "Cargo.toml"));
}

#[test]
fn a_line_that_is_no_todo_comment_is_a_difference() {
    let solution = file("fn add() {\n    store();\n}\n");
    let starter = file("// TODO (step 1): count.\n// Only what succeeds.\nfn add() {\n    count();\n    store();\n}\n");
    assert_eq!(starter_differences(&solution, &starter).len(), 1);
}

#[test]
fn a_doc_comment_below_a_todo_comment_is_no_part_of_it() {
    let solution = file("fn add() {}\n");
    let starter = file("// TODO: count.\n/// Adds.\nfn add() {}\n");
    assert_eq!(starter_differences(&solution, &starter).len(), 1);
}

#[test]
fn a_file_that_a_todo_comment_takes_away_is_a_difference() {
    let solution = file("fn add() {}\n");
    let starter = file("// TODO: write this.\n");
    assert_eq!(starter_differences(&solution, &starter).len(), 1);
}

#[test]
fn todo_comments_and_blank_lines_are_no_difference() {
    let solution = file("fn add() {\n    store();\n}\n\nfn remove() {}\n");
    let starter = file("fn add() {\n    // TODO: count.\n    //\n    // Once.\n\n    store();\n}\nfn remove() {}\n");
    assert_eq!(starter_differences(&solution, &starter), Vec::<String>::new());
}

#[test]
fn a_file_of_todo_comments_is_no_difference() {
    let solution = file("fn add() {}\n");
    let mut starter = solution.clone();
    starter.insert("src/metrics.rs".into(), "// TODO: the metrics.\n//\n// All of them.\n".to_owned());
    assert_eq!(starter_differences(&solution, &starter), Vec::<String>::new());
}

#[test]
fn the_table_says_how_many_lines_a_student_writes() {
    let course = course();
    let lines = |lesson: &Lesson| (lesson.name().to_owned(), lines::added(&course, lesson).unwrap());
    let counted: Vec<_> = course.lessons().iter().map(lines).collect();
    let written: Vec<_> = table().into_iter().map(|row| (row.lesson, row.lines)).collect();
    assert_eq!(counted, written, "left what is so, right what {TABLE} says");
}

#[test]
fn no_student_writes_more_lines_than_the_table_allows() {
    let course = course();
    let too_many: Vec<_> = table()
        .into_iter()
        .map(|row| (lines::added(&course, course.lesson(&row.lesson).unwrap()).unwrap(), row))
        .filter(|(lines, row)| *lines > row.at_most)
        .map(|(lines, row)| format!("{}: {lines} lines, but {TABLE} allows {}", row.lesson, row.at_most))
        .collect();
    assert!(too_many.is_empty(), "{}", too_many.join("\n"));
}

/// The table of lines, between its marks.
fn table() -> Vec<Row> {
    let text = fs::read_to_string(course::path(TABLE)).unwrap();
    let (_, table) = text.split_once("<!-- lines: begin -->").unwrap();
    let (table, _) = table.split_once("<!-- lines: end -->").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `")).map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let [lesson, _, lines, at_most] = cells[..] else { panic!("{line} has not four cells") };
        Row { lesson: lesson.to_owned(), lines: lines.parse().unwrap(), at_most: at_most.parse().unwrap() }
    });
    rows.collect()
}

fn file(text: &str) -> Files {
    Files::from([("src/lib.rs".into(), text.to_owned())])
}

fn course() -> Course {
    Course::of(&course::path("").canonicalize().unwrap()).unwrap()
}

/// A rule holds for every lesson.
#[track_caller]
fn assert_holds(rule: impl Fn(&Course, &Lesson) -> anyhow::Result<Vec<String>>) {
    let course = course();
    let faults: Vec<_> = course.lessons().iter().flat_map(|lesson| rule(&course, lesson).unwrap()).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
