//! Copies of the course, and the program run in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use checks::ports::free_port;
use lab::course::originals::{LIST, blob_id};
use tempfile::TempDir;

const LAB: &str = env!("CARGO_BIN_EXE_lab");

/// The manifest of a small lesson 00.
pub(crate) const MANIFEST: &str = r#"
format = 1
name = "00-item-api"
title = "A page"
question = "What runs?"
minutes = 20
services = []
files = ["src/main.rs"]
learned = "Something."

[[steps]]
check = "metrics-page"
title = "Serve the page"
hints = ["Do it."]

[[steps]]
check = "app-info"
title = "Say what runs"
hints = ["A nudge.", "Nearly the answer."]

[[steps]]
check = "clean-page"
title = "Keep the page clean"
hints = []
"#;

/// A small course with one lesson, whose program needs nothing but the standard library.
pub(crate) struct SmallCourse {
    folder: TempDir,
}

impl SmallCourse {
    pub(crate) fn new() -> Self {
        let course = Self { folder: tempfile::tempdir().unwrap() };
        course.write(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"lessons/*\", \"shared/*\", \"solutions/*\"]\n",
        );
        course.write("shared/lab/Cargo.toml", &package("lab"));
        course.write("shared/lab/src/lib.rs", "");
        course.write("lessons/00-item-api/Cargo.toml", &package("lesson-00-item-api"));
        course.write("lessons/00-item-api/lesson.toml", MANIFEST);
        course.write("lessons/00-item-api/src/main.rs", "fn main() {}");
        course.write("solutions/00-item-api/Cargo.toml", &package("solution-00-item-api"));
        course.write("solutions/00-item-api/src/main.rs", "//! `cargo lab run 00 --solution`\n\nfn main() {}\n");
        course.write(".gitignore", "/target\n/.lab\n");
        course.list_originals();
        course
    }

    /// One in git, as it was at the start.
    pub(crate) fn in_git() -> Self {
        let course = Self::new();
        course.git(&["init", "--quiet"]);
        course.commit();
        course
    }

    /// The one in this folder.
    pub(crate) fn at(folder: TempDir) -> Self {
        Self { folder }
    }

    /// Commits what is there now.
    pub(crate) fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "Work"]);
    }

    pub(crate) fn git(&self, arguments: &[&str]) {
        let status = Command::new("git").args(arguments).current_dir(self.folder.path()).status().unwrap();
        assert!(status.success(), "git {arguments:?}");
    }

    /// Lists the lesson's files as they are now.
    fn list_originals(&self) {
        let files = ["Cargo.toml", "lesson.toml", "src/main.rs"].map(|file| format!("lessons/00-item-api/{file}"));
        let line = |path: &String| format!("{}  {path}\n", blob_id(&fs::read(self.path(path)).unwrap()));
        self.write(LIST, &files.iter().map(line).collect::<String>());
    }

    /// One whose program is this.
    pub(crate) fn with_program(source: &str) -> Self {
        let course = Self::new();
        course.write("lessons/00-item-api/src/main.rs", source);
        course
    }

    /// One whose manifest says this.
    pub(crate) fn with_manifest(manifest: &str) -> Self {
        let course = Self::new();
        course.write("lessons/00-item-api/lesson.toml", manifest);
        course.list_originals();
        course
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The program in this course. What it builds stays in it.
    pub(crate) fn lab(&self, arguments: &[&str]) -> Command {
        lab_in(self.folder.path(), &self.path("target"), arguments)
    }
}

/// The `Cargo.toml` of a package.
pub(crate) fn package(name: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n")
}

/// The program in the course itself. What it builds goes where this test was built, so that most of it is there
/// already.
pub(crate) fn lab(arguments: &[&str]) -> Command {
    let target = Path::new(LAB).ancestors().nth(2).unwrap();
    lab_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."), target, arguments)
}

/// The program in any folder.
pub(crate) fn lab_in(folder: &Path, target: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(LAB);
    command.args(arguments).current_dir(folder).env("CARGO_TARGET_DIR", target);
    for variable in ["LISTEN_ADDR", "NO_COLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command
}

/// An address that is free now.
pub(crate) fn free_address() -> String {
    format!("127.0.0.1:{}", free_port().unwrap())
}

/// What the program says, and that it is done.
pub(crate) fn done(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    stdout(&output)
}

/// All that a run of the program shows: exit code, standard output, standard error.
pub(crate) fn shown(command: &mut Command) -> String {
    let output = command.output().unwrap();
    format!("exit code {}\n--- stdout\n{}--- stderr\n{}", code(&output), stdout(&output), stderr(&output))
}

/// Sentences in a single line, wherever they were wrapped.
pub(crate) fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
