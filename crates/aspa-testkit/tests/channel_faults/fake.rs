//! A network with everything on it, and a channel to it that can be broken in one place at a time.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use aspa_channel::{
    Audience, Capabilities, Channel, ConversationKey, Cursor, Direction, Effect, EffectKind,
    EffectName, Error, ErrorKind, Event, EventKind, Fetch, Fetched, Idempotency, Message,
    MessageKey, Page, Part, Probe, Receipt, Support, TextUnit, Via, Visibility,
};
use aspa_testkit::{FarSide, Seen};
use aspa_types::{AccountId, EffectKey, Network};
use async_trait::async_trait;
use chrono::NaiveDate;
use serde_json::json;

/// What is wrong with the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Nothing,
    ClaimsChange,
    SendsTwiceForOneKey,
    SendsTwiceUnderOneReceipt,
    LooksThenSends,
    TakesTheTextForTheKey,
    MakesUpTheSecondReceipt,
    CutsAtTheLimit,
    CountsBytes,
    CountsUtf16,
    CountsScalars,
    CountsGraphemes,
    SendsOverTheLimit,
    ChecksAfterTheRequest,
    SendsNothing,
    EditsNothing,
    DeletesNothing,
    HidesNothing,
    NeverUnhides,
    ReactsNothing,
    MarksNothing,
    AnswersNothing,
    RepliesInPublic,
    DoesTheUnclaimed,
    AcceptsTheUnclaimed,
    SaysInvalidForUnclaimed,
    SendsTheUnknown,
    AcceptsTheUnknown,
    ProbesAbsent,
    ProbesFound,
    ProbesByText,
    ProbesByPerforming,
    OwnAreInbound,
    OwnUnderOtherKeys,
    SkipsBetweenPages,
    NeverEnds,
    RemembersItsPlace,
    EmptyIsAnError,
    CutsWhatItReads,
    OtherAccount,
    OneKeyForOneText,
    NoRevisions,
    DropsTheUnknown,
    OtherReceiptKey,
    ReceiptOfTheRequest,
    FetchesMarkup,
    FetchesTheDeleted,
    Panics,
}

const PAGE: usize = 10;

#[derive(Debug)]
pub(crate) struct Fake {
    fault: Fault,
    account: AccountId,
    pub(crate) claims: Capabilities,
    pub(crate) pushes_only: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    rows: Vec<Message>,
    log: Vec<Event>,
    receipts: BTreeMap<EffectKey, Receipt>,
    reactions: Vec<(MessageKey, String)>,
    read: Vec<MessageKey>,
    requests: usize,
    polled: usize,
}

/// Everything, with a limit of 60 in this unit.
pub(crate) fn everything(unit: TextUnit) -> Capabilities {
    EffectName::KNOWN
        .iter()
        .fold(nothing(), |claims, word| {
            claims.with(EffectName::from(*word), Support::Full)
        })
        .with_text(60, unit)
        .with_idempotency(Idempotency::Native)
}

pub(crate) fn nothing() -> Capabilities {
    Capabilities::new(NaiveDate::default(), "this file")
}

impl Fake {
    pub(crate) fn new(claims: Capabilities, fault: Fault) -> Self {
        Self {
            fault,
            account: AccountId::new("shop").unwrap(),
            claims,
            pushes_only: false,
            state: Mutex::default(),
        }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn has(&self, text: Option<&str>) -> bool {
        let state = self.state();
        let mut ours = state
            .rows
            .iter()
            .filter(|row| row.direction == Direction::Outbound);
        ours.any(|row| Some(&*row.text()) == text)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Refuses as the contract wants, but for the fault.
    fn check(&self, effect: &Effect) -> Result<(), Error> {
        let over = |e: &Error| *e.kind() == ErrorKind::TooLong;
        let unknown = matches!(effect.kind, EffectKind::Unknown(_));
        let counted = match self.fault {
            Fault::CountsBytes => Some(TextUnit::Bytes),
            Fault::CountsUtf16 => Some(TextUnit::Utf16),
            Fault::CountsScalars => Some(TextUnit::Scalars),
            Fault::CountsGraphemes => Some(TextUnit::Graphemes),
            _ => None,
        };
        let length = |unit: &TextUnit| unit.measure(effect.kind.text().unwrap_or_default());
        if counted.as_ref().and_then(length).is_some_and(|n| n > 60) {
            return Err(Error::new(ErrorKind::TooLong, "check"));
        }
        match self.claims.check(effect) {
            Err(e) if over(&e) && counted.is_some() => Ok(()),
            Err(e) if over(&e) && self.is(Fault::SendsOverTheLimit) => Ok(()),
            Err(e) if !over(&e) && unknown && self.is(Fault::SendsTheUnknown) => Ok(()),
            Err(e) if !over(&e) && !unknown && self.is(Fault::DoesTheUnclaimed) => Ok(()),
            Err(e) if !over(&e) && !unknown && self.is(Fault::SaysInvalidForUnclaimed) => {
                Err(Error::new(ErrorKind::Invalid, e.operation()))
            }
            other => other,
        }
    }

    fn write(&self, conversation: &ConversationKey, direction: Direction, text: &str) -> Message {
        let id = format!("{}", 100 + self.state().rows.len());
        let key = MessageKey::new(self.account.clone(), &id).unwrap();
        let mut message = Message::new(key, conversation.clone(), direction);
        message.parts = vec![Part::text(text)];
        message
    }

    fn publish(&self, message: Message) -> MessageKey {
        let key = message.key.clone();
        self.log(EventKind::Message(Box::new(message.clone())));
        self.state().rows.push(message);
        key
    }

    fn log(&self, kind: EventKind) {
        let event = Event::new(self.account.clone(), kind, Via::Poll);
        self.state().log.push(event);
    }

    fn change(&self, key: &MessageKey, change: impl FnOnce(&mut Message)) -> Result<(), Error> {
        let mut state = self.state();
        let row = state.rows.iter_mut().find(|row| row.key == *key);
        let row = row.ok_or_else(|| Error::new(ErrorKind::NotFound, "perform"))?;
        change(row);
        let changed = row.clone();
        drop(state);
        self.log(EventKind::Message(Box::new(changed)));
        Ok(())
    }

    fn rewrite(&self, key: &MessageKey, text: &str) -> Result<(), Error> {
        self.change(key, |row| {
            row.parts = vec![Part::text(text)];
            row.revision += 1;
        })
    }

    fn request(&self, effect: &Effect) -> Result<Vec<MessageKey>, Error> {
        self.state().requests += 1;
        let mut made = Vec::new();
        match &effect.kind {
            EffectKind::Send {
                text, in_reply_to, ..
            } if !self.is(Fault::SendsNothing) => {
                let cut: String = text.chars().take(30).collect();
                let text = if self.is(Fault::CutsAtTheLimit) {
                    &cut
                } else {
                    text
                };
                let mut message = self.write(&effect.conversation, Direction::Outbound, text);
                message.effect = Some(effect.key.clone());
                if !self.is(Fault::AnswersNothing) {
                    message.in_reply_to.clone_from(in_reply_to);
                }
                made.push(self.publish(message));
            }
            EffectKind::PrivateReply { text, .. } => {
                let mut message = self.write(&effect.conversation, Direction::Outbound, text);
                if !self.is(Fault::RepliesInPublic) {
                    message.audience = Audience::Direct;
                }
                made.push(self.publish(message));
            }
            EffectKind::Edit { message, text, .. } if !self.is(Fault::EditsNothing) => {
                self.rewrite(message, text)?;
            }
            EffectKind::Delete { message, .. } if !self.is(Fault::DeletesNothing) => {
                self.change(message, |row| row.visibility = Visibility::Deleted)?;
            }
            EffectKind::Hide {
                message, hidden, ..
            } if !self.is(Fault::HidesNothing) => {
                if *hidden {
                    self.change(message, |row| row.visibility = Visibility::Hidden)?;
                } else if !self.is(Fault::NeverUnhides) {
                    self.change(message, |row| row.visibility = Visibility::Visible)?;
                }
            }
            EffectKind::React {
                message,
                reaction,
                removed,
                ..
            } => {
                let reaction = (message.clone(), reaction.clone());
                let mut state = self.state();
                state.reactions.retain(|there| *there != reaction);
                if !removed && !self.is(Fault::ReactsNothing) {
                    state.reactions.push(reaction);
                }
            }
            EffectKind::MarkRead { message, .. } if !self.is(Fault::MarksNothing) => {
                self.state().read.push(message.clone());
            }
            EffectKind::Unknown(_) => {
                let message = self.write(&effect.conversation, Direction::Outbound, "what?");
                made.push(self.publish(message));
            }
            _ => {}
        }
        Ok(made)
    }

    /// How a message reads back, but for the fault.
    fn decoded(&self, mut message: Message) -> Message {
        let ours = message.direction == Direction::Outbound;
        if ours && self.is(Fault::OwnAreInbound) {
            message.direction = Direction::Inbound;
        }
        if ours && self.is(Fault::OwnUnderOtherKeys) {
            let id = format!("echo-{}", message.key.id);
            message.key = MessageKey::new(self.account.clone(), &id).unwrap();
        }
        if !ours && self.is(Fault::CutsWhatItReads) {
            let text: String = message.text().chars().take(3).collect();
            message.parts = vec![Part::text(text)];
        }
        if self.is(Fault::OtherAccount) {
            message.key.account = AccountId::new("page-99").unwrap();
        }
        if self.is(Fault::OneKeyForOneText) {
            let id = EffectKey::derive(&[&message.text()]);
            message.key = MessageKey::new(self.account.clone(), id.as_str()).unwrap();
        }
        if self.is(Fault::NoRevisions) {
            message.revision = 0;
        }
        message
    }
}

#[async_trait]
impl Channel for Fake {
    fn account(&self) -> &AccountId {
        &self.account
    }

    fn network(&self) -> &Network {
        &Network::API
    }

    fn capabilities(&self, _conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        if self.is(Fault::ClaimsChange) {
            let mut state = self.state();
            state.polled += 1;
            let claims = self
                .claims
                .clone()
                .with_text(60 + state.polled, TextUnit::Graphemes);
            return Cow::Owned(claims);
        }
        Cow::Borrowed(&self.claims)
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        if self.pushes_only {
            return Err(Error::new(ErrorKind::Unsupported, "poll"));
        }
        let mut state = self.state();
        let mut from = cursor.map_or(0, |cursor| cursor.0.parse().unwrap());
        if self.is(Fault::RemembersItsPlace) {
            from = from.max(state.polled);
        }
        let page: Vec<Event> = state.log.iter().skip(from).take(PAGE).cloned().collect();
        if page.is_empty() && self.is(Fault::EmptyIsAnError) {
            return Err(Error::new(ErrorKind::NotFound, "poll"));
        }
        let mut next = from + page.len();
        let more = next < state.log.len();
        if more && self.is(Fault::SkipsBetweenPages) {
            next += 1;
        }
        if self.is(Fault::NeverEnds) {
            return Ok(Page::new(page, Some(Cursor("0".to_owned())), true));
        }
        state.polled = next;
        drop(state);
        let events = page.into_iter().filter_map(|mut event| {
            event.kind = match event.kind {
                EventKind::Message(message) => EventKind::Message(Box::new(self.decoded(*message))),
                EventKind::Unknown(_) if self.is(Fault::DropsTheUnknown) => return None,
                other => other,
            };
            Some(event)
        });
        Ok(Page::new(
            events.collect(),
            Some(Cursor(next.to_string())),
            more,
        ))
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        let Fetch::Message(key) = what else {
            return Ok(Fetched::Nothing);
        };
        if self.pushes_only {
            return Err(Error::new(ErrorKind::Unsupported, "fetch"));
        }
        let row = self
            .state()
            .rows
            .iter()
            .find(|row| row.key == *key)
            .cloned();
        Ok(row.map_or(Fetched::Nothing, |mut row| {
            if self.is(Fault::FetchesMarkup) {
                let text = format!("<p>{}</p>", row.text());
                row.parts = vec![Part::text(text)];
            }
            if self.is(Fault::FetchesTheDeleted) {
                row.visibility = Visibility::Visible;
            }
            Fetched::Message(Box::new(row))
        }))
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        assert!(!self.is(Fault::Panics), "the adapter panicked");
        let unknown = matches!(effect.kind, EffectKind::Unknown(_));
        if self.is(Fault::ChecksAfterTheRequest) {
            self.state().requests += 1;
        }
        match self.check(effect) {
            Err(_) if unknown && self.is(Fault::AcceptsTheUnknown) => {
                return Ok(Receipt::new(effect.key.clone()));
            }
            Err(e)
                if !unknown
                    && *e.kind() == ErrorKind::Unsupported
                    && self.is(Fault::AcceptsTheUnclaimed) =>
            {
                return Ok(Receipt::new(effect.key.clone()));
            }
            other => other?,
        }
        let mut key = effect.key.clone();
        if self.is(Fault::TakesTheTextForTheKey) {
            key = EffectKey::derive(&[effect.kind.text().unwrap_or(effect.key.as_str())]);
        }
        let known = self.state().receipts.get(&key).cloned();
        if let Some(mut receipt) = known.filter(|_| {
            self.claims.idempotency == Idempotency::Native && !self.is(Fault::SendsTwiceForOneKey)
        }) {
            if self.is(Fault::SendsTwiceUnderOneReceipt) {
                self.request(effect)?;
            }
            if self.is(Fault::MakesUpTheSecondReceipt) {
                receipt.messages.clear();
            }
            return Ok(receipt);
        }
        if self.is(Fault::LooksThenSends) {
            tokio::task::yield_now().await;
        }
        if *self.claims.support(&effect.kind.name()) == Support::Dropped {
            return Ok(Receipt::new(effect.key.clone()));
        }
        let made = self.request(effect)?;
        let mut receipt = Receipt::new(effect.key.clone());
        receipt.messages = made;
        if self.is(Fault::ReceiptOfTheRequest) {
            let request = MessageKey::new(self.account.clone(), "request-1").unwrap();
            receipt.messages = vec![request];
        }
        if self.is(Fault::OtherReceiptKey) {
            receipt.effect = EffectKey::derive(&["another"]);
        }
        self.state().receipts.insert(key, receipt.clone());
        Ok(receipt)
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        let found = self.state().receipts.get(&effect.key).cloned();
        Ok(match found {
            _ if self.is(Fault::ProbesAbsent) => Probe::Absent,
            None if self.is(Fault::ProbesFound) => Probe::Found(Receipt::new(effect.key.clone())),
            None if self.is(Fault::ProbesByText) && self.has(effect.kind.text()) => {
                Probe::Found(Receipt::new(effect.key.clone()))
            }
            None if self.is(Fault::ProbesByPerforming) => {
                self.perform(effect).await?;
                Probe::CannotTell
            }
            None if self.claims.idempotency == Idempotency::None => Probe::CannotTell,
            None => Probe::Absent,
            Some(_) if self.claims.idempotency == Idempotency::None => Probe::CannotTell,
            Some(receipt) => Probe::Found(receipt),
        })
    }
}

#[async_trait]
impl FarSide for Fake {
    async fn seen(&self) -> Vec<Seen> {
        let state = self.state();
        let visible = state
            .rows
            .iter()
            .filter(|row| row.visibility == Visibility::Visible);
        let seen = visible.map(|row| {
            let id = &*row.key.id;
            let mut seen = match row.direction {
                Direction::Outbound => Seen::ours(id, row.text()),
                Direction::Inbound => Seen::theirs(id, row.text()),
            };
            seen.in_reply_to = row.in_reply_to.as_ref().map(|key| key.id.to_string());
            seen.audience = Some(row.audience.clone());
            seen
        });
        seen.collect()
    }

    async fn customer_writes(
        &self,
        conversation: &ConversationKey,
        text: &str,
    ) -> Option<MessageKey> {
        Some(self.publish(self.write(conversation, Direction::Inbound, text)))
    }

    async fn customer_edits(&self, message: &MessageKey, text: &str) -> bool {
        self.rewrite(message, text).is_ok()
    }

    async fn unheard_of(&self, _conversation: &ConversationKey) -> bool {
        self.log(EventKind::Unknown(json!({ "type": "poke" })));
        true
    }

    async fn reactions(&self, message: &MessageKey) -> Option<Vec<String>> {
        let state = self.state();
        let on = state.reactions.iter().filter(|(key, _)| key == message);
        Some(on.map(|(_, reaction)| reaction.clone()).collect())
    }

    async fn is_read(&self, message: &MessageKey) -> Option<bool> {
        Some(self.state().read.contains(message))
    }

    async fn requests(&self) -> Option<usize> {
        Some(self.state().requests)
    }

    fn shows_replies(&self) -> bool {
        true
    }
}
