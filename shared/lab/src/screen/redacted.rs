//! What may be shown of a URL: where it leads. User, password, path and query may be secrets.

use url::Url;

/// A URL, up to its port.
pub fn url(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

/// What somebody typed, who may have meant a URL.
pub fn typed(text: &str) -> String {
    match Url::parse(text) {
        Ok(parsed) if parsed.has_host() => url(&parsed),
        _ if text.contains(['@', '?', '#']) || text.contains("//") => "[...]".to_owned(),
        _ => text.to_owned(),
    }
}
