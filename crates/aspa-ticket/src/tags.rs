//! The tags a desk uses: what they are called, how they look, and where they may be put.
//!
//! A tag is renamed or merged without touching history: events keep the name that was current then,
//! and whoever reads them [resolves](Tags::current) it to the name of today.
//!
//! ```
//! use aspa_ticket::tags::Tags;
//!
//! let mut tags = Tags::default();
//! tags.declare(&"delivery".parse()?, "#c0392b".parse().ok());
//! tags.rename(&"delivery".parse()?, &"shipping".parse()?).unwrap();
//! assert_eq!(tags.current(&"delivery/late".parse()?).as_str(), "shipping/late");
//! assert_eq!(tags.colour(&"shipping/late".parse()?).unwrap().to_string(), "#c0392b");
//! # Ok::<(), aspa_types::BadId>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use aspa_types::{AccountId, Tag};
use serde::{Deserialize, Serialize};

/// A colour, as `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Colour([u8; 3]);

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl FromStr for Colour {
    type Err = BadColour;

    fn from_str(text: &str) -> Result<Self, BadColour> {
        let digits = text.strip_prefix('#').ok_or(BadColour)?;
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(BadColour);
        }
        let number = u32::from_str_radix(digits, 16).map_err(|_| BadColour)?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

impl TryFrom<String> for Colour {
    type Error = BadColour;

    fn try_from(text: String) -> Result<Self, BadColour> {
        text.parse()
    }
}

/// A text that is no [`Colour`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a colour is written as #rrggbb")]
#[non_exhaustive]
pub struct BadColour;

/// Why tags cannot be renamed, merged or put somewhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// Nobody declared it.
    #[error("there is no tag {0}")]
    Unknown(Tag),
    /// It is another's name now: merge them instead.
    #[error("{0} is a tag already")]
    Exists(Tag),
    /// It was a tag's name once, and what was tagged then would be mixed up with it.
    #[error("{name} was the name of {now}")]
    WasAnothers {
        /// The name.
        name: Tag,
        /// What it became.
        now: Tag,
    },
    /// A tag cannot become one within itself.
    #[error("{into} is within {from}")]
    WithinItself {
        /// The tag.
        from: Tag,
        /// What it was to become.
        into: Tag,
    },
    /// The new name would be too long.
    #[error("a tag within {0} would have too long a name")]
    TooLong(Tag),
    /// The account takes other tags only.
    #[error("{tag} is not among the tags of {account}")]
    NotAllowed {
        /// The tag.
        tag: Tag,
        /// The account.
        account: AccountId,
    },
}

/// The tags that a desk uses. Levels are parted by `/`, and what holds for a tag holds for all within
/// it until they say otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tags {
    /// Those that were declared, and their colours.
    known: BTreeMap<Tag, Option<Colour>>,
    /// What became of tags, in the order in which it did. No name is used again for another.
    became: Vec<(Tag, Tag)>,
    /// Accounts that take these and what is within them, and no others.
    allowed: BTreeMap<AccountId, BTreeSet<Tag>>,
}

impl Tags {
    /// Declares a tag, or gives it another colour.
    pub fn declare(&mut self, tag: &Tag, colour: Option<Colour>) {
        let tag = self.current(tag);
        self.known.insert(tag, colour);
    }

    /// The tags that were declared, by their names of today, in order.
    pub fn known(&self) -> impl Iterator<Item = &Tag> {
        self.known.keys()
    }

    /// The tag's colour, or that of the nearest tag above it that has one. O(levels · log tags).
    #[must_use]
    pub fn colour(&self, tag: &Tag) -> Option<Colour> {
        let tag = self.current(tag);
        let mut name = tag.as_str();
        loop {
            let here = Tag::new(name).ok();
            let colour = here.and_then(|tag| self.known.get(&tag).copied().flatten());
            match (colour, name.rsplit_once('/')) {
                (None, Some((above, _))) => name = above,
                (colour, _) => return colour,
            }
        }
    }

    /// The name of today of a tag, whatever it was called when it was put on. O(renames).
    #[must_use]
    pub fn current(&self, tag: &Tag) -> Tag {
        let mut tag = tag.clone();
        for (from, into) in &self.became {
            if let Some(new) = moved(&tag, from, into) {
                tag = new;
            }
        }
        tag
    }

    /// The names of today of a ticket's tags.
    #[must_use]
    pub fn of<'a>(&self, tags: impl IntoIterator<Item = &'a Tag>) -> BTreeSet<Tag> {
        tags.into_iter().map(|tag| self.current(tag)).collect()
    }

    /// The names of today of a ticket's tags, and of all tags above them: what it counts to.
    #[must_use]
    pub fn with_those_above<'a>(&self, tags: impl IntoIterator<Item = &'a Tag>) -> BTreeSet<Tag> {
        let mut all = BTreeSet::new();
        for tag in self.of(tags) {
            let ends = tag.as_str().match_indices('/').map(|(end, _)| end);
            let above = ends.filter_map(|end| Tag::new(tag.as_str().get(..end)?).ok());
            all.extend(above);
            all.insert(tag);
        }
        all
    }

    /// Every name under which something may have been given this tag or one within it, today's first:
    /// whoever searches for it searches for any of them and what is within it. O(renames²).
    #[must_use]
    pub fn names(&self, tag: &Tag) -> Vec<Tag> {
        let wanted = self.current(tag);
        let mut names = vec![wanted.clone()];
        for (from, into) in self.became.iter().rev() {
            let mut older: Vec<Tag> = Vec::new();
            for name in &names {
                older.extend(moved(name, into, from));
                // What became one within this tag had a name of its own.
                older.extend(into.is_within(name).then(|| from.clone()));
            }
            names.extend(older);
        }
        let mut seen = BTreeSet::new();
        names.retain(|name| self.current(name).is_within(&wanted) && seen.insert(name.clone()));
        names
    }

    /// Calls a tag and all within it otherwise. What was renamed last may be called what it was before.
    ///
    /// # Errors
    ///
    /// When there is no such tag, the new name is or was a tag's, is within the tag itself, or would be
    /// too long.
    pub fn rename(&mut self, from: &Tag, to: &Tag) -> Result<(), TagError> {
        if self.known.keys().any(|known| known.is_within(to)) && !to.is_within(from) {
            return Err(TagError::Exists(to.clone()));
        }
        self.become_part(from, to)
    }

    /// Makes a tag and all within it part of another, which keeps its colour. One that is merged into a
    /// tag above it is that tag from then on, with all within it.
    ///
    /// # Errors
    ///
    /// As [`rename`](Self::rename), but the other has to be known.
    pub fn merge(&mut self, from: &Tag, into: &Tag) -> Result<(), TagError> {
        if !self.known.contains_key(into) {
            return Err(TagError::Unknown(into.clone()));
        }
        self.become_part(from, into)
    }

    fn become_part(&mut self, from: &Tag, into: &Tag) -> Result<(), TagError> {
        let within: Vec<Tag> = self
            .known
            .keys()
            .filter(|tag| tag.is_within(from))
            .cloned()
            .collect();
        if within.is_empty() {
            return Err(TagError::Unknown(from.clone()));
        }
        if into.is_within(from) {
            let (from, into) = (from.clone(), into.clone());
            return Err(TagError::WithinItself { from, into });
        }
        let back = self
            .became
            .last()
            .is_some_and(|last| *last == (into.clone(), from.clone()));
        let used = |(old, _): &&(Tag, Tag)| old.is_within(into) || into.is_within(old);
        if let (Some((name, _)), false) = (self.became.iter().find(used), back) {
            return Err(TagError::WasAnothers {
                name: name.clone(),
                now: self.current(name),
            });
        }
        let mut new = Vec::new();
        for tag in &within {
            let name = moved(tag, from, into).ok_or_else(|| TagError::TooLong(into.clone()))?;
            new.push((name, self.known.get(tag).copied().flatten()));
        }
        for tag in &within {
            self.known.remove(tag);
        }
        for (name, colour) in new {
            let kept = self.known.entry(name).or_default();
            *kept = kept.or(colour);
        }
        for tags in self.allowed.values_mut() {
            let renamed = |tag: &Tag| moved(tag, from, into).unwrap_or_else(|| tag.clone());
            *tags = tags.iter().map(renamed).collect();
        }
        self.became.push((from.clone(), into.clone()));
        Ok(())
    }

    /// Has an account take only these tags and those within them; none: it takes every tag.
    pub fn allow(&mut self, account: &AccountId, tags: Option<BTreeSet<Tag>>) {
        match tags {
            Some(tags) => {
                let tags = self.of(&tags);
                self.allowed.insert(account.clone(), tags);
            }
            None => {
                self.allowed.remove(account);
            }
        }
    }

    /// The name of today of a tag that is to be put on something of this account.
    ///
    /// # Errors
    ///
    /// When the account takes other tags only.
    pub fn check(&self, account: &AccountId, tag: &Tag) -> Result<Tag, TagError> {
        let tag = self.current(tag);
        let allowed = self.allowed.get(account);
        match allowed.is_none_or(|all| all.iter().any(|one| tag.is_within(one))) {
            true => Ok(tag),
            false => Err(TagError::NotAllowed {
                tag,
                account: account.clone(),
            }),
        }
    }
}

/// What a tag within `from` is called within `into`; none where it is not within it, or the name would
/// be too long. What goes into a tag above it is that tag.
fn moved(tag: &Tag, from: &Tag, into: &Tag) -> Option<Tag> {
    if !tag.is_within(from) {
        return None;
    }
    if from.is_within(into) {
        return Some(into.clone());
    }
    let rest = tag.as_str().get(from.as_str().len()..)?;
    Tag::new(&format!("{into}{rest}")).ok()
}
