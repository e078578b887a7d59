//! Doing things on the network.

use std::collections::HashMap;
use std::sync::Mutex;

use aspa_channel::{
    Audience, Effect, EffectKind, Error, ErrorKind, Landed, Media, MessageKey, Receipt, TextUnit,
};
use aspa_http::Bucket;
use aspa_types::{EffectKey, Extra, HandleKey};
use bytes::Bytes;
use http::{HeaderValue, Method};
use serde_json::{Value, json as object};

use crate::account;
use crate::api::{DELETIONS, IDEMPOTENCY_KEY, accepted, encoded};
use crate::channel::MastodonChannel;
use crate::json;
use crate::poll::lock;

const OPERATION: &str = "perform";
/// How many of our posts are remembered with the effect that made them.
const MOST_SENT: usize = 4096;

/// Which effect made which post, since this process began: so that a probe does not take one reply for
/// another with the same words.
#[derive(Debug, Default)]
pub(crate) struct Sent(Mutex<HashMap<String, EffectKey>>);

impl Sent {
    fn note(&self, post: &str, effect: &EffectKey) {
        let mut sent = lock(&self.0);
        if sent.len() > MOST_SENT {
            sent.clear();
        }
        sent.insert(post.to_owned(), effect.clone());
    }

    /// The effect that made a post, where this process knows.
    pub(crate) fn by(&self, post: &str) -> Option<EffectKey> {
        lock(&self.0).get(post).cloned()
    }
}

/// What is to be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draft<'a> {
    pub(crate) text: &'a str,
    /// What it answers.
    pub(crate) answers: Option<&'a MessageKey>,
    to: &'a [HandleKey],
    media: &'a [Media],
    audience: Option<&'a Audience>,
    extra: &'a Extra,
}

impl<'a> Draft<'a> {
    /// What an effect writes; none where it writes nothing new.
    pub(crate) fn of(effect: &'a Effect) -> Option<Self> {
        match &effect.kind {
            EffectKind::Send {
                text,
                in_reply_to,
                to,
                media,
                audience,
                extra,
                ..
            } => Some(Self {
                text,
                answers: in_reply_to.as_ref(),
                to,
                media,
                audience: audience.as_ref(),
                extra,
            }),
            EffectKind::PrivateReply {
                message,
                text,
                extra,
            } => Some(Self {
                text,
                answers: Some(message),
                to: &[],
                media: &[],
                audience: Some(&Audience::Direct),
                extra,
            }),
            _ => None,
        }
    }
}

impl MastodonChannel {
    pub(crate) async fn do_it(&self, effect: &Effect) -> Result<Receipt, Error> {
        if let Some(draft) = Draft::of(effect) {
            return self.write(effect, draft).await;
        }
        match &effect.kind {
            EffectKind::Edit { message, text, .. } => self.edit(effect, message, text).await,
            EffectKind::Delete { message, .. } => self.delete(effect, message).await,
            EffectKind::React {
                message,
                reaction,
                removed,
                ..
            } => self.react(effect, message, reaction, *removed).await,
            _ => Err(Error::new(ErrorKind::Unsupported, OPERATION)),
        }
    }

    /// `POST /api/v1/statuses` (methods/statuses, read 2026-11-22).
    ///
    /// The effect's key goes along as `Idempotency-Key`, which Mastodon honours for up to an hour;
    /// GoToSocial and snac pass it over (measured 2026-11).
    async fn write(&self, effect: &Effect, draft: Draft<'_>) -> Result<Receipt, Error> {
        let parent = self.answered(effect, draft).await?;
        let names = self.names(parent.as_ref(), draft).await?;
        let warning = parent
            .as_ref()
            .and_then(|parent| json::text(parent, "spoiler_text"));
        self.check_length(&with_names(&names, draft.text), warning)?;
        let mut body = object!({
            "status": with_names(&names, &self.server.given(draft.text)),
            "visibility": self.visibility(parent.as_ref(), draft),
        });
        if let Some(parent) = &parent {
            body["in_reply_to_id"] = parent["id"].clone();
        }
        if let Some(warning) = warning {
            body["spoiler_text"] = warning.into();
        }
        let language = draft.extra.get("language").and_then(Value::as_str);
        let language = language.or_else(|| json::text(parent.as_ref()?, "language"));
        if let Some(language) = language {
            body["language"] = language.into();
        }
        if !draft.media.is_empty() {
            body["media_ids"] = self.attach(draft.media).await?.into();
        }
        let path = "/api/v1/statuses";
        let mut request = self.api.with_json(Method::POST, path, &body, OPERATION)?;
        if let Ok(key) = HeaderValue::try_from(effect.key.as_str()) {
            request.headers_mut().insert(IDEMPOTENCY_KEY, key);
        }
        let response = self.api.change(request, OPERATION).await?;
        let status = accepted(OPERATION, &response)?;
        self.made(effect, &status)
    }

    /// The post that is answered, as the server has it now: several servers take an answer to what is
    /// not there and publish it as a post of its own.
    async fn answered(&self, effect: &Effect, draft: Draft<'_>) -> Result<Option<Value>, Error> {
        let Some(answers) = draft.answers else {
            return self.status(&effect.conversation.id, OPERATION).await;
        };
        self.ours_to_touch(answers)?;
        let parent = self.status(&answers.id, OPERATION).await?;
        let missing = || Error::new(ErrorKind::NotFound, OPERATION).with("message", answers);
        parent.map(Some).ok_or_else(missing)
    }

    fn ours_to_touch(&self, message: &MessageKey) -> Result<(), Error> {
        match message.account == self.account {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::Invalid, OPERATION).with("field", "message")),
        }
    }

    /// Whom a text has to name, so that they are told: who wrote what is answered, or whom it names where
    /// we wrote it ourselves, and whoever else is addressed.
    async fn names(&self, parent: Option<&Value>, draft: Draft<'_>) -> Result<Vec<String>, Error> {
        let decoder = self.decoder();
        let mut names: Vec<String> = Vec::new();
        let mut name = |acct: &str| {
            let is_known = |known: &String| known.eq_ignore_ascii_case(acct);
            if !self.server.is_our_name(acct) && !names.iter().any(is_known) {
                names.push(acct.to_owned());
            }
        };
        let author = parent.map(|parent| &parent["account"]);
        let by_us = parent.is_some_and(|parent| decoder.is_ours(parent));
        if let Some(acct) = author.and_then(|author| json::text(author, "acct"))
            && !by_us
        {
            name(acct);
        }
        let author = author.and_then(|author| account::key(author, &self.server));
        for key in draft.to {
            if author.as_ref() == Some(key) {
                continue;
            }
            let account = self.account_of(key, OPERATION).await?;
            let acct = account
                .as_ref()
                .and_then(|account| json::text(account, "acct"));
            name(acct.ok_or_else(|| {
                Error::new(ErrorKind::NotFound, OPERATION)
                    .with("field", "to")
                    .with_remedy("address somebody whom this server knows")
            })?);
        }
        if let Some(parent) = parent.filter(|_| by_us && draft.to.is_empty()) {
            let mentions = json::list(parent, "mentions").iter();
            mentions
                .filter_map(|mention| json::text(mention, "acct"))
                .for_each(name);
        }
        Ok(names)
    }

    /// What the server would count: names by their local part and addresses by a fixed number
    /// (docs.joinmastodon.org, "Posting toots", read 2026-11-22), the warning too. snac, which counts nothing, is
    /// given more where it is given references for markup: that counts as what is read. Mastodon counts grapheme clusters and others count scalars, of
    /// which there are never fewer.
    fn check_length(&self, text: &str, warning: Option<&str>) -> Result<(), Error> {
        let mut counted = String::with_capacity(text.len());
        for word in text.split_inclusive(char::is_whitespace) {
            let name = word.trim_end();
            let local = name.strip_prefix('@').and_then(|name| name.split_once('@'));
            let is_address = name.starts_with("https://") || name.starts_with("http://");
            match local {
                Some((local, _)) => counted.extend(["@", local]),
                None if is_address => {
                    counted.extend(std::iter::repeat_n(
                        'x',
                        self.server.url_characters.min(1000),
                    ));
                }
                None => counted.push_str(name),
            }
            counted.push_str(&word[name.len()..]);
        }
        counted.push_str(warning.unwrap_or_default());
        let length = TextUnit::Scalars.measure(&counted).unwrap_or(usize::MAX);
        if length <= self.server.max_characters {
            return Ok(());
        }
        Err(Error::new(ErrorKind::TooLong, OPERATION)
            .with("length", length)
            .with("max", self.server.max_characters)
            .with_remedy("shorten the text or send it in parts; names and warnings count too"))
    }

    /// Never wider than what is answered. Its author's followers are not ours: an answer to what only
    /// they can read goes to those named alone.
    fn visibility(&self, parent: Option<&Value>, draft: Draft<'_>) -> &'static str {
        let decoder = self.decoder();
        let most = parent.map(|parent| match decoder.audience(parent) {
            Audience::Followers if !decoder.is_ours(parent) => Audience::Direct,
            audience => audience,
        });
        let rank = |audience: &Audience| match audience {
            Audience::Public => 0,
            Audience::Unlisted => 1,
            Audience::Followers => 2,
            _ => 3,
        };
        let wanted = match (draft.audience, &most) {
            (Some(wanted), Some(most)) => rank(wanted).max(rank(most)),
            (Some(only), None) | (None, Some(only)) => rank(only),
            // A post of its own: to whom it names, else to everybody.
            (None, None) => {
                if draft.to.is_empty() {
                    0
                } else {
                    3
                }
            }
        };
        ["public", "unlisted", "private", "direct"][wanted]
    }

    fn made(&self, effect: &Effect, status: &Value) -> Result<Receipt, Error> {
        let decoder = self.decoder();
        let key = decoder
            .key(status)
            .ok_or_else(|| Error::new(ErrorKind::Protocol, OPERATION).with_landed(Landed::Maybe))?;
        self.sent.note(&key.id, &effect.key);
        let mut receipt = Receipt::new(effect.key.clone());
        receipt.messages.push(key);
        receipt.at = json::time(status, "created_at");
        Ok(receipt)
    }

    /// `PUT /api/v1/statuses/:id` (methods/statuses, since 3.5, read 2026-11-22). What is not given again is
    /// taken away: the names, the warning and the media are.
    async fn edit(
        &self,
        effect: &Effect,
        message: &MessageKey,
        text: &str,
    ) -> Result<Receipt, Error> {
        let status = self.own(message).await?;
        let before = self.source(&message.id, OPERATION).await?;
        let before = before.unwrap_or_else(|| {
            let html = json::text(&status, "content").unwrap_or_default();
            crate::html::to_text(html)
        });
        let kept = self.decoder().without_names(&status, &before);
        let names = &before[..before.len() - kept.len()];
        let warning = json::text(&status, "spoiler_text");
        self.check_length(&format!("{names}{text}"), warning)?;
        let media = json::list(&status, "media_attachments");
        let media: Vec<&Value> = media.iter().map(|media| &media["id"]).collect();
        let mut body = object!({
            "status": format!("{names}{}", self.server.given(text)),
            "spoiler_text": warning.unwrap_or_default(),
            "sensitive": json::flag(&status, "sensitive"),
        });
        if let Some(language) = json::text(&status, "language") {
            body["language"] = language.into();
        }
        if !media.is_empty() {
            body["media_ids"] = object!(media);
        }
        let path = format!("/api/v1/statuses/{}", encoded(&message.id));
        let request = self.api.with_json(Method::PUT, &path, &body, OPERATION)?;
        let response = self.api.change(request, OPERATION).await?;
        let edited = accepted(OPERATION, &response)?;
        let mut receipt = done(effect, message);
        receipt.at = json::time(&edited, "edited_at");
        Ok(receipt)
    }

    /// A post of ours.
    async fn own(&self, message: &MessageKey) -> Result<Value, Error> {
        self.ours_to_touch(message)?;
        let status = self.status(&message.id, OPERATION).await?;
        let missing = || Error::new(ErrorKind::NotFound, OPERATION).with("message", message);
        let status = status.ok_or_else(missing)?;
        match self.decoder().is_ours(&status) {
            true => Ok(status),
            false => Err(Error::new(ErrorKind::Forbidden, OPERATION)
                .with_status(aspa_channel::Status::Permanent)
                .with("message", message)
                .with_remedy("only its author can change it")),
        }
    }

    /// The text of a post of ours as it was given: `GET /api/v1/statuses/:id/source` (methods/statuses,
    /// since 3.5, read 2026-11-22). None where the server does not say.
    pub(crate) async fn source(
        &self,
        id: &str,
        operation: &'static str,
    ) -> Result<Option<String>, Error> {
        let path = format!("/api/v1/statuses/{}/source", encoded(id));
        match self.api.get(&path, operation).await {
            Ok(source) => Ok(source.and_then(|source| Some(source["text"].as_str()?.to_owned()))),
            Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::Forbidden) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// `DELETE /api/v1/statuses/:id` (methods/statuses, read 2026-11-22). What is gone already is done.
    async fn delete(&self, effect: &Effect, message: &MessageKey) -> Result<Receipt, Error> {
        self.ours_to_touch(message)?;
        let Some(status) = self.status(&message.id, OPERATION).await? else {
            return Ok(done(effect, message));
        };
        if !self.decoder().is_ours(&status) {
            return self.own(message).await.map(|_| done(effect, message));
        }
        let path = format!("/api/v1/statuses/{}", encoded(&message.id));
        let mut request = self
            .api
            .request(Method::DELETE, &path, Bytes::new(), OPERATION)?;
        request.extensions_mut().insert(deletions());
        let response = self.api.change(request, OPERATION).await?;
        accepted(OPERATION, &response)?;
        Ok(done(effect, message))
    }

    /// `POST /api/v1/statuses/:id/favourite` and its kin (methods/statuses, read 2026-11-22): the reactions
    /// are the network's words `favourite` and `reblog`.
    async fn react(
        &self,
        effect: &Effect,
        message: &MessageKey,
        reaction: &str,
        removed: bool,
    ) -> Result<Receipt, Error> {
        self.ours_to_touch(message)?;
        let (verb, _) = reaction_of(reaction)?;
        let un = if removed { "un" } else { "" };
        let path = format!("/api/v1/statuses/{}/{un}{verb}", encoded(&message.id));
        let mut request = self
            .api
            .request(Method::POST, &path, Bytes::new(), OPERATION)?;
        if (verb, removed) == ("reblog", true) {
            request.extensions_mut().insert(deletions());
        }
        let response = self.api.change(request, OPERATION).await?;
        accepted(OPERATION, &response)?;
        Ok(done(effect, message))
    }
}

/// Deleting a post and taking a boost back have a limit of their own (docs.joinmastodon.org, "Rate
/// limits", read 2026-11-22).
fn deletions() -> Bucket {
    Bucket(DELETIONS.to_owned())
}

/// The verb of a reaction, and the field of a post that says whether it stands.
pub(crate) fn reaction_of(reaction: &str) -> Result<(&'static str, &'static str), Error> {
    match reaction {
        "favourite" => Ok(("favourite", "favourited")),
        "reblog" => Ok(("reblog", "reblogged")),
        _ => Err(Error::new(ErrorKind::Unsupported, OPERATION)
            .with("field", "reaction")
            .with_remedy("react with favourite or reblog")),
    }
}

/// What was done to a message that was there.
pub(crate) fn done(effect: &Effect, message: &MessageKey) -> Receipt {
    let mut receipt = Receipt::new(effect.key.clone());
    receipt.messages.push(message.clone());
    receipt
}

/// The text with the names in front that it does not hold already.
fn with_names(names: &[String], text: &str) -> String {
    let has = |name: &String| {
        text.split_whitespace().any(|word| {
            let word = word.strip_prefix('@').unwrap_or_default();
            word.trim_end_matches(|c: char| c.is_ascii_punctuation())
                .eq_ignore_ascii_case(name)
        })
    };
    let mut whole = String::new();
    for name in names.iter().filter(|name| !has(name)) {
        whole.extend(["@", name, " "]);
    }
    whole.push_str(text);
    whole
}
