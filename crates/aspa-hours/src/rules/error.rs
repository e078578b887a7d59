use std::fmt;

/// The longest text that is read as rules, in bytes.
pub(crate) const LONGEST: usize = 4_096;

/// Why a text could not be read as [`Rules`](crate::Rules).
///
/// `column` is where in the text, in characters counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RulesError {
    /// Something that the grammar of OpenStreetMap allows and that has no place in business time.
    #[error(
        "opening hours: {construct} at character {column} (`{found}`) cannot be used; {}",
        construct.instead()
    )]
    Unsupported {
        /// What it is.
        construct: Unsupported,
        /// Where it is.
        column: usize,
        /// How it reads.
        found: String,
    },
    /// Something that is not in the grammar, or that can be read in two ways.
    #[error("opening hours: found {found} at character {column}; {expected}")]
    Unexpected {
        /// Where it is.
        column: usize,
        /// How it reads; in backticks unless it is the end of the text.
        found: String,
        /// What to write there.
        expected: &'static str,
    },
    /// The text, or its canonical form, is too long to be opening hours.
    #[error("opening hours: {bytes} bytes are more than the {LONGEST} that are read")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
}

/// A part of the OpenStreetMap grammar that [`Rules`](crate::Rules) refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unsupported {
    /// `sunrise`, `sunset`, `dawn` or `dusk`.
    SunTime,
    /// Text in quotes, such as `"by appointment"`.
    Comment,
    /// The state `unknown`.
    Unknown,
    /// A time without an end, such as `17:00+`.
    OpenEnd,
    /// A point in time, such as `17:00`.
    PointInTime,
    /// Times that repeat, such as `10:00-16:00/01:30`.
    Repeat,
    /// `SH`.
    SchoolHolidays,
}

impl Unsupported {
    /// What to write instead.
    const fn instead(self) -> &'static str {
        match self {
            Self::SunTime => "write the time of the clock, such as `08:00-18:00`",
            Self::Comment => "leave it out, or write `off` if nobody answers then",
            Self::Unknown => "write `open` or `off`",
            Self::OpenEnd => "write when it closes, such as `17:00-23:00`",
            Self::PointInTime => "write a stretch, such as `17:00-18:00`",
            Self::Repeat => "write each stretch, such as `10:00-11:00,12:00-13:00`",
            Self::SchoolHolidays => "write the dates, such as `Jun 05-Aug 10`",
        }
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SunTime => "a time of the sun",
            Self::Comment => "a comment",
            Self::Unknown => "the state unknown",
            Self::OpenEnd => "a time without an end",
            Self::PointInTime => "a point in time",
            Self::Repeat => "a repeated time",
            Self::SchoolHolidays => "school holidays",
        })
    }
}
