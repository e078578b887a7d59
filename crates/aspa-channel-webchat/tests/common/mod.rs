//! A chat in memory, as its visitors see it and as the kit polls it.
#![allow(dead_code, reason = "each test takes what it needs")]
#![expect(
    clippy::unwrap_used,
    reason = "a test, which clippy cannot see without the harness"
)]

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Cursor, Delivery, Effect, EffectName, Error, Event,
    EventKind, Fetch, Fetched, MessageKey, Page, Probe, Receipt, Received, Support, Webhook,
};
use aspa_channel_webchat::{
    ChatConfig, ChatWebhook, Enter, Line, MemoryTranscript, Side, Transcript, VISITOR, Visitor,
    Visitors, WebChat,
};
use aspa_testkit::{ChannelFixture, FarSide, Seen};
use aspa_types::{AccountId, EffectKey, Secret};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// How many events a poll brings.
const BATCH: usize = 10;

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

pub(crate) fn visitors(secrets: &[&str]) -> Visitors {
    let account = AccountId::new("chat").unwrap();
    let mut config = ChatConfig::new(account, Secret::new(secrets[0]));
    config.secrets = secrets.iter().map(|s| Secret::new(*s)).collect();
    config.max_text = 200;
    Visitors::new(config).unwrap()
}

pub(crate) fn token(visitors: &Visitors, number: u8, at: DateTime<Utc>) -> (Visitor, String) {
    let entered = visitors.enter(&Enter::default(), [number; 16], at);
    (entered.visitor, entered.token)
}

pub(crate) fn post(token: &str, body: Bytes) -> Delivery {
    let mut delivery = Delivery::new(body);
    delivery
        .headers_mut()
        .insert(VISITOR, token.parse().unwrap());
    delivery
}

/// What is wrong with a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Nothing,
    ClaimsReactions,
    SendsNothing,
    SendsTwice,
    CutsText,
    TakesTooLong,
    TakesTheUnknown,
    EditsNothing,
    DeletesNothing,
    ProbesAbsent,
    ProbesFound,
    LosesOne,
    ForgetsToRepeat,
    OwnAreTheirs,
    OtherAccount,
    DropsTheUnknown,
    ReceiptsNameAnother,
    FetchesNothing,
}

/// A channel, its visitors, and the webhook by which what they write comes, as a channel to be polled.
#[derive(Debug)]
pub(crate) struct Chat {
    fault: Fault,
    visitors: Visitors,
    channel: WebChat,
    webhook: ChatWebhook,
    network: Arc<Network>,
}

/// What is there whatever process runs: the pages of two visitors, what was written, what happened.
#[derive(Debug)]
pub(crate) struct Network {
    pages: Vec<(Visitor, String)>,
    transcript: Arc<MemoryTranscript>,
    log: Mutex<Vec<Event>>,
    given: Mutex<BTreeSet<usize>>,
    count: AtomicUsize,
}

const SECRET: &str = "chsec-0123456789abcdef";

impl Chat {
    pub(crate) fn fixture(fault: Fault) -> ChannelFixture {
        let visitors = visitors(&[SECRET]);
        let network = Arc::new(Network {
            pages: [7, 8].map(|number| token(&visitors, number, now())).into(),
            transcript: Arc::new(MemoryTranscript::new()),
            log: Mutex::default(),
            given: Mutex::default(),
            count: AtomicUsize::new(0),
        });
        let chat = Arc::new(Self::start(fault, network.clone()));
        let conversation = chat.conversation(0);
        ChannelFixture::new(chat.clone(), conversation, chat)
            .with_restart(move || Arc::new(Self::start(fault, network.clone())))
            .with_secret(SECRET)
    }

    /// A process on a network that is there already.
    fn start(fault: Fault, network: Arc<Network>) -> Self {
        let visitors = visitors(&[SECRET]);
        Self {
            fault,
            channel: WebChat::new(&visitors, network.transcript.clone()),
            webhook: ChatWebhook::new(visitors.clone()),
            visitors,
            network,
        }
    }

    fn conversation(&self, page: usize) -> ConversationKey {
        let (visitor, _) = &self.network.pages[page];
        self.visitors.conversation(visitor).unwrap()
    }

    fn number(&self) -> usize {
        self.network.count.fetch_add(1, Ordering::Relaxed)
    }

    fn write(&self, page: usize, event: &Value) {
        let body = json!({ "events": [event] }).to_string();
        let delivery = post(&self.network.pages[page].1, body.into());
        let Received::Accepted { mut events, .. } = self.webhook.receive(&delivery, now()) else {
            panic!("a visitor was refused");
        };
        self.network.transcript.take(&events);
        if self.fault == Fault::DropsTheUnknown {
            events.retain(|event| !matches!(event.kind, EventKind::Unknown(_)));
        }
        for event in &mut events {
            if self.fault == Fault::OtherAccount {
                event.account = AccountId::new("other").unwrap();
            }
        }
        self.network.log.lock().unwrap().extend(events);
    }
}

#[async_trait]
impl Channel for Chat {
    fn account(&self) -> &AccountId {
        self.channel.account()
    }

    fn network(&self) -> &aspa_types::Network {
        self.channel.network()
    }

    fn capabilities(&self, conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        let claims = self.channel.capabilities(conversation).into_owned();
        Cow::Owned(match self.fault {
            Fault::ClaimsReactions => claims.with(EffectName::React, Support::Full),
            _ => claims,
        })
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let log = self.network.log.lock().unwrap().clone();
        let mut from = cursor.map_or(0, |cursor| cursor.0.parse().unwrap());
        let first = self.network.given.lock().unwrap().insert(from);
        if self.fault == Fault::ForgetsToRepeat && !first {
            from = log.len();
        }
        let to = log.len().min(from + BATCH);
        let mut events = log.get(from..to).unwrap_or_default().to_vec();
        if self.fault == Fault::LosesOne && events.len() > 2 {
            events.remove(1);
        }
        Ok(Page::new(
            events,
            Some(Cursor(to.to_string())),
            to < log.len(),
        ))
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        match self.fault {
            Fault::FetchesNothing => Ok(Fetched::Nothing),
            _ => self.channel.fetch(what).await,
        }
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        use aspa_channel::EffectKind::{Delete, Edit, Send, Unknown};
        let mut effect = effect.clone();
        let key = effect.key.clone();
        match (self.fault, &mut effect.kind) {
            (Fault::TakesTheUnknown, Unknown(_))
            | (Fault::SendsNothing, Send { .. })
            | (Fault::EditsNothing, Edit { .. })
            | (Fault::DeletesNothing, Delete { .. }) => return Ok(Receipt::new(key)),
            (Fault::ClaimsReactions, aspa_channel::EffectKind::React { .. }) => {
                return Ok(Receipt::new(key));
            }
            (Fault::SendsTwice, Send { .. }) => {
                effect.key = EffectKey::derive(&[key.as_str(), &self.number().to_string()]);
            }
            (Fault::CutsText, Send { text, .. }) => *text = text.chars().take(199).collect(),
            (Fault::TakesTooLong, Send { text, .. }) => *text = text.chars().take(200).collect(),
            _ => {}
        }
        let mut receipt = self.channel.perform(&effect).await?;
        receipt.effect = key;
        if self.fault == Fault::ReceiptsNameAnother {
            receipt.messages = vec![MessageKey::new(self.account().clone(), "c/another").unwrap()];
        }
        if self.fault == Fault::OwnAreTheirs && matches!(effect.kind, Send { .. }) {
            let text = effect.kind.text().unwrap_or_default();
            let id = format!("echo-{}", self.number());
            self.write(0, &json!({ "type": "message", "id": id, "text": text }));
        }
        Ok(receipt)
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        match self.fault {
            Fault::ProbesAbsent => Ok(Probe::Absent),
            Fault::ProbesFound => Ok(Probe::Found(Receipt::new(effect.key.clone()))),
            _ => self.channel.probe(effect).await,
        }
    }
}

#[async_trait]
impl FarSide for Chat {
    async fn seen(&self) -> Vec<Seen> {
        let mut messages = Vec::new();
        for page in 0..2 {
            let conversation = self.conversation(page);
            let read = self
                .network
                .transcript
                .messages(&conversation, None, usize::MAX)
                .await;
            messages.extend(read.unwrap().messages);
        }
        let lines = messages.iter().filter_map(|m| Some((m, Line::of(m)?)));
        lines
            .filter(|(_, line)| !line.deleted)
            .map(|(message, line)| {
                let mut seen = match line.by {
                    Side::Visitor => Seen::theirs(line.id, line.text),
                    _ => Seen::ours(line.id, line.text),
                };
                seen.in_reply_to = message.in_reply_to.as_ref().map(|key| key.id.to_string());
                seen.audience = Some(message.audience.clone());
                seen
            })
            .collect()
    }

    async fn customer_writes(&self, to: &ConversationKey, text: &str) -> Option<MessageKey> {
        let page = (0..2).find(|page| self.conversation(*page) == *to)?;
        let id = format!("m-{}", self.number());
        self.write(page, &json!({ "type": "message", "id": id, "text": text }));
        MessageKey::new(to.account.clone(), &format!("{}/v/{id}", to.id)).ok()
    }

    async fn other_conversation(&self) -> Option<ConversationKey> {
        Some(self.conversation(1))
    }

    async fn unheard_of(&self, _: &ConversationKey) -> bool {
        self.write(0, &json!({ "type": "kit_unheard_of" }));
        true
    }

    fn page(&self) -> Option<usize> {
        Some(BATCH)
    }

    async fn reactions(&self, _: &MessageKey) -> Option<Vec<String>> {
        Some(Vec::new())
    }

    fn shows_replies(&self) -> bool {
        true
    }
}
