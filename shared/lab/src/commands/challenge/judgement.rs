//! What is judged, and what is known of it.

use std::fmt;

use checks::{Failure, subject};

use super::points::Point;
use crate::course::{Course, Program};
use crate::judge::Status;
use crate::machine::shop_url::ShopUrl;
use crate::problem::Exit;

/// What is judged.
#[derive(Debug)]
pub(super) struct Judgement<'a> {
    pub(super) course: &'a Course,
    pub(super) target: Target,
    /// Those that are asked for, in the order of the list.
    pub(super) points: Vec<Judged>,
}

/// The app.
#[derive(Debug)]
pub(super) enum Target {
    /// One that is built and started here.
    Program(Program),
    /// One that runs already: a URL for each of its replicas.
    Urls(Vec<ShopUrl>),
}

/// A point, and what is known of each of its checks.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) point: &'static Point,
    pub(super) statuses: Vec<Status>,
}

/// What the checks of a point come to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tick<'a> {
    /// It is done.
    Done,
    /// It is not, and this is the first reason.
    Open(&'a Failure),
    /// It could not be judged, for this reason.
    NotJudged(&'a str),
    /// There was no app to judge.
    NotReached,
}

impl Judged {
    /// Nothing is known of it yet.
    pub(super) fn new(point: &'static Point) -> Self {
        Self { point, statuses: point.checks().map(|_| Status::NotReached).collect() }
    }

    /// Done if a check has passed, and no other one says anything else but that it is left out for an app at a URL.
    pub(super) fn tick(&self) -> Tick<'_> {
        let failed = self.statuses.iter().find_map(|status| match status {
            Status::Failed(failure) => Some(Tick::Open(failure)),
            _ => None,
        });
        let unknown = self.statuses.iter().find_map(|status| match status {
            Status::NotReached => Some(Tick::NotReached),
            Status::NotJudged(reason) if !is_left_out(status) => Some(Tick::NotJudged(reason)),
            _ => None,
        });
        let has_passed = self.statuses.iter().any(|status| matches!(status, Status::Passed));
        let judged = if has_passed { Tick::Done } else { Tick::NotJudged(subject::NEEDS_OWN) };
        failed.or(unknown).unwrap_or(judged)
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.tick(), Tick::Done)
    }

    /// How many of its checks are left out for an app at a URL.
    pub(super) fn left_out(&self) -> usize {
        self.statuses.iter().filter(|status| is_left_out(status)).count()
    }
}

fn is_left_out(status: &Status) -> bool {
    matches!(status, Status::NotJudged(reason) if reason == subject::NEEDS_OWN)
}

impl Judgement<'_> {
    /// How many points are ticked.
    pub(super) fn done(&self) -> usize {
        self.points.iter().filter(|judged| judged.is_done()).count()
    }

    /// How many checks are left out for an app at a URL.
    pub(super) fn left_out(&self) -> usize {
        self.points.iter().map(Judged::left_out).sum()
    }

    /// Done only if each point is ticked.
    pub(super) fn exit(&self) -> Exit {
        if self.points.iter().any(|judged| matches!(judged.tick(), Tick::Open(_))) {
            return Exit::NotDone;
        }
        if self.points.iter().all(Judged::is_done) { Exit::Done } else { Exit::NotJudged }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(program) => formatter.write_str(&program.folder()),
            Self::Urls(urls) => {
                let urls: Vec<_> = urls.iter().map(ToString::to_string).collect();
                formatter.write_str(&urls.join(", "))
            }
        }
    }
}
