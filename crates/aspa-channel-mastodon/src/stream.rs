//! What the server tells as it happens. It wakes the poll and is no second truth: what it misses, a poll
//! finds.

use std::collections::VecDeque;

use aspa_channel::{Error, ErrorKind, Via};
use aspa_http::{EventStream, SseEvent};
use bytes::Bytes;
use http::header::ACCEPT;
use http::{HeaderValue, Method};
use serde_json::Value;

use crate::channel::MastodonChannel;
use crate::place::Place;
use crate::poll::{Batch, lock};

const OPERATION: &str = "stream";
/// How much of what was told waits for a poll.
const MOST_TOLD: usize = 1000;

/// The stream, where one is open.
pub(crate) type Stream = Option<EventStream>;

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
        let Some(open) = stream.as_mut() else {
            *stream = Some(self.open().await?);
            // What happened before is for a poll.
            return Ok(());
        };
        loop {
            let ended = match open.next().await {
                Ok(Some(event)) if self.hear(&event) => return Ok(()),
                Ok(Some(_)) => continue,
                Ok(None) => Error::new(ErrorKind::Unavailable, OPERATION).with("stream", "ended"),
                Err(error) => Error::unanswered(OPERATION, error),
            };
            *stream = None;
            return Err(ended);
        }
    }

    /// `GET /api/v1/streaming/user` (methods/streaming, read 2026-11-22), on the host that the server names.
    /// It is asked by the scheme that the server itself is: GoToSocial names a secure one even without.
    async fn open(&self) -> Result<EventStream, Error> {
        let base = self.api.base();
        let scheme = base.split_once("://").map_or("https", |(scheme, _)| scheme);
        let host = self.server.streaming.as_deref();
        let host = host
            .and_then(|url| url.split_once("://"))
            .map(|(_, rest)| rest);
        let url = match host {
            Some(host) => format!(
                "{scheme}://{}/api/v1/streaming/user",
                host.trim_end_matches('/')
            ),
            None => format!("{base}/api/v1/streaming/user"),
        };
        let mut request = self
            .api
            .request(Method::GET, &url, Bytes::new(), OPERATION)?;
        let events = HeaderValue::from_static("text/event-stream");
        request.headers_mut().insert(ACCEPT, events);
        let opened = self.api.open(request).await;
        let opened = opened.map_err(|error| match error.kind() {
            aspa_http::HttpErrorKind::Invalid => {
                Error::new(ErrorKind::Unsupported, OPERATION).with_source(error)
            }
            _ => Error::unanswered(OPERATION, error),
        })?;
        let (head, body) = opened.into_parts();
        let is_stream = head
            .headers
            .get(http::header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        match head.status.as_u16() {
            200 if is_stream => Ok(EventStream::new(body)),
            // snac names a stream and has none; GoToSocial has one of another kind.
            200 | 404 | 405 | 501 => Err(Error::new(ErrorKind::Unsupported, OPERATION)),
            _ => {
                let refused = http::Response::from_parts(head, Bytes::new());
                Err(crate::api::refusal(OPERATION, &refused, self.api.now()))
            }
        }
    }

    /// Whether what was told is worth a poll.
    fn hear(&self, event: &SseEvent) -> bool {
        let news = match event.event.as_str() {
            "notification" | "conversation" | "notifications_merged" => return true,
            "delete" => Some(News::Gone(event.data.trim().to_owned())),
            // The payload is JSON of its own (methods/streaming).
            "update" | "status.update" => serde_json::from_str(&event.data)
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
