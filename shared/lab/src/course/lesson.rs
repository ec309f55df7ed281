//! A lesson, and how one is named.

/// A lesson: the name of its folder, such as `03-histogram`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lesson(String);

impl Lesson {
    /// The lesson in the folder of this name, if that is the name of a lesson: a number and a topic.
    pub fn from_folder(name: &str) -> Option<Self> {
        let (number, topic) = name.split_once('-')?;
        let is_lesson = number.parse::<u8>().is_ok() && !topic.is_empty();
        is_lesson.then(|| Self(name.to_owned()))
    }

    /// Its whole name, such as `03-histogram`.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Its number as it is written, such as `03`.
    pub fn number(&self) -> &str {
        self.0.split_once('-').map_or(self.name(), |(number, _)| number)
    }

    pub(super) fn topic(&self) -> &str {
        self.0.split_once('-').map_or(self.name(), |(_, topic)| topic)
    }

    /// Whether this is what was typed: `3`, `03`, `histogram` or `03-histogram`.
    pub(super) fn is_called(&self, typed: &str) -> bool {
        let same_number = typed.parse::<u8>().is_ok_and(|number| self.number().parse() == Ok(number));
        same_number || typed == self.topic() || typed == self.name()
    }
}
