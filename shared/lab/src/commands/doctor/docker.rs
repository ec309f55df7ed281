//! Docker, Compose, and how much memory containers have.

use super::finding::Finding;
use super::machine::gibibytes;
use super::program::{Word, ask};
use super::system::{Package, System};

const WHOLE_STACK: &str = "the whole stack of a lesson in containers; no lesson needs it";
/// Docker Desktop's own requirement.
const ENOUGH_MEMORY: u64 = 4 << 30;

const DOCKER: Package = Package {
    apt: Some("docker.io"),
    dnf: Some("moby-engine"),
    brew: Some("--cask docker"),
    winget: Some("Docker.DockerDesktop"),
    page: "https://docs.docker.com/get-started/get-docker/",
};

const COMPOSE: Package = Package {
    apt: Some("docker-compose"),
    dnf: Some("docker-compose"),
    // Docker Desktop brings it.
    brew: Some("--cask docker"),
    winget: Some("Docker.DockerDesktop"),
    page: "https://docs.docker.com/compose/install/",
};

pub(super) async fn findings(system: System) -> Vec<Finding> {
    // Words that only the running daemon can say.
    let info = ["info", "--format", "{{.ServerVersion}} {{.MemTotal}}"];
    let (info, compose) = tokio::join!(ask("docker", &info), compose());
    let info = match info {
        // Some versions stumble over the format then, and say nothing else.
        Word::Error(_) => cause(info).await,
        info => info,
    };
    vec![docker(info, system), compose_finding(compose, system)]
}

/// Why Docker does not answer, in the words of a command that is asked for nothing in particular.
async fn cause(info: Word) -> Word {
    match ask("docker", &["version"]).await {
        Word::Error(cause) => Word::Error(cause),
        _ => info,
    }
}

fn docker(info: Word, system: System) -> Finding {
    let finding = |found: String| Finding::good("Docker", WHOLE_STACK, found);
    match info {
        Word::Line(line) => match version_and_memory(&line) {
            Some((version, memory)) => {
                let finding = finding(format!("{version}, with {} of memory", gibibytes(memory)));
                if memory >= ENOUGH_MEMORY {
                    finding
                } else {
                    finding.doubtful(format!("Give it {} or more, in its settings.", gibibytes(ENOUGH_MEMORY)))
                }
            }
            None => finding("installed, but not running".into()).missing(START),
        },
        Word::Error(error) => finding(format!("installed, but does not answer: {error}")).missing(START),
        Word::Missing => finding("not installed".into()).missing(system.how_to_get(&DOCKER)),
    }
}

const START: &str = "Start it: Docker Desktop, or on Linux `sudo systemctl start docker`. Your user has to be in the \
                     group `docker`.";

/// Docker writes such as `28.2.2 25276309504`.
fn version_and_memory(line: &str) -> Option<(&str, u64)> {
    let (version, memory) = line.split_once(' ')?;
    Some((version, memory.parse().ok()?))
}

/// The plugin of Docker, or the older program.
async fn compose() -> Word {
    match ask("docker", &["compose", "version", "--short"]).await {
        Word::Line(version) => Word::Line(format!("{version}, as `docker compose`")),
        _ => match ask("docker-compose", &["version", "--short"]).await {
            Word::Line(version) => Word::Line(format!("{version}, as `docker-compose`")),
            word => word,
        },
    }
}

fn compose_finding(word: Word, system: System) -> Finding {
    let finding = |found: String| Finding::good("Compose", WHOLE_STACK, found);
    match word {
        Word::Line(version) => finding(version),
        Word::Error(error) => finding(format!("does not work: {error}")).missing(system.how_to_get(&COMPOSE)),
        Word::Missing => finding("not installed".into()).missing(system.how_to_get(&COMPOSE)),
    }
}
