//! The live page of the shop beside.

use std::net::SocketAddr;

use crate::live::target::Target;
use crate::live::{Lesson, Live, Subject};
use crate::machine::prometheus;
use crate::problem::Result;

/// A page that goes on when the shop is replaced, and is another one when the shop moves.
#[derive(Default)]
pub(super) struct Pictures(Option<(SocketAddr, Live)>);

impl Pictures {
    /// Where the page of a shop at this address is.
    ///
    /// # Errors
    ///
    /// When no port can be listened at.
    pub(super) async fn of(&mut self, address: SocketAddr, title: String) -> Result<String> {
        let live = match self.0.take() {
            Some((shop, live)) if shop == address => live,
            _ => start(address, title).await?,
        };
        Ok(self.0.insert((address, live)).1.url())
    }

    /// Shows the lesson beside the pictures, if there are any by now.
    pub(super) fn show(&self, lesson: impl FnOnce() -> Lesson) {
        if let Some((_, live)) = &self.0 {
            live.show(lesson());
        }
    }
}

async fn start(address: SocketAddr, title: String) -> Result<Live> {
    let target = Target::at(address)?;
    let shop = Some(target.origin());
    Live::start(Subject { title, targets: vec![target], shop, prometheus: prometheus::at_hand() }).await
}
