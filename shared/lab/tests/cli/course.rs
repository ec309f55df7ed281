//! Copies of the course, and the program run in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use checks::ports::free_port;
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
hints = []

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
        course.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"lessons/*\", \"shared/*\"]\n");
        course.write("shared/lab/Cargo.toml", &package("lab"));
        course.write("shared/lab/src/lib.rs", "");
        course.write("lessons/00-item-api/Cargo.toml", &package("lesson-00-item-api"));
        course.write("lessons/00-item-api/lesson.toml", MANIFEST);
        course.write("lessons/00-item-api/src/main.rs", "fn main() {}");
        course
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
        course
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The program in this course. What it builds stays in it.
    pub(crate) fn lab(&self, arguments: &[&str]) -> Command {
        lab_in(self.folder.path(), &self.path("target"), arguments)
    }
}

fn package(name: &str) -> String {
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

/// All that a run of the program shows: exit code, standard output, standard error.
pub(crate) fn shown(command: &mut Command) -> String {
    let output = command.output().unwrap();
    format!("exit code {}\n--- stdout\n{}--- stderr\n{}", code(&output), stdout(&output), stderr(&output))
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
