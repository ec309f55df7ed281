//! The answer of `cargo lab challenge` for a person.

use checks::Failure;

use super::judgement::{Judged, Judgement, Target, Tick};
use super::points::{self, Point};
use crate::course::{Kind, stage};
use crate::problem::Exit;
use crate::screen::report::{self, ASIDE, BAD, GOOD, HEADING, UNKNOWN, styled, wrapped};

/// The story, the list, and how to validate each point by hand.
const CHAPTER: &str = "docs/src/challenge.md";
/// How wide the words are, and the names of the points.
const WORDS: usize = 10;
const NAMES: usize = 8;
/// Where the titles begin.
const INDENT: usize = WORDS + NAMES + 8;

/// Before the points.
pub(super) fn heading(judgement: &Judgement) {
    report::line(format!("{}\n", styled(HEADING, format!("{}: the challenge", judgement.target))));
}

/// The last of these points, and what keeps it from a tick, unless that is what keeps one before it.
pub(super) fn point(told: &[Judged]) {
    let Some((judged, before)) = told.split_last() else { return };
    let Point { name, title, .. } = judged.point;
    let (style, mark, word) = match judged.tick() {
        Tick::Done => (GOOD, "✓", "done"),
        Tick::Open(_) => (BAD, "✗", "open"),
        Tick::NotJudged(_) => (UNKNOWN, "?", "not judged"),
        Tick::NotReached => (ASIDE, "·", "not judged"),
    };
    let first = format!("  {} {word:<WORDS$}  {name:<NAMES$}  ", styled(style, mark));
    report::line(wrapped(&first, title));
    if let Some(reason) = reason(judged)
        && before.iter().all(|other| self::reason(other) != Some(reason))
    {
        report::line(styled(ASIDE, wrapped(&" ".repeat(INDENT), reason)));
    }
}

fn reason(judged: &Judged) -> Option<&str> {
    match judged.tick() {
        Tick::Open(failure) => Some(&failure.change),
        Tick::NotJudged(reason) => Some(reason),
        Tick::Done | Tick::NotReached => None,
    }
}

/// After the last point: the first that is open, how many are ticked, and what comes next.
pub(super) fn conclude(judgement: &Judgement) -> Exit {
    let open: Vec<_> = judgement.points.iter().filter_map(open).collect();
    if let [(first, failure), ..] = open.as_slice() {
        report::section("The first that is open", first.title);
        report::failure(failure);
        where_to_look(judgement, first);
    }
    tell_what_was_left_out(judgement);
    let (done, all) = (judgement.done(), judgement.points.len());
    let style = if done == all { GOOD } else { BAD };
    report::line(format!("\n{}", styled(style, format!("{done} of {all}"))));
    what_comes_next(judgement, open.first().map(|(point, _)| *point));
    judgement.exit()
}

fn open(judged: &Judged) -> Option<(&Point, &Failure)> {
    match judged.tick() {
        Tick::Open(failure) => Some((judged.point, failure)),
        _ => None,
    }
}

fn where_to_look(judgement: &Judgement, point: &Point) {
    report::line(format!("\n{}", styled(HEADING, "Where to look")));
    if let Target::Program(program) = &judgement.target {
        report::line(format!("  {}/src", program.folder()));
    }
    if stage::all_lessons().iter().any(|lesson| lesson.name() == point.lesson) {
        report::line(format!("  {}", judgement.course.text_of(point.lesson)));
    }
    if judgement.course.root().join(CHAPTER).is_file() {
        report::line(format!("  {CHAPTER}"));
    }
}

fn tell_what_was_left_out(judgement: &Judgement) {
    let checks = match judgement.left_out() {
        0 => return,
        1 => "1 check was".to_owned(),
        several => format!("{several} checks were"),
    };
    let text = format!(
        "{checks} left out, and so were parts of others: what takes a restart, an outage of the database or another start \
         needs an app that is started here, and not one at a URL."
    );
    report::line(format!("\n{}", wrapped("", &text)));
}

fn what_comes_next(judgement: &Judgement, open: Option<&Point>) {
    let arguments = arguments(&judgement.target);
    let all = format!("cargo lab challenge{arguments}");
    let is_done = judgement.exit() == Exit::Done;
    match (open, &judgement.target) {
        (Some(point), _) => next(
            "Change that, and judge this point alone. With the name of another one, you see all about that:",
            &[format!("{all} --point {}", point.name), all],
        ),
        (None, Target::Urls(urls)) if urls.len() == 1 && lacks_replicas_alone(judgement) => next(
            "Start the shop at two more ports, on the same database, and name all three:",
            &[format!("{all} --url http://... --url http://...")],
        ),
        (None, _) if !is_done => {
            report::section("Next", "What could not be judged is no tick. The reason stands below its title.");
        }
        (None, _) if judgement.points.len() < points::ALL.len() => next("The whole list:", &[all]),
        (None, _) => all_is_done(judgement),
    }
}

/// Whether all would be done if there were replicas to judge.
fn lacks_replicas_alone(judgement: &Judgement) -> bool {
    let open: Vec<_> = judgement.points.iter().filter(|judged| !judged.is_done()).collect();
    matches!(open.as_slice(), [judged] if judged.point.name == points::REPLICAS)
}

fn next(text: &str, commands: &[String]) {
    report::section("Next", text);
    for command in commands {
        report::line(format!("  {command}"));
    }
}

fn all_is_done(judgement: &Judgement) {
    report::line(styled(GOOD, "The shop has all that TechCommerce asked for."));
    let programs = judgement.course.lessons().iter().filter(|lesson| Kind::of(lesson) != Kind::Shop);
    let texts: Vec<_> = programs.map(|lesson| judgement.course.text_of(lesson.name())).collect();
    if !texts.is_empty() {
        next("What the shop cannot say of itself, other programs do: the database, and last night's job.", &texts);
    }
}

/// What is typed for the same app once more.
fn arguments(target: &Target) -> String {
    match target {
        Target::Program(program) => format!(" {}", program.arguments()),
        Target::Urls(urls) => urls.iter().map(|url| format!(" --url {url}")).collect(),
    }
}
