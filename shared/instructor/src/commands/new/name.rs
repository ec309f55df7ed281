//! The name of a lesson that is not there yet.

use lab::course::{Course, Lesson};
use lab::problem::{Problem, Result};

/// What Rust does not take for the name of a module: its own words, of this edition.
const KEYWORDS: &str = "abstract as async await become box break const continue crate do dyn else enum extern false final \
                        fn for gen if impl in let loop macro match mod move mut override priv pub ref return self static \
                        struct super trait true try type typeof unsafe unsized use virtual where while yield";

/// A number and a topic, such as `07-alerts`.
pub(super) struct Name {
    number: String,
    topic: String,
}

impl Name {
    /// The name that was typed.
    ///
    /// # Errors
    ///
    /// When it is none, or does not come after those that there are.
    pub(super) fn read(typed: &str, course: &Course) -> Result<Self> {
        let wrong = |reason: &str| {
            Problem::usage(format!("{typed:?} is no name of a new lesson: {reason}"))
                .advice(format!("Take two digits and a topic in small letters, such as `{}-alerts`.", next(course)))
        };
        let (number, topic) = typed.split_once('-').ok_or_else(|| wrong("it has no number and topic"))?;
        if number.len() != 2 || number.parse::<u8>().is_err() {
            return Err(wrong("it does not begin with two digits"));
        }
        let is_word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        if !topic.split('-').all(is_word) {
            return Err(wrong(
                "its topic has more than small letters, digits and single hyphens, or begins with a digit",
            ));
        }
        if KEYWORDS.split_ascii_whitespace().any(|keyword| keyword == topic) {
            return Err(wrong("its checks would be a module of this name, and Rust keeps the word for itself"));
        }
        if course.lessons().iter().any(|lesson| lesson.number() >= number) {
            return Err(wrong("a new lesson comes after those that there are"));
        }
        Ok(Self { number: number.to_owned(), topic: topic.to_owned() })
    }

    pub(super) fn number(&self) -> &str {
        &self.number
    }

    /// The name of its module.
    pub(super) fn module(&self) -> String {
        self.topic.replace('-', "_")
    }

    /// Such as `07-alerts`.
    pub(super) fn whole(&self) -> String {
        format!("{}-{}", self.number, self.topic)
    }

    /// The topic as a title.
    pub(super) fn title(&self) -> String {
        let words = self.topic.replace('-', " ");
        let mut letters = words.chars();
        letters.next().map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + letters.as_str())
    }
}

fn next(course: &Course) -> String {
    let last = course.lessons().iter().filter_map(|lesson: &Lesson| lesson.number().parse::<u8>().ok()).max();
    format!("{:02}", last.map_or(0, |last| last.saturating_add(1)))
}
