//! `cargo lab prefetch`, run as an instructor runs it, in small courses of one crate from crates.io, which this machine
//! has, since the course itself needs it. Nothing here asks the network.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Has the images whose names stand in the file `have`, is of the kind in `architecture`, and writes down what it is asked
/// for.
const DOCKER: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo "docker $*" >> "$here/asked"
for last; do :; done
case "$*" in
    "version --format"*) cat "$here/architecture" ;;
    "image inspect"*) grep -qxF "$last" "$here/have" && echo 1500000 ;;
    "pull broken"*) echo "no such host" >&2; exit 1 ;;
    "pull slow"*) touch "$here/pulling"; exec sleep 1000 ;;
    "pull"*) echo "$last" >> "$here/have" ;;
    "save"*) printf 'the images'; [ ! -f "$here/slow" ] || { touch "$here/saving"; exec sleep 1000; } ;;
esac
"#;

/// The `course`, the `bin` that is first on the PATH, a `stick`, and an empty `home` of cargo.
struct Room {
    folder: TempDir,
}

impl Room {
    fn new() -> Self {
        let room = Self { folder: tempfile::tempdir().unwrap() };
        for folder in ["bin", "stick", "home"] {
            fs::create_dir(room.path(folder)).unwrap();
        }
        room.write("course/Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"shared/*\"]\n");
        let manifest = "[package]\nname = \"lab\"\nedition = \"2024\"\n\n[dependencies]\ncfg-if = \"1\"\n";
        room.write("course/shared/lab/Cargo.toml", manifest);
        room.write("course/shared/lab/src/main.rs", "fn main() { cfg_if::cfg_if! { if #[cfg(all())] { } } }\n");
        room.write("course/shared/lab/originals.txt", "");
        room.write("course/.gitignore", "/target\n/.lab\n");
        room.write("course/docker-compose.yml", "services:\n  prometheus:\n    image: prom/prometheus:v3\n");
        room.write("course/Dockerfile", "FROM rust:1 AS build\nRUN cargo build\nFROM build\n");
        room.write("bin/have", "");
        room.done(room.command("cargo").args(["generate-lockfile", "--offline"]));
        room.git(&["init", "--quiet", "--initial-branch", "autumn"]);
        room.commit();
        room
    }

    fn with_docker() -> Self {
        let room = Self::new();
        room.write("bin/docker", DOCKER);
        fs::set_permissions(room.path("bin/docker"), fs::Permissions::from_mode(0o755)).unwrap();
        room.write("bin/architecture", "amd64\n");
        room
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A program in the course, with `bin` first on its PATH.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var("PATH").unwrap();
        command.current_dir(self.path("course")).env("PATH", format!("{}:{path}", self.path("bin").display()));
        command.env("CARGO_NET_OFFLINE", "true").env_remove("CARGO_TARGET_DIR").stdin(Stdio::null());
        command
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.done(self.command("git").args(["-c", "user.name=A", "-c", "user.email=a@example.org"]).args(arguments))
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "Work"]);
    }

    fn prefetch(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_instructor"));
        command.arg("prefetch").args(arguments);
        command
    }

    /// Without Docker's part, whatever this machine has.
    fn archive(&self) -> String {
        self.done(&mut self.prefetch(&["--no-images", "--archive", "../stick/course.tar"]))
    }

    /// What an instructor is told to type.
    fn unpack(&self) -> Command {
        let mut command = self.command("sh");
        command.args(["-c", "tar xf course.tar && sh prometheus-course/unpack"]).current_dir(self.path("stick"));
        command
    }

    #[track_caller]
    fn done(&self, command: &mut Command) -> String {
        let output = command.output().unwrap();
        assert!(output.status.success(), "{command:?}\n{}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    #[track_caller]
    fn refused(&self, arguments: &[&str], code: i32, words: &str) {
        let output = self.prefetch(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}{}", text(&output.stdout), text(&output.stderr));
        let says = unwrapped(&output);
        assert!(says.contains(words), "{words}\n\n{says}");
    }

    /// Makes an archive, and types Ctrl-C as soon as a file is there. Returns what it says then.
    fn interrupted(&self, when: &str) -> String {
        let mut command = self.prefetch(&["--archive", "../stick/course.tar"]);
        // What Ctrl-C does: it reaches all programs of the terminal.
        let mut child = std::os::unix::process::CommandExt::process_group(&mut command, 0)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while !self.path(when).exists() {
            assert!(child.try_wait().unwrap().is_none());
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let group = format!("-{}", child.id());
        assert!(Command::new("kill").args(["-INT", "--", &group]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let mut says = String::new();
        child.stderr.take().unwrap().read_to_string(&mut says).unwrap();
        says
    }

    /// All files on the stick.
    fn on_stick(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("stick")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// What Docker was asked to do, but for questions.
    fn asked(&self) -> Vec<String> {
        let asked = fs::read_to_string(self.path("bin/asked")).unwrap();
        let is_deed = |line: &&str| !line.contains("image inspect") && !line.contains("version");
        asked.lines().filter(is_deed).map(str::to_owned).collect()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// All that was said, in a single line, wherever it was wrapped.
fn unwrapped(output: &Output) -> String {
    let says = text(&output.stdout) + &text(&output.stderr);
    says.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The names of the files in an archive.
fn listed(archive: &Path) -> Vec<String> {
    let output = Command::new("tar").arg("tf").arg(archive).output().unwrap();
    text(&output.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn what_is_unpacked_builds_without_network_and_with_an_empty_home_of_cargo() {
    let room = Room::new();
    room.archive();
    room.done(&mut room.unpack());
    let course = room.path("stick/prometheus-course/course");
    let build = ["build", "--quiet", "--offline", "--locked"];
    room.done(room.command("cargo").args(build).current_dir(&course).env("CARGO_HOME", room.path("home")));
    let git = |arguments: &[&str]| room.done(room.command("git").args(arguments).current_dir(&course));
    assert_eq!(git(&["status", "--short"]), "");
    assert_eq!(git(&["log", "--format=%H %D"]), room.git(&["log", "--format=%H %D"]));
    assert_eq!(git(&["remote"]), "");
}

#[test]
fn without_git_the_course_is_unpacked_without_its_history() {
    let room = Room::new();
    room.archive();
    for program in ["sh", "tar", "gzip", "sha256sum", "shasum", "dirname", "rm", "mkdir", "mv", "cp", "grep", "perl"] {
        let found =
            ["/usr/bin", "/bin"].map(|folder| Path::new(folder).join(program)).into_iter().find(|path| path.exists());
        if let Some(found) = found {
            std::os::unix::fs::symlink(found, room.path("bin").join(program)).unwrap();
        }
    }
    let says = room.done(room.unpack().env("PATH", room.path("bin")));
    assert!(says.contains("git is not installed"), "{says}");
    let unpacked = room.path("stick/prometheus-course/course");
    assert!(unpacked.join("shared/lab/src/main.rs").is_file() && !unpacked.join(".git").exists());
}

#[test]
fn what_was_damaged_on_its_way_is_not_unpacked() {
    let room = Room::new();
    room.archive();
    let mut archive = fs::read(room.path("stick/course.tar")).unwrap();
    let readme = archive.windows(14).position(|part| part == b"Rust itself is").unwrap();
    archive[readme] ^= 1;
    fs::write(room.path("stick/course.tar"), archive).unwrap();
    let output = room.unpack().output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", unwrapped(&output));
    assert!(unwrapped(&output).contains("damaged on its way here. Copy it once more"), "{}", unwrapped(&output));
    assert!(!room.path("stick/prometheus-course/course").exists());
    assert!(!room.path("stick/prometheus-course/crates").exists());
}

/// `gzip` stands for a disk that is full.
#[test]
fn what_stops_the_unpacking_leaves_nothing_half_done_and_it_goes_on_from_there() {
    let room = Room::new();
    room.archive();
    room.write("bin/gzip", "#!/bin/sh\necho 'No space left on device' >&2\nexit 1\n");
    fs::set_permissions(room.path("bin/gzip"), fs::Permissions::from_mode(0o755)).unwrap();
    let output = room.unpack().output().unwrap();
    assert!(!output.status.success());
    assert!(unwrapped(&output).contains("To go on, once there is room: sh '"), "{}", unwrapped(&output));
    let unpacked = room.path("stick/prometheus-course");
    assert!(!unpacked.join("crates").exists() && !unpacked.join("crates.new").exists());
    fs::remove_file(room.path("bin/gzip")).unwrap();
    room.done(room.command("sh").arg(unpacked.join("unpack")));
    assert!(unpacked.join("crates").is_dir() && !unpacked.join("parts").exists());
}

#[test]
fn what_was_cut_off_on_its_way_is_not_unpacked() {
    let room = Room::new();
    room.archive();
    let archive = fs::read(room.path("stick/course.tar")).unwrap();
    fs::write(room.path("stick/course.tar"), &archive[..archive.len() / 2]).unwrap();
    assert!(!room.unpack().status().unwrap().success());
    let output = room.command("sh").arg("unpack").current_dir(room.path("stick/prometheus-course")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(unwrapped(&output).contains("the file was cut off on its way here."), "{}", unwrapped(&output));
}

#[test]
fn to_unpack_it_once_more_leaves_what_a_student_has_written() {
    let room = Room::new();
    room.archive();
    room.done(&mut room.unpack());
    room.write("stick/prometheus-course/course/shared/lab/src/main.rs", "// Mine.\n");
    let says = room.done(&mut room.unpack());
    assert!(says.contains("already: it stays as it is."), "{says}");
    let kept = fs::read_to_string(room.path("stick/prometheus-course/course/shared/lab/src/main.rs")).unwrap();
    assert_eq!(kept, "// Mine.\n");
}

#[test]
fn the_same_course_is_the_same_file_to_the_byte() {
    let room = Room::new();
    room.archive();
    room.done(&mut room.prefetch(&["--no-images", "--archive", "../stick/again.tar"]));
    assert!(fs::read(room.path("stick/course.tar")).unwrap() == fs::read(room.path("stick/again.tar")).unwrap());
}

#[test]
fn what_is_not_committed_is_named_and_left_out() {
    let room = Room::new();
    room.write("course/.lab/progress.toml", "");
    room.write("course/notes.txt", "secret");
    room.write("course/shared/lab/src/main.rs", "fn main() { /* secret */ }\n");
    let output = room.prefetch(&["--no-images", "--archive", "../stick/course.tar"]).output().unwrap();
    assert!(output.status.success());
    let says = unwrapped(&output);
    assert!(says.contains("M shared/lab/src/main.rs") && says.contains("?? notes.txt"), "{says}");
    room.done(&mut room.unpack());
    let unpacked = room.path("stick/prometheus-course/course");
    assert!(!unpacked.join("notes.txt").exists() && !unpacked.join(".lab").exists());
    assert!(!fs::read_to_string(unpacked.join("shared/lab/src/main.rs")).unwrap().contains("secret"));
}

#[test]
fn where_later_versions_come_from_is_carried_along_unless_it_holds_a_password() {
    for (url, carried) in [
        ("https://example.org/course.git", "https://example.org/course.git\n"),
        ("https://ann:s3cret@example.org/course.git", ""),
        ("https://token@example.org/course.git", ""),
        ("/home/ann/course", ""),
    ] {
        let room = Room::new();
        room.git(&["remote", "add", "origin", url]);
        room.archive();
        room.done(&mut room.unpack());
        let course = room.path("stick/prometheus-course/course");
        let url =
            room.command("git").args(["config", "--get", "remote.origin.url"]).current_dir(course).output().unwrap();
        assert_eq!(text(&url.stdout), carried);
    }
}

#[test]
fn a_clone_that_is_on_no_branch_is_taken_as_it_is() {
    let room = Room::new();
    room.git(&["checkout", "--quiet", "--detach"]);
    room.archive();
    room.done(&mut room.unpack());
    let course = room.path("stick/prometheus-course/course");
    let branch = room.done(room.command("git").args(["branch", "--show-current"]).current_dir(course));
    assert_eq!(branch, "main\n");
}

#[test]
fn a_file_that_is_there_is_replaced_only_with_force() {
    let room = Room::new();
    room.write("stick/course.tar", "mine");
    room.refused(&["--no-images", "--archive", "../stick/course.tar"], 2, "is there already");
    assert_eq!(fs::read_to_string(room.path("stick/course.tar")).unwrap(), "mine");
    room.done(&mut room.prefetch(&["--no-images", "--archive", "../stick/course.tar", "--force"]));
    assert!(listed(&room.path("stick/course.tar")).contains(&"prometheus-course/unpack".to_owned()));
}

#[test]
fn a_place_where_no_file_can_be_is_refused_before_anything_is_fetched() {
    let room = Room::new();
    for (file, words) in [
        ("../nowhere/course.tar", "cannot be used"),
        ("../stick", "is a folder"),
        ("course.tar", "would be in the course itself"),
        ("../course/target.tar", "would be in the course itself"),
    ] {
        room.refused(&["--archive", file], 2, words);
    }
    assert!(room.on_stick().is_empty());
}

#[test]
fn what_is_no_whole_clone_is_refused_with_what_to_do() {
    let room = Room::new();
    let archive = ["--no-images", "--archive", "../stick/course.tar"];
    room.write("course/Cargo.lock", &(fs::read_to_string(room.path("course/Cargo.lock")).unwrap() + "\n"));
    room.refused(&archive, 3, "which crates the course needs is not committed");
    room.git(&["restore", "."]);
    // As in a clone that was made with `--depth 1`.
    room.git(&["commit", "--quiet", "--allow-empty", "--message", "More"]);
    let tip = room.git(&["rev-parse", "HEAD"]);
    room.write("course/.git/shallow", &tip);
    room.refused(&archive, 3, "git fetch --unshallow");
    fs::remove_dir_all(room.path("course/.git")).unwrap();
    room.refused(&archive, 3, "this copy of the course is no clone");
    assert!(room.on_stick().is_empty());
}

#[test]
fn a_crate_that_cannot_be_fetched_is_named_and_leaves_no_archive() {
    let room = Room::new();
    let mut command = room.prefetch(&["--no-images", "--archive", "../stick/course.tar"]);
    let output = command.env("CARGO_HOME", room.path("home")).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let says = unwrapped(&output);
    assert!(says.contains("cfg-if") && says.contains("type it again, and it goes on from there"), "{says}");
    assert!(room.on_stick().is_empty());
}

#[test]
fn without_an_archive_the_crates_are_those_of_this_machine_or_of_the_platforms_that_are_named() {
    let room = Room::new();
    let says = room.done(&mut room.prefetch(&["--no-images"]));
    assert!(says.contains(&format!("Crates, for {}-", std::env::consts::ARCH)), "{says}");
    let says = room.done(&mut room.prefetch(&["--no-images", "--target", "aarch64-apple-darwin"]));
    assert!(says.contains("Crates, for aarch64-apple-darwin\n"), "{says}");
    assert!(says.contains("1 of the 1 crates"), "{says}");
}

#[test]
fn images_that_are_not_here_are_fetched_and_those_of_the_course_are_built() {
    let room = Room::with_docker();
    room.write("bin/have", "rust:1\n");
    let says = room.done(&mut room.prefetch(&[]));
    assert!(says.contains("prom/prometheus:v3: 1.5 MB, fetched now"), "{says}");
    assert!(says.contains("rust:1: 1.5 MB, was here"), "{says}");
    let asked = room.asked();
    let [pull, build] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(pull, "docker pull prom/prometheus:v3");
    assert!(build.starts_with("docker compose --file docker-compose.yml ") && build.ends_with(" build"), "{build}");
}

#[test]
fn the_images_are_in_the_archive_and_loaded_where_it_is_unpacked() {
    let room = Room::with_docker();
    room.done(&mut room.prefetch(&["--archive", "../stick/course.tar"]));
    assert!(room.asked().contains(&"docker save prom/prometheus:v3 rust:1".to_owned()), "{:?}", room.asked());
    room.done(&mut room.unpack());
    assert_eq!(room.asked().last().unwrap(), "docker load --quiet --input parts/images-amd64.tar");
}

/// The recipe of the images unpacks them to where cargo looks for them in the container.
#[test]
fn for_what_is_built_in_docker_the_crates_are_packed_into_the_course() {
    let room = Room::with_docker();
    room.done(&mut room.prefetch(&["--archive", "../stick/course.tar"]));
    room.done(&mut room.unpack());
    let packed = listed(&room.path("stick/prometheus-course/course/.lab/crates.tar.gz"));
    assert!(packed.contains(&".cargo/config.toml".to_owned()), "{packed:?}");
    assert!(
        packed.iter().any(|file| file.starts_with("crates/cfg-if-") && file.ends_with("/Cargo.toml")),
        "{packed:?}"
    );
}

/// With the course's own recipe, a real engine, and none of the crates that other builds have left there.
#[test]
#[ignore = "it takes Docker, and the images that the Dockerfile names"]
fn what_came_from_an_archive_is_built_in_docker_without_network() {
    let room = Room::with_docker();
    for file in ["Dockerfile", ".dockerignore"] {
        let ours = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file)).unwrap();
        let registry = "target=/usr/local/cargo/registry";
        let text = ours.replace(&format!("type=cache,{registry}"), &format!("type=tmpfs,{registry}"));
        room.write(&format!("course/{file}"), &text);
    }
    let manifest = fs::read_to_string(room.path("course/Cargo.toml")).unwrap();
    room.write("course/Cargo.toml", &(manifest + "\n[profile.image]\ninherits = \"dev\"\n"));
    room.commit();
    room.done(&mut room.prefetch(&["--archive", "../stick/course.tar"]));
    room.done(&mut room.unpack());
    let build = ["build", "--quiet", "--network", "none", "--build-arg", "PACKAGE=lab", "."];
    let mut docker = Command::new("docker");
    docker.args(build).env("DOCKER_BUILDKIT", "1").current_dir(room.path("stick/prometheus-course/course"));
    let image = room.done(&mut docker);
    room.done(Command::new("docker").args(["image", "rm", image.trim()]));
}

#[test]
fn images_for_another_processor_are_not_loaded() {
    let room = Room::with_docker();
    room.done(&mut room.prefetch(&["--archive", "../stick/course.tar"]));
    room.write("bin/architecture", "arm64\n");
    let says = room.done(&mut room.unpack());
    assert!(says.contains("they are for amd64, and this machine is arm64."), "{says}");
    assert!(!room.asked().iter().any(|line| line.contains("load")), "{:?}", room.asked());
}

#[test]
fn images_that_docker_does_not_take_can_be_loaded_later() {
    let room = Room::with_docker();
    room.done(&mut room.prefetch(&["--archive", "../stick/course.tar"]));
    let docker = DOCKER.replace("\"save\"*)", "\"load\"*) echo 'no space left on device' >&2; exit 1 ;;\n\"save\"*)");
    room.write("bin/docker", &docker);
    let output = room.unpack().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        unwrapped(&output).contains("Docker did not take the images. Nothing half done was left."),
        "{}",
        unwrapped(&output)
    );
    room.write("bin/docker", DOCKER);
    let unpack = room.path("stick/prometheus-course/unpack");
    room.done(room.command("sh").arg(unpack));
    assert_eq!(room.asked().last().unwrap(), "docker load --quiet --input parts/images-amd64.tar");
}

#[test]
fn an_image_that_cannot_be_fetched_does_not_keep_the_others_from_it() {
    let room = Room::with_docker();
    room.write("course/Dockerfile", "FROM broken:1\n");
    let output = room.prefetch(&[]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let says = unwrapped(&output);
    assert!(says.contains("✗ broken:1: could not be fetched"), "{says}");
    assert!(says.contains("✓ prom/prometheus:v3"), "{says}");
}

#[test]
fn without_an_engine_all_but_the_images_is_fetched_and_it_says_what_is_missing() {
    let room = Room::with_docker();
    let stopped = "#!/bin/sh\n[ \"$1\" = compose ] && exit\necho 'Cannot connect to the Docker daemon.' >&2\nexit 1\n";
    room.write("bin/docker", stopped);
    let archive = ["--archive", "../stick/course.tar"];
    room.refused(&archive, 3, "! left out: Docker does not do what it is asked to. No lesson needs them");
    assert!(listed(&room.path("stick/course.tar")).contains(&"prometheus-course/parts/SHA256SUMS".to_owned()));
    room.refused(&[&archive[..], &["--force"]].concat(), 3, "The images are missing: see what is marked with !.");
    room.done(&mut room.prefetch(&[&archive[..], &["--force", "--no-images"]].concat()));
}

#[test]
fn an_engine_that_hangs_is_not_waited_for() {
    let room = Room::with_docker();
    room.write("bin/docker", "#!/bin/sh\n[ \"$1\" = compose ] || exec sleep 1000\n");
    room.refused(&[], 3, "no answer within 10 seconds");
}

#[test]
fn an_interruption_leaves_no_half_archive() {
    let room = Room::with_docker();
    room.write("bin/slow", "");
    let says = room.interrupted("bin/saving");
    assert!(says.contains("interrupted: no archive was written"), "{says}");
    assert!(room.on_stick().is_empty(), "{:?}", room.on_stick());
}

#[test]
fn an_interruption_begins_nothing_else() {
    let room = Room::with_docker();
    room.write("course/docker-compose.yml", "services:\n  prometheus:\n    image: slow:1\n");
    room.write("course/Dockerfile", "FROM zfs:1\n");
    let says = room.interrupted("bin/pulling");
    assert!(says.contains("interrupted") && says.contains("it goes on from there"), "{says}");
    assert_eq!(room.asked().last().unwrap(), "docker pull slow:1");
    assert!(room.on_stick().is_empty(), "{:?}", room.on_stick());
}
