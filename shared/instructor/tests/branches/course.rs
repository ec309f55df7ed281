//! Clones of the course, and repositories that get its branches.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pulldown_cmark::{Event, Parser, Tag};
use tempfile::TempDir;

/// The course, committed, in a repository of its own.
pub(crate) struct Clone {
    pub(crate) repository: Repository,
}

impl Clone {
    pub(crate) fn of_all() -> Self {
        Self::with(|_| true)
    }

    /// With these lessons alone, which is faster.
    pub(crate) fn of(lessons: &[&str]) -> Self {
        Self::with(|lesson| lessons.contains(&lesson))
    }

    /// The files as they are now, and not those of the last commit.
    fn with(is_wanted: impl Fn(&str) -> bool) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
        let repository = Repository::empty();
        let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let listed = Command::new("git").args(list).current_dir(&root).output().unwrap();
        assert!(listed.status.success(), "the course is no clone");
        let listed = String::from_utf8(listed.stdout).unwrap();
        let places = ["lessons/", "solutions/", "shared/lab/originals/", "shared/course/steps/"];
        for path in listed.split_terminator('\0').filter(|path| root.join(path).is_file()) {
            let rest = places.iter().find_map(|place| path.strip_prefix(place));
            let lesson = rest.and_then(|rest| rest.split(['/', '.']).next());
            if lesson.is_none_or(&is_wanted) && !path.starts_with("shared/course/mistakes") {
                let place = repository.path().join(path);
                fs::create_dir_all(place.parent().unwrap()).unwrap();
                fs::copy(root.join(path), place).unwrap();
            }
        }
        let list = repository.path().join("shared/lab/originals.txt");
        let is_kept = |line: &&str| {
            line.split("  lessons/").nth(1).is_some_and(|path| is_wanted(path.split('/').next().unwrap()))
        };
        let text = fs::read_to_string(&list).unwrap();
        fs::write(list, text.lines().filter(is_kept).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        repository.commit();
        Self { repository }
    }

    /// The command, to be run in the course.
    pub(crate) fn branches(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_instructor"));
        command.arg("branches").args(arguments).current_dir(self.repository.path()).env_remove("CARGO_TARGET_DIR");
        command
    }

    pub(crate) fn append(&self, path: &str, text: &str) {
        let path = self.repository.path().join(path);
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, before + text).unwrap();
    }
}

/// A repository.
pub(crate) struct Repository {
    path: PathBuf,
    /// It goes with this.
    _folder: Option<TempDir>,
}

impl Repository {
    pub(crate) fn empty() -> Self {
        Self::init(&["init", "--quiet", "--initial-branch", "main"])
    }

    pub(crate) fn bare() -> Self {
        Self::init(&["init", "--quiet", "--bare"])
    }

    fn init(arguments: &[&str]) -> Self {
        let repository = Self::new();
        repository.git(arguments);
        repository
    }

    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { path: folder.path().canonicalize().unwrap(), _folder: Some(folder) }
    }

    pub(crate) fn with_a_commit() -> Self {
        let repository = Self::empty();
        repository.git(&["commit", "--quiet", "--allow-empty", "--message", "Nothing yet"]);
        repository
    }

    pub(crate) fn cloned(&self) -> Self {
        let clone = Self::new();
        clone.git(&["clone", "--quiet", self.path.to_str().unwrap(), "."]);
        clone
    }

    /// A clone in a folder, which may be a clone already.
    pub(crate) fn clone_into(origin: &Self, folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let clone = Self { path: folder.canonicalize().unwrap(), _folder: None };
        if !folder.join(".git").is_dir() {
            clone.git(&["init", "--quiet"]);
            clone.git(&["remote", "add", "origin", "."]);
        }
        // A student has no branch before the first `switch`, also where an earlier run was here.
        clone.git(&["checkout", "--quiet", "--orphan", "none"]);
        for earlier in clone.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads"]).lines() {
            clone.git(&["branch", "--quiet", "--delete", "--force", earlier]);
        }
        clone.git(&["remote", "set-url", "origin", origin.path.to_str().unwrap()]);
        clone.git(&["fetch", "--quiet", "--prune", "origin", "+refs/heads/*:refs/remotes/origin/*"]);
        clone
    }

    /// Changes to a branch of the origin, whatever was there before.
    pub(crate) fn switch(&self, branch: &str) {
        self.git(&["checkout", "--quiet", "--force", "-B", branch, &format!("origin/{branch}")]);
        self.git(&["clean", "--quiet", "--force", "-d"]);
        // What was judged in an earlier run is no progress of this one.
        let _ = fs::remove_dir_all(self.path.join(".lab"));
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    #[track_caller]
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=Ana Lima", "-c", "user.email=ana@example.org", "-c", "core.quotePath=false"]);
        let output = git.args(arguments).current_dir(&self.path).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", stderr(&output));
        stdout(&output)
    }

    /// Commits what is there now.
    pub(crate) fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "Work"]);
    }

    /// Somebody's commit on a branch.
    pub(crate) fn commit_on(&self, branch: &str, author: &str, title: &str) {
        self.git(&["checkout", "--quiet", branch]);
        let author = format!("{author} <somebody@example.org>");
        self.git(&["commit", "--quiet", "--allow-empty", "--author", &author, "--message", title]);
        self.git(&["checkout", "--quiet", "--detach"]);
    }

    /// Writes the branches of a course into it, and returns what is said.
    #[track_caller]
    pub(crate) fn publish(&self, course: &Clone) -> String {
        let output = course.branches(&["--into", self.path.to_str().unwrap()]).output().unwrap();
        assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
        stdout(&output)
    }

    /// The ids of all branches.
    pub(crate) fn branches(&self) -> BTreeMap<String, String> {
        let listed = self.git(&["for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads"]);
        listed.lines().map(|line| line.split_once(' ').unwrap()).map(|(name, id)| (name.into(), id.into())).collect()
    }

    /// The ids of all files of a commit.
    pub(crate) fn files(&self, commit: &str) -> BTreeMap<String, String> {
        let listed = self.git(&["ls-tree", "-r", "--format=%(objectname) %(path)", commit]);
        listed.lines().map(|line| line.split_once(' ').unwrap()).map(|(id, path)| (path.into(), id.into())).collect()
    }
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a text links to.
pub(crate) fn links(text: &str) -> Vec<String> {
    let links = Parser::new(text).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    });
    links.collect()
}

/// The file that is linked to from another one; none for a place in the same.
pub(crate) fn target(from: &str, link: &str) -> Option<String> {
    let path = link.split('#').next().filter(|path| !path.is_empty())?;
    let mut parts: Vec<_> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        if part == ".." {
            parts.pop().unwrap();
        } else {
            parts.push(part);
        }
    }
    Some(parts.join("/"))
}

#[cfg(unix)]
pub(crate) fn write_program(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;

    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
pub(crate) fn write_program(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}
