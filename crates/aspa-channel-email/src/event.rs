//! What a mail becomes.

use aspa_channel::{
    AttributeKind, Audience, ConversationKey, DeliveryStatus, Direction, Event, EventKind, Handle,
    Media, MediaKind, Message, MessageKey, MessageKind, Part, ReplyKind, Times, Via,
};
use aspa_types::{AccountId, DeliveryId, EffectKey, HandleKey, Network};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::evidence;
use crate::ids::{OwnId, PLUS, digest, is_token, token};
use crate::mail::{File, Mail, Mailbox};
use crate::sort::{Sort, Sorter, is_automatic};

/// The header that gives the key of an effect back with our own copy.
pub(crate) const EFFECT: &str = "x-aspa-effect";
/// Where a plus-address of ours may stand, the most certain first: what the server delivered to, which
/// shows also what came as a blind copy or was forwarded.
const ADDRESSED: &[&str] = &[
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "to",
    "cc",
];

/// Where a mail was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folder {
    /// Where mail comes in.
    Inbox,
    /// Where mail programs of colleagues keep what they sent.
    Sent,
}

/// To which conversation a mail belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Thread {
    /// To this one: it names a mail or an address of ours.
    Known(String),
    /// To that of the first of these Message-IDs that is known here; else to one of its own, so named.
    Asked(Vec<String>, String),
}

impl Thread {
    /// Its conversation as far as the mail itself tells.
    pub(crate) fn guess(self) -> String {
        match self {
            Self::Known(conversation) | Self::Asked(_, conversation) => conversation,
        }
    }
}

/// Reads mails for one account: pure.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    pub(crate) account: AccountId,
    pub(crate) sorter: Sorter,
    /// The name of our server in Authentication-Results.
    pub(crate) server: Option<String>,
}

impl Reader {
    /// The network's name of a mail: its Message-ID, or a digest of the whole where it has none.
    pub(crate) fn name(mail: &Mail, raw: &[u8]) -> String {
        let plain = |id: &&String| id.len() <= 998 && !id.chars().any(char::is_control);
        match mail.id.as_ref().filter(plain) {
            Some(id) => id.clone(),
            None => format!(
                "no-id-{}",
                DeliveryId::derive(&[&String::from_utf8_lossy(raw)])
            ),
        }
    }

    /// To which conversation a mail belongs, by what it says itself: the plus-address it was sent to;
    /// the mails of ours that it answers; never its subject.
    pub(crate) fn thread(&self, mail: &Mail, name: &str) -> Thread {
        if let Some(own) = self.sorter.ids.read(name) {
            return Thread::Known(own.conversation);
        }
        if let Some(conversation) = self.plus(mail) {
            return Thread::Known(conversation);
        }
        let mut answered = mail
            .answers
            .iter()
            .filter_map(|id| self.sorter.ids.read(id));
        if let Some(own) = answered.next() {
            return Thread::Known(own.conversation);
        }
        match &mail.root {
            Some(root) => Thread::Asked(mail.answers.clone(), token(root)),
            None => Thread::Known(token(name)),
        }
    }

    /// The conversation in a plus-address of ours.
    fn plus(&self, mail: &Mail) -> Option<String> {
        let headers = ADDRESSED.iter().flat_map(|name| mail.headers(name));
        headers.into_iter().find_map(|value| {
            let value = value.to_lowercase();
            self.sorter.ours.iter().find_map(|ours| {
                let (local, host) = ours.rsplit_once('@')?;
                let begin = format!("{local}+{PLUS}");
                let (_, rest) = value.split_once(&begin)?;
                let (conversation, rest) = rest.split_once('@')?;
                let ends = rest.strip_prefix(host)?;
                let whole =
                    !ends.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '-'));
                (whole && is_token(conversation)).then(|| conversation.to_owned())
            })
        })
    }

    /// What a mail becomes, as part of this conversation. `at`: when our server took it in.
    pub(crate) fn event(
        &self,
        mail: &Mail,
        name: &str,
        conversation: &str,
        at: DateTime<Utc>,
        folder: Folder,
    ) -> Option<Event> {
        let sort = match (self.sorter.sort(mail), folder) {
            // Only we can write there. A forged code does not get in.
            (Sort::Aside("our own address"), Folder::Sent) => {
                return self.sent(mail, name, conversation, at);
            }
            // What others wrote was copied there by hand.
            (sort @ Sort::Own(_), _) | (sort, Folder::Inbox) => sort,
            (_, _) => return None,
        };
        let key = |id: &str| MessageKey::new(self.account.clone(), id).ok();
        let status = |id: &str, status| Some(EventKind::status(key(id)?, status, false));
        let kind = match &sort {
            Sort::Customer => EventKind::message(self.inbound(mail, name, conversation, at)?),
            Sort::Own(own) => EventKind::message(self.own(mail, name, own, at)?),
            Sort::Bounce(id) => status(id, DeliveryStatus::Failed)?,
            Sort::Delivered(id) => status(id, DeliveryStatus::Delivered)?,
            Sort::Read(id) => status(id, DeliveryStatus::Read)?,
            Sort::Aside(why) => EventKind::Unknown(json!({
                "type": "mail_set_aside", "why": why, "id": name, "conversation": conversation,
            })),
        };
        let mut event = Event::new(self.account.clone(), kind, Via::Poll);
        if !matches!(sort, Sort::Customer | Sort::Own(_)) {
            event.at = Some(at);
        }
        if sort == Sort::Customer {
            event.handles.extend(self.handle(mail, at));
        }
        Some(event)
    }

    fn message(
        &self,
        mail: &Mail,
        name: &str,
        conversation: &str,
        direction: Direction,
    ) -> Option<Message> {
        let key = |id: &str| MessageKey::new(self.account.clone(), id);
        let conversation = ConversationKey::new(self.account.clone(), conversation).ok()?;
        let mut message = Message::new(key(name).ok()?, conversation, direction);
        message.kind = MessageKind::Mail;
        message.audience = Audience::Direct;
        message.subject.clone_from(&mail.subject);
        message.language.clone_from(&mail.language);
        message.in_reply_to = mail.answers.first().and_then(|id| key(id).ok());
        message.automatic = is_automatic(mail);
        Some(message)
    }

    fn inbound(
        &self,
        mail: &Mail,
        name: &str,
        conversation: &str,
        at: DateTime<Utc>,
    ) -> Option<Message> {
        let mut message = self.message(mail, name, conversation, Direction::Inbound)?;
        message.author = mail
            .from
            .as_ref()
            .and_then(|from| handle_key(&from.address));
        message.times = Times::vouched(at);
        if !mail.text.text.is_empty() {
            let mut text = Part::text(mail.text.text.clone());
            if let (Part::Text { extra, .. }, Some(whole)) = (&mut text, &mail.text.whole) {
                extra.insert("whole".to_owned(), Value::String(whole.clone()));
            }
            message.parts.push(text);
        }
        message.parts.extend(mail.html.clone().map(Part::html));
        self.rest(mail, &mut message);
        let mut said = Map::new();
        let list =
            |of: &[Mailbox]| -> Vec<String> { of.iter().map(|one| one.address.clone()).collect() };
        let from = mail.from.as_ref().map(|from| &from.address);
        if let Some(reply_to) = mail
            .reply_to
            .as_ref()
            .filter(|to| Some(&to.address) != from)
        {
            said.insert("reply_to".to_owned(), json!(reply_to.address));
        }
        if !mail.cc.is_empty() {
            said.insert("cc".to_owned(), json!(list(&mail.cc)));
        }
        said.insert("to".to_owned(), json!(list(&mail.to)));
        let evidence = evidence::of(mail, self.server.as_deref());
        if !evidence.results.is_empty() {
            said.insert("authentication".to_owned(), Value::Object(evidence.results));
        }
        message
            .extra
            .insert("email".to_owned(), Value::Object(said));
        Some(message)
    }

    /// What came along, and what cannot be read.
    fn rest(&self, mail: &Mail, message: &mut Message) {
        let name = message.key.id.clone();
        message.parts.extend(mail.unreadable.map(Part::unreadable));
        message.parts.extend(
            mail.files
                .iter()
                .map(|file| Part::Media(media(file, &name))),
        );
    }

    /// The copy of a mail that we sent.
    fn own(&self, mail: &Mail, name: &str, own: &OwnId, at: DateTime<Utc>) -> Option<Message> {
        let mut message = self.outbound(mail, name, &own.conversation, at)?;
        let key = mail
            .header(EFFECT)
            .and_then(|key| EffectKey::new(key.trim()).ok());
        message.effect = key.filter(|key| digest(key) == own.effect);
        Some(message)
    }

    fn outbound(
        &self,
        mail: &Mail,
        name: &str,
        conversation: &str,
        at: DateTime<Utc>,
    ) -> Option<Message> {
        let mut message = self.message(mail, name, conversation, Direction::Outbound)?;
        message.times = Times::vouched(at);
        if !mail.plain.is_empty() {
            message.parts.push(Part::text(mail.plain.clone()));
        }
        message.reply = message.automatic.then_some(ReplyKind::Automatic);
        let others = mail
            .to
            .iter()
            .filter(|to| !self.sorter.is_ours(&to.address));
        message.to = others.filter_map(|to| handle_key(&to.address)).collect();
        self.rest(mail, &mut message);
        Some(message)
    }

    fn sent(
        &self,
        mail: &Mail,
        name: &str,
        conversation: &str,
        at: DateTime<Utc>,
    ) -> Option<Event> {
        let message = self.outbound(mail, name, conversation, at)?;
        Some(Event::new(
            self.account.clone(),
            EventKind::message(message),
            Via::Poll,
        ))
    }

    /// Who wrote it. The name is what they call themselves; one that looks like an address would be
    /// taken for one.
    fn handle(&self, mail: &Mail, at: DateTime<Utc>) -> Option<Handle> {
        let from = mail.from.as_ref()?;
        let mut handle = Handle::new(handle_key(&from.address)?);
        handle = match evidence::of(mail, self.server.as_deref()).aligned {
            true => handle.verified(AttributeKind::Email, &from.address, at),
            false => handle.with(AttributeKind::Email, &from.address, at),
        };
        if let Some(name) = from.name.as_ref().filter(|name| !name.contains('@')) {
            handle = handle.with(AttributeKind::DisplayName, name, at);
        }
        Some(handle)
    }
}

/// The handle of an address.
pub(crate) fn handle_key(address: &str) -> Option<HandleKey> {
    HandleKey::new(Network::EMAIL, None, &address.to_lowercase()).ok()
}

fn media(file: &File, name: &str) -> Media {
    let kind = match file.media_type.split('/').next() {
        Some("image") => MediaKind::Image,
        Some("video") => MediaKind::Video,
        Some("audio") => MediaKind::Audio,
        _ => MediaKind::File,
    };
    let mut media = Media::new(kind);
    media.id = Some(format!("{}/{name}", file.place));
    media.media_type = Some(file.media_type.clone());
    media.bytes = u64::try_from(file.bytes).ok();
    media.name.clone_from(&file.name);
    if file.inline {
        media.extra.insert("inline".to_owned(), json!(true));
    }
    if let Some(id) = &file.content_id {
        media.extra.insert("content_id".to_owned(), json!(id));
    }
    media
}
