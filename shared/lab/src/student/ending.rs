//! What is said when a lesson is done, and when all of them are.

use super::progress::State;
use crate::course::manifest::Manifest;
use crate::course::{Course, INSTRUCTOR, Kind, Lesson, Program, alerts, leftovers, queries, stage};
use crate::machine::prometheus;
use crate::problem::Result;
use crate::screen::report::wrapped;

/// The most places that are named.
const MOST_PLACES: usize = 8;

/// The two lessons that are programs of their own come with the shop, and with all servers.
const STACK: &str = "docker compose --profile lesson-05 --profile lesson-06 up --build --detach";

/// Where Grafana has the dashboard `grafana/dashboards/overview.json`.
const DASHBOARD: &str = "http://127.0.0.1:3000/d/overview";

/// What to do where one works.
const MONDAY: [&str; 5] = [
    "Serve `/metrics` with what runs in which version, and let Prometheus scrape it.",
    "Count every answer in one place, by route, method and status. Keep each label to a short list.",
    "Time the same requests in a histogram. One of its bounds is what you promise your users.",
    "Alert on what users feel: too many errors, too slow, nothing there. Write down for each what to do.",
    "Let `promtool check metrics` read your page, in CI.",
];

/// A heading, and what stands under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The heading.
    pub heading: &'static str,
    /// The lines, as they are shown.
    pub text: String,
}

/// How one comes to see a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Graph {
    /// In a Prometheus that runs at this URL.
    At(String),
    /// By what starts one, in words.
    With(String),
    /// Not from here.
    None,
}

impl Graph {
    /// By the command that starts a program with a Prometheus, if one could scrape it.
    pub fn with_command(program: &Program) -> Self {
        match program.kind() {
            Kind::Shop => Self::With(format!("cargo lab run {} --prometheus", program.arguments())),
            Kind::Exporter => {
                Self::With(format!("DATA_SOURCE_NAME=... cargo lab run {} --prometheus", program.arguments()))
            }
            Kind::Job => Self::None,
        }
    }
}

/// After a lesson: what one can do now, how to compare one's code with ours, what is left over, and a graph.
pub fn of_lesson(course: &Course, program: &Program, manifest: &Manifest, graph: &Graph) -> Vec<Section> {
    let mut sections = vec![can_do(manifest)];
    if !program.solution {
        sections.extend(compare(course, program));
        sections.extend(left_over(course, program));
    }
    sections.extend(see(course, program, manifest, graph));
    sections
}

/// What one can do after a lesson.
pub fn can_do(manifest: &Manifest) -> Section {
    let answer = format!("You can answer this from a page of metrics: {}", manifest.question);
    let text = format!("{}\n{}", wrapped("  ", &answer), wrapped("  ", &manifest.learned));
    Section { heading: "What you can do now", text }
}

/// Where there is something to compare with.
fn compare(course: &Course, program: &Program) -> Option<Section> {
    const HEADING: &str = "Compare your code with ours";
    if !course.has_solutions() {
        let (branch, before) = stage::solution(course.root(), &program.lesson);
        let fetch = before.map_or_else(String::new, |fetch| format!("  {fetch}\n"));
        let text = format!("{fetch}  git diff {branch} -- {}/src", program.folder());
        return Some(Section { heading: HEADING, text });
    }
    let solution = Program { solution: true, ..program.clone() };
    let is_there = |folder: &str| course.root().join(folder).is_dir();
    if !is_there(&solution.folder()) {
        return None;
    }
    let text = match is_there(INSTRUCTOR) {
        true => {
            let command = format!("  cargo lab diff {}", program.lesson.number());
            let says = "shows it line by line, and how your page differs from ours after the same requests.";
            format!("{command}\n{}", wrapped("  ", says))
        }
        false => format!("  git diff --no-index {}/src {}/src", program.folder(), solution.folder()),
    };
    Some(Section { heading: HEADING, text })
}

fn left_over(course: &Course, program: &Program) -> Option<Section> {
    let places = leftovers::todos(course, program);
    if places.is_empty() {
        return None;
    }
    let shown = places.iter().take(MOST_PLACES).map(|place| format!("\n  {place}"));
    let mut text = wrapped("  ", "These comments still say what to do. Delete those that you are done with:");
    text.extend(shown);
    if places.len() > MOST_PLACES {
        text += &format!("\n  and {} more", places.len() - MOST_PLACES);
    }
    Some(Section { heading: "Left over", text })
}

fn see(course: &Course, program: &Program, manifest: &Manifest, graph: &Graph) -> Option<Section> {
    let about = format!("{} {}", manifest.title, manifest.question);
    let query = queries::about(course, &program.lesson, &about)?;
    let text = match graph {
        // A link is whole, on a line of its own.
        Graph::At(url) => format!("  {query}\n{}", prometheus::graph(url, &query)),
        Graph::With(words) => format!("  {query}\n  {words}"),
        Graph::None => return None,
    };
    Some(Section { heading: "See it as a graph", text })
}

/// The first lesson after this one that is not done; else the first before it; none if all others are done.
///
/// # Errors
///
/// When a lesson cannot be read.
pub fn next_open<'a>(course: &'a Course, state: &State, lesson: &Lesson) -> Result<Option<&'a Lesson>> {
    let (before, after): (Vec<_>, Vec<_>) = course.lessons().iter().partition(|other| *other < lesson);
    for other in after.into_iter().chain(before).filter(|other| *other != lesson) {
        if state.progress(other).open_step(&Manifest::read(course, other)?).is_some() {
            return Ok(Some(other));
        }
    }
    Ok(None)
}

/// After the lesson of a branch: where the next one is. None where the copy has all lessons.
pub fn next_branch(course: &Course, lesson: &Lesson) -> Option<Section> {
    if course.has_solutions() {
        return None;
    }
    let text = match stage::next(lesson) {
        Some(next) => format!(
            "{}\n  git switch {}",
            wrapped("  ", "The next lesson is on a branch of its own. Commit your work, then:"),
            stage::lesson_branch(&next)
        ),
        None => wrapped("  ", "That was the last lesson of the course."),
    };
    Some(Section { heading: "Next", text })
}

/// After the last lesson: what one has built.
///
/// # Errors
///
/// When a lesson cannot be read.
pub fn built(course: &Course) -> Result<Section> {
    let line = |lesson: &Lesson| {
        let manifest = Manifest::read(course, lesson)?;
        Ok(wrapped(&format!("  {}  ", lesson.number()), &format!("{}. {}", manifest.title, manifest.question)))
    };
    let lines: Vec<_> = course.lessons().iter().map(line).collect::<Result<_>>()?;
    Ok(Section { heading: "What you have built, and what it answers", text: lines.join("\n") })
}

/// After that: where to go from here.
pub fn from_here(course: &Course) -> Vec<Section> {
    let stack = "This starts the finished shop with your exporter and your job in Docker, and all that watches them:";
    let dashboard = "`cargo lab load` sends customers, and `cargo lab down` ends it. Grafana's dashboard \"Overview\" has \
                     everything that you have measured:";
    let dashboard = format!("{}\n  {STACK}\n{}\n{DASHBOARD}", wrapped("  ", stack), wrapped("  ", dashboard));
    let monday = MONDAY.map(|step| wrapped("  - ", step)).join("\n");
    let sections = [
        Some(Section { heading: "See it all on one page", text: dashboard }),
        waiting_alerts(course),
        Some(Section { heading: "On Monday, in your own service", text: monday }),
    ];
    sections.into_iter().flatten().collect()
}

fn waiting_alerts(course: &Course) -> Option<Section> {
    let names = alerts::names(course);
    if names.is_empty() {
        return None;
    }
    let text = format!(
        "{} alerts watch what you have built: {}. They are in {}, and docs/src/runbooks.md says what to do when one \
         fires. Stop the shop there, and see which of them fires.",
        names.len(),
        names.join(", "),
        alerts::FOLDER
    );
    Some(Section { heading: "The alerts that are waiting", text: wrapped("  ", &text) })
}
