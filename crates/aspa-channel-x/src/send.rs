//! Doing things.

use aspa_channel::{
    Audience, Effect, EffectKind, Error, ErrorKind, Landed, Media, MessageKey, Receipt, Status,
};
use http::Method;
use serde_json::{Value, json};

use crate::api::{DELETED, DIRECT_WRITE, HIDDEN, LIKED, LOOK_UP, NOT_SUMMONED, POSTS};
use crate::channel::XChannel;
use crate::direct::Place;
use crate::fields;
use crate::json;
use crate::media;
use crate::post::{author_id, newest_version};

const OPERATION: &str = "perform";

impl XChannel {
    pub(crate) async fn do_it(&self, effect: &Effect) -> Result<Receipt, Error> {
        match &effect.kind {
            EffectKind::Send {
                text,
                in_reply_to,
                audience,
                media,
                ..
            } => match place(effect)? {
                Place::Public(root) => {
                    if !matches!(audience, None | Some(Audience::Public)) {
                        return Err(Error::new(ErrorKind::Unsupported, OPERATION)
                            .with("field", "audience")
                            .with_remedy("send it as a private reply: everybody reads a post"));
                    }
                    let answered = in_reply_to.as_ref().map_or(root, |answered| &answered.id);
                    self.reply(effect, answered, text, media).await
                }
                Place::Two(a, b) => {
                    let other = if a == self.own.user_id { b } else { a };
                    self.direct_to(effect, other, text, media).await
                }
                Place::Group(group) => {
                    let path = format!("/2/dm_conversations/{group}/messages");
                    self.direct_message(effect, &path, text, media).await
                }
                Place::Encrypted => Err(encrypted()),
            },
            EffectKind::PrivateReply { message, text, .. } => {
                let author = self.author_of(message).await?;
                self.direct_to(effect, &author, text, &[]).await
            }
            EffectKind::Edit { message, text, .. } => self.edit(effect, message, text).await,
            EffectKind::Delete { message, .. } => self.delete(effect, message).await,
            EffectKind::Hide {
                message, hidden, ..
            } => self.hide(effect, message, *hidden).await,
            EffectKind::React {
                message,
                reaction,
                removed,
                ..
            } => self.like(effect, message, reaction, *removed).await,
            _ => Err(Error::new(ErrorKind::Unsupported, OPERATION)),
        }
    }

    /// `POST /2/tweets` with `reply` (OpenAPI 2.159). X puts the names of those that are answered in front by
    /// itself.
    async fn reply(
        &self,
        effect: &Effect,
        answered: &str,
        text: &str,
        media: &[Media],
    ) -> Result<Receipt, Error> {
        let answered = self.id(answered)?;
        if self.known.summons(answered) == Some(false) {
            return Err(Error::new(ErrorKind::Forbidden, OPERATION)
                .with_status(Status::Permanent)
                .with_code("not-summoned")
                .with_remedy(NOT_SUMMONED));
        }
        let mut body = json!({ "reply": { "in_reply_to_tweet_id": answered } });
        if !text.trim().is_empty() {
            body["text"] = text.into();
        }
        if !media.is_empty() {
            body["media"] = json!({ "media_ids": media::ids(media)? });
        }
        let prices = self.api.prices();
        let price = match has_link(text) {
            true => prices.post_with_link,
            false => prices.reply,
        };
        let made = self
            .api
            .change(Method::POST, "/2/tweets", Some(&body), POSTS, price)
            .await?;
        let receipt = self.made(effect, &made["data"], "id")?;
        for message in &receipt.messages {
            self.known.sent(&message.id, &effect.key);
        }
        Ok(receipt)
    }

    /// `POST /2/dm_conversations/with/:id/messages` (OpenAPI 2.159).
    async fn direct_to(
        &self,
        effect: &Effect,
        to: &str,
        text: &str,
        media: &[Media],
    ) -> Result<Receipt, Error> {
        let to = self.id(to)?;
        let path = format!("/2/dm_conversations/with/{to}/messages");
        self.direct_message(effect, &path, text, media).await
    }

    async fn direct_message(
        &self,
        effect: &Effect,
        path: &str,
        text: &str,
        media: &[Media],
    ) -> Result<Receipt, Error> {
        let price = self.api.prices().direct;
        let mut body = json!({});
        if !text.trim().is_empty() {
            body["text"] = text.into();
        }
        if !media.is_empty() {
            let attached = media::ids(media)?.into_iter();
            let attached = attached.map(|id| json!({ "media_id": id }));
            body["attachments"] = attached.collect();
        }
        let made = self
            .api
            .change(Method::POST, path, Some(&body), DIRECT_WRITE, price)
            .await?;
        let receipt = self.made(effect, &made["data"], "dm_event_id")?;
        for message in &receipt.messages {
            self.known.sent(&message.id, &effect.key);
        }
        Ok(receipt)
    }

    /// `POST /2/tweets` with `edit_options` (OpenAPI 2.159): it makes another id, and the message keeps that
    /// of its first version. X edits for an hour, five times, and only what it says can be edited.
    async fn edit(
        &self,
        effect: &Effect,
        message: &MessageKey,
        text: &str,
    ) -> Result<Receipt, Error> {
        let post = self.own_post(message).await?;
        let controls = post.get("edit_controls").unwrap_or(&Value::Null);
        if controls.get("is_edit_eligible") == Some(&Value::Bool(false)) {
            return Err(Error::new(ErrorKind::Forbidden, OPERATION)
                .with_status(Status::Permanent)
                .with("field", "is_edit_eligible")
                .with_remedy("X does not let this post be edited: write another one"));
        }
        let until = json::time(controls, "editable_until");
        let left = controls.get("edits_remaining").and_then(Value::as_i64);
        if until.is_some_and(|until| until < self.api.now()) || left.is_some_and(|left| left <= 0) {
            return Err(Error::new(ErrorKind::WindowClosed, OPERATION)
                .with("effect", "edit")
                .with_remedy("X edits a post for an hour and five times: write another one"));
        }
        let newest = newest_version(&post).unwrap_or_else(|| (&*message.id).into());
        let body = json!({ "text": text, "edit_options": { "previous_post_id": newest } });
        let prices = self.api.prices();
        let price = match has_link(text) {
            true => prices.post_with_link,
            false => prices.post,
        };
        let made = self
            .api
            .change(Method::POST, "/2/tweets", Some(&body), POSTS, price)
            .await?;
        let version = json::text(&made["data"], "id").ok_or_else(no_id)?;
        let mut receipt = done(effect, message);
        receipt.at = json::made_at(version);
        receipt.extra.insert("version".to_owned(), version.into());
        Ok(receipt)
    }

    /// `DELETE /2/tweets/:id` (OpenAPI 2.159). What is gone already is done.
    async fn delete(&self, effect: &Effect, message: &MessageKey) -> Result<Receipt, Error> {
        let id = self.ours_to_touch(message)?;
        if !matches!(place(effect)?, Place::Public(_)) {
            return Err(Error::new(ErrorKind::Unsupported, OPERATION)
                .with_remedy("X deletes a direct message only for whoever asks"));
        }
        let path = format!("/2/tweets/{id}");
        let price = self.api.prices().change;
        let deleted = self
            .api
            .change(Method::DELETE, &path, None, DELETED, price)
            .await;
        match deleted {
            Err(error) if *error.kind() == ErrorKind::NotFound => Ok(done(effect, message)),
            deleted => self.confirmed(&deleted?, "deleted", true, effect, message),
        }
    }

    /// `PUT /2/tweets/:id/hidden` (OpenAPI 2.159): replies in a conversation that we began.
    async fn hide(
        &self,
        effect: &Effect,
        message: &MessageKey,
        hidden: bool,
    ) -> Result<Receipt, Error> {
        let id = self.ours_to_touch(message)?;
        let path = format!("/2/tweets/{id}/hidden");
        let body = json!({ "hidden": hidden });
        let price = self.api.prices().change;
        let changed = self
            .api
            .change(Method::PUT, &path, Some(&body), HIDDEN, price)
            .await?;
        self.confirmed(&changed, "hidden", hidden, effect, message)
    }

    /// `POST /2/users/:id/likes` and `DELETE /2/users/:id/likes/:tweet_id` (OpenAPI 2.159): to like again, or to
    /// take back what is not there, changes nothing.
    async fn like(
        &self,
        effect: &Effect,
        message: &MessageKey,
        reaction: &str,
        removed: bool,
    ) -> Result<Receipt, Error> {
        let is_like = ["like", "❤", "❤\u{fe0f}", "👍"].contains(&reaction);
        if !is_like || !matches!(place(effect)?, Place::Public(_)) {
            return Err(Error::new(ErrorKind::Invalid, OPERATION)
                .with("field", "reaction")
                .with_remedy("X has likes of posts and no other reaction"));
        }
        let id = self.ours_to_touch(message)?;
        let path = format!("/2/users/{}/likes", self.own.user_id);
        let price = self.api.prices().change;
        let answer = match removed {
            true => {
                let path = format!("{path}/{id}");
                let change = self.api.change(Method::DELETE, &path, None, LIKED, price);
                change.await?
            }
            false => {
                let body = json!({ "tweet_id": id });
                let change = self
                    .api
                    .change(Method::POST, &path, Some(&body), LIKED, price);
                change.await?
            }
        };
        self.confirmed(&answer, "liked", !removed, effect, message)
    }

    fn confirmed(
        &self,
        answer: &Value,
        field: &'static str,
        wanted: bool,
        effect: &Effect,
        message: &MessageKey,
    ) -> Result<Receipt, Error> {
        match answer["data"][field].as_bool() {
            Some(is) if is == wanted => Ok(done(effect, message)),
            _ => Err(Error::new(ErrorKind::Protocol, OPERATION)
                .with_landed(Landed::Maybe)
                .with("field", field)),
        }
    }

    fn made(&self, effect: &Effect, data: &Value, field: &'static str) -> Result<Receipt, Error> {
        let id = json::id(data, field).ok_or_else(no_id)?;
        let message = MessageKey::new(self.own.account.clone(), &id).map_err(|_| no_id())?;
        let mut receipt = done(effect, &message);
        receipt.at = json::made_at(&id);
        Ok(receipt)
    }

    /// An id as it may stand in a path or body. What is none of X is not there.
    fn id<'a>(&self, id: &'a str) -> Result<&'a str, Error> {
        match json::is_id(id) {
            true => Ok(id),
            false => Err(Error::new(ErrorKind::NotFound, OPERATION).with("field", "id")),
        }
    }

    fn ours_to_touch<'a>(&self, message: &'a MessageKey) -> Result<&'a str, Error> {
        if message.account != self.own.account {
            return Err(Error::new(ErrorKind::Invalid, OPERATION).with("field", "account"));
        }
        self.id(&message.id)
    }

    /// A post, to see who wrote it and what can be done with it.
    pub(crate) async fn look_up(
        &self,
        id: &str,
        operation: &'static str,
    ) -> Result<Option<Value>, Error> {
        let path = format!("/2/tweets/{id}?{}", fields::of_own_posts(self.names));
        let price = self.api.prices().read;
        self.api.get(&path, LOOK_UP, price, operation).await
    }

    async fn author_of(&self, message: &MessageKey) -> Result<String, Error> {
        let id = self.ours_to_touch(message)?;
        if let Some(author) = self.known.author(id) {
            return Ok(author);
        }
        let missing = || Error::new(ErrorKind::NotFound, OPERATION).with("message", message);
        let post = self.look_up(id, OPERATION).await?.ok_or_else(missing)?;
        let author = author_id(&post["data"]).ok_or_else(missing)?;
        Ok(author.into_owned())
    }

    async fn own_post(&self, message: &MessageKey) -> Result<Value, Error> {
        let id = self.ours_to_touch(message)?;
        let missing = || Error::new(ErrorKind::NotFound, OPERATION).with("message", message);
        let mut post = self.look_up(id, OPERATION).await?.ok_or_else(missing)?;
        let post = post["data"].take();
        match author_id(&post).is_some_and(|author| author == self.own.user_id) {
            true => Ok(post),
            false => Err(Error::new(ErrorKind::Forbidden, OPERATION)
                .with_status(Status::Permanent)
                .with("message", message)
                .with_remedy("only its author can change it")),
        }
    }
}

fn place(effect: &Effect) -> Result<Place<'_>, Error> {
    let unknown = || Error::new(ErrorKind::NotFound, OPERATION).with("field", "conversation");
    Place::of(&effect.conversation.id).ok_or_else(unknown)
}

fn no_id() -> Error {
    Error::new(ErrorKind::Protocol, OPERATION)
        .with_landed(Landed::Maybe)
        .with("field", "id")
}

fn encrypted() -> Error {
    Error::new(ErrorKind::Unsupported, OPERATION)
        .with_remedy("this chat is encrypted from end to end: answer it on X")
}

/// Whether a text has a link, which makes a post dearer: by its length as X counts it.
fn has_link(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        word.contains("://")
            || (word.contains('.')
                && word.chars().count() < 23
                && aspa_channel::TextUnit::Weighted.measure(word) >= Some(23))
    })
}

/// What was done to a message that was there.
pub(crate) fn done(effect: &Effect, message: &MessageKey) -> Receipt {
    let mut receipt = Receipt::new(effect.key.clone());
    receipt.messages.push(message.clone());
    receipt
}
