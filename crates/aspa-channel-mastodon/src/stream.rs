//! What the server tells as it happens. It wakes the poll and is no second truth: what it misses, a poll
//! finds.

use std::collections::VecDeque;

use aspa_channel::{Error, ErrorKind, Via};
use aspa_http::{BodyStream, EventStream, HttpError, HttpErrorKind, SseEvent, WebSocket};
use bytes::Bytes;
use http::header::ACCEPT;
use http::{HeaderValue, Method};
use serde_json::Value;

use crate::channel::MastodonChannel;
use crate::json;
use crate::place::Place;
use crate::poll::{Batch, lock};

const OPERATION: &str = "stream";
/// How much of what was told waits for a poll.
const MOST_TOLD: usize = 1000;

/// The stream, where one is open, and how the last one came.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    open: Option<Open>,
    way: Way,
}

/// How a server tells: Mastodon in both ways, GoToSocial by WebSocket alone.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Way {
    #[default]
    Events,
    Messages,
}

#[derive(Debug)]
enum Open {
    Events(EventStream),
    Messages(BodyStream),
}

/// One thing that a server told: the name of an event, and what belongs to it.
struct Heard {
    event: String,
    payload: String,
}

impl Open {
    /// The next thing; none at the end. Giving the wait up loses nothing.
    async fn next(&mut self) -> Result<Option<Heard>, HttpError> {
        let body = match self {
            Self::Events(events) => {
                let event = events.next().await?;
                return Ok(event.map(|SseEvent { event, data, .. }| Heard {
                    event,
                    payload: data,
                }));
            }
            Self::Messages(body) => body,
        };
        while let Some(message) = body.chunk().await? {
            // `{"stream": ["user"], "event": …, "payload": …}`, the payload as a text (methods/streaming,
            // "Establishing a WebSocket connection", read 2026-11-22).
            let message: Value = serde_json::from_slice(&message).unwrap_or_default();
            if let Some(event) = json::text(&message, "event") {
                return Ok(Some(Heard {
                    event: event.to_owned(),
                    payload: json::text(&message, "payload")
                        .unwrap_or_default()
                        .to_owned(),
                }));
            }
        }
        Ok(None)
    }
}

/// What only the stream tells.
#[derive(Debug, Clone)]
enum News {
    /// A post was deleted.
    Gone(String),
    /// A post was written by us, or edited.
    Post(Box<Value>),
}

/// What was told and is not known to be stored. It is given with each page until a poll goes on after that
/// page.
#[derive(Debug, Default)]
pub(crate) struct Told {
    news: VecDeque<News>,
    /// The [`Place::told`] of the page that has the first so many.
    given: Option<(u64, usize)>,
}

impl Told {
    fn hear(&mut self, news: News) {
        if self.news.len() >= MOST_TOLD {
            self.news.pop_front();
            self.given = self
                .given
                .map(|(page, many)| (page, many.saturating_sub(1)));
        }
        self.news.push_back(news);
    }

    /// What a page that goes on at `place` has to bring.
    fn take(&mut self, place: &mut Place) -> Vec<News> {
        if let Some((_, many)) = self.given.take_if(|(page, _)| *page == place.told) {
            self.news.drain(..many.min(self.news.len()));
        }
        if self.news.is_empty() {
            return Vec::new();
        }
        place.told = place.told.wrapping_add(1);
        self.given = Some((place.told, self.news.len()));
        self.news.iter().cloned().collect()
    }
}

impl MastodonChannel {
    pub(crate) async fn take_told(
        &self,
        place: &mut Place,
        batch: &mut Batch,
    ) -> Result<(), Error> {
        let news = lock(&self.told).take(place);
        for news in news {
            match news {
                News::Gone(id) => self.gone(&self.server.stable(&id), place, batch, Via::Stream),
                News::Post(status) => {
                    let event = self.post(&status, place, batch, Via::Stream).await?;
                    batch.events.extend(event);
                }
            }
        }
        Ok(())
    }

    /// Waits until the server tells something that a poll would bring; opens the stream where none is. Giving
    /// the wait up loses nothing.
    pub(crate) async fn follow(&self) -> Result<(), Error> {
        let mut stream = self.stream.lock().await;
        let Some(open) = stream.open.as_mut() else {
            *stream = self.open(stream.way).await?;
            // What happened before is for a poll.
            return Ok(());
        };
        loop {
            let ended = match open.next().await {
                Ok(Some(heard)) if self.hear(&heard) => return Ok(()),
                Ok(Some(_)) => continue,
                Ok(None) => Error::new(ErrorKind::Unavailable, OPERATION).with("stream", "ended"),
                Err(error) => Error::unanswered(OPERATION, error),
            };
            stream.open = None;
            return Err(ended);
        }
    }

    /// Opens the stream in the way that it came the last time, else in the other.
    async fn open(&self, last: Way) -> Result<Stream, Error> {
        let other = match last {
            Way::Events => Way::Messages,
            Way::Messages => Way::Events,
        };
        for way in [last, other] {
            if let Some(open) = self.open_by(way).await? {
                let open = Some(open);
                return Ok(Stream { open, way });
            }
        }
        Err(Error::new(ErrorKind::Unsupported, OPERATION))
    }

    /// `GET /api/v1/streaming/user`, or `GET /api/v1/streaming?stream=user` as a WebSocket (methods/streaming,
    /// read 2026-11-22), on the host that the server names, with the token in its header. It is asked by the
    /// scheme that the server itself is: GoToSocial names a secure one even without. None: the server, or
    /// our client, knows no such way.
    async fn open_by(&self, way: Way) -> Result<Option<Open>, Error> {
        let base = self.api.base();
        let scheme = base.split_once("://").map_or("https", |(scheme, _)| scheme);
        let host = self.server.streaming.as_deref();
        let host = host
            .and_then(|url| url.split_once("://"))
            .map(|(_, rest)| rest.trim_end_matches('/'));
        let start = host.map_or_else(|| base.to_owned(), |host| format!("{scheme}://{host}"));
        let url = match way {
            Way::Events => format!("{start}/api/v1/streaming/user"),
            Way::Messages => format!("{start}/api/v1/streaming?stream=user"),
        };
        let mut request = self
            .api
            .request(Method::GET, &url, Bytes::new(), OPERATION)?;
        match way {
            Way::Events => {
                let events = HeaderValue::from_static("text/event-stream");
                request.headers_mut().insert(ACCEPT, events);
            }
            Way::Messages => {
                request.extensions_mut().insert(WebSocket);
            }
        }
        let (head, body) = match self.api.open(request).await {
            Ok(opened) => opened.into_parts(),
            Err(error) if error.kind() == HttpErrorKind::Invalid => return Ok(None),
            Err(error) => return Err(Error::unanswered(OPERATION, error)),
        };
        let is_stream = head
            .headers
            .get(http::header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let is_socket = head.extensions.get::<WebSocket>().is_some();
        match head.status.as_u16() {
            101 if is_socket => Ok(Some(Open::Messages(body))),
            200 if is_stream => Ok(Some(Open::Events(EventStream::new(body)))),
            // snac names a stream and has none; GoToSocial knows no events (404). A server that takes no
            // upgrade says 400 or 426 (RFC 9110 section 15.5.22).
            101 | 200 | 400 | 404 | 405 | 426 | 501 => Ok(None),
            _ => {
                let refused = http::Response::from_parts(head, Bytes::new());
                Err(crate::api::refusal(OPERATION, &refused, self.api.now()))
            }
        }
    }

    /// Whether what was told is worth a poll.
    fn hear(&self, heard: &Heard) -> bool {
        let news = match heard.event.as_str() {
            "notification" | "conversation" | "notifications_merged" => return true,
            "delete" => Some(News::Gone(heard.payload.trim().to_owned())),
            // The payload is JSON of its own (methods/streaming).
            "update" | "status.update" => serde_json::from_str(&heard.payload)
                .ok()
                .filter(|status| self.concerns_us(status))
                .map(|status| News::Post(Box::new(status))),
            _ => None,
        };
        let Some(news) = news else { return false };
        lock(&self.told).hear(news);
        true
    }

    fn concerns_us(&self, status: &Value) -> bool {
        let decoder = self.decoder();
        decoder.is_ours(status) || decoder.names_us(status) || decoder.answers_us(status)
    }
}
