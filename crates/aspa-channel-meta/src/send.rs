//! Doing things.
//!
//! - `POST /{post or comment}/comments`, `POST /{comment}`, `DELETE /{comment}`, `POST|DELETE /{id}/likes`:
//!   <https://developers.facebook.com/docs/graph-api/reference/object/comments>, `…/comment`
//! - `POST /{page}/messages`, for messages, private replies and `sender_action`:
//!   <https://developers.facebook.com/docs/messenger-platform/reference/send-api>,
//!   <https://developers.facebook.com/docs/messenger-platform/discovery/private-replies>
//!
//! Checked 2026-11-21, not verified against the live network.

use aspa_channel::{
    Effect, EffectKind, Error, ErrorKind, Landed, Media, MediaKind, Receipt, ReplyKind,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use crate::channel::PageChannel;
use crate::graph::{Ask, is_id};
use crate::json::{Id, given};
use crate::messenger::OURS;
use crate::place::is_direct;

const PERFORM: &str = "perform";

#[derive(Deserialize)]
struct Made {
    id: Option<Id>,
}

#[derive(Deserialize)]
struct Sent {
    recipient_id: Option<Id>,
    message_id: Option<Id>,
}

#[derive(Deserialize)]
struct Done {
    success: Option<bool>,
}

fn invalid(field: &'static str) -> Error {
    Error::new(ErrorKind::Invalid, PERFORM).with("field", field)
}

/// A success that does not say what it made.
fn silent() -> Error {
    Error::new(ErrorKind::Protocol, PERFORM).with_landed(Landed::Maybe)
}

/// The id of something on the Page; a message of Messenger is not there.
pub(crate) fn public(operation: &'static str, id: &str) -> Result<String, Error> {
    match is_id(id) && !is_direct(id) {
        true => Ok(id.to_owned()),
        false => Err(Error::new(ErrorKind::NotFound, operation)),
    }
}

fn done(answer: &Done) -> Result<(), Error> {
    match answer.success {
        Some(true) => Ok(()),
        _ => Err(silent()),
    }
}

fn attached(media: &[Media]) -> Result<Option<&str>, Error> {
    match media {
        [] => Ok(None),
        [one] => {
            let remedy = "give the address at which Meta can fetch it";
            let url = one.url.as_deref();
            url.map(Some)
                .ok_or_else(|| invalid("media").with_remedy(remedy))
        }
        _ => Err(invalid("media")),
    }
}

impl PageChannel {
    /// A receipt that names what was done to or made.
    pub(crate) fn receipt(&self, effect: &Effect, id: &str) -> Result<Receipt, Error> {
        let mut receipt = Receipt::new(effect.key.clone());
        receipt
            .messages
            .push(self.place.message(id).map_err(|_| silent())?);
        Ok(receipt)
    }

    pub(crate) async fn below_a_post(&self, effect: &Effect) -> Result<Receipt, Error> {
        match &effect.kind {
            EffectKind::Send {
                text,
                in_reply_to,
                media,
                ..
            } => {
                let answered = in_reply_to.as_ref().map(|key| &*key.id);
                let target = public(PERFORM, answered.unwrap_or(&effect.conversation.id))?;
                let mut body = json!({ "message": text });
                if let Some(url) = attached(media)? {
                    body["attachment_url"] = json!(url);
                    if text.trim().is_empty() {
                        body = json!({ "attachment_url": url });
                    }
                }
                let ask = Ask::new(format!("{target}/comments"));
                let (made, at): (Made, _) = self.api.post_dated(PERFORM, ask, &body).await?;
                let id = given(made.id.as_ref()).ok_or_else(silent)?;
                self.remember(id, &effect.key);
                let mut receipt = self.receipt(effect, id)?;
                receipt.at = at;
                Ok(receipt)
            }
            EffectKind::PrivateReply { message, text, .. } => {
                let id = public(PERFORM, &message.id)?;
                let to = match self.place.is_post(&id) {
                    true => json!({ "post_id": id }),
                    false => json!({ "comment_id": id }),
                };
                let message = json!({ "text": text, "metadata": metadata(effect) });
                let body =
                    json!({ "recipient": to, "messaging_type": "RESPONSE", "message": message });
                let ask = self.messages().bucket("private_replies");
                let sent: (Sent, _) = self.api.post_dated(PERFORM, ask, &body).await?;
                let mut receipt = self.sent(effect, &sent)?;
                // Who the commenter is in Messenger: nothing else tells.
                let person = given(sent.0.recipient_id.as_ref());
                receipt.recipient = person.and_then(|id| self.place.person(id).ok());
                Ok(receipt)
            }
            EffectKind::Edit { message, text, .. } => {
                let id = public(PERFORM, &message.id)?;
                let ask = Ask::new(id.clone());
                done(
                    &self
                        .api
                        .post(PERFORM, ask, &json!({ "message": text }))
                        .await?,
                )?;
                self.receipt(effect, &id)
            }
            EffectKind::Hide {
                message, hidden, ..
            } => {
                let id = public(PERFORM, &message.id)?;
                let ask = Ask::new(id.clone());
                done(
                    &self
                        .api
                        .post(PERFORM, ask, &json!({ "is_hidden": hidden }))
                        .await?,
                )?;
                self.receipt(effect, &id)
            }
            EffectKind::Delete { message, .. } => {
                let id = public(PERFORM, &message.id)?;
                done(&self.api.delete(PERFORM, Ask::new(id.clone())).await?)?;
                self.receipt(effect, &id)
            }
            EffectKind::React {
                message,
                reaction,
                removed,
                ..
            } => {
                let is_like = ["like", "LIKE", "👍"].contains(&reaction.as_str());
                if !is_like {
                    let remedy = "a page can only like, and take the like back";
                    return Err(invalid("reaction").with_remedy(remedy));
                }
                let id = public(PERFORM, &message.id)?;
                let ask = Ask::new(format!("{id}/likes"));
                let answer = match removed {
                    true => self.api.delete(PERFORM, ask).await,
                    false => self.api.post(PERFORM, ask, &json!({})).await,
                };
                done(&answer?)?;
                self.receipt(effect, &id)
            }
            _ => Err(Error::new(ErrorKind::Unsupported, PERFORM)),
        }
    }

    pub(crate) async fn in_messenger(
        &self,
        effect: &Effect,
        person: &str,
    ) -> Result<Receipt, Error> {
        let to = json!({ "id": person });
        match &effect.kind {
            EffectKind::Send {
                text,
                in_reply_to,
                media,
                reply,
                ..
            } => {
                let message = match (attached(media)?, text.trim().is_empty()) {
                    (None, _) => json!({ "text": text }),
                    (Some(url), true) => {
                        json!({ "attachment": { "type": kind(media), "payload": { "url": url } } })
                    }
                    (Some(_), false) => {
                        let remedy =
                            "Messenger takes a text or a file: send them one after the other";
                        return Err(invalid("media").with_remedy(remedy));
                    }
                };
                let mut body =
                    json!({ "recipient": to, "messaging_type": "RESPONSE", "message": message });
                body["message"]["metadata"] = json!(metadata(effect));
                if let Some(answered) = in_reply_to {
                    body["reply_to"] = json!({ "mid": answered.id });
                }
                let ask = self.messages().bucket("send");
                let tried = ask.clone();
                let mut sent = self.api.post_dated::<Sent>(PERFORM, tried, &body).await;
                let late = sent
                    .as_ref()
                    .is_err_and(|error| *error.kind() == ErrorKind::WindowClosed);
                if late && self.config.human_agent && *reply != ReplyKind::Automatic {
                    body["messaging_type"] = json!("MESSAGE_TAG");
                    body["tag"] = json!("HUMAN_AGENT");
                    sent = self.api.post_dated(PERFORM, ask, &body).await;
                }
                self.sent(effect, &sent?)
            }
            EffectKind::MarkRead { message, .. } => {
                let body = json!({ "recipient": to, "sender_action": "MARK_SEEN" });
                let answer: Sent = self.api.post(PERFORM, self.messages(), &body).await?;
                given(answer.recipient_id.as_ref()).ok_or_else(silent)?;
                self.receipt(effect, &message.id)
            }
            _ => Err(Error::new(ErrorKind::Unsupported, PERFORM)),
        }
    }

    fn messages(&self) -> Ask {
        Ask::new(format!("{}/messages", self.place.page))
    }

    /// A receipt with Meta's time: what Messenger tells to be read is told up to a time of that clock.
    fn sent(
        &self,
        effect: &Effect,
        (sent, at): &(Sent, Option<DateTime<Utc>>),
    ) -> Result<Receipt, Error> {
        let id = given(sent.message_id.as_ref()).ok_or_else(silent)?;
        self.remember(id, &effect.key);
        let mut receipt = self.receipt(effect, id)?;
        receipt.at = *at;
        Ok(receipt)
    }
}

/// What Meta gives back with the echo.
fn metadata(effect: &Effect) -> String {
    format!("{OURS}{}", effect.key)
}

fn kind(media: &[Media]) -> &'static str {
    match media.first().map(|media| &media.kind) {
        Some(MediaKind::Image | MediaKind::Sticker) => "image",
        Some(MediaKind::Video) => "video",
        Some(MediaKind::Audio) => "audio",
        _ => "file",
    }
}
