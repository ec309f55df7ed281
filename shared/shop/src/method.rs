//! The methods of HTTP.

use axum::http::Method;

/// The method's name, where HTTP defines it: [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#section-9), and
/// [RFC 5789](https://www.rfc-editor.org/rfc/rfc5789) for PATCH. A client may make up others, and a server hands them on.
pub fn standard_method(method: &Method) -> Option<&'static str> {
    let name = match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::CONNECT => "CONNECT",
        Method::OPTIONS => "OPTIONS",
        Method::TRACE => "TRACE",
        Method::PATCH => "PATCH",
        _ => return None,
    };
    Some(name)
}
