//! The list of all lessons, in which one chooses where to go.

use anstyle::Style;

use crate::course::manifest::Manifest;
use crate::course::{Course, Lesson};
use crate::problem::Result;
use crate::screen::report::{ASIDE, GOOD, HEADING, styled};
use crate::student::progress::State;

/// The lessons, and the one that is chosen.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct List {
    rows: Vec<Row>,
    chosen: usize,
}

#[derive(Debug, PartialEq, Eq)]
struct Row {
    lesson: Lesson,
    title: String,
    is_done: bool,
}

impl List {
    /// Those of a course, as far as they are done. This one is chosen.
    ///
    /// # Errors
    ///
    /// When a lesson cannot be read.
    pub(super) fn of(course: &Course, state: &State, current: &Lesson) -> Result<Self> {
        let row = |lesson: &Lesson| {
            let manifest = Manifest::read(course, lesson)?;
            let is_done = state.progress(lesson).open_step(&manifest).is_none();
            Ok(Row { lesson: lesson.clone(), title: manifest.title, is_done })
        };
        let rows: Vec<_> = course.lessons().iter().map(row).collect::<Result<_>>()?;
        let chosen = rows.iter().position(|row| row.lesson == *current).unwrap_or_default();
        Ok(Self { rows, chosen })
    }

    /// Chooses the one above.
    pub(super) fn up(&mut self) {
        self.chosen = self.chosen.saturating_sub(1);
    }

    /// Chooses the one below.
    pub(super) fn down(&mut self) {
        self.chosen = (self.chosen + 1).min(self.rows.len().saturating_sub(1));
    }

    /// The one that is chosen.
    pub(super) fn chosen(&self) -> Option<&Lesson> {
        self.rows.get(self.chosen).map(|row| &row.lesson)
    }

    /// A line for each.
    pub(super) fn text(&self, current: &Lesson) -> String {
        let lines: Vec<_> =
            self.rows.iter().enumerate().map(|(index, row)| row.text(index == self.chosen, current)).collect();
        lines.join("\n")
    }
}

impl Row {
    fn text(&self, is_chosen: bool, current: &Lesson) -> String {
        let (style, mark) = if self.is_done { (GOOD, "✓") } else { (ASIDE, "·") };
        let (pointer, emphasis) = if is_chosen { (">", HEADING) } else { (" ", Style::new()) };
        let here = if self.lesson == *current { styled(ASIDE, "  (you are here)") } else { String::new() };
        let name = styled(emphasis, format!("{}  {}", self.lesson.number(), self.title));
        format!("{pointer} {} {name}{here}", styled(style, mark))
    }
}
