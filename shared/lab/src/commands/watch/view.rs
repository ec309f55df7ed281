//! What `watch` shows: always as much as fits the terminal.

use std::fmt::Write;

use textwrap::core::display_width;

use super::beside;
use super::list::List;
use crate::course::manifest::{Manifest, Step};
use crate::course::{Course, Program};
use crate::judge::hints::Help;
use crate::judge::{self, Status};
use crate::live::{self, Lesson};
use crate::problem::Exit;
use crate::screen::report::{self, ASIDE, BAD, GOOD, HEADING, UNKNOWN, styled};
use crate::student::ending::Section;

/// What is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Building,
    Checking,
    /// Waits for the next save.
    Waiting,
}

/// What the middle of the screen shows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pane {
    Report,
    /// The steps of the lesson, and the other lessons.
    List(List),
    /// A query about the open step, and where its graph is; no link while Prometheus starts.
    Graph {
        query: String,
        link: Option<String>,
    },
    /// The question whether to put the lesson back.
    Reset,
}

/// All that there is to show.
pub(super) struct View {
    pub(super) program: Program,
    pub(super) manifest: Manifest,
    pub(super) stage: Stage,
    /// Whether nothing that is compiled was changed by the last save.
    pub(super) is_unchanged: bool,
    pub(super) pane: Pane,
    /// Help for the open step, if somebody asked for it.
    pub(super) hint: Option<Help>,
    /// What is known of each step.
    pub(super) statuses: Vec<Status>,
    /// Why nothing is known: the words of the compiler, or a problem.
    pub(super) trouble: Option<String>,
    /// What the compiler warns about.
    pub(super) warnings: String,
    /// Something to know beside the answer.
    pub(super) note: Option<String>,
    /// The shop beside, if the lesson has one.
    pub(super) beside: Option<beside::Status>,
    /// Where the metrics of the shop beside are drawn.
    pub(super) live: Option<String>,
    /// Where the Prometheus beside is, once it runs.
    pub(super) prometheus: Option<String>,
    /// What there is to say once the lesson is done.
    pub(super) ending: Vec<Section>,
    /// Whether all other lessons are done, too.
    pub(super) is_last: bool,
    /// The name of the next lesson that is not done.
    pub(super) next: Option<String>,
}

/// The rows and columns of a terminal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) rows: usize,
    pub(super) columns: usize,
}

/// A piece of text that is left out where there is no room for it.
#[derive(Clone)]
struct Part {
    text: String,
    /// The same with fewer lines.
    dense: String,
    /// What has the highest number goes first; what has 0 stays.
    rank: u8,
}

impl View {
    /// Whether all steps are done.
    pub(super) fn is_done(&self) -> bool {
        self.stage == Stage::Waiting && self.trouble.is_none() && judge::exit(&self.statuses) == Exit::Done
    }

    /// The first step that is not done, as far as that is known.
    pub(super) fn open_step(&self) -> Option<&Step> {
        let mut steps = self.manifest.steps.iter().zip(&self.statuses);
        steps.find(|(_, status)| !matches!(status, Status::Passed)).map(|(step, _)| step)
    }

    /// The lesson, for the live page.
    pub(super) fn lesson(&self, course: &Course) -> Lesson {
        let stage = match self.stage {
            Stage::Building => live::Stage::Building,
            Stage::Checking => live::Stage::Checking,
            Stage::Waiting => live::Stage::Waiting,
        };
        let Self { program, manifest, statuses, trouble, .. } = self;
        Lesson::watched(course, &program.lesson, manifest, statuses, stage, trouble.as_deref())
    }

    /// The whole screen.
    pub(super) fn text(&self, size: Size) -> String {
        let head = self.head();
        let foot = self.foot();
        // A row for the line that says what takes so long, below all others.
        let taken = rows(&head, size.columns) + rows(&foot, size.columns) + 3;
        let room = Size { rows: size.rows.saturating_sub(taken).max(1), ..size };
        format!("{head}\n\n{}\n\n{foot}\n", fit(&self.body(room), room))
    }

    fn head(&self) -> String {
        let title = styled(HEADING, format!("{}: {}", self.program.folder(), self.manifest.title));
        let mut head = report::wrapped("", &format!("{title}  {}", self.stage()));
        if self.is_unchanged {
            head.push('\n');
            head.push_str(&styled(ASIDE, report::wrapped("", "The last save changes no code: this still holds.")));
        }
        let lines = match &self.beside {
            None => vec!["Only the checks run here: this program needs more than a port to run on.".to_owned()],
            Some(beside::Status::NotBuilt) => vec![],
            Some(beside::Status::Open { address, taken }) => {
                let note = taken.map(|taken| format!("port {} is in use, so the shop runs at {address}", taken.port()));
                let page = format!("http://{address}/metrics{}", self.program.metrics_note());
                [note, Some(page)].into_iter().flatten().collect()
            }
            // What keeps the checks from their work as well is explained below.
            Some(beside::Status::Closed(_)) if self.trouble.is_some() => vec!["The shop beside is closed.".to_owned()],
            Some(beside::Status::Closed(reason)) => vec![format!("The shop beside is closed: {reason}")],
        };
        for line in lines {
            // A string always has room.
            let _ = write!(head, "\n{}", styled(ASIDE, report::wrapped("", &line)));
        }
        if let Some(url) = &self.live {
            let _ = write!(head, "\n{}", styled(ASIDE, format!("{url}  the same, drawn")));
        }
        if let Some(url) = &self.prometheus {
            let _ = write!(head, "\n{}", styled(ASIDE, format!("{url}  Prometheus")));
        }
        if let Some(note) = &self.note {
            let _ = write!(head, "\n{}", report::wrapped(&format!("{}: ", styled(UNKNOWN, "note")), note));
        }
        head
    }

    fn stage(&self) -> String {
        match self.stage {
            Stage::Building => styled(ASIDE, "building ..."),
            Stage::Checking => styled(ASIDE, "checking ..."),
            Stage::Waiting if self.trouble.is_some() => styled(BAD, "not checked"),
            Stage::Waiting if self.is_done() => styled(GOOD, "done"),
            Stage::Waiting => {
                let passed = self.statuses.iter().filter(|status| matches!(status, Status::Passed)).count();
                format!("{passed} of {} steps are done", self.statuses.len())
            }
        }
    }

    fn foot(&self) -> String {
        let mut keys = match &self.pane {
            Pane::Reset => return styled(ASIDE, "y yes   any other key: no"),
            Pane::List(_) => vec!["↑ ↓ choose", "Enter go there", "Esc back"],
            Pane::Graph { .. } => vec!["Esc back"],
            Pane::Report if self.hint.is_some() => vec!["Esc hide hint"],
            Pane::Report => vec![],
        };
        keys.extend(["h hint", "l list"]);
        if self.beside.is_some() {
            keys.push("p graph");
        }
        if self.is_done() && self.next.is_some() {
            keys.push("n next lesson");
        }
        if !self.program.solution {
            keys.push("r reset");
        }
        keys.extend(["c check again", "q quit"]);
        styled(ASIDE, report::wrapped("", &keys.join("   ")))
    }

    fn body(&self, room: Size) -> Vec<Part> {
        match (&self.pane, &self.trouble) {
            (Pane::List(list), _) => self.list(list),
            (Pane::Graph { query, link }, _) => vec![Part::kept(graph(query, link.as_deref()))],
            (Pane::Reset, _) => vec![Part::kept(report::wrapped("", &self.question()))],
            (Pane::Report, Some(trouble)) => self.in_trouble(trouble.trim_end(), room),
            (Pane::Report, None) => self.report(),
        }
    }

    /// With a hint, of which nothing is cut: it was asked for last.
    fn in_trouble(&self, trouble: &str, room: Size) -> Vec<Part> {
        let hint = self.hint();
        let taken: usize = hint.iter().map(|part| rows(&part.text, room.columns)).sum();
        let trouble = match taken {
            0 => trouble.to_owned(),
            _ => cut(trouble, Size { rows: room.rows.saturating_sub(taken), ..room }),
        };
        [vec![Part::kept(trouble)], hint].concat()
    }

    /// The hint that was asked for; nothing if none was.
    fn hint(&self) -> Vec<Part> {
        let Some(help) = &self.hint else { return Vec::new() };
        let hints = help.hints.iter().zip(help.first..).map(|(hint, number)| {
            let heading = format!("Hint {number} of {}", help.total);
            Part::section(&heading, &report::wrapped("  ", hint), 0)
        });
        let none = || Part::section("No hint", &report::wrapped("  ", "This step has none. Its README says more."), 0);
        if help.total == 0 { vec![none()] } else { hints.collect() }
    }

    fn question(&self) -> String {
        let number = self.program.lesson.number();
        format!(
            "Put {} back as it was at the start? Your files are kept in .lab/kept, and the progress of the lesson is \
             forgotten. (`cargo lab reset {number}` shows what would change before it asks.)",
            self.program.folder()
        )
    }

    fn report(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        if !self.warnings.is_empty() {
            parts.push(Part::kept(format!("{}\n", self.warnings.trim_end())).ranked(6));
        }
        let steps = self.steps().into_iter().zip(&self.statuses);
        parts.extend(steps.map(|(part, status)| match status {
            Status::Passed => part.ranked(3),
            Status::NotReached => part.ranked(5),
            Status::Failed(_) | Status::NotJudged(_) => part,
        }));
        if let Some(Status::Failed(failure)) = self.statuses.iter().find(|status| matches!(status, Status::Failed(_))) {
            // A hint stands under the error, and takes room of what is less to the point.
            let ranks = if self.hint.is_some() { [0, 1, 2, 3, 3] } else { [0, 0, 0, 1, 2] };
            let sections = report::explanation(failure);
            parts.extend(sections.iter().zip(ranks).map(|((heading, text), rank)| Part::section(heading, text, rank)));
            parts.extend(self.hint());
            parts.push(self.where_to_look());
        } else if self.is_done() {
            parts.extend(self.ending());
        } else {
            parts.extend(self.hint());
        }
        parts
    }

    /// What comes next stays, and of the rest as much as there is room for.
    fn ending(&self) -> Vec<Part> {
        let sections = self.ending.iter().zip(1..);
        let mut parts: Vec<_> =
            sections.map(|(section, rank)| Part::section(section.heading, &section.text, rank)).collect();
        if let Some(next) = &self.next {
            let text = report::wrapped("  ", &format!("Read lessons/{next}/README.md, and press n."));
            parts.push(Part::section("Next", &text, 0));
        }
        if self.is_last {
            let text = "All lessons are done. `cargo lab` says where to go from here.";
            parts.push(Part::section("That was the last one", &report::wrapped("  ", text), 0));
        }
        parts
    }

    fn list(&self, list: &List) -> Vec<Part> {
        let steps = self.steps().into_iter().map(|part| part.ranked(1));
        steps.chain([Part::section("Lessons", &list.text(&self.program.lesson), 0)]).collect()
    }

    fn steps(&self) -> Vec<Part> {
        let steps = self.manifest.steps.iter().zip(&self.statuses);
        steps.map(|(step, status)| Part::kept(judge::line(step, status))).collect()
    }

    fn where_to_look(&self) -> Part {
        let files = self.manifest.files.iter().map(|file| format!("  {}/{file}", self.program.folder()));
        let readme = format!("  lessons/{}/README.md", self.program.lesson.name());
        let lines: Vec<_> = files.chain([readme]).collect();
        Part::section("Where to look", &lines.join("\n"), 4)
    }
}

/// The link is whole, on a line of its own: the terminal may wrap it, but nothing stands in it.
fn graph(query: &str, link: Option<&str>) -> String {
    let query = format!("{}\n  {query}", styled(HEADING, "A graph about the open step"));
    match link {
        Some(link) => format!("{query}\n\n{link}"),
        None => format!("{query}\n\n{}", styled(ASIDE, "Prometheus starts ...")),
    }
}

impl Part {
    fn kept(text: String) -> Self {
        Self { dense: text.clone(), text, rank: 0 }
    }

    fn ranked(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    fn section(heading: &str, text: &str, rank: u8) -> Self {
        let heading = styled(HEADING, heading);
        Self { dense: format!("{heading}\n{text}"), text: format!("\n{heading}\n{text}"), rank }
    }
}

/// The parts, less those for which there is no room.
fn fit(parts: &[Part], size: Size) -> String {
    let whole = joined(parts.iter().map(|part| part.text.as_str()));
    if rows(&whole, size.columns) <= size.rows {
        return whole;
    }
    let ranks = parts.iter().map(|part| part.rank).max().unwrap_or_default();
    let note = styled(ASIDE, "... a taller window shows more");
    let shorter = (0..=ranks).rev().map(|most| {
        let kept = parts.iter().filter(|part| part.rank <= most).map(|part| part.dense.as_str());
        // Without a word, nobody would know that something is missing.
        joined(kept.chain((most < ranks).then_some(note.as_str())))
    });
    let shorter: Vec<_> = shorter.collect();
    let fitting = shorter.iter().find(|text| rows(text, size.columns) <= size.rows);
    fitting.cloned().unwrap_or_else(|| cut(shorter.last().map_or("", String::as_str), size))
}

fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.collect::<Vec<_>>().join("\n")
}

/// As many lines as there is room for, and how many there are more.
fn cut(text: &str, size: Size) -> String {
    let mut room = size.rows.saturating_sub(1);
    let fits = |line: &&str| {
        let rows = rows(line, size.columns);
        let fits = rows <= room;
        room = room.saturating_sub(rows);
        fits
    };
    let shown: Vec<_> = text.lines().take_while(fits).collect();
    let left = text.lines().count() - shown.len();
    let note = styled(ASIDE, format!("... {left} more lines; a taller window shows them"));
    shown.into_iter().map(str::to_owned).chain([note]).collect::<Vec<_>>().join("\n")
}

/// How many rows a text takes. What is wider than the terminal goes on in the next row.
fn rows(text: &str, columns: usize) -> usize {
    text.split('\n').map(|line| display_width(line).div_ceil(columns.max(1)).max(1)).sum()
}
