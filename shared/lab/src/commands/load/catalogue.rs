//! What the shop sells.

use serde::Deserialize;

use crate::problem::{Problem, Result};

use super::call::Call;
use super::client::{Client, Target};

/// The largest share of buyers that buy in the end; the others put everything back.
const MAX_SALES: f64 = 0.5;

/// The items of the shop, and how many of them may be sold.
#[derive(Debug)]
pub(super) struct Catalogue {
    items: Vec<Item>,
    /// The pieces of all items together.
    pieces: u64,
    /// The share of buyers that buy in the end.
    pub(super) sales: f64,
}

/// An item, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Item {
    id: i64,
    stock: u32,
}

impl Catalogue {
    /// Asks the shop.
    ///
    /// # Errors
    ///
    /// When it does not answer, or what answers is not the shop.
    pub(super) async fn read(client: &mut Client, target: &Target) -> Result<Self> {
        let answer = client.send(&Call::get("/items")).await.map_err(|failure| target.no_answer(failure))?;
        let no_shop = |seen: String| {
            Problem::new(format!("this is no shop of the course: GET /items at {target} {seen}"))
                .advice("Name the URL of a shop, or start one in another terminal:\n  cargo lab run")
        };
        if answer.status != 200 {
            return Err(no_shop(format!("answers {}", answer.status)));
        }
        let items: Vec<Item> = serde_json::from_slice(&answer.body)
            .map_err(|error| no_shop(format!("lists no items with id and stock ({error})")))?;
        if items.is_empty() {
            return Err(no_shop("lists no item".into()));
        }
        let pieces = items.iter().map(|item| u64::from(item.stock)).sum();
        Ok(Self { items, pieces, sales: MAX_SALES })
    }

    /// The same, with so few sales that this many buyers take half of the stock at most: then there is something left
    /// for the next time.
    pub(super) fn for_buyers(self, buyers: f64) -> Self {
        let sales = (self.pieces as f64 / 2.0 / buyers).min(MAX_SALES);
        Self { sales, ..self }
    }

    /// The id of any item; of one with a large stock more often, so that all of them last equally long.
    pub(super) fn any_item(&self, random: &mut fastrand::Rng) -> i64 {
        let mut piece = random.u64(0..self.pieces.max(1));
        for item in &self.items {
            let stock = u64::from(item.stock);
            if piece < stock {
                return item.id;
            }
            piece -= stock;
        }
        // All are sold out.
        self.items.first().map(|item| item.id).unwrap_or_default()
    }
}
