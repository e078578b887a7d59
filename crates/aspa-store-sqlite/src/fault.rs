use aspa_store::{Error, ErrorKind};
use rusqlite::ErrorCode;

/// What a failure of the database means to callers.
pub(crate) fn kind(error: &rusqlite::Error) -> ErrorKind {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::FileLockingProtocolFailed,
        ) => ErrorKind::Unavailable,
        // Somebody mends these, and work goes on.
        Some(
            ErrorCode::DiskFull
            | ErrorCode::OutOfMemory
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::CannotOpen
            | ErrorCode::SystemIoFailure,
        ) => ErrorKind::Unavailable,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => ErrorKind::Corrupt,
        Some(_) => ErrorKind::Other,
        // What a column holds is not of the type that was written into it.
        None => match error {
            rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::Utf8Error(..) => ErrorKind::Corrupt,
            _ => ErrorKind::Other,
        },
    }
}

/// What somebody has to do before it can go well.
pub(crate) fn advice(error: &rusqlite::Error) -> Option<&'static str> {
    match error.sqlite_error_code()? {
        ErrorCode::DiskFull => Some("the disk is full: make room"),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
            Some("the file is read-only: let this user write it and its folder")
        }
        ErrorCode::CannotOpen => {
            Some("the file cannot be opened: is its folder there, and may this user write it?")
        }
        ErrorCode::SystemIoFailure => Some("the disk failed: look at the system's log"),
        ErrorCode::DatabaseBusy => Some("somebody else is writing to the file"),
        _ => None,
    }
}

/// Says in which operation the database failed.
pub(crate) trait During<T> {
    fn during(self, operation: &'static str) -> Result<T, Error>;
}

impl<T> During<T> for Result<T, rusqlite::Error> {
    fn during(self, operation: &'static str) -> Result<T, Error> {
        self.map_err(|error| {
            let told = Error::new(kind(&error), operation);
            let told = match advice(&error) {
                Some(advice) => told.with_detail(advice),
                None => told,
            };
            told.with_source(error)
        })
    }
}
