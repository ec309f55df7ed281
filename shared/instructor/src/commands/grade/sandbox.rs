//! Bubblewrap, one sandbox in the other.
//!
//! The outer one holds the judge: it has a network of its own with nothing but the loopback, processes of its own, and of
//! the files only the system's, the toolchain, the compiled dependencies and the one crate that is judged. No home, no
//! course, no solution, no grade and no other submission is in there.
//!
//! The inner ones hold what a student wrote: the compiler with the student's code, then the student's program. They see
//! neither the judge's processes nor its files, cannot write outside of a small disk in memory, and run as nobody. Of the
//! judge they have the network, since it asks their program for its page.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Bubblewrap, and Debian's package that has it.
pub(super) const PROGRAM: &str = "bwrap";
/// Where the judge's program is, in the outer sandbox.
pub(super) const JUDGE: &str = "/judge/instructor";
/// What the judge may write to disk. It is in memory.
const JUDGE_DISK: u64 = 2 << 30;
/// What a student's program may write to `/tmp`, and to its database.
const STUDENT_DISK: u64 = 64 << 20;
/// The most memory of the judge.
const JUDGE_MEMORY: u64 = 2 << 30;
/// The most memory of a compiler.
const COMPILER_MEMORY: u64 = 3 << 30;
/// The most memory of a process of a student's program.
const STUDENT_MEMORY: u64 = 1 << 30;
/// The largest file that a student's program may write, its log included.
const STUDENT_FILE: u64 = 32 << 20;
/// The most processes and threads of what a student wrote.
const PROCESSES: u64 = 512;
/// The most open files and connections of what a student wrote.
const OPEN_FILES: u64 = 4096;

/// What of the system's configuration the judge needs: to look up the user of PostgreSQL, and libraries.
const JUDGE_CONFIGURATION: [&str; 6] =
    ["/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"];
/// What of it a student's program and the compiler need.
const STUDENT_CONFIGURATION: [&str; 2] = ["/etc/ld.so.cache", "/etc/alternatives"];

/// The user and the group `nobody`, as they see themselves in a sandbox.
const AS_NOBODY: [&str; 4] = ["--uid", "65534", "--gid", "65534"];

/// A command that runs in a sandbox, as it grows.
#[derive(Debug)]
pub(super) struct Sandbox {
    limits: Vec<OsString>,
    arguments: Vec<OsString>,
    inside: Vec<OsString>,
}

/// Who runs in an inner sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inmate {
    Compiler,
    Program,
}

impl Sandbox {
    /// The outer one. As root, the judge stays root in there, so that it can run a student's code as somebody else.
    pub(super) fn outer(is_root: bool) -> Self {
        let mut sandbox = Self::new(is_root);
        sandbox.limits = limits(&[("core", "0".to_owned()), ("data", format!("{JUDGE_MEMORY}:{COMPILER_MEMORY}"))]);
        sandbox.add(["--unshare-net", "--clearenv"]);
        if !is_root {
            // PostgreSQL looks for its user in a file, and those of a university are not in there.
            sandbox.add(AS_NOBODY);
        }
        sandbox.system(&JUDGE_CONFIGURATION);
        sandbox.add(["--ro-bind-try", "/opt", "/opt", "--proc", "/proc", "--dev", "/dev"]);
        // For PostgreSQL, which is another user than root.
        sandbox.disk(JUDGE_DISK / 8, "/dev/shm");
        sandbox.disk(JUDGE_DISK, "/tmp");
        sandbox
    }

    /// An inner one, for a user, if the judge may choose one.
    pub(super) fn inner(inmate: Inmate, user: Option<u32>, cpu_seconds: u64) -> Self {
        let mut sandbox = Self::new(user.is_some());
        let (memory, file) = match inmate {
            Inmate::Compiler => (COMPILER_MEMORY, JUDGE_DISK),
            Inmate::Program => (STUDENT_MEMORY, STUDENT_FILE),
        };
        sandbox.limits = limits(&[
            ("core", "0".to_owned()),
            ("data", memory.to_string()),
            ("fsize", file.to_string()),
            ("nproc", PROCESSES.to_string()),
            ("nofile", OPEN_FILES.to_string()),
            ("cpu", cpu_seconds.to_string()),
        ]);
        if inmate == Inmate::Compiler {
            sandbox.add(["--unshare-net"]);
        }
        sandbox.system(&STUDENT_CONFIGURATION);
        // All that can be written to has a bound.
        sandbox.add(["--proc", "/proc", "--dev", "/dev"]);
        sandbox.disk(STUDENT_DISK / 4, "/dev/shm");
        sandbox.add(["--remount-ro", "/dev"]);
        sandbox.disk(STUDENT_DISK, "/tmp");
        match user {
            Some(user) => sandbox.inside = as_user(user),
            None => {
                sandbox.add(["--disable-userns"]);
                sandbox.add(AS_NOBODY);
            }
        }
        sandbox
    }

    fn new(is_root: bool) -> Self {
        let mut sandbox = Self { limits: Vec::new(), arguments: Vec::new(), inside: Vec::new() };
        sandbox.add(["--die-with-parent", "--new-session", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]);
        sandbox.add(["--unshare-cgroup-try", "--hostname", "lab"]);
        if !is_root {
            sandbox.add(["--unshare-user"]);
        }
        sandbox
    }

    fn add<A: AsRef<OsStr>>(&mut self, arguments: impl IntoIterator<Item = A>) {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
    }

    fn disk(&mut self, bytes: u64, path: &str) {
        self.add(["--perms", "1777", "--size", &bytes.to_string(), "--tmpfs", path]);
    }

    /// The system's programs and libraries. Where `/bin` is a link, as on most systems, it stays one.
    fn system(&mut self, configuration: &[&str]) {
        self.add(["--ro-bind", "/usr", "/usr"]);
        for folder in ["/bin", "/sbin", "/lib", "/lib64"] {
            match Path::new(folder).read_link() {
                Ok(target) => self.add([OsStr::new("--symlink"), target.as_os_str(), OsStr::new(folder)]),
                Err(_) => self.add(["--ro-bind-try", folder, folder]),
            }
        }
        // Otherwise bubblewrap makes it for root alone.
        self.add(["--perms", "0755", "--dir", "/etc"]);
        for file in configuration {
            self.add(["--ro-bind-try", file, file]);
        }
    }

    /// Something that can be read in there.
    pub(super) fn read(&mut self, path: &Path, inside: &str) {
        self.add([OsStr::new("--ro-bind"), path.as_os_str(), OsStr::new(inside)]);
    }

    /// Something that can be written to in there.
    pub(super) fn write(&mut self, path: &Path, inside: &Path) {
        self.add([OsStr::new("--bind"), path.as_os_str(), inside.as_os_str()]);
    }

    /// A variable of the environment in there.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.add(["--setenv", name, value]);
    }

    /// The whole command: the program to run, and its arguments.
    pub(super) fn command(mut self, folder: &Path, program: &[OsString]) -> (PathBuf, Vec<OsString>) {
        self.add(["--remount-ro", "/"]);
        self.add([OsStr::new("--chdir"), folder.as_os_str()]);
        let mut all = self.limits;
        all.push(PROGRAM.into());
        all.append(&mut self.arguments);
        all.push("--".into());
        all.append(&mut self.inside);
        all.extend_from_slice(program);
        (PathBuf::from("prlimit"), all)
    }
}

/// Whether the sandbox itself could not be made, from what was said on standard error. That is nobody's mistake in an
/// exercise.
pub(super) fn could_not_be_made(said: &str) -> bool {
    ["bwrap: ", "prlimit: ", "setpriv: "].iter().any(|program| said.starts_with(program))
}

fn limits(limits: &[(&str, String)]) -> Vec<OsString> {
    limits.iter().map(|(name, value)| format!("--{name}={value}").into()).collect()
}

/// Without any right that root has, for good.
fn as_user(user: u32) -> Vec<OsString> {
    let user = user.to_string();
    let words = ["setpriv", "--reuid", &user, "--regid", &user, "--clear-groups", "--no-new-privs"];
    let rights = ["--bounding-set", "-all", "--inh-caps", "-all", "--ambient-caps", "-all"];
    words.into_iter().chain(rights).map(OsString::from).collect()
}
