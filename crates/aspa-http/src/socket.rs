use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use reqwest::Upgraded;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::body::{BodyStream, Chunks, WebSocket};
use crate::error::{HttpError, HttpErrorKind};
use crate::reqwest_client::ReqwestClient;

/// The largest message, in bytes: as the largest server-sent event.
const MAX: usize = 1 << 20;

impl ReqwestClient {
    /// The handshake of RFC 6455 section 4.1. Where the server refuses, its answer as it comes.
    pub(crate) async fn open_socket(
        &self,
        mut request: Request<Bytes>,
    ) -> Result<Response<BodyStream>, HttpError> {
        let accept = ask(request.headers_mut())?;
        let (head, answer) = self.begin(request).await?;
        if head.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Ok(self.as_it_comes(head, answer));
        }
        let cut = || HttpError::new(HttpErrorKind::Cut).with_status(head.status());
        if !is_answered(head.headers(), &accept) {
            return Err(cut());
        }
        let upgraded = answer.upgrade().await;
        let upgraded = upgraded.map_err(|error| cut().with_source(error.without_url()))?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX))
            .max_frame_size(Some(MAX));
        let socket = WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await;
        let idle = self.idle_timeout;
        let mut answer = head.map(|()| BodyStream::new(Messages { socket, idle }));
        answer.extensions_mut().insert(WebSocket);
        Ok(answer)
    }
}

/// Makes a request one for a WebSocket; returns what the server has to answer.
fn ask(headers: &mut HeaderMap) -> Result<String, HttpError> {
    let key = generate_key();
    let accept = derive_accept_key(key.as_bytes());
    let key = HeaderValue::try_from(key)
        .map_err(|error| HttpError::new(HttpErrorKind::Invalid).with_source(error))?;
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    headers.insert(SEC_WEBSOCKET_KEY, key);
    Ok(accept)
}

fn is_answered(headers: &HeaderMap, accept: &str) -> bool {
    let says = |name| headers.get(name).map(HeaderValue::as_bytes);
    let is_upgrade = says(UPGRADE).is_some_and(|to| to.eq_ignore_ascii_case(b"websocket"));
    is_upgrade && says(SEC_WEBSOCKET_ACCEPT) == Some(accept.as_bytes())
}

/// The messages of a WebSocket as they come. Pings are answered when the next message is waited for.
struct Messages {
    socket: WebSocketStream<Upgraded>,
    idle: Duration,
}

#[async_trait]
impl Chunks for Messages {
    async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        loop {
            let came = timeout(self.idle, self.socket.next()).await;
            let came = came.map_err(|_| HttpError::new(HttpErrorKind::Timeout))?;
            match came {
                Some(Ok(Message::Text(text))) => return Ok(Some(text.into())),
                Some(Ok(Message::Binary(bytes))) => return Ok(Some(bytes)),
                // Also the server's goodbye: nothing comes after it.
                Some(Ok(_)) => {}
                None => return Ok(None),
                Some(Err(Error::Capacity(_))) => {
                    return Err(HttpError::new(HttpErrorKind::TooLarge));
                }
                // Its text may hold what came.
                Some(Err(_)) => return Err(HttpError::new(HttpErrorKind::Cut)),
            }
        }
    }
}
