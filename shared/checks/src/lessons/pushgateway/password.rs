//! The password of the URL, which goes to the gateway, and nowhere else.

use reqwest::Client;
use reqwest::header::{AUTHORIZATION, HeaderValue};

use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::job::Run;

const USER: &str = "job";
/// With characters that have to be percent-encoded in a URL, and one that stands for a space elsewhere.
const PASSWORD: &str = "hidden-from-logs@5%+night";
const PASSWORD_IN_URL: &str = "hidden-from-logs%405%25+night";
/// The part of it that no encoding of a URL changes.
const SECRET: &str = "hidden-from-logs";

/// The URL of a gateway with user and password.
pub(super) fn gateway_url(address_and_path: &str) -> String {
    format!("http://{USER}:{PASSWORD_IN_URL}@{address_and_path}")
}

/// The URL of a database with the same user and password.
pub(super) fn database_url(address: &str) -> String {
    format!("postgres://{USER}:{PASSWORD_IN_URL}@{address}/shop")
}

/// The same, with the password where PostgreSQL's URLs may have it, too.
pub(super) fn database_url_with_query(address: &str) -> String {
    format!("postgres://{USER}@{address}/shop?password={SECRET}")
}

/// What a request has to bring along as its `Authorization`.
pub(super) fn authorization() -> Outcome<String> {
    let request = Client::new().get("http://localhost").basic_auth(USER, Some(PASSWORD)).build();
    let request = request.map_err(Stop::not_run)?;
    let header = request.headers().get(AUTHORIZATION).map(HeaderValue::to_str);
    let header = header.ok_or_else(|| Stop::not_run("a request without Authorization"))?;
    Ok(header.map_err(Stop::not_run)?.to_owned())
}

/// Ends the check if a run has printed the password: as it is, as it stands in the URL, or as it is sent.
pub(super) fn is_hidden(run: &Run) -> Outcome {
    let authorization = authorization()?;
    // The last bytes depend on what follows them.
    let sent = authorization.trim_start_matches("Basic ").trim_end_matches('=');
    let tells = |line: &&str| line.contains(SECRET) || line.contains(sent);
    let output = run.output();
    let lines: Vec<_> = output.lines().filter(tells).collect();
    if lines.is_empty() {
        return Ok(());
    }
    Failure::change("Leave each password out of what is printed.")
        .expected("output that shows a URL without user and password, or not at all")
        .seen(run.lines().first().cloned())
        .seen(lines)
        .mistake("The URL is printed as it is, or the client's error is, which repeats it. Or the header is printed, whose base64 everybody can read.")
        .why("A log is read by many, copied into tickets, and kept for years.")
        .stop()
}

#[cfg(test)]
mod tests {
    use super::{Run, authorization, is_hidden};

    fn run(complained: &str) -> Run {
        Run { arguments: String::new(), code: Some(3), said: String::new(), complained: complained.to_owned() }
    }

    #[test]
    fn a_password_is_found_in_every_form() {
        let header = authorization().unwrap_or_default();
        for form in ["hidden-from-logs@5%+night", "http://job:hidden-from-logs%405%25+night@host/", header.as_str()] {
            assert!(is_hidden(&run(form)).is_err(), "{form}");
        }
    }

    #[test]
    fn the_user_and_the_host_are_no_secret() {
        assert!(is_hidden(&run("job@127.0.0.1:9091: connection refused")).is_ok());
    }
}
