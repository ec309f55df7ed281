//! Who may do everything on a server.

/// How it is called.
pub(super) const SUPERUSER: &str = "postgres";

/// A password that nobody guesses: a superuser of PostgreSQL can start programs, and what is checked must not become one.
pub(crate) fn random_password() -> String {
    format!("{:032x}", rand::random::<u128>())
}
