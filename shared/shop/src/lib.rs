//! The shop of TechCommerce: everything of the app that no lesson is about, and not one metric.
//!
//! A lesson's crate holds the handlers and, from lesson 00 on, the metrics. The rest is here, to be read in
//! this order:
//!
//! - [`model`]: items, carts and orders, and the rules that a valid one obeys
//! - [`store`]: the same shop in SQLite and in PostgreSQL
//! - [`error`]: what can go wrong, as `application/problem+json`
//! - [`extract`]: axum's extractors, with rejections that are such problems
//! - [`method`]: the methods that HTTP defines
//! - [`pages`]: the routes that no lesson changes: storefront, probes, failures on demand
//! - `storefront`: the page that a browser shows, with its style and its script
//! - [`config`]: the environment variables
//! - [`disk`]: the disk that the shop works on
//! - [`connections`]: how many clients, and how long they may take
//! - [`server`]: the start, the listeners, and the stop

pub mod config;
pub mod connections;
pub mod disk;
pub mod error;
pub mod extract;
pub mod method;
pub mod model;
pub mod pages;
pub mod server;
pub mod store;
mod storefront;

pub use config::{Config, sample_interval};
pub use disk::working_disk;
pub use error::{Error, ErrorKind, Result, method_not_allowed, not_found};
pub use extract::{Json, Path, Query};
pub use method::standard_method;
pub use model::{Cart, CartAddition, Item, NewItem, Order, Session};
pub use pages::pages;
pub use server::run;
pub use store::Store;

/// The version of the compiler that built the shop, such as `1.95.0`.
pub const RUST_VERSION: &str = env!("SHOP_RUST_VERSION");
