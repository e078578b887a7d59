//! What is served of a file: something to save, never something that a browser shows or runs.

use aspa_channel::{Media, Message, Part};
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    X_CONTENT_TYPE_OPTIONS,
};

use crate::failed::Failed;
use crate::files::{FileStore, is_id};

/// The file of this id in a conversation, ready to be saved; 404 where no message holds it.
pub(crate) async fn file(
    store: Option<&dyn FileStore>,
    messages: &[Message],
    id: &str,
) -> Result<Response, Failed> {
    let missing = || Failed::new(StatusCode::NOT_FOUND, "no such file");
    let store = store.filter(|_| is_id(id)).ok_or_else(missing)?;
    let media = messages
        .iter()
        .flat_map(|message| &message.parts)
        .find_map(|part| match part {
            Part::Media(media) if media.id.as_deref() == Some(id) => Some(media),
            _ => None,
        });
    let media = media.ok_or_else(missing)?;
    let content = store.get(id).await.map_err(|error| {
        tracing::warn!(%error, "a file could not be read");
        Failed::new(StatusCode::SERVICE_UNAVAILABLE, "not now")
    })?;
    served(media, content.ok_or_else(missing)?)
}

fn served(media: &Media, content: Bytes) -> Result<Response, Failed> {
    let name = media.extra.get("name").and_then(|name| name.as_str());
    let media_type = match media.media_type.as_deref() {
        Some("text/plain") => "text/plain; charset=utf-8",
        Some(known) => known,
        None => "application/octet-stream",
    };
    Response::builder()
        .header(CONTENT_TYPE, media_type)
        .header(CONTENT_DISPOSITION, attachment(name.unwrap_or("file")))
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'")
        .header(CACHE_CONTROL, "private, no-store")
        .body(Body::from(content))
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
