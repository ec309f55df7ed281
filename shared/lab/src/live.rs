//! `/metrics`, drawn: a small server beside an app, which scrapes it each second, and shows in a browser what it says.
//!
//! Read in this order: [`target`] (what is scraped), `scraper` (how), `history` (what is kept, and for how long), `moves`
//! (what changed), `families` (what the page holds, and what is wrong with it), `picture` (what is drawn: all numbers are
//! made here, the browser only paints), `promql` (how Prometheus is asked for the same), `lesson` (what stands beside),
//! `server` (who may ask), and the folder `page` (what the browser loads).

mod families;
mod history;
mod lesson;
mod moves;
mod picture;
mod promql;
mod raw;
mod scraper;
mod server;
pub mod target;

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::interval;

use self::history::History;
pub use self::lesson::{Lesson, Stage};
use self::scraper::Scraper;
use self::target::Target;
use crate::course::manifest::Manifest;
use crate::course::{self, Course};
use crate::problem::{Problem, Result};

/// Where it listens, or at the next port that is free.
const USUAL_PORT: u16 = 8800;

/// How often the steps of a lesson are looked up.
const LOOK_UP: Duration = Duration::from_secs(1);

/// What is shown.
#[derive(Debug, Clone)]
pub struct Subject {
    /// What the page is called.
    pub title: String,
    /// What is scraped: one page, or one for each replica.
    pub targets: Vec<Target>,
    /// The storefront that is shown beside, if there is one, such as `http://127.0.0.1:8000`.
    pub shop: Option<String>,
    /// A Prometheus that pictures link to.
    pub prometheus: Option<String>,
}

/// The server. It ends when this is dropped.
#[derive(Debug)]
pub struct Live {
    address: SocketAddr,
    lesson: watch::Sender<Option<Lesson>>,
    /// The scraper, the server, and who looks up the lesson.
    tasks: JoinSet<()>,
}

/// What the scraper tells and the server passes on. Each is the newest of its kind, as JSON.
#[derive(Debug, Clone)]
struct News {
    families: watch::Receiver<String>,
    scrape: watch::Receiver<String>,
    lesson: watch::Receiver<Option<Lesson>>,
}

/// What the scraper writes and the pictures are made of.
type Shared = Arc<Mutex<History>>;

impl Live {
    /// Begins to scrape and to serve, on a port of the loopback.
    ///
    /// # Errors
    ///
    /// When no port can be listened at.
    pub async fn start(subject: Subject) -> Result<Self> {
        let listener = listen().await?;
        let address = listener.local_addr().map_err(cannot_listen)?;
        let names = subject.targets.iter().map(|target| target.name().to_owned()).collect();
        let history = Arc::new(Mutex::new(History::of(names)));
        let (scraper, families, scrape) = Scraper::new(&subject.targets, Arc::clone(&history))?;
        let (lesson, lesson_news) = watch::channel(None);
        let news = News { families, scrape, lesson: lesson_news };
        let mut tasks = JoinSet::new();
        tasks.spawn(scraper.run());
        tasks.spawn(server::serve(listener, address, subject, history, news));
        Ok(Self { address, lesson, tasks })
    }

    /// Where the page is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Shows this lesson beside the pictures.
    pub fn show(&self, lesson: Lesson) {
        show(&self.lesson, lesson);
    }

    /// Shows a lesson beside the pictures, with what is known of its steps from now on, whatever checks them.
    ///
    /// # Errors
    ///
    /// When the lesson cannot be read.
    pub fn follow(&mut self, course: Course, lesson: course::Lesson) -> Result<()> {
        let manifest = Manifest::read(&course, &lesson)?;
        let shown = self.lesson.clone();
        self.tasks.spawn(async move {
            let mut ticks = interval(LOOK_UP);
            loop {
                ticks.tick().await;
                show(&shown, Lesson::kept(&course, &lesson, &manifest));
            }
        });
        Ok(())
    }
}

/// Listens at the usual port, or at the next one that is free.
async fn listen() -> Result<TcpListener> {
    for port in USUAL_PORT..u16::MAX {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            Err(error) => return Err(cannot_listen(error)),
        }
    }
    Err(cannot_listen(ErrorKind::AddrInUse.into()))
}

fn cannot_listen(error: io::Error) -> Problem {
    Problem::new(format!("there is no port on this machine for the live page: {error}"))
}

fn show(shown: &watch::Sender<Option<Lesson>>, lesson: Lesson) {
    shown.send_if_modified(|shown| {
        let is_new = shown.as_ref() != Some(&lesson);
        *shown = Some(lesson);
        is_new
    });
}

/// What is kept, whoever panicked while he had it: each scrape is written in one piece.
fn with_history<T>(shared: &Shared, read: impl FnOnce(&mut History) -> T) -> T {
    read(&mut shared.lock().unwrap_or_else(PoisonError::into_inner))
}

fn json(value: &impl Serialize) -> String {
    // Fails for maps whose keys are no words, and there is none here.
    serde_json::to_string(value).unwrap_or_default()
}
