//! The terminal, while `watch` has it.

use std::io::{self, IsTerminal, Write, stdin, stdout};
use std::panic;

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::terminal::{self, Clear, ClearType};
use crossterm::{execute, queue};

/// A terminal that hands over each key as it is pressed, and shows none. It is as it was when this value is gone,
/// and before the message of a panic.
pub(super) struct Terminal(());

impl Terminal {
    /// Whether there is one.
    pub(super) fn is_there() -> bool {
        stdin().is_terminal() && stdout().is_terminal()
    }

    /// Takes it.
    pub(super) fn take() -> io::Result<Self> {
        let show_panic = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            give_back();
            show_panic(panic);
        }));
        terminal::enable_raw_mode()?;
        let taken = Self(());
        keep_line_ends()?;
        execute!(stdout(), Hide)?;
        Ok(taken)
    }

    /// Puts a text in the place of all that the terminal shows.
    pub(super) fn show(&self, text: &str) -> io::Result<()> {
        queue!(stdout(), MoveTo(0, 0), Clear(ClearType::All))?;
        anstream::stdout().write_all(text.as_bytes())?;
        stdout().flush()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

fn give_back() {
    // What fails here fails because the terminal is gone.
    let _ = execute!(stdout(), Show);
    let _ = terminal::disable_raw_mode();
}

/// Raw mode leaves a new line where the last one ended. Text that knows nothing of this mode would look like stairs.
#[cfg(unix)]
fn keep_line_ends() -> io::Result<()> {
    use nix::sys::termios::{OutputFlags, SetArg, tcgetattr, tcsetattr};

    let mut settings = tcgetattr(stdin())?;
    settings.output_flags.insert(OutputFlags::OPOST);
    Ok(tcsetattr(stdin(), SetArg::TCSANOW, &settings)?)
}

#[cfg(not(unix))]
fn keep_line_ends() -> io::Result<()> {
    Ok(())
}
