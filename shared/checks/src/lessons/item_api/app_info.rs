//! `app_info`: one series, always 1, whose labels say what runs.

use std::env::consts::{ARCH, OS};

use exposition::{Family, Labels, MetricType, Page, Sample};

use crate::launch::Settings;
use crate::lessons::lines::{family_lines, type_lines};
use crate::lessons::require::require_labels;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::App;

const NAME: &str = "app_info";
const LABELS: [&str; 4] = ["version", "rust_version", "os", "arch"];
const EXPECTED: &str =
    "# TYPE app_info gauge, and one line: app_info{version=\"...\",rust_version=\"...\",os=\"...\",arch=\"...\"} 1";
/// What a program finds in its environment when another one, such as a package's script, starts it.
const OF_ANOTHER_PACKAGE: &str = "97.53.1";
const WHY: &str =
    "When a graph bends at the minute of a deployment, `app_info` is what tells which version began then.";

/// Other names of the same system or processor, as other languages call them.
const SAME: [&[&str]; 5] = [
    &["x86_64", "x64", "amd64"],
    &["aarch64", "arm64"],
    &["macos", "darwin"],
    &["windows", "win32", "windows_nt"],
    &["x86", "ia32", "i686", "i386"],
];

/// Judges the page of the app, of its second replica, and the first page after another start.
pub(super) async fn check(app: &App) -> Outcome {
    // What shows only later, or once more with each scrape, the second page tells.
    app.scrape().await?;
    let page = app.scrape().await?;
    let first = judge(&page)?.labels.clone();
    // What a shop elsewhere was built by and for, nobody here knows.
    if app.settings().is_err() {
        return Ok(());
    }
    labels_are_true(&page, &first)?;
    if let Ok(replica) = app.replica() {
        let page = replica.scrape().await?;
        is_the_same(&page, &first, "the second replica in the same process")?;
    }
    let elsewhere = vec![("CARGO_PKG_VERSION", OF_ANOTHER_PACKAGE.to_owned())];
    let another = app.start_with(&Settings { replicas: 1, variables: elsewhere, ..app.settings()? }).await?;
    let when = format!(
        "the same program after another start, at its first scrape, with CARGO_PKG_VERSION={OF_ANOTHER_PACKAGE}"
    );
    is_the_same(&another.app.scrape().await?, &first, &when)
}

/// The one series, if the metric is as the lesson asks.
fn judge(page: &Page) -> Outcome<&Sample> {
    let Some(family) = page.family(NAME) else {
        return Failure::change("Register the gauge `app_info`, and set it to 1.")
            .expected(EXPECTED)
            .seen(type_lines(page, NAME))
            .mistake("The metric has another name or a prefix, is made but not registered, or registered but never set: a gauge with labels has no line until its label values are used.")
            .why(WHY)
            .stop();
    };
    require_labels(family, &LABELS, WHY)?;
    match (wrong_with(family), family.samples.as_slice()) {
        (None, [sample]) => Ok(sample),
        (wrong, _) => {
            let (change, mistake) = wrong.unwrap_or_default();
            Failure::change(change)
                .expected(EXPECTED)
                .seen(family_lines(page, NAME))
                .mistake(mistake)
                .why("Queries join other metrics with it by multiplication: `... * on (instance) group_left (version) app_info`. Any value but 1 changes their result, and two series make it fail.")
                .stop()
        }
    }
}

/// What to change, and which mistake it is.
fn wrong_with(family: &Family) -> Option<(&'static str, &'static str)> {
    match (family.metric_type, family.samples.as_slice()) {
        (MetricType::Gauge | MetricType::Info, [sample]) if sample.value == 1.0 => None,
        (MetricType::Gauge | MetricType::Info, [sample]) if sample.value == 0.0 => {
            Some(("Set `app_info` to 1.", "The series is made by its label values, but never set. It then shows 0."))
        }
        (MetricType::Gauge | MetricType::Info, [_]) => Some((
            "Set `app_info` to 1, whatever it has to say.",
            "The value carries information, such as a version number or a time, or grows with each scrape. An information metric says everything in its labels.",
        )),
        (MetricType::Gauge | MetricType::Info, _) => Some((
            "Let `app_info` have one series.",
            "A label holds something that changes while the app runs, such as a time, or the metric is set in several places.",
        )),
        _ => Some((
            "Make `app_info` a gauge.",
            "A counter was taken, or the page is put together by hand, without a line that begins with `# TYPE`. What runs is a state, and wants a gauge.",
        )),
    }
}

/// Holds each label against what the check itself was built by and for: the same compiler, on the same machine, in the same
/// version of the course.
fn labels_are_true(page: &Page, labels: &Labels) -> Outcome {
    let truth = [
        ("version", env!("CARGO_PKG_VERSION"), "the package's own version, which cargo has in `CARGO_PKG_VERSION`"),
        ("rust_version", shop::RUST_VERSION, "the compiler's version, which is in `shop::RUST_VERSION`"),
        ("os", OS, "the system, which is in `std::env::consts::OS`"),
        ("arch", ARCH, "the kind of processor, which is in `std::env::consts::ARCH`"),
    ];
    let value_of = |label: &str| labels.get(label).map(String::as_str).unwrap_or_default();
    let Some((label, value, meaning)) = truth.into_iter().find(|(label, value, _)| !says(value_of(label), value))
    else {
        return Ok(());
    };
    let owner = truth.iter().find(|(other, value, _)| *other != label && says(value_of(label), value));
    let mistake = match owner {
        Some((owner, ..)) => format!("This is what belongs into `{owner}`. `with_label_values` goes by position: the values stand in the order of the label names."),
        None => "The value is a text in the code, or comes from another variable than the one that is meant: the oldest compiler that the package allows, a library's version, a setting of the machine.".to_owned(),
    };
    Failure::change(format!("Put {meaning}, into the label `{label}`."))
        .expected(format!("{NAME} with {label}=\"{value}\""))
        .seen(family_lines(page, NAME))
        .mistake(mistake)
        .why("A label that says something else than its name is worse than none: somebody will look for the cause in the wrong version.")
        .stop()
}

/// Whether a label's value says the same.
fn says(value: &str, truth: &str) -> bool {
    let value = value.to_ascii_lowercase();
    value == truth || SAME.iter().any(|names| names.contains(&value.as_str()) && names.contains(&truth))
}

fn is_the_same(page: &Page, labels: &Labels, of: &str) -> Outcome {
    let found = page.series(NAME).next();
    if found.is_some_and(|sample| sample.labels == *labels && sample.value == 1.0) {
        return Ok(());
    }
    let change = if found.is_some() {
        "Let `app_info` say the same in each replica, and after each start."
    } else {
        "Show `app_info` on each page: of each replica, and from the first scrape on."
    };
    let mistake = if found.is_some() {
        "A label holds what differs from start to start, such as a process id, a port, a time or a variable that is read when the program runs (`env!` reads it when it is built), or the metric is shared by all apps of the process."
    } else {
        "The metric is set when the page is written already, or it is registered once in a process, so that the second app has none. Each `app(store)` makes a registry of its own, with the metric in it."
    };
    Failure::change(change)
        .expected(format!("the line of `{NAME}` as it is in the first app, in {of}"))
        .seen(family_lines(page, NAME))
        .mistake(mistake)
        .why("It tells which version runs, and on how many machines. What differs between two of the same version makes them look like two, and what is missing looks like none.")
        .stop()
}
