//! `cart_additions_total`: what the store has accepted, by product.

use exposition::{MetricType, Page};
use serde_json::json;

use super::names::{ADDITIONS, WHY_ADDITIONS};
use crate::lessons::lines::{family_lines, moved_lines, rise};
use crate::lessons::moves::{Move, moves, scrape_settled};
use crate::lessons::replicas::Elsewhere;
use crate::lessons::require::{require_family, require_labels};
use crate::lessons::{at_once, late};
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::{Answer, App, Product, new_session};

pub(super) async fn are_counted(app: &App) -> Outcome {
    let product = app.product().await?;
    let elsewhere = Elsewhere::before(app).await?;
    let session = new_session();
    let before = app.scrape().await?;
    app.add_to_cart(&session, product.id, 3).await?.expect_status(200)?;
    let after = app.scrape().await?;
    let family = require_family(&after, ADDITIONS, MetricType::Counter, WHY_ADDITIONS)?;
    require_labels(family, &["product"], WHY_ADDITIONS)?;
    counts_once(app, &product, 3, &before, &after).await?;
    each_product_has_its_own(app, &session).await?;
    failed_additions_do_not_count(app, &product).await?;
    emptying_the_cart_takes_nothing_back(app, &session).await?;
    ordering_counts_nothing(app, &product).await?;
    elsewhere.saw_nothing(ADDITIONS).await?;
    are_counted_at_once(app, &product).await
}

async fn counts_once(app: &App, product: &Product, pieces: i64, before: &Page, after: &Page) -> Outcome {
    let moved = moves(before, after, ADDITIONS);
    let is_right = |moved: &Move| moved.by == 1.0 && moved.label("product") == product.sku;
    if matches!(moved.as_slice(), [only] if is_right(only)) {
        return Ok(());
    }
    let request = format!("an addition of {} to a cart, quantity {pieces} -> 200", product.sku);
    if moved.is_empty() {
        late::arrives(app, before, ADDITIONS, request.clone()).await?;
    }
    let (change, mistake) = miscounted(product, pieces, &moved);
    Failure::change(change)
        .expected(format!("{ADDITIONS}{{product=\"{}\"}} rises by 1, and nothing else of it", product.sku))
        .seen([request])
        .seen(moved.iter().map(|moved| format!("rose by {}: {}", moved.by, moved.line)))
        .seen(if moved.is_empty() { family_lines(after, ADDITIONS) } else { Vec::new() })
        .mistake(mistake)
        .why(WHY_ADDITIONS)
        .stop()
}

/// What to change, and which mistake it is.
fn miscounted(product: &Product, pieces: i64, moved: &[Move]) -> (&'static str, &'static str) {
    let rise: f64 = moved.iter().map(|moved| moved.by).sum();
    match moved {
        [] => (
            "Count the addition, under the item's sku.",
            "Nothing increments the counter when an item is added, a scrape sets it back to 0, or each scrape gets a page that was made earlier.",
        ),
        [only] if only.by == 1.0 && only.label("product") == product.id.to_string() => {
            ("Count the addition, under the item's sku.", "The label holds the item's id instead of its sku.")
        }
        [only] if only.by == 1.0 => (
            "Count the addition under the sku of the item that was added.",
            "The addition is counted under something else: another item of the cart, the item's name, or a part of the sku.",
        ),
        _ if rise == pieces as f64 && pieces > 1 => (
            "Count each addition once, whatever its quantity.",
            "The counter goes up by the quantity. That counts pieces, not additions.",
        ),
        _ if moved.iter().any(|moved| moved.by < 0.0) => (
            "Never take anything away from a counter.",
            "A series has fallen, or is gone: the counter is set back, or made anew.",
        ),
        _ => ("Count each addition exactly once.", "The counter is incremented in more than one place."),
    }
}

/// Several products in one cart, the last ones first.
async fn each_product_has_its_own(app: &App, session: &str) -> Outcome {
    let products = app.products().await?;
    for product in products.iter().rev().filter(|product| product.stock > 1).take(6) {
        let before = app.scrape().await?;
        app.add_to_cart(session, product.id, 1).await?.expect_status(200)?;
        let after = scrape_settled(app, |page| !moves(&before, page, ADDITIONS).is_empty()).await?;
        counts_once(app, product, 1, &before, &after).await?;
    }
    Ok(())
}

async fn are_counted_at_once(app: &App, product: &Product) -> Outcome {
    let started = at_once::start(app).await?;
    let app = started.as_ref().map_or(app, |started| &started.app);
    let before = app.scrape().await?;
    let accepted = at_once::additions(app, product.id).await? as f64;
    let label = [("product", product.sku.as_str())];
    let after = scrape_settled(app, |page| rise(&before, page, ADDITIONS, &label) == accepted).await?;
    let rise = rise(&before, &after, ADDITIONS, &label);
    if rise == accepted {
        return at_once::scrapes_agree(app, ADDITIONS).await;
    }
    at_once::not_exact(ADDITIONS, "additions", accepted, rise).stop()
}
async fn failed_additions_do_not_count(app: &App, product: &Product) -> Outcome {
    let before = app.scrape().await?;
    let session = new_session();
    let unknown_item = app.add_to_cart(&session, i64::from(u32::MAX), 1).await?.expect_status(404)?;
    let invalid_quantity = app.add_to_cart(&session, product.id, 0).await?.expect_status(422)?;
    let out_of_stock = exhaust(app, product).await?;
    let after = app.scrape().await?;
    if rise(&before, &after, ADDITIONS, &[]) == out_of_stock.accepted as f64 {
        return Ok(());
    }
    Failure::change("Count an addition only once the store has accepted it.")
        .expected(format!("additions that end in 404, 409 or 422 leave {ADDITIONS} as it is"))
        .seen([unknown_item, invalid_quantity, out_of_stock.refused].iter().map(|answer| format!("{} -> {}", answer.request, answer.status)))
        .seen(moved_lines(&before, &after, ADDITIONS))
        .mistake("The counter is incremented at the top of the handler, or before the `?` that ends it.")
        .why("Additions that were refused look like sales. The best-selling product would be the one that is always out of stock.")
        .stop()
}

/// What it took to find a cart full.
struct Exhausted {
    accepted: usize,
    refused: Answer,
}

/// Adds an item until there is not enough of it. Additions are bounded, so that this may take several.
async fn exhaust(app: &App, product: &Product) -> Outcome<Exhausted> {
    const MOST_PER_ADDITION: i64 = 1_000;
    const MOST_ADDITIONS: usize = 101;
    let session = new_session();
    let quantity = (product.stock + 1).min(MOST_PER_ADDITION);
    for accepted in 0..MOST_ADDITIONS {
        let answer = app.add_to_cart(&session, product.id, quantity).await?;
        if answer.status != 200 {
            let refused = answer.expect_status(409)?;
            return Ok(Exhausted { accepted, refused });
        }
    }
    Err(Stop::NotRun(format!("the shop never runs out of {}", product.sku)))
}

async fn emptying_the_cart_takes_nothing_back(app: &App, session: &str) -> Outcome {
    let before = app.scrape().await?;
    app.delete(&format!("/carts/{session}")).await?.expect_status(204)?;
    let after = app.scrape().await?;
    if rise(&before, &after, ADDITIONS, &[]) >= 0.0 {
        return Ok(());
    }
    Failure::change("Never take anything away from a counter.")
        .expected(format!("{ADDITIONS} stays as it is when a cart is emptied"))
        .seen(["before:".to_owned()])
        .seen(moved_lines(&after, &before, ADDITIONS))
        .seen(["after:".to_owned()])
        .seen(moved_lines(&before, &after, ADDITIONS))
        .mistake("The counter is set back with the cart, as if it were the number of items in carts. That is a state, and wants a gauge.")
        .why("Prometheus takes a counter that falls for a restart, and adds all of its value to the rate again: one emptied cart looks like a rush of sales.")
        .stop()
}

async fn ordering_counts_nothing(app: &App, product: &Product) -> Outcome {
    let session = new_session();
    app.add_to_cart(&session, product.id, 1).await?.expect_status(200)?;
    let before = app.scrape().await?;
    app.get(&format!("/carts/{session}")).await?.expect_status(200)?;
    app.post(&format!("/carts/{session}/checkout"), &json!({})).await?.expect_status(200)?;
    let after = app.scrape().await?;
    if rise(&before, &after, ADDITIONS, &[]) == 0.0 {
        return Ok(());
    }
    Failure::change("Count an addition when it is made, and not again when the cart is ordered.")
        .expected(format!("{ADDITIONS} stays as it is when a cart is looked at and ordered"))
        .seen(moved_lines(&before, &after, ADDITIONS))
        .mistake("The counter is incremented in the handler of the checkout, too, or in one that only shows the cart.")
        .why(WHY_ADDITIONS)
        .stop()
}
