//! The files of a new lesson: the finished shop of the last lesson that has one, and texts with marks to fill in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lab::course::{Course, Kind, Lesson, Program};
use lab::problem::{Problem, Result};

use super::name::Name;
use crate::starters::files;

const README: &str = include_str!("templates/README.md");
const MANIFEST: &str = include_str!("templates/lesson.toml");
const TESTS: &str = include_str!("templates/tests.rs");
const CHECKS: &str = include_str!("templates/checks.rs");
const STEPS: &str = include_str!("templates/steps.toml");
const PROMISES: &str = include_str!("templates/promises.toml");

/// How long a lesson takes, until somebody knows better.
pub(super) const MINUTES: &str = "30";
/// What a student finds at the end of `src/metrics.rs`.
const TODO: &str = "// TODO (step 1): FILL IN, what to write here.";
const METRICS: &str = "src/metrics.rs";
/// The parts of a crate that a new lesson takes over as they are, but for the name.
const TAKEN_OVER: [&str; 3] = ["Cargo.toml", "src", "tests/snapshots"];

/// A lesson that is not written yet.
pub(super) struct Skeleton {
    /// By their path in the folder of the course.
    pub(super) files: BTreeMap<PathBuf, String>,
}

impl Skeleton {
    /// The skeleton of this name.
    ///
    /// # Errors
    ///
    /// When the course has no shop to begin with, or it cannot be read, or title or metric would break the files that name
    /// them.
    pub(super) fn of(course: &Course, name: &Name, title: Option<&str>, metric: Option<&str>) -> Result<Self> {
        let mut shops = course.lessons().iter().filter(|lesson| Kind::of(lesson) == Kind::Shop);
        let before =
            shops.next_back().ok_or_else(|| Problem::new("the course has no lesson of the shop to begin with"))?;
        let title = title.map_or_else(|| Ok(name.title()), title_of)?;
        let metric = metric.map_or_else(|| Ok(format!("{}_total", name.module())), metric_of)?;
        let words = Words { name, before, title, metric };
        let mut files = BTreeMap::new();
        for solution in [false, true] {
            files.extend(crate_files(course, &words, solution)?);
        }
        let whole = name.whole();
        files.extend([
            (format!("shared/checks/src/lessons/{}.rs", name.module()).into(), words.fill(CHECKS, "")),
            (format!("shared/course/steps/{whole}.toml").into(), words.fill(STEPS, "").replace("{todo}", TODO)),
            (format!("shared/course/promises/{whole}.toml").into(), words.fill(PROMISES, "")),
        ]);
        Ok(Self { files })
    }
}

/// What the templates are filled with.
struct Words<'a> {
    name: &'a Name,
    before: &'a Lesson,
    title: String,
    metric: String,
}

impl Words<'_> {
    fn fill(&self, template: &str, package: &str) -> String {
        let is_counter = self.metric.ends_with("_total");
        let (kind, metric_type) = if is_counter { ("counter", "Counter") } else { ("gauge", "Gauge") };
        let query = if is_counter { format!("sum(rate({}[1m]))", self.metric) } else { self.metric.clone() };
        let words = [
            ("{number}", self.name.number()),
            ("{name}", &self.name.whole()),
            ("{title}", &self.title),
            ("{metric}", &self.metric),
            ("{kind}", kind),
            ("{metric_type}", metric_type),
            ("{query}", &query),
            ("{minutes}", MINUTES),
            ("{before}", self.before.name()),
            ("{before_number}", self.before.number()),
            ("{crate_name}", &package.replace('-', "_")),
            ("{package}", package),
        ];
        words.iter().fold(template.to_owned(), |text, (mark, word)| text.replace(mark, word))
    }
}

/// A title that stands in a heading and in a manifest as it is.
fn title_of(typed: &str) -> Result<String> {
    let is_broken = typed.chars().any(|char| char.is_control() || "\"\\{}`".contains(char));
    if typed.trim().is_empty() || is_broken {
        return Err(Problem::usage(format!("{typed:?} is no title of a lesson"))
            .advice("Take some words on one line, without quotes, backslashes or braces, such as `Alerts`."));
    }
    Ok(typed.trim().to_owned())
}

fn metric_of(typed: &str) -> Result<String> {
    let is_letter = |char: char| char.is_ascii_lowercase() || char == '_';
    if typed.starts_with(is_letter) && typed.chars().all(|char| is_letter(char) || char.is_ascii_digit()) {
        return Ok(typed.to_owned());
    }
    Err(Problem::usage(format!("{typed:?} is no name of a metric"))
        .advice("Take small letters, digits and underscores, such as `alerts_total` for a counter."))
}

/// The crate of the lesson, or of its solution.
fn crate_files(course: &Course, words: &Words<'_>, solution: bool) -> Result<BTreeMap<PathBuf, String>> {
    let from = Program { lesson: words.before.clone(), solution: true };
    let kind = if solution { "solution" } else { "lesson" };
    let package = format!("{kind}-{}", words.name.whole());
    let folder = PathBuf::from(format!("{kind}s/{}", words.name.whole()));
    let option = if solution { " --solution" } else { "" };
    let renamed = |text: &str| {
        text.replace(&from.package(), &package)
            .replace(&from.package().replace('-', "_"), &package.replace('-', "_"))
            .replace(&format!("run {}", from.arguments()), &format!("run {}{option}", words.name.number()))
    };
    let mut all = BTreeMap::new();
    for part in TAKEN_OVER {
        let files = files(course.root(), &from, part).map_err(|error| unreadable(&from, &error))?;
        all.extend(files.into_iter().map(|(path, text)| (folder.join(path), renamed(&text))));
    }
    if !solution {
        let metrics = all.entry(folder.join(METRICS)).or_default();
        *metrics = format!("{metrics}\n{TODO}\n");
    }
    let written = [("README.md", README), ("lesson.toml", MANIFEST), ("tests/checks.rs", TESTS)];
    all.extend(written.map(|(path, template)| (folder.join(Path::new(path)), words.fill(template, &package))));
    Ok(all)
}

fn unreadable(program: &Program, error: &anyhow::Error) -> Problem {
    Problem::new(format!("{} cannot be read", program.folder())).quoting(format!("{error:#}"))
}
