//! Scrapes each second, keeps what came, and tells of it.

mod answer;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use checks::exposition::MetricType;
use futures_util::future::join_all;
use reqwest::Client;
use reqwest::redirect::Policy;
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use self::answer::{Answer, Heard};
use super::families::{self, Families};
use super::history::{Family, History, Shared, with_history};
use super::moves::{self, Move};
use super::news::json;
use super::target::Target;
use crate::judge::findings::Findings;
use crate::problem::{Problem, Result};

/// How often a page is asked for.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long a page may take: as long as a Prometheus waits that scrapes each second.
const TIMEOUT: Duration = Duration::from_secs(1);

/// What asks, again and again.
#[derive(Debug)]
pub(super) struct Scraper {
    client: Client,
    targets: Vec<Target>,
    history: Shared,
    families: watch::Sender<String>,
    scrape: watch::Sender<String>,
    /// The families that were told of last, if any were.
    listed: Option<Vec<Shape>>,
}

/// What a list of families depends on, but for the names of labels: those come and go with series.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    name: String,
    metric_type: MetricType,
    help: String,
    /// How many of its series are on the newest pages.
    series: usize,
}

/// A scrape, as it is told of.
#[derive(Debug, Serialize)]
struct Scrape {
    /// From 1.
    number: u64,
    /// In seconds since 1970.
    time: f64,
    targets: Vec<Heard>,
    moves: Vec<Move>,
    more_moves: usize,
    restarted: Vec<String>,
}

impl Scraper {
    /// What will ask these targets, and where it tells of families and of scrapes.
    ///
    /// # Errors
    ///
    /// When there can be no client.
    pub(super) fn new(
        targets: &[Target],
        history: Shared,
    ) -> Result<(Self, watch::Receiver<String>, watch::Receiver<String>)> {
        // Redirects lead to addresses that nobody has typed.
        let client = Client::builder().no_proxy().timeout(TIMEOUT).redirect(Policy::none()).build();
        let client = client.map_err(|error| Problem::new(format!("there is no HTTP client: {error}")))?;
        let (families, families_news) = watch::channel(String::new());
        let (scrape, scrape_news) = watch::channel(String::new());
        let scraper = Self { client, targets: targets.to_vec(), history, families, scrape, listed: None };
        Ok((scraper, families_news, scrape_news))
    }

    /// Scrapes until it is dropped.
    pub(super) async fn run(mut self) {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.scrape().await;
        }
    }

    async fn scrape(&mut self) {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let answers = join_all(self.targets.iter().map(|target| Answer::of(&self.client, target))).await;
        let targets = answers.iter().zip(&self.targets).map(|(answer, target)| Heard::of(answer, target)).collect();
        let readings = answers.into_iter().map(Answer::into_reading).collect();
        let history = Arc::clone(&self.history);
        with_history(&history, |history| {
            history.add(time, readings);
            self.tell_families(history);
            self.tell_scrape(history, time, targets);
        });
    }

    /// Tells of the families, if they are others than before.
    fn tell_families(&mut self, history: &History) {
        let shapes: Vec<_> = history.families().into_iter().map(|family| Shape::of(history, family)).collect();
        if self.listed.as_ref() == Some(&shapes) {
            return;
        }
        let findings = history.served().map(|served| families::findings_of(Findings::of(served))).unwrap_or_default();
        self.families.send_replace(json(&Families::of(history, &findings)));
        self.listed = Some(shapes);
    }

    fn tell_scrape(&self, history: &History, time: f64, targets: Vec<Heard>) {
        let (moves, more_moves) = moves::of(history);
        let (number, restarted) = (history.number(), moves::restarted(history));
        self.scrape.send_replace(json(&Scrape { number, time, targets, moves, more_moves, restarted }));
    }
}

impl Shape {
    fn of(history: &History, family: &Family) -> Self {
        Self {
            name: family.name.clone(),
            metric_type: family.metric_type,
            help: family.help.clone(),
            series: history.on_page(family).count(),
        }
    }
}
