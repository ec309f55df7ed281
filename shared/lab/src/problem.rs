//! What keeps a command from its work, and the exit codes.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything that was asked for is done.
    Done,
    /// The lesson is not done yet.
    NotDone,
    /// What was typed makes no sense. (clap uses the same code.)
    Usage,
    /// Something could not be built, run or judged.
    NotJudged,
    /// Ctrl-C, or the request to end; the code is what a shell makes of Ctrl-C.
    Interrupted,
    /// The app's own exit code.
    App(u8),
}

impl Exit {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::NotDone => 1,
            Self::Usage => 2,
            Self::NotJudged => 3,
            Self::Interrupted => 130,
            Self::App(code) => code,
        }
    }

    /// What the exit code says.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::NotDone => "not done yet",
            Self::Usage => "typed wrongly",
            Self::NotJudged => "could not be built, run or judged",
            Self::Interrupted => "interrupted",
            Self::App(_) => "the app's own",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command cannot go on, in words for the person who typed it.
#[derive(Debug)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// Somebody else's words about it (an app's log, a parser's error), shown as they are.
    pub quoted: String,
    /// What to do.
    pub advice: String,
    /// What the command then ends with.
    pub exit: Exit,
}

/// What a command, or a part of one, returns.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

impl Problem {
    /// Something cannot be built, run or judged.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), quoted: String::new(), advice: String::new(), exit: Exit::NotJudged }
    }

    /// Something was typed that makes no sense.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, ..Self::new(message) }
    }

    /// Adds somebody else's words.
    pub fn quoting(mut self, text: impl Into<String>) -> Self {
        self.quoted = text.into();
        self
    }

    /// Adds how to get a file or folder of the course back.
    pub fn get_back(self, path: &str) -> Self {
        self.advice(format!(
            "It belongs to the course. In a clone, get it back:\n  git restore {path}\nA copy from an archive has no git: \
             unpack the archive once more, elsewhere, and copy {path} from there."
        ))
    }

    /// Adds what to do.
    pub fn advice(mut self, text: impl Into<String>) -> Self {
        self.advice = text.into();
        self
    }
}
