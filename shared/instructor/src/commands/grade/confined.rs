//! A student's program, started by a check: in a sandbox of its own, with the folder of its database in reach.
//!
//! A check starts a program by its path, and tells it by variables of the environment where to listen and what database to
//! take. So the path is that of a small script, which starts this, which becomes the sandbox.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use lab::problem::{Problem, Result};
use serde::{Deserialize, Serialize};

use super::protocol::Confinement;
use super::sandbox::{Inmate, JUDGE, Sandbox};

/// Where the program is, for itself. It is what the judge has built, and can only be read.
const INSIDE: &str = "/program";
/// Folders of the judge among those for what a check makes.
const THE_JUDGES: [&str; 2] = ["judged", "made"];
/// How a student's program is made to use less of the machine than what judges it.
const NICENESS: &str = "5";

/// A student's program, as it is to be started.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Start {
    /// The folder that holds it.
    pub(super) folder: PathBuf,
    /// Its file in there.
    pub(super) file: String,
    pub(super) confinement: Confinement,
}

impl Start {
    /// Writes the script that starts it, and returns its path.
    pub(super) fn write_script(&self, folder: &Path) -> std::io::Result<PathBuf> {
        let [start, script] = ["start.json", "start"].map(|name| folder.join(name));
        fs::write(&start, serde_json::to_vec(self)?)?;
        let text = format!("#!/bin/sh\nexec {JUDGE} start-program {} \"$@\"\n", start.display());
        super::recipe::write_program(&script, &text)?;
        Ok(script)
    }

    /// The sandbox with the program in it.
    ///
    /// # Errors
    ///
    /// When it cannot be read what is to be started.
    pub(super) fn command(path: &Path, arguments: &[OsString]) -> Result<Command> {
        let unreadable = |error: &dyn std::fmt::Display| Problem::new(format!("cannot start the program: {error}"));
        let start = fs::read(path).map_err(|error| unreadable(&error))?;
        let Self { folder, file, confinement } = serde_json::from_slice(&start).map_err(|error| unreadable(&error))?;
        let mut sandbox = Sandbox::inner(Inmate::Program, confinement.user, confinement.cpu_seconds);
        sandbox.read(&folder, INSIDE);
        for folder in folders_to_share() {
            hand_over(&folder, confinement.user).map_err(|error| unreadable(&error))?;
            sandbox.write(&folder, &folder);
        }
        let here = env::current_dir().map_err(|error| unreadable(&error))?;
        let here = if shared(&here).is_some() { here } else { PathBuf::from(INSIDE) };
        let mut program = vec![format!("{INSIDE}/{file}").into()];
        program.extend_from_slice(arguments);
        let (limits, arguments) = sandbox.command(&here, &program);
        // When memory is short, this goes first.
        let _ = fs::write("/proc/self/oom_score_adj", "1000");
        let mut command = Command::new("nice");
        command.args(["-n", NICENESS]).arg(limits).args(arguments);
        Ok(command)
    }
}

/// The folder of its database, and the one that it is started in, where a check has made them for it.
fn folders_to_share() -> Vec<PathBuf> {
    let database = env::var("DATABASE_URL").ok().and_then(|url| database_folder(&url));
    let wanted = database.into_iter().chain(env::current_dir());
    let mut folders: Vec<_> = wanted.filter_map(|folder| shared(&folder)).collect();
    folders.dedup();
    folders
}

fn database_folder(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?.trim_start_matches("//");
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    Some(Path::new(path).parent()?.to_owned())
}

/// The whole folder that a check has made, in the folder for such, if this is in one. A check may take away what is in it.
fn shared(folder: &Path) -> Option<PathBuf> {
    let real = folder.canonicalize().ok()?;
    let name = real.strip_prefix(env::temp_dir()).ok()?.components().next()?;
    (!THE_JUDGES.iter().any(|own| name.as_os_str() == *own)).then(|| env::temp_dir().join(name))
}

/// Gives a folder and the files in it to the user that the program runs as.
fn hand_over(folder: &Path, user: Option<u32>) -> std::io::Result<()> {
    #[cfg(unix)]
    if user.is_some() {
        use std::os::unix::fs::lchown;
        for entry in walkdir::WalkDir::new(folder) {
            lchown(entry?.path(), user, user)?;
        }
    }
    Ok(())
}
