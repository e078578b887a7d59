//! Posts of the network as messages.

use std::collections::HashMap;

use aspa_channel::{
    Audience, ConversationKey, Direction, Media, MediaKind, Message, MessageKey, MessageKind, Part,
    Times,
};
use aspa_types::{AccountId, HandleKey};
use serde_json::Value;

use crate::account;
use crate::html;
use crate::json;
use crate::server::Server;

/// What everything is decoded with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decoder<'a> {
    pub(crate) account: &'a AccountId,
    pub(crate) server: &'a Server,
}

impl Decoder<'_> {
    /// The id of a post that stays the same; none where the value is no post.
    pub(crate) fn id(&self, status: &Value) -> Option<String> {
        json::id(status, "id").map(|id| self.server.stable(&id))
    }

    /// The id of the post that this one answers.
    pub(crate) fn parent(&self, status: &Value) -> Option<String> {
        json::id(status, "in_reply_to_id").map(|id| self.server.stable(&id))
    }

    pub(crate) fn key(&self, status: &Value) -> Option<MessageKey> {
        MessageKey::new(self.account.clone(), &self.id(status)?).ok()
    }

    /// Whether our account wrote it.
    pub(crate) fn is_ours(&self, status: &Value) -> bool {
        json::id(&status["account"], "id").is_some_and(|id| id == self.server.account_id)
    }

    /// Whether it answers a post of ours.
    pub(crate) fn answers_us(&self, status: &Value) -> bool {
        json::id(status, "in_reply_to_account_id").is_some_and(|id| id == self.server.account_id)
    }

    /// Whether it names us. snac leaves our own name out of the list, and gives each the id 0.
    pub(crate) fn names_us(&self, status: &Value) -> bool {
        json::list(status, "mentions").iter().any(|mention| {
            json::id(mention, "id").is_some_and(|id| id == self.server.account_id)
                || json::text(mention, "acct").is_some_and(|acct| self.server.is_our_name(acct))
        })
    }

    /// 0 as first written; else the milliseconds of the edit.
    pub(crate) fn revision(status: &Value) -> u64 {
        let edited = json::time(status, "edited_at").map(|at| at.timestamp_millis());
        edited.and_then(|at| u64::try_from(at).ok()).unwrap_or(0)
    }

    /// Who can read it. snac calls a direct post `private` and knows no `unlisted` one (measured on 2.75,
    /// 2026-11); since it is not told which it was, it is taken for the narrower.
    pub(crate) fn audience(&self, status: &Value) -> Audience {
        match json::text(status, "visibility").unwrap_or("direct") {
            "public" => Audience::Public,
            "unlisted" => Audience::Unlisted,
            "private" if self.server.is_snac() => Audience::Direct,
            "private" => Audience::Followers,
            "direct" => Audience::Direct,
            other => Audience::from(other),
        }
    }

    /// The text as it is read: of one of ours without the names that it begins with, of one of others
    /// without our own.
    pub(crate) fn text(&self, status: &Value) -> String {
        let text = html::to_text(json::text(status, "content").unwrap_or_default());
        self.without_names(status, &text).to_owned()
    }

    pub(crate) fn without_names<'t>(&self, status: &Value, text: &'t str) -> &'t str {
        let mentions = json::list(status, "mentions");
        let is_named = |name: &str| {
            let local = name.split('@').next().unwrap_or_default();
            mentions.iter().any(|mention| {
                let acct = json::text(mention, "acct").unwrap_or_default();
                acct.eq_ignore_ascii_case(name)
                    || account::full_name(acct, self.server).eq_ignore_ascii_case(name)
                    || (local == name && acct.split('@').next() == Some(name))
            })
        };
        match self.is_ours(status) {
            true => html::without_names(text, is_named),
            false => html::without_names(text, |name| self.server.is_our_name(name)),
        }
    }

    /// A post as a message of the conversation whose first post is `root`. None where the value is no
    /// post.
    pub(crate) fn message(&self, status: &Value, root: &str, people: &People) -> Option<Message> {
        let key = self.key(status)?;
        let conversation = ConversationKey::new(self.account.clone(), root).ok()?;
        let is_ours = self.is_ours(status);
        let direction = match is_ours {
            true => Direction::Outbound,
            false => Direction::Inbound,
        };
        let mut message = Message::new(key, conversation, direction);
        let parent = self.parent(status);
        let quoted = self.quoted(status);
        message.audience = self.audience(status);
        message.kind = match () {
            () if message.audience == Audience::Direct => MessageKind::Direct,
            () if parent.is_some() => MessageKind::Comment,
            () if quoted.is_some() => MessageKind::Quote,
            () if is_ours => MessageKind::Post,
            () => MessageKind::Mention,
        };
        let named = |id: String| MessageKey::new(self.account.clone(), &id).ok();
        let answers = parent.and_then(named);
        if !is_ours || answers.is_none() {
            message.to = self.addressees(status, people);
        }
        message.in_reply_to = answers;
        message.quotes = quoted.and_then(named);
        let author = &status["account"];
        message.author = account::key(author, self.server);
        message.automatic = json::flag(author, "bot");
        message.subject = json::text(status, "spoiler_text").map(str::to_owned);
        message.language = json::text(status, "language").map(str::to_owned);
        message.url = json::text(status, "url")
            .or_else(|| json::text(status, "uri"))
            .map(str::to_owned);
        if let Some(written) = json::time(status, "created_at") {
            message.times = match account::is_local(author, self.server) {
                true => Times::vouched(written),
                false => Times::claimed(written),
            };
        }
        message.revision = Self::revision(status);
        message.edited_at = json::time(status, "edited_at");
        if let Some(uri) = json::text(status, "uri") {
            message.extra.insert("uri".to_owned(), uri.into());
        }
        message.parts = self.parts(status);
        Some(message)
    }

    fn parts(&self, status: &Value) -> Vec<Part> {
        let mut parts = Vec::new();
        let text = self.text(status);
        if !text.is_empty() {
            parts.push(Part::text(text));
        }
        if let Some(html) = json::text(status, "content") {
            parts.push(Part::html(html));
        }
        for attached in json::list(status, "media_attachments") {
            parts.push(Part::Media(media(attached)));
        }
        if let Value::Object(poll) = &status["poll"] {
            let mut poll = poll.clone();
            poll.insert("type".to_owned(), "poll".into());
            parts.push(Part::Unknown(Value::Object(poll)));
        }
        parts
    }

    /// The id of the post that this one quotes: `quote.quoted_status` since Mastodon 4.4, the post itself
    /// in `quote` on Akkoma and others.
    fn quoted(&self, status: &Value) -> Option<String> {
        let quote = &status["quote"];
        [&quote["quoted_status"], quote]
            .into_iter()
            .find(|quoted| quoted["account"].is_object())
            .and_then(|quoted| self.id(quoted))
    }

    /// The others that it names, where their keys are known.
    fn addressees(&self, status: &Value, people: &People) -> Vec<HandleKey> {
        let mut to = Vec::new();
        for mention in json::list(status, "mentions") {
            if let Some(key) = people.find(mention)
                && !to.contains(key)
            {
                to.push(key.clone());
            }
        }
        to
    }
}

pub(crate) fn media(attached: &Value) -> Media {
    // entities/MediaAttachment, `type`, read 2026-11-22.
    let mut media = Media::new(match json::text(attached, "type").unwrap_or("unknown") {
        "image" => MediaKind::Image,
        "video" | "gifv" => MediaKind::Video,
        "audio" => MediaKind::Audio,
        _ => MediaKind::File,
    });
    media.id = json::id(attached, "id").map(std::borrow::Cow::into_owned);
    let url = json::text(attached, "url").or_else(|| json::text(attached, "remote_url"));
    media.url = url.map(str::to_owned);
    media.description = json::text(attached, "description").map(str::to_owned);
    media
}

/// Who is who among the accounts of an answer: mentions have an id and an address, and no `uri`.
#[derive(Debug, Default)]
pub(crate) struct People(HashMap<String, HandleKey>);

impl People {
    /// Learns the account that wrote a post.
    pub(crate) fn meet(&mut self, status: &Value, decoder: Decoder<'_>) {
        let account = &status["account"];
        let Some(key) = account::key(account, decoder.server) else {
            return;
        };
        if decoder.is_ours(status) {
            return;
        }
        // snac gives every mention an id of its own, but the address is that of the account.
        for name in [
            json::id(account, "id"),
            json::text(account, "url").map(Into::into),
        ] {
            self.0
                .extend(name.map(|name| (name.into_owned(), key.clone())));
        }
    }

    fn find(&self, mention: &Value) -> Option<&HandleKey> {
        let url = json::text(mention, "url").and_then(|url| self.0.get(url));
        url.or_else(|| self.0.get(&*json::id(mention, "id")?))
    }
}
