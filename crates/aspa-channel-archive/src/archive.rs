use std::borrow::Cow;
use std::fmt;

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Cursor, Effect, Error, ErrorKind, Event, Page, Probe,
    Receipt, Rejected,
};
use aspa_types::{AccountId, Network};
use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};

use crate::error::{ArchiveError, Fault};
use crate::lines::Lines;
use crate::tweets::Tweets;

/// How many events one page brings unless told otherwise.
const PAGE_SIZE: usize = 500;

/// In which form a file holds past conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// The CSV of the data set "Customer Support on Twitter".
    Tweets,
    /// One JSON object a line, as this crate's `FORMAT.md` describes.
    JsonLines,
}

/// A file of past conversations, read whole: a [`Channel`] that can be polled and not written to.
///
/// Events come in the order of time, whatever the order of the file: at the same moment messages
/// before what happened to them, and what is answered before what answers it.
///
/// An archive can span accounts. [`account`](Channel::account) is the account of the import; each
/// event is labelled with its own. Those of tweets have the import's.
///
/// A cursor is the [fingerprint](Self::fingerprint) and a position. The cursor of another file, or
/// none at all, starts from the beginning; what comes twice has the same
/// [`Event::key`](aspa_channel::Event::key).
pub struct Archive {
    account: AccountId,
    network: Network,
    capabilities: Capabilities,
    fingerprint: String,
    page_size: usize,
    rejected: Vec<Rejected>,
    repeats: usize,
    content: Content,
}

enum Content {
    Tweets(Tweets),
    Lines(Lines),
}

impl Archive {
    /// Reads the CSV of the data set "Customer Support on Twitter".
    ///
    /// # Errors
    ///
    /// [`ArchiveError`] where the file is empty, too large or its header is not that of the data
    /// set. Broken rows are no error.
    pub fn read_tweets(account: AccountId, bytes: &[u8]) -> Result<Self, ArchiveError> {
        Self::read(account, Format::Tweets, bytes, &mut |_| {})
    }

    /// Reads JSON Lines. Lines that name no account belong to `account`.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`] where the file is empty. Broken lines are no error.
    pub fn read_json_lines(account: AccountId, bytes: &[u8]) -> Result<Self, ArchiveError> {
        Self::read(account, Format::JsonLines, bytes, &mut |_| {})
    }

    /// Reads a file and tells from time to time how many of its bytes are done, at the end all.
    ///
    /// # Errors
    ///
    /// As [`read_tweets`](Self::read_tweets) and [`read_json_lines`](Self::read_json_lines).
    pub fn read(
        account: AccountId,
        format: Format,
        bytes: &[u8],
        progress: &mut dyn FnMut(usize),
    ) -> Result<Self, ArchiveError> {
        if u32::try_from(bytes.len()).is_err() {
            return Err(ArchiveError::TooLarge { bytes: bytes.len() });
        }
        let (content, network, outcome) = match format {
            Format::Tweets => {
                let (tweets, outcome) = Tweets::read(account.clone(), bytes, progress)?;
                (Content::Tweets(tweets), Network::X, outcome)
            }
            Format::JsonLines => {
                let (lines, outcome) = Lines::read(account.clone(), bytes, progress)?;
                let network = lines.network().unwrap_or(Network::API);
                (Content::Lines(lines), network, outcome)
            }
        };
        Ok(Self {
            account,
            network,
            capabilities: Capabilities::new(NaiveDate::default(), "nothing is sent to a file"),
            fingerprint: aspa_types::hex::encode(&Sha256::digest(bytes)),
            page_size: PAGE_SIZE,
            rejected: outcome.rejected.into_iter().map(rejected).collect(),
            repeats: outcome.repeats,
            content,
        })
    }

    /// Brings this many events with each poll, at least one; 500 unless set.
    #[must_use]
    pub fn with_page_size(mut self, events: usize) -> Self {
        self.page_size = events.max(1);
        self
    }

    /// Which rows or lines were left out and why, in the order of the file.
    #[must_use]
    pub fn rejected(&self) -> &[Rejected] {
        &self.rejected
    }

    /// How many rows or lines say again what another one says.
    #[must_use]
    pub fn repeats(&self) -> usize {
        self.repeats
    }

    /// How many different messages there are.
    #[must_use]
    pub fn messages(&self) -> usize {
        match &self.content {
            Content::Tweets(tweets) => tweets.len(),
            Content::Lines(lines) => lines.messages(),
        }
    }

    /// How many events polling brings in all, repeats included.
    #[must_use]
    pub fn events(&self) -> usize {
        match &self.content {
            Content::Tweets(tweets) => tweets.len(),
            Content::Lines(lines) => lines.len(),
        }
    }

    /// The latest time at the source in the file: up to when it knows what happened.
    #[must_use]
    pub fn newest(&self) -> Option<DateTime<Utc>> {
        match &self.content {
            Content::Tweets(tweets) => tweets.newest(),
            Content::Lines(lines) => lines.newest(),
        }
    }

    /// The SHA-256 of the file, in hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn event(&self, place: usize) -> Option<Event> {
        match &self.content {
            Content::Tweets(tweets) => tweets.event(place),
            Content::Lines(lines) => lines.event(place),
        }
    }

    /// The position of a cursor of this file.
    fn position(&self, cursor: &Cursor) -> Option<usize> {
        let (fingerprint, position) = cursor.0.split_once(':')?;
        let own = fingerprint == self.fingerprint;
        own.then(|| position.parse().ok()).flatten()
    }
}

fn rejected((line, fault): (usize, Fault)) -> Rejected {
    Rejected {
        place: format!("line {line}"),
        reason: fault.to_string(),
    }
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive")
            .field("account", &self.account)
            .field("fingerprint", &self.fingerprint)
            .field("messages", &self.messages())
            .field("events", &self.events())
            .field("repeats", &self.repeats)
            .field("rejected", &self.rejected.len())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Channel for Archive {
    fn account(&self) -> &AccountId {
        &self.account
    }

    fn network(&self) -> &Network {
        &self.network
    }

    fn capabilities(&self, _conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.capabilities)
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let known = cursor.and_then(|cursor| self.position(cursor));
        let from = known.unwrap_or(0).min(self.events());
        let to = from.saturating_add(self.page_size).min(self.events());
        let events = (from..to).filter_map(|place| self.event(place)).collect();
        let next = Cursor(format!("{}:{to}", self.fingerprint));
        let mut page = Page::new(events, Some(next), to < self.events());
        if known.is_none() {
            page.rejected.clone_from(&self.rejected);
        }
        Ok(page)
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        Err(Error::new(ErrorKind::Unsupported, "perform").with("effect", effect.kind.name()))
    }

    async fn probe(&self, _effect: &Effect) -> Result<Probe, Error> {
        Ok(Probe::Absent)
    }
}
