use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Contact, Disposition};
use crate::Verdict;

/// `part` of `whole`, 0 to 1; none of nothing.
#[expect(
    clippy::cast_precision_loss,
    reason = "a share of fewer than 2^53 things"
)]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// How many promises were kept. Those not decided are shown, and are in no share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Share {
    /// Kept.
    pub met: u64,
    /// Broken.
    pub breached: u64,
    /// Not decided yet, or cancelled before they were.
    pub undecided: u64,
}

impl Share {
    /// The share of kept promises among those decided, met / (met + breached), 0 to 1; none where
    /// none is decided.
    #[must_use]
    pub fn kept(&self) -> Option<f64> {
        share(self.met, self.met + self.breached)
    }
}

impl FromIterator<Verdict> for Share {
    fn from_iter<I: IntoIterator<Item = Verdict>>(verdicts: I) -> Self {
        verdicts
            .into_iter()
            .fold(Self::default(), |mut share, verdict| {
                match verdict {
                    Verdict::Met => share.met += 1,
                    Verdict::Breached => share.breached += 1,
                    Verdict::Undecided => share.undecided += 1,
                }
                share
            })
    }
}

/// What became of customers' messages. One that nobody decided about is unhandled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Handled {
    /// All of them, spam included.
    pub inbound: u64,
    /// Those that nothing became of.
    pub unhandled: u64,
    /// Those that are spam.
    pub spam: u64,
}

impl Handled {
    /// The handled share, (inbound − unhandled − spam) / (inbound − spam), 0 to 1; none where there
    /// was nothing to handle.
    #[must_use]
    pub fn handled_share(&self) -> Option<f64> {
        let to_handle = self.inbound.saturating_sub(self.spam);
        share(to_handle.saturating_sub(self.unhandled), to_handle)
    }
}

/// How far a contact was served: the ladder from passive to meta-active service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Level {
    /// Somebody wrote, and it was never answered.
    Passive,
    /// Somebody asked us and our team answered.
    Reactive,
    /// Somebody wrote about us, not to us, and our team answered.
    Active,
    /// We wrote first.
    Proactive,
    /// Somebody else than our team answered: another customer, or a colleague of another
    /// department.
    MetaActive,
}

impl Level {
    /// From the lowest to the highest.
    pub const ALL: [Self; 5] = [
        Self::Passive,
        Self::Reactive,
        Self::Active,
        Self::Proactive,
        Self::MetaActive,
    ];

    /// The level of a contact; none for spam and for what needs no answer, where no service was due.
    #[must_use]
    pub const fn of(contact: Contact) -> Option<Self> {
        let (asked, disposition) = match contact {
            Contact::Started => return Some(Self::Proactive),
            Contact::Asked(disposition) => (true, disposition),
            Contact::Overheard(disposition) => (false, disposition),
        };
        match disposition {
            Disposition::Unhandled => Some(Self::Passive),
            Disposition::Answered if asked => Some(Self::Reactive),
            Disposition::Answered => Some(Self::Active),
            Disposition::AnsweredByColleague | Disposition::AnsweredByCustomer => {
                Some(Self::MetaActive)
            }
            Disposition::NeedsNoAnswer | Disposition::Spam => None,
        }
    }

    /// Its word, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passive => "passive",
            Self::Reactive => "reactive",
            Self::Active => "active",
            Self::Proactive => "proactive",
            Self::MetaActive => "meta_active",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many, and which share of the whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Part {
    /// How many.
    pub count: u64,
    /// Their share, 0 to 1; none where the whole is nothing.
    pub share: Option<f64>,
}

/// Contacts by service level: each level is there, also with nothing in it. In JSON: a map from the
/// level to `count` and `share`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Levels {
    parts: BTreeMap<Level, Part>,
}

impl Levels {
    /// From the count of each level.
    #[must_use]
    pub fn of(count: impl Fn(Level) -> u64) -> Self {
        let contacts = Level::ALL.into_iter().map(&count).sum();
        let part = |level| {
            let count = count(level);
            let share = share(count, contacts);
            (level, Part { count, share })
        };
        Self {
            parts: Level::ALL.into_iter().map(part).collect(),
        }
    }

    /// One level.
    #[must_use]
    pub fn get(&self, level: Level) -> Part {
        self.parts.get(&level).copied().unwrap_or_default()
    }

    /// All contacts that have a level.
    #[must_use]
    pub fn contacts(&self) -> u64 {
        self.parts.values().map(|part| part.count).sum()
    }

    /// The levels from the lowest to the highest.
    pub fn iter(&self) -> impl Iterator<Item = (Level, Part)> {
        self.parts.iter().map(|(level, part)| (*level, *part))
    }
}
