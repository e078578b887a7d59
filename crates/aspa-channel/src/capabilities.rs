use std::collections::BTreeMap;

use aspa_types::{Extra, text_enum};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use crate::effect::{Effect, EffectKind};
use crate::error::{Error, ErrorKind};
use crate::message::Media;
use crate::weighted;

/// What errors call the operation.
const CHECK: &str = "check";

text_enum! {
    /// The name of a kind of effect.
    pub enum EffectName {
        /// Write into a conversation.
        Send = "send",
        /// Answer a public message in private.
        PrivateReply = "private_reply",
        /// Rewrite a message of ours.
        Edit = "edit",
        /// Remove a message.
        Delete = "delete",
        /// Hide or show a message.
        Hide = "hide",
        /// React to a message.
        React = "react",
        /// Tell the network what we have read.
        MarkRead = "mark_read",
    }
}

text_enum! {
    /// How well an effect is done. What is not listed is rejected.
    pub enum Support {
        /// Refused before any request.
        Rejected = "rejected",
        /// Accepted and without effect on the network.
        Dropped = "dropped",
        /// Done by other means that look alike, such as delete and send again.
        Emulated = "emulated",
        /// Done within limits that the adapter's documentation names.
        Partial = "partial",
        /// Done.
        Full = "full",
    }
}

text_enum! {
    /// In what a network counts the length of a text.
    pub enum TextUnit {
        /// Bytes of UTF-8.
        Bytes = "bytes",
        /// UTF-16 code units.
        Utf16 = "utf16",
        /// Unicode scalar values.
        Scalars = "scalars",
        /// Extended grapheme clusters (UAX 29): what a person calls a character.
        Graphemes = "graphemes",
        /// What X counts: links 23, East Asian letters and emoji 2, most others 1.
        Weighted = "weighted",
    }
}

impl TextUnit {
    /// The length of `text` in this unit; none in a unit that this version does not know.
    #[must_use]
    pub fn measure(&self, text: &str) -> Option<usize> {
        match self {
            Self::Bytes => Some(text.len()),
            Self::Utf16 => Some(text.encode_utf16().count()),
            Self::Scalars => Some(text.chars().count()),
            Self::Graphemes => Some(text.graphemes(true).count()),
            Self::Weighted => Some(weighted::length(text)),
            Self::Other(_) => None,
        }
    }

    /// The pieces of a text that are not taken apart when it is split, each with its length: links where
    /// those have a length of their own, else grapheme clusters. None as of [`measure`](Self::measure).
    pub(crate) fn pieces<'a>(&self, text: &'a str) -> Option<Vec<(usize, &'a str, usize)>> {
        if *self == Self::Weighted {
            return Some(weighted::pieces(text).collect());
        }
        let graphemes = text.grapheme_indices(true);
        graphemes
            .map(|(at, piece)| Some((at, piece, self.measure(piece)?)))
            .collect()
    }
}

/// The longest text that is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TextLimit {
    /// How much.
    pub max: usize,
    /// Of what.
    pub unit: TextUnit,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl TextLimit {
    /// At most `max` of this unit.
    #[must_use]
    pub fn new(max: usize, unit: TextUnit) -> Self {
        let extra = Extra::new();
        Self { max, unit, extra }
    }
}

/// What media may go along with a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MediaLimit {
    /// How many pieces.
    pub count: usize,
    /// The largest piece in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Which media types, `image/png` or `image/*`; empty: any.
    #[serde(default)]
    pub types: Vec<String>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl MediaLimit {
    /// At most `count` pieces, of any size and type.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self {
            count,
            bytes: None,
            types: Vec::new(),
            extra: Extra::new(),
        }
    }

    /// Refuses what is known to be too large or of another type.
    fn check(&self, media: &Media) -> Result<(), Error> {
        let invalid = || Error::new(ErrorKind::Invalid, CHECK).with("field", "media");
        if let (Some(bytes), Some(max)) = (media.bytes, self.bytes)
            && bytes > max
        {
            return Err(invalid().with("bytes", bytes).with("max", max));
        }
        let Some(media_type) = &media.media_type else {
            return Ok(());
        };
        // `text/plain; charset=utf-8` is `text/plain`.
        let name = media_type.split(';').next().unwrap_or_default().trim();
        let taken = |of: &String| match of.strip_suffix("/*") {
            Some(family) => name
                .split_once('/')
                .is_some_and(|(of, _)| of.eq_ignore_ascii_case(family)),
            None => name.eq_ignore_ascii_case(of),
        };
        if self.types.is_empty() || self.types.iter().any(taken) {
            Ok(())
        } else {
            Err(invalid().with_remedy("send it as a type that the network takes"))
        }
    }
}

/// A time within which the network lets us write, and what is legal after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Window {
    /// What the network calls it.
    pub name: String,
    /// How many seconds it lasts from the customer's latest message.
    pub seconds: u64,
    /// What can be done once it has closed.
    #[serde(default)]
    pub alternatives: Vec<String>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Window {
    /// Writing is allowed for so many seconds from the customer's latest message, and nothing after.
    #[must_use]
    pub fn new(name: impl Into<String>, seconds: u64) -> Self {
        Self {
            name: name.into(),
            seconds,
            alternatives: Vec::new(),
            extra: Extra::new(),
        }
    }
}

text_enum! {
    /// How the network keeps the same effect from happening twice.
    pub enum Idempotency {
        /// It takes a key and makes one message of it.
        Native = "native",
        /// It gives our key back with the echo of the message.
        ByEcho = "by_echo",
        /// It can be read back and compared.
        ReadBack = "read_back",
        /// Not at all.
        None = "none",
    }
}

/// How many requests the network takes in a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RateBucket {
    /// What counts into it.
    pub name: String,
    /// How many.
    pub limit: u32,
    /// In how many seconds.
    pub seconds: u32,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl RateBucket {
    /// At most `limit` in so many seconds.
    #[must_use]
    pub fn new(name: impl Into<String>, limit: u32, seconds: u32) -> Self {
        Self {
            name: name.into(),
            limit,
            seconds,
            extra: Extra::new(),
        }
    }
}

/// What an account may do, here or in one conversation.
///
/// One value drives checking, the user interface, the documentation and the test kit, so that claim
/// and code cannot disagree: [`check`](Self::check) is what refuses an effect, and the kit performs
/// what is claimed. Only declared so far, for people and hosts to read, are the times
/// (`edit_seconds`, `delete_seconds`, `private_reply_seconds`, `windows`) and `rates`: they depend on
/// the clock and on what was sent before, which no check of one effect knows. The network refuses
/// what breaks them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Capabilities {
    /// What can be done and how well. What is missing is rejected.
    pub effects: BTreeMap<EffectName, Support>,
    /// The longest text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextLimit>,
    /// The longest private reply; none: as `text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_text: Option<TextLimit>,
    /// What media may go along; none: no media.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaLimit>,
    /// For how many seconds a message of ours can be edited; none: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit_seconds: Option<u64>,
    /// For how many seconds a message of ours can be deleted; none: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_seconds: Option<u64>,
    /// For how many seconds a public message can be answered in private; none: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_reply_seconds: Option<u64>,
    /// When writing is allowed; empty: always.
    #[serde(default)]
    pub windows: Vec<Window>,
    /// How doubles are avoided.
    pub idempotency: Idempotency,
    /// How many requests are taken.
    #[serde(default)]
    pub rates: Vec<RateBucket>,
    /// When the figures were checked.
    pub checked: NaiveDate,
    /// Where they come from.
    pub source: String,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Capabilities {
    /// Nothing is allowed yet. The figures to come were checked on that day, at that source.
    #[must_use]
    pub fn new(checked: NaiveDate, source: impl Into<String>) -> Self {
        Self {
            effects: BTreeMap::new(),
            text: None,
            private_text: None,
            media: None,
            edit_seconds: None,
            delete_seconds: None,
            private_reply_seconds: None,
            windows: Vec::new(),
            idempotency: Idempotency::None,
            rates: Vec::new(),
            checked,
            source: source.into(),
            extra: Extra::new(),
        }
    }

    /// Says how well an effect is done.
    #[must_use]
    pub fn with(mut self, effect: EffectName, support: Support) -> Self {
        self.effects.insert(effect, support);
        self
    }

    /// Sets the longest text.
    #[must_use]
    pub fn with_text(mut self, max: usize, unit: TextUnit) -> Self {
        self.text = Some(TextLimit::new(max, unit));
        self
    }

    /// Sets the longest private reply, where another length holds for it than for the rest.
    #[must_use]
    pub fn with_private_text(mut self, max: usize, unit: TextUnit) -> Self {
        self.private_text = Some(TextLimit::new(max, unit));
        self
    }

    /// Sets what media may go along.
    #[must_use]
    pub fn with_media(mut self, media: MediaLimit) -> Self {
        self.media = Some(media);
        self
    }

    /// Sets for how many seconds a message of ours can be edited.
    #[must_use]
    pub fn with_edit_seconds(mut self, seconds: u64) -> Self {
        self.edit_seconds = Some(seconds);
        self
    }

    /// Sets for how many seconds a message of ours can be deleted.
    #[must_use]
    pub fn with_delete_seconds(mut self, seconds: u64) -> Self {
        self.delete_seconds = Some(seconds);
        self
    }

    /// Sets for how many seconds a public message can be answered in private.
    #[must_use]
    pub fn with_private_reply_seconds(mut self, seconds: u64) -> Self {
        self.private_reply_seconds = Some(seconds);
        self
    }

    /// Adds a time within which writing is allowed.
    #[must_use]
    pub fn with_window(mut self, window: Window) -> Self {
        self.windows.push(window);
        self
    }

    /// Adds a limit on requests.
    #[must_use]
    pub fn with_rate(mut self, rate: RateBucket) -> Self {
        self.rates.push(rate);
        self
    }

    /// Says how doubles are avoided.
    #[must_use]
    pub fn with_idempotency(mut self, idempotency: Idempotency) -> Self {
        self.idempotency = idempotency;
        self
    }

    /// How well an effect is done.
    #[must_use]
    pub fn support(&self, effect: &EffectName) -> &Support {
        self.effects.get(effect).unwrap_or(&Support::Rejected)
    }

    /// The longest text of an effect; none: any, or one without a text.
    #[must_use]
    pub fn text_of(&self, effect: &EffectName) -> Option<&TextLimit> {
        match (effect, &self.private_text) {
            (EffectName::PrivateReply, Some(limit)) => Some(limit),
            _ => self.text.as_ref(),
        }
    }

    /// Refuses what cannot be done, before anything is sent.
    ///
    /// # Errors
    ///
    /// `Unsupported` for an effect that is not claimed, `Invalid` for an empty text without media
    /// or for media that are too many, or known to be too large or of a type that is not taken,
    /// `TooLong` for a text over the limit. Nothing has landed.
    pub fn check(&self, effect: &Effect) -> Result<(), Error> {
        let name = effect.kind.name();
        let refused = matches!(self.support(&name), Support::Rejected | Support::Other(_));
        if refused {
            return Err(Error::new(ErrorKind::Unsupported, CHECK).with("effect", name));
        }
        let media: &[Media] = match &effect.kind {
            EffectKind::Send { media, .. } => media,
            _ => &[],
        };
        if media.len() > self.media.as_ref().map_or(0, |limit| limit.count) {
            return Err(Error::new(ErrorKind::Invalid, CHECK)
                .with("field", "media")
                .with("count", media.len()));
        }
        if let Some(limit) = &self.media {
            media.iter().try_for_each(|piece| limit.check(piece))?;
        }
        let Some(text) = effect.kind.text() else {
            return Ok(());
        };
        if text.trim().is_empty() && media.is_empty() {
            return Err(Error::new(ErrorKind::Invalid, CHECK)
                .with("field", "text")
                .with_remedy("write something"));
        }
        let Some(limit) = self.text_of(&effect.kind.name()) else {
            return Ok(());
        };
        match limit.unit.measure(text) {
            Some(length) if length <= limit.max => Ok(()),
            Some(length) => Err(Error::new(ErrorKind::TooLong, CHECK)
                .with("length", length)
                .with("max", limit.max)
                .with("unit", &limit.unit)
                .with_remedy("shorten the text or send it in parts")),
            None => Err(Error::new(ErrorKind::Unsupported, CHECK).with("unit", &limit.unit)),
        }
    }

    /// For how many seconds the network takes such an effect; none: for ever. Of several windows the
    /// longest counts: what is legal in it is for the adapter to know.
    #[must_use]
    pub fn seconds(&self, effect: &EffectName) -> Option<u64> {
        match effect {
            EffectName::Send => self.windows.iter().map(|window| window.seconds).max(),
            EffectName::PrivateReply => self.private_reply_seconds,
            EffectName::Edit => self.edit_seconds,
            EffectName::Delete => self.delete_seconds,
            _ => None,
        }
    }

    /// Refuses at `now` what the network took only until its [`seconds`](Self::seconds) after `since`:
    /// for what is sent, the customer's newest message in the conversation; for a private reply, the
    /// public message; for an edit or a deletion, the message of ours.
    ///
    /// # Errors
    ///
    /// `WindowClosed`, with what can be done instead as the remedy. Nothing has landed.
    pub fn check_time(
        &self,
        effect: &EffectName,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let Some(seconds) = self.seconds(effect) else {
            return Ok(());
        };
        let open = i64::try_from(seconds).ok().and_then(TimeDelta::try_seconds);
        if open.is_none_or(|open| now - since <= open) {
            return Ok(());
        }
        let error = Error::new(ErrorKind::WindowClosed, CHECK)
            .with("effect", effect)
            .with("seconds", seconds);
        let windows = self.windows.iter().filter(|_| *effect == EffectName::Send);
        let instead: Vec<&str> = windows
            .flat_map(|window| &window.alternatives)
            .map(String::as_str)
            .collect();
        Err(match instead.is_empty() {
            true => error,
            false => error.with_remedy(instead.join("; ")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_measure_what_networks_count() {
        let family = "👨‍👩‍👧 ä";
        let lengths = [
            TextUnit::Bytes,
            TextUnit::Utf16,
            TextUnit::Scalars,
            TextUnit::Graphemes,
            TextUnit::Weighted,
        ]
        .map(|unit| unit.measure(family).unwrap());
        assert_eq!(lengths, [21, 10, 7, 3, 4]);
        assert_eq!(TextUnit::from("pixels").measure("a"), None);
    }

    #[test]
    fn a_private_reply_can_have_a_length_of_its_own() {
        let claims = Capabilities::new(NaiveDate::default(), "a test")
            .with(EffectName::Send, Support::Full)
            .with(EffectName::PrivateReply, Support::Full)
            .with_text(8, TextUnit::Scalars);
        let account = aspa_types::AccountId::new("shop").unwrap();
        let place = crate::ConversationKey::new(account.clone(), "c").unwrap();
        let message = crate::MessageKey::new(account, "m").unwrap();
        let taken = |claims: &Capabilities, kind: EffectKind| {
            let key = aspa_types::EffectKey::new("e").unwrap();
            claims.check(&Effect::new(key, place.clone(), kind)).is_ok()
        };
        let both = |claims: &Capabilities, text: &str| {
            [
                taken(claims, EffectKind::send(text, crate::ReplyKind::Answer)),
                taken(claims, EffectKind::private_reply(message.clone(), text)),
            ]
        };
        assert_eq!(both(&claims, "12345678"), [true, true]);
        let claims = claims.with_private_text(4, TextUnit::Scalars);
        assert_eq!(both(&claims, "12345678"), [true, false]);
        assert_eq!(both(&claims, "1234"), [true, true]);
        assert_eq!(both(&claims, "123456789"), [false, false]);
    }

    #[test]
    fn each_effect_has_its_own_time() {
        let mut standard = Window::new("standard", 86_400);
        standard.alternatives.push("send a template".to_owned());
        let longer = Window::new("human agent", 7 * 86_400);
        let capabilities = Capabilities::new(NaiveDate::default(), "a test")
            .with_window(standard)
            .with_window(longer)
            .with_edit_seconds(900)
            .with_private_reply_seconds(7 * 86_400);
        let since = DateTime::UNIX_EPOCH;
        let at = |effect: EffectName, seconds: i64| {
            capabilities.check_time(&effect, since, since + TimeDelta::seconds(seconds))
        };
        let week = 7 * 86_400;
        for (effect, last) in [
            (EffectName::Send, week),
            (EffectName::PrivateReply, week),
            (EffectName::Edit, 900),
        ] {
            assert!(at(effect.clone(), last).is_ok(), "{effect}");
            let closed = at(effect.clone(), last + 1).unwrap_err();
            assert_eq!(*closed.kind(), ErrorKind::WindowClosed, "{effect}");
            let remedy = (effect == EffectName::Send).then_some("send a template");
            assert_eq!(closed.remedy(), remedy, "{effect}");
        }
        for always in [EffectName::Delete, EffectName::React, EffectName::MarkRead] {
            assert!(at(always, 100 * week).is_ok());
        }
        // The network's clock is ahead of ours.
        assert!(at(EffectName::Edit, -5).is_ok());
    }
}
