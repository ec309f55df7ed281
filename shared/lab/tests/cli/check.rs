//! `cargo lab check`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use insta::assert_snapshot;

use crate::course::{SmallCourse, code, free_address, lab, shown, stderr, stdout};

/// A shop without a page of metrics: lesson 00 before its first step.
const WITHOUT_METRICS: &str = r#"
use std::io::{Read, Write};
use std::net::TcpListener;

fn main() {
    let addresses = std::env::var("LISTEN_ADDR").unwrap();
    let servers = addresses.split(',').map(|address| TcpListener::bind(address).unwrap());
    let threads: Vec<_> = servers.map(|server| std::thread::spawn(move || serve(&server))).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

fn serve(server: &TcpListener) {
    for mut connection in server.incoming().flatten() {
        let _ = connection.read(&mut [0; 1024]);
        let _ = connection.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    }
}
"#;

#[test]
fn the_first_step_that_is_not_done_is_explained() {
    let course = SmallCourse::with_program(WITHOUT_METRICS);
    assert_snapshot!(shown(&mut course.lab(&["check", "00"])));
}

#[test]
fn the_lesson_of_the_current_folder_is_taken() {
    let course = SmallCourse::with_program(WITHOUT_METRICS);
    let folder = course.path("lessons/00-item-api/src");
    let output = course.lab(&["check"]).current_dir(folder).output().unwrap();
    assert_eq!(stderr(&output), "");
    assert_eq!(code(&output), 1);
}

#[test]
fn without_a_lesson_it_says_which_one_it_takes() {
    let output = SmallCourse::with_program(WITHOUT_METRICS).lab(&["check"]).output().unwrap();
    assert_eq!(stderr(&output), "No lesson is named, so this is the first, 00-item-api.\n\n");
}

#[test]
fn code_that_does_not_compile_is_shown_in_the_words_of_the_compiler() {
    let course = SmallCourse::with_program("fn main() { let number: u8 = \"text\"; }");
    let output = course.lab(&["check", "00"]).output().unwrap();
    let text = stderr(&output);
    assert_eq!(code(&output), 3);
    assert!(text.starts_with("error[E0308]: mismatched types\n --> lessons/00-item-api/src/main.rs:1:30"), "{text}");
    let end = text.find("error: lessons").unwrap_or(0);
    assert_snapshot!(&text[end..]);
}

#[test]
fn errors_of_the_compiler_have_its_colours_where_they_are_wanted() {
    let course = SmallCourse::with_program("fn main() { missing(); }");
    let output = course.lab(&["check", "00"]).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(stderr(&output).contains("\x1b["), "{}", stderr(&output));
}

#[test]
fn warnings_are_shown_with_the_verdict() {
    let source = WITHOUT_METRICS.replace("fn main() {", "fn main() { let unused = 1;");
    let output = SmallCourse::with_program(&source).lab(&["check", "00"]).output().unwrap();
    assert!(stderr(&output).contains("unused variable: `unused`"), "{}", stderr(&output));
    assert!(stdout(&output).contains("What to do"), "{}", stdout(&output));
}

#[test]
fn a_workspace_that_cargo_cannot_read_is_shown_in_the_words_of_cargo() {
    let course = SmallCourse::new();
    std::fs::write(course.path("lessons/00-item-api/Cargo.toml"), "[package").unwrap();
    let output = course.lab(&["check", "00"]).output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("cargo cannot build lessons/00-item-api"), "{}", stderr(&output));
    assert!(stderr(&output).contains("[package"), "{}", stderr(&output));
}

#[test]
fn an_app_that_ends_at_once_is_shown_with_its_last_words() {
    let source = "fn main() { eprintln!(\"the metric is registered already\"); std::process::exit(7); }";
    assert_snapshot!(shown(&mut SmallCourse::with_program(source).lab(&["check", "00"])));
}

#[test]
fn a_url_where_nothing_answers_is_no_pass() {
    let address = free_address();
    let output = SmallCourse::new().lab(&["check", "00", "--url", &format!("http://{address}")]).output().unwrap();
    assert_eq!(code(&output), 3);
    let text = stderr(&output).replace(&address, "ADDRESS");
    assert!(text.starts_with("error: nothing answers at http://ADDRESS"), "{text}");
}

#[test]
fn an_app_at_a_url_is_judged_in_any_language() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    thread::spawn(move || {
        for mut connection in server.incoming().flatten() {
            let _ = connection.read(&mut [0; 1024]);
            let _ = connection.write_all(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    let output = SmallCourse::new().lab(&["check", "00", "--url", &url]).output().unwrap();
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).contains("  | GET /metrics -> 500"), "{}", stdout(&output));
}

#[test]
fn a_solution_is_done_and_names_what_comes_next() {
    let output = lab(&["check", "00", "--solution"]).output().unwrap();
    let text = stdout(&output);
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""), "{text}");
    assert!(text.contains("solutions/00-item-api is done."), "{text}");
    assert!(text.ends_with("  cargo lab run 01\n  cargo lab check 01\n"), "{text}");
}

#[cfg(unix)]
#[test]
fn what_cannot_be_judged_at_a_url_is_no_pass_but_the_rest_is_judged() {
    use nix::sys::signal::{Signal, kill};

    let address = free_address();
    let url = format!("http://{address}");
    let mut shop = crate::process::shop("04", &address);
    let mut checked = None;
    crate::process::run_until(&mut shop, &address, |running| {
        checked = Some(lab(&["check", "04", "--url", &url]).output());
        kill(running, Signal::SIGTERM).unwrap();
    });
    let output = checked.unwrap().unwrap();
    let text = stdout(&output);
    assert_eq!(code(&output), 3, "{text}");
    assert!(text.contains("could not be judged: this needs an app that the check can start itself"), "{text}");
    assert!(text.contains("\n  ✓ Keep the page clean\n"), "{text}");
}
