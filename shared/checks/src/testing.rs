//! The checks for a lesson's own `tests/checks.rs`, one test each.

use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use futures_util::future::BoxFuture;

use crate::check::Check;
use crate::database::Database;
use crate::launch::{BuildApp, InProcess, LaunchError, Launcher, Program, Running, Settings};
use crate::lessons::{self, whole_page};
use crate::outcome::Verdict;
use crate::services::if_installed;
use crate::side_by_side::{self, AT_ONCE};
use crate::subject::Subject;
use crate::subject::app::{App, Environment};
use crate::subject::start_error::StartError;

/// A lesson's crate under test.
#[derive(Debug, Clone, Copy)]
pub struct Lesson {
    /// Its name, such as `01-counter`.
    pub name: &'static str,
    /// Its `app`.
    pub app: BuildApp,
    /// Its program, for what needs a process of its own: `env!("CARGO_BIN_EXE_...")`.
    pub program: &'static str,
}

impl Lesson {
    /// Passes if the check of this name does.
    ///
    /// # Panics
    ///
    /// With the explanation, if it does not.
    pub fn check(self, name: &str) {
        let check = find(self.name, name);
        in_turn(async {
            let app = Subject::Shop(start(self).await);
            assert_passes(check, check.run(&app).await);
        });
    }

    /// Passes if all checks of the earlier lessons do: side by side, each on a process of its own.
    ///
    /// # Panics
    ///
    /// With the explanation of the first that does not.
    pub fn check_earlier_lessons(self) {
        block_on(async {
            let app = Subject::Shop(start(Program(PathBuf::from(self.program))).await);
            let mut verdicts = pin!(side_by_side::run(lessons::before(self.name), &app, AT_ONCE));
            while let Some((check, verdict)) = verdicts.next().await {
                assert_passes(check, verdict);
            }
        });
    }

    /// The page of `/metrics` after a fixed script of requests, for a snapshot.
    ///
    /// # Panics
    ///
    /// If the app does not start, or serves no page.
    pub fn page(self) -> String {
        in_turn(async {
            let app = start(self).await;
            let page = whole_page::of_shop(&app, self.name).await;
            page.unwrap_or_else(|why| fail(&why))
        })
    }
}

/// The crate under test of a lesson whose program is no shop: an exporter, or a batch job.
///
/// They need a real server beside them. Where it is not installed, their tests pass, and say loudly that they did
/// not run; with `LAB_REQUIRE_SERVICES=1` they fail.
#[derive(Debug, Clone, Copy)]
pub struct ProgramLesson {
    /// Its name, such as `06-pushgateway`.
    pub name: &'static str,
    /// Its program: `env!("CARGO_BIN_EXE_...")`.
    pub program: &'static str,
}

impl ProgramLesson {
    /// Passes if the check of this name does.
    ///
    /// # Panics
    ///
    /// With the explanation, if it does not.
    pub fn check(self, name: &str) {
        let check = find(self.name, name);
        block_on(async {
            if let Some(subject) = self.start(name).await {
                assert_passes(check, check.run(&subject).await);
            }
        });
    }

    /// The page after a fixed script, for a snapshot; none where a server is not installed.
    ///
    /// # Panics
    ///
    /// If the program does not start, or there is no page.
    pub fn page(self) -> Option<String> {
        block_on(async {
            let subject = self.start("the snapshot of the page").await?;
            let page = whole_page::of(&subject, self.name).await;
            Some(page.unwrap_or_else(|why| fail(&why)))
        })
    }

    /// What a Prometheus that scrapes the gateway sees of a batch job after the same script; none where a server is
    /// not installed.
    ///
    /// # Panics
    ///
    /// As [`ProgramLesson::page`].
    pub fn prometheus_view(self) -> Option<String> {
        block_on(async {
            let subject = self.start("the snapshot of Prometheus's view").await?;
            let Subject::Job(job) = &subject else { fail(&format!("{} pushes nothing", self.name)) };
            whole_page::in_prometheus(job).await.unwrap_or_else(|why| fail(&why))
        })
    }

    async fn start(self, wanted_for: &str) -> Option<Subject> {
        let subject = match Subject::start(self.name, PathBuf::from(self.program)).await {
            Ok(subject) => Ok(subject),
            Err(StartError::Service(error)) => Err(error),
            Err(error) => fail(&error.to_string()),
        };
        let subject = if_installed(subject, &format!("{}, {wanted_for}", self.name));
        subject.unwrap_or_else(|error| fail(&error.to_string()))
    }
}

impl Launcher for Lesson {
    fn launch<'a>(&'a self, settings: &'a Settings) -> BoxFuture<'a, Result<Running, LaunchError>> {
        Box::pin(async move {
            // A test cannot change its own environment safely: other tests read it.
            if settings.variables.is_empty() {
                InProcess(self.app).launch(settings).await
            } else {
                Program(PathBuf::from(self.program)).launch(settings).await
            }
        })
    }
}

/// One check at a time: apps in this process may share a registry, and then see each other's requests.
fn in_turn<F: Future>(check: F) -> F::Output {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    // A check that failed has poisoned the lock, which guards nothing but the order.
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    block_on(check)
}

fn block_on<F: Future>(check: F) -> F::Output {
    match tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build() {
        Ok(runtime) => runtime.block_on(check),
        Err(error) => fail(&format!("no async runtime: {error}")),
    }
}

fn find(lesson: &str, name: &str) -> &'static Check {
    lessons::find(lesson, name).unwrap_or_else(|| fail(&format!("lesson {lesson} has no check {name}")))
}

async fn start(launcher: impl Launcher + 'static) -> App {
    let database = Database::fresh().await.unwrap_or_else(|error| fail(&error.to_string()));
    let environment = Environment { launcher: Arc::new(launcher), database };
    App::start(environment).await.unwrap_or_else(|error| fail(&error.to_string()))
}

fn assert_passes(check: &Check, verdict: Verdict) {
    match verdict {
        Verdict::Passed => {}
        Verdict::Failed(failure) => fail(&format!("{check:?}\n\n{failure}\n")),
        Verdict::NotRun(reason) => fail(&format!("{check:?} could not be made: {reason}")),
    }
}

#[expect(clippy::panic, reason = "a test fails by a panic")]
fn fail(message: &str) -> ! {
    panic!("\n\n{message}\n")
}
