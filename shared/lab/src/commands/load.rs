//! `cargo lab load`: traffic on a shop, at a rate that does not depend on how fast it answers.
//!
//! A thread of its own says when a request is due ([`schedule`]), and puts that time into a queue. Each worker takes
//! one from there, sends the next request of its shoppers ([`shopper`]) over its connection ([`client`]), and reports
//! how that went ([`tally`]). When all workers wait for an answer, the queue grows, and the response times show it.

mod call;
mod catalogue;
mod client;
mod scenario;
pub mod schedule;
mod shopper;
mod summary;
mod tally;
mod traffic;

use std::pin::pin;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use flume::{Receiver, Sender};
use indicatif::{HumanCount, ProgressBar};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep_until};

use crate::arguments::{Format, TypedUrl};
use crate::machine::shop_url::ShopUrl;
use crate::machine::signals;
use crate::problem::{Exit, Problem, Result};
use crate::screen::report::{self, HEADING, styled};

use catalogue::Catalogue;
use client::{Client, Target};
use scenario::Scenario;
use schedule::{Limit, Schedule};
use shopper::{REQUESTS_PER_BUYER, Shopper};
use summary::{End, Summary};
use tally::{Event, Outcome, Tally};
use traffic::Traffic;

/// How long what is late may still take when nothing more is due: as long as one answer.
const GRACE: Duration = client::ANSWER_TIMEOUT;
/// How many due requests the queue holds. It does not limit how many can be late: the thread that fills the queue
/// waits when it is full, and what comes next still has the time at which it was due.
const QUEUE: usize = 1_000;
/// How often the live line changes.
const TICK: Duration = Duration::from_millis(250);

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// Where the shop runs
    #[arg(long, default_value = "http://127.0.0.1:8000")]
    pub url: TypedUrl,
    /// A set of numbers, which the options below override one by one
    #[arg(long, value_enum, default_value_t = Scenario::Baseline)]
    pub scenario: Scenario,
    /// Requests a second, 0.01 to 100000
    #[arg(long, value_parser = schedule::parse_rate, allow_negative_numbers = true)]
    pub rate: Option<f64>,
    /// Workers, 1 to 1000: each has a connection, and waits for one answer at a time
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub concurrency: Option<u16>,
    /// For how long, such as 30s, 5m or 1h, up to 24h
    #[arg(long, value_parser = schedule::parse_duration, conflicts_with = "requests")]
    pub duration: Option<Duration>,
    /// How many requests instead, 1 to 10000000
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub requests: Option<u64>,
    /// How the report is written; programs get the times in seconds
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// The traffic that is to be made, and for whom the report is.
#[derive(Debug)]
pub struct Load {
    traffic: Traffic,
    format: Format,
}

impl Load {
    /// Makes sense of what was typed.
    ///
    /// # Errors
    ///
    /// When it makes none.
    pub fn new(typed: Typed) -> Result<Self> {
        let numbers = typed.scenario.numbers();
        let limit = match typed.requests {
            Some(count) => Limit::Requests(count),
            None => Limit::Duration(typed.duration.unwrap_or(numbers.duration)),
        };
        let schedule = match typed.rate {
            Some(_) if numbers.rates.len() > 1 => {
                return Err(Problem::usage("the scenario `mixed` changes its rate, so it takes no --rate")
                    .advice("Leave one of the two out."));
            }
            Some(rate) => Schedule::new(&[rate], limit),
            None => Schedule::new(numbers.rates, limit),
        };
        let workers = typed.concurrency.unwrap_or(numbers.workers);
        let traffic = Traffic { target: Target::new(ShopUrl::parse(&typed.url)?)?, schedule, workers };
        Ok(Self { traffic, format: typed.format })
    }

    /// Sends the traffic, until it is done or Ctrl-C comes, and reports.
    ///
    /// # Errors
    ///
    /// When there is no shop to send it to.
    pub async fn run(self) -> Result<Exit> {
        let mut tally = Tally::new()?;
        let (catalogue, clients) = self.open().await?;
        if self.format == Format::Human {
            self.announce();
        }
        let start = Instant::now();
        let workers = self.start(start, catalogue, clients)?;
        let end = self.collect(start, workers, &mut tally).await;
        let summary = Summary::new(&self.traffic, &mut tally, start, end);
        match self.format {
            Format::Human => summary.print(),
            Format::Json => report::json(&summary),
        }
        let nothing_answered = tally.answered() == 0 && end != End::Interrupted;
        Ok(if nothing_answered { Exit::NotJudged } else { Exit::Done })
    }

    /// Reads the catalogue, and opens all connections, before the clock starts.
    async fn open(&self) -> Result<(Catalogue, Vec<Client>)> {
        let mut client = Client::new(&self.traffic.target);
        let catalogue = Catalogue::read(&mut client, &self.traffic.target).await?;
        let mut clients = vec![client];
        for _ in 1..self.traffic.workers {
            let mut client = Client::new(&self.traffic.target);
            client.open().await.map_err(|failure| self.traffic.target.no_answer(failure))?;
            clients.push(client);
        }
        Ok((catalogue, clients))
    }

    fn announce(&self) {
        report::line(styled(HEADING, format!("Traffic on {}", self.traffic.target)));
        let workers =
            if self.traffic.workers == 1 { "1 worker".to_owned() } else { format!("{} workers", self.traffic.workers) };
        report::line(report::wrapped("  ", &format!("{}, {workers}", self.traffic.schedule)));
        report::line("  Ctrl-C ends it, with its report.");
    }

    /// Starts what says when requests are due, and the workers.
    fn start(&self, start: Instant, catalogue: Catalogue, clients: Vec<Client>) -> Result<Workers> {
        let (due, queue) = flume::bounded(QUEUE);
        let schedule = self.traffic.schedule.clone();
        // A thread of its own, since the timer of the async runtime goes in steps of a millisecond.
        let pacer = thread::Builder::new().name("pacer".into()).spawn(move || pace(&schedule, start, &due));
        pacer.map_err(|error| Problem::new(format!("cannot start a thread: {error}")))?;

        let buyers = self.traffic.schedule.due().count() as f64 / REQUESTS_PER_BUYER;
        let catalogue = Arc::new(catalogue.for_buyers(buyers));
        let (sender, events) = unbounded_channel();
        let mut tasks = JoinSet::new();
        for (client, number) in clients.into_iter().zip(0..) {
            let shopper = Shopper::new(Arc::clone(&catalogue), number);
            tasks.spawn(work(number, client, shopper, queue.clone(), sender.clone()));
        }
        Ok(Workers { events, _tasks: tasks })
    }

    /// Collects what the workers report until there is no more, or it is time to end.
    async fn collect(&self, start: Instant, mut workers: Workers, tally: &mut Tally) -> End {
        let line = ProgressBar::new_spinner();
        let mut tick = interval(TICK);
        let mut stop = pin!(signals::stop());
        let mut too_late = pin!(sleep_until((start + self.traffic.schedule.span() + GRACE).into()));
        let end = loop {
            tokio::select! {
                _ = &mut stop => break End::Interrupted,
                () = &mut too_late => break End::Late,
                _ = tick.tick() => {
                    line.set_message(self.live(start.elapsed(), tally));
                    line.tick();
                }
                event = workers.events.recv() => match event {
                    Some(event) => tally.record(event),
                    None => break End::Complete,
                },
            }
        };
        // What has come before the end counts, although nobody has looked at it yet.
        while let Ok(event) = workers.events.try_recv() {
            tally.record(event);
        }
        line.finish_and_clear();
        end
    }

    fn live(&self, elapsed: Duration, tally: &Tally) -> String {
        format!(
            "{} of {} s: {} answered, {} errors, p95 {:.1} ms",
            elapsed.as_secs(),
            self.traffic.schedule.span().as_secs(),
            HumanCount(tally.answered()),
            HumanCount(tally.failed()),
            tally.response.value_at_quantile(0.95) as f64 / 1_000.0,
        )
    }
}

/// The workers, as long as this value lives, and what they report.
struct Workers {
    events: UnboundedReceiver<Event>,
    _tasks: JoinSet<()>,
}

/// Says at the right time that a request is due.
fn pace(schedule: &Schedule, start: Instant, due: &Sender<Instant>) {
    for offset in schedule.due() {
        let intended = start + offset;
        thread::sleep(intended.saturating_duration_since(Instant::now()));
        if due.send(intended).is_err() {
            // The workers have ended before the schedule has.
            return;
        }
    }
}

/// Sends requests as they are due, one after the other.
async fn work(
    worker: u64,
    mut client: Client,
    mut shopper: Shopper,
    due: Receiver<Instant>,
    events: UnboundedSender<Event>,
) {
    while let Ok(intended) = due.recv_async().await {
        let call = shopper.next_call();
        let sent = Instant::now();
        if events.send(Event::Sent { worker, at: sent }).is_err() {
            return;
        }
        let result = client.send(&call).await.map(|answer| answer.status);
        let outcome = Outcome { result, intended, sent, ended: Instant::now() };
        if events.send(Event::Ended { worker, outcome }).is_err() {
            return;
        }
    }
}
