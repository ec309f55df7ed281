//! What several subcommands take.

use std::fmt;

use clap::{Args, ValueEnum};

/// For whom the answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For a person
    #[default]
    Human,
    /// One JSON object on standard output, for a tool
    Json,
}

/// What was typed as a URL. Its `Debug` does not show it: it may hold a password.
#[derive(Clone)]
pub struct TypedUrl(String);

impl TypedUrl {
    /// As it was typed: to be read, never for the screen.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for TypedUrl {
    fn from(typed: String) -> Self {
        Self(typed)
    }
}

impl fmt::Debug for TypedUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TypedUrl")
    }
}

/// Which program of the course, for the subcommands that work with one.
#[derive(Debug, Args)]
pub struct Which {
    /// The lesson, by number or name: 3, 03, histogram or 03-histogram.
    /// Without it, the lesson whose folder you are in, else the one that you checked last if it is not done, else
    /// the first that is not done
    pub lesson: Option<String>,
    /// Take the finished crate in solutions/ instead of yours in lessons/
    #[arg(long)]
    pub solution: bool,
}

/// The lesson whose files are replaced, for the subcommands that do that.
#[derive(Debug, Args)]
pub struct Replacement {
    /// The lesson, by number or name
    pub lesson: String,
    /// What is shown and asked.
    #[command(flatten)]
    pub consent: Consent,
}

/// What is shown and asked before files are replaced.
#[derive(Debug, Clone, Copy, Args)]
pub struct Consent {
    /// Do it without asking
    #[arg(long, short)]
    pub yes: bool,
    /// Show each line that changes, not only how many do
    #[arg(long)]
    pub diff: bool,
}
