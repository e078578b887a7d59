//! What a promise tells customers: away, in a profile, and how well it was kept.

mod defaults;
mod template;
mod within;

use std::collections::BTreeMap;
use std::fmt;

use aspa_hours::{Calendar, Hours, Language, Rules, Schedule};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use self::template::TextError;
use self::template::{Hole, Template};
use self::within::Within;
use crate::figures::Share;
use crate::{ClockKind, Promise, at_field};

/// The texts that a promise gives to customers, by language.
///
/// In each language for which there is none, a text of this library's own stands in. Somebody whose
/// language none of them is in gets that of `fallback`.
///
/// A text may hold placeholders in braces; `{{` and `}}` stand for braces. Which there are, depends
/// on the text, and [`Promise::compile`](crate::Promise::compile) refuses all others:
///
/// | placeholder | example | in |
/// | --- | --- | --- |
/// | `{opens}` | opens again tomorrow at 8 | away |
/// | `{hours}` | Open Mon-Fri 8-18, closed on public holidays | away, profile |
/// | `{answer_within}` | within 2 hours during our opening hours | all |
/// | `{resolve_within}` | within 3 days | all |
/// | `{kept}` | 96% | kept |
/// | `{period}` | last month | kept |
/// | `{met}`, `{decided}` | 24, 25 | kept |
///
/// Two need a target that names no priority, since they speak to everybody: `{answer_within}` of the
/// first response, `{resolve_within}` of the resolution. The texts that stand in leave out what there
/// is no target for.
///
/// ```
/// use aspa_hours::{Hours, Language};
/// use aspa_sla::{Promise, Texts};
/// use chrono::TimeDelta;
///
/// let hours = Hours::new(chrono_tz::Europe::Helsinki).open("Mo-Fr 08:00-18:00")?;
/// let mut promise = Promise::answer_within(TimeDelta::hours(2), hours);
/// promise.texts = Texts::new().away(Language::En, "We have gone home; the desk {opens}.");
/// let sla = promise.compile()?;
/// let evening = "2026-11-19T20:00:00+02:00".parse()?;
/// let told = sla.away_text(evening, "en-GB");
/// assert_eq!(told.as_deref(), Some("We have gone home; the desk opens again tomorrow at 8."));
/// let told = sla.away_text(evening, "sv").ok_or("open")?;
/// assert!(told.contains("öppnar igen i morgon kl. 8"), "{told}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Texts {
    /// For customers in other languages.
    #[serde(deserialize_with = "at_field::fallback")]
    pub fallback: Language,
    /// Answers a message that comes while the desk is closed.
    #[serde(
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "at_field::away"
    )]
    pub away: BTreeMap<Language, String>,
    /// Publishes the hours and the targets where customers look for them.
    #[serde(
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "at_field::profile"
    )]
    pub profile: BTreeMap<Language, String>,
    /// Publishes how well the promise was kept.
    #[serde(
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "at_field::kept"
    )]
    pub kept: BTreeMap<Language, String>,
}

impl Texts {
    /// Those that stand in, in every language.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is none of its own.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The language for customers in other languages.
    #[must_use]
    pub const fn fallback(mut self, language: Language) -> Self {
        self.fallback = language;
        self
    }

    /// Answers a message that comes while the desk is closed.
    #[must_use]
    pub fn away(mut self, language: Language, text: impl Into<String>) -> Self {
        self.away.insert(language, text.into());
        self
    }

    /// Publishes the hours and the targets.
    #[must_use]
    pub fn profile(mut self, language: Language, text: impl Into<String>) -> Self {
        self.profile.insert(language, text.into());
        self
    }

    /// Publishes how well the promise was kept.
    #[must_use]
    pub fn kept(mut self, language: Language, text: impl Into<String>) -> Self {
        self.kept.insert(language, text.into());
        self
    }
}

/// Of which time a published figure tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Period {
    /// The week before this one.
    LastWeek,
    /// The month before this one.
    LastMonth,
    /// The year before this one.
    LastYear,
    /// So many days up to now.
    Days(u32),
}

/// The texts of one promise, checked.
#[derive(Debug)]
pub(crate) struct Compiled {
    fallback: Language,
    away: BTreeMap<Language, Template>,
    profile: BTreeMap<Language, Template>,
    kept: BTreeMap<Language, Template>,
    hours: Schedule,
    answer: Option<Within>,
    resolve: Option<Within>,
}

impl Compiled {
    pub(crate) fn new(promise: &Promise) -> Result<Self, TextError> {
        let within = |clock: &ClockKind| {
            let mut targets = promise.targets.iter();
            let target = targets.find(|t| t.clock == *clock && t.priority.is_empty())?;
            Some(Within::new(target))
        };
        let answer = within(&ClockKind::FirstResponse);
        let resolve = within(&ClockKind::Resolution);
        let known = |hole: &Hole| match hole {
            Hole::AnswerWithin => answer.is_some(),
            Hole::ResolveWithin => resolve.is_some(),
            _ => true,
        };
        let compile = |field: Field, own: &BTreeMap<Language, String>| {
            let mut templates = BTreeMap::new();
            for language in Language::ALL {
                let template = match own.get(&language) {
                    Some(text) => {
                        Template::new(&format!("{field}.{}", language.tag()), text, field)?
                    }
                    None => defaults::template(field, language, answer.is_some())?,
                };
                if let Some(hole) = template.holes().find(|hole| !known(hole)) {
                    return Err(TextError::NoTarget {
                        field: format!("{field}.{}", language.tag()),
                        placeholder: hole.name().to_owned(),
                    });
                }
                templates.insert(language, template);
            }
            Ok(templates)
        };
        let texts = &promise.texts;
        Ok(Self {
            fallback: texts.fallback,
            hours: promise.hours.clone().unwrap_or_else(|| {
                let mut always = Hours::new(chrono_tz::Tz::UTC);
                always.open = Rules::always();
                always.into()
            }),
            away: compile(Field::Away, &texts.away)?,
            profile: compile(Field::Profile, &texts.profile)?,
            kept: compile(Field::Kept, &texts.kept)?,
            answer,
            resolve,
        })
    }

    pub(crate) fn away(
        &self,
        calendar: &Calendar,
        now: DateTime<Utc>,
        language: &str,
    ) -> Option<String> {
        let language = self.language(language);
        let opens = calendar.opens(now, language)?;
        let today = now.with_timezone(&self.hours.zone()).date_naive();
        Some(self.fill(&self.away, language, |hole| match hole {
            Hole::Opens => opens.clone(),
            Hole::Hours => self.hours.describe_on(today, language),
            _ => String::new(),
        }))
    }

    pub(crate) fn profile(&self, language: &str) -> String {
        let language = self.language(language);
        self.fill(&self.profile, language, |hole| match hole {
            Hole::Hours => self.hours.describe(language),
            _ => String::new(),
        })
    }

    pub(crate) fn kept(&self, share: &Share, period: Period, language: &str) -> Option<String> {
        let language = self.language(language);
        let decided = u128::from(share.met) + u128::from(share.breached);
        // Rounded down: what is published is never more than what was done.
        let percent = (u128::from(share.met) * 100).checked_div(decided)?;
        Some(self.fill(&self.kept, language, |hole| match hole {
            Hole::Kept => defaults::percent(percent, language),
            Hole::Period => defaults::period(period, language),
            Hole::Met => share.met.to_string(),
            Hole::Decided => decided.to_string(),
            _ => String::new(),
        }))
    }

    fn language(&self, tag: &str) -> Language {
        Language::from_tag(tag).unwrap_or(self.fallback)
    }

    /// Fills a text; `told` tells what belongs to that text alone.
    fn fill(
        &self,
        templates: &BTreeMap<Language, Template>,
        language: Language,
        told: impl Fn(Hole) -> String,
    ) -> String {
        let template = templates
            .get(&language)
            .or_else(|| templates.get(&self.fallback));
        let within = |within: &Option<Within>| {
            within.map_or_else(String::new, |within| within.told(language))
        };
        template.map_or_else(String::new, |template| {
            template.fill(|hole| match hole {
                Hole::AnswerWithin => within(&self.answer),
                Hole::ResolveWithin => within(&self.resolve),
                other => told(other),
            })
        })
    }
}

/// Which text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Away,
    Profile,
    Kept,
}

impl Field {
    const fn holes(self) -> &'static [Hole] {
        match self {
            Self::Away => &[
                Hole::Opens,
                Hole::Hours,
                Hole::AnswerWithin,
                Hole::ResolveWithin,
            ],
            Self::Profile => &[Hole::Hours, Hole::AnswerWithin, Hole::ResolveWithin],
            Self::Kept => &[
                Hole::Kept,
                Hole::Period,
                Hole::Met,
                Hole::Decided,
                Hole::AnswerWithin,
                Hole::ResolveWithin,
            ],
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Away => "texts.away",
            Self::Profile => "texts.profile",
            Self::Kept => "texts.kept",
        })
    }
}
