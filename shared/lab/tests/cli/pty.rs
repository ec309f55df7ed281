//! The program in a terminal, as a student has it.

use std::io::{Read, Write};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Longer than any build takes.
const PATIENCE: Duration = Duration::from_secs(300);

/// A terminal with the program in it.
pub(crate) struct Terminal {
    master: Box<dyn MasterPty>,
    keys: Box<dyn Write>,
    shell: Box<dyn Child>,
    /// All that was written to it.
    written: Arc<Mutex<String>>,
    /// How many bytes of that were waited for.
    seen: usize,
}

impl Terminal {
    /// Runs the program, and then has the terminal describe its own settings.
    pub(crate) fn with(lab: &Command) -> Self {
        Self::of_width(80, lab)
    }

    /// One with another number of columns.
    pub(crate) fn of_width(columns: u16, lab: &Command) -> Self {
        let mut shell = in_a_shell(lab);
        shell.env("NO_COLOR", "1");
        Self::start(columns, shell)
    }

    /// One that shows colours.
    pub(crate) fn with_colours(lab: &Command) -> Self {
        Self::start(80, in_a_shell(lab))
    }

    fn start(columns: u16, shell: CommandBuilder) -> Self {
        let pair = native_pty_system().openpty(size(columns, 50)).unwrap();
        let shell = pair.slave.spawn_command(shell).unwrap();
        let written = Arc::default();
        let reader = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let gathered = Arc::clone(&written);
        thread::spawn(move || gather(reader, &gathered));
        Self { master: pair.master, keys, shell, written, seen: 0 }
    }

    /// Changes its size.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.master.resize(size(columns, rows)).unwrap();
    }

    /// Waits until a text is written that was not waited for yet, and returns what comes before it.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let written = self.written.lock().unwrap().clone();
            let rest = &written[self.seen..];
            if let Some(start) = rest.find(text) {
                self.seen += start + text.len();
                return rest[..start].to_owned();
            }
            assert!(Instant::now() < deadline, "{text:?} does not come:\n{rest}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses keys.
    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// What the program writes until its end.
    pub(crate) fn rest(&mut self) -> String {
        self.wait_for("exit code ")
    }

    /// The exit code of the program, once it has ended and left the terminal as it was: it edits lines, shows what is
    /// typed, and Ctrl-C is Ctrl-C.
    pub(crate) fn end(mut self) -> String {
        self.wait_for("exit code ");
        let code = self.wait_for("\r\n");
        self.wait_for("settings of the terminal");
        let settings = self.wait_for("end of settings");
        for setting in ["icanon", "echo", "isig", "opost"] {
            assert!(settings.split_whitespace().any(|word| word == setting), "{setting} is off: {settings}");
        }
        self.shell.wait().unwrap();
        code
    }
}

fn in_a_shell(lab: &Command) -> CommandBuilder {
    // Ctrl-C reaches the shell, too, which has to go on.
    const SCRIPT: &str =
        "trap : INT; \"$@\"; echo \"exit code $?\"; echo settings of the terminal; stty -a; echo end of settings";
    let mut shell = CommandBuilder::new("sh");
    shell.args(["-c", SCRIPT, "sh"]);
    shell.arg(lab.get_program());
    shell.args(lab.get_args());
    for (name, value) in lab.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        }
    }
    shell.env("TERM", "xterm");
    if let Some(folder) = lab.get_current_dir() {
        shell.cwd(folder);
    }
    shell
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn gather(mut reader: impl Read, written: &Mutex<String>) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    // Ends with an error when the terminal is gone.
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..count]);
        *written.lock().unwrap() = String::from_utf8_lossy(&bytes).into_owned();
    }
}
