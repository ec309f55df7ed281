//! What can go wrong, as `application/problem+json` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)).

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::model::{MAX_ITEMS, Session};

/// Why a request was not answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No route has this path.
    #[error("there is no page at this path")]
    RouteNotFound,
    /// The route exists, but not for this method.
    #[error("this path does not take {0} requests")]
    MethodNotAllowed(Method),
    /// No item has this id.
    #[error("there is no item {0}")]
    ItemNotFound(i64),
    /// The session has no open cart.
    #[error("session {0} has no cart")]
    CartNotFound(Session),
    /// Another item has this stock keeping unit.
    #[error("there is an item with the sku {0} already")]
    DuplicateSku(String),
    /// The catalogue has [`MAX_ITEMS`] items.
    #[error("the catalogue is full: it holds {MAX_ITEMS} items")]
    CatalogueFull,
    /// Fewer pieces are left than the cart would hold.
    #[error("of {sku}, only {stock} are left")]
    OutOfStock {
        /// Which item.
        sku: String,
        /// The pieces that are left.
        stock: i64,
    },
    /// The request itself is wrong.
    #[error("{detail}")]
    InvalidRequest {
        /// 400, 408, 413, 415 or 422.
        status: StatusCode,
        /// What is wrong.
        detail: String,
    },
    /// A failure that `/simulate` was asked for.
    #[error("this failure was asked for")]
    Simulated(StatusCode),
    /// A handler panicked.
    #[error("a handler panicked")]
    Panic,
    /// The database gives no answer.
    #[error("the database cannot be reached")]
    DatabaseUnavailable(#[source] sqlx::Error),
    /// The database answers with an error.
    #[error("the database refused a query")]
    Database(#[source] sqlx::Error),
}

/// What a handler returns: an answer, or a problem.
pub type Result<T> = std::result::Result<T, Error>;

/// In a word what made a request end in 5xx. Each such response carries one among its extensions, where a
/// middleware can read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorKind(pub &'static str);

impl Error {
    /// The status that the client gets.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::RouteNotFound | Self::ItemNotFound(_) | Self::CartNotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::DuplicateSku(_) | Self::CatalogueFull | Self::OutOfStock { .. } => StatusCode::CONFLICT,
            Self::InvalidRequest { status, .. } | Self::Simulated(status) => *status,
            Self::DatabaseUnavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Panic | Self::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The kind, where the fault is the server's.
    fn kind(&self) -> Option<ErrorKind> {
        let kind = match self {
            Self::Simulated(_) => "simulated",
            Self::Panic => "panic",
            Self::DatabaseUnavailable(_) => "database_unavailable",
            Self::Database(_) => "database",
            _ => return None,
        };
        self.status().is_server_error().then_some(ErrorKind(kind))
    }
}

/// What a client is told. A type and not `json!`, whose order of fields depends on what else is built with serde_json.
#[derive(Serialize)]
struct Problem {
    detail: String,
    status: u16,
    title: &'static str,
    #[serde(rename = "type")]
    problem_type: &'static str,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        let problem = Problem {
            detail: self.to_string(),
            status: status.as_u16(),
            title: status.canonical_reason().unwrap_or("Unknown"),
            problem_type: "about:blank",
        };
        let mut response = (status, Json(problem)).into_response();
        let problem_json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, problem_json);
        if let Some(kind) = self.kind() {
            // The source goes to the log alone: it may tell an attacker about the database.
            let cause = std::error::Error::source(&self).map(cause);
            tracing::error!(kind = kind.0, cause, "{self}");
            response.extensions_mut().insert(kind);
        }
        response
    }
}

/// What a log says of the cause.
fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    match error.downcast_ref() {
        // It holds no more than this: sqlx keeps the reason of each attempt to itself.
        Some(sqlx::Error::PoolTimedOut) => {
            "no connection within DATABASE_ACQUIRE_TIMEOUT_MS: the server is down, full or \
             does not answer, or all connections of the shop are in use"
                .to_owned()
        }
        _ => error.to_string(),
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if is_unavailable(&error) { Self::DatabaseUnavailable(error) } else { Self::Database(error) }
    }
}

/// Whether the same query may well succeed later.
fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_unavailable_code(&code)),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}

fn is_unavailable_code(code: &str) -> bool {
    if code.len() == POSTGRES_CODE_LENGTH {
        return POSTGRES_UNAVAILABLE.iter().any(|class| code.starts_with(class));
    }
    // The low byte of an extended code of SQLite is its primary one.
    code.parse::<u16>().is_ok_and(|code| SQLITE_UNAVAILABLE.contains(&(code & 0xff)))
}

const POSTGRES_CODE_LENGTH: usize = 5;
/// Connection exceptions, insufficient resources, operator intervention: PostgreSQL's appendix A.
const POSTGRES_UNAVAILABLE: [&str; 3] = ["08", "53", "57P"];
/// Busy, locked, I/O error, cannot open: [sqlite.org/rescode](https://www.sqlite.org/rescode.html).
const SQLITE_UNAVAILABLE: [u16; 4] = [5, 6, 10, 14];

impl From<JsonRejection> for Error {
    fn from(rejection: JsonRejection) -> Self {
        Self::InvalidRequest { status: rejection.status(), detail: rejection.body_text() }
    }
}

/// axum says 400, since it cannot know why a segment does not fit; here each segment has a type with rules.
impl From<PathRejection> for Error {
    fn from(rejection: PathRejection) -> Self {
        Self::InvalidRequest { status: StatusCode::UNPROCESSABLE_ENTITY, detail: rejection.body_text() }
    }
}

/// Likewise for parameters.
impl From<QueryRejection> for Error {
    fn from(rejection: QueryRejection) -> Self {
        Self::InvalidRequest { status: StatusCode::UNPROCESSABLE_ENTITY, detail: rejection.body_text() }
    }
}

/// The fallback of the router: no route has this path.
pub async fn not_found(_: Uri) -> Error {
    Error::RouteNotFound
}

/// The fallback of each route: it does not take this method.
pub async fn method_not_allowed(method: Method) -> Error {
    Error::MethodNotAllowed(method)
}
