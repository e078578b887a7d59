//! What X tells as it happens. It wakes the poll and is no second truth: what it misses, a poll finds.

use std::time::Duration;

use aspa_channel::{Error, ErrorKind, Via, without_halves};
use aspa_http::BodyStream;
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::activity;
use crate::api::{refusal, silence};
use crate::channel::XChannel;
use crate::config;

const OPERATION: &str = "stream";
/// The longest line that is read, in bytes.
const LONGEST_LINE: usize = 4 << 20;

/// A stream, where one is open, and how often opening it failed.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    open: Option<Lines>,
    failures: u32,
    /// Nothing is opened before.
    not_before: Option<DateTime<Utc>>,
}

/// Why a stream could not be opened, and whether X answered: if not, the connection is broken.
struct Closed {
    error: Error,
    answered: bool,
}

/// The lines of a body: each ends with `\r\n`, and an empty one says that X is still there.
#[derive(Debug)]
pub(crate) struct Lines {
    body: BodyStream,
    begun: BytesMut,
}

impl Lines {
    fn new(body: BodyStream) -> Self {
        Self {
            body,
            begun: BytesMut::new(),
        }
    }

    /// The next line, without its end; none at the end. Giving the wait up loses nothing.
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let mut searched = 0;
        loop {
            let end = self.begun[searched..].iter().position(|b| *b == b'\n');
            if let Some(end) = end {
                let line = self.begun.split_to(searched + end + 1).freeze();
                let line = line.slice(..line.len() - 1);
                return Ok(Some(match line.last() {
                    Some(b'\r') => line.slice(..line.len() - 1),
                    _ => line,
                }));
            }
            searched = self.begun.len();
            if searched > LONGEST_LINE {
                return Err(Error::new(ErrorKind::Protocol, OPERATION).with("line", "too long"));
            }
            let chunk = self.body.chunk().await;
            match chunk.map_err(|error| silence(OPERATION, error))? {
                Some(chunk) => self.begun.extend_from_slice(&chunk),
                None => return Ok(None),
            }
        }
    }
}

/// How long to wait before the next try (docs.x.com, "Handling disconnections", read 2026-11-22): after a
/// broken connection 250 ms more each time up to 16 s; after a refusal 5 s, doubling up to 320 s; after
/// too many requests a minute, doubling.
fn wait_after(error: &Error, answered: bool, failures: u32) -> Duration {
    let doubled = |seconds: u64, most: u64| {
        let times = 1_u64 << failures.saturating_sub(1).min(10);
        Duration::from_secs((seconds * times).min(most))
    };
    let wait = match (error.kind(), answered) {
        (ErrorKind::Throttled, _) => doubled(60, 3_600),
        (_, true) => doubled(5, 320),
        (_, false) => Duration::from_millis(250 * u64::from(failures.min(64))),
    };
    wait.max(error.retry_after().unwrap_or_default())
}

impl XChannel {
    /// Waits until X tells something; opens the stream where none is. Giving the wait up loses nothing.
    pub(crate) async fn follow(&self) -> Result<(), Error> {
        let Some(kind) = self.stream_kind else {
            return Err(Error::new(ErrorKind::Unsupported, "changed"));
        };
        let mut stream = self.stream.lock().await;
        if stream.open.is_none() {
            let now = self.api.now();
            if let Some(wait) = stream.not_before.and_then(|at| (at - now).to_std().ok())
                && wait > Duration::ZERO
            {
                return Err(Error::new(ErrorKind::Unavailable, OPERATION).with_retry_after(wait));
            }
            let opened = self.open_stream(kind).await;
            return match opened {
                Ok(lines) => {
                    stream.open = Some(lines);
                    stream.not_before = None;
                    // What happened before is for a poll.
                    Ok(())
                }
                Err(Closed { error, answered }) => Err(stream.failed(error, answered, now)),
            };
        }
        loop {
            let Some(open) = stream.open.as_mut() else {
                return Ok(());
            };
            let ended = match open.next().await {
                Ok(Some(line)) => {
                    stream.failures = 0;
                    if !line.is_empty() && self.hear(&line) {
                        return Ok(());
                    }
                    continue;
                }
                Ok(None) => Error::new(ErrorKind::Unavailable, OPERATION).with("stream", "ended"),
                Err(error) => error,
            };
            stream.open = None;
            return Err(stream.failed(ended, false, self.api.now()));
        }
    }

    /// `GET /2/activity/stream` and `GET /2/tweets/search/stream` (OpenAPI 2.159).
    async fn open_stream(&self, kind: config::Stream) -> Result<Lines, Closed> {
        let path = match kind {
            config::Stream::Activity => "/2/activity/stream",
            config::Stream::Filtered => "/2/tweets/search/stream",
        };
        let opened = self.api.open(path, OPERATION).await;
        let (head, body) = opened
            .map_err(|error| Closed {
                error,
                answered: false,
            })?
            .into_parts();
        if head.status.is_success() {
            return Ok(Lines::new(body));
        }
        let body = body.collect(64 << 10).await.unwrap_or_default();
        let refused = http::Response::from_parts(head, body);
        Err(Closed {
            error: refusal(OPERATION, &refused, self.api.now()),
            answered: true,
        })
    }

    /// Whether a line is worth a poll. What no poll brings, such as a deletion, is kept for the next one.
    fn hear(&self, line: &[u8]) -> bool {
        let body = std::str::from_utf8(line).map(without_halves);
        let body = body
            .ok()
            .and_then(|body| serde_json::from_str::<Value>(&body).ok());
        let Some(body) = body else {
            return false;
        };
        let via = Via::Stream;
        let own = std::slice::from_ref(&self.own);
        let events = activity::events(&body, own, &via, self.api.now());
        self.api.meter().count(&events, self.api.now());
        self.told.hear(events)
    }
}

impl Stream {
    fn failed(&mut self, error: Error, answered: bool, now: DateTime<Utc>) -> Error {
        self.failures = self.failures.saturating_add(1);
        let wait = wait_after(&error, answered, self.failures);
        self.not_before = Some(now + wait);
        error.with_retry_after(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_as_x_asks() {
        let cut = Error::new(ErrorKind::Unavailable, OPERATION);
        let many = Error::new(ErrorKind::Throttled, OPERATION);
        let told =
            Error::new(ErrorKind::Throttled, OPERATION).with_retry_after(Duration::from_secs(700));
        let cases = [
            (&cut, false, 1, 250),
            (&cut, false, 2, 500),
            (&cut, false, 64, 16_000),
            (&cut, false, 1_000, 16_000),
            (&cut, true, 1, 5_000),
            (&cut, true, 2, 10_000),
            (&cut, true, 7, 320_000),
            (&cut, true, u32::MAX, 320_000),
            (&many, true, 1, 60_000),
            (&many, true, 2, 120_000),
            (&told, true, 1, 700_000),
        ];
        for (error, answered, failures, milliseconds) in cases {
            let wait = wait_after(error, answered, failures).as_millis();
            assert_eq!(wait, milliseconds, "{error}, {answered}, {failures} times");
        }
    }

    #[tokio::test]
    async fn lines_come_whole_however_they_are_cut() {
        let text = b"{\"a\":1}\r\n\r\n{\"b\":\"\xc3\xa4\"}\r\nrest";
        for size in 1..text.len() {
            let pieces = text.chunks(size).map(Bytes::copy_from_slice);
            let mut lines = Lines::new(pieces.collect());
            let mut all = Vec::new();
            while let Some(line) = lines.next().await.unwrap() {
                all.push(line);
            }
            assert_eq!(
                all,
                [&b"{\"a\":1}"[..], b"", "{\"b\":\"ä\"}".as_bytes()],
                "{size}"
            );
        }
    }
}
