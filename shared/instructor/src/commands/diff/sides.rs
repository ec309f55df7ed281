//! The two sides of a comparison: a student's crate, and what it is compared with.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use lab::course::manifest::Manifest;
use lab::course::{Course, Lesson, Program};
use lab::problem::{Problem, Result};
use lab::screen::visible::visible;
use toml::Table;
use walkdir::WalkDir;

use crate::apart::Files;
use crate::steps::Walk;
use crate::variants::Variant;

/// The parts of a crate that are read.
const PARTS: [&str; 3] = ["Cargo.toml", "build.rs", "src"];
/// What is larger than this was not written by hand.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// What a student's crate is compared with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Other {
    Solution,
    Starter,
    /// The code after so many steps.
    Step(usize),
}

/// A student's crate, and what it is compared with.
pub(super) struct Sides {
    pub(super) one: Side,
    pub(super) other: Side,
    /// The student's program, as the lesson has it. Both sides have its name.
    pub(super) own: Program,
    /// What the student was to edit.
    pub(super) listed: Vec<String>,
}

/// One of them.
pub(super) struct Side {
    /// In a sentence, such as `the solution`.
    pub(super) name: String,
    /// Where it is; none where it is in no folder.
    pub(super) folder: Option<String>,
    /// Its manifest and its code, with the name of the lesson's own crate.
    pub(super) files: Files,
    /// How its program is built.
    pub(super) program: Origin,
}

/// How a program is built.
pub(super) enum Origin {
    /// As one of the course.
    Course(Program),
    /// Apart from it, from the files of the side, in a place of this name.
    Apart(&'static str),
}

impl Side {
    /// What it is and where.
    pub(super) fn title(&self) -> String {
        match &self.folder {
            Some(folder) => format!("{} ({folder})", self.name),
            None => self.name.clone(),
        }
    }
}

impl Sides {
    /// Reads both.
    ///
    /// # Errors
    ///
    /// When one of them is not there.
    pub(super) fn new(course: &Course, lesson: &Lesson, student: Option<&Path>, other: Other) -> Result<Self> {
        let manifest = Manifest::read(course, lesson)?;
        let [own, solution] = Program::both(lesson);
        let one = match student {
            Some(folder) => student_side(folder, &own, &solution)?,
            None => own_side(course, &own)?,
        };
        let other = match other {
            Other::Solution => solution_side(course, &own, solution)?,
            Other::Starter => starter_side(course, lesson)?,
            Other::Step(number) => step_side(course, lesson, &manifest, number)?,
        };
        Ok(Self { one, other, own, listed: manifest.files })
    }
}

fn own_side(course: &Course, own: &Program) -> Result<Side> {
    let folder = own.folder();
    let files = read(&course.root().join(&folder))?;
    if files.is_empty() {
        let number = own.lesson.number();
        return Err(Problem::new(format!("{folder} has no code"))
            .advice(format!("`cargo lab reset {number}` puts the lesson back as it was at the start.")));
    }
    Ok(Side { name: "yours".into(), folder: Some(folder), files, program: Origin::Course(own.clone()) })
}

fn solution_side(course: &Course, own: &Program, solution: Program) -> Result<Side> {
    let folder = solution.folder();
    let files = read(&course.root().join(&folder))?;
    if files.is_empty() {
        return Err(Problem::new(format!("{folder} is not in this copy of the course"))
            .advice("Compare with the start of the lesson instead: --starter."));
    }
    let files = changed(files, |text| solution.renamed(own, text));
    Ok(Side { name: "the solution".into(), folder: Some(folder), files, program: Origin::Course(solution) })
}

fn starter_side(course: &Course, lesson: &Lesson) -> Result<Side> {
    Ok(Side {
        name: "the starter".into(),
        folder: None,
        files: starter(course, lesson)?,
        program: Origin::Apart("diff-starter"),
    })
}

/// The manifest and the code of a lesson as it is handed out.
fn starter(course: &Course, lesson: &Lesson) -> Result<Files> {
    let folder = format!("lessons/{}/", lesson.name());
    let contents = course.originals().contents(course.root(), lesson)?.into_iter();
    let files = contents.filter_map(|(path, content)| Some((path.strip_prefix(&folder)?.to_owned(), content)));
    Ok(files.filter(|(path, _)| PARTS.iter().any(|part| Path::new(path).starts_with(part))).collect())
}

fn step_side(course: &Course, lesson: &Lesson, manifest: &Manifest, number: usize) -> Result<Side> {
    if !(1..=manifest.steps.len()).contains(&number) {
        let titles = (1..).zip(&manifest.steps).map(|(number, step)| format!("{number}  {}", step.title));
        let count = manifest.steps.len();
        return Err(Problem::usage(format!("lesson {} has {count} steps, and no step {number}", lesson.number()))
            .quoting(titles.collect::<Vec<_>>().join("\n"))
            .advice("Name one of them by its number. The code before the first one is the starter: --starter."));
    }
    let broken = |error: anyhow::Error| {
        Problem::new(format!("the steps of lesson {} cannot be gone", lesson.number()))
            .quoting(format!("{error:#}"))
            .advice("`cargo lab verify` says more.")
    };
    let walk = Walk::read(course.root(), lesson.name()).map_err(broken)?;
    let texts = starter(course, lesson)?.into_iter();
    let texts = texts.map(|(path, content)| (PathBuf::from(path), String::from_utf8_lossy(&content).into_owned()));
    let mut code = Variant::new(lesson.name().to_owned(), texts.collect());
    for edit in walk.steps.iter().take(number).flat_map(|step| &step.edits) {
        code.edit(edit).map_err(broken)?;
    }
    let files = code.files.into_iter().map(|(path, text)| (slashed(&path), text.into_bytes()));
    Ok(Side {
        name: format!("the code after step {number}"),
        folder: None,
        files: files.collect(),
        program: Origin::Apart("diff-step"),
    })
}

/// The work of somebody else: a copy of the course, or a crate.
fn student_side(folder: &Path, own: &Program, solution: &Program) -> Result<Side> {
    let shown = visible(&folder.display().to_string());
    if !folder.is_dir() {
        let what = if folder.exists() { "is no folder" } else { "is not there" };
        return Err(Problem::usage(format!("{shown} {what}"))
            .advice("--student takes a copy of the course, or the folder of a crate. Unpack an archive first."));
    }
    let lesson = folder.join(own.folder());
    let in_course = lesson.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
    let crate_folder = if in_course { lesson } else { folder.to_owned() };
    let files = read(&crate_folder)?;
    let has_code = files.keys().any(|path| path.starts_with("src/"));
    if !(files.contains_key("Cargo.toml") && has_code) {
        let message = match in_course {
            true => format!("{shown} has no crate in {}", own.folder()),
            false => format!("{shown} is neither a copy of the course nor a crate"),
        };
        return Err(Problem::usage(message)
            .advice(format!("A copy of the course has {}, and a crate has Cargo.toml and src.", own.folder())));
    }
    let name = package(&files);
    let files = changed(files, |text| {
        let text = solution.renamed(own, text);
        match &name {
            Some(name) if *name != solution.package() => renamed(&text, name, &own.package()),
            _ => text,
        }
    });
    let folder = Some(visible(&crate_folder.display().to_string()));
    Ok(Side { name: "the student".into(), folder, files, program: Origin::Apart("diff-student") })
}

/// The name of a crate, from its manifest.
fn package(files: &Files) -> Option<String> {
    let manifest = std::str::from_utf8(files.get("Cargo.toml")?).ok()?;
    let manifest: Table = toml::from_str(manifest).ok()?;
    Some(manifest.get("package")?.get("name")?.as_str()?.to_owned())
}

fn renamed(text: &str, name: &str, other: &str) -> String {
    text.replace(name, other).replace(&name.replace('-', "_"), &other.replace('-', "_"))
}

/// Changes all texts.
fn changed(files: Files, change: impl Fn(&str) -> String) -> Files {
    let files = files.into_iter().map(|(path, content)| match std::str::from_utf8(&content) {
        Ok(text) => (path, change(text).into_bytes()),
        Err(_) => (path, content),
    });
    files.collect()
}

/// The manifest and the code of a crate. A link is left alone: it may lead anywhere.
fn read(folder: &Path) -> Result<Files> {
    let mut files = BTreeMap::new();
    for part in PARTS.map(|part| folder.join(part)) {
        match part.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            known => known.map_err(|error| unreadable(&part, error.kind()))?,
        };
        for entry in WalkDir::new(&part).follow_root_links(false) {
            let entry = entry.map_err(|error| {
                let kind = error.io_error().map_or(io::ErrorKind::Other, io::Error::kind);
                unreadable(error.path().unwrap_or(&part), kind)
            })?;
            let metadata = entry.path().symlink_metadata().map_err(|error| unreadable(entry.path(), error.kind()))?;
            if metadata.is_file() && metadata.len() <= MAX_FILE_BYTES {
                let content = fs::read(entry.path()).map_err(|error| unreadable(entry.path(), error.kind()))?;
                files.insert(slashed(entry.path().strip_prefix(folder).unwrap_or(entry.path())), content);
            }
        }
    }
    Ok(files)
}

fn unreadable(path: &Path, why: io::ErrorKind) -> Problem {
    let path = visible(&path.display().to_string());
    Problem::new(format!("{path} cannot be read: {why}")).advice("Let yourself read it, and try again.")
}

/// A path with `/` on every system.
fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}
