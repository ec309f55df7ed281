//! What is judged, and what is known of it.

use crate::course::manifest::Manifest;
use crate::course::{Course, Lesson, Program};
use crate::judge::{self, Status};
use crate::machine::shop_url::ShopUrl;
use crate::problem::{Exit, Result};

/// What is judged.
#[derive(Debug)]
pub(super) struct Judgement<'a> {
    pub(super) course: &'a Course,
    pub(super) program: Program,
    /// Where the app runs already; the program is built and started if this is not set.
    pub(super) url: Option<ShopUrl>,
    /// The lesson, and after it the earlier ones that are asked for.
    pub(super) parts: Vec<Part>,
}

/// The checks of one lesson.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) lesson: Lesson,
    pub(super) manifest: Manifest,
    pub(super) statuses: Vec<Status>,
}

impl Judgement<'_> {
    pub(super) fn exit(&self) -> Exit {
        judge::exit(self.parts.iter().flat_map(|part| &part.statuses))
    }

    /// What is judged, in words.
    pub(super) fn subject_name(&self) -> String {
        match &self.url {
            Some(url) => format!("{url} as {}", self.program.lesson.name()),
            None => self.program.folder(),
        }
    }
}

impl Part {
    /// Nothing is known of its steps yet.
    ///
    /// # Errors
    ///
    /// When the lesson cannot be read.
    pub(super) fn new(course: &Course, lesson: Lesson) -> Result<Self> {
        let is_here = course.lessons().contains(&lesson);
        let manifest = if is_here { Manifest::read(course, &lesson)? } else { Manifest::of_checks(&lesson) };
        let statuses = judge::not_reached(&manifest.steps);
        Ok(Self { lesson, manifest, statuses })
    }

    pub(super) fn has_failed(&self) -> bool {
        judge::exit(&self.statuses) == Exit::NotDone
    }
}
