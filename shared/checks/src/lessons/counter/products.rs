//! Each product of the catalogue has its series at 0 before anybody adds it, and the page comes without them where the
//! database does not answer.

use exposition::Page;
use futures_util::{FutureExt, StreamExt, TryFutureExt, TryStreamExt, stream};
use serde_json::json;

use super::names::ADDITIONS;
use crate::lessons::lines::family_lines;
use crate::lessons::replicas::begins_at_zero;
use crate::lessons::{outage, parts};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{Answer, App, Product, new_session};

/// A machine that is busy may hold up the database.
const TRIES: usize = 3;
/// A catalogue of more products than fit on one page of a list.
const MANY: usize = 120;
/// How many clients add them.
const CLIENTS: usize = 4;

pub(super) async fn are_at_zero(app: &App) -> Outcome {
    // A product that no list in the code can know. The catalogue of a shop that belongs to somebody else stays as it is.
    if app.settings().is_err() {
        let products = app.products().await?;
        return has_each(&app.scrape().await?, &products);
    }
    parts::side_by_side([and_new_ones(app).boxed(), outage::leaves_the_page(app).boxed()]).await
}

/// Products that are added while the app runs, by itself and by others.
async fn and_new_ones(app: &App) -> Outcome {
    has_a_new_one(app, app).await?;
    let restarted = app.start_another().await?;
    has_a_new_one(&restarted.app, &restarted.app).await?;
    begins_at_zero(&restarted.app, ADDITIONS).await?;
    // One that this app was not asked for: replicas share the catalogue.
    has_a_new_one(&restarted.app, app).await?;
    if let Ok(replica) = app.replica() {
        has_a_new_one(app, &replica).await?;
    }
    stream::iter(0..MANY).map(Ok).try_for_each_concurrent(CLIENTS, |_| create_product(app).map_ok(drop)).await?;
    has_a_new_one(app, app).await
}

/// Whether the first page after a new product of one app has it, as another one serves it. A machine that is busy may keep
/// the database from answering in time, but hardly several times.
async fn has_a_new_one(owner: &App, scraped: &App) -> Outcome {
    let mut judged = Ok(());
    for _ in 0..TRIES {
        create_product(owner).await?;
        let products = owner.products().await?;
        judged = has_each(&scraped.scrape().await?, &products);
        if judged.is_ok() {
            break;
        }
    }
    judged
}

/// Ends the check unless each of the products has its series.
pub(in crate::lessons) fn has_each(page: &Page, products: &[Product]) -> Outcome {
    let is_missing = |product: &&Product| page.matching(ADDITIONS, &[("product", &product.sku)]).next().is_none();
    let Some(product) = products.iter().find(is_missing) else { return Ok(()) };
    Failure::change("Give every product of the catalogue its series, at 0, before anybody adds it to a cart.")
        .expected(format!("{ADDITIONS}{{product=\"{}\"}} 0", product.sku))
        .seen(family_lines(page, ADDITIONS))
        .mistake("A counter with labels has no line until its label values are used for the first time, here: until the first addition. A list of products in the code, or one that is read when the app starts or from time to time, misses those that are added later. Or only some products are taken, such as those in stock.")
        .why("A series that begins at 1 has not risen, as Prometheus sees it: `rate` and `increase` miss the first addition. And a product that nobody wants is missing from the table, where it should be the last line.")
        .stop()
}

/// A product that is sold out.
async fn create_product(app: &App) -> Outcome<Answer> {
    let sku = new_session().to_uppercase();
    let item = json!({ "sku": sku, "name": "A product from yesterday", "price_cents": 100, "stock": 0 });
    app.post("/items", &item).await?.expect_status(201)
}
