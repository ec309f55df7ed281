//! Each product of the catalogue has its series at 0 before anybody adds it, and the page comes without them where the
//! database does not answer.

use futures_util::FutureExt;
use serde_json::json;

use super::names::ADDITIONS;
use crate::exposition::Page;
use crate::lessons::lines::family_lines;
use crate::lessons::replicas::begins_at_zero;
use crate::lessons::{outage, parts};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{Answer, App, Product, new_session};

pub(super) async fn are_at_zero(app: &App) -> Outcome {
    // A product that no list in the code can know. The catalogue of a shop that belongs to somebody else stays as it is.
    if app.settings().is_err() {
        return has_each_product(app).await;
    }
    parts::side_by_side([and_new_ones(app).boxed(), outage::leaves_the_page(app).boxed()]).await
}

/// Products that are added while the app runs, by itself and by others.
async fn and_new_ones(app: &App) -> Outcome {
    create_product(app).await?;
    has_each_product(app).await?;
    let restarted = app.start_another().await?;
    has_each_product(&restarted.app).await?;
    begins_at_zero(&restarted.app, ADDITIONS).await?;
    // One that this app was not asked for: replicas share the catalogue.
    create_product(&restarted.app).await?;
    has_each_product(app).await
}

async fn has_each_product(app: &App) -> Outcome {
    let products = app.products().await?;
    let missing =
        |page: &Page, product: &Product| page.matching(ADDITIONS, &[("product", &product.sku)]).next().is_none();
    let page = app.scrape_until(|page| !products.iter().any(|product| missing(page, product))).await?;
    let Some(product) = products.iter().find(|product| missing(&page, product)) else { return Ok(()) };
    Failure::change("Give every product of the catalogue its series, at 0, before anybody adds it to a cart.")
        .expected(format!("{ADDITIONS}{{product=\"{}\"}} 0", product.sku))
        .seen(family_lines(&page, ADDITIONS))
        .mistake("A counter with labels has no line until its label values are used for the first time, here: until the first addition. A list of products in the code, or one that is read when the app starts, misses those that are added later.")
        .why("A series that begins at 1 has not risen, as Prometheus sees it: `rate` and `increase` miss the first addition. And a product that nobody wants is missing from the table, where it should be the last line.")
        .stop()
}

async fn create_product(app: &App) -> Outcome<Answer> {
    let sku = new_session().to_uppercase();
    let item = json!({ "sku": sku, "name": "A product from yesterday", "price_cents": 100, "stock": 5 });
    app.post("/items", &item).await?.expect_status(201)
}
