//! What is served of a file: something to save, never something that a browser shows or runs.

use axum::response::Response;
use http::StatusCode;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    X_CONTENT_TYPE_OPTIONS,
};

use crate::body::pieces;
use crate::failed::Failed;
use crate::files::{FileStore, is_id};

/// A file that a message holds.
#[derive(Debug)]
pub(crate) struct Attached {
    pub(crate) name: String,
    pub(crate) media_type: String,
}

/// The file of this id, ready to be saved; 404 where no message holds it. `held` is kept for as long as
/// it is on its way.
pub(crate) async fn file(
    store: Option<&dyn FileStore>,
    id: &str,
    attached: Option<Attached>,
    held: impl Send + 'static,
) -> Result<Response, Failed> {
    let missing = || Failed::new(StatusCode::NOT_FOUND, "no such file");
    let store = store.filter(|_| is_id(id)).ok_or_else(missing)?;
    let attached = attached.ok_or_else(missing)?;
    let content = store.get(id).await.map_err(|error| {
        tracing::warn!(%error, "a file could not be read");
        Failed::new(StatusCode::SERVICE_UNAVAILABLE, "not now")
    })?;
    let content = content.ok_or_else(missing)?;
    let media_type = match attached.media_type.as_str() {
        "text/plain" => "text/plain; charset=utf-8",
        known => known,
    };
    Response::builder()
        .header(CONTENT_TYPE, media_type)
        .header(CONTENT_LENGTH, content.len())
        .header(CONTENT_DISPOSITION, attachment(&attached.name))
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'")
        .header(CACHE_CONTROL, "private, no-store")
        .body(pieces(content, held))
        .map_err(|_| Failed::new(StatusCode::INTERNAL_SERVER_ERROR, "no such type"))
}

/// A header that says to save under this name (RFC 6266, the name as RFC 8187 writes it).
fn attachment(name: &str) -> String {
    let mut value = String::from("attachment; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            value.push(char::from(byte));
        } else {
            value.push('%');
            for nibble in [byte >> 4, byte & 15] {
                value.push(char::from(b"0123456789ABCDEF"[usize::from(nibble)]));
            }
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_header() {
        assert_eq!(
            attachment("a\"; filename=x\r\nä.html"),
            "attachment; filename*=UTF-8''a%22%3B%20filename%3Dx%0D%0A%C3%A4.html"
        );
    }
}
