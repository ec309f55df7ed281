//! The URL of a shop that runs already, here or elsewhere.

use std::fmt;

use url::Url;

use crate::arguments::TypedUrl;
use crate::problem::{Problem, Result};
use crate::screen::redacted;

/// Where a shop has its paths. On the screen it is no more than host and port.
#[derive(Clone)]
pub struct ShopUrl(Url);

impl ShopUrl {
    /// Reads what was typed. The URL of the shop's page of metrics is that of the shop, too.
    ///
    /// # Errors
    ///
    /// When it is not a URL with plain HTTP, or has more than a path. What was typed is not repeated, since it may hold a
    /// password.
    pub fn parse(typed: &TypedUrl) -> Result<Self> {
        let url = Url::parse(typed.expose()).ok().filter(|url| url.scheme() == "http" && url.has_host());
        let mut url = url.ok_or_else(|| {
            Problem::usage(format!("`{}` is not the URL of a shop", redacted::typed(typed.expose())))
                .advice("Name it in full, such as http://localhost:8000. Only plain http is spoken.")
        })?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Problem::usage("the URL of the shop goes on after its path")
                .advice("Leave out what stands from the `?` or the `#` on: http://localhost:8000 is enough."));
        }
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix("/metrics").unwrap_or(path).to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// All of it: for a client, never for the screen.
    pub fn expose(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for ShopUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&redacted::url(&self.0))
    }
}

impl fmt::Debug for ShopUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}
