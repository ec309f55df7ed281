//! Why there is nothing to look at.

use crate::database::DatabaseError;
use crate::launch::LaunchError;
use crate::services::ServiceError;

/// Why there is nothing to look at.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The program does not start.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// It has no database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// It has no server beside it.
    #[error(transparent)]
    Service(#[from] ServiceError),
}
