//! The first page of a branch.

use lab::course::manifest::Manifest;
use lab::course::{Kind, Lesson, stage};

/// The version of Rust that the course asks for.
const RUST_VERSION: &str = env!("CARGO_PKG_RUST_VERSION");

/// The page, with what concerns its lesson.
pub(super) fn text(lesson: &Lesson, manifest: &Manifest) -> String {
    let (name, number) = (lesson.name(), lesson.number());
    let Manifest { title, question, minutes, .. } = manifest;
    let (start, solution) = (stage::lesson_branch(lesson), stage::solution_branch(lesson));
    let beside = match Kind::of(lesson) {
        Kind::Shop => "",
        Kind::Exporter | Kind::Job => {
            "| `shared/finished-shop/` | the shop of the lessons before, finished, which runs beside your program |\n"
        }
    };
    format!(
        "# {title}

{question}

    cargo lab            # where you are, and what to type next
    cargo lab check {number}   # what is done, and what is still missing

This is lesson {number} of a course in which you instrument a service with [Prometheus](https://prometheus.io), in Rust. It takes
about {minutes} minutes. You need [Rust](https://rustup.rs) {RUST_VERSION} or newer, and nothing else; the lesson says if it needs a server.
The first build takes a few minutes, later ones about a second.

1. Read [the lesson](lessons/{name}/README.md).
2. Open `lessons/{name}/src/`. `TODO` comments say what to do, and where.
3. Ask whether you are done: `cargo lab check {number}`. It stops at the first step that is not done, and says what it expected,
   what it saw, which mistake that usually is, and why it matters. `cargo lab watch {number}` does that whenever you save a file.

Stuck? `cargo lab hint {number}` shows one hint after the other. `cargo lab reset {number}` puts the lesson back as it was at the start,
and keeps your files in `.lab/kept/`; `cargo lab restore {number}` brings them back.

`cargo lab up {number}` starts the whole stack in Docker, with Prometheus and Grafana ([more](docs/src/compose.md)), and `cargo lab load`
sends customers ([more](docs/src/load.md)). Does something not work on your machine? `cargo lab doctor` says what is missing.

## Branches

You are on `{start}`: one lesson, with all that it needs, and without its solution. Work on a branch of your own, so
that a newer version of this one is never in your way:

    git switch --create my-{name}

The solution is on `{solution}`, a commit for each step. From a fresh clone:

    git log --patch --reverse origin/{start}..origin/{solution}
    git diff origin/{solution} -- lessons/{name}/src     # yours, against ours

Each lesson has such branches: `git branch --all --list '*lesson/*'`.

## What is where

| folder | what is in it |
|---|---|
| `lessons/{name}/` | what you edit |
{beside}| `shared/shop/` | the shop without a metric |
| `shared/summary/` | the metric type `Summary`, which the `prometheus` crate lacks |
| `shared/checks/` | what the lesson must show |
| `shared/exposition/` | reads a page of metrics, strictly |
| `shared/lab/` | the command `cargo lab` |
| `docker-compose.yml`, `Dockerfile`, `.env`, `postgres/`, `pushgateway/` | the whole stack of a lesson |
| `prometheus/`, `alertmanager/`, `grafana/` | what is scraped, rules and alerts, dashboards |
| `docs/` | the stack, traffic, alerts and what to do about them |

## Licence

MIT or Apache 2.0, as you like: [LICENSE-MIT](LICENSE-MIT), [LICENSE-APACHE](LICENSE-APACHE).
"
    )
}
