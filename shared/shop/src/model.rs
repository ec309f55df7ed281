//! Items, carts and orders.
//!
//! A value of a type with rules ([`NewItem`], [`Session`], [`CartAddition`]) has passed them: serde builds it
//! through `TryFrom`, so a handler never sees an invalid one. The bounds multiply to less than 2^53, so that
//! no total overflows and JavaScript reads each one exactly.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most that one item may cost, in cents.
pub const MAX_PRICE_CENTS: i64 = 10_000_000;
/// The most pieces of one item that the shop can hold.
pub const MAX_STOCK: i64 = 100_000;
/// The most pieces that one request may add to a cart.
pub const MAX_QUANTITY: i64 = 1_000;
/// The most items of the catalogue. Each one is a label value in the metrics, so there has to be an end.
pub const MAX_ITEMS: i64 = 1_000;
/// The longest stock keeping unit, in characters.
pub const MAX_SKU_LENGTH: usize = 32;
/// The longest name of an item, in characters.
pub const MAX_NAME_LENGTH: usize = 100;
/// The longest name of a session, in characters.
pub const MAX_SESSION_LENGTH: usize = 64;

const MAX_SAFE_INTEGER: i64 = 1 << 53;
const _: () = assert!(MAX_PRICE_CENTS * MAX_STOCK * MAX_ITEMS < MAX_SAFE_INTEGER);

/// A product of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Given by the database.
    pub id: i64,
    /// The stock keeping unit: the product's name in the warehouse, unique and short.
    pub sku: String,
    /// What the storefront shows.
    pub name: String,
    /// The price of one piece, in cents.
    pub price_cents: i64,
    /// The pieces that can still be sold.
    pub stock: i64,
}

/// An item that is to be added to the catalogue.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "RawItem")]
pub struct NewItem {
    /// Capital letters, digits and hyphens.
    pub sku: String,
    /// Not empty, without control characters.
    pub name: String,
    /// Between 0 and [`MAX_PRICE_CENTS`].
    pub price_cents: i64,
    /// Between 0 and [`MAX_STOCK`].
    pub stock: i64,
}

/// Pieces of an item that are to be added to a cart.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "RawAddition")]
pub struct CartAddition {
    /// Which item.
    pub item_id: i64,
    /// How many pieces: between 1 and [`MAX_QUANTITY`].
    pub quantity: i64,
}

/// The name of a shopper's session, which is also the name of the cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Session(String);

/// What a session has put aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cart {
    /// Whose cart it is.
    pub session: Session,
    /// One line per item.
    pub items: Vec<CartLine>,
    /// The price of all pieces, in cents.
    pub total_cents: i64,
}

/// The pieces of one item in a cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CartLine {
    /// Which item.
    pub item_id: i64,
    /// The item's stock keeping unit.
    pub sku: String,
    /// The item's name.
    pub name: String,
    /// How many pieces.
    pub quantity: i64,
    /// The price of one piece, in cents.
    pub price_cents: i64,
}

/// A cart that has been paid for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Order {
    /// Given by the database.
    pub id: i64,
    /// Who ordered.
    pub session: Session,
    /// The price of all pieces, in cents.
    pub total_cents: i64,
}

impl Cart {
    /// A cart with the sum of its lines.
    pub fn new(session: Session, items: Vec<CartLine>) -> Self {
        let total_cents = items.iter().map(|line| line.quantity * line.price_cents).sum();
        Self { session, items, total_cents }
    }
}

impl Session {
    /// The name as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for Session {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let valid = |character: char| character.is_ascii_alphanumeric() || character == '-' || character == '_';
        if name.is_empty() || name.len() > MAX_SESSION_LENGTH || !name.chars().all(valid) {
            return Err(format!("a session is 1 to {MAX_SESSION_LENGTH} letters, digits, hyphens or underscores"));
        }
        Ok(Self(name))
    }
}

/// An item as it was sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with sku, name, price_cents and stock")]
struct RawItem {
    sku: String,
    name: String,
    price_cents: i64,
    stock: i64,
}

impl TryFrom<RawItem> for NewItem {
    type Error = String;

    fn try_from(RawItem { sku, name, price_cents, stock }: RawItem) -> Result<Self, String> {
        let valid = |character: char| character.is_ascii_uppercase() || character.is_ascii_digit() || character == '-';
        if sku.is_empty() || sku.len() > MAX_SKU_LENGTH || !sku.chars().all(valid) {
            return Err(format!("sku must be 1 to {MAX_SKU_LENGTH} capital letters, digits or hyphens"));
        }
        if name.trim().is_empty() || name.chars().count() > MAX_NAME_LENGTH || name.chars().any(char::is_control) {
            return Err(format!("name must be 1 to {MAX_NAME_LENGTH} characters, without control characters"));
        }
        if !(0..=MAX_PRICE_CENTS).contains(&price_cents) {
            return Err(format!("price_cents must be between 0 and {MAX_PRICE_CENTS}"));
        }
        if !(0..=MAX_STOCK).contains(&stock) {
            return Err(format!("stock must be between 0 and {MAX_STOCK}"));
        }
        Ok(Self { sku, name, price_cents, stock })
    }
}

/// An addition as it was sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with item_id and quantity")]
struct RawAddition {
    item_id: i64,
    quantity: i64,
}

impl TryFrom<RawAddition> for CartAddition {
    type Error = String;

    fn try_from(RawAddition { item_id, quantity }: RawAddition) -> Result<Self, String> {
        if !(1..=MAX_QUANTITY).contains(&quantity) {
            return Err(format!("quantity must be between 1 and {MAX_QUANTITY}"));
        }
        Ok(Self { item_id, quantity })
    }
}
