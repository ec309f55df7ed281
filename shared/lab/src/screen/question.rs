//! A question whose answer is yes or no.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::problem::{Problem, Result};

/// Asks it. Whatever is not yes is no.
///
/// # Errors
///
/// When nobody can be asked.
pub fn ask(question: &str) -> Result<bool> {
    if !io::stdin().is_terminal() {
        return Err(Problem::new("nothing was changed: there is no terminal to ask in")
            .advice("With --yes it goes on without asking."));
    }
    let mut answer = String::new();
    let mut output = anstream::stdout();
    let asked = write!(output, "\n{question} [y/N] ").and_then(|()| output.flush());
    asked.and_then(|()| io::stdin().lock().read_line(&mut answer)).map_err(|error| {
        Problem::new(format!("nothing was changed: the answer cannot be read: {error}"))
            .advice("With --yes it goes on without asking.")
    })?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
