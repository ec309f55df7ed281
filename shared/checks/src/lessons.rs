//! The checks of each lesson, in the order of its steps.

mod at_once;
mod challenge;
mod clean_page;
mod counter;
mod exporter;
mod families;
mod forms;
mod gauge;
mod histogram;
mod item_api;
mod labels;
mod late;
mod lines;
mod moves;
mod outage;
mod parts;
mod paths;
mod pushgateway;
mod replicas;
mod require;
mod scrapes;
mod summary;
mod traffic;
pub mod two_pages;
mod unanswered;
pub mod whole_page;

use crate::check::Check;
use crate::subject::{EXPORTER, JOB};

/// All checks, in the order in which a student meets them.
pub fn all() -> impl Iterator<Item = &'static Check> {
    let lessons = [
        item_api::CHECKS,
        counter::CHECKS,
        gauge::CHECKS,
        histogram::CHECKS,
        summary::CHECKS,
        exporter::CHECKS,
        pushgateway::CHECKS,
    ];
    lessons.into_iter().flatten()
}

/// The checks of a lesson, such as `01-counter`.
pub fn of(lesson: &str) -> impl Iterator<Item = &'static Check> {
    all().filter(move |check| check.lesson == lesson)
}

/// The checks of the lessons before this one that grow the same app: those of the shop.
pub fn before(lesson: &str) -> impl Iterator<Item = &'static Check> {
    all().filter(move |check| check.lesson < lesson && ![EXPORTER, JOB].contains(&check.lesson))
}

/// What the challenge asks for beside the checks of the lessons.
pub fn of_the_challenge() -> impl Iterator<Item = &'static Check> {
    challenge::CHECKS.iter()
}

/// The check of this name, of a lesson or of the challenge.
pub fn find(lesson: &str, name: &str) -> Option<&'static Check> {
    all().chain(of_the_challenge()).find(|check| check.lesson == lesson && check.name == name)
}
