//! A Prometheus that scrapes the shop beside, once somebody asks for it.

use std::net::SocketAddr;
use std::pin::Pin;

use checks::services::prometheus::Prometheus;

use crate::machine::prometheus;
use crate::problem::Result;

/// It ends with this value.
pub(super) struct Graphs {
    /// The shop that it scrapes.
    pub(super) shop: SocketAddr,
    state: State,
}

enum State {
    Starting(Pin<Box<dyn Future<Output = Result<Prometheus>>>>),
    Running(Prometheus),
}

impl Graphs {
    /// Begins to start one.
    pub(super) fn of(shop: SocketAddr) -> Self {
        let start = async move { prometheus::start("shop", &[shop]).await };
        Self { shop, state: State::Starting(Box::pin(start)) }
    }

    /// Waits until it runs. If it does already, this never comes.
    ///
    /// # Errors
    ///
    /// When there is none, or it does not start.
    pub(super) async fn started(&mut self) -> Result<()> {
        match &mut self.state {
            State::Starting(start) => {
                self.state = State::Running(start.await?);
                Ok(())
            }
            State::Running(_) => std::future::pending().await,
        }
    }

    /// Where it is, once it runs.
    pub(super) fn url(&self) -> Option<&str> {
        match &self.state {
            State::Starting(_) => None,
            State::Running(prometheus) => Some(prometheus.url()),
        }
    }
}
