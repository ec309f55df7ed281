//! A real browser, which a test drives.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use checks::services::{ServiceError, if_installed};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::Value;
use thirtyfour::{By, ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::sleep;

/// How long the browser may take to start, and a page to show something, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// What a browser says, and nobody has to mend.
const KNOWN: [&str; 3] =
    ["Failed to load resource", "Could not find the language", "Falling back to no-highlight mode"];

/// How many browsers may run at once: each is several processes.
static TURNS: Semaphore = Semaphore::const_new(3);

/// A browser without a window. It ends with this value.
pub(crate) struct Browser {
    web: WebDriver,
    _driver: Driver,
    _turn: SemaphorePermit<'static>,
}

/// The program between a test and the browser.
struct Driver {
    child: Child,
    port: u16,
}

impl Browser {
    /// None where none is installed, which is a failure in CI.
    pub(crate) async fn open(width: u32, height: u32) -> Option<Self> {
        let turn = TURNS.acquire().await.unwrap();
        let driver = if_installed(Driver::start(), "the live page in a browser").unwrap()?;
        let mut capabilities = DesiredCapabilities::chrome();
        for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] {
            capabilities.add_arg(argument).unwrap();
        }
        capabilities.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
        let web = WebDriver::new(driver.url(), capabilities).await.unwrap();
        let browser = Self { web, _driver: driver, _turn: turn };
        // What is asked for at the start is never narrower than 500 pixels.
        browser.resize(width, height).await;
        Some(browser)
    }

    pub(crate) async fn goto(&self, url: &str) {
        self.web.goto(url).await.unwrap();
    }

    pub(crate) async fn resize(&self, width: u32, height: u32) {
        self.web.set_window_rect(0, 0, width, height).await.unwrap();
    }

    /// What a script returns.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.web.execute(script, Vec::new()).await.unwrap().json().clone()
    }

    /// Runs a script until what it returns is good, and gives that.
    pub(crate) async fn wait(&self, script: &str, is_good: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let found = self.run(script).await;
            if is_good(&found) {
                return found;
            }
            assert!(start.elapsed() < PATIENCE, "{script}: {found}");
            sleep(POLL_INTERVAL).await;
        }
    }

    /// Waits until a selector finds something.
    pub(crate) async fn wait_for(&self, selector: &str) {
        self.wait(&format!("return document.querySelector({selector:?}) !== null"), |found| found == true).await;
    }

    /// Goes on in the frame that shows the shop.
    pub(crate) async fn enter_shop(&self) {
        self.wait_for("#shop iframe").await;
        self.web.find(By::Css("#shop iframe")).await.unwrap().enter_frame().await.unwrap();
    }

    /// Goes on in the page around.
    pub(crate) async fn leave_shop(&self) {
        self.web.enter_parent_frame().await.unwrap();
    }

    /// What stands in the console, but for the answers that a browser itself notes there: those were asked for. A language that
    /// mdBook has no colours for is none either.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let messages = self.web.browser_log().await.unwrap().into_iter().map(|entry| entry.message);
        let is_known = |message: &String| KNOWN.iter().any(|known| message.contains(known));
        messages.filter(|message| !is_known(message)).collect()
    }
}

impl Driver {
    fn start() -> Result<Self, ServiceError> {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        // With the browser and its helpers in a group, all of them can be ended at once.
        command.process_group(0);
        let mut child = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                ServiceError::Missing { program: "chromedriver", package: "chromium-driver" }
            }
            _ => error.into(),
        })?;
        let said = BufReader::new(child.stdout.take().unwrap());
        let port = said.lines().map_while(Result::ok).find_map(|line| port_in(&line)).unwrap();
        Ok(Self { child, port })
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// It says `ChromeDriver was started successfully on port 40123.`, with a port that it has chosen itself.
fn port_in(line: &str) -> Option<u16> {
    line.strip_prefix("ChromeDriver was started successfully on port ")?.trim_end_matches('.').parse().ok()
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Ok(group) = i32::try_from(self.child.id()) {
            // Fails when all of them have ended.
            let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
        let _ = self.child.wait();
    }
}
