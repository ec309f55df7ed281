//! `cargo lab verify`, run as an instructor runs it, in copies of the course.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use instructor::lines;
use lab::course::{Course, Lesson};
use tempfile::TempDir;
use walkdir::WalkDir;

/// A copy of all that the rules are about, with the lessons as they were handed out.
struct Copy {
    folder: TempDir,
}

impl Copy {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
        let course = Course::of(&root).unwrap();
        let copy = Self { folder: tempfile::tempdir().unwrap() };
        for lesson in course.lessons() {
            for path in course.originals().files(lesson) {
                copy.write(path, &course.originals().content(&root, path).unwrap());
            }
        }
        let parts = [
            "solutions",
            "shared/course/steps",
            "shared/lab/originals.txt",
            "shared/lab/originals",
            "Cargo.toml",
            ".gitignore",
        ];
        for part in parts {
            for entry in WalkDir::new(root.join(part)).into_iter().map(Result::unwrap) {
                if entry.file_type().is_file() {
                    let path = entry.path().strip_prefix(&root).unwrap().to_str().unwrap();
                    copy.write(path, &fs::read(entry.path()).unwrap());
                }
            }
        }
        let git = Command::new("git").args(["init", "--quiet"]).current_dir(copy.folder.path()).status();
        assert!(git.unwrap().success());
        copy
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, content: &[u8]) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn append(&self, path: &str, text: &str) {
        let content = fs::read_to_string(self.path(path)).unwrap();
        self.write(path, format!("{content}{text}").as_bytes());
    }

    /// The first column of `git diff --numstat`, from a lesson's starter to its solution.
    fn added_by_git(&self, lesson: &Lesson) -> usize {
        let mut git = Command::new("git");
        git.args(["diff", "--no-index", "--no-renames", "--numstat"]).current_dir(self.folder.path());
        git.args(["lessons", "solutions"].map(|folder| format!("{folder}/{}/src", lesson.name())));
        let numbers = stdout(&git.output().unwrap());
        numbers.lines().map(|line| line.split('\t').next().unwrap().parse::<usize>().unwrap()).sum()
    }

    fn verify(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_instructor"));
        command.arg("verify").args(arguments).current_dir(self.folder.path()).output().unwrap()
    }

    /// Each is named on the screen, and the exit code says that something is wrong.
    #[track_caller]
    fn assert_faults(&self, arguments: &[&str], faults: &[&str]) {
        let output = self.verify(arguments);
        let shown = stdout(&output);
        assert_eq!(output.status.code(), Some(1), "{shown}");
        for fault in faults {
            assert!(shown.contains(fault), "{fault}\n\n{shown}");
        }
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_course_that_is_sound_is_a_line_for_each_lesson() {
    let output = Copy::new().verify(&[]);
    // The numbers themselves are in docs/src/measurements.md, and proved there.
    insta::with_settings!({ filters => [(r"\d+ lines", "[N] lines")] }, { insta::assert_snapshot!(stdout(&output)) });
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn one_lesson_is_looked_at_alone() {
    let copy = Copy::new();
    copy.append("solutions/01-counter/src/api.rs", "// TODO: more.\n");
    assert_eq!(copy.verify(&["03"]).status.code(), Some(0));
    assert_eq!(copy.verify(&["counter"]).status.code(), Some(1));
}

#[test]
fn a_solution_that_has_changed_is_at_odds_with_its_steps_and_with_the_next_starter() {
    let copy = Copy::new();
    copy.append("solutions/02-gauge/src/api.rs", "// Something new.\n");
    copy.assert_faults(
        &[],
        &[
            "✗ 02-gauge: 1 of 8 rules broken",
            "Broken: its steps lead from the starter to the solution.",
            "✗ 03-histogram: 1 of 8 rules broken",
            "| -// Something new.",
            "✓ 04-summary",
        ],
    );
}

#[test]
fn a_solution_with_something_left_to_do_is_named() {
    let copy = Copy::new();
    copy.append("solutions/05-postgres-exporter/src/query.rs", "// TODO: more.\n");
    copy.assert_faults(&[], &["solutions/05-postgres-exporter/src/query.rs has a TODO"]);
}

#[test]
fn a_file_that_one_side_lacks_is_named() {
    let copy = Copy::new();
    copy.write("solutions/06-pushgateway/src/more.rs", b"//! More.\n");
    copy.assert_faults(&["6"], &["only solutions/06-pushgateway has src/more.rs"]);
}

#[test]
fn a_text_that_differs_is_shown_with_the_difference() {
    let copy = Copy::new();
    copy.append("solutions/00-item-api/README.md", "One sentence more.\n");
    copy.assert_faults(&["0"], &["Broken: its solution has the same README.md.", "| -One sentence more."]);
}

#[test]
fn a_metric_in_the_first_starter_is_shown() {
    let copy = Copy::new();
    copy.append("lessons/00-item-api/src/api.rs", "fn metrics() {}\n");
    copy.assert_faults(&["0"], &["src/api.rs:", "fn metrics() {}"]);
}

#[test]
fn steps_that_cannot_be_read_are_a_fault_like_any_other() {
    let copy = Copy::new();
    copy.write("shared/course/steps/03-histogram.toml", b"[[steps]\n");
    copy.assert_faults(&[], &["shared/course/steps/03-histogram.toml is broken", "✓ 04-summary"]);
}

#[test]
fn a_step_that_does_not_fit_is_named() {
    let copy = Copy::new();
    copy.append("lessons/01-counter/src/metrics.rs", "// TODO: more.\n");
    let metrics = fs::read_to_string(copy.path("lessons/01-counter/src/metrics.rs")).unwrap();
    copy.write("lessons/01-counter/src/metrics.rs", metrics.replace("TODO (step", "TODO (part").as_bytes());
    copy.assert_faults(&["1"], &["of 01-counter does not fit those before it: occurs 0 times in src/metrics.rs"]);
}

#[test]
fn a_list_of_originals_that_is_out_of_date_is_shown_and_can_be_written_again() {
    let copy = Copy::new();
    copy.append("lessons/06-pushgateway/README.md", "\n");
    copy.append("solutions/06-pushgateway/README.md", "\n");
    copy.assert_faults(
        &[],
        &["lessons/06-pushgateway/README.md", "`cargo lab verify --write-originals` writes it again"],
    );
    assert_eq!(copy.verify(&["--write-originals"]).status.code(), Some(0));
    assert_eq!(copy.verify(&[]).status.code(), Some(0));
}

#[test]
fn originals_are_not_written_where_a_lesson_is_missing_or_has_what_is_no_text() {
    let missing = Copy::new();
    fs::remove_dir_all(missing.path("lessons/02-gauge")).unwrap();
    let no_text = Copy::new();
    no_text.write("lessons/02-gauge/picture.png", b"\x89PNG\xff");
    for copy in [missing, no_text] {
        let list = fs::read(copy.path("shared/lab/originals.txt")).unwrap();
        assert_eq!(copy.verify(&["--write-originals"]).status.code(), Some(3));
        assert_eq!(fs::read(copy.path("shared/lab/originals.txt")).unwrap(), list);
        assert!(copy.path("shared/lab/originals/02-gauge").is_dir());
    }
}

#[test]
fn a_name_in_any_language_is_listed() {
    let copy = Copy::new();
    copy.write("lessons/02-gauge/lição.md", b"Uma.\n");
    copy.write("solutions/02-gauge/lição.md", b"Uma.\n");
    assert_eq!(copy.verify(&["--write-originals"]).status.code(), Some(0));
    assert!(fs::read_to_string(copy.path("shared/lab/originals.txt")).unwrap().contains("lessons/02-gauge/lição.md"));
}

#[test]
fn an_unknown_lesson_is_answered_with_those_that_there_are() {
    let output = Copy::new().verify(&["9"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("| 03-histogram"), "{}", stderr(&output));
}

#[test]
fn a_solution_that_is_gone_is_said() {
    let copy = Copy::new();
    fs::remove_dir_all(copy.path("solutions/04-summary")).unwrap();
    let output = copy.verify(&["4"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("cannot read solutions/04-summary"), "{}", stderr(&output));
}

#[test]
fn a_content_that_is_set_aside_and_out_of_date_is_named_and_can_be_written_again() {
    let copy = Copy::new();
    copy.append("shared/lab/originals/01-counter/src/lib.rs", "// Of yesterday.\n");
    copy.write("shared/lab/originals/01-counter/src/gone.rs", b"// Of yesterday.\n");
    fs::remove_file(copy.path("shared/lab/originals/02-gauge/src/lib.rs")).unwrap();
    let outdated = ["01-counter/src/gone.rs", "01-counter/src/lib.rs", "02-gauge/src/lib.rs"];
    let faults = outdated.map(|path| format!("| shared/lab/originals/{path} is not what the lesson has"));
    copy.assert_faults(&["0"], &faults.each_ref().map(String::as_str));
    assert_eq!(copy.verify(&["--write-originals"]).status.code(), Some(0));
    assert!(!copy.path("shared/lab/originals/01-counter/src/gone.rs").exists());
}

#[test]
fn a_file_that_the_solution_does_not_share_any_more_has_to_be_set_aside() {
    let copy = Copy::new();
    copy.append("solutions/05-postgres-exporter/src/query.rs", "// Something new.\n");
    copy.assert_faults(&["0"], &["shared/lab/originals/05-postgres-exporter/src/query.rs is not what the lesson has"]);
}

#[test]
fn without_git_the_lessons_are_looked_at_and_the_originals_are_said_to_need_it() {
    let copy = Copy::new();
    fs::remove_dir_all(copy.path(".git")).unwrap();
    for arguments in [&["verify"][..], &["verify", "--write-originals"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_instructor"));
        command.args(arguments).current_dir(copy.path("")).env("GIT_CEILING_DIRECTORIES", copy.path(".."));
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{}", stdout(&output));
        assert_eq!(stdout(&output).contains("✓ 06-pushgateway: sound"), arguments.len() == 1);
        assert!(stderr(&output).contains("error: the originals of the lessons cannot be looked at"));
        assert!(stderr(&output).contains("not a git repository"), "{}", stderr(&output));
        assert!(stderr(&output).contains("this takes a clone of the course"), "{}", stderr(&output));
    }
}

#[test]
fn the_lines_to_write_are_those_that_git_counts() {
    let copy = Copy::new();
    let course = Course::of(copy.folder.path()).unwrap();
    for lesson in course.lessons() {
        assert_eq!(lines::added(&course, lesson).unwrap(), copy.added_by_git(lesson), "{}", lesson.name());
    }
}

#[test]
fn all_lines_of_a_file_that_the_starter_lacks_are_to_be_written() {
    let copy = Copy::new();
    let course = Course::of(copy.folder.path()).unwrap();
    let before = lines::added(&course, course.first().unwrap()).unwrap();
    copy.write("solutions/00-item-api/src/more.rs", b"//! More.\n\nfn more() {}\n");
    assert_eq!(lines::added(&course, course.first().unwrap()).unwrap(), before + 3);
}
