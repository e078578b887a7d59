//! What a visitor's page posts.

use std::borrow::Cow;

use aspa_channel::{
    AttributeKind, Audience, Campaign, ConversationKey, Direction, Event, EventKind, Handle,
    Message, MessageKey, MessageKind, Part, Times, Via,
};
use aspa_types::{AccountId, HandleKey};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::visitors::{Visitor, Visitors};

/// What a delivery of one visitor may hold, beside the length of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "fixed figures, to be read")]
pub struct Limits;

impl Limits {
    /// Events in one delivery.
    pub const EVENTS: usize = 50;
    /// Files in one message.
    pub const FILES: usize = 5;
    /// Bytes of a name, e-mail address, or wish for a time.
    pub const FIELD: usize = 320;
    /// Bytes of an address of a page; a longer one is left out.
    pub const URL: usize = 2_048;
    /// Bytes of the page's own id of a message.
    pub const ID: usize = 64;
}

/// What is wrong with an event: a line that names the field and never its value.
pub(crate) type Problem = String;

/// The whole body, read in one pass where everything in it is understood.
#[derive(Deserialize)]
pub(crate) struct Body<'a> {
    #[expect(
        clippy::vec_box,
        reason = "a list gets room for four at once, and mostly holds one: so large a piece of memory is slow to get"
    )]
    #[serde(borrow)]
    pub(crate) events: Vec<Box<Posted<'a>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Type {
    Message,
    CallBack,
}

type Text<'a> = Option<Cow<'a, str>>;

/// One event of a visitor. Its type is a field as the others are: to choose a variant by it, serde would
/// copy the whole event first.
#[derive(Deserialize)]
pub(crate) struct Posted<'a> {
    #[serde(rename = "type")]
    kind: Type,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(default)]
    at: Option<DateTime<Utc>>,
    #[serde(borrow, default)]
    language: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    email: Text<'a>,
    #[serde(borrow, default)]
    phone: Text<'a>,
    #[serde(borrow, default)]
    when: Text<'a>,
    #[serde(borrow, default)]
    files: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    page: Option<Page<'a>>,
    #[serde(borrow, default)]
    campaign: Option<Utm<'a>>,
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow, default)]
    url: Text<'a>,
    #[serde(borrow, default)]
    title: Text<'a>,
    #[serde(borrow, default)]
    referrer: Text<'a>,
}

#[derive(Deserialize)]
struct Utm<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    source: Text<'a>,
    #[serde(borrow, default)]
    medium: Text<'a>,
    #[serde(borrow, default)]
    campaign: Text<'a>,
    #[serde(borrow, default)]
    term: Text<'a>,
    #[serde(borrow, default)]
    content: Text<'a>,
}

/// What the events of one delivery have in common.
pub(crate) struct Decoder<'a> {
    pub(crate) visitors: &'a Visitors,
    pub(crate) visitor: &'a Visitor,
    pub(crate) author: HandleKey,
    pub(crate) conversation: ConversationKey,
    pub(crate) now: DateTime<Utc>,
}

impl Decoder<'_> {
    pub(crate) fn account(&self) -> &AccountId {
        self.visitors.account()
    }

    pub(crate) fn event(&self, posted: Posted<'_>) -> Result<Event, Problem> {
        let kind = match posted.kind {
            Type::Message if posted.text.is_none() && posted.files.is_empty() => {
                return Err("text and files are missing".to_owned());
            }
            Type::Message => MessageKind::Chat,
            Type::CallBack if posted.phone.as_deref().is_none_or(|p| !is_phone(p)) => {
                return Err("phone is not a phone number".to_owned());
            }
            Type::CallBack => MessageKind::CallBack,
        };
        self.message(posted, kind)
    }

    fn message(&self, mut written: Posted<'_>, kind: MessageKind) -> Result<Event, Problem> {
        let is_call = kind == MessageKind::CallBack;
        let key = self.key(&written.id)?;
        let mut message = Message::new(key, self.conversation.clone(), Direction::Inbound);
        message.kind = kind;
        message.audience = Audience::Direct;
        message.author = Some(self.author.clone());
        message.asserted = self.visitors.assertion(self.visitor);
        message.times = written.at.map(Times::claimed).unwrap_or_default();
        message.times.received = Some(self.now);
        message.parts = self.parts(&mut written, is_call)?;
        let language = written.language.filter(|l| (1..=35).contains(&l.len()));
        message.language = language.map(Cow::into_owned);
        message.extra.insert(
            "author_verified".to_owned(),
            self.visitor.is_verified().into(),
        );
        if let Some(page) = written.page {
            message.url = page.url.filter(|url| is_address(url)).map(Cow::into_owned);
            let seen = [("title", page.title), ("referrer", page.referrer)];
            keep(&mut message.extra, "page", seen);
        }
        if let Some(utm) = written.campaign {
            message.campaign = campaign(utm);
        }
        let handle = self.handle(written.name, written.email, written.phone)?;
        let mut event = Event::new(
            self.account().clone(),
            EventKind::message(message),
            Via::Webhook,
        );
        event.handles.push(handle);
        Ok(event)
    }

    /// The page's own id, under the conversation: another visitor's can never meet it, nor can ours.
    fn key(&self, id: &str) -> Result<MessageKey, Problem> {
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if !(1..=Limits::ID).contains(&id.len()) || !id.bytes().all(word) {
            return Err("id is not 1 to 64 of A-Z, a-z, 0-9, _ and -".to_owned());
        }
        let whole = [&*self.conversation.id, "/v/", id].concat();
        MessageKey::new(self.account().clone(), &whole).map_err(|e| format!("id: {e}"))
    }

    fn parts(&self, written: &mut Posted<'_>, is_call: bool) -> Result<Vec<Part>, Problem> {
        let mut parts = Vec::new();
        let longest = self.visitors.config().max_text;
        if let Some(text) = written.text.take() {
            // Bytes first: counting a long text takes as long as it is.
            if text.len() > longest.saturating_mul(4) || text.chars().count() > longest {
                return Err(format!("text is longer than {longest} characters"));
            }
            if !text.trim().is_empty() {
                parts.push(Part::text(text));
            } else if !is_call && written.files.is_empty() {
                return Err("text is empty".to_owned());
            }
        }
        if is_call {
            let fields = [
                ("name", &written.name),
                ("phone", &written.phone),
                ("when", &written.when),
            ];
            for (name, value) in fields {
                if let Some(value) = short(name, value.as_deref())? {
                    parts.push(Part::field(name, value));
                }
            }
        }
        if written.files.len() > Limits::FILES {
            return Err(format!("files are more than {}", Limits::FILES));
        }
        for reference in &written.files {
            let file = self.visitors.file(self.visitor, reference);
            let file = file.ok_or("files holds one that this visitor did not upload")?;
            parts.push(Part::Media(file.media()));
        }
        Ok(parts)
    }

    /// What the host vouches for, then what the visitor typed, which nobody has checked.
    fn handle(&self, name: Text<'_>, email: Text<'_>, phone: Text<'_>) -> Result<Handle, Problem> {
        let mut handle = self.visitor.handle(self.author.clone(), self.now);
        let typed = [
            ("name", AttributeKind::DisplayName, name),
            ("email", AttributeKind::Email, email),
            ("phone", AttributeKind::Phone, phone),
        ];
        for (name, kind, value) in typed {
            let Some(value) = short(name, value.as_deref())? else {
                continue;
            };
            // A name that was typed does not stand before one that the host vouches for.
            let vouched = handle
                .attributes
                .iter()
                .any(|a| a.kind == kind && a.verified);
            if kind != AttributeKind::DisplayName || !vouched {
                handle = handle.with(kind, value, self.now);
            }
        }
        Ok(handle)
    }
}

/// A field that was filled in, if it is no longer than a field may be.
fn short<'a>(name: &str, value: Option<&'a str>) -> Result<Option<&'a str>, Problem> {
    let value = value.map(str::trim).filter(|value| !value.is_empty());
    match value {
        Some(value) if value.len() > Limits::FIELD => {
            Err(format!("{name} is longer than {} bytes", Limits::FIELD))
        }
        value => Ok(value),
    }
}

/// Digits enough to call, and nothing that is never in a number (ITU-T E.164: up to 15 digits).
fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let allowed = |c: char| c.is_ascii_digit() || "+-()/. \u{a0}".contains(c);
    (5..=15).contains(&digits) && text.len() <= 40 && text.chars().all(allowed)
}

fn is_address(url: &str) -> bool {
    let web = url.starts_with("https://") || url.starts_with("http://");
    web && url.len() <= Limits::URL
}

/// Keeps what is given and no longer than an address may be.
fn keep<const N: usize>(extra: &mut Map<String, Value>, name: &str, of: [(&str, Text<'_>); N]) {
    let mut kept = Map::new();
    for (name, value) in of {
        let value = value.filter(|v| !v.is_empty() && v.len() <= Limits::URL);
        if let Some(value) = value {
            kept.insert(name.to_owned(), value.into_owned().into());
        }
    }
    if !kept.is_empty() {
        extra.insert(name.to_owned(), kept.into());
    }
}

/// The campaign parameters of the page's address, named by the most telling one.
fn campaign(utm: Utm<'_>) -> Option<Campaign> {
    let short = |text: &Cow<'_, str>| (1..=Limits::FIELD).contains(&text.len());
    let first = [&utm.id, &utm.campaign, &utm.source];
    let id = first.into_iter().flatten().find(|text| short(text))?;
    let mut campaign = Campaign::new(id.clone());
    campaign.name = utm.campaign.filter(short).map(Cow::into_owned);
    let rest = [
        ("source", utm.source),
        ("medium", utm.medium),
        ("term", utm.term),
        ("content", utm.content),
    ];
    keep(&mut campaign.extra, "utm", rest);
    Some(campaign)
}
