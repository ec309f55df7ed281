//! The servers that stand beside the programs of the lessons.

use std::path::{Path, PathBuf};

use checks::services::{postgres, postgres_exporter, prometheus, promtool, pushgateway};
use futures_util::future::join_all;

use super::finding::Finding;
use super::program::{Word, ask, ask_any, version};
use super::system::{Package, System};

/// A program in the PATH.
struct Server {
    name: &'static str,
    /// The names that it may have, without a path.
    programs: &'static [&'static str],
    needed_for: &'static str,
    package: Package,
}

const PROMETHEUS_PAGE: &str = "https://prometheus.io/download/";

const PROMETHEUS: Package =
    Package { apt: Some("prometheus"), dnf: None, brew: Some("prometheus"), winget: None, page: PROMETHEUS_PAGE };

const SERVERS: [Server; 4] = [
    Server {
        name: "Prometheus",
        programs: &[prometheus::PROGRAM],
        needed_for: "graphs in any lesson; no lesson needs it",
        package: PROMETHEUS,
    },
    Server {
        name: "promtool",
        programs: &[promtool::PROGRAM],
        needed_for: "the tests of the course; no lesson needs it",
        package: PROMETHEUS,
    },
    Server {
        name: "Pushgateway",
        programs: &pushgateway::PROGRAMS,
        needed_for: "lesson 06, unless Docker runs",
        package: Package {
            apt: Some("prometheus-pushgateway"),
            dnf: None,
            brew: None,
            winget: None,
            page: PROMETHEUS_PAGE,
        },
    },
    Server {
        name: "postgres_exporter",
        programs: &[postgres_exporter::PROGRAM, "postgres_exporter"],
        needed_for: "a comparison with yours in lesson 05; no lesson needs it",
        package: Package {
            apt: Some("prometheus-postgres-exporter"),
            dnf: None,
            brew: None,
            winget: None,
            page: "https://github.com/prometheus-community/postgres_exporter/releases",
        },
    },
];

const POSTGRES: Package = Package {
    apt: Some("postgresql"),
    dnf: Some("postgresql-server"),
    brew: Some("postgresql@17 && brew link postgresql@17"),
    winget: Some("PostgreSQL.PostgreSQL.17"),
    page: "https://www.postgresql.org/download/",
};

pub(super) async fn findings(system: System) -> Vec<Finding> {
    let servers = join_all(SERVERS.iter().map(|server| server.finding(system)));
    let (postgres, servers) = tokio::join!(postgres(), servers);
    let postgres = finding("PostgreSQL", "lesson 05, unless Docker runs", postgres, &POSTGRES, system);
    std::iter::once(postgres).chain(servers).collect()
}

impl Server {
    async fn finding(&self, system: System) -> Finding {
        let word = ask_any(self.programs, &["--version"]).await;
        finding(self.name, self.needed_for, word, &self.package, system)
    }
}

fn finding(name: &'static str, needed_for: &'static str, word: Word, package: &Package, system: System) -> Finding {
    let finding = |found: String| Finding::good(name, needed_for, found);
    match word {
        Word::Line(line) => finding(version(&line).to_owned()),
        Word::Error(error) => finding(format!("does not work: {error}")).missing(system.how_to_get(package)),
        Word::Missing => finding("not installed".into()).missing(system.how_to_get(package)),
    }
}

/// Its server is rarely in the PATH.
async fn postgres() -> Word {
    let configured = match ask("pg_config", &["--bindir"]).await {
        Word::Line(folder) => Some(PathBuf::from(folder)),
        _ => None,
    };
    let programs = configured.into_iter().chain(postgres::debian_programs()).map(|folder| server_in(&folder));
    ask_any(&programs.collect::<Vec<_>>(), &["--version"]).await
}

fn server_in(folder: &Path) -> PathBuf {
    folder.join(format!("postgres{}", std::env::consts::EXE_SUFFIX))
}
