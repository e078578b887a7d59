//! Server-sent events, as the HTML standard has them (WHATWG HTML, living standard, sections 9.2.5
//! "Parsing an event stream" and 9.2.6 "Interpreting an event stream", read 2026-11-22).

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::body::BodyStream;
use crate::error::{HttpError, HttpErrorKind};

/// The longest line and the largest data of one event, in bytes, unless said otherwise.
const MAX: usize = 1 << 20;
/// What a stream in UTF-8 may begin with and has no meaning.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// One event of a stream. `Debug` shows its kind and how long its data is, not the data.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SseEvent {
    /// What kind it is: `message` where the server does not say.
    pub event: String,
    /// Its data; lines are parted by line feeds.
    pub data: String,
    /// The last id that the stream had given up to here, to go on after with the header
    /// `Last-Event-ID`; empty where there was none.
    pub id: Arc<str>,
}

impl fmt::Debug for SseEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SseEvent")
            .field("event", &self.event)
            .field("length", &self.data.len())
            .finish_non_exhaustive()
    }
}

/// A line, or the data of one event, is longer than the parser takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SseTooLarge {
    /// The longest that it takes, in bytes.
    pub max: usize,
}

impl fmt::Display for SseTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a server-sent event of more than {} bytes", self.max)
    }
}

impl std::error::Error for SseTooLarge {}

/// Reads server-sent events out of bytes, however they are cut. Linear in the bytes; takes any bytes.
///
/// Lines end with LF, CR or CRLF. What is no UTF-8 becomes U+FFFD. Comments and unknown fields are
/// passed over, and so is an event without data or without its closing empty line.
///
/// ```
/// let mut parser = aspa_http::SseParser::default();
/// parser.push(b": hello\nid: 7\nda")?;
/// assert_eq!(parser.pop(), None);
/// parser.push(b"ta: one\ndata: two\n\n")?;
/// let event = parser.pop().unwrap();
/// assert_eq!((&*event.event, &*event.data, &*event.id), ("message", "one\ntwo", "7"));
/// # Ok::<(), aspa_http::SseTooLarge>(())
/// ```
pub struct SseParser {
    max: usize,
    /// How much of a byte-order mark has come; none once the stream has begun.
    mark: Option<usize>,
    /// Whether the last byte was a CR, so that an LF belongs to it.
    after_cr: bool,
    line: Vec<u8>,
    event: String,
    data: String,
    id: Arc<str>,
    retry: Option<Duration>,
    ready: VecDeque<SseEvent>,
    failed: bool,
}

impl fmt::Debug for SseParser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SseParser")
            .field("max", &self.max)
            .field("ready", &self.ready.len())
            .finish_non_exhaustive()
    }
}

impl Default for SseParser {
    fn default() -> Self {
        Self::new(MAX)
    }
}

impl SseParser {
    /// A parser at the start of a stream, for lines and data of up to `max` bytes; 1 MiB by default.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self {
            max,
            mark: Some(0),
            after_cr: false,
            line: Vec::new(),
            event: String::new(),
            data: String::new(),
            id: Arc::default(),
            retry: None,
            ready: VecDeque::new(),
            failed: false,
        }
    }

    /// Takes the next bytes of the stream. What they complete is there to be [popped](Self::pop).
    ///
    /// # Errors
    ///
    /// Where a line or the data of an event is too long; what was complete before it can still be
    /// popped, and nothing comes after it.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<(), SseTooLarge> {
        while let (Some(come), Some(byte)) = (self.mark, bytes.first()) {
            if BOM.get(come) == Some(byte) {
                bytes = &bytes[1..];
                self.mark = (come + 1 < BOM.len()).then_some(come + 1);
            } else {
                // What had come was no mark.
                self.mark = None;
                self.text(&BOM[..come])?;
            }
        }
        while !bytes.is_empty() {
            self.check(true)?;
            if std::mem::take(&mut self.after_cr) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = bytes.iter().position(|b| matches!(b, b'\r' | b'\n'));
            self.text(&bytes[..end.unwrap_or(bytes.len())])?;
            let Some(end) = end else { break };
            self.after_cr = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            let line = std::mem::take(&mut self.line);
            self.read(&line)?;
            // The room is kept for the next line.
            self.line = line;
            self.line.clear();
        }
        self.check(true)
    }

    /// The next event that is complete.
    pub fn pop(&mut self) -> Option<SseEvent> {
        self.ready.pop_front()
    }

    /// The last id of the stream, also one that came without data: for the header `Last-Event-ID`.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        &self.id
    }

    /// How long the server asks to wait before connecting anew.
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    fn check(&mut self, fits: bool) -> Result<(), SseTooLarge> {
        self.failed |= !fits;
        match self.failed {
            true => Err(SseTooLarge { max: self.max }),
            false => Ok(()),
        }
    }

    fn text(&mut self, part: &[u8]) -> Result<(), SseTooLarge> {
        self.check(part.len() <= self.max - self.line.len())?;
        self.line.extend_from_slice(part);
        Ok(())
    }

    fn read(&mut self, line: &[u8]) -> Result<(), SseTooLarge> {
        if line.is_empty() {
            self.dispatch();
            return Ok(());
        }
        let (field, value) = match line.iter().position(|b| *b == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let text = || String::from_utf8_lossy(value);
        match field {
            b"event" => self.event = text().into_owned(),
            b"data" => {
                let text = text();
                self.check(text.len() < self.max.saturating_add(1) - self.data.len())?;
                self.data.push_str(&text);
                self.data.push('\n');
            }
            b"id" if !value.contains(&0) => self.id = text().into(),
            b"retry" if value.iter().all(u8::is_ascii_digit) => {
                let milliseconds = text().parse().ok();
                self.retry = milliseconds.map(Duration::from_millis).or(self.retry);
            }
            _ => {}
        }
        Ok(())
    }

    fn dispatch(&mut self) {
        let event = std::mem::take(&mut self.event);
        let mut data = std::mem::take(&mut self.data);
        if data.pop().is_none() {
            return;
        }
        self.ready.push_back(SseEvent {
            event: match event.is_empty() {
                true => "message".to_owned(),
                false => event,
            },
            data,
            id: self.id.clone(),
        });
    }
}

/// The server-sent events of an answer that was [opened](crate::HttpClient::open).
#[derive(Debug)]
pub struct EventStream {
    body: BodyStream,
    parser: SseParser,
    failed: Option<SseTooLarge>,
}

impl EventStream {
    /// Reads events of up to 1 MiB.
    #[must_use]
    pub fn new(body: BodyStream) -> Self {
        Self::with_parser(body, SseParser::default())
    }

    /// Reads events with a parser that has limits of its own.
    #[must_use]
    pub fn with_parser(body: BodyStream, parser: SseParser) -> Self {
        Self {
            body,
            parser,
            failed: None,
        }
    }

    /// The next event; none when the server has ended the stream. Giving the wait up loses nothing.
    ///
    /// # Errors
    ///
    /// `Timeout` where the server was silent for too long, comments included; `Cut`; `TooLarge`. After
    /// that the stream is at its end: connect anew.
    pub async fn next(&mut self) -> Result<Option<SseEvent>, HttpError> {
        loop {
            if let Some(event) = self.parser.pop() {
                return Ok(Some(event));
            }
            if let Some(error) = self.failed.take() {
                return Err(HttpError::new(HttpErrorKind::TooLarge).with_source(error));
            }
            let Some(chunk) = self.body.chunk().await? else {
                return Ok(None);
            };
            if let Err(error) = self.parser.push(&chunk) {
                self.body = BodyStream::ended();
                self.failed = Some(error);
            }
        }
    }

    /// The last id of the stream, for the header `Last-Event-ID` when connecting anew.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.parser.last_event_id()
    }

    /// How long the server asks to wait before connecting anew.
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.parser.retry()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Each event as kind, data and id; then whether the stream was given up.
    type Read = (Vec<(String, String, String)>, bool);

    type Wanted = &'static [(&'static str, &'static str, &'static str)];

    fn read<'a>(max: usize, pieces: impl IntoIterator<Item = &'a [u8]>) -> Read {
        let mut parser = SseParser::new(max);
        let (mut events, mut failed) = (Vec::new(), false);
        for piece in pieces {
            failed |= parser.push(piece).is_err();
            while let Some(event) = parser.pop() {
                events.push((event.event, event.data, event.id.to_string()));
            }
        }
        (events, failed)
    }

    #[test]
    fn streams_are_read_as_the_standard_says() {
        let cases: &[(&str, &[u8], Wanted)] = &[
            ("nothing", b"", &[]),
            ("one line", b"data: hei\n\n", &[("message", "hei", "")]),
            (
                "lines end with CR",
                b"data: a\rdata: b\r\r",
                &[("message", "a\nb", "")],
            ),
            (
                "with CRLF",
                b"data: a\r\n\r\ndata: b\r\n\r\n",
                &[("message", "a", ""), ("message", "b", "")],
            ),
            (
                "with all three",
                b"data: a\r\ndata: b\ndata: c\r\n\r",
                &[("message", "a\nb\nc", "")],
            ),
            (
                "LF CR is two ends",
                b"data: a\n\rdata: b\n\r",
                &[("message", "a", ""), ("message", "b", "")],
            ),
            (
                "a kind",
                b"event: update\ndata: 1\n\n",
                &[("update", "1", "")],
            ),
            (
                "the last kind counts, for one event",
                b"event: a\nevent: b\ndata: 1\n\ndata: 2\n\n",
                &[("b", "1", ""), ("message", "2", "")],
            ),
            (
                "one space belongs to the colon",
                b"data:a\ndata: b\ndata:  c\n\n",
                &[("message", "a\nb\n c", "")],
            ),
            (
                "colons in data",
                b"data: a: b\n\n",
                &[("message", "a: b", "")],
            ),
            (
                "comments",
                b":thump\n\n: more\ndata: 1\n:in it\n\n",
                &[("message", "1", "")],
            ),
            (
                "a field without a colon",
                b"data\ndata\n\n",
                &[("message", "\n", "")],
            ),
            ("data that is empty", b"data:\n\n", &[("message", "", "")]),
            (
                "without data there is no event",
                b"event: a\nid: 3\n\ndata: b\n\n",
                &[("message", "b", "3")],
            ),
            (
                "an id stays",
                b"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
                &[
                    ("message", "a", "1"),
                    ("message", "b", "1"),
                    ("message", "c", ""),
                ],
            ),
            (
                "an id with NUL is none",
                b"id: 1\nid: 2\0\ndata: a\n\n",
                &[("message", "a", "1")],
            ),
            (
                "unknown fields, and names are exact",
                b"Data: x\n data: y\nfoo: z\ndata: a\n\n",
                &[("message", "a", "")],
            ),
            (
                "not closed",
                b"data: a\n\ndata: lost\n",
                &[("message", "a", "")],
            ),
            (
                "a mark before all",
                b"\xef\xbb\xbfdata: a\n\n",
                &[("message", "a", "")],
            ),
            (
                "one mark, at the start only",
                b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\ndata: \xef\xbb\xbfb\n\n",
                &[("message", "\u{feff}b", "")],
            ),
            (
                "half a mark",
                b"\xef\xbbdata: a\n\ndata: b\n\n",
                &[("message", "b", "")],
            ),
            (
                "what is no UTF-8",
                b"data: \xff\xe4\n\n",
                &[("message", "\u{fffd}\u{fffd}", "")],
            ),
            (
                "a letter cut by a line end",
                b"data: \xc3\n\xa4\n\n",
                &[("message", "\u{fffd}", "")],
            ),
        ];
        for (name, bytes, wanted) in cases {
            let wanted: Vec<_> = wanted
                .iter()
                .map(|(event, data, id)| {
                    ((*event).to_owned(), (*data).to_owned(), (*id).to_owned())
                })
                .collect();
            assert_eq!(read(MAX, [*bytes]), (wanted, false), "{name}");
        }
    }

    #[test]
    fn the_wait_before_connecting_anew_is_digits() {
        let mut parser = SseParser::default();
        let cases = [
            ("retry: 2500", 2500),
            ("retry: -1", 2500),
            ("retry", 2500),
            ("retry: 1s", 2500),
            ("retry: 99999999999999999999999", 2500),
            ("retry:0", 0),
        ];
        for (line, milliseconds) in cases {
            parser.push(format!("{line}\n").as_bytes()).unwrap();
            assert_eq!(
                parser.retry(),
                Some(Duration::from_millis(milliseconds)),
                "{line}"
            );
        }
    }

    #[test]
    fn what_is_too_long_ends_the_stream_and_what_came_before_it_is_kept() {
        let at = |data: &str| read(10, [format!("data:a\n\n{data}\n\ndata:z\n\n").as_bytes()]);
        let all = |data: &str| (vec![data_of("a"), data_of(data), data_of("z")], false);
        let none = || (vec![data_of("a")], true);
        fn data_of(data: &str) -> (String, String, String) {
            ("message".to_owned(), data.to_owned(), String::new())
        }
        assert_eq!(at("data:12345"), all("12345"));
        assert_eq!(at("data:123456"), none(), "a line of 11 bytes");
        assert_eq!(at("data:12345\ndata:1234"), all("12345\n1234"));
        assert_eq!(at("data:12345\ndata:12345"), none(), "data of 11 bytes");
        assert_eq!(
            at("data:12345\ndata:1234\ndata"),
            none(),
            "data of 10 bytes and a line"
        );
        let mut parser = SseParser::new(10);
        assert!(parser.push(&[b'x'; 11]).is_err());
        assert!(parser.push(b"\ndata:a\n\n").is_err() && parser.pop().is_none());
    }

    #[test]
    fn what_is_shown_holds_no_data() {
        let mut parser = SseParser::default();
        parser
            .push(b"id: s3cret\ndata: s3cret\n\ndata: s3cret")
            .unwrap();
        assert!(!format!("{parser:?}").contains("s3cret"));
        assert!(!format!("{:?}", parser.pop()).contains("s3cret"));
    }

    /// Bytes that streams are made of, so that lines and events come about.
    fn stream() -> impl Strategy<Value = Vec<u8>> {
        const WORDS: &[&[u8]] = &[
            b"data",
            b"data:",
            b"event: e",
            b"id:7",
            b"retry: 5",
            b":c",
            b"\n",
            b"\n\n",
            b"\r",
            b"\r\n",
            b"\xef\xbb\xbf",
            b"\xef",
            "ä👩‍👧".as_bytes(),
            b" ",
            b"\0",
            b"\xff",
        ];
        let word = prop::sample::select(WORDS);
        prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn any_cutting_gives_the_same_events(
            bytes in prop_oneof![stream(), prop::collection::vec(any::<u8>(), 0..200)],
            sizes in prop::collection::vec(0_usize..7, 1..40),
            max in prop_oneof![Just(MAX), 0_usize..40],
        ) {
            let whole = read(max, [&bytes[..]]);
            let mut rest = &bytes[..];
            let mut pieces = Vec::new();
            for size in sizes.iter().cycle() {
                if rest.is_empty() || pieces.len() > 1000 {
                    break;
                }
                let (piece, after) = rest.split_at((*size).min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            pieces.push(rest);
            prop_assert_eq!(read(max, pieces), whole.clone());
            prop_assert_eq!(read(max, bytes.chunks(1)), whole);
        }

        #[test]
        fn what_is_written_is_read(lines in prop::collection::vec("[^\r\n]{0,20}", 1..5), id in "[^\r\n\0]{1,9}") {
            let mut text = format!("id: {id}\nevent: e\n");
            lines.iter().for_each(|line| text += &format!("data: {line}\n"));
            let (events, failed) = read(MAX, [text.as_bytes(), b"\n"]);
            prop_assert_eq!(events, vec![("e".to_owned(), lines.join("\n"), id)]);
            prop_assert!(!failed);
        }
    }
}
