//! Text of somebody else, made harmless.

/// The most characters of a name.
const LONGEST_NAME: usize = 200;
/// The most characters of what a program or a compiler says.
const LONGEST_WORDS: usize = 4_000;

/// A name in one line: what a terminal obeys, line breaks and what is no text are shown as escapes.
pub(super) fn name(bytes: &[u8]) -> String {
    let mut shown = String::new();
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|character| push(&mut shown, character));
        chunk.invalid().iter().for_each(|byte| shown.push_str(&format!("\\x{byte:02x}")));
    }
    cut(shown, LONGEST_NAME)
}

/// Words in several lines: as a name, with the line breaks left.
pub(super) fn words(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(line).collect();
    cut(lines.join("\n"), LONGEST_WORDS)
}

/// A line of a log, without the colours that a program wrote.
fn line(text: &str) -> String {
    let mut shown = String::new();
    without_colours(text).chars().for_each(|character| match character {
        '\t' => shown.push('\t'),
        other => push(&mut shown, other),
    });
    shown
}

/// Without what sets a colour: a compiler and a log are full of it.
fn without_colours(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

fn push(shown: &mut String, character: char) {
    // What turns the direction of writing could show one name as another.
    let is_harmful = character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    match is_harmful {
        true => shown.extend(character.escape_default()),
        false => shown.push(character),
    }
}

fn cut(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
