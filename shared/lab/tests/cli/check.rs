//! `cargo lab check`.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::thread;

use insta::assert_snapshot;

use crate::course::{MANIFEST, SmallCourse, code, done, free_address, lab, package, shown, stderr, stdout};
use crate::shops::{self, WITHOUT_METRICS, with_page};

#[test]
fn the_first_step_that_is_not_done_is_explained() {
    let course = SmallCourse::with_program(WITHOUT_METRICS);
    assert_snapshot!(shown(&mut course.lab(&["check", "00"])));
}

#[test]
fn a_misspelt_metric_is_marked_in_the_lines_of_the_page() {
    let course = SmallCourse::with_program(&with_page(&[
        "# HELP app_information What runs.",
        "# TYPE app_information gauge",
        "app_information 1",
    ]));
    assert_snapshot!(shown(&mut course.lab(&["check", "00"])));
}

#[test]
fn a_tool_gets_one_object_on_standard_output() {
    let course = SmallCourse::with_program(WITHOUT_METRICS);
    let output = course.lab(&["check", "00", "--format", "json"]).output().unwrap();
    assert_eq!((code(&output), stderr(&output).as_str()), (1, ""));
    assert_snapshot!(stdout(&output));
}

#[test]
fn a_tool_is_told_too_when_there_is_nothing_to_judge() {
    let course = SmallCourse::with_program("fn main() { missing(); }");
    let output = course.lab(&["check", "00", "--format", "json"]).output().unwrap();
    assert_eq!(code(&output), 3);
    let answer: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(answer["problem"]["message"], "lessons/00-item-api does not compile");
    assert_eq!(answer["exit"]["meaning"], "could not be built, run or judged");
    assert_eq!(answer["steps"][0]["status"], "not_reached");
}

#[test]
fn whoever_is_done_can_compare_by_what_the_copy_has() {
    let course = SmallCourse::with_program(&shops::done());
    let says = || done(&mut course.lab(&["check", "00"]));
    let by_git =
        "\nCompare your code with ours\n  git diff --no-index lessons/00-item-api/src solutions/00-item-api/src\n";
    let text = says();
    assert!(text.contains(by_git) && !text.contains("cargo lab diff"), "{text}");

    course.write("shared/instructor/Cargo.toml", &package("instructor"));
    course.write("shared/instructor/src/main.rs", "fn main() {}");
    let text = says();
    assert!(text.contains("\nCompare your code with ours\n  cargo lab diff 00\n  shows it line by line"), "{text}");
    assert!(!text.contains("git diff"), "{text}");

    fs::rename(course.path("solutions/00-item-api"), course.path("solutions/01-counter")).unwrap();
    let text = says();
    assert!(!text.contains("Compare your code"), "there is nothing to compare with: {text}");
}

#[test]
fn a_changed_lesson_toml_is_named_and_the_original_one_is_used() {
    let course = SmallCourse::in_git();
    course.write("lessons/00-item-api/src/main.rs", WITHOUT_METRICS);
    course.write("lessons/00-item-api/lesson.toml", &MANIFEST.replace("Serve the page", "Do nothing"));
    let output = course.lab(&["check", "00"]).output().unwrap();
    let warning = "lessons/00-item-api/lesson.toml was changed.";
    assert!(stderr(&output).contains(warning), "{}", stderr(&output));
    assert!(stdout(&output).contains("✗ Serve the page"), "{}", stdout(&output));
}

#[test]
fn a_broken_lesson_toml_is_named_and_the_original_one_is_used() {
    let course = SmallCourse::in_git();
    course.write("lessons/00-item-api/src/main.rs", WITHOUT_METRICS);
    course.write("lessons/00-item-api/lesson.toml", "format =");
    course.commit();
    let output = course.lab(&["check", "00"]).output().unwrap();
    assert_eq!(code(&output), 1, "{}", stderr(&output));
}

#[test]
fn without_git_the_original_lesson_toml_is_that_of_the_solution() {
    let course = SmallCourse::with_program(WITHOUT_METRICS);
    course.write("solutions/00-item-api/lesson.toml", MANIFEST);
    course.write("lessons/00-item-api/lesson.toml", "format =");
    let output = course.lab(&["check", "00"]).output().unwrap();
    assert_eq!(code(&output), 1, "{}", stderr(&output));
}

#[test]
fn a_lesson_whose_folder_is_gone_can_be_put_back() {
    let course = SmallCourse::in_git();
    std::fs::remove_dir_all(course.path("lessons/00-item-api")).unwrap();
    let output = course.lab(&["check", "00"]).output().unwrap();
    assert_eq!(code(&output), 3);
    let text = stderr(&output);
    assert!(text.contains("lessons/00-item-api/Cargo.toml is gone. `cargo lab reset 00`"), "{text}");
}

#[test]
fn the_first_lesson_has_none_before_it() {
    let course = SmallCourse::with_program(WITHOUT_METRICS);
    let output = course.lab(&["check", "00", "--previous"]).output().unwrap();
    assert_eq!(stderr(&output), "note: Lesson 00 is the first: no earlier lesson has checks for it.\n");
}

#[test]
fn the_checks_of_earlier_lessons_are_run_when_they_are_asked_for() {
    let output = lab(&["check", "01", "--solution", "--previous"]).output().unwrap();
    let text = stdout(&output);
    assert_eq!(code(&output), 0, "{text}{}", stderr(&output));
    assert!(text.contains("\nWhat lesson 00 added: A page of metrics\n\n  ✓ "), "{text}");
}

#[test]
fn a_solution_is_no_progress() {
    let course = SmallCourse::new();
    course.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"solutions/*\", \"shared/*\"]\n");
    course.write("solutions/00-item-api/src/main.rs", WITHOUT_METRICS);
    let output = course.lab(&["check", "00", "--solution"]).output().unwrap();
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(!course.path(".lab/progress.toml").exists());
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
    assert_eq!(stderr(&output), "No lesson is named, so this is the first that is not done: 00-item-api.\n\n");
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
    let course = SmallCourse::new();
    let output = course.lab(&["check", "00", "--url", &url]).output().unwrap();
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).contains("  | GET /metrics -> 500"), "{}", stdout(&output));
    assert!(!course.path(".lab/progress.toml").exists(), "it is somebody else's progress");
}

#[test]
fn the_url_of_the_page_is_taken_for_that_of_the_app() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/shop/metrics/", server.local_addr().unwrap());
    thread::spawn(move || {
        for mut connection in server.incoming().flatten() {
            let mut request = [0; 1024];
            let length = connection.read(&mut request).unwrap_or_default();
            let status = if request[..length].starts_with(b"GET /shop/metrics ") { "503 Oops" } else { "404 No" };
            let _ = write!(connection, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    let output = SmallCourse::new().lab(&["check", "00", "--url", &url]).output().unwrap();
    assert!(stdout(&output).contains("  | GET /metrics -> 503"), "{}", stdout(&output));
}

#[test]
fn an_exporter_or_a_job_at_a_url_is_refused_once() {
    for (lesson, program) in [("05", "an exporter"), ("06", "a batch job")] {
        let output = lab(&["check", lesson, "--url", "http://127.0.0.1:9187/metrics"]).output().unwrap();
        let text = stderr(&output);
        assert_eq!((code(&output), stdout(&output).as_str()), (2, ""), "{text}");
        assert!(text.contains(program) && text.contains(&format!("  cargo lab check {lesson}")), "{text}");
    }
}

#[test]
fn a_solution_is_done_and_names_what_comes_next() {
    let output = lab(&["check", "00", "--solution"]).output().unwrap();
    let text = stdout(&output);
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""), "{text}");
    assert!(text.contains("solutions/00-item-api is done."), "{text}");
    assert!(text.ends_with("  cargo lab run 01\n  cargo lab check 01\n"), "{text}");
}

/// A course whose first lesson is done, but for a comment that is left over.
fn with_a_done_lesson() -> SmallCourse {
    SmallCourse::with_program(&format!("// TODO (step 1): serve the page.\n{}", shops::done()))
}

fn with_a_second_lesson(course: &SmallCourse) {
    course.write("lessons/01-counter/Cargo.toml", &package("lesson-01-counter"));
    course.write("lessons/01-counter/lesson.toml", include_str!("../../../../lessons/01-counter/lesson.toml"));
    course.write("lessons/01-counter/src/main.rs", "fn main() {}");
}

/// What is remembered once lesson 01 is done.
fn second_done() -> String {
    let passed: Vec<_> = checks::lessons::of("01-counter").map(|check| check.name).collect();
    format!("[lessons.01-counter]\npassed = {passed:?}\n")
}

#[test]
fn a_done_lesson_says_what_one_can_do_what_is_left_over_and_what_comes_next() {
    let course = with_a_done_lesson();
    with_a_second_lesson(&course);
    assert_snapshot!(shown(&mut course.lab(&["check", "00"])));
}

#[test]
fn the_last_lesson_that_was_open_ends_the_course() {
    let course = with_a_done_lesson();
    with_a_second_lesson(&course);
    course.write(".lab/progress.toml", &second_done());
    course
        .write("prometheus/rules/shop.yml", "groups:\n  - rules:\n      - alert: ShopDown\n      - alert: ShopFails\n");
    assert_snapshot!(shown(&mut course.lab(&["check", "00"])));
}

#[test]
fn the_next_lesson_is_one_that_is_not_done() {
    let course = with_a_done_lesson();
    with_a_second_lesson(&course);
    course.write("lessons/02-gauge/lesson.toml", include_str!("../../../../lessons/02-gauge/lesson.toml"));
    course.write("lessons/02-gauge/Cargo.toml", &package("lesson-02-gauge"));
    course.write("lessons/02-gauge/src/main.rs", "fn main() {}");
    course.write(".lab/progress.toml", &second_done());
    let text = done(&mut course.lab(&["check", "00"]));
    assert!(text.ends_with("  cargo lab run 02\n  cargo lab check 02\n"), "{text}");
}

#[test]
fn the_command_that_compares_the_code_works_without_git_history() {
    let course = with_a_done_lesson();
    let text = done(&mut course.lab(&["check", "00"]));
    let command = text.lines().find_map(|line| line.strip_prefix("  git ")).unwrap();
    let mut git = Command::new("git");
    git.args(command.split(' ')).current_dir(course.path("")).env("GIT_CEILING_DIRECTORIES", course.path(".."));
    let output = git.output().unwrap();
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(stdout(&output).contains("-// TODO (step 1): serve the page.\n"), "{}", stdout(&output));
}

#[test]
fn a_done_lesson_offers_a_graph_or_the_command_that_makes_one() {
    let course = with_a_done_lesson();
    course.write("lessons/00-item-api/README.md", "```promql\nup\n```\n\n```promql\ncount(app_info) by (run)\n```\n");
    let text = done(&mut course.lab(&["check", "00"]));
    // Somebody may have a Prometheus at its usual port.
    let link = "http://127.0.0.1:9090/graph?g0.expr=count%28app_info%29%20by%20%28run%29&g0.tab=0&g0.range_input=5m\n";
    let offers =
        ["  cargo lab run 00 --prometheus\n", link].map(|offer| format!("  count(app_info) by (run)\n{offer}"));
    assert!(offers.iter().any(|offer| text.contains(offer)), "{text}");
}

#[cfg(unix)]
#[test]
fn what_cannot_be_judged_at_a_url_is_no_pass_but_the_rest_is_judged() {
    use nix::sys::signal::{Signal, kill};

    // Where the build has to wait for others, another program may take the port meanwhile: the port comes after it.
    crate::process::build("solution-04-summary");
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
