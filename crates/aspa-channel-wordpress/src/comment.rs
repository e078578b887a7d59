//! One comment of the REST API, read.

use aspa_channel::{
    AttributeKind, Direction, Event, EventKind, Handle, Message, MessageKey, Part, Times, Via,
    Visibility,
};
use aspa_types::{BadId, EffectKey, HandleKey};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::site::{Site, digest};
use crate::text::{plain, typed};

/// What is wrong with something: a line that names the field and never its value.
pub(crate) type Problem = String;

#[derive(Deserialize)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    #[serde(default)]
    pub(crate) post: u64,
    #[serde(default)]
    pub(crate) parent: u64,
    #[serde(default)]
    pub(crate) author: u64,
    #[serde(default)]
    author_name: String,
    #[serde(default)]
    author_email: String,
    #[serde(default)]
    author_url: String,
    #[serde(default)]
    author_ip: String,
    #[serde(default)]
    author_user_agent: String,
    #[serde(default)]
    date_gmt: String,
    pub(crate) content: Content,
    #[serde(default)]
    link: String,
    pub(crate) status: String,
    /// What the plugin has added; an empty list where nothing is registered.
    #[serde(default)]
    meta: Value,
    #[serde(default, rename = "_embedded")]
    embedded: Value,
}

#[derive(Deserialize)]
pub(crate) struct Content {
    /// Only whoever may edit the comment gets it.
    pub(crate) raw: String,
}

impl Comment {
    pub(crate) fn read(value: &Value) -> Result<Self, Problem> {
        // serde's own words could quote a value.
        let object = value.as_object().ok_or("the comment is no object")?;
        for field in ["id", "content", "status"] {
            if !object.contains_key(field) {
                return Err(format!("{field} is missing"));
            }
        }
        let comment =
            Self::deserialize(value).map_err(|_| "a field has another type".to_owned())?;
        match comment.id {
            0 => Err("id is 0".to_owned()),
            _ => Ok(comment),
        }
    }

    /// When it was written: `date_gmt` is UTC without saying so; `date` is local and not read.
    pub(crate) fn written(&self) -> Option<DateTime<Utc>> {
        let at: NaiveDateTime = self.date_gmt.trim_end_matches('Z').parse().ok()?;
        Some(at.and_utc())
    }

    pub(crate) fn visibility(&self) -> Visibility {
        visibility(&self.status)
    }

    /// Changes where something was edited, and not where a moderator let it be seen or another comment
    /// went away from above it.
    pub(crate) fn print(&self) -> String {
        let (post, author) = (self.post.to_string(), self.author.to_string());
        let name = &self.author_name;
        digest(
            &[&self.content.raw, &post, &author, name, &self.author_email],
            6,
        )
    }

    /// A number or text that our plugin keeps with it.
    fn meta(&self, name: &str) -> Option<&Value> {
        self.meta
            .get(name)
            .filter(|value| value.as_str() != Some("") && value.as_u64() != Some(0))
    }

    /// The Unix milliseconds of the last edit, where the plugin tells.
    pub(crate) fn edited(&self) -> Option<u64> {
        self.meta("aspa_edited")?.as_u64()
    }

    /// When its status changed last, where the plugin tells.
    pub(crate) fn turned(&self) -> Option<DateTime<Utc>> {
        millis(self.meta("aspa_turned")?.as_u64()?)
    }

    /// The effect that made it, where the plugin keeps its key.
    pub(crate) fn effect(&self) -> Option<EffectKey> {
        EffectKey::new(self.meta("aspa_effect")?.as_str()?).ok()
    }

    pub(crate) fn author(&self, site: &Site) -> Result<HandleKey, BadId> {
        match self.author {
            0 => site.visitor(&self.author_name, &self.author_email, self.id),
            user => site.user(user),
        }
    }

    pub(crate) fn is_ours(&self, site: &Site) -> bool {
        self.author != 0 && site.ours.contains(&self.author)
    }

    /// The message at this revision.
    pub(crate) fn message(&self, site: &Site, revision: u64) -> Result<Message, Problem> {
        let bad = |problem: BadId| problem.to_string();
        let key = site.message(self.id).map_err(bad)?;
        if self.post == 0 {
            return Err("post is 0".to_owned());
        }
        let conversation = site.conversation(self.post).map_err(bad)?;
        let direction = match self.is_ours(site) {
            true => Direction::Outbound,
            false => Direction::Inbound,
        };
        let mut message = Message::new(key, conversation, direction);
        message.author = Some(self.author(site).map_err(bad)?);
        if self.parent != 0 {
            message.in_reply_to = Some(site.message(self.parent).map_err(bad)?);
        }
        let (title, address) = self.post_shown();
        message.subject = title;
        let text = typed(&self.content.raw);
        let is_plain = text == self.content.raw;
        message.parts.push(Part::text(text));
        if !is_plain {
            message.parts.push(Part::html(&self.content.raw));
        }
        message.url = Some(self.link.clone()).filter(|link| !link.is_empty());
        message.times = self.written().map(Times::vouched).unwrap_or_default();
        message.revision = revision;
        message.edited_at = self
            .edited()
            .filter(|edited| *edited == revision)
            .and_then(millis);
        message.visibility = self.visibility();
        if direction == Direction::Outbound {
            message.effect = self.effect();
        }
        let mut more = Map::new();
        more.insert("status".to_owned(), json!(self.status));
        let mut keep = |name: &str, value: &str, wanted: bool| {
            if wanted && !value.is_empty() {
                more.insert(name.to_owned(), json!(value));
            }
        };
        keep("post_url", &address.unwrap_or_default(), true);
        keep("ip", &self.author_ip, site.personal.ip);
        keep(
            "user_agent",
            &self.author_user_agent,
            site.personal.user_agent,
        );
        message
            .extra
            .insert("wordpress".to_owned(), Value::Object(more));
        Ok(message)
    }

    /// Title and address of the post, where they came along.
    fn post_shown(&self) -> (Option<String>, Option<String>) {
        let post = self.embedded.get("up").and_then(|up| up.get(0));
        let title = post.and_then(|post| post.get("title")?.get("rendered")?.as_str());
        let address = post.and_then(|post| post.get("link")?.as_str());
        let title = title.map(plain).filter(|title| !title.is_empty());
        (title, address.map(str::to_owned))
    }

    /// What is known of its author. A visitor may have typed anybody's name and address.
    pub(crate) fn profile(&self, site: &Site) -> Result<Handle, Problem> {
        let key = self.author(site).map_err(|problem| problem.to_string())?;
        let mut handle = Handle::new(key);
        let Some(at) = self.written() else {
            return Ok(handle);
        };
        let name = plain(&self.author_name);
        if !name.is_empty() {
            handle = handle.with(AttributeKind::DisplayName, name, at);
        }
        if self.author == 0 {
            handle
                .extra
                .insert("typed_by_visitor".to_owned(), Value::Bool(true));
            let email = self.author_email.trim();
            if !email.is_empty() {
                handle = handle.with(AttributeKind::Email, email, at);
            }
        }
        if site.personal.author_url && !self.author_url.is_empty() {
            handle = handle.with(AttributeKind::Link, &self.author_url, at);
        }
        Ok(handle)
    }

    /// The message as an event, with its author's profile.
    pub(crate) fn event(&self, site: &Site, revision: u64, via: Via) -> Result<Event, Problem> {
        let message = self.message(site, revision)?;
        let mut event = Event::new(site.account.clone(), EventKind::message(message), via);
        event.handles.push(self.profile(site)?);
        Ok(event)
    }
}

/// What a status of WordPress means for who can see the comment.
pub(crate) fn visibility(status: &str) -> Visibility {
    match status {
        "approved" | "approve" | "1" => Visibility::Visible,
        "hold" | "unapproved" | "0" => Visibility::Held,
        "spam" => Visibility::Hidden,
        "trash" | "post-trashed" | "delete" => Visibility::Deleted,
        other => other.into(),
    }
}

/// The time of so many Unix milliseconds.
pub(crate) fn millis(millis: u64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(i64::try_from(millis).ok()?)
}

/// A change of visibility, by a moderator of the site.
pub(crate) fn shown(site: &Site, key: MessageKey, now: Visibility, via: Via) -> Event {
    let kind = EventKind::visibility(key, now, site.moderator().ok());
    Event::new(site.account.clone(), kind, via)
}

/// Something that was not understood, without what nobody asked for.
pub(crate) fn unknown(
    site: &Site,
    what: &str,
    value: &Value,
    problem: &Problem,
    via: Via,
) -> Event {
    let mut value = value.clone();
    if let Some(fields) = value.as_object_mut() {
        let asked = [
            ("author_url", site.personal.author_url),
            ("author_ip", site.personal.ip),
            ("author_user_agent", site.personal.user_agent),
            ("author_avatar_urls", false),
        ];
        for (name, _) in asked.iter().filter(|(_, wanted)| !wanted) {
            fields.remove(*name);
        }
    }
    let kept = EventKind::Unknown(json!({ "problem": problem, what: value }));
    Event::new(site.account.clone(), kept, via)
}
