//! The programs of a lesson: the student's, and the finished one.

use std::fmt;

use checks::subject;

use super::lesson::Lesson;

/// One of the two programs of a lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its lesson.
    pub lesson: Lesson,
    /// Whether it is the finished one.
    pub solution: bool,
}

/// What a program is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The shop of lessons 00 to 04.
    Shop,
    /// The exporter of lesson 05.
    Exporter,
    /// The batch job of lesson 06.
    Job,
}

impl Program {
    /// The programs of a lesson: the student's, then the finished one.
    pub fn both(lesson: &Lesson) -> [Self; 2] {
        [false, true].map(|solution| Self { lesson: lesson.clone(), solution })
    }

    /// Its package and its binary, such as `solution-03-histogram`.
    pub fn package(&self) -> String {
        let kind = if self.solution { "solution" } else { "lesson" };
        format!("{kind}-{}", self.lesson.name())
    }

    /// Its folder in the course, such as `solutions/03-histogram`.
    pub fn folder(&self) -> String {
        let kind = if self.solution { "solutions" } else { "lessons" };
        format!("{kind}/{}", self.lesson.name())
    }

    /// How it is named on the command line, such as `03 --solution`.
    pub fn arguments(&self) -> String {
        let solution = if self.solution { " --solution" } else { "" };
        format!("{}{solution}", self.lesson.number())
    }

    /// What to say of `/metrics` beside its address: nothing, but for the first lesson, which begins without it.
    pub fn metrics_note(&self) -> &'static str {
        let is_first = self.lesson.number().parse() == Ok(0);
        if is_first && !self.solution { "   (404 until step 1 is done)" } else { "" }
    }

    /// The profile of its stack in `docker-compose.yml`, such as `solution-03`.
    pub fn profile(&self) -> String {
        let kind = if self.solution { "solution" } else { "lesson" };
        format!("{kind}-{}", self.lesson.number())
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        Kind::of(&self.lesson)
    }

    /// Source code of this program as another program has it: with the other crate's name, and the command that runs it.
    pub fn renamed(&self, other: &Self, code: &str) -> String {
        self.renamed_crate(other, code)
            .replace(&format!("run {}", self.arguments()), &format!("run {}", other.arguments()))
    }

    /// A text of this program with the other crate's name.
    pub fn renamed_crate(&self, other: &Self, text: &str) -> String {
        text.replace(&self.package(), &other.package())
            .replace(&self.package().replace('-', "_"), &other.package().replace('-', "_"))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Shop => "shop",
            Self::Exporter => "exporter",
            Self::Job => "batch job",
        })
    }
}

impl Kind {
    /// What the programs of a lesson are.
    pub fn of(lesson: &Lesson) -> Self {
        match lesson.name() {
            subject::EXPORTER => Self::Exporter,
            subject::JOB => Self::Job,
            _ => Self::Shop,
        }
    }
}
