//! What is shown, and the pages that are scraped for it.

use std::net::SocketAddr;

use url::Url;

use crate::arguments::TypedUrl;
use crate::machine::network;
use crate::problem::{Problem, Result};
use crate::screen::redacted;

/// Where metrics are, if nothing else is said.
const USUAL_PATH: &str = "/metrics";

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

/// A page that is scraped, and the name of its server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    name: String,
    page: Url,
    /// Whether the app was named, and not its page.
    is_whole_app: bool,
}

impl Target {
    /// The page of an app that listens at an address.
    ///
    /// # Errors
    ///
    /// When it is no address of a server.
    pub fn at(address: SocketAddr) -> Result<Self> {
        Self::parse(&TypedUrl::from(format!("http://{}", network::reachable(address))))
    }

    /// Makes sense of what was typed: the URL of an app, or that of its page.
    ///
    /// # Errors
    ///
    /// When it is no URL that plain HTTP can be spoken to. No more than host and port is repeated of it.
    pub fn parse(typed: &TypedUrl) -> Result<Self> {
        let url = Url::parse(typed.expose()).ok().filter(|url| url.scheme() == "http");
        let url = url.and_then(|url| Some((format!("{}:{}", url.host_str()?, url.port_or_known_default()?), url)));
        let (name, mut page) = url.ok_or_else(|| {
            Problem::usage(format!("`{}` is not the URL of a page of metrics", redacted::typed(typed.expose())))
                .advice("Name it in full, such as http://localhost:8000. Only plain http is spoken.")
        })?;
        let is_whole_app = page.path() == "/" && page.query().is_none();
        if is_whole_app {
            page.set_path(USUAL_PATH);
        }
        page.set_fragment(None);
        Ok(Self { name, page, is_whole_app })
    }

    /// Host and port, as Prometheus's label `instance` has them.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The page: for a client, never for the screen, since it may hold a password.
    pub(super) fn page(&self) -> &Url {
        &self.page
    }

    /// What may be shown of it: a path that was typed may be a secret.
    pub fn shown(&self) -> String {
        let path = if self.is_whole_app { USUAL_PATH } else { "" };
        format!("{}{path}", self.origin())
    }

    /// Whether the app was named, and not its page.
    pub fn is_whole_app(&self) -> bool {
        self.is_whole_app
    }

    /// Where the server is, as a browser names it.
    pub fn origin(&self) -> String {
        redacted::url(&self.page)
    }
}
