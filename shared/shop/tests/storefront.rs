//! The page at `/`, and what its policy lets a browser do with it.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use checks::database::Database;
use sha2::{Digest, Sha256};
use shop::{Config, Store};
use tower::ServiceExt;

/// The heaviest that the page may become, in bytes.
const MAX_PAGE_BYTES: usize = 40_000;

struct Served {
    page: String,
    policy: String,
}

/// What a browser gets for `GET /`.
async fn storefront() -> Served {
    let database = Database::fresh().await.unwrap();
    let config = Config::from_variables(|name| (name == "DATABASE_URL").then(|| database.url().to_owned())).unwrap();
    let app = shop::pages(Store::connect(&config).await.unwrap());
    let response = app.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    let page = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    Served { page: String::from_utf8(page.to_vec()).unwrap(), policy }
}

/// The directive of a policy, without its name.
fn directive<'a>(policy: &'a str, name: &str) -> &'a str {
    policy.split("; ").find_map(|directive| directive.strip_prefix(name)?.strip_prefix(' ')).unwrap()
}

/// The texts of all elements of a name, as the HTML of a page has them.
fn texts<'a>(page: &'a str, element: &str) -> Vec<&'a str> {
    let (start, end) = (format!("<{element}"), format!("</{element}>"));
    let pieces = page.split(&start).skip(1).filter(|piece| piece.starts_with(['>', ' ']));
    pieces.map(|piece| piece.split_once('>').unwrap().1.split_once(&end).unwrap().0).collect()
}

fn allowed(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

#[tokio::test]
async fn the_policy_allows_nothing_by_default_and_nothing_inline_without_its_hash() {
    let Served { policy, .. } = storefront().await;
    assert_eq!(directive(&policy, "default-src"), "'none'");
    assert_eq!(directive(&policy, "connect-src"), "'self'");
    assert_eq!(directive(&policy, "base-uri"), "'none'");
    assert_eq!(directive(&policy, "form-action"), "'none'");
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[tokio::test]
async fn only_this_machine_may_show_the_page_in_a_frame() {
    let Served { policy, .. } = storefront().await;
    assert_eq!(directive(&policy, "frame-ancestors"), "'self' http://127.0.0.1:* http://localhost:*");
}

#[tokio::test]
async fn the_page_carries_one_script_and_one_style_and_the_policy_has_their_hashes() {
    let Served { page, policy } = storefront().await;
    for (element, name) in [("script", "script-src"), ("style", "style-src")] {
        let [text] = texts(&page, element)[..] else { panic!("not one {element} in {page}") };
        assert_eq!(directive(&policy, name), allowed(text));
    }
}

#[tokio::test]
async fn the_page_has_neither_style_attributes_nor_scripts_in_attributes() {
    let Served { page, .. } = storefront().await;
    let html = page.replace(texts(&page, "script")[0], "").replace(texts(&page, "style")[0], "");
    let attributes = html.split('<').filter_map(|tag| tag.split_once('>')).flat_map(|(tag, _)| tag.split_whitespace());
    for attribute in attributes.filter(|word| word.contains('=')) {
        assert!(!attribute.starts_with("style=") && !attribute.starts_with("on"), "{attribute}");
        assert!(!attribute.contains("javascript:"), "{attribute}");
    }
}

#[tokio::test]
async fn the_page_names_no_other_host() {
    let Served { page, .. } = storefront().await;
    for address in ["://", "\"//", "'//", "`//", "(//", "@import"] {
        assert!(!page.contains(address), "{address}");
    }
}

#[tokio::test]
async fn what_the_shop_answers_never_becomes_html() {
    let Served { page, .. } = storefront().await;
    for dangerous in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval("] {
        assert!(!page.contains(dangerous), "{dangerous}");
    }
}

#[tokio::test]
async fn the_page_is_light() {
    let Served { page, .. } = storefront().await;
    assert!(page.len() < MAX_PAGE_BYTES, "{} bytes", page.len());
}
