use std::borrow::Cow;
use std::fmt;

use aspa_types::{Extra, HandleKey, text_enum};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

text_enum! {
    /// What an [`Attribute`] of a handle says.
    pub enum AttributeKind {
        /// The name others address it by: `@matti`. Recycled by networks.
        UserName = "user_name",
        /// The name shown. Free text.
        DisplayName = "display_name",
        /// A phone number that the network gives as an alias.
        Phone = "phone",
        /// An e-mail address that the network gives as an alias.
        Email = "email",
        /// Another id of the same presence, such as one scoped to a linked portfolio.
        SecondId = "second_id",
        /// Where its profile is.
        ProfileUrl = "profile_url",
        /// Where its picture is.
        PictureUrl = "picture_url",
        /// What its profile says of it.
        Bio = "bio",
        /// Where it says it is.
        Location = "location",
        /// A link on its profile.
        Link = "link",
        /// A BCP 47 tag of the language it writes or has set.
        Language = "language",
    }
}

/// One thing known of a handle, and from when to when it was seen to hold.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attribute {
    /// What it says.
    pub kind: AttributeKind,
    /// What it is.
    pub value: String,
    /// When it was first seen.
    pub first_seen: DateTime<Utc>,
    /// When it was last seen.
    pub last_seen: DateTime<Utc>,
    /// Whether the network vouches for it, as Mastodon does for links that link back.
    #[serde(default)]
    pub verified: bool,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `Debug` shows of what kind it is, never what it says.
impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attribute")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// How many follow a handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Followers {
    /// When it was seen.
    pub seen_at: DateTime<Utc>,
    /// How many there were.
    pub count: u64,
}

/// Somebody's presence on a network: a key that lasts and attributes that do not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Handle {
    /// What identifies it.
    pub key: HandleKey,
    /// What is known of it, past values too, in order of kind, value and verification.
    #[serde(default)]
    pub attributes: Vec<Attribute>,
    /// How many followed it when that was seen last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub followers: Option<Followers>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Handle {
    /// A handle of which only the key is known.
    #[must_use]
    pub fn new(key: HandleKey) -> Self {
        Self {
            key,
            attributes: Vec::new(),
            followers: None,
            extra: Extra::new(),
        }
    }

    /// The same, followed by so many at `seen_at`.
    #[must_use]
    pub fn followed_by(mut self, count: u64, seen_at: DateTime<Utc>) -> Self {
        self.followers = self.followers.max(Some(Followers { seen_at, count }));
        self
    }

    /// Adds what was seen at `at`.
    #[must_use]
    pub fn with(self, kind: AttributeKind, value: impl Into<String>, at: DateTime<Utc>) -> Self {
        self.seen(kind, value.into(), at, false)
    }

    /// Adds what the network vouched for at `at`.
    #[must_use]
    pub fn verified(
        self,
        kind: AttributeKind,
        value: impl Into<String>,
        at: DateTime<Utc>,
    ) -> Self {
        self.seen(kind, value.into(), at, true)
    }

    fn seen(mut self, kind: AttributeKind, value: String, at: DateTime<Utc>, ok: bool) -> Self {
        let extra = Extra::new();
        let seen = Attribute {
            kind,
            value,
            first_seen: at,
            last_seen: at,
            verified: ok,
            extra,
        };
        self.add(Cow::Owned(seen));
        self
    }

    /// Takes in what another sighting of the same handle knows. In any order, any number of times,
    /// the result is the same.
    pub fn merge(&mut self, other: &Self) {
        for attribute in &other.attributes {
            self.add(Cow::Borrowed(attribute));
        }
        self.followers = self.followers.max(other.followers);
        for (name, value) in &other.extra {
            self.extra
                .entry(name.clone())
                .or_insert_with(|| value.clone());
        }
    }

    fn add(&mut self, new: Cow<'_, Attribute>) {
        fn place(a: &Attribute) -> (&AttributeKind, &str, bool) {
            (&a.kind, &a.value, a.verified)
        }
        match self
            .attributes
            .binary_search_by(|known| place(known).cmp(&place(&new)))
        {
            Ok(i) => {
                let known = &mut self.attributes[i];
                known.first_seen = known.first_seen.min(new.first_seen);
                known.last_seen = known.last_seen.max(new.last_seen);
            }
            Err(i) => self.attributes.insert(i, new.into_owned()),
        }
    }

    /// The value of this kind that was seen last.
    #[must_use]
    pub fn latest(&self, kind: &AttributeKind) -> Option<&str> {
        let of_kind = self.attributes.iter().filter(|a| a.kind == *kind);
        of_kind
            .max_by_key(|a| a.last_seen)
            .map(|a| a.value.as_str())
    }

    /// What to call it: display name, else user name, else its id.
    #[must_use]
    pub fn name(&self) -> &str {
        self.latest(&AttributeKind::DisplayName)
            .or_else(|| self.latest(&AttributeKind::UserName))
            .unwrap_or(self.key.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aspa_types::Network;

    fn day(day: u32) -> DateTime<Utc> {
        format!("2026-11-{day:02}T08:00:00Z").parse().unwrap()
    }

    #[test]
    fn sightings_merge_to_the_same_in_any_order() {
        let key = HandleKey::new(Network::X, None, "7").unwrap();
        let on = |name, at| Handle::new(key.clone()).with(AttributeKind::UserName, name, at);
        let sightings = [
            on("matti", day(1)),
            on("angrymatti", day(3)).followed_by(5, day(3)),
            on("matti", day(2)).followed_by(900, day(2)),
        ];
        let merged = |order: [usize; 4]| {
            let mut handle = Handle::new(key.clone());
            order.iter().for_each(|&i| handle.merge(&sightings[i]));
            handle
        };
        assert_eq!(merged([0, 1, 2, 0]), merged([2, 2, 1, 0]));
        assert_eq!(
            merged([0, 1, 2, 0]).latest(&AttributeKind::UserName),
            Some("angrymatti")
        );
        assert_eq!(merged([0, 1, 2, 0]).attributes.len(), 2);
        let followers = merged([0, 1, 2, 0]).followers;
        assert_eq!(followers.map(|one| one.count), Some(5));
    }
}
