//! Every way of writing the shop passes the checks of every lesson that it can be judged by.
//!
//! A test for each alternative and lesson: `cargo test --package alternatives axum_prometheus`.

use std::env;
use std::path::Path;
use std::pin::pin;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use checks::database::Database;
use checks::launch::{LaunchError, Launcher, Program, Running, Settings};
use checks::ports::free_port;
use checks::subject::Environment;
use checks::{App, Subject, Verdict, lessons, side_by_side};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use libtest_mimic::{Arguments, Failed, Trial};
use shop::RUST_VERSION;

/// The lessons that grow one app.
const LESSONS: [&str; 5] = ["00-item-api", "01-counter", "02-gauge", "03-histogram", "04-summary"];

/// The alternatives of this package, and how many of the lessons each can do.
const ALTERNATIVES: [(&str, usize); 10] = [
    ("axum_prometheus", 5),
    ("default_registry", 5),
    ("extra_families_and_labels", 5),
    ("hyper_alone", 5),
    ("metrics_crate", 5),
    ("more_buckets", 5),
    // Its library has no summary.
    ("official_client", 4),
    ("other_help_and_order", 5),
    ("own_layer", 5),
    ("several_registries", 5),
];

/// Those whose metrics are the process's: a replica of them is a process of its own.
const ONE_APP_IN_A_PROCESS: [&str; 3] = ["axum_prometheus", "default_registry", "metrics_crate"];

/// The checks wait more than they work, so that there may be more of them than cores.
const THREADS: usize = 4;

/// Python's client library has no quantiles, so that `fastapi` ends before the summary.
const FASTAPI_LESSONS: usize = 4;
/// The summary is not judged from outside alone.
const NODE_LESSONS: usize = 4;
/// The libraries of the shop in Node.js, which `npm ci` puts there.
const NODE_MODULES: &str = "node/node_modules";

/// FastAPI, uvicorn and psutil take a while to be read.
const START_TIMEOUT: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    let in_rust = ALTERNATIVES.into_iter().flat_map(|(name, count)| {
        LESSONS.into_iter().take(count).map(move |lesson| {
            Trial::test(format!("{name}/{lesson}"), move || judge(lesson, start(Arc::new(Alternative(name)))))
        })
    });
    let in_python = LESSONS.into_iter().take(FASTAPI_LESSONS).map(|lesson| {
        Trial::test(format!("fastapi/{lesson}"), move || judge_fastapi(lesson)).with_ignored_flag(!has_fastapi())
    });
    let in_node = LESSONS.into_iter().take(NODE_LESSONS).map(|lesson| {
        Trial::test(format!("node/{lesson}"), move || judge_node(lesson)).with_ignored_flag(!has_node_modules())
    });
    libtest_mimic::run(&arguments, in_rust.chain(in_python).chain(in_node).collect()).exit_code()
}

/// Runs the checks of a lesson, all of which have to pass.
fn judge(lesson: &str, app: impl Future<Output = Result<App, Failed>>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let subject = Subject::Shop(app.await?);
        let mut verdicts = pin!(side_by_side::run(lessons::of(lesson), &subject, 1));
        while let Some((check, verdict)) = verdicts.next().await {
            match verdict {
                Verdict::Passed => {}
                Verdict::Failed(failure) => return Err(format!("{} says:\n{failure}", check.name).into()),
                Verdict::NotRun(reason) => return Err(format!("{} is not run: {reason}", check.name).into()),
            }
        }
        Ok(())
    })
}

async fn start(launcher: Arc<dyn Launcher>) -> Result<App, Failed> {
    let environment = Environment { launcher, database: Database::fresh().await? };
    Ok(App::start(environment).await?)
}

/// One of this package.
struct Alternative(&'static str);

impl Launcher for Alternative {
    fn launch<'a>(&'a self, settings: &'a Settings) -> BoxFuture<'a, Result<Running, LaunchError>> {
        Box::pin(async move {
            let mut settings = settings.clone();
            settings.variables.push(("ALTERNATIVE", self.0.to_owned()));
            if ONE_APP_IN_A_PROCESS.contains(&self.0) {
                settings.replicas = 1;
            }
            Program(env!("CARGO_BIN_EXE_alternatives").into()).launch(&settings).await
        })
    }
}

/// The shop in Node.js, a program like the others: `node/shop.mjs` says which it is to be run by.
struct Node;

impl Launcher for Node {
    fn launch<'a>(&'a self, settings: &'a Settings) -> BoxFuture<'a, Result<Running, LaunchError>> {
        Box::pin(async move {
            let mut settings = settings.clone();
            // It shows what it is told: nothing of it was built by Rust.
            settings.variables.push(("RUST_VERSION", RUST_VERSION.to_owned()));
            Program(Path::new(env!("CARGO_MANIFEST_DIR")).join("node/shop.mjs")).launch(&settings).await
        })
    }
}

/// Judges the shop in Node.js from outside, but for the first lesson: its library for SQLite opens files in its own way, which
/// the checks cannot bring into trouble.
fn judge_node(lesson: &str) -> Result<(), Failed> {
    if lesson == LESSONS[0] {
        return judge(lesson, start(Arc::new(Node)));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let database = runtime.block_on(Database::fresh())?;
    let settings = Settings { database_url: database.url().to_owned(), replicas: 1, ..Settings::default() };
    let running = runtime.block_on(Node.launch(&settings))?;
    judge(lesson, async { Ok(App::at(&running.base_urls[0])?) })
}

/// Whether the shop in Node.js can run here. Where every service is required, it has to.
fn has_node_modules() -> bool {
    env::var_os("LAB_REQUIRE_SERVICES").is_some() || Path::new(env!("CARGO_MANIFEST_DIR")).join(NODE_MODULES).is_dir()
}

/// Judges the shop in Python as `cargo lab check --url` does: from outside.
fn judge_fastapi(lesson: &str) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let url = format!("http://127.0.0.1:{}", free_port()?);
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/shop.py");
    let mut command = Command::new(python());
    command.arg(shop).arg(&url["http://".len()..]).arg(folder.path().join("shop.db"));
    let _process = Process(command.stdin(Stdio::null()).stderr(Stdio::null()).spawn()?);
    wait_until_listening(&url["http://".len()..])?;
    judge(lesson, async { Ok(App::at(&url)?) })
}

fn wait_until_listening(address: &str) -> Result<(), Failed> {
    let deadline = Instant::now() + START_TIMEOUT;
    while std::net::TcpStream::connect(address).is_err() {
        if Instant::now() > deadline {
            return Err("the shop in Python does not listen".into());
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Ends with this value.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Fails when it has ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The Python of a virtual environment with `python/requirements.txt`, or whichever there is.
fn python() -> String {
    env::var("ALTERNATIVES_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// Whether the shop in Python can run here. Where every service is required, it has to.
fn has_fastapi() -> bool {
    let mut import = Command::new(python());
    let import =
        import.args(["-c", "import fastapi, prometheus_client, psutil, uvicorn"]).stderr(Stdio::null()).status();
    env::var_os("LAB_REQUIRE_SERVICES").is_some() || import.is_ok_and(|status| status.success())
}
