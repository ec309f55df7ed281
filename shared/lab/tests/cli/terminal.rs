//! The program in a real terminal, which it can ask, and whose width it fits.

use std::process::Command;
use std::time::Duration;

use expectrl::session::{OsSession, Session};
use expectrl::{Eof, Expect};

use crate::course::{SmallCourse, lab};
use crate::reset::{edited, kept};

const MAIN: &str = "lessons/00-item-api/src/main.rs";
/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn in_terminal(command: Command) -> OsSession {
    let mut terminal = Session::spawn(command).unwrap();
    terminal.set_expect_timeout(Some(PATIENCE));
    terminal
}

pub(crate) fn until_end(terminal: &mut OsSession) -> String {
    String::from_utf8_lossy(terminal.expect(Eof).unwrap().as_bytes()).into_owned()
}

fn reset(course: &SmallCourse, answer: &str) -> String {
    let mut terminal = in_terminal(course.lab(&["reset", "00"]));
    terminal.expect("The old ones are kept. [y/N] ").unwrap();
    terminal.send_line(answer).unwrap();
    until_end(&mut terminal)
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
fn ctrl_c_at_the_question_changes_nothing() {
    let course = edited();
    let mut terminal = in_terminal(course.lab(&["solve", "00"]));
    terminal.expect("[y/N] ").unwrap();
    terminal.send("\x03").unwrap();
    until_end(&mut terminal);
    assert_eq!(course.read(MAIN), "fn main() {\n    serve();\n}\n");
}

#[test]
fn the_diff_has_colours() {
    let course = edited();
    let mut terminal = in_terminal(course.lab(&["reset", "00"]));
    let shown = terminal.expect("[y/N] ").unwrap();
    let text = String::from_utf8_lossy(shown.before()).into_owned();
    assert!(text.contains("\x1b[1m\x1b[32m+fn main() {}"), "{text:?}");
}

#[test]
fn the_overview_fits_a_terminal_of_40_columns() {
    let overview = lab(&[]);
    let mut command = Command::new("sh");
    command.args(["-c", "stty cols 40 && exec \"$0\""]).arg(overview.get_program()).env("NO_COLOR", "1");
    command.current_dir(overview.get_current_dir().unwrap());
    let text = until_end(&mut in_terminal(command));
    assert!(text.contains("Prometheus instrumentation"), "{text}");
    let wide: Vec<_> = text.lines().filter(|line| line.trim_end().chars().count() > 40).collect();
    assert_eq!(wide, Vec::<&str>::new());
}
