//! What shoppers do: most look around, some fill a cart, few of those buy.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use hyper::Method;

use super::call::Call;
use super::catalogue::Catalogue;

/// One shopper in so many fills a cart.
const BUYERS: u64 = 3;
/// One buyer in so many leaves the cart behind, and never comes back.
const LEAVERS: u64 = 10;
/// One shopper in so many makes a request that is meant to fail.
const FAILURES: u64 = 10;
/// About how many requests there are for each shopper who fills a cart: four of each shopper, three of each buyer.
pub(super) const REQUESTS_PER_BUYER: f64 = 4.0 * BUYERS as f64 + 3.0;

/// One shopper after the other, each with a cart of their own.
#[derive(Debug)]
pub(super) struct Shopper {
    catalogue: Arc<Catalogue>,
    /// Differs from worker to worker, and from run to run.
    name: String,
    random: fastrand::Rng,
    visits: u64,
    /// What the present one has still to do.
    calls: VecDeque<Call>,
}

impl Shopper {
    /// The shoppers of a worker. They do the same in each run.
    pub(super) fn new(catalogue: Arc<Catalogue>, worker: u64) -> Self {
        let milliseconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let name = format!("load-{milliseconds:x}-{worker}");
        Self { catalogue, name, random: fastrand::Rng::with_seed(worker), visits: 0, calls: VecDeque::new() }
    }

    /// What comes next.
    pub(super) fn next_call(&mut self) -> Call {
        loop {
            match self.calls.pop_front() {
                Some(call) => return call,
                None => self.visit(),
            }
        }
    }

    /// The next shopper comes in.
    fn visit(&mut self) {
        self.visits += 1;
        let item = self.item();
        let other = self.item();
        self.calls.extend([Call::get("/"), Call::get("/items")]);
        self.calls.extend([item, other].map(|id| Call::get(format!("/items/{id}"))));
        if self.one_in(FAILURES) {
            let failure = self.failure();
            self.calls.push_back(failure);
        }
        if self.one_in(BUYERS) {
            self.fill_cart(item);
        }
    }

    fn fill_cart(&mut self, item: i64) {
        let cart = format!("/carts/{}-{}", self.name, self.visits);
        self.calls.push_back(Call::add(&cart, item, 1));
        self.calls.push_back(Call::get(&cart));
        if self.random.f64() < self.catalogue.sales {
            self.calls.push_back(Call { method: Method::POST, path: format!("{cart}/checkout"), body: None });
        } else if !self.one_in(LEAVERS) {
            self.calls.push_back(Call { method: Method::DELETE, path: cart, body: None });
        }
    }

    /// A request that ends in 404, 422 or 500.
    fn failure(&mut self) -> Call {
        match self.random.u8(0..3) {
            0 => Call::get("/items/0"),
            1 => Call::add(&format!("/carts/{}", self.name), self.item(), 0),
            _ => Call::get("/simulate?status=500"),
        }
    }

    fn item(&mut self) -> i64 {
        self.catalogue.any_item(&mut self.random)
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.random.u64(0..count) == 0
    }
}
