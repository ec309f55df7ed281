//! A copy of the course: its lessons, what each is about, and how they were handed out.

pub mod alerts;
pub mod blocks;
pub mod build;
pub mod leftovers;
mod lesson;
pub mod manifest;
pub mod originals;
pub mod ports;
mod program;
pub mod queries;
pub mod stage;
pub mod steps_table;
pub mod todo;

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::problem::{Problem, Result};
use crate::screen::redacted;

pub use lesson::Lesson;
pub use program::{Kind, Program};
pub use stage::FINISHED_SHOP;

use originals::Originals;

/// Where the program of the instructor's subcommands is, in the folder of the course. Not every copy has it.
pub const INSTRUCTOR: &str = "shared/instructor";

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
                .advice("Change to the folder that holds `lessons` and `shared`.")
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
        self.lessons.first().ok_or_else(|| Problem::new("the folder `lessons` holds no lesson").get_back("lessons"))
    }

    /// The last lesson.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn last(&self) -> Result<&Lesson> {
        self.lessons.last().map_or_else(|| self.first(), Ok)
    }

    /// Whether it is a copy with solutions: not so on the branch of a lesson.
    pub fn has_solutions(&self) -> bool {
        let manifest = fs::read_to_string(self.root.join("Cargo.toml")).unwrap_or_default();
        self.root.join("solutions").is_dir() || manifest.contains("\"solutions/")
    }

    /// The lesson whose finished shop runs beside the lesson of a branch, if it is what was typed.
    pub fn finished_shop(&self, typed: &str) -> Option<Lesson> {
        let manifest = fs::read_to_string(self.root.join(FINISHED_SHOP).join("lesson.toml")).ok()?;
        let manifest: toml::Table = manifest.parse().ok()?;
        let shop = Lesson::from_folder(manifest.get("name")?.as_str()?)?;
        shop.is_called(typed).then_some(shop)
    }

    /// The files of the lessons as the course hands them out.
    pub fn originals(&self) -> &Originals {
        &self.originals
    }

    /// The programs of all lessons: the student's and the finished one of each.
    pub fn programs(&self) -> impl Iterator<Item = Program> {
        self.lessons.iter().flat_map(Program::both)
    }

    /// All profiles of `docker-compose.yml`: those of lessons and solutions, and what else there is. On the branch of a
    /// lesson, the stack of another one may still run.
    pub fn profiles(&self) -> Vec<String> {
        let others = if self.has_solutions() { Vec::new() } else { stage::all_lessons() };
        let lessons: BTreeSet<_> = self.lessons.iter().chain(&others).collect();
        let programs = lessons.into_iter().flat_map(Program::both).map(|program| program.profile());
        programs.chain(["metrics-address", "pushgateway-secured", "full"].map(str::to_owned)).collect()
    }

    /// The lesson that was typed.
    ///
    /// # Errors
    ///
    /// When there is none of that name. The problem lists those that there are.
    pub fn lesson(&self, typed: &str) -> Result<&Lesson> {
        self.lessons.iter().find(|lesson| lesson.is_called(typed)).ok_or_else(|| self.unknown(typed))
    }

    /// Where the text of the lesson of this name is: in this copy, or on a branch.
    pub fn text_of(&self, lesson: &str) -> String {
        match self.lesson(lesson) {
            Ok(_) => format!("lessons/{lesson}/README.md"),
            Err(_) => format!("the branch {}", stage::lesson_branch_named(lesson)),
        }
    }

    /// The lesson that a folder is a part of.
    pub fn lesson_of(&self, folder: &Path) -> Option<&Lesson> {
        self.lessons.iter().find(|lesson| folder.starts_with(self.root.join("lessons").join(lesson.name())))
    }

    /// The lesson after this one.
    pub fn after(&self, lesson: &Lesson) -> Option<&Lesson> {
        self.lessons.iter().find(|other| *other > lesson)
    }

    /// The lesson whose solution this one starts from. The first has none, and neither have the exporter and the batch
    /// job, which are programs of their own.
    pub fn before(&self, lesson: &Lesson) -> Option<&Lesson> {
        let is_shop = |lesson: &Lesson| Kind::of(lesson) == Kind::Shop;
        self.lessons.iter().rev().find(|other| is_shop(lesson) && is_shop(other) && *other < lesson)
    }

    fn unknown(&self, typed: &str) -> Problem {
        let similarity = |name: &str| strsim::jaro_winkler(typed, name);
        let nearest =
            self.lessons.iter().map(|lesson| (similarity(lesson.name()).max(similarity(lesson.topic())), lesson));
        let nearest = nearest.filter(|(similarity, _)| *similarity > SIMILAR).max_by(|a, b| a.0.total_cmp(&b.0));
        let names: Vec<_> = self.lessons.iter().map(Lesson::name).collect();
        let problem = Problem::usage(format!("there is no lesson `{}`", redacted::typed(typed)));
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
