//! Takes bodies in, and serves files, without letting anybody hold more of our memory for longer than
//! they may.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use futures_util::stream;
use http::StatusCode;
use tokio::time::timeout;

use crate::failed::Failed;

/// For how long a body that is not a file may be on its way.
pub(crate) const SOON: Duration = Duration::from_secs(30);
/// For how long a file may be on its way.
pub(crate) const LATER: Duration = Duration::from_secs(120);
/// How much of a file is handed to the connection at a time, in bytes.
const PIECE: usize = 64 << 10;

/// The whole body: 413 where it is over `most` bytes or breaks off, 408 where it is not here in time.
pub(crate) async fn read(body: Body, most: usize, within: Duration) -> Result<Bytes, Failed> {
    match timeout(within, to_bytes(body, most)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => {
            let why = format!("over {most} bytes, or it did not come whole");
            Err(Failed::new(StatusCode::PAYLOAD_TOO_LARGE, why))
        }
        Err(_) => Err(Failed::new(
            StatusCode::REQUEST_TIMEOUT,
            "it came too slowly",
        )),
    }
}

/// A body that keeps `held` for as long as the other side has not taken it.
pub(crate) fn pieces(content: Bytes, held: impl Send + 'static) -> Body {
    Body::from_stream(stream::unfold(
        (content, held),
        |(mut content, held)| async move {
            if content.is_empty() {
                return None;
            }
            let piece = content.split_to(content.len().min(PIECE));
            Some((Ok::<_, Infallible>(piece), (content, held)))
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_not_waited_for() {
        let begun = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"{"))]);
        let never = futures_util::StreamExt::chain(begun, stream::pending());
        let read = read(Body::from_stream(never), 100, SOON);
        let read = timeout(Duration::from_secs(31), read).await.unwrap();
        assert_eq!(read.unwrap_err().status(), StatusCode::REQUEST_TIMEOUT);
    }

    #[tokio::test]
    async fn a_file_comes_whole_and_its_place_is_free_when_it_was_taken() {
        let content: Bytes = (0..=250).cycle().take(200_000).collect();
        let held = std::sync::Arc::new(());
        let body = pieces(content.clone(), held.clone());
        assert_eq!(std::sync::Arc::strong_count(&held), 2);
        assert_eq!(to_bytes(body, usize::MAX).await.unwrap(), content);
        assert_eq!(std::sync::Arc::strong_count(&held), 1);
    }
}
