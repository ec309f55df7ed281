//! `cargo lab watch`: a lesson is judged again on each save, while its shop runs beside.

mod beside;
mod graphs;
mod list;
mod pictures;
mod saves;
mod terminal;
mod traffic;
mod view;

use std::io;
use std::path::PathBuf;
use std::pin::{Pin, pin};

use checks::services::postgres::Warm;
use clap::Args;
use crossterm::event::{Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures_util::StreamExt;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;

use self::beside::Beside;
use self::graphs::Graphs;
use self::list::List;
use self::pictures::Pictures;
use self::saves::{Change, Saves};
use self::terminal::Terminal;
use self::view::{Pane, Size, Stage, View};
use crate::arguments::Which;
use crate::course::build::not_built;
use crate::course::manifest::{Manifest, Step};
use crate::course::{Course, Kind, Lesson, Program, queries};
use crate::judge::{self, AfterUnknown, Status, hints};
use crate::machine::cargo::{self, BuildError};
use crate::machine::prometheus::{self, USUAL_URL};
use crate::machine::signals;
use crate::problem::{Exit, Problem, Result};
use crate::screen::report;
use crate::student::ending::{self, Graph};
use crate::student::progress::Store;
use crate::student::replace::{self, Agreement, Outcome};
use crate::student::{at_hand, starter};

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// Which program.
    #[command(flatten)]
    pub which: Which,
    /// Leave out the live page, which draws what /metrics says
    #[arg(long)]
    pub no_live: bool,
}

/// What is to be watched.
#[derive(Debug)]
pub struct Watch<'a> {
    course: &'a Course,
    program: Program,
    no_live: bool,
}

/// How the work on a lesson ends.
enum End {
    Quit(Exit),
    Next(Lesson),
}

/// What a round of building and checking tells.
enum News {
    Built {
        executable: PathBuf,
        warnings: String,
    },
    /// The next step is done.
    Passed,
    /// This is known of all steps, and where a Prometheus runs that the student has started.
    Judged(Vec<Status>, Option<&'static str>),
    /// There is nothing to judge, for this reason.
    Stopped(String),
    Ended,
}

/// A round that goes on, and what it tells. It is given up by dropping it, with all that it started.
struct Round<'a> {
    work: Pin<Box<dyn Future<Output = ()> + 'a>>,
    is_over: bool,
    news: UnboundedReceiver<News>,
}

impl<'a> Watch<'a> {
    /// Makes sense of what was typed.
    ///
    /// # Errors
    ///
    /// When it makes none, or there is no terminal.
    pub fn new(typed: Typed, course: &'a Course) -> Result<Self> {
        if !Terminal::is_there() {
            return Err(Problem::usage("`cargo lab watch` needs a terminal, for its keys and its screen")
                .advice("Without one, use `cargo lab check`."));
        }
        let program = at_hand::program(typed.which, course)?;
        Ok(Self { course, program, no_live: typed.no_live })
    }

    /// Watches until `q` or Ctrl-C. Whatever was started ends with it.
    ///
    /// # Errors
    ///
    /// When the lesson cannot be read, or the terminal is of no use.
    pub async fn run(self) -> Result<Exit> {
        let terminal = Terminal::take().map_err(unusable)?;
        let mut keys = EventStream::new();
        let mut program = self.program;
        loop {
            let beside = match program.kind() {
                Kind::Shop => Some(Beside::prepare().await?),
                Kind::Exporter | Kind::Job => None,
            };
            let mut session = Session::begin(self.course, program.clone(), beside, &terminal)?;
            session.pictures = (!self.no_live).then(Pictures::default);
            let end = session.run(&mut keys).await;
            session.close().await;
            match end? {
                End::Quit(exit) => return Ok(exit),
                End::Next(lesson) => program.lesson = lesson,
            }
        }
    }
}

fn unusable(error: io::Error) -> Problem {
    Problem::new(format!("the terminal is of no use: {error}")).advice("Use `cargo lab check`.")
}

/// The work on a lesson.
struct Session<'a> {
    course: &'a Course,
    terminal: &'a Terminal,
    view: View,
    beside: Option<Beside>,
    /// Unless they are to be left out.
    pictures: Option<Pictures>,
    /// If somebody asked for it.
    graphs: Option<Graphs>,
    /// Where a Prometheus was that the student has started, when the last round ended.
    found: Option<&'static str>,
    saves: Saves,
    /// What the checks start with, from the first save on.
    _warm: JoinHandle<Option<Warm>>,
}

impl<'a> Session<'a> {
    fn begin(course: &'a Course, program: Program, beside: Option<Beside>, terminal: &'a Terminal) -> Result<Self> {
        let saves = Saves::of(&course.root().join(program.folder()))?;
        let manifest = Manifest::read(course, &program.lesson)?;
        let view = View {
            statuses: judge::not_reached(&manifest.steps),
            manifest,
            stage: Stage::Building,
            is_unchanged: false,
            pane: Pane::Report,
            hint: None,
            trouble: None,
            warnings: String::new(),
            note: None,
            beside: beside.as_ref().map(Beside::status),
            live: None,
            prometheus: None,
            ending: Vec::new(),
            is_last: false,
            next: None,
            program,
        };
        let warm = judge::warm_up(&view.program);
        Ok(Self { course, terminal, view, beside, pictures: None, graphs: None, found: None, saves, _warm: warm })
    }

    async fn run(&mut self, keys: &mut EventStream) -> Result<End> {
        let mut stop = pin!(signals::stop());
        let mut hang_up = pin!(signals::hang_up());
        let mut round = Some(self.begin_round());
        loop {
            self.draw()?;
            tokio::select! {
                biased;
                _ = &mut stop => return Ok(End::Quit(Exit::Interrupted)),
                _ = &mut hang_up => return Ok(End::Quit(Exit::Interrupted)),
                event = keys.next() => match event {
                    Some(Ok(Event::Key(key))) if key.kind == KeyEventKind::Press => match self.press(key)? {
                        Pressed::End(end) => return Ok(end),
                        Pressed::Again => round = Some(self.begin_round()),
                        Pressed::Shown => {}
                    },
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(unusable(error)),
                    None => return Ok(End::Quit(Exit::Interrupted)),
                },
                change = self.saves.next() => match change {
                    Change::Aside if round.is_some() => {}
                    Change::Aside if self.stands() => self.note_unchanged()?,
                    _ => round = Some(self.begin_round()),
                },
                result = started(&mut self.graphs) => self.hear_of_graphs(result),
                () = changed(&mut self.beside) => {
                    self.view.beside = self.beside.as_ref().map(Beside::status);
                    self.draw_metrics().await;
                }
                news = next_news(&mut round) => {
                    if matches!(news, News::Ended) {
                        round = None;
                    }
                    self.hear(news)?;
                }
            }
        }
    }

    /// Draws what the shop beside says, once it is open.
    async fn draw_metrics(&mut self) {
        let (Some(pictures), Some(beside::Status::Open { address, .. })) = (&mut self.pictures, &self.view.beside)
        else {
            return;
        };
        match pictures.of(*address, self.view.program.folder()).await {
            Ok(url) => self.view.live = Some(url),
            Err(problem) => self.view.note = Some(problem.message),
        }
    }

    /// Begins to build and to judge. Where another round is under way, it is replaced, and so given up.
    fn begin_round(&mut self) -> Round<'a> {
        self.view.stage = Stage::Building;
        self.view.is_unchanged = false;
        let (tell, news) = mpsc::unbounded_channel();
        let (course, program, steps) = (self.course, self.view.program.clone(), self.view.manifest.steps.clone());
        let work = Box::pin(build_and_judge(course, program, steps, tell));
        Round { work, is_over: false, news }
    }

    /// Whether the last verdict is one on the program, which the same program would get again.
    fn stands(&self) -> bool {
        self.view.trouble.is_none() && !self.view.statuses.iter().any(|status| matches!(status, Status::NotJudged(_)))
    }

    /// Nothing that is compiled has changed. A `TODO` may be gone, of which the end of a lesson tells.
    fn note_unchanged(&mut self) -> Result<()> {
        self.view.is_unchanged = true;
        if self.view.is_done() { self.end() } else { Ok(()) }
    }

    fn hear(&mut self, news: News) -> Result<()> {
        match news {
            News::Built { executable, warnings } => {
                if let Some(beside) = &self.beside {
                    beside.run(executable);
                }
                self.view.stage = Stage::Checking;
                self.view.pane = Pane::Report;
                self.view.warnings = warnings;
                self.view.trouble = None;
                self.view.statuses = judge::not_reached(&self.view.manifest.steps);
            }
            News::Passed => {
                let next = self.view.statuses.iter_mut().find(|status| matches!(status, Status::NotReached));
                if let Some(next) = next {
                    *next = Status::Passed;
                }
            }
            News::Judged(statuses, prometheus) => {
                let View { program, manifest, .. } = &self.view;
                let notice = judge::record(self.course, program, &manifest.steps, &statuses);
                self.view.note = notice.map(|notice| notice.to_string()).or(self.view.note.take());
                self.view.statuses = statuses;
                let open = self.view.open_step().map(|step| step.title.clone());
                // A hint for another step helps no more.
                self.view.hint = self.view.hint.take().filter(|hint| Some(&hint.title) == open.as_ref());
                self.found = prometheus;
                if open.is_none() {
                    self.end()?;
                }
            }
            News::Stopped(trouble) => {
                self.view.pane = Pane::Report;
                self.view.trouble = Some(trouble);
            }
            News::Ended => self.view.stage = Stage::Waiting,
        }
        Ok(())
    }

    /// What there is to say when all steps are done.
    fn end(&mut self) -> Result<()> {
        let View { program, manifest, .. } = &self.view;
        let (state, _) = Store::of(self.course).read();
        let graph = match self.view.prometheus.as_deref().or(self.found) {
            Some(url) => Graph::At(url.to_owned()),
            None if self.beside.is_some() => Graph::With("Press p: it starts a Prometheus.".to_owned()),
            None => Graph::with_command(program),
        };
        let mut sections = ending::of_lesson(self.course, program, manifest, &graph);
        let next = ending::next_open(self.course, &state, &program.lesson)?;
        if next.is_none() {
            sections.extend(ending::next_branch(self.course, &program.lesson));
        }
        self.view.is_last = next.is_none() && !program.solution && self.course.has_solutions();
        if self.view.is_last {
            sections.push(ending::built(self.course)?);
            sections.extend(ending::from_here(self.course));
        }
        self.view.next = next.map(|next| next.name().to_owned());
        self.view.ending = sections;
        Ok(())
    }

    fn hear_of_graphs(&mut self, result: Result<()>) {
        if let Err(problem) = result {
            self.graphs = None;
            self.view.note = Some(format!("{} {}", problem.message, problem.advice));
            self.view.pane = Pane::Report;
            return;
        }
        self.view.prometheus = self.graphs.as_ref().and_then(Graphs::url).map(str::to_owned);
        if matches!(self.view.pane, Pane::Graph { .. }) {
            self.graph();
        }
    }

    fn press(&mut self, key: KeyEvent) -> Result<Pressed> {
        if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
            return Ok(Pressed::End(End::Quit(Exit::Interrupted)));
        }
        if self.view.pane == Pane::Reset {
            self.view.pane = Pane::Report;
            if key.code == KeyCode::Char('y') {
                // The files that this writes count as saved.
                self.reset();
            }
            return Ok(Pressed::Shown);
        }
        match (key.code, &mut self.view.pane) {
            (KeyCode::Up, Pane::List(list)) => list.up(),
            (KeyCode::Down, Pane::List(list)) => list.down(),
            (KeyCode::Enter, Pane::List(list)) => {
                let chosen = list.chosen().cloned();
                return Ok(self.go_to(chosen));
            }
            (code, _) => return self.press_anywhere(code),
        }
        Ok(Pressed::Shown)
    }

    /// A key that does the same whatever is shown.
    fn press_anywhere(&mut self, code: KeyCode) -> Result<Pressed> {
        match code {
            KeyCode::Char('q') => return Ok(Pressed::End(End::Quit(Exit::Done))),
            KeyCode::Char('c') => return Ok(Pressed::Again),
            KeyCode::Char('n') if self.view.is_done() => {
                if let Some(next) = &self.view.next {
                    return Ok(Pressed::End(End::Next(self.course.lesson(next)?.clone())));
                }
            }
            KeyCode::Char('h') => self.hint(),
            KeyCode::Char('l') => {
                let (state, _) = Store::of(self.course).read();
                self.view.pane = Pane::List(List::of(self.course, &state, &self.view.program.lesson)?);
            }
            KeyCode::Char('p') => self.graph(),
            KeyCode::Char('r') if !self.view.program.solution => self.view.pane = Pane::Reset,
            KeyCode::Esc => {
                if self.view.pane == Pane::Report {
                    self.view.hint = None;
                }
                self.view.pane = Pane::Report;
                self.view.note = None;
            }
            _ => {}
        }
        Ok(Pressed::Shown)
    }

    /// Another lesson is begun; the same one goes on.
    fn go_to(&mut self, lesson: Option<Lesson>) -> Pressed {
        self.view.pane = Pane::Report;
        match lesson.filter(|lesson| *lesson != self.view.program.lesson) {
            Some(lesson) => Pressed::End(End::Next(lesson)),
            None => Pressed::Shown,
        }
    }

    /// A graph about the open step, in a Prometheus that is started for it.
    fn graph(&mut self) {
        let Some(beside::Status::Open { address, .. }) = self.view.beside else {
            if self.view.beside.is_some() {
                self.view.note = Some("There is a graph once the shop beside is open.".to_owned());
            }
            return;
        };
        let View { manifest, program, .. } = &self.view;
        let about = self.view.open_step().map_or(&manifest.question, |step| &step.title);
        let query = queries::about(self.course, &program.lesson, about).unwrap_or_else(|| "up".to_owned());
        // One that scrapes where the shop was before is of no use.
        let graphs = self.graphs.take().filter(|graphs| graphs.shop == address);
        let graphs = self.graphs.insert(graphs.unwrap_or_else(|| Graphs::of(address)));
        let link = graphs.url().map(|url| prometheus::graph(url, &query));
        self.view.pane = Pane::Graph { query, link };
    }

    /// One more hint, as `cargo lab hint` would show it.
    fn hint(&mut self) {
        let View { program, manifest, .. } = &self.view;
        let mut help = None;
        let (_, notice) = Store::of(self.course).update(|state| {
            help = hints::next(manifest, state.lessons.entry(program.lesson.name().to_owned()).or_default());
        });
        let nothing = help.is_none().then(|| "All steps are done. There is nothing to hint at.".to_owned());
        self.view.note = notice.map(|notice| notice.to_string()).or(nothing);
        self.view.pane = Pane::Report;
        self.view.hint = help;
    }

    fn reset(&mut self) {
        let lesson = &self.view.program.lesson;
        let outcome = starter::put_back(self.course, lesson, Agreement::Given);
        self.view.note = match outcome {
            Ok(Outcome::Replaced(Some(kept))) => Some(replace::where_kept(self.course, lesson, &kept)),
            Ok(_) => None,
            Err(problem) => Some(problem.message),
        };
    }

    fn draw(&self) -> Result<()> {
        let (columns, rows) = crossterm::terminal::size().map_err(unusable)?;
        let text = self.view.text(Size { rows: rows.into(), columns: columns.into() });
        if let Some(pictures) = &self.pictures {
            pictures.show(|| self.view.lesson(self.course));
        }
        self.terminal.show(&text).map_err(unusable)
    }

    async fn close(self) {
        if let Some(beside) = self.beside {
            beside.close().await;
        }
    }
}

/// What a key does.
enum Pressed {
    End(End),
    Again,
    /// Something else on the screen.
    Shown,
}

impl Round<'_> {
    /// Goes on until there is something to tell.
    async fn next(&mut self) -> News {
        loop {
            tokio::select! {
                biased;
                // The work drops its sender when it ends, and what it told before comes first.
                news = self.news.recv() => return news.unwrap_or(News::Ended),
                () = &mut self.work, if !self.is_over => self.is_over = true,
            }
        }
    }
}

/// Without a round, nothing comes.
async fn next_news(round: &mut Option<Round<'_>>) -> News {
    match round {
        Some(round) => round.next().await,
        None => std::future::pending().await,
    }
}

/// Waits until the Prometheus that somebody asked for runs, or cannot.
async fn started(graphs: &mut Option<Graphs>) -> Result<()> {
    match graphs {
        Some(graphs) => graphs.started().await,
        None => std::future::pending().await,
    }
}

/// Waits until something else became of the shop beside.
async fn changed(beside: &mut Option<Beside>) {
    match beside {
        Some(beside) => beside.changed().await,
        None => std::future::pending().await,
    }
}

/// A round. It fails to tell when nobody listens any more.
async fn build_and_judge(course: &Course, program: Program, steps: Vec<Step>, tell: UnboundedSender<News>) {
    let result = match build(course, &program, &tell).await {
        Ok(executable) => judge_steps(&program, executable, &steps, &tell).await,
        Err(trouble) => Err(trouble),
    };
    let news = match result {
        Ok(statuses) => {
            let is_there = judge::exit(&statuses) == Exit::Done && prometheus::is_at(USUAL_URL).await;
            News::Judged(statuses, is_there.then_some(USUAL_URL))
        }
        Err(trouble) => News::Stopped(trouble),
    };
    let _ = tell.send(news);
}

async fn build(course: &Course, program: &Program, tell: &UnboundedSender<News>) -> Result<PathBuf, String> {
    let built = cargo::build(course.root(), &program.package()).await.map_err(|error| match error {
        BuildError::Code(errors) => errors,
        other => report::problem_text(&not_built(course, program, other)),
    })?;
    let _ = tell.send(News::Built { executable: built.executable.clone(), warnings: built.warnings });
    Ok(built.executable)
}

async fn judge_steps(
    program: &Program,
    executable: PathBuf,
    steps: &[Step],
    tell: &UnboundedSender<News>,
) -> Result<Vec<Status>, String> {
    let subject = judge::start(program, executable).await.map_err(|problem| report::problem_text(&problem))?;
    let tell_passed = |_: &Step, status: &Status| {
        if matches!(status, Status::Passed) {
            let _ = tell.send(News::Passed);
        }
    };
    Ok(judge::steps(steps, &subject, AfterUnknown::Stop, tell_passed).await)
}
