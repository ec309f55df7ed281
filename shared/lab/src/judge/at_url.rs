//! A shop that runs already, at a URL.

use std::time::Duration;

use checks::App;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::machine::shop_url::ShopUrl;
use crate::problem::{Problem, Result};

/// How long an app at a URL may take to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The app at a URL, if something answers there.
///
/// # Errors
///
/// When nothing does.
pub async fn connect(url: &ShopUrl) -> Result<App> {
    let no_answer = |error: String| {
        Problem::new(format!("nothing answers at {url}: {error}"))
            .advice("Start the app first, and look at the port that it says it listens on.")
    };
    let addresses = url.expose().socket_addrs(|| None).map_err(|error| no_answer(error.to_string()))?;
    let connection = timeout(CONNECT_TIMEOUT, TcpStream::connect(addresses.as_slice())).await;
    let connection = connection.map_err(|_| no_answer(format!("no word for {} seconds", CONNECT_TIMEOUT.as_secs())))?;
    connection.map_err(|error| no_answer(error.to_string()))?;
    App::at(url.expose().as_str()).map_err(|error| no_answer(error.to_string()))
}

/// The app at the first of some URLs, if something answers at each of them. At the others are further replicas of it.
///
/// # Errors
///
/// When there is a URL where nothing answers, or none at all.
pub async fn connect_to_all(urls: &[ShopUrl]) -> Result<App> {
    let [first, others @ ..] = urls else { return Err(Problem::usage("no URL was typed")) };
    let app = connect(first).await?;
    for other in others {
        connect(other).await?;
    }
    Ok(app.beside(others.iter().map(|other| other.expose().to_string())))
}
