//! The file for a stick.

use std::fs;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lab::problem::{Exit, Problem, Result};
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};
use tempfile::NamedTempFile;

use super::crates::Crate;
use super::images::Images;
use super::size;
use super::source::Source;

/// The folder that it unpacks to.
pub(super) const FOLDER: &str = "prometheus-course";
/// What the clone, the headers of the files and the texts take at most, in bytes.
const ROOM_FOR_THE_REST: u64 = 32_000_000;
/// The same files always give the same archive: all of them are from the first second of 2026, in UTC.
const TIME: u64 = 1_767_225_600;
const MODE: u32 = 0o644;
const MODE_OF_SCRIPT: u32 = 0o755;
/// What goes from Docker into the archive at a time.
const CHUNK: usize = 1 << 18;

const UNPACK: &str = include_str!("unpack.sh");
const README: &str = include_str!("README.txt");
/// What tells cargo to look for crates beside the course.
const CONFIG: &str = "\
# The crates are beside the course, so cargo needs no network. To add others, with a network: delete this file.
[source.crates-io]
replace-with = \"beside-the-course\"

[source.beside-the-course]
directory = \"crates\"
";

/// What goes into it.
pub(super) struct Contents {
    pub(super) source: Source,
    pub(super) crates: Vec<Crate>,
    pub(super) images: Images,
}

/// Where it is to be.
pub(super) struct Place {
    file: PathBuf,
    folder: PathBuf,
    force: bool,
}

impl Place {
    /// Looks whether a file can be made there.
    ///
    /// # Errors
    ///
    /// When it cannot, or would take the place of another one, or be a part of the course.
    pub(super) fn new(file: &Path, course: &Path, force: bool) -> Result<Self> {
        let shown = file.display();
        if file.is_dir() || file.file_name().is_none() {
            return Err(Problem::usage(format!("{shown} is a folder"))
                .advice(format!("Name the file, such as {}.", file.join("course.tar").display())));
        }
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = fs::canonicalize(folder).map_err(|error| {
            let problem = Problem::usage(format!("the folder {} cannot be used: {error}", folder.display()));
            problem.advice("Make it, or name another one.")
        })?;
        if fs::canonicalize(course).is_ok_and(|course| folder.starts_with(course)) {
            return Err(Problem::usage(format!("{shown} would be in the course itself"))
                .advice("Name a file elsewhere, such as ../course.tar or one on the stick."));
        }
        if !force && fs::symlink_metadata(file).is_ok() {
            return Err(Problem::usage(format!("{shown} is there already"))
                .advice("With --force it is replaced, once the new one is complete."));
        }
        Ok(Self { file: file.to_owned(), folder, force })
    }

    /// Where the file is to be.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Looks whether there is room for it.
    ///
    /// # Errors
    ///
    /// When there is not.
    pub(super) fn require_room(&self, contents: &Contents) -> Result<()> {
        let wanted = contents.bytes();
        match fs4::available_space(&self.folder) {
            Ok(free) if free < wanted => Err(Problem::new(format!(
                "the archive takes about {}, and {} has only {} left",
                size::shown(wanted),
                self.folder.display(),
                size::shown(free)
            ))
            .advice(if contents.images.here.is_empty() {
                "Make room, or name a file elsewhere."
            } else {
                "Make room, or name a file elsewhere. Without what Docker needs it is much smaller: --no-images"
            })),
            // A disk that does not say may still have room.
            _ => Ok(()),
        }
    }

    /// Writes the archive beside its place, and moves it there once it is complete. Returns its size in bytes.
    ///
    /// # Errors
    ///
    /// When something cannot be read or written, or `stop` was set. Then nothing is left of it.
    pub(super) fn write(&self, contents: &Contents, stop: Arc<AtomicBool>) -> Result<u64> {
        let draft = self.draft().map_err(|error| self.unwritable(&error))?;
        let mut writer = Writer::new(draft, stop);
        writer.contents(contents).map_err(|error| self.unwritable(&error))?;
        let draft = writer.finish().map_err(|error| self.unwritable(&error))?;
        let bytes = draft.as_file().metadata().map_err(|error| self.unwritable(&error))?.len();
        let moved = if self.force { draft.persist(&self.file) } else { draft.persist_noclobber(&self.file) };
        moved.map_err(|error| self.unwritable(&error.error))?;
        Ok(bytes)
    }

    fn draft(&self) -> io::Result<NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".course-").suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // What a new file has, for whoever copies it from here.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        builder.tempfile_in(&self.folder)
    }

    fn unwritable(&self, error: &io::Error) -> Problem {
        if error.kind() == io::ErrorKind::Interrupted {
            return interrupted();
        }
        let problem = Problem::new(format!("{} could not be written: {error}", self.file.display()));
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                problem.advice("The disk is full. Nothing was left of it: make room, or name a file elsewhere.")
            }
            io::ErrorKind::FileTooLarge => problem.advice(
                "A stick with FAT32 takes no file of 4 GiB or more: format it with exFAT, or leave out what Docker needs \
                 with --no-images.",
            ),
            _ => problem.advice("Nothing was left of it."),
        }
    }
}

/// Nothing was left of it.
pub(super) fn interrupted() -> Problem {
    Problem { exit: Exit::Interrupted, ..Problem::new("interrupted: no archive was written") }
}

impl Contents {
    /// About how many bytes they take. Docker may pack its images better.
    fn bytes(&self) -> u64 {
        let crates: u64 = self.crates.iter().map(|one| one.bytes).sum();
        let images: u64 = self.images.here.iter().map(|(_, bytes)| bytes).sum();
        crates + images + ROOM_FOR_THE_REST
    }
}

/// Writes the archive, and remembers the checksum of each file.
struct Writer {
    builder: Builder<NamedTempFile>,
    /// As `sha256sum` writes them.
    sums: String,
    stop: Arc<AtomicBool>,
}

impl Writer {
    fn new(draft: NamedTempFile, stop: Arc<AtomicBool>) -> Self {
        Self { builder: Builder::new(draft), sums: String::new(), stop }
    }

    fn contents(&mut self, contents: &Contents) -> io::Result<()> {
        let source = &contents.source;
        let clone = format!("{}\n{}\n{}\n", source.commit, source.branch, source.origin.as_deref().unwrap_or("-"));
        self.file("unpack", MODE_OF_SCRIPT, UNPACK.as_bytes())?;
        self.file("README.txt", MODE, README.as_bytes())?;
        self.file("parts/config.toml", MODE, CONFIG.as_bytes())?;
        self.file("parts/clone", MODE, clone.as_bytes())?;
        self.file("parts/course.bundle", MODE, &source.bundle)?;
        self.file("parts/course.tar.gz", MODE, &source.files)?;
        for one in &contents.crates {
            self.crate_file(one)?;
        }
        if !contents.images.here.is_empty() {
            self.images(&contents.images)?;
        }
        // Last, so that an archive that was cut off lacks it.
        let sums = self.sums.clone();
        self.file("parts/SHA256SUMS", MODE, sums.as_bytes())
    }

    fn file(&mut self, path: &str, mode: u32, content: &[u8]) -> io::Result<()> {
        self.require_going_on()?;
        let mut header = header(mode);
        header.set_size(content.len() as u64);
        self.remember(path, &hexadecimal(&Sha256::digest(content)));
        self.builder.append_data(&mut header, format!("{FOLDER}/{path}"), content)
    }

    /// A crate, which has to be the one that `Cargo.lock` names.
    fn crate_file(&mut self, one: &Crate) -> io::Result<()> {
        let Some(path) = &one.path else {
            return Err(io::Error::other(format!("{} is not in cargo's folder", one.file)));
        };
        let content = fs::read(path)?;
        if hexadecimal(&Sha256::digest(&content)) != one.checksum {
            let words =
                format!("{} is not the file that Cargo.lock names: delete it, and type this again", path.display());
            return Err(io::Error::other(words));
        }
        self.file(&format!("parts/crates/{}", one.file), MODE, &content)
    }

    /// Nobody knows how long they are before Docker has written them.
    fn images(&mut self, images: &Images) -> io::Result<()> {
        let path = format!("parts/images-{}.tar", images.architecture);
        let names = images.here.iter().map(|(name, _)| name);
        let mut docker = Command::new("docker");
        let docker = docker.arg("save").args(names).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut docker = Ended(docker);
        let Some(mut saved) = docker.0.stdout.take() else { return Err(io::Error::other("docker says nothing")) };
        let mut digest = Sha256::new();
        let mut header = header(MODE);
        let mut entry = self.builder.append_writer(&mut header, format!("{FOLDER}/{path}"))?;
        let mut chunk = vec![0; CHUNK];
        loop {
            going_on(&self.stop)?;
            let length = saved.read(&mut chunk)?;
            if length == 0 {
                break;
            }
            digest.update(&chunk[..length]);
            entry.write_all(&chunk[..length])?;
        }
        entry.finish()?;
        let status = docker.0.wait()?;
        going_on(&self.stop)?;
        if !status.success() {
            return Err(io::Error::other(format!("docker did not save the images ({status}); it says above why")));
        }
        self.remember(&path, &hexadecimal(&digest.finalize()));
        Ok(())
    }

    fn remember(&mut self, path: &str, checksum: &str) {
        self.sums.push_str(&format!("{checksum}  {path}\n"));
    }

    fn require_going_on(&self) -> io::Result<()> {
        going_on(&self.stop)
    }

    /// All of it is on the disk then.
    fn finish(self) -> io::Result<NamedTempFile> {
        let mut draft = self.builder.into_inner()?;
        draft.seek(io::SeekFrom::End(0))?;
        draft.as_file().sync_all()?;
        Ok(draft)
    }
}

/// A program that is ended with this value.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // Both fail when it has ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn going_on(stop: &AtomicBool) -> io::Result<()> {
    if stop.load(Ordering::Relaxed) { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
}

fn header(mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(mode);
    header.set_mtime(TIME);
    header.set_uid(0);
    header.set_gid(0);
    header
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
