use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use aspa_channel::{
    AttributeKind, Audience, Capabilities, ConversationKey, Direction, Effect, EffectKind, Event,
    EventKind, Handle, Idempotency, Media, MediaKind, Message, MessageKey, MessageKind, Part,
    Receipt, Times, Via, Visibility,
};
use aspa_types::{AccountId, EffectKey, HandleKey, Network};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::Refused;
use crate::channel::Attachment;

/// Everything that is on the network.
#[derive(Debug)]
pub(super) struct State {
    account: AccountId,
    does: Capabilities,
    now: DateTime<Utc>,
    pub(super) expired: bool,
    /// How many requests it saw that write.
    pub(super) written: usize,
    /// When it took the latest of them, as far back as its rate limit looks.
    taken: VecDeque<DateTime<Utc>>,
    log: Vec<Event>,
    delivered: usize,
    messages: Vec<Message>,
    customers: BTreeMap<HandleKey, String>,
    /// By which other handle somebody is written to in private.
    in_private: BTreeMap<HandleKey, HandleKey>,
    done: BTreeMap<EffectKey, Receipt>,
    pub(super) reactions: Vec<(MessageKey, String)>,
    pub(super) read: Vec<MessageKey>,
    files: Vec<Bytes>,
    /// Told whenever something happens.
    pub(super) news: Arc<Notify>,
}

/// Why it does not do what our account asks: a status and a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct No(pub(super) u16, pub(super) &'static str);

const GONE: No = No(404, "not_found");
const NOT_YOURS: No = No(403, "not_yours");
const TOO_LATE: No = No(403, "window_closed");

/// The conversation in which one writes to a customer in private.
pub(super) fn private_with(customer: &HandleKey) -> String {
    format!("with-{}", customer.id())
}

impl State {
    pub(super) fn new(account: AccountId, does: Capabilities, now: DateTime<Utc>) -> Self {
        Self {
            account,
            does,
            now,
            expired: false,
            written: 0,
            taken: VecDeque::new(),
            log: Vec::new(),
            delivered: 0,
            messages: Vec::new(),
            customers: BTreeMap::new(),
            in_private: BTreeMap::new(),
            done: BTreeMap::new(),
            reactions: Vec::new(),
            read: Vec::new(),
            files: Vec::new(),
            news: Arc::default(),
        }
    }

    pub(super) fn account(&self) -> &AccountId {
        &self.account
    }

    pub(super) fn does(&self) -> &Capabilities {
        &self.does
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    pub(super) fn pass(&mut self, time: TimeDelta) {
        self.now = self.now.checked_add_signed(time).unwrap_or(self.now);
    }

    pub(super) fn log(&self) -> &[Event] {
        &self.log
    }

    pub(super) fn messages(&self) -> &[Message] {
        &self.messages
    }

    pub(super) fn done(&self, key: &EffectKey) -> Option<&Receipt> {
        self.done.get(key)
    }

    pub(super) fn handle(&self, key: &HandleKey) -> Option<Handle> {
        let name = self.customers.get(key)?;
        let handle = Handle::new(key.clone());
        Some(handle.with(AttributeKind::DisplayName, name, self.now))
    }

    pub(super) fn customer(&mut self, name: &str) -> HandleKey {
        if let Some((key, _)) = self.customers.iter().find(|(_, known)| *known == name) {
            return key.clone();
        }
        let key = self.next_handle();
        self.customers.insert(key.clone(), name.to_owned());
        key
    }

    /// The customer who came first, whatever they are called now.
    pub(super) fn first(&self) -> Option<HandleKey> {
        self.customers.keys().next().cloned()
    }

    fn next_handle(&self) -> HandleKey {
        let id = format!("u-{}", self.customers.len() + 1);
        #[expect(
            clippy::expect_used,
            reason = "a letter, a dash and a number are an id"
        )]
        HandleKey::new(Network::API, None, &id).expect("an id")
    }

    fn next_message(&self) -> MessageKey {
        let id = format!("m-{}", self.messages.len() + 1);
        #[expect(
            clippy::expect_used,
            reason = "a letter, a dash and a number are an id"
        )]
        MessageKey::new(self.account.clone(), &id).expect("an id")
    }

    fn find(&self, key: &MessageKey) -> Option<usize> {
        let is_there = |m: &Message| m.key == *key && m.visibility != Visibility::Deleted;
        self.messages.iter().position(is_there)
    }

    fn happened(&mut self, kind: EventKind) {
        // No two things happen at once.
        self.pass(TimeDelta::milliseconds(1));
        let mut event = Event::new(self.account.clone(), kind, Via::Poll);
        event.at = Some(self.now);
        if let EventKind::Message(message) = &event.kind {
            let author = message.author.as_ref();
            event
                .handles
                .extend(author.and_then(|author| self.handle(author)));
        }
        self.log.push(event);
        self.news.notify_waiters();
    }

    /// Keeps a file; what is told of it.
    pub(super) fn keep(&mut self, file: &Attachment) -> Media {
        let kind = match file.media_type.split('/').next() {
            Some("image") => MediaKind::Image,
            Some("video") => MediaKind::Video,
            Some("audio") => MediaKind::Audio,
            _ => MediaKind::File,
        };
        let mut media = Media::new(kind);
        self.files.push(file.content.clone());
        media.id = Some(format!("f-{}", self.files.len()));
        media.media_type = Some(file.media_type.clone());
        media.bytes = u64::try_from(file.content.len()).ok();
        media.name = Some(file.name.clone());
        media
    }

    /// What is in a file.
    pub(super) fn content(&self, media: &Media) -> Option<&Bytes> {
        let number: usize = media.id.as_deref()?.strip_prefix("f-")?.parse().ok()?;
        self.files.get(number.checked_sub(1)?)
    }

    fn publish(&mut self, mut message: Message) -> MessageKey {
        message.times = Times::vouched(self.now);
        let key = message.key.clone();
        self.messages.push(message.clone());
        self.happened(EventKind::message(message));
        key
    }

    fn rewrite(&mut self, place: usize, text: &str) {
        let (message, now) = (&mut self.messages[place], self.now);
        message.parts = vec![Part::text(text)];
        message.revision += 1;
        message.edited_at = Some(now);
        let message = message.clone();
        self.happened(EventKind::message(message));
    }

    pub(super) fn show(&mut self, key: &MessageKey, shown: Visibility) -> Result<(), No> {
        let place = self.find(key).ok_or(GONE)?;
        self.messages[place].visibility = shown.clone();
        self.happened(EventKind::visibility(key.clone(), shown, None));
        Ok(())
    }

    pub(super) fn customer_writes(
        &mut self,
        customer: &HandleKey,
        conversation: &ConversationKey,
        parts: Vec<Part>,
        answers: Option<MessageKey>,
        audience: Audience,
    ) -> MessageKey {
        let key = self.next_message();
        let mut message = Message::new(key, conversation.clone(), Direction::Inbound);
        if audience == Audience::Direct {
            message.kind = MessageKind::Direct;
        }
        message.audience = audience;
        message.author = Some(customer.clone());
        message.in_reply_to = answers;
        message.parts = parts;
        self.publish(message)
    }

    pub(super) fn customer_answers(
        &mut self,
        customer: &HandleKey,
        answered: &MessageKey,
        text: &str,
    ) -> Result<MessageKey, Refused> {
        let place = self.find(answered).ok_or(Refused::NotFound)?;
        let (conversation, audience) = {
            let answered = &self.messages[place];
            (answered.conversation.clone(), answered.audience.clone())
        };
        let (answered, parts) = (Some(answered.clone()), vec![Part::text(text)]);
        Ok(self.customer_writes(customer, &conversation, parts, answered, audience))
    }

    fn theirs(&self, key: &MessageKey) -> Result<usize, Refused> {
        let place = self.find(key).ok_or(Refused::NotFound)?;
        match self.messages[place].direction {
            Direction::Inbound => Ok(place),
            Direction::Outbound => Err(Refused::NotTheirs),
        }
    }

    pub(super) fn customer_edits(&mut self, key: &MessageKey, text: &str) -> Result<(), Refused> {
        let place = self.theirs(key)?;
        self.rewrite(place, text);
        Ok(())
    }

    pub(super) fn customer_deletes(&mut self, key: &MessageKey) -> Result<(), Refused> {
        self.theirs(key)?;
        self.show(key, Visibility::Deleted)
            .map_err(|_| Refused::NotFound)
    }

    pub(super) fn rename(&mut self, customer: &HandleKey, name: &str) {
        if let Some(known) = self.customers.get_mut(customer) {
            name.clone_into(known);
        }
    }

    pub(super) fn reads_as(&mut self, customer: &HandleKey, other: &HandleKey) {
        self.in_private.insert(customer.clone(), other.clone());
    }

    pub(super) fn moves(&mut self, customer: &HandleKey) -> HandleKey {
        let new = self.next_handle();
        let name = self.customers.get(customer).cloned().unwrap_or_default();
        self.customers.insert(new.clone(), name);
        self.happened(EventKind::handle(customer.clone(), Some(new.clone())));
        new
    }

    pub(super) fn unheard_of(&mut self, what: Value) {
        self.happened(EventKind::Unknown(what));
    }

    pub(super) fn published(&self) -> Vec<Message> {
        let ours = self.messages.iter().filter(|message| {
            message.direction == Direction::Outbound && message.visibility == Visibility::Visible
        });
        ours.cloned().collect()
    }

    /// The bodies of the next deliveries, of so many events each.
    pub(super) fn undelivered(&mut self, most: usize) -> Vec<Bytes> {
        let waiting = &self.log[self.delivered..];
        let bodies = waiting.chunks(most).enumerate().map(|(number, events)| {
            let id = format!("d-{}", self.delivered + number * most);
            json!({ "id": id, "events": events }).to_string().into()
        });
        let bodies = bodies.collect();
        self.delivered = self.log.len();
        bodies
    }

    /// How long a request that writes has to wait; none: it is taken, and counts.
    pub(super) fn is_too_many(&mut self) -> Option<TimeDelta> {
        let rate = self.does.rates.first()?;
        let within = TimeDelta::seconds(rate.seconds.into());
        let limit = usize::try_from(rate.limit).unwrap_or(usize::MAX);
        while self
            .taken
            .front()
            .is_some_and(|first| *first + within <= self.now)
        {
            self.taken.pop_front();
        }
        match self.taken.front() {
            Some(first) if self.taken.len() >= limit => Some(*first + within - self.now),
            _ => {
                self.taken.push_back(self.now);
                None
            }
        }
    }

    /// Does what our account asks, if it is allowed and makes sense.
    pub(super) fn perform(&mut self, effect: &Effect) -> Result<Receipt, No> {
        if let Some(known) = self.done.get(&effect.key)
            && self.does.idempotency == Idempotency::Native
        {
            return Ok(known.clone());
        }
        if *effect.account() != self.account {
            return Err(No(404, "no_such_account"));
        }
        self.does.check(effect).map_err(|e| match e.kind() {
            aspa_channel::ErrorKind::TooLong => No(413, "too_long"),
            aspa_channel::ErrorKind::Unsupported => No(405, "unsupported"),
            _ => No(422, "invalid"),
        })?;
        let made = self.act(effect)?;
        let mut receipt = Receipt::new(effect.key.clone());
        if let (EffectKind::PrivateReply { .. }, Some(made)) = (&effect.kind, &made) {
            let sent = self.messages.iter().find(|message| message.key == *made);
            receipt.recipient = sent.and_then(|message| message.to.first().cloned());
        }
        receipt.messages.extend(made);
        receipt.at = Some(self.now);
        self.done.insert(effect.key.clone(), receipt.clone());
        Ok(receipt)
    }

    fn act(&mut self, effect: &Effect) -> Result<Option<MessageKey>, No> {
        let subject = effect.kind.message().map(|key| self.find(key).ok_or(GONE));
        let subject = subject.transpose()?;
        let key = effect.kind.message().cloned();
        match (&effect.kind, subject) {
            (
                EffectKind::Send {
                    in_reply_to, media, ..
                },
                _,
            ) => {
                if media.iter().any(|piece| self.content(piece).is_none()) {
                    return Err(No(422, "no_such_file"));
                }
                let answered = in_reply_to.as_ref().map(|key| self.find(key).ok_or(GONE));
                let answered = answered
                    .transpose()?
                    .map(|place| self.messages[place].clone());
                self.is_open(&effect.conversation)?;
                let elsewhere = |m: &Message| m.conversation != effect.conversation;
                if answered.as_ref().is_some_and(elsewhere) {
                    return Err(No(422, "another_conversation"));
                }
                let key = self.next_message();
                let message = Message::of_effect(key, effect, answered.as_ref());
                let mut message = message.ok_or(No(405, "unsupported"))?;
                if !self.keeps_keys() {
                    message.effect = None;
                }
                return Ok(Some(self.publish(message)));
            }
            (EffectKind::PrivateReply { text, .. }, Some(place)) => {
                self.is_young(place, self.does.private_reply_seconds)?;
                let answered = self.messages[place].clone();
                let author = answered.author.clone().ok_or(No(422, "no_author"))?;
                let reader = self.in_private.get(&author).cloned().unwrap_or(author);
                let conversation =
                    ConversationKey::new(self.account.clone(), &private_with(&reader));
                let conversation = conversation.map_err(|_| No(422, "invalid"))?;
                let key = self.next_message();
                let mut message = Message::new(key, conversation, Direction::Outbound);
                (message.kind, message.audience) = (MessageKind::Direct, Audience::Direct);
                message.in_reply_to = Some(answered.key);
                message.to = vec![reader];
                message.parts = vec![Part::text(text)];
                message.effect = self.keeps_keys().then(|| effect.key.clone());
                return Ok(Some(self.publish(message)));
            }
            (EffectKind::Edit { text, .. }, Some(place)) => {
                self.is_ours(place)?;
                self.is_young(place, self.does.edit_seconds)?;
                self.rewrite(place, text);
            }
            (EffectKind::Delete { message, .. }, Some(place)) => {
                self.is_ours(place)?;
                self.is_young(place, self.does.delete_seconds)?;
                self.show(message, Visibility::Deleted)?;
            }
            (
                EffectKind::Hide {
                    message, hidden, ..
                },
                Some(_),
            ) => {
                let shown = match hidden {
                    true => Visibility::Hidden,
                    false => Visibility::Visible,
                };
                self.show(message, shown)?;
            }
            (
                EffectKind::React {
                    message,
                    reaction,
                    removed,
                    ..
                },
                Some(_),
            ) => {
                let reaction = (message.clone(), reaction.clone());
                self.reactions.retain(|there| *there != reaction);
                if !removed {
                    self.reactions.push(reaction);
                }
            }
            (EffectKind::MarkRead { message, .. }, Some(_)) => self.read.push(message.clone()),
            _ => return Err(No(405, "unsupported")),
        }
        Ok(key)
    }

    /// Whether echoes bear the key of the effect that made them.
    fn keeps_keys(&self) -> bool {
        matches!(
            self.does.idempotency,
            Idempotency::Native | Idempotency::ByEcho
        )
    }

    fn is_ours(&self, place: usize) -> Result<(), No> {
        match self.messages[place].direction {
            Direction::Outbound => Ok(()),
            Direction::Inbound => Err(NOT_YOURS),
        }
    }

    /// Whether it was written no longer ago.
    fn is_young(&self, place: usize, seconds: Option<u64>) -> Result<(), No> {
        self.is_within(self.messages[place].times.source, seconds)
    }

    fn is_within(&self, since: Option<DateTime<Utc>>, seconds: Option<u64>) -> Result<(), No> {
        let (Some(since), Some(seconds)) = (since, seconds) else {
            return Ok(());
        };
        let within = i64::try_from(seconds).ok().and_then(TimeDelta::try_seconds);
        match within.is_some_and(|within| self.now - since > within) {
            true => Err(TOO_LATE),
            false => Ok(()),
        }
    }

    /// Whether somebody wrote there, and lately enough.
    fn is_open(&self, conversation: &ConversationKey) -> Result<(), No> {
        let mut within = self
            .messages
            .iter()
            .rev()
            .filter(|m| m.conversation == *conversation);
        let inbound = within
            .find(|m| m.direction == Direction::Inbound)
            .ok_or(GONE)?;
        let longest = self.does.windows.iter().map(|window| window.seconds).max();
        self.is_within(inbound.times.source, longest)
    }
}
