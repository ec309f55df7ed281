//! The change of one stage, merged into each later one, and into what finds its places in them.

use std::collections::BTreeSet;

use lab::course::{Course, Lesson, Program, todo};
use lab::machine::merge::{self, Sides};
use lab::problem::{Problem, Result};
use lab::student::files::Files;

use super::documents::{self, Crate, Outcome, Texts};
use super::{format, snippets};

/// The folders of `shared/course` whose files have edits of a solution.
const EDITS_OF_SOLUTIONS: [&str; 2] = ["mistakes", "right_ways"];

/// The parts that a lesson and its solution share.
const SHARED: [&str; 4] = ["Cargo.toml", "README.md", "lesson.toml", "tests/"];

/// How a file has fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum How {
    /// It merged.
    Clean,
    /// It merged, with this many places where lines alone would not have, but words.
    Settled(usize),
    /// Both sides change the same, and git's marks are in the file.
    Conflict,
    /// It cannot be merged at all, for this reason.
    InTheWay(String),
}

/// What the change did to a stage.
#[derive(Debug)]
pub(super) struct Stage {
    /// A folder of the course.
    pub folder: String,
    /// Its files that changed, or should have.
    pub files: Vec<(String, How)>,
    /// Whether it waits for an earlier one.
    pub waits: bool,
}

/// The course, before the change and with it.
#[derive(Debug)]
pub(super) struct Carrier<'a> {
    course: &'a Course,
    base: &'a Files,
    /// What it is now, and then what it becomes.
    pub now: Files,
    /// In the order in which they were gone through.
    pub stages: Vec<Stage>,
    /// How many stages are done, for the next start.
    pub done: usize,
}

/// What is done to a text on its way into another stage. None if nothing is left of it.
type Prepare<'a> = &'a dyn Fn(&str) -> Option<String>;

impl<'a> Carrier<'a> {
    /// With what the course was before the change, and what it is now.
    pub(super) fn new(course: &'a Course, base: &'a Files, now: Files) -> Self {
        Self { course, base, now, stages: Vec::new(), done: 0 }
    }

    /// Carries the change of a lesson through all stages that come after it, but for those that are done already. It
    /// ends before whatever comes after a conflict.
    ///
    /// # Errors
    ///
    /// When git does not merge, or a file cannot be understood.
    pub(super) fn carry(&mut self, lesson: &Lesson, done: usize) -> Result<()> {
        let lessons = chain(self.course, lesson);
        let mut is_stopped = false;
        for (index, program) in lessons.iter().flat_map(Program::both).enumerate() {
            let mut stage = Stage { folder: program.folder(), files: Vec::new(), waits: is_stopped };
            if !is_stopped && index >= done {
                let is_first = &program.lesson == lesson;
                self.carry_into(&program, is_first, &mut stage)?;
                if is_first {
                    self.format(&program, &mut stage)?;
                }
                self.done = index + 1;
                is_stopped = stage.has_conflicts();
            }
            self.stages.push(stage);
        }
        let mut stage = Stage { folder: "shared/course".to_owned(), files: Vec::new(), waits: is_stopped };
        let edits = lessons.len() * 2;
        if !is_stopped && done <= edits {
            for lesson in &lessons {
                self.carry_documents(lesson, &mut stage)?;
            }
            // What needs somebody is looked at again.
            self.done = if stage.has_conflicts() { edits } else { edits + 1 };
        }
        self.stages.push(stage);
        Ok(())
    }

    /// What the stage before a program has changed.
    fn carry_into(&mut self, program: &Program, is_first: bool, stage: &mut Stage) -> Result<()> {
        let is_code = |path: &str| path.starts_with("src/");
        let is_kept = |path: &str| path == "Cargo.toml" || path.starts_with("tests/snapshots/");
        let is_shared = |path: &str| SHARED.iter().any(|part| path.starts_with(part));
        if program.solution {
            let starter = Program { solution: false, ..program.clone() };
            let finished = |text: &str| not_blank(todo::strip(&starter.renamed(program, text)));
            self.merge_all(&starter, program, &is_code, &finished, stage)?;
            let shared = |text: &str| Some(starter.renamed_crate(program, text));
            self.merge_all(&starter, program, &is_shared, &shared, stage)?;
            return Ok(());
        }
        if let Some(before) = self.course.before(&program.lesson).filter(|_| !is_first) {
            let before = Program { lesson: before.clone(), solution: true };
            self.merge_all(&before, program, &is_code, &|text| Some(before.renamed(program, text)), stage)?;
            self.merge_all(&before, program, &is_kept, &|text| Some(before.renamed_crate(program, text)), stage)?;
        }
        let solution = Program { solution: true, ..program.clone() };
        self.merge_all(&solution, program, &is_shared, &|text| Some(solution.renamed_crate(program, text)), stage)
    }

    /// Code that the instructor has changed, and not formatted: it would be no more what the merged code is.
    fn format(&mut self, program: &Program, stage: &mut Stage) -> Result<()> {
        let folder = format!("{}/src/", program.folder());
        let paths: Vec<String> = self.now.keys().filter(|path| path.starts_with(&folder)).cloned().collect();
        for path in paths {
            let (old, new) = (text(self.base, &path)?, text(&self.now, &path)?.unwrap_or_default());
            let Some(old) = old.filter(|old| *old != new) else { continue };
            let formatted = format::like(self.course.root(), &path, old, new.to_owned());
            if formatted != new {
                self.now.insert(path.clone(), formatted.into_bytes());
                stage.files.push((path, How::Clean));
            }
        }
        Ok(())
    }

    fn merge_all(
        &mut self,
        from: &Program,
        to: &Program,
        is_part: &dyn Fn(&str) -> bool,
        prepare: Prepare<'_>,
        stage: &mut Stage,
    ) -> Result<()> {
        let folder = format!("{}/", from.folder());
        let inside = self.base.keys().chain(self.now.keys()).filter_map(|path| path.strip_prefix(&folder));
        let paths: BTreeSet<String> = inside.filter(|path| is_part(path)).map(str::to_owned).collect();
        for path in paths {
            let (source, target) = (format!("{folder}{path}"), format!("{}/{path}", to.folder()));
            if self.base.get(&source) != self.now.get(&source) {
                self.merge_file(&source, &target, prepare, stage)?;
            }
        }
        Ok(())
    }

    fn merge_file(&mut self, source: &str, target: &str, prepare: Prepare<'_>, stage: &mut Stage) -> Result<()> {
        let prepared = |files: &Files| -> Result<Option<String>> { Ok(text(files, source)?.and_then(prepare)) };
        let (base, theirs, ours) = (prepared(self.base)?, prepared(&self.now)?, text(&self.now, target)?);
        if base == theirs || ours == theirs.as_deref() {
            return Ok(());
        }
        let how = match (ours, base, theirs) {
            (None, None, Some(theirs)) => {
                self.now.insert(target.to_owned(), theirs.into_bytes());
                How::Clean
            }
            (Some(ours), Some(base), None) if ours == base => {
                self.now.remove(target);
                How::Clean
            }
            (None, _, _) => How::InTheWay(format!("{source} has changed, and {target} is not there")),
            (Some(_), _, None) => {
                How::InTheWay(format!("{source} is gone, and {target} has something of its own: delete it, or keep it"))
            }
            (Some(ours), base, Some(theirs)) => {
                let sides = Sides { ours, base: base.as_deref().unwrap_or_default(), theirs: &theirs };
                let before = format!("{source} before");
                let merged = merge::merge(sides, [target, &before, source], snippets::settle)?;
                let text = format::like(self.course.root(), target, ours, merged.text);
                if text == ours {
                    return Ok(());
                }
                self.now.insert(target.to_owned(), text.into_bytes());
                match (merged.conflicts, merged.settled) {
                    (0, 0) => How::Clean,
                    (0, places) => How::Settled(places),
                    _ => How::Conflict,
                }
            }
        };
        stage.files.push((target.to_owned(), how));
        Ok(())
    }

    /// Steps, mistakes and right ways of a lesson. What somebody has made to fit is left alone.
    fn carry_documents(&mut self, lesson: &Lesson, stage: &mut Stage) -> Result<()> {
        let [starter, solution] = Program::both(lesson);
        let steps = format!("shared/course/steps/{}.toml", lesson.name());
        let of_solutions = EDITS_OF_SOLUTIONS.map(|kind| format!("shared/course/{kind}/{}/", lesson.name()));
        let finished = |files: &Files| texts(files, &solution, &solution);
        let started = |files: &Files| texts(files, &starter, &solution);
        let way = Crate { old: started(self.base)?, new: started(&self.now)?, end: Some(finished(&self.now)?) };
        let end = Crate { old: finished(self.base)?, new: finished(&self.now)?, end: None };
        let is_of_solution = |path: &String| of_solutions.iter().any(|folder| path.starts_with(folder));
        let paths = self.now.keys().filter(|path| **path == steps || is_of_solution(path));
        let paths: Vec<String> = paths.filter(|path| path.ends_with(".toml")).cloned().collect();
        for path in paths {
            let written = text(&self.now, &path)?.unwrap_or_default();
            let of = if path == steps { &way } else { &end };
            if let Outcome::Changed { text, settled, conflicts, in_the_way } = documents::carry(&path, written, of)? {
                let how = match (in_the_way.is_empty(), conflicts, settled) {
                    (false, ..) => How::InTheWay(in_the_way.join("\n")),
                    (true, 0, 0) => How::Clean,
                    (true, 0, places) => How::Settled(places),
                    _ => How::Conflict,
                };
                self.now.insert(path.clone(), text.into_bytes());
                stage.files.push((path, how));
            }
        }
        Ok(())
    }
}

impl Stage {
    /// Whether somebody has to look at it before anything can come after it.
    pub(super) fn has_conflicts(&self) -> bool {
        self.conflicts().next().is_some()
    }

    /// The files that somebody has to look at.
    pub(super) fn conflicts(&self) -> impl Iterator<Item = &str> {
        let needs_somebody = |how: &How| matches!(how, How::Conflict | How::InTheWay(_));
        self.files.iter().filter(move |(_, how)| needs_somebody(how)).map(|(path, _)| path.as_str())
    }
}

/// A lesson, and those that grow from it.
pub(super) fn chain(course: &Course, lesson: &Lesson) -> Vec<Lesson> {
    let mut chain = vec![lesson.clone()];
    for next in course.lessons() {
        if course.before(next).is_some() && course.before(next) == chain.last() {
            chain.push(next.clone());
        }
    }
    chain
}

/// The code and the manifest of a program, under another one's name.
fn texts(files: &Files, program: &Program, name: &Program) -> Result<Texts> {
    let folder = format!("{}/", program.folder());
    let mut texts = Texts::new();
    for path in files.keys().filter_map(|path| path.strip_prefix(&folder)) {
        if path == "Cargo.toml" || path.starts_with("src/") {
            let text = text(files, &format!("{folder}{path}"))?.unwrap_or_default();
            texts.insert(path.to_owned(), program.renamed(name, text));
        }
    }
    Ok(texts)
}

fn text<'f>(files: &'f Files, path: &str) -> Result<Option<&'f str>> {
    let text = files.get(path).map(|content| std::str::from_utf8(content)).transpose();
    text.map_err(|_| Problem::new(format!("{path} is no text, and cannot be merged")).advice("Carry it by hand."))
}

fn not_blank(text: String) -> Option<String> {
    (!text.trim().is_empty()).then_some(text)
}
