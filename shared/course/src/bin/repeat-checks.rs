//! Runs all checks of all solutions again and again, and lists every verdict that is not a pass.
//!
//! The checks that take long are listed by the time for which those before them were done and they were not: with
//! `--at-once 1` it is all of their time.
//!
//! A check on trial: `cargo run -p course --bin repeat-checks -- --runs 50 --busy 1` with one thread that keeps a core
//! busy, and the same behind `nice -n 19`, beside something else that wants the CPU.

use std::collections::BTreeMap;
use std::env;
use std::hint::black_box;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use checks::{Subject, Verdict, lessons, side_by_side};
use course::solutions;
use futures_util::StreamExt;

/// A check that takes longer has to say why.
const LONG: Duration = Duration::from_millis(300);

/// What was typed.
struct Arguments {
    /// How often each solution is judged.
    runs: usize,
    /// How many threads do nothing but keep a core busy.
    busy: usize,
    /// How many checks run side by side: as many as a student's program is judged by, if it is not said.
    at_once: usize,
    /// The lessons, by the beginning of their names; all if there is none.
    lessons: Vec<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse(env::args().skip(1))?;
    solutions::build()?;
    let _busy = Busy::start(arguments.busy);
    let mut failures = 0;
    println!("lesson                runs  false   shortest    median   longest");
    for lesson in arguments.lessons() {
        let mut times = Vec::new();
        let mut times_of_checks = BTreeMap::new();
        let mut of_lesson = 0;
        for run in 1..=arguments.runs {
            let started = Instant::now();
            if let Err(error) = judge(lesson, arguments.at_once, &mut times_of_checks).await {
                of_lesson += 1;
                println!("{lesson}, run {run}: {error}");
            }
            times.push(started.elapsed());
        }
        print_row(lesson, of_lesson, &mut times);
        print_long_ones(times_of_checks);
        failures += of_lesson;
    }
    Ok(if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Arguments {
    fn parse(mut typed: impl Iterator<Item = String>) -> Result<Self> {
        let mut arguments = Self { runs: 1, busy: 0, at_once: side_by_side::AT_ONCE, lessons: Vec::new() };
        while let Some(argument) = typed.next() {
            let mut number = || {
                let number = typed.next().and_then(|number| number.parse().ok());
                number.with_context(|| format!("give a number behind {argument}"))
            };
            match argument.as_str() {
                "--runs" => arguments.runs = number()?,
                "--busy" => arguments.busy = number()?,
                "--at-once" => arguments.at_once = number()?,
                _ if argument.starts_with('-') => {
                    bail!("there is no option {argument}, only --runs, --busy and --at-once")
                }
                _ => arguments.lessons.push(argument),
            }
        }
        Ok(arguments)
    }

    fn lessons(&self) -> impl Iterator<Item = &'static str> {
        let mut names = solutions::names();
        let is_asked = |name: &str| self.lessons.is_empty() || self.lessons.iter().any(|asked| name.starts_with(asked));
        names.retain(|name| is_asked(name));
        names.into_iter()
    }
}

/// Runs the checks of a lesson on its solution, on servers of their own, as `cargo lab check --solution` does.
async fn judge(lesson: &str, at_once: usize, times: &mut BTreeMap<&'static str, Vec<Duration>>) -> Result<()> {
    let subject = Subject::start(lesson, solutions::program(lesson)?).await?;
    let mut verdicts = pin!(side_by_side::run(lessons::of(lesson), &subject, at_once));
    let mut started = Instant::now();
    while let Some((check, verdict)) = verdicts.next().await {
        times.entry(check.name).or_default().push(started.elapsed());
        started = Instant::now();
        match verdict {
            Verdict::Passed => {}
            Verdict::Failed(failure) => bail!("{check:?} fails:\n{failure}"),
            Verdict::NotRun(reason) => bail!("{check:?} is not made: {reason}"),
        }
    }
    Ok(())
}

fn print_row(lesson: &str, failures: u32, times: &mut [Duration]) {
    times.sort_unstable();
    let [shortest, median, longest] = [0, times.len() / 2, times.len().saturating_sub(1)]
        .map(|index| times.get(index).map_or(0.0, Duration::as_secs_f64));
    println!("{lesson:20} {:5} {failures:6} {shortest:8.1} s {median:7.1} s {longest:7.1} s", times.len());
}

/// The checks that take longest, by their medians.
fn print_long_ones(times: BTreeMap<&str, Vec<Duration>>) {
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    };
    let mut medians: Vec<_> = times.into_iter().map(|(check, times)| (median(times), check)).collect();
    medians.retain(|(median, _)| *median > LONG);
    medians.sort_unstable_by(|one, other| other.cmp(one));
    for (median, check) in medians {
        println!("    {:46} {:7.1} s", check, median.as_secs_f64());
    }
}

/// Threads that keep cores busy for as long as this value lives.
struct Busy(Arc<AtomicBool>);

impl Busy {
    fn start(threads: usize) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        for _ in 0..threads {
            let done = Arc::clone(&done);
            thread::spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    black_box((0..1_000_u64).sum::<u64>());
                }
            });
        }
        Self(done)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
