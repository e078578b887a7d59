//! What comes along with posts: users, other posts, media, polls.

use std::borrow::Cow;
use std::collections::HashMap;

use aspa_channel::{AttributeKind, Handle};
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::json;
use crate::own::handle_key;
use crate::text;

/// What was included in an answer or a delivery, by id. What is missing is missing.
#[derive(Debug, Default)]
pub(crate) struct Includes<'a> {
    users: HashMap<Cow<'a, str>, &'a Value>,
    posts: HashMap<Cow<'a, str>, &'a Value>,
    media: HashMap<&'a str, &'a Value>,
    polls: HashMap<&'a str, &'a Value>,
}

/// A user may stand flat or in `data` (seen in deliveries of the X Activity API, documented 2026-07).
pub(crate) fn flat(value: &Value) -> &Value {
    match value.get("data") {
        Some(data) if data.is_object() => data,
        _ => value,
    }
}

impl<'a> Includes<'a> {
    /// Of `includes`, which may be anything.
    pub(crate) fn of(includes: &'a Value) -> Self {
        let mut all = Self::default();
        all.add(includes);
        all
    }

    /// Takes more in.
    pub(crate) fn add(&mut self, includes: &'a Value) {
        match includes.get("users") {
            Some(Value::Array(users)) => self.meet(users.iter()),
            Some(Value::Object(users)) => self.meet(users.values()),
            _ => {}
        }
        let by = |values: &'a [Value], key: &str| -> Vec<(&'a str, &'a Value)> {
            let flat = values.iter().map(flat);
            flat.filter_map(|value| Some((json::text(value, key)?, value)))
                .collect()
        };
        let posts = json::either(includes, ["tweets", "posts"]).iter().map(flat);
        self.posts
            .extend(posts.filter_map(|post| Some((json::id(post, "id")?, post))));
        self.media
            .extend(by(json::list(includes, "media"), "media_key"));
        self.polls.extend(by(json::list(includes, "polls"), "id"));
    }

    fn meet(&mut self, users: impl Iterator<Item = &'a Value>) {
        for user in users.map(flat) {
            if let Some(id) = json::id(user, "id") {
                self.users.insert(id, user);
            }
        }
    }

    /// Learns of a user that stands elsewhere.
    pub(crate) fn meet_one(&mut self, user: &'a Value) {
        self.meet(std::iter::once(user));
    }

    pub(crate) fn user(&self, id: &str) -> Option<&'a Value> {
        self.users.get(id).copied()
    }

    /// The one user that came along besides this one.
    pub(crate) fn only_user_but(&self, id: Option<&str>) -> Option<&str> {
        let users = self.users.keys().map(|user| &**user);
        let mut others = users.filter(|user| Some(*user) != id);
        others.next().filter(|_| others.next().is_none())
    }

    pub(crate) fn post(&self, id: &str) -> Option<&'a Value> {
        self.posts.get(id).copied()
    }

    pub(crate) fn medium(&self, key: &str) -> Option<&'a Value> {
        self.media.get(key).copied()
    }

    pub(crate) fn poll(&self, id: &str) -> Option<&'a Value> {
        self.polls.get(id).copied()
    }

    /// What is known of somebody; the key alone where nothing came along.
    pub(crate) fn handle(&self, id: &str, at: DateTime<Utc>) -> Option<Handle> {
        match self.user(id) {
            Some(user) => handle(user, at),
            None => handle_key(id).map(Handle::new),
        }
    }
}

/// A profile, as seen at `at`. The older deliveries have `screen_name` for `username`.
pub(crate) fn handle(user: &Value, at: DateTime<Utc>) -> Option<Handle> {
    let user = flat(user);
    let mut handle = Handle::new(handle_key(&json::id(user, "id")?)?);
    let name = json::text(user, "username").or_else(|| json::text(user, "screen_name"));
    if let Some(name) = name {
        handle = handle.with(AttributeKind::UserName, name, at);
        let url = format!("https://x.com/{name}");
        handle = handle.with(AttributeKind::ProfileUrl, url, at);
    }
    if let Some(name) = json::text(user, "name") {
        handle = handle.with(AttributeKind::DisplayName, text::decoded(name), at);
    }
    let picture = json::text(user, "profile_image_url")
        .or_else(|| json::text(user, "profile_image_url_https"));
    if let Some(picture) = picture {
        handle = handle.with(AttributeKind::PictureUrl, picture, at);
    }
    if let Some(bio) = json::text(user, "description") {
        handle = handle.with(AttributeKind::Bio, text::decoded(bio), at);
    }
    if let Some(place) = json::text(user, "location") {
        handle = handle.with(AttributeKind::Location, text::decoded(place), at);
    }
    // The older deliveries have it on the profile itself.
    let metrics = user.pointer("/public_metrics/followers_count");
    let followers = metrics.or_else(|| user.get("followers_count"));
    if let Some(count) = followers.and_then(Value::as_u64) {
        handle = handle.followed_by(count, at);
    }
    let urls = user.pointer("/entities/url/urls").unwrap_or(&Value::Null);
    let expanded = urls.get(0).and_then(|url| json::text(url, "expanded_url"));
    if let Some(link) = expanded.or_else(|| json::text(user, "url")) {
        handle = handle.with(AttributeKind::Link, link, at);
    }
    Some(handle)
}

/// Whether X says that a program writes for the account: the label "Automated" (seen in the X Activity
/// API's documentation, 2026-07).
pub(crate) fn is_automated(user: &Value) -> bool {
    let label = user.pointer("/affiliation/description");
    label.and_then(Value::as_str) == Some("Automated")
}
