//! `/metrics`, drawn: a small server beside an app, which scrapes it each second, and shows in a browser what it says.
//!
//! Read in this order: [`target`] (what is scraped), `scraper` (how), `history` (what is kept, and for how long), `moves`
//! (what changed), `families` (what the page holds, and what is wrong with it), `news` (what
//! is told of all that), `question` (what a browser asks), `picture` (what is drawn: all numbers are
//! made here, the browser only paints), `promql` (how Prometheus is asked for the same), `lesson` (what stands beside),
//! `server` (who may ask), and the folder `page` (what the browser loads).

mod families;
mod history;
mod lesson;
mod moves;
mod news;
mod picture;
mod promql;
mod question;
mod raw;
mod scraper;
mod server;
pub mod target;

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::interval;

use self::history::History;
pub use self::lesson::{Lesson, Stage};
use self::news::News;
use self::scraper::Scraper;
pub use self::target::Subject;
use crate::course::manifest::Manifest;
use crate::course::{self, Course};
use crate::problem::{Problem, Result};
use crate::student::progress::Store;

/// Where it listens, or at the next port that is free.
const USUAL_PORT: u16 = 8800;

/// How often the steps of a lesson are looked up.
const LOOK_UP: Duration = Duration::from_secs(1);

/// The server. It ends when this is dropped.
#[derive(Debug)]
pub struct Live {
    address: SocketAddr,
    lesson: watch::Sender<Option<Lesson>>,
    /// The scraper, the server, and who looks up the lesson.
    tasks: JoinSet<()>,
}

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
            let mut known = None;
            loop {
                ticks.tick().await;
                let progress = Store::of(&course).read().0.progress(&lesson);
                if known.as_ref() != Some(&progress) {
                    show(&shown, Lesson::kept(&course, &lesson, &manifest, &progress));
                    known = Some(progress);
                }
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
