//! A host's app with the callback side of the protocol, written by the README: it keeps what it did
//! by key, and refuses whatever is not exactly as described.

mod callback;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use aspa_channel::{Audience, ConversationKey, Media, MediaKind, MessageKey};
use aspa_testkit::{Attachment, FarSide, Seen};
use aspa_types::AccountId;
use async_trait::async_trait;
use axum::body::Bytes;
use axum::http::StatusCode;
use chrono::{SecondsFormat, TimeDelta};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::common::now;
use callback::{Asked, Kind, Named};

pub(crate) const CALLBACK_SECRET: &str = "cbsec-0123456789abcdef";

/// Which of the answers that the protocol allows the host gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    /// Always the whole.
    Fully,
    /// 409 with the whole to a key that it knows.
    Conflict,
    /// 204 without a body, so that messages bear the keys of their effects; and no probes.
    Curtly,
}

#[derive(Debug)]
pub(crate) struct Host {
    answers: Answers,
    max_text: usize,
    app: Mutex<App>,
}

#[derive(Debug, Default)]
struct App {
    posts: usize,
    /// What was done, by key: the body that asked for it, and the answer.
    done: BTreeMap<String, (Bytes, Value)>,
    messages: Vec<Post>,
    ever: usize,
    reactions: BTreeSet<(String, String)>,
    read: BTreeSet<String>,
    /// The events that the host has for the webhook.
    happened: Vec<Value>,
}

#[derive(Debug)]
struct Post {
    seen: Seen,
    hidden: bool,
}

impl Host {
    /// A host that listens, until the runtime ends, and the address of its callback.
    pub(crate) async fn serve(answers: Answers, max_text: usize) -> (Arc<Self>, String) {
        let app = Mutex::default();
        let host = Arc::new(Self {
            answers,
            max_text,
            app,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "http://{}/callback?tenant=1",
            listener.local_addr().unwrap()
        );
        let router = callback::router(Arc::clone(&host));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (host, url)
    }

    /// What the webhook is told, oldest first.
    pub(crate) fn happened(&self) -> Vec<Value> {
        self.app().happened.clone()
    }

    fn app(&self) -> MutexGuard<'_, App> {
        self.app.lock().unwrap()
    }

    fn act(&self, asked: &Asked) -> Result<Value, StatusCode> {
        let mut app = self.app();
        let (key, case) = (asked.key.as_str(), asked.conversation.id.as_str());
        let id = match &asked.kind {
            Kind::Send {
                text,
                in_reply_to,
                reply,
            } => {
                if reply != "answer" {
                    return Err(StatusCode::UNPROCESSABLE_ENTITY);
                }
                let parent = in_reply_to.as_ref().map(|m| app.known(m)).transpose()?;
                let parent = parent.map(|place| app.messages[place].seen.id.clone());
                self.publish(&mut app, key, case, text, parent, None)?
            }
            Kind::PrivateReply { message, text } => {
                let place = app.known(message)?;
                let parent = Some(app.messages[place].seen.id.clone());
                self.publish(&mut app, key, case, text, parent, Some(Audience::Direct))?
            }
            Kind::Edit { message, text } => {
                self.fits(text)?;
                let place = app.own(message)?;
                app.messages[place].seen.text.clone_from(text);
                app.rewritten(&message.id, case, text);
                message.id.clone()
            }
            Kind::Delete { message } => {
                let place = app.own(message)?;
                app.messages.remove(place);
                let gone = json!({ "type": "delete", "message": message.id });
                app.happened.push(gone);
                message.id.clone()
            }
            Kind::Hide { message, hidden } => {
                let place = app.known(message)?;
                app.messages[place].hidden = *hidden;
                message.id.clone()
            }
            Kind::React {
                message,
                reaction,
                removed,
            } => {
                app.known(message)?;
                let reaction = (message.id.clone(), reaction.clone());
                let changed = if *removed {
                    app.reactions.remove(&reaction)
                } else {
                    app.reactions.insert(reaction)
                };
                if !changed {
                    return Err(StatusCode::UNPROCESSABLE_ENTITY);
                }
                message.id.clone()
            }
            Kind::MarkRead { message } => {
                app.known(message)?;
                app.read.insert(message.id.clone());
                message.id.clone()
            }
        };
        Ok(json!({ "effect": key, "id": id, "at": "2026-11-22T08:00:01Z" }))
    }

    fn fits(&self, text: &str) -> Result<(), StatusCode> {
        match text.chars().count() {
            0 => Err(StatusCode::UNPROCESSABLE_ENTITY),
            length if length > self.max_text => Err(StatusCode::PAYLOAD_TOO_LARGE),
            _ => Ok(()),
        }
    }

    /// Publishes a message of ours, and tells the webhook of it as of anything a colleague writes.
    fn publish(
        &self,
        app: &mut App,
        key: &str,
        case: &str,
        text: &str,
        in_reply_to: Option<String>,
        audience: Option<Audience>,
    ) -> Result<String, StatusCode> {
        self.fits(text)?;
        let id = match self.answers {
            Answers::Curtly => key.to_owned(),
            _ => app.next_id(),
        };
        app.happened.push(json!({
            "type": "message", "id": id, "conversation": case, "direction": "outbound",
            "in_reply_to": in_reply_to, "text": text,
        }));
        let mut seen = Seen::ours(&id, text);
        seen.in_reply_to = in_reply_to;
        seen.audience = audience;
        let hidden = false;
        app.messages.push(Post { seen, hidden });
        Ok(id)
    }
}

impl App {
    fn next_id(&mut self) -> String {
        self.ever += 1;
        format!("m-{}", self.ever)
    }

    fn known(&self, message: &Named) -> Result<usize, StatusCode> {
        let place = self.messages.iter().position(|m| m.seen.id == message.id);
        let ours = place.filter(|_| message.account == "app");
        ours.ok_or(StatusCode::NOT_FOUND)
    }

    fn own(&self, message: &Named) -> Result<usize, StatusCode> {
        let place = self.known(message)?;
        let ours = self.messages[place].seen.ours;
        ours.then_some(place).ok_or(StatusCode::FORBIDDEN)
    }

    fn rewritten(&mut self, id: &str, case: &str, text: &str) {
        self.ever += 1;
        let seconds = i64::try_from(self.ever).unwrap();
        let at = now() + TimeDelta::seconds(seconds);
        let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let ours = self.messages.iter().any(|m| m.seen.id == id && m.seen.ours);
        let direction = if ours { "outbound" } else { "inbound" };
        self.happened.push(json!({
            "type": "edit", "id": id, "conversation": case, "direction": direction,
            "edited_at": at, "text": text,
        }));
    }
}

#[async_trait]
impl FarSide for Host {
    async fn seen(&self) -> Vec<Seen> {
        let app = self.app();
        let shown = app.messages.iter().filter(|m| !m.hidden);
        shown.map(|m| m.seen.clone()).collect()
    }

    async fn customer_writes(
        &self,
        conversation: &ConversationKey,
        text: &str,
    ) -> Option<MessageKey> {
        let mut app = self.app();
        let id = app.next_id();
        app.happened.push(json!({
            "type": "message", "id": id, "conversation": conversation.id,
            "author": { "id": "u-42" }, "text": text,
        }));
        let seen = Seen::theirs(&id, text);
        let hidden = false;
        app.messages.push(Post { seen, hidden });
        MessageKey::new(conversation.account.clone(), &id).ok()
    }

    async fn customer_attaches(
        &self,
        conversation: &ConversationKey,
        text: &str,
        file: &Attachment,
    ) -> Option<(MessageKey, Media)> {
        let mut told = Media::new(MediaKind::Image);
        told.media_type = Some(file.media_type.clone());
        told.bytes = Some(file.content.len().try_into().unwrap());
        told.name = Some(file.name.clone());
        let media = json!({
            "kind": "image", "url": "https://app.example/files/1", "name": file.name,
            "media_type": file.media_type, "bytes": file.content.len(),
        });
        let key = self.customer_writes(conversation, text).await?;
        self.app().happened.last_mut().unwrap()["media"] = json!([media]);
        Some((key, told))
    }

    async fn customer_edits(&self, message: &MessageKey, text: &str) -> bool {
        self.app().rewritten(&message.id, "case-7", text);
        true
    }

    async fn customer_answers(&self, message: &MessageKey, text: &str) -> Option<MessageKey> {
        let mut app = self.app();
        let id = app.next_id();
        app.happened.push(json!({
            "type": "message", "id": id, "conversation": "case-7", "author": { "id": "u-42" },
            "in_reply_to": message.id, "text": text,
        }));
        let mut seen = Seen::theirs(&id, text);
        seen.in_reply_to = Some(message.id.to_string());
        let hidden = false;
        app.messages.push(Post { seen, hidden });
        MessageKey::new(message.account.clone(), &id).ok()
    }

    async fn customer_deletes(&self, message: &MessageKey) -> bool {
        let mut app = self.app();
        app.messages.retain(|m| m.seen.id != *message.id);
        let gone = json!({ "type": "delete", "message": message.id });
        app.happened.push(gone);
        true
    }

    async fn other_conversation(&self) -> Option<ConversationKey> {
        ConversationKey::new(AccountId::new("app").ok()?, "case-8").ok()
    }

    fn page(&self) -> Option<usize> {
        Some(crate::BATCH)
    }

    async fn unheard_of(&self, _conversation: &ConversationKey) -> bool {
        self.app()
            .happened
            .push(json!({ "type": "kit_unheard_of" }));
        true
    }

    async fn reactions(&self, message: &MessageKey) -> Option<Vec<String>> {
        let app = self.app();
        let ours = app.reactions.iter().filter(|(id, _)| **id == *message.id);
        Some(ours.map(|(_, reaction)| reaction.clone()).collect())
    }

    async fn is_read(&self, message: &MessageKey) -> Option<bool> {
        Some(self.app().read.contains(&*message.id))
    }

    async fn requests(&self) -> Option<usize> {
        Some(self.app().posts)
    }

    fn shows_replies(&self) -> bool {
        true
    }
}
