//! The table of steps in a lesson's README.

use std::fs;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{Course, Lesson};

/// The column that this is about: the last one.
const HEADING: &str = "how you see it";

/// How one sees that each step is done, as a text with backticks around code. A README that is gone says nothing.
pub fn how_you_see_it(course: &Course, lesson: &Lesson) -> Vec<String> {
    let readme = course.root().join("lessons").join(lesson.name()).join("README.md");
    last_column(&fs::read_to_string(readme).unwrap_or_default())
}

/// The cells below [`HEADING`].
fn last_column(text: &str) -> Vec<String> {
    let mut cells = Vec::new();
    let mut is_in_table = false;
    let mut row: Vec<String> = Vec::new();
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::TableHead | Tag::TableRow) => row.clear(),
            Event::Start(Tag::TableCell) => row.push(String::new()),
            Event::Text(text) => row.iter_mut().last().into_iter().for_each(|cell| cell.push_str(&text)),
            Event::Code(code) => row.iter_mut().last().into_iter().for_each(|cell| cell.push_str(&format!("`{code}`"))),
            Event::End(TagEnd::TableHead) => is_in_table = row.last().is_some_and(|cell| cell == HEADING),
            Event::End(TagEnd::TableRow) if is_in_table => cells.extend(row.pop()),
            _ => {}
        }
    }
    cells
}
