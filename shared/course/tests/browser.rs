//! The live page in a real browser: what it draws is what the page says, and each button of the shop moves what it names.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod support;

use std::time::{Duration, Instant};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use checks::exposition::Page;
use lab::arguments::TypedUrl;
use lab::live::target::Target;
use lab::live::{Live, Subject};
use serde_json::{Value, json};
use support::Shop;
use support::browser::Browser;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::sleep;

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// How long a metric may take to move, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often the page is read while a button may move it: what is up for moments is seen, too.
const POLL_INTERVAL: Duration = Duration::from_millis(30);

/// What stands on a button of the shop: what to press, and what its describing texts name.
const BUTTONS: &str = r#"
    const names = (button) => button.getAttribute("aria-describedby").split(" ")
        .flatMap((id) => [...document.getElementById(id).querySelectorAll("code")])
        .map((code) => code.textContent);
    return [...document.querySelectorAll("button[data-metric]")].filter((button) => button.offsetParent)
        .map((button, at) => {
            button.dataset.at = at;
            return { at, name: button.textContent, id: button.id, metric: button.dataset.metric, names: names(button) };
        });"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_button_of_the_shop_moves_the_metrics_that_it_names() {
    let Some(browser) = Browser::open(1280, 900).await else { return };
    let shop = Shop::open(solution_04_summary::app).await;
    let live = live(&[&shop.url("")], Some(&shop.url(""))).await;
    browser.goto(&live.url()).await;
    browser.wait_for("[data-family=http_requests_total]").await;
    browser.enter_shop().await;
    browser.wait_for("#items button").await;
    let buttons = browser.run(BUTTONS).await;
    let buttons = buttons.as_array().unwrap();
    let additions = buttons.iter().filter(|button| button["metric"] == "cart_additions_total" && button["id"] == "");
    assert!(additions.count() > 1 && buttons.len() >= 15, "{buttons:?}");
    for button in in_a_useful_order(buttons) {
        press_and_see(&browser, &shop, button).await;
    }
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

/// Something has to be in the cart before it is bought, and once more before it is emptied.
fn in_a_useful_order(buttons: &[Value]) -> Vec<&Value> {
    let by_id = |id: &str| buttons.iter().find(|button| button["id"] == id).unwrap();
    let add = &buttons[0];
    let others = buttons.iter().skip(1).filter(|button| button["id"] != "checkout" && button["id"] != "empty");
    [add, by_id("checkout"), add, by_id("empty")]
        .into_iter()
        .chain(others.filter(|button| button["metric"] != add["metric"] || button["names"] != add["names"]))
        .collect()
}

async fn press_and_see(browser: &Browser, shop: &Shop, button: &Value) {
    let names: Vec<_> = button["names"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let before = Page::parse(TEXT, &shop.page().await).unwrap();
    browser.run(&format!("document.querySelector('[data-at=\"{}\"]').click()", button["at"])).await;
    let mut waiting = names.clone();
    let start = Instant::now();
    while !waiting.is_empty() {
        assert!(start.elapsed() < PATIENCE, "{button} does not move {waiting:?}");
        let now = Page::parse(TEXT, &shop.page().await).unwrap();
        waiting.retain(|name| amount(&now, name) == amount(&before, name));
        sleep(POLL_INTERVAL).await;
    }
    browser.leave_shop().await;
    let family = button["metric"].as_str().unwrap();
    let moves = format!("return [...document.querySelectorAll('#moves-list [data-move^=\"{family}\"]')].length");
    browser.wait(&moves, |moves| moves.as_u64() > Some(0)).await;
    browser.enter_shop().await;
    let place = format!("return document.querySelector('[data-at=\"{}\"]').getAttribute('aria-busy')", button["at"]);
    browser.wait(&place, |busy| busy != "true").await;
}

/// The sum of what a button names, such as `http_requests_total{status_code="500"}`. An `…` stands for anything.
fn amount(page: &Page, name: &str) -> f64 {
    let (family, label) = name.trim_end_matches('}').split_once('{').unwrap_or((name, ""));
    let (label, value) = label.split_once('=').unwrap_or_default();
    let value = value.trim_matches('"').trim_end_matches('…');
    let samples = [family.to_owned(), format!("{family}_count")];
    let samples = samples.iter().flat_map(|sample| page.series(sample));
    let named = samples.filter(|sample| sample.label("quantile").is_none());
    let named =
        named.filter(|sample| label.is_empty() || sample.label(label).is_some_and(|found| found.starts_with(value)));
    named.map(|sample| sample.value).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_drawn_agrees_with_the_page() {
    let Some(browser) = Browser::open(1280, 900).await else { return };
    let shop = Shop::open(solution_04_summary::app).await;
    shop.visit().await;
    let live = live(&[&shop.url("")], None).await;
    browser.goto(&live.url()).await;
    browser.wait_for("[data-family=http_requests_total]").await;
    for _ in 0..5 {
        shop.visit().await;
    }
    let page = Page::parse(TEXT, &shop.page().await).unwrap();
    for sample in page.series("cart_additions_total") {
        let product = sample.label("product").unwrap();
        let total = total_of(&browser, "cart_additions_total", &format!("product=\"{product}\""), sample.value).await;
        assert_eq!(total, sample.value, "{product}");
    }
    see(&browser, "http_request_duration_seconds").await;
    // Each visit has seven requests.
    let counts = "return [...document.querySelectorAll('[data-family=http_request_duration_seconds] [data-bound]')]
        .reduce((sum, bar) => sum + Number(bar.dataset.count), 0)";
    browser.wait(counts, |count| *count == 35).await;
    let kept = browser.run("return document.querySelector('[data-kept]').dataset.kept").await;
    assert_eq!(kept, json!("1"));
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

async fn total_of(browser: &Browser, family: &str, series: &str, expected: f64) -> f64 {
    see(browser, family).await;
    let rows = format!("[...document.querySelectorAll('[data-family={family}] [data-series]')]");
    let of = format!("{rows}.find((row) => row.dataset.series === {})?.dataset.total", json!(series));
    let found = browser.wait(&format!("return Number({of})"), |total| total.as_f64() == Some(expected)).await;
    found.as_f64().unwrap()
}

/// Brings a picture into view: others are not drawn.
async fn see(browser: &Browser, family: &str) {
    browser.wait_for(&format!("[data-family={family}]")).await;
    browser.run(&format!("document.querySelector('[data-family={family}]').scrollIntoView()")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_ends_leaves_a_banner_and_comes_back() {
    let Some(browser) = Browser::open(1280, 900).await else { return };
    let page = "# HELP app_info What runs.\n# TYPE app_info gauge\napp_info{version=\"1\"} 1\n\
                # HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total 1\n";
    let (address, app) = serve("127.0.0.1:0", page).await;
    let live = live(&[&format!("http://{address}")], None).await;
    browser.goto(&live.url()).await;
    browser.wait_for("[data-family=jobs_total] [data-total=\"1\"]").await;
    app.abort();
    browser.wait_for("[data-trouble=down]").await;
    browser.wait_for("[data-target][data-up=\"0\"]").await;
    sleep(Duration::from_secs(2)).await;
    let info = browser.run("return document.querySelector('[data-family=app_info]').innerText").await;
    assert!(!info.as_str().unwrap().contains("Cannot"), "{info}");
    let _app = serve(&address, "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total 2\n").await;
    browser.wait("return document.querySelector('[data-trouble]') === null", |is_gone| *is_gone == true).await;
    browser.wait_for("[data-family=jobs_total] [data-total=\"2\"]").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_have_a_line_each_and_one_for_their_sum() {
    let Some(browser) = Browser::open(1280, 900).await else { return };
    let page =
        |value: u32| format!("# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{{kind=\"a\"}} {value}\n");
    let (one, _one) = serve("127.0.0.1:0", &page(3)).await;
    let (other, _other) = serve("127.0.0.1:0", &page(4)).await;
    let live = live(&[&format!("http://{one}"), &format!("http://{other}")], None).await;
    browser.goto(&live.url()).await;
    let totals = "return [...document.querySelectorAll('[data-family=jobs_total] [data-series]')]
        .map((row) => row.dataset.total).sort()";
    browser.wait(totals, |totals| *totals == json!(["3", "4", "7"])).await;
    browser.run("document.querySelector('.controls .chip').click()").await;
    browser.wait(totals, |totals| *totals == json!(["3", "4"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_cannot_be_read_shows_its_line_with_the_piece_that_is_wrong() {
    let Some(browser) = Browser::open(1280, 900).await else { return };
    let (address, _app) = serve("127.0.0.1:0", "# TYPE jobs_total counter\njobs_total{kind=\"a\"} many\n").await;
    let live = live(&[&format!("http://{address}")], None).await;
    browser.goto(&live.url()).await;
    browser.wait_for("[data-trouble=unreadable]").await;
    let marked = browser.run("return document.querySelector('[data-trouble] mark').textContent").await;
    assert_eq!(marked, json!("many"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_without_metrics_is_greeted_with_lesson_00() {
    let Some(browser) = Browser::open(390, 844).await else { return };
    let shop = Shop::open(lesson_without_metrics).await;
    let live = live(&[&shop.url("")], Some(&shop.url(""))).await;
    browser.goto(&live.url()).await;
    browser.wait_for("[data-trouble=missing]").await;
    let words = browser.run("return document.querySelector('[data-trouble=missing]').textContent").await;
    assert!(words.as_str().unwrap().contains("lesson 00"), "{words}");
}

/// The shop before lesson 00: its pages alone.
fn lesson_without_metrics(store: shop::Store) -> anyhow::Result<Router> {
    Ok(shop::pages(store))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_texts_stay_texts() {
    let Some(browser) = Browser::open(1280, 900).await else { return };
    let page = r#"# HELP jobs_total <img src=x onerror="document.title='hurt'"><script>document.title='hurt'</script>
# TYPE jobs_total counter
jobs_total{kind="<img src=x onerror=\"document.title='hurt'\"><script>document.title='hurt'</script>"} 1
"#;
    let (address, _app) = serve("127.0.0.1:0", page).await;
    let live = live(&[&format!("http://{address}")], None).await;
    browser.goto(&live.url()).await;
    browser.wait_for("[data-family=jobs_total] [data-series]").await;
    let series = browser.run("return document.querySelector('[data-series]').textContent").await;
    assert!(series.as_str().unwrap().contains("<script>"), "{series}");
    browser.run("document.querySelectorAll('[data-family] button').forEach((button) => button.click())").await;
    sleep(Duration::from_secs(2)).await;
    let elements = browser.run("return document.querySelectorAll('main img, main script').length").await;
    assert_eq!(elements, json!(0));
    assert_ne!(browser.run("return document.title").await, json!("hurt"));
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_series_do_not_freeze_it() {
    let Some(browser) = Browser::open(1280, 900).await else { return };
    let families = (0..100).map(|family| {
        let series = (0..100).map(|number| format!("family_{family}_total{{number=\"{number}\"}} {number}\n"));
        format!(
            "# HELP family_{family}_total Many.\n# TYPE family_{family}_total counter\n{}",
            series.collect::<String>()
        )
    });
    let (address, _app) = serve("127.0.0.1:0", &families.collect::<String>()).await;
    let live = live(&[&format!("http://{address}")], None).await;
    browser.goto(&live.url()).await;
    browser.wait_for("[data-family=family_0_total] [data-series]").await;
    let cards = browser.run("return document.querySelectorAll('[data-family]').length").await;
    assert_eq!(cards, json!(100));
    let drawn = browser.run("return document.querySelectorAll('[data-family] canvas').length").await;
    assert!(drawn.as_u64() < Some(30), "what is out of view is drawn, too: {drawn}");
    let left_out = browser.run("return document.querySelector('[data-family=family_0_total]').innerText").await;
    assert!(left_out.as_str().unwrap().contains("88"), "what is left out is not told: {left_out}");
    // A page that is frozen answers no script: each has half a minute, by the driver's own rule.
    let last = "const card = document.querySelector('[data-family=family_99_total]');
        card.scrollIntoView();
        return card.querySelectorAll('[data-series]').length";
    browser.wait(last, |series| series.as_u64() > Some(0)).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_has_to_be_scrolled_sideways_from_a_phone_to_a_projector() {
    let shop = Shop::open(solution_04_summary::app).await;
    shop.visit().await;
    let live = live(&[&shop.url("")], Some(&shop.url(""))).await;
    for width in [390, 1280, 1920] {
        let Some(browser) = Browser::open(width, 900).await else { return };
        browser.goto(&live.url()).await;
        browser.wait_for("[data-family=http_requests_total]").await;
        let sideways = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(browser.run(sideways).await, json!(0), "{width} pixels");
        browser.enter_shop().await;
        browser.wait_for("#items button").await;
        assert_eq!(browser.run(sideways).await, json!(0), "the shop, at {width} pixels");
    }
}

async fn live(urls: &[&str], shop: Option<&str>) -> Live {
    let targets = urls.iter().map(|url| Target::parse(&TypedUrl::from((*url).to_owned())).unwrap()).collect();
    let shop = shop.map(|url| url.trim_end_matches('/').to_owned());
    Live::start(Subject { title: "a test".to_owned(), targets, shop, prometheus: None }).await.unwrap()
}

/// An app that shows a page, and nothing else.
async fn serve(address: &str, page: &str) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let page = page.to_owned();
    let router = Router::new().route("/metrics", get(async move || ([(CONTENT_TYPE, TEXT)], page)));
    let app = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, app)
}
