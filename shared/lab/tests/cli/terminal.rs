//! The program in a terminal, which it can ask, and whose width it fits.

use crate::course::{SmallCourse, lab};
use crate::pty::Terminal;
use crate::reset::{edited, kept};

const MAIN: &str = "lessons/00-item-api/src/main.rs";
const QUESTION: &str = "[y/N, d shows each line] ";

/// What is said to an answer to the question.
fn reset(course: &SmallCourse, answer: &str) -> String {
    let mut terminal = Terminal::with(&course.lab(&["reset", "00"]));
    terminal.wait_for(QUESTION);
    terminal.press(&format!("{answer}\n"));
    terminal.rest()
}

#[test]
fn yes_replaces_the_files() {
    let course = edited();
    let text = reset(&course, "y");
    assert!(text.contains("lessons/00-item-api is as it was at the start."), "{text}");
    assert_eq!(course.read(MAIN), "fn main() {}");
    assert!(kept(&course).join("src/main.rs").is_file());
}

#[test]
fn anything_but_yes_changes_nothing() {
    for answer in ["n", "", "what?"] {
        let course = edited();
        let text = reset(&course, answer);
        assert!(text.contains("Nothing was changed."), "{answer:?}: {text}");
        assert_eq!(course.read(MAIN), "fn main() {\n    serve();\n}\n");
        assert!(!course.path(".lab/kept").exists());
    }
}

#[test]
fn a_file_that_is_saved_while_the_question_is_open_is_not_replaced() {
    for path in [MAIN, "lessons/00-item-api/src/new.rs"] {
        let course = edited();
        let mut terminal = Terminal::with(&course.lab(&["reset", "00"]));
        terminal.wait_for(QUESTION);
        course.write(path, "// Saved just now.\n");
        terminal.press("y\n");
        let text = terminal.rest();
        assert!(text.contains("nothing was changed: a file of lessons/00-item-api was saved meanwhile"), "{text}");
        assert_eq!(course.read(path), "// Saved just now.\n");
    }
}

#[test]
fn ctrl_c_at_the_question_changes_nothing() {
    let course = edited();
    let mut terminal = Terminal::with(&course.lab(&["solve", "00"]));
    terminal.wait_for(QUESTION);
    terminal.press("\x03");
    terminal.end();
    assert_eq!(course.read(MAIN), "fn main() {\n    serve();\n}\n");
}

#[test]
fn each_line_that_changes_is_shown_on_demand_and_in_colours() {
    let course = edited();
    let mut terminal = Terminal::with_colours(&course.lab(&["reset", "00"]));
    let shown = terminal.wait_for(QUESTION);
    assert!(!shown.contains("fn main()"), "{shown:?}");
    terminal.press("d\n");
    let shown = terminal.wait_for(QUESTION);
    assert!(shown.contains("\x1b[1m\x1b[32m+fn main() {}"), "{shown:?}");
    assert!(shown.contains("-//! My own page."), "{shown:?}");
    terminal.press("n\n");
    terminal.end();
}

#[test]
fn the_overview_fits_a_terminal_of_40_columns() {
    let text = Terminal::of_width(40, &lab(&[])).rest();
    assert!(text.contains("Prometheus instrumentation"), "{text}");
    let wide: Vec<_> = text.lines().filter(|line| line.trim_end().chars().count() > 40).collect();
    assert_eq!(wide, Vec::<&str>::new());
}
