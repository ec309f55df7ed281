//! Questions to which the answer is yes or no.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::problem::{Problem, Result};

/// Asks one. Whatever is not yes is no.
///
/// # Errors
///
/// When nobody can be asked.
pub fn ask(question: &str) -> Result<bool> {
    Ok(is_yes(&answer(&format!("{question} [y/N] "))?))
}

/// The same, of changes that the answer `d` shows line by line. Then it asks again.
///
/// # Errors
///
/// When nobody can be asked.
pub fn ask_about_changes(question: &str, show: impl Fn()) -> Result<bool> {
    loop {
        let answer = answer(&format!("{question} [y/N, d shows each line] "))?;
        if !matches!(answer.as_str(), "d" | "diff") {
            return Ok(is_yes(&answer));
        }
        show();
    }
}

fn is_yes(answer: &str) -> bool {
    matches!(answer, "y" | "yes")
}

/// What is typed, in small letters.
fn answer(prompt: &str) -> Result<String> {
    if !io::stdin().is_terminal() {
        return Err(Problem::new("nothing was changed: there is no terminal to ask in")
            .advice("With --yes it goes on without asking."));
    }
    let mut answer = String::new();
    let mut output = anstream::stdout();
    let asked = write!(output, "\n{prompt}").and_then(|()| output.flush());
    asked.and_then(|()| io::stdin().lock().read_line(&mut answer)).map_err(|error| {
        Problem::new(format!("nothing was changed: the answer cannot be read: {error}"))
            .advice("With --yes it goes on without asking.")
    })?;
    Ok(answer.trim().to_ascii_lowercase())
}
