//! The words on the terminal.

pub mod answer;
pub mod difference;
pub mod last_words;
pub mod marks;
pub mod progress_line;
pub mod question;
pub mod redacted;
pub mod report;
pub mod visible;
