//! The sentences of a text that promise something of a program, or warn of something.
//!
//! - a sentence with one of the [`MARKERS`], and in a README one with one of the [`DENIALS`] or [`OPENINGS`], unless it is
//!   a question
//! - a row of a table that begins with a name in code, such as a metric, or with a number, such as a step or an exit code
//! - what is bold at the begin of an item in the list of what goes wrong
//!
//! The story of a lesson, before its first heading, promises nothing, and neither do the sections that only look.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// Words with which one promises or warns.
const MARKERS: [&str; 16] = [
    "must",
    "has to",
    "have to",
    "should",
    "never",
    "always",
    "exactly",
    "a lie",
    "don't",
    "nothing else",
    "no other",
    "no others",
    "however",
    "whatever",
    "at most",
    "at least",
];

/// Words with which a README denies something.
const DENIALS: [&str; 2] = ["does not", "is not"];

/// Words with which a README begins a sentence that decides or demands something.
const OPENINGS: [&str; 8] = ["so", "give", "set", "push", "use", "put", "follow", "without"];

/// What these sections say is not about the program.
const OTHER_SECTIONS: [&str; 5] = [
    "Run it and see it",
    "Ask Prometheus",
    "Further: what the hook costs",
    "Questions to think about",
    "Where to read on",
];
const WARNINGS: &str = "What goes wrong in practice";
/// The begin of what a step asks for that asks for nothing.
const NOTHING: &str = "Nothing";

/// All promises of a README, in their order.
pub fn of_readme(text: &str) -> Vec<String> {
    let mut reader = Reader::default();
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        reader.read(event);
    }
    reader.promises
}

/// Whether a sentence promises or warns.
pub fn is_promise(sentence: &str) -> bool {
    !is_question(sentence) && has_any(sentence, &MARKERS)
}

/// Whether a sentence decides, demands or denies something. Only in a README: a hint says how, and does so all the time.
pub fn is_demand(sentence: &str) -> bool {
    let words = words(sentence);
    let is_word = !sentence.starts_with('`') && sentence.contains(' ');
    let is_said = is_word && words.first().is_some_and(|word| OPENINGS.contains(&word.as_str()));
    !is_question(sentence) && (is_said || has_any(sentence, &DENIALS))
}

fn has_any(sentence: &str, phrases: &[&str]) -> bool {
    let prose = format!(" {} ", words(sentence).join(" "));
    phrases.iter().any(|phrase| prose.contains(&format!(" {phrase} ")))
}

fn is_question(sentence: &str) -> bool {
    sentence.ends_with('?')
}

/// In small letters, and without what stands in code: that is a name, no word.
fn words(sentence: &str) -> Vec<String> {
    let prose = sentence.split('`').step_by(2).collect::<Vec<_>>().join(" ").to_lowercase();
    let words = prose.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// A paragraph, sentence by sentence.
pub fn sentences(text: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut rest = text.trim();
    while let Some(end) = end_of_sentence(rest) {
        sentences.push(rest[..end].to_owned());
        rest = rest[end..].trim_start();
    }
    sentences.extend((!rest.is_empty()).then(|| rest.to_owned()));
    sentences
}

/// Behind a full stop, an exclamation or a question mark, and a closing quote, if something begins there that can begin a sentence.
fn end_of_sentence(text: &str) -> Option<usize> {
    let ends = text.match_indices(['.', '!', '?']).map(|(position, _)| position + 1);
    let ends = ends.map(|end| end + text[end..].chars().take_while(|c| ['"', ')'].contains(c)).count());
    let mut ends = ends.filter(|end| {
        let rest = text[*end..].trim_start();
        let begins = rest.starts_with(|c: char| c.is_uppercase() || c.is_numeric() || ['`', '"', '('].contains(&c));
        begins && rest.len() < text[*end..].len()
    });
    // Not within a name in code.
    ends.find(|end| text[..*end].matches('`').count().is_multiple_of(2))
}

/// What has been read of a README so far.
#[derive(Default)]
struct Reader {
    promises: Vec<String>,
    section: Option<String>,
    /// The text of the block that is being read.
    text: String,
    cells: Vec<String>,
    is_code: bool,
}

impl Reader {
    fn read(&mut self, event: Event<'_>) {
        match event {
            Event::End(TagEnd::Heading(level)) => self.end_heading(level),
            Event::Start(Tag::CodeBlock(_)) => self.is_code = true,
            Event::End(TagEnd::CodeBlock) => self.is_code = false,
            Event::Text(text) if !self.is_code => self.text.push_str(&text),
            Event::Code(code) => self.text.push_str(&format!("`{code}`")),
            Event::SoftBreak => self.text.push(' '),
            Event::Start(Tag::Item) => self.end_block(),
            Event::End(TagEnd::Strong) => self.end_strong(),
            Event::End(TagEnd::TableCell) => self.cells.push(std::mem::take(&mut self.text).trim().to_owned()),
            Event::End(TagEnd::TableHead) => self.cells.clear(),
            Event::End(TagEnd::TableRow) => self.end_row(),
            Event::End(TagEnd::Paragraph | TagEnd::Item) => self.end_block(),
            _ => {}
        }
    }

    fn is_about_the_program(&self) -> bool {
        self.section.as_ref().is_some_and(|section| !OTHER_SECTIONS.contains(&section.as_str()))
    }

    fn end_heading(&mut self, level: HeadingLevel) {
        let heading = std::mem::take(&mut self.text);
        if level == HeadingLevel::H2 {
            self.section = Some(heading);
        }
    }

    /// The begin of an item is a warning in its section.
    fn end_strong(&mut self) {
        if self.section.as_deref() == Some(WARNINGS) {
            let warning = std::mem::take(&mut self.text);
            self.promises.push(warning.trim().to_owned());
        }
    }

    fn end_row(&mut self) {
        let cells = std::mem::take(&mut self.cells);
        let [first, second, ..] = cells.as_slice() else { return };
        let is_named = first.starts_with('`') || first.parse::<u32>().is_ok();
        if self.is_about_the_program() && is_named && !second.starts_with(NOTHING) {
            self.promises.push(cells.join(" | "));
        }
    }

    fn end_block(&mut self) {
        let block = std::mem::take(&mut self.text);
        if self.is_about_the_program() {
            let is_wanted = |sentence: &String| is_promise(sentence) || is_demand(sentence);
            self.promises.extend(sentences(&block).into_iter().filter(is_wanted));
        }
    }
}
