//! `cargo lab prefetch`: all that a room with a bad network needs.

mod archive;
mod crates;
mod images;
mod programs;
mod size;
mod source;

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use lab::course::Course;
use lab::machine::{cargo, signals};
use lab::problem::{Exit, Problem, Result};
use lab::screen::progress_line;
use lab::screen::report::{self, GOOD, HEADING, styled};
use tokio::time::timeout;

use archive::{Contents, FOLDER, Place};
use images::Images;
use programs::SOON;
use source::Source;

/// A stick of the usual size, in bytes.
const STICK: u64 = 8_000_000_000;
/// From this size on, a file does not fit on a stick with FAT32, as many are sold.
const FAT32: u64 = 1 << 32;

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// Write all of it to a file, too, which is unpacked elsewhere by one command
    #[arg(long, value_name = "FILE")]
    pub archive: Option<PathBuf>,
    /// Replace the file, if there is one already
    #[arg(long, requires = "archive")]
    pub force: bool,
    /// Fetch the crates for this platform, such as aarch64-apple-darwin; may be given several times. Without it, for this
    /// machine
    #[arg(long, value_name = "PLATFORM", conflicts_with = "archive")]
    pub target: Vec<String>,
    /// Leave out what Docker needs
    #[arg(long)]
    pub no_images: bool,
}

/// Fetches all of it, and writes the archive if one is asked for.
///
/// # Errors
///
/// When the crates cannot be fetched, or the archive cannot be written.
pub async fn run(typed: &Typed, course: &Course) -> Result<Exit> {
    // What stands in the way of an archive is said before anything is fetched.
    let place = typed.archive.as_deref().map(|file| Place::new(file, course.root(), typed.force)).transpose()?;
    let source = place.as_ref().map(|_| Source::read(course.root())).transpose()?;
    fetch_crates(typed, course).await?;
    let images = fetch_images(typed, course).await?;
    let Images { failed, left_out, .. } = images;
    if let (Some(place), Some(source)) = (place, source) {
        let crates = crates::locked(&source.lock)?;
        require_all(&crates)?;
        let contents = Contents { source, crates, images };
        place.require_room(&contents)?;
        write(place, contents).await?;
    }
    if failed {
        report::line("\nSome images are missing. What has come is kept: type it again with a better network.");
        return Ok(Exit::NotJudged);
    }
    if left_out {
        let force = if typed.archive.is_some() { " with --force" } else { "" };
        let text = format!(
            "The images are missing: see what is marked with !. Get Docker to run, and type it again{force}; where nobody wants \
             the stack, with --no-images."
        );
        report::line(format!("\n{}", report::wrapped("", &text)));
        return Ok(Exit::NotJudged);
    }
    report::line("\nWhether that is all, `cargo lab doctor --offline` proves on each machine.");
    Ok(Exit::Done)
}

async fn fetch_crates(typed: &Typed, course: &Course) -> Result<()> {
    let targets = match (&typed.archive, typed.target.as_slice()) {
        // Nobody knows whose machines it will be unpacked on.
        (Some(_), _) => Vec::new(),
        (None, []) => vec![cargo::host().await.map_err(|error| Problem::new(error.to_string()))?],
        (None, targets) => targets.to_vec(),
    };
    let platforms = if targets.is_empty() { "all platforms".to_owned() } else { targets.join(", ") };
    report::line(styled(HEADING, format!("Crates, for {platforms}")));
    let lock = || {
        let text = std::fs::read_to_string(course.root().join("Cargo.lock"));
        text.map_err(|error| Problem::new(format!("Cargo.lock cannot be read: {error}")).get_back("Cargo.lock"))
    };
    let bytes = |crates: &[crates::Crate]| crates.iter().map(|one| one.bytes).sum::<u64>();
    let before = bytes(&crates::locked(&lock()?)?);
    crates::fetch(course.root(), &targets).await?;
    let crates = crates::locked(&lock()?)?;
    let now = bytes(&crates);
    let here = crates.iter().filter(|one| one.path.is_some()).count();
    let text = format!(
        "{here} of the {} crates in Cargo.lock are here: {}, of which {} were fetched now",
        crates.len(),
        size::shown(now),
        size::shown(now.saturating_sub(before))
    );
    report::line(report::wrapped(&format!("  {} ", styled(GOOD, "✓")), &text));
    Ok(())
}

async fn fetch_images(typed: &Typed, course: &Course) -> Result<Images> {
    report::line(format!("\n{}", styled(HEADING, "Images")));
    if typed.no_images {
        report::line("  left out, as you say");
        return Ok(Images::default());
    }
    images::fetch(course).await
}

/// Cargo has fetched them, but maybe to where nobody looks.
fn require_all(crates: &[crates::Crate]) -> Result<()> {
    let missing: Vec<_> = crates.iter().filter(|one| one.path.is_none()).map(|one| one.file.as_str()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Problem::new("some crates are not in the folder where cargo keeps them, CARGO_HOME/registry/cache")
        .quoting(missing.join("\n"))
        .advice(
            "Does a `.cargo/config.toml` replace crates.io by a folder, as in a course that was unpacked from such an \
             archive? Make the archive in a clone that fetches its crates by itself.",
        ))
}

async fn write(place: Place, contents: Contents) -> Result<()> {
    report::line(format!("\n{}", styled(HEADING, "Archive")));
    if !contents.source.uncommitted.is_empty() {
        report::warning("the archive holds what is committed, and these changes are not:");
        report::note(report::quoted(contents.source.some_uncommitted().lines()));
    }
    let words = format!(
        "{} crates, {}, and the course at commit {}",
        contents.crates.len(),
        images_in_words(&contents.images),
        contents.source.commit.get(..12).unwrap_or(&contents.source.commit),
    );
    let file = place.file().to_owned();
    let bytes = written(place, contents).await?;
    let text = format!("{}: {}, with {words}", file.display(), size::shown(bytes));
    report::line(report::wrapped(&format!("  {} ", styled(GOOD, "✓")), &text));
    if bytes >= FAT32 {
        report::warning("a stick with FAT32 takes no file of 4 GiB or more: format it with exFAT.");
    }
    if bytes > STICK {
        report::warning(
            "it does not fit on a stick of 8 GB. Without what Docker needs it is much smaller: --no-images",
        );
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    report::line("  Unpack it on Linux, macOS, or in Git Bash on Windows, in the folder where it is:\n");
    report::line(format!("    tar xf {name} && sh {FOLDER}/unpack"));
    Ok(())
}

fn images_in_words(images: &Images) -> String {
    match images.here.len() {
        0 => "no images".into(),
        count => format!("{count} images for {}", images.architecture),
    }
}

/// Writes it on a thread of its own, which ends soon after Ctrl-C.
async fn written(place: Place, contents: Contents) -> Result<u64> {
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let stop = Arc::clone(&stop);
        tokio::task::spawn_blocking(move || place.write(&contents, stop))
    };
    let mut work = pin!(progress_line::show("writing the archive".to_owned(), writer));
    let mut stopped = pin!(signals::stop());
    let done = tokio::select! {
        done = &mut work => {
            // Ctrl-C ends Docker, too, and that may be noticed before.
            if matches!(done, Ok(Err(_))) && timeout(SOON, &mut stopped).await.is_ok() {
                return Err(archive::interrupted());
            }
            done
        }
        _ = &mut stopped => {
            stop.store(true, Ordering::Relaxed);
            // Whatever it failed at, Docker that Ctrl-C has ended as well, it was interrupted.
            work.await.map(|written| written.map_err(|_| archive::interrupted()))
        }
    };
    done.unwrap_or_else(|error| Err(Problem::new(format!("the archive could not be written: {error}"))))
}
