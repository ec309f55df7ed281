//! The label `exception_type`: what made a request fail, whatever its status.

use std::collections::BTreeMap;

use reqwest::StatusCode;

use super::names::{EXCEPTIONS, WHY_EXCEPTIONS};
use crate::lessons::moves::Move;
use crate::lessons::traffic::Sent;
use crate::outcome::{Failure, Outcome};

/// What made a request fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    Simulated,
    Panic,
    /// The database answered with an error.
    Database,
    /// The database gave no answer.
    DatabaseUnavailable,
}

impl Cause {
    const ALL: [Self; 4] = [Self::Simulated, Self::Panic, Self::Database, Self::DatabaseUnavailable];

    /// The name that the shop gives it. Another shop may give it another one, but none that means something else here.
    fn name(self) -> &'static str {
        match self {
            Self::Simulated => "simulated",
            Self::Panic => "panic",
            Self::Database => "database",
            Self::DatabaseUnavailable => "database_unavailable",
        }
    }

    /// The shop answers 503 where its database gives no answer.
    pub(super) fn of_status(self, status: u16) -> Self {
        if self == Self::Database && status == 503 { Self::DatabaseUnavailable } else { self }
    }

    /// Whether the two may share a value: a shop may know no more than that it was the database.
    fn may_share_with(self, other: Self) -> bool {
        let of_database = |cause| matches!(cause, Self::Database | Self::DatabaseUnavailable);
        self == other || of_database(self) && of_database(other)
    }
}

/// Which value was seen for each cause, and for which request.
#[derive(Debug, Default)]
pub(super) struct Kinds(BTreeMap<Cause, (String, String)>);

impl Kinds {
    /// Ends the check if this value means something else, or if the same cause had another one.
    pub(super) fn saw(&mut self, sent: &Sent, cause: Cause, exception: &Move) -> Outcome {
        let value = exception.label("exception_type");
        let line = format!("{}   has exception_type=\"{value}\"", sent.line());
        let shared = self.0.iter().find(|(other, (known, _))| known == value && !other.may_share_with(cause));
        if let Some((_, (_, known))) = shared {
            return wrong(sent, cause, [known.clone(), line], value, MISTAKE_SHARED);
        }
        if let Some((_, known_line)) = self.0.get(&cause).filter(|(known, _)| known != value) {
            return wrong(sent, cause, [known_line.clone(), line], value, MISTAKE_SEVERAL);
        }
        if Cause::ALL.iter().any(|other| *other != cause && other.name() == value) {
            return wrong(sent, cause, [line, String::new()], value, MISTAKE_OTHER);
        }
        self.0.insert(cause, (value.to_owned(), line));
        Ok(())
    }
}

const MISTAKE_STATUS: &str = "The status was taken for the kind. `status_code` of the requests tells it already, and it says nothing of what happened: a 500 may be a panic or a query that failed.";
const MISTAKE_SHARED: &str = "The label holds the same for everything that fails: a constant, or the class of the error. In the shop, the `ErrorKind` in the response's extensions tells what happened.";
const MISTAKE_SEVERAL: &str = "What failed is the same, but the label differs: it holds something of the request, or of the answer, in place of what happened.";
const MISTAKE_OTHER: &str =
    "The kinds are mixed up. In the shop, the `ErrorKind` in the response's extensions tells what happened.";

fn wrong(sent: &Sent, cause: Cause, lines: [String; 2], value: &str, mistake: &'static str) -> Outcome {
    let reason = StatusCode::from_u16(sent.answer.status).ok().and_then(|status| status.canonical_reason());
    let holds_status = value.contains(&sent.status()) || reason.is_some_and(|reason| value.contains(reason));
    let mistake = if holds_status { MISTAKE_STATUS } else { mistake };
    Failure::change(format!("Say in `exception_type` of `{EXCEPTIONS}` what made the request fail."))
        .expected(format!(
            "the same value for the same cause, and another for every other, such as `{}` here",
            cause.name()
        ))
        .seen(lines.into_iter().filter(|line| !line.is_empty()))
        .mistake(mistake)
        .why(WHY_EXCEPTIONS)
        .stop()
}
