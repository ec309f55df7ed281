//! The images that the stack in Docker is made of.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

/// The files that name them, in the folder of the course.
const FILES: [&str; 3] = ["docker-compose.yml", "Dockerfile", "pushgateway/Dockerfile"];

/// The public images that the files of the course name: those that run, and those that ours are built on. Each once, in
/// the order of their names.
///
/// # Errors
///
/// When a file cannot be read. One that is not there names none.
pub fn named(root: &Path) -> io::Result<Vec<String>> {
    let mut images = Vec::new();
    for file in FILES {
        match fs::read_to_string(root.join(file)) {
            Ok(text) => images.extend(of_text(&text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    images.sort();
    images.dedup();
    Ok(images)
}

/// What stands behind `image:` in a file of Compose, and behind `FROM` in one of Docker, but for the stages of the latter.
fn of_text(text: &str) -> Vec<String> {
    let lines = || text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let stages: Vec<_> = lines().filter(|words| words.first() == Some(&"FROM")).collect();
    let is_stage = |image: &str| {
        let mut names = stages.iter().filter(|words| words.len() == 4).map(|words| words[3]);
        names.any(|name| name == image)
    };
    let images = lines().filter_map(|words| match words.as_slice() {
        ["image:" | "FROM", image, ..] if !is_stage(image) => Some((*image).to_owned()),
        _ => None,
    });
    images.collect()
}

/// The size of an image in bytes, if it is on this machine.
pub async fn size(image: &str) -> Option<u64> {
    docker(&["image", "inspect", "--format", "{{.Size}}", image]).await?.parse().ok()
}

/// The kind of processor that images are for here, in Docker's word, such as `amd64`.
pub async fn architecture() -> Option<String> {
    docker(&["version", "--format", "{{.Server.Arch}}"]).await
}

/// What Docker answers, if it does.
async fn docker(arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("docker");
    let output = command.args(arguments).stdin(Stdio::null()).kill_on_drop(true).output().await.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
