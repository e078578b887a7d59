//! Where a poll goes on, and what it knows of the newest comments.

use std::fmt::Write;

use aspa_channel::{Cursor, Error, ErrorKind, Visibility};
use serde::{Deserialize, Serialize};

use crate::config::MOST_PAGE;

/// The most comments that a cursor may name, with some to spare.
const MOST: usize = 4_096;

/// What is known of one comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) id: u64,
    /// Of its content: another one where it was edited.
    pub(crate) print: String,
    pub(crate) seen: Seen,
    pub(crate) revision: u64,
    /// How often its visibility changed.
    pub(crate) turns: u64,
}

/// How a comment was when it was read last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    As(Visibility),
    /// Spam or in the trash when it was first seen, and left out as the configuration wants.
    LeftOut,
    /// Not in the list any more.
    Gone,
}

/// A way through the list, from the oldest comment that is read again to the newest there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Round {
    /// The place in the list where the next page starts.
    pub(crate) offset: u64,
    /// A comment that the next page has to start at or before: else something was deleted meanwhile,
    /// the list has moved, and the page starts too late.
    pub(crate) anchor: Option<u64>,
    /// How many comments to ask for.
    pub(crate) size: u64,
    /// How far back it had to step.
    pub(crate) back: u64,
}

/// The whole of a cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The place in the list of the first known comment, or before it.
    pub(crate) base: u64,
    /// The newest comment that is not watched any more.
    pub(crate) floor: u64,
    /// The watched comments, oldest first.
    pub(crate) known: Vec<Known>,
    /// None between two rounds.
    pub(crate) round: Option<Round>,
    /// Whether the list was read to its end once.
    pub(crate) whole: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    v: u8,
    base: u64,
    floor: u64,
    /// `id print seen revision turns`, parted by `;`, ids as the difference to the one before.
    known: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    round: Option<Round>,
    #[serde(default)]
    whole: bool,
}

impl Place {
    pub(crate) fn read(cursor: Option<&Cursor>) -> Result<Self, Error> {
        let Some(cursor) = cursor else {
            return Ok(Self::default());
        };
        let place = serde_json::from_str(&cursor.0)
            .ok()
            .and_then(|written| Self::of(&written));
        place.ok_or_else(|| Error::new(ErrorKind::Invalid, "poll").with("field", "cursor"))
    }

    fn of(written: &Written) -> Option<Self> {
        let mut known: Vec<Known> = Vec::new();
        for entry in written.known.split(';').filter(|entry| !entry.is_empty()) {
            let mut fields = entry.split(' ');
            let step: u64 = fields.next()?.parse().ok()?;
            let before = known.last().map_or(0, |known| known.id);
            let print = fields.next()?.to_owned();
            let seen = Seen::of(fields.next()?);
            let mut number = || fields.next().map_or(Some(0), |text| text.parse().ok());
            let (revision, turns) = (number()?, number()?);
            let id = before.checked_add(step).filter(|id| *id > before)?;
            known.push(Known {
                id,
                print,
                seen,
                revision,
                turns,
            });
            if known.len() > MOST {
                return None;
            }
        }
        let round = written
            .round
            .filter(|round| (1..=MOST_PAGE).contains(&round.size));
        (written.v == 1).then_some(Self {
            base: written.base,
            floor: written.floor,
            known,
            round,
            whole: written.whole,
        })
    }

    pub(crate) fn write(&self) -> Cursor {
        let (mut text, mut before) = (String::with_capacity(self.known.len() * 20), 0);
        for known in &self.known {
            let (step, seen) = (known.id - before, known.seen.word());
            before = known.id;
            let _ = write!(text, "{step} {} {seen}", known.print);
            if known.revision > 0 || known.turns > 0 {
                let _ = write!(text, " {} {}", known.revision, known.turns);
            }
            text.push(';');
        }
        let written = Written {
            v: 1,
            base: self.base,
            floor: self.floor,
            known: text,
            round: self.round,
            whole: self.whole,
        };
        Cursor::of(&written)
    }

    /// The round that is under way, or a new one from the first comment that is watched.
    pub(crate) fn take_round(&mut self, size: u64) -> Round {
        let there = self.known.iter().find(|known| known.seen != Seen::Gone);
        let anchor = there.map(|known| known.id);
        let base = self.base;
        self.round.take().unwrap_or(Round {
            offset: base,
            anchor,
            size,
            back: 0,
        })
    }
}

impl Seen {
    fn of(word: &str) -> Self {
        match word {
            "-" => Self::Gone,
            "o" => Self::LeftOut,
            "v" => Self::As(Visibility::Visible),
            "h" => Self::As(Visibility::Held),
            "s" => Self::As(Visibility::Hidden),
            "t" => Self::As(Visibility::Deleted),
            other => Self::As(other.into()),
        }
    }

    /// Statuses of WordPress hold neither blanks nor semicolons (`sanitize_key`).
    pub(crate) fn word(&self) -> String {
        let word = match self {
            Self::Gone => "-",
            Self::LeftOut => "o",
            Self::As(Visibility::Visible) => "v",
            Self::As(Visibility::Held) => "h",
            Self::As(Visibility::Hidden) => "s",
            Self::As(Visibility::Deleted) => "t",
            Self::As(other) => other.as_str(),
        };
        let kept = |c: &char| c.is_ascii_alphanumeric() || "-_".contains(*c);
        let word: String = word.chars().filter(kept).take(32).collect();
        if word.is_empty() {
            "?".to_owned()
        } else {
            word
        }
    }
}
