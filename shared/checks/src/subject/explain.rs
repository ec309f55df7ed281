//! What an explanation says where there is no answer, or no page in it.

use exposition::{ContentTypeError, InvalidLine, MetricType, Page, ParseError, Violation};

use super::scrape::{Broken, Flaw, MAX_PAGE_BYTES};
use crate::outcome::Failure;

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const BYTE_ORDER_MARK: char = '\u{feff}';
const WHY_PAGE: &str = "Prometheus reads a page whole or not at all: one bad line, or a wrong content type, and every metric of the app is gone.";
const WHY_ANSWER: &str = "A client without an answer tries again, and the load grows when the app can bear it least.";
/// How many lines of a log an explanation shows.
const LOG_LINES: usize = 3;
/// How much of each.
const LOG_LINE_LENGTH: usize = 200;

/// An answer that did not come, or not to its end.
pub(super) fn broken(request: &str, broken: &Broken, log: &str) -> Failure {
    match broken {
        Broken::Head(error) => no_answer(request, error, log),
        Broken::Body { received, error } if error.is_timeout() => {
            Failure::change(format!("Let the answer to {request} come to its end."))
                .expected(format!("an answer to {request} that ends"))
                .seen([format!("{request} -> {received} bytes, and then no end of the body: the time was over")])
                .seen(panic_lines(log))
                .mistake("The body is a stream that nobody closes, its `content-length` promises more than is sent, or something that the handler waits for never comes.")
                .why("Prometheus waits for the end of a page until its time is over (by default 10 seconds), and then takes nothing of it.")
        }
        Broken::Body { received, error } => {
            Failure::change(format!("Send the whole answer to {request}."))
                .expected(format!("an answer to {request} that is complete"))
                .seen([format!("{request} -> the connection ends after {received} bytes, in the middle of the body"), last_cause(error)])
                .seen(panic_lines(log))
                .mistake("The body is a stream that fails on its way (an error or a panic behind the first piece), or `content-length` promises more than is sent.")
                .why("Half a page is none: Prometheus drops all of it, and `up` becomes 0.")
        }
    }
}

fn no_answer(request: &str, error: &reqwest::Error, log: &str) -> Failure {
    if error.is_redirect() {
        return Failure::change(format!("Answer {request} itself, instead of sending the client elsewhere."))
            .expected(format!("an answer to {request}, after a few redirects at the most"))
            .seen([format!("{request} -> one redirect after the other, more than the ten that a client follows")])
            .mistake("A route redirects to itself, or two to each other: one adds a slash to the path, and the other one takes it away.")
            .why("A client gives up after ten redirects. For Prometheus that is a scrape that has failed: `up` becomes 0.");
    }
    let panics = panic_lines(log);
    let (seen, mistake) = if error.is_timeout() {
        (
            "nothing until the time was over",
            "The handler waits for something that never comes (a lock, a connection, an endless loop), or something blocks the threads of the async runtime.",
        )
    } else if error.is_connect() {
        ("no connection", "The app has stopped: nothing takes connections at its address any more.")
    } else if panics.is_empty() {
        (
            "the connection ends without an answer",
            "The app has stopped, or a handler or a middleware panicked and took the connection with it: its log tells more.",
        )
    } else {
        (
            "the connection ends without an answer, and the app's log says:",
            "A handler or a middleware panicked and took the connection with it. The log names file and line.",
        )
    };
    Failure::change(format!("Find out why the app gives no answer to {request}."))
        .expected(format!("an answer to {request}, whatever its status"))
        .seen([format!("{request} -> {seen}")])
        .seen(panics)
        .mistake(mistake)
        .why(WHY_ANSWER)
}

/// An answer to a scrape that is none of success.
pub(super) fn no_page(status: u16, answer: &[String], log: &str) -> Failure {
    // What says that the request was wrong was not a panic, whatever the log has of earlier ones.
    let panics = if status < 500 { Vec::new() } else { panic_lines(log) };
    let mistake = match status {
        404 => "The route is missing, or its path is misspelt.",
        405 => "The route takes another method than GET.",
        406 | 415 => {
            "The handler looks at the scrape's `Accept`, and refuses. Prometheus names OpenMetrics first, then the text format, then `*/*`: it takes whatever comes."
        }
        _ if panics.is_empty() => "The handler ends in an error, or something in front of it answers in its place.",
        _ => {
            "The handler of the page panics, or something that it needs has panicked before. The log names file and line."
        }
    };
    Failure::change("Answer GET /metrics with status 200 and the page of metrics.")
        .expected("200 OK for GET /metrics")
        .seen(answer)
        .seen(panics)
        .mistake(mistake)
        .why(
            "A scrape that is not answered with 200 counts as a failed one: `up` becomes 0, and every graph has a gap.",
        )
}

/// A page whose bytes are no text.
pub(super) fn flawed(flaw: &Flaw) -> Failure {
    let (change, expected, mistake) = match flaw {
        Flaw::TooLong => (
            "Let the page of metrics come to an end.",
            format!("a page of at most {} MiB: this one was cut there", MAX_PAGE_BYTES / 1024 / 1024),
            "The body is a stream without an end, or a label has a value of its own for each request or visitor.",
        ),
        Flaw::NotUtf8 { .. } => (
            "Write the page in UTF-8.",
            "text in UTF-8, whatever the content type says".to_owned(),
            "The text was encoded as Latin-1 or another old code page, or bytes from elsewhere (a file name, a database) became a label value or a help text as they were.",
        ),
        Flaw::UnknownEncoding(_) => (
            "Compress the page with gzip, or not at all.",
            "`content-encoding: gzip`, or no such header: the scrape says `accept-encoding: gzip`".to_owned(),
            "The layer that compresses does not look at what the client takes, or the header was made up.",
        ),
        Flaw::NotGzip => (
            "Send what the header `content-encoding: gzip` promises: the page, compressed, whole and once.",
            "a body that gzip can unpack".to_owned(),
            "The header was set without compressing, the compressor was not finished, so that the end is missing, or two layers each set the header.",
        ),
        Flaw::SecretGzip => (
            "Say `content-encoding: gzip` where the page is compressed, or don't compress it.",
            "a page as text, or compressed with the header that says so".to_owned(),
            "The page was compressed by hand, and the header forgotten, or taken away by another layer.",
        ),
    };
    Failure::change(change).expected(expected).seen(flaw.lines()).mistake(mistake).why(WHY_PAGE)
}

/// A page that is text, but no page.
pub(super) fn unreadable(content_type: &str, body: &str, error: &ParseError) -> Failure {
    match error {
        ParseError::ContentType(error) => wrong_content_type(content_type, body, error),
        ParseError::Line(line) => {
            mixed_up(content_type, body, &line.violation).unwrap_or_else(|| invalid_line(error, usual_cause(line)))
        }
    }
}

fn wrong_content_type(content_type: &str, body: &str, error: &ContentTypeError) -> Failure {
    let wanted = if is_open_metrics(body) { OPEN_METRICS } else { TEXT };
    let mistake = match error {
        ContentTypeError::Missing => {
            "The answer was put together without headers, or the framework sends none for bytes."
        }
        ContentTypeError::NoVersion(_) => {
            "The handler returns a string, so that the framework chooses the content type."
        }
        ContentTypeError::UnknownVersion(_) => {
            "The version was guessed, or is that of the library. It is the format's: 0.0.4."
        }
        ContentTypeError::NotUtf8(_) => "The charset was taken from elsewhere. Pages of metrics are in UTF-8.",
        ContentTypeError::NotMetrics(_) => {
            "The content type was guessed, is that of another page, or the framework chose it for what the handler returns."
        }
    };
    let seen = match error {
        ContentTypeError::Missing => "no header `content-type`".to_owned(),
        _ => format!("content-type: {content_type}"),
    };
    Failure::change("Send the content type of the format in which the page is.")
        .expected(format!("content-type: {wanted}"))
        .seen([seen])
        .mistake(mistake)
        .why(match error {
            ContentTypeError::Missing | ContentTypeError::NotMetrics(_) => "The content type tells Prometheus 3 how to read the page. It refuses one that it does not know, and all metrics of the app are gone.",
            _ => "By the content type, a scraper knows how to read the page. Prometheus 3 looks at its first word alone, and takes this one. Another scraper may look at the rest, and refuse it, or read the page by other rules than those by which it was written.",
        })
}

/// A page in one format, and the content type of the other.
fn mixed_up(content_type: &str, body: &str, violation: &Violation) -> Option<Failure> {
    let says_open_metrics = content_type.to_ascii_lowercase().contains("openmetrics");
    let other = if says_open_metrics { TEXT } else { OPEN_METRICS };
    // Whatever else is wrong with the page comes later: by the rules of the other format, each line looks wrong.
    if !(says_open_metrics && is_counter_of_text(violation)) {
        Page::parse(other, body).ok()?;
    }
    let last_line = body.lines().rfind(|line| !line.is_empty()).unwrap_or_default();
    let seen = [format!("content-type: {content_type}"), format!("... and the last line of the page is: {last_line}")];
    let failure = match (says_open_metrics, violation) {
        (true, Violation::MissingEof) => Failure::change("Make the page and its content type fit: the type says OpenMetrics, and the page does not end in `# EOF`.")
            .expected(format!("`content-type: {TEXT}` for a page in the text format, or the line `# EOF` at the end of one in OpenMetrics"))
            .seen(seen)
            .mistake("Either the encoder of the text format wrote the page, and the content type was taken from elsewhere, or from the scrape's `Accept`. Or the last line of OpenMetrics was lost on the way."),
        (true, _) => Failure::change("Send the content type of the text format: in that the page is written.")
            .expected(format!("content-type: {TEXT}"))
            .seen(seen)
            .mistake("The page is in Prometheus's text format, and its content type says OpenMetrics, where other rules hold. Prometheus asks for OpenMetrics first, but takes either: what is sent is the app's choice."),
        (false, _) => Failure::change("Send the content type of OpenMetrics: in that the page is written.")
            .expected(format!("content-type: {OPEN_METRICS}"))
            .seen(seen)
            .mistake("The page is in OpenMetrics, and its content type says text format, where other rules hold. Two libraries, or an encoder and a header from an example for another one, do not fit."),
    };
    Some(failure.why("Prometheus picks its parser by the content type. The wrong one stumbles over the page, and all metrics of the app are gone."))
}

/// In OpenMetrics, `# TYPE` says a counter's name without `_total`; in the text format, with it.
fn is_counter_of_text(violation: &Violation) -> bool {
    matches!(violation, Violation::SampleName { sample, family, metric_type: MetricType::Counter, .. } if sample == family)
}

fn is_open_metrics(body: &str) -> bool {
    body.trim_end().ends_with("# EOF")
}

fn invalid_line(error: &ParseError, mistake: &str) -> Failure {
    Failure::change("Make /metrics a page that Prometheus can read.")
        .expected("a valid page in Prometheus's text format")
        .seen(error.to_string().lines())
        .mistake(mistake)
        .why(WHY_PAGE)
}

/// How such a line usually comes about.
fn usual_cause(line: &InvalidLine) -> &'static str {
    match &line.violation {
        _ if line.line.starts_with(BYTE_ORDER_MARK) => {
            "The page begins with a byte order mark, which an editor or a function for files has written. It cannot be seen, and Prometheus takes it for a part of the first line."
        }
        Violation::QuotedName(_) => {
            "The library was told to allow names of any letters, as OpenTelemetry has them (`app.info`), or the name was taken from there."
        }
        Violation::NoLastNewline => {
            "The end of the page was cut off after the encoder wrote it (`trim`, `join`), or the page was put together by hand."
        }
        Violation::MissingEof | Violation::AfterEof => {
            "Something was cut off or added after the encoder wrote the page, or pages of several registries are written one after the other."
        }
        Violation::CarriageReturn => {
            "The page was put together by hand, or changed after the encoder wrote it, on or for Windows."
        }
        Violation::DuplicateSeries
        | Violation::SplitFamily(_)
        | Violation::DuplicateMetadata { .. }
        | Violation::MetadataAfterSamples(_) => {
            "Two registries that hold the same metric are written one after the other, or the page is put together by hand, or changed after the encoder wrote it."
        }
        _ => {
            "The page is put together by hand, or changed after the encoder wrote it, or two registries that hold the same metric are written one after the other."
        }
    }
}

/// What a log says of the last panic: where, and with which message. Without the name of the thread, which is another each
/// time.
fn panic_lines(log: &str) -> Vec<String> {
    const PANIC: &str = "panicked at ";
    let lines: Vec<_> = log.lines().collect();
    let Some(last) = lines.iter().rposition(|line| line.contains(PANIC)) else { return Vec::new() };
    let message = lines[last + 1..].iter().take_while(|line| !line.starts_with("note: ") && !line.is_empty());
    let place = lines[last].find(PANIC).map(|start| without_registry(&lines[last][start..]));
    let shown = place.into_iter().chain(message.map(|line| (*line).to_owned())).take(LOG_LINES);
    shown.map(|line| line.chars().take(LOG_LINE_LENGTH).collect()).collect()
}

/// A place in a library, without the folder in which cargo keeps it.
fn without_registry(place: &str) -> String {
    let file = place.split_once("/registry/src/").and_then(|(_, rest)| rest.split_once('/'));
    file.map_or_else(|| place.to_owned(), |(_, file)| format!("panicked at {file}"))
}

fn last_cause(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.last().map(ToString::to_string).unwrap_or_default()
}

/// The app has started before, so it is the settings that it cannot bear.
pub(super) fn does_not_start(status: &str, log: &str, variables: &[(&str, String)]) -> Failure {
    let variables: Vec<_> = variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let with = if variables.is_empty() { "another one beside it".to_owned() } else { variables.join(" and ") };
    Failure::change(format!("Let the app start with {with}."))
        .expected("an app that runs, as it does without")
        .seen([format!("it ends as soon as it starts ({status}):")])
        .seen(log.lines())
        .mistake("A variable is read as another unit or another type than it is, or the value that comes of it is refused by what it is given to.")
        .why("A setting that takes the whole service down is found by whoever changes it, at the worst time.")
}
