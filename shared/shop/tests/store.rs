//! The store, on SQLite, or on PostgreSQL where `DATABASE_URL` says so.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use checks::database::Database;
use futures_util::future::join_all;
use shop::{Config, Error, Item, NewItem, Session, Store};

/// A store on a database of its own, which lives as long as the second value.
async fn fresh_store() -> (Store, Database) {
    let database = Database::fresh().await.unwrap();
    (connect(&database).await, database)
}

async fn connect(database: &Database) -> Store {
    let config = Config::from_variables(|name| (name == "DATABASE_URL").then(|| database.url().to_owned())).unwrap();
    Store::connect(&config).await.unwrap()
}

fn session(name: &str) -> Session {
    Session::try_from(name.to_owned()).unwrap()
}

async fn item_with_stock(store: &Store, sku: &str, stock: i64) -> Item {
    let item = NewItem { sku: sku.into(), name: sku.to_lowercase(), price_cents: 150, stock };
    store.insert_item(&item).await.unwrap()
}

fn pieces(item: &Item, quantity: i64) -> shop::CartAddition {
    shop::CartAddition { item_id: item.id, quantity }
}

#[tokio::test]
async fn a_fresh_shop_has_a_catalogue_and_no_carts() {
    let (store, _database) = fresh_store().await;
    assert!(!store.list_items().await.unwrap().is_empty());
    assert_eq!(store.count_open_carts().await.unwrap(), 0);
}

#[tokio::test]
async fn a_second_start_on_the_same_database_keeps_what_is_there() {
    let (store, database) = fresh_store().await;
    let item = item_with_stock(&store, "KEPT", 5).await;
    store.add_to_cart(&session("ana"), pieces(&item, 2)).await.unwrap();
    store.close().await;

    let store = connect(&database).await;
    assert_eq!(store.find_item(item.id).await.unwrap(), item);
    assert_eq!(store.find_cart(&session("ana")).await.unwrap().total_cents, 300);
}

#[tokio::test]
async fn checkout_takes_the_stock_and_closes_the_cart() {
    let (store, _database) = fresh_store().await;
    let item = item_with_stock(&store, "LAMP", 5).await;
    store.add_to_cart(&session("ana"), pieces(&item, 2)).await.unwrap();

    let order = store.checkout(&session("ana")).await.unwrap();

    assert_eq!(order.total_cents, 300);
    assert_eq!(store.find_item(item.id).await.unwrap().stock, 3);
    assert!(matches!(store.find_cart(&session("ana")).await, Err(Error::CartNotFound(_))));
}

#[tokio::test]
async fn checkouts_at_the_same_time_never_sell_more_than_there_is() {
    const SHOPPERS: usize = 12;
    const STOCK: i64 = 5;
    let (store, _database) = fresh_store().await;
    let item = item_with_stock(&store, "SCARCE", STOCK).await;
    let sessions: Vec<_> = (0..SHOPPERS).map(|number| session(&format!("shopper-{number}"))).collect();
    for session in &sessions {
        store.add_to_cart(session, pieces(&item, 1)).await.unwrap();
    }

    let outcomes = join_all(sessions.iter().map(|session| store.checkout(session))).await;

    let sold = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(sold, 5, "{outcomes:?}");
    let refused = |outcome: &&Result<_, Error>| matches!(outcome, Err(Error::OutOfStock { .. }));
    assert_eq!(outcomes.iter().filter(refused).count(), SHOPPERS - 5, "{outcomes:?}");
    assert_eq!(store.find_item(item.id).await.unwrap().stock, 0);
    // Whoever was too slow still has the cart.
    assert_eq!(store.count_open_carts().await.unwrap(), 7);
}

#[tokio::test]
async fn a_cart_that_is_checked_out_twice_at_once_is_ordered_once() {
    let (store, _database) = fresh_store().await;
    let item = item_with_stock(&store, "ONCE", 5).await;
    let ana = session("ana");
    store.add_to_cart(&ana, pieces(&item, 1)).await.unwrap();

    let (one, other) = tokio::join!(store.checkout(&ana), store.checkout(&ana));

    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    assert_eq!(store.find_item(item.id).await.unwrap().stock, 4);
}

#[tokio::test]
async fn an_order_that_fails_halfway_changes_nothing() {
    let (store, _database) = fresh_store().await;
    let plenty = item_with_stock(&store, "PLENTY", 10).await;
    let scarce = item_with_stock(&store, "SCARCE", 1).await;
    for shopper in ["ana", "bruno"] {
        store.add_to_cart(&session(shopper), pieces(&plenty, 1)).await.unwrap();
        store.add_to_cart(&session(shopper), pieces(&scarce, 1)).await.unwrap();
    }
    store.checkout(&session("ana")).await.unwrap();

    let outcome = store.checkout(&session("bruno")).await;

    assert!(matches!(outcome, Err(Error::OutOfStock { .. })), "{outcome:?}");
    assert_eq!(store.find_item(plenty.id).await.unwrap().stock, 9);
    assert_eq!(store.find_cart(&session("bruno")).await.unwrap().items.len(), 2);
}

#[tokio::test]
async fn a_cart_never_holds_more_than_there_is() {
    let (store, _database) = fresh_store().await;
    let item = item_with_stock(&store, "FEW", 3).await;
    store.add_to_cart(&session("ana"), pieces(&item, 2)).await.unwrap();

    let outcome = store.add_to_cart(&session("ana"), pieces(&item, 2)).await;

    assert!(matches!(outcome, Err(Error::OutOfStock { stock: 3, .. })), "{outcome:?}");
    assert_eq!(store.find_cart(&session("ana")).await.unwrap().items[0].quantity, 2);
}

#[tokio::test]
async fn additions_to_one_cart_at_the_same_time_all_count() {
    let (store, _database) = fresh_store().await;
    let item = item_with_stock(&store, "SHARED", 100).await;
    let ana = session("ana");

    let outcomes = join_all((0..20).map(|_| store.add_to_cart(&ana, pieces(&item, 1)))).await;

    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(store.find_cart(&ana).await.unwrap().items[0].quantity, 20);
}

#[tokio::test]
async fn a_sku_is_taken_once() {
    let (store, _database) = fresh_store().await;
    item_with_stock(&store, "UNIQUE", 1).await;
    let again = NewItem { sku: "UNIQUE".into(), name: "again".into(), price_cents: 1, stock: 1 };
    assert!(matches!(store.insert_item(&again).await, Err(Error::DuplicateSku(sku)) if sku == "UNIQUE"));
}

#[tokio::test]
async fn the_catalogue_has_an_end() {
    let (store, _database) = fresh_store().await;
    let room = shop::model::MAX_ITEMS - i64::try_from(store.list_items().await.unwrap().len()).unwrap();
    for number in 0..room {
        item_with_stock(&store, &format!("ITEM-{number}"), 1).await;
    }
    let one_more = NewItem { sku: "ONE-MORE".into(), name: "one more".into(), price_cents: 1, stock: 1 };
    assert!(matches!(store.insert_item(&one_more).await, Err(Error::CatalogueFull)));
}
