//! A git repository or a bundle: the commit at its head, read with git's plumbing alone.
//!
//! A repository that somebody handed in has a configuration, hooks, filters and attributes of theirs. So nothing here
//! touches a working tree or an index, asks a remote, or converts a content.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use super::folder;
use super::taken::{Taken, left_out, links_left_out};
use crate::commands::grade::text;
use crate::commands::grade::tree::{Budget, Entry, MOST_BYTES, Tree};

/// The most time of a command: a few kilobytes can stand for hours of work.
const MOST_TIME: Duration = Duration::from_secs(60);
/// The most bytes of an answer: all files, each with its name.
const MOST_ANSWER: u64 = 2 * MOST_BYTES;
/// The most bytes of its complaints.
const MOST_WORDS: u64 = 64 << 10;
/// The branches that a bundle without a head is asked for.
const BRANCHES: [&str; 2] = ["refs/heads/main", "refs/heads/master"];

/// The files as they lie there, whatever of them is committed: a student who has not learned to commit has done the
/// exercise. What differs from the last commit is named.
pub(super) fn take_with_working_tree(folder: &Path) -> Result<Taken, String> {
    let mut taken = folder::take(folder)?;
    let committed = take(&folder.join(".git"));
    if taken.tree.is_empty() {
        return committed;
    }
    // Files without a commit are files all the same.
    if let Ok(committed) = committed {
        taken.notes.extend(uncommitted(&committed.tree, &taken.tree));
    }
    Ok(taken)
}

/// The committed files of a repository, whose own folder this is.
pub(super) fn take(repository: &Path) -> Result<Taken, String> {
    for redirection in ["objects/info/alternates", "commondir"] {
        if repository.join(redirection).symlink_metadata().is_ok() {
            return Err(format!("the repository takes its objects from elsewhere: it has the file {redirection}"));
        }
    }
    if ["objects", "refs", "HEAD"].iter().any(|part| repository.join(part).is_symlink()) {
        return Err("a part of the repository is a link".to_owned());
    }
    let git = Git { repository };
    let head = git.run(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
    let head = head.map_err(|_| "the repository has no commit that can be read".to_owned())?;
    git.files(text_of(&head)?.trim())
}

/// The committed files of a bundle, unpacked into a repository of our own.
pub(super) fn take_bundle(bundle: &Path) -> Result<Taken, String> {
    let unreadable = |error: io::Error| format!("the bundle cannot be read: {error}");
    if bundle.metadata().map_err(unreadable)?.len() > MOST_BYTES {
        return Err("the bundle is too large".to_owned());
    }
    let folder = tempfile::tempdir().map_err(unreadable)?;
    let git = Git { repository: folder.path() };
    git.run(&["init", "--quiet", "--bare"])?;
    let unbundle = [OsStr::new("bundle"), OsStr::new("unbundle"), bundle.as_os_str()];
    let heads = git.run(&unbundle)?;
    let heads: Vec<_> = text_of(&heads)?.lines().filter_map(|line| line.split_once(' ')).collect();
    let named = |wanted: &str| heads.iter().find(|(_, name)| *name == wanted);
    let head = named("HEAD").or_else(|| BRANCHES.iter().find_map(|branch| named(branch)));
    let only = || if let [only] = heads.as_slice() { Some(only) } else { None };
    let (id, _) = head.or_else(only).ok_or("the bundle has no HEAD, and more than one branch")?;
    git.files(id)
}

/// Git, with a repository that must not tell it to run anything.
struct Git<'a> {
    repository: &'a Path,
}

impl Git<'_> {
    /// What a command says.
    fn run(&self, arguments: &[impl AsRef<OsStr>]) -> Result<Vec<u8>, String> {
        self.feed(arguments, Vec::new())
    }

    /// What a command says that reads this.
    fn feed(&self, arguments: &[impl AsRef<OsStr>], input: Vec<u8>) -> Result<Vec<u8>, String> {
        let mut repository = OsString::from("--git-dir=");
        repository.push(self.repository);
        let mut command = Command::new("git");
        command
            .env_clear()
            .envs(["PATH", "SystemRoot"].iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        // Nothing of this machine's configuration, and no object that a remote would have to send.
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", null()).env("GIT_NO_LAZY_FETCH", "1");
        command.env("GIT_NO_REPLACE_OBJECTS", "1").env("GIT_ALLOW_PROTOCOL", "none").env("GIT_TERMINAL_PROMPT", "0");
        command.env("LC_ALL", "C").args(["--no-pager", "-c", "safe.directory=*", "-c"]);
        command.arg(format!("core.hooksPath={}", null())).args(["-c", "core.fsmonitor=false"]);
        command.arg(repository).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(does_not_run)?;
        // It answers while it reads.
        let writer = child.stdin.take().map(|mut stdin| thread::spawn(move || stdin.write_all(&input)));
        let words = child.stderr.take().map(|stderr| thread::spawn(move || read(stderr, MOST_WORDS)));
        let answer = child.stdout.take().map(answer_of).ok_or("git does not run")?;
        let answer = match answer.recv_timeout(MOST_TIME) {
            Ok(Ok(answer)) if answer.len() as u64 <= MOST_ANSWER => Ok(answer),
            Ok(Ok(_)) => Err("the repository has more in it than a course".to_owned()),
            Ok(Err(error)) => Err(does_not_run(error)),
            Err(_) => Err(format!("git needs more than {} seconds to read it", MOST_TIME.as_secs())),
        };
        if answer.is_err() {
            // What it has not said by now would be too much.
            let _ = child.kill();
        }
        let status = child.wait().map_err(does_not_run)?;
        drop(writer.map(thread::JoinHandle::join));
        let words = words.and_then(|words| words.join().ok()).and_then(Result::ok).unwrap_or_default();
        let answer = answer?;
        if status.success() { Ok(answer) } else { Err(self.unreadable(&words)) }
    }

    fn unreadable(&self, words: &[u8]) -> String {
        let words = String::from_utf8_lossy(words).replace(&*self.repository.to_string_lossy(), "...");
        format!("git cannot read it: {}", text::name(words.trim_end().as_bytes()))
    }

    /// The files of a commit.
    fn files(&self, commit: &str) -> Result<Taken, String> {
        let listed = self.run(&["ls-tree", "-r", "-z", "-l", "--full-tree", commit])?;
        let mut taken = Taken::default();
        let mut budget = Budget::default();
        let mut rows = Vec::new();
        for row in listed.split(|byte| *byte == 0).filter(|row| !row.is_empty()) {
            let row = Row::parse(row).ok_or("git lists a file in a way that is not understood")?;
            match row.size {
                Some(size) => {
                    budget.take(size)?;
                    rows.push(row);
                }
                None => {
                    budget.take(0)?;
                    taken.notes.push(left_out(row.path, "it is a repository of its own"));
                }
            }
        }
        let ids: String = rows.iter().map(|row| format!("{}\n", row.id)).collect();
        let contents = self.feed(&["cat-file", "--batch", "--buffer"], ids.into_bytes())?;
        let mut rest = contents.as_slice();
        let mut budget = Budget::default();
        for row in rows {
            let content = next_content(&mut rest).ok_or("git does not have the content of each file")?;
            taken.tree.insert(row.path.to_vec(), row.entry(content), &mut budget)?;
        }
        taken.notes.extend(links_left_out(&taken.tree));
        Ok(taken)
    }
}

/// All that git says, once it has said it, or a byte more than is read of it.
fn answer_of(stdout: ChildStdout) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    // Nobody waits any more when its time is over.
    thread::spawn(move || sender.send(read(stdout, MOST_ANSWER + 1)));
    receiver
}

fn read(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    from.take(most).read_to_end(&mut content)?;
    Ok(content)
}

fn does_not_run(error: io::Error) -> String {
    format!("git does not run: {error}")
}

/// A line of `git ls-tree -l`.
struct Row<'a> {
    mode: &'a str,
    id: &'a str,
    /// None if it is no content, but another repository.
    size: Option<u64>,
    path: &'a [u8],
}

impl<'a> Row<'a> {
    fn parse(row: &'a [u8]) -> Option<Self> {
        let tab = row.iter().position(|byte| *byte == b'\t')?;
        let mut words = str::from_utf8(&row[..tab]).ok()?.split_ascii_whitespace();
        let (mode, _kind, id, size) = (words.next()?, words.next()?, words.next()?, words.next()?);
        Some(Self { mode, id, size: size.parse().ok(), path: &row[tab + 1..] })
    }

    fn entry(&self, content: Vec<u8>) -> Entry {
        match self.mode {
            "120000" => Entry::Link { target: content },
            mode => Entry::File { content, is_executable: mode == "100755" },
        }
    }
}

/// The next content of what `git cat-file --batch` says.
fn next_content(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let size: usize = str::from_utf8(&rest[..end]).ok()?.rsplit(' ').next()?.parse().ok()?;
    let content = rest.get(end + 1..end + 1 + size)?.to_vec();
    *rest = rest.get(end + 2 + size..)?;
    Some(content)
}

/// What lies in the working tree of a lesson, and is not committed like this.
fn uncommitted(committed: &Tree, there: &Tree) -> Option<String> {
    let is_source = |path: &[u8]| path.windows(5).any(|part| part == b"/src/") || path.starts_with(b"src/");
    let mut differing = there.iter().filter(|(path, entry)| is_source(path) && !is_same(committed.get(path), entry));
    let (first, _) = differing.next()?;
    let others = match differing.count() {
        0 => String::new(),
        others => format!(", and {others} more"),
    };
    Some(format!("not committed, and judged as it lies there: {}{others}", text::name(first)))
}

/// Whatever line ends git keeps.
fn is_same(committed: Option<&Entry>, there: &Entry) -> bool {
    let without_returns = |content: &[u8]| content.iter().copied().filter(|byte| *byte != b'\r').collect::<Vec<_>>();
    match (committed, there) {
        (Some(Entry::File { content: ours, .. }), Entry::File { content: theirs, .. }) => {
            without_returns(ours) == without_returns(theirs)
        }
        (ours, theirs) => ours == Some(theirs),
    }
}

fn text_of(output: &[u8]) -> Result<&str, String> {
    str::from_utf8(output).map_err(|_| "git names something that is no text".to_owned())
}

fn null() -> &'static str {
    if cfg!(windows) { "NUL" } else { "/dev/null" }
}
