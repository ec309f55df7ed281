//! A real browser, which a test drives.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::http::Method;
use checks::services::{ServiceError, if_installed};
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::sleep;
use url::{ParseError, Url};

/// How long the browser may take to start, and a page to show something, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// A browser without a window. It ends with this value.
pub(crate) struct Browser {
    pub(crate) client: Client,
    _driver: Driver,
}

/// The program between a test and the browser.
struct Driver {
    child: Child,
    port: u16,
}

/// What the page has written to its console, since it was asked last.
#[derive(Debug)]
struct ReadConsole;

impl Browser {
    /// None where none is installed, which is a failure in CI.
    pub(crate) async fn open(width: u32, height: u32) -> Option<Self> {
        let driver = if_installed(Driver::start(), "the live page in a browser").unwrap()?;
        let mut capabilities = Capabilities::new();
        let arguments =
            ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"].map(str::to_owned);
        let size = format!("--window-size={width},{height}");
        let arguments: Vec<_> = arguments.into_iter().chain([size]).collect();
        capabilities.insert("goog:chromeOptions".to_owned(), json!({ "args": arguments }));
        capabilities.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
        driver.listens().await;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(&driver.url()).await.unwrap();
        Some(Self { client, _driver: driver })
    }

    pub(crate) async fn goto(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// What a script returns.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
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
        let frame = self.client.wait().for_element(Locator::Css("#shop iframe")).await.unwrap();
        frame.enter_frame().await.unwrap();
    }

    /// Goes on in the page around.
    pub(crate) async fn leave_shop(&self) {
        self.client.clone().enter_parent_frame().await.unwrap();
    }

    /// What stands in the console, but for the answers that a browser itself notes there: those were asked for.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let entries = self.client.issue_cmd(ReadConsole).await.unwrap();
        let messages = entries.as_array().unwrap().iter().map(|entry| entry["message"].as_str().unwrap().to_owned());
        messages.filter(|message| !message.contains("Failed to load resource")).collect()
    }
}

impl Driver {
    fn start() -> Result<Self, ServiceError> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // With the browser and its helpers in a group, all of them can be ended at once.
        command.process_group(0);
        let child = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                ServiceError::Missing { program: "chromedriver", package: "chromium-driver" }
            }
            _ => error.into(),
        })?;
        Ok(Self { child, port })
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    async fn listens(&self) {
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            assert!(start.elapsed() < PATIENCE, "chromedriver does not listen");
            sleep(POLL_INTERVAL).await;
        }
    }
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

impl WebDriverCompatibleCommand for ReadConsole {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}
