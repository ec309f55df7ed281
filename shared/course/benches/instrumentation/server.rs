//! A solution as a process of its own, which tells how much CPU time it has used.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;
use std::{env, io, thread};

use anyhow::{Context, Result, bail};
use axum::Router;
use cpu_time::ProcessTime;
use shop::{Config, Store};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::cpu;

/// The argument that makes this program such a server.
pub(crate) const SERVE: &str = "--serve";

/// The argument that keeps all of its threads on one CPU.
pub(crate) const ON_ONE_CPU: &str = "--on-one-cpu";

/// A server that runs for as long as this value lives.
pub(crate) struct Server {
    pub(crate) base_url: String,
    child: Child,
    questions: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    _folder: TempDir,
}

impl Server {
    /// Starts the solution of a lesson, `00` or `04`, on a database of its own.
    pub(crate) fn start(lesson: &str, on_one_cpu: bool) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(env::current_exe()?);
        command
            .args([SERVE, lesson])
            .env("DATABASE_URL", format!("sqlite:{}", folder.path().join("shop.db").display()));
        command.args(on_one_cpu.then_some(ON_ONE_CPU));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let questions = child.stdin.take().context("the server has no standard input")?;
        let stdout = child.stdout.take().context("the server has no standard output")?;
        let mut answers = BufReader::new(stdout).lines();
        let base_url = answers.next().context("the server does not say where it listens")??;
        Ok(Self { base_url, child, questions, answers, _folder: folder })
    }

    /// The CPU time that the whole process has used since its start.
    pub(crate) fn cpu_time(&mut self) -> Result<Duration> {
        writeln!(self.questions)?;
        let answer = self.answers.next().context("the server has ended")??;
        Ok(Duration::from_nanos(answer.parse()?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Either fails when it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs as a server until nobody asks any more.
pub(crate) fn serve(lesson: &str, on_one_cpu: bool) -> Result<()> {
    let app = match lesson {
        "00" => solution_00_item_api::app,
        "04" => solution_04_summary::app,
        _ => bail!("no lesson {lesson} to measure: 00 or 04"),
    };
    if on_one_cpu {
        cpu::keep_on_one()?;
    }
    thread::spawn(answer_questions);
    // One worker, so that none is woken up only to find that another has done the work.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async { tokio::spawn(listen(app)).await? })
}

async fn listen(app: fn(Store) -> Result<Router>) -> Result<()> {
    let store = Store::connect(&Config::from_env()?).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, app(store)?).await?;
    Ok(())
}

/// Each line is a question for the CPU time. The last one is followed by the end of this process.
fn answer_questions() {
    for _ in io::stdin().lines() {
        println!("{}", ProcessTime::now().as_duration().as_nanos());
    }
    std::process::exit(0);
}
