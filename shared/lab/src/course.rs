//! The lessons of the course, and how one is named.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::originals::Originals;
use crate::problem::{Problem, Result};

/// From how similar a name has to be to be suggested: 0 is nothing alike, 1 the same. clap's own suggestions
/// begin there too.
const SIMILAR: f64 = 0.7;

/// A copy of the course.
#[derive(Debug, Clone)]
pub struct Course {
    root: PathBuf,
    lessons: Vec<Lesson>,
    originals: Originals,
}

/// A lesson: the name of its folder, such as `03-histogram`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lesson(String);

/// One of the two programs of a lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its lesson.
    pub lesson: Lesson,
    /// Whether it is the finished one.
    pub solution: bool,
}

impl Course {
    /// The course that a folder belongs to.
    ///
    /// # Errors
    ///
    /// When it belongs to none.
    pub fn of(folder: &Path) -> Result<Self> {
        let root =
            folder.ancestors().find(|folder| folder.join("shared/lab").is_dir() && folder.join("Cargo.toml").is_file());
        let root = root.ok_or_else(|| {
            Problem::new(format!("{} is in no copy of the course", folder.display()))
                .advice("Change to the folder that holds `lessons` and `solutions`.")
        })?;
        let originals = Originals::read(root)?;
        // A lesson whose folder was deleted is still one of them: it can be brought back.
        let names = folders_in(&root.join("lessons"))?.into_iter().chain(originals.lessons().map(str::to_owned));
        let lessons: BTreeSet<_> = names.filter_map(|name| Lesson::from_folder(&name)).collect();
        Ok(Self { root: root.to_owned(), lessons: lessons.into_iter().collect(), originals })
    }

    /// The folder that holds it all: the cargo workspace.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// All lessons, in order.
    pub fn lessons(&self) -> &[Lesson] {
        &self.lessons
    }

    /// The first lesson.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn first(&self) -> Result<&Lesson> {
        self.lessons.first().ok_or_else(|| {
            Problem::new("the folder `lessons` holds no lesson").advice("Get it back with `git restore lessons`.")
        })
    }

    /// The last lesson.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn last(&self) -> Result<&Lesson> {
        self.lessons.last().map_or_else(|| self.first(), Ok)
    }

    /// The files of the lessons as the course hands them out.
    pub fn originals(&self) -> &Originals {
        &self.originals
    }

    /// The lesson that was typed.
    ///
    /// # Errors
    ///
    /// When there is none of that name. The problem lists those that there are.
    pub fn lesson(&self, typed: &str) -> Result<&Lesson> {
        self.lessons.iter().find(|lesson| lesson.is_called(typed)).ok_or_else(|| self.unknown(typed))
    }

    /// The lesson that a folder is a part of.
    pub fn lesson_of(&self, folder: &Path) -> Option<&Lesson> {
        self.lessons.iter().find(|lesson| folder.starts_with(self.root.join("lessons").join(lesson.name())))
    }

    /// The lesson after this one.
    pub fn after(&self, lesson: &Lesson) -> Option<&Lesson> {
        self.lessons.iter().find(|other| *other > lesson)
    }

    fn unknown(&self, typed: &str) -> Problem {
        let similarity = |name: &str| strsim::jaro_winkler(typed, name);
        let nearest =
            self.lessons.iter().map(|lesson| (similarity(lesson.name()).max(similarity(lesson.topic())), lesson));
        let nearest = nearest.filter(|(similarity, _)| *similarity > SIMILAR).max_by(|a, b| a.0.total_cmp(&b.0));
        let names: Vec<_> = self.lessons.iter().map(Lesson::name).collect();
        let problem = Problem::usage(format!("there is no lesson `{typed}`"));
        let problem = problem.quoting(names.join("\n"));
        match nearest {
            Some((_, lesson)) => problem.advice(format!("Did you mean `{}`?", lesson.name())),
            None => problem.advice("Name one of these, by its number or its name."),
        }
    }
}

/// The names of the folders in a folder; none where it is not there.
fn folders_in(folder: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Problem::new(format!("cannot read the folder {}: {error}", folder.display()))),
    };
    let names = entries.flatten().filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name());
    Ok(names.filter_map(|name| name.into_string().ok()).collect())
}

impl Lesson {
    /// The lesson in the folder of this name, if that is the name of a lesson: a number and a topic.
    fn from_folder(name: &str) -> Option<Self> {
        let (number, topic) = name.split_once('-')?;
        let is_lesson = number.parse::<u8>().is_ok() && !topic.is_empty();
        is_lesson.then(|| Self(name.to_owned()))
    }

    /// Its whole name, such as `03-histogram`.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Its number as it is written, such as `03`.
    pub fn number(&self) -> &str {
        self.0.split_once('-').map_or(self.name(), |(number, _)| number)
    }

    fn topic(&self) -> &str {
        self.0.split_once('-').map_or(self.name(), |(_, topic)| topic)
    }

    /// Whether this is what was typed: `3`, `03`, `histogram` or `03-histogram`.
    fn is_called(&self, typed: &str) -> bool {
        let same_number = typed.parse::<u8>().is_ok_and(|number| self.number().parse() == Ok(number));
        same_number || typed == self.topic() || typed == self.name()
    }
}

impl Program {
    /// Its package and its binary, such as `solution-03-histogram`.
    pub fn package(&self) -> String {
        let kind = if self.solution { "solution" } else { "lesson" };
        format!("{kind}-{}", self.lesson.name())
    }

    /// Its folder in the course, such as `solutions/03-histogram`.
    pub fn folder(&self) -> String {
        let kind = if self.solution { "solutions" } else { "lessons" };
        format!("{kind}/{}", self.lesson.name())
    }

    /// How it is named on the command line, such as `03 --solution`.
    pub fn arguments(&self) -> String {
        let solution = if self.solution { " --solution" } else { "" };
        format!("{}{solution}", self.lesson.number())
    }

    /// Whether it serves `/metrics` before the student has done anything: all do but the first lesson's starter.
    pub fn has_metrics(&self) -> bool {
        self.solution || self.lesson.number().parse() != Ok(0)
    }
}
