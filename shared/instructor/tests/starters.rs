//! What counts as a difference between a starter and the solution before it.

use instructor::starters::{Files, starter_differences};

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
