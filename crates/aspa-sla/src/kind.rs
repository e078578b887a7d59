use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::Error;

const CUSTOM: &str = "custom:";

/// What is measured.
///
/// Its text, in JSON too and as a key of a map, is `first_response`, `next_response`, `resolution` or
/// `custom:` and a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ClockKind {
    /// From the creation of the ticket to the first answer; once a ticket.
    FirstResponse,
    /// From the oldest unanswered message after the first response to the next answer.
    NextResponse,
    /// From the creation of the ticket, or its reopening, until it is solved.
    Resolution,
    /// A commitment of this name ("we call you on Friday"), from when it was made until it is kept.
    Custom(Arc<str>),
}

impl ClockKind {
    /// A commitment of this name.
    pub fn custom(name: impl Into<Arc<str>>) -> Self {
        Self::Custom(name.into())
    }
}

impl fmt::Display for ClockKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FirstResponse => f.write_str("first_response"),
            Self::NextResponse => f.write_str("next_response"),
            Self::Resolution => f.write_str("resolution"),
            Self::Custom(name) => write!(f, "{CUSTOM}{name}"),
        }
    }
}

impl FromStr for ClockKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "first_response" => Ok(Self::FirstResponse),
            "next_response" => Ok(Self::NextResponse),
            "resolution" => Ok(Self::Resolution),
            _ => match text.strip_prefix(CUSTOM) {
                Some(name) if !name.is_empty() => Ok(Self::custom(name)),
                _ => Err(Error::UnknownClock(text.to_owned())),
            },
        }
    }
}

impl Serialize for ClockKind {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClockKind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}
