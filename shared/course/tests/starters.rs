//! A lesson starts where the one before it ends, and is the same crate as its solution, unfinished.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use similar::TextDiff;
use walkdir::WalkDir;

/// These grow one app.
const SHOP_LESSONS: [&str; 5] = ["00-item-api", "01-counter", "02-gauge", "03-histogram", "04-summary"];
/// The last two are programs of their own.
const LESSONS: [&str; 7] =
    ["00-item-api", "01-counter", "02-gauge", "03-histogram", "04-summary", "05-postgres-exporter", "06-pushgateway"];

/// The files of a crate, or of a part of it, by their path in the crate.
type Files = BTreeMap<PathBuf, String>;

#[test]
fn a_starter_is_the_solution_before_it_plus_todo_comments() {
    let differences = SHOP_LESSONS.windows(2).flat_map(|pair| {
        let solution = without_own_name(sources("solutions", pair[0]), pair[0]);
        let starter = without_own_name(sources("lessons", pair[1]), pair[1]);
        starter_differences(&solution, &starter)
    });
    assert_none(differences);
}

#[test]
fn a_solution_leaves_nothing_to_do() {
    let sources = LESSONS.into_iter().flat_map(|lesson| sources("solutions", lesson));
    assert_none(sources.filter(|(_, text)| text.contains("TODO")).map(|(path, _)| path.display().to_string()));
}

#[test]
fn the_first_starter_has_no_metric() {
    let code = without_todo_comments(&sources("lessons", LESSONS[0]));
    let metrics = code.iter().filter(|(_, text)| text.contains("prometheus") || text.contains("metric"));
    assert_none(metrics.map(|(path, text)| format!("{}:\n{text}", path.display())));
}

#[test]
fn a_lesson_and_its_solution_have_the_same_files() {
    let differences = LESSONS.into_iter().flat_map(|lesson| {
        let [ours, theirs] = [paths("lessons", lesson), paths("solutions", lesson)];
        let differing: Vec<_> = ours.symmetric_difference(&theirs).cloned().collect();
        differing.into_iter().map(move |path| format!("only one side of {lesson} has {}", path.display()))
    });
    assert_none(differences);
}

#[test]
fn a_lesson_and_its_solution_have_the_same_tests() {
    assert_same_in_lesson_and_solution("tests");
}

#[test]
fn a_lesson_and_its_solution_have_the_same_lesson_toml() {
    assert_same_in_lesson_and_solution("lesson.toml");
}

#[test]
fn a_lesson_and_its_solution_have_the_same_readme() {
    assert_same_in_lesson_and_solution("README.md");
}

#[test]
fn a_lesson_and_its_solution_have_the_same_manifest() {
    assert_same_in_lesson_and_solution("Cargo.toml");
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

fn file(text: &str) -> Files {
    Files::from([("src/lib.rs".into(), text.to_owned())])
}

fn assert_same_in_lesson_and_solution(part: &str) {
    let differences = LESSONS.into_iter().flat_map(|lesson| {
        let [ours, theirs] = ["lessons", "solutions"].map(|side| without_own_name(files(side, lesson, part), lesson));
        assert!(!ours.is_empty(), "lessons/{lesson} has no {part}");
        differences(&theirs, &ours)
    });
    assert_none(differences);
}

#[track_caller]
fn assert_none(differences: impl Iterator<Item = String>) {
    let differences: Vec<_> = differences.collect();
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

/// A diff for each file that differs, or that one side lacks.
fn differences(expected: &Files, found: &Files) -> Vec<String> {
    let paths: BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    let differing = paths.into_iter().filter(|path| expected.get(*path) != found.get(*path));
    let differences = differing.map(|path| {
        let [expected, found] = [expected, found].map(|files| files.get(path).map_or("", String::as_str));
        let diff = TextDiff::from_lines(expected, found);
        diff.unified_diff().header("expected", &path.display().to_string()).to_string()
    });
    differences.collect()
}

/// What a starter has beside the solution before it and TODO comments, and what it lacks. Blank lines don't count,
/// since a comment may be set off by some.
fn starter_differences(solution: &Files, starter: &Files) -> Vec<String> {
    let solution = solution.iter().map(|(path, text)| (path.clone(), without_blank_lines(text))).collect();
    let starter = without_todo_comments(starter);
    differences(&solution, &starter)
}

/// Leaves out each block of comments that begins with `// TODO`, blank lines, and files that have nothing else.
fn without_todo_comments(files: &Files) -> Files {
    let stripped = files.iter().map(|(path, text)| (path.clone(), strip_todo_comments(&without_blank_lines(text))));
    stripped.filter(|(_, text)| !text.is_empty()).collect()
}

fn without_blank_lines(text: &str) -> String {
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("{line}\n")).collect()
}

fn strip_todo_comments(text: &str) -> String {
    let mut in_block = false;
    let mut kept = String::new();
    for line in text.lines() {
        let line_start = line.trim_start();
        in_block = line_start.starts_with("// TODO") || (in_block && is_plain_comment(line_start));
        if !in_block {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn is_plain_comment(line: &str) -> bool {
    line == "//" || line.starts_with("// ")
}

/// Writes the same for the name of each crate, and for how its program is run.
fn without_own_name(files: Files, lesson: &str) -> Files {
    let number = &lesson[..2];
    let name = |text: String| {
        ["lesson", "solution"].iter().fold(text, |text, side| {
            let name = format!("{side}-{lesson}");
            text.replace(&name, "CRATE").replace(&name.replace('-', "_"), "CRATE")
        })
    };
    let command = |path: &Path, text: String| match path.ends_with("main.rs") {
        true => text.replace(&format!("run {number} --solution`"), "run`").replace(&format!("run {number}`"), "run`"),
        false => text,
    };
    files
        .into_iter()
        .map(|(path, text)| {
            let text = command(&path, name(text));
            (path, text)
        })
        .collect()
}

fn sources(side: &str, lesson: &str) -> Files {
    files(side, lesson, "src")
}

/// The files below a part of a crate.
fn files(side: &str, lesson: &str, part: &str) -> Files {
    let root = root(side, lesson);
    let parts = paths(side, lesson).into_iter().filter(|path| path.starts_with(part));
    parts.map(|path| (path.clone(), std::fs::read_to_string(root.join(path)).unwrap())).collect()
}

fn paths(side: &str, lesson: &str) -> BTreeSet<PathBuf> {
    let root = root(side, lesson);
    let entries = WalkDir::new(&root).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    let paths = entries.map(|entry| entry.path().strip_prefix(&root).unwrap().to_owned());
    // What insta leaves behind when a snapshot does not match.
    paths.filter(|path| !path.to_string_lossy().ends_with(".snap.new")).collect()
}

fn root(side: &str, lesson: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(side).join(lesson)
}
