//! What others wrote, made harmless for the screen: nothing in it moves the cursor, changes colours or hides text.

/// How far a tab goes.
const TAB: &str = "    ";

/// The text with a visible sign in the place of each control character, but for the ends of lines.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' => shown.push('\n'),
            '\t' => shown.push_str(TAB),
            '\u{7f}' => shown.push('\u{2421}'),
            // The signs that Unicode has for them, such as one for escape.
            '\0'..='\u{1f}' => shown.extend(char::from_u32(0x2400 + u32::from(char))),
            char if char.is_control() || is_hidden(char) => shown.extend(char.escape_unicode()),
            char => shown.push(char),
        }
    }
    shown
}

/// Whether it takes no room, or turns the direction of what follows, so that a line looks like another one.
fn is_hidden(char: char) -> bool {
    matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
