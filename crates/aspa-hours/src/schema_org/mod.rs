//! Opening hours as schema.org writes them, in JSON-LD, both ways.
//!
//! A page about a shop or an office carries its hours as a list of [`OpeningHoursSpecification`]s,
//! which search engines read. [`Place::hours`] makes [`Hours`](crate::Hours) of them,
//! [`Hours::to_schema_org`](crate::Hours::to_schema_org) writes them for our own page.
//!
//! ```
//! use aspa_hours::schema_org::Place;
//!
//! let place: Place = serde_json::from_str(r#"{
//!     "@type": "LocalBusiness",
//!     "name": "Corner shop",
//!     "openingHoursSpecification": [
//!         { "dayOfWeek": ["Monday", "Tuesday"], "opens": "08:00", "closes": "18:00" },
//!         { "dayOfWeek": "https://schema.org/PublicHolidays", "opens": "00:00", "closes": "00:00" }
//!     ],
//!     "specialOpeningHoursSpecification": {
//!         "opens": "10:00", "closes": "12:00", "validFrom": "2026-12-24", "validThrough": "2026-12-24"
//!     }
//! }"#)?;
//! let hours = place.hours(chrono_tz::Europe::Helsinki)?;
//! assert_eq!(hours.open.to_string(), "Mo-Tu 08:00-18:00; PH off");
//! assert_eq!(hours.exceptions.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! How an entry is read (schema.org, `OpeningHoursSpecification`; Google Search Central, "Local
//! business structured data"; both as of November 2026):
//! - `closes` before `opens` is on the next day. `00:00`-`00:00`, or neither of the two, is closed.
//!   `00:00`-`23:59` is the whole day; any other `23:59` is what it says. `opens` equal to `closes`
//!   at another time can mean nothing or a whole day, and is refused.
//! - Without `dayOfWeek` it holds on every day of the week; several entries for a day add up.
//! - `PublicHolidays` win over the weekday; which days they are, schema.org does not say: give the
//!   hours their [`holiday_sets`](crate::Hours::holiday_sets) afterwards.
//! - `validFrom` and `validThrough` are dates and both count. Entries of one such time are a season:
//!   on the days that they name its hours hold instead of the regular ones, on others the regular
//!   ones go on. Of two seasons the shorter one wins.
//! - `specialOpeningHoursSpecification` overrides all this, holidays too: its entries become
//!   exceptions, date by date.
//! - `openingHours`, the text form (`Mo-Fr 08:00-18:00`), is read as [`Rules`](crate::Rules); several
//!   texts add up. A place that has both forms must say the same in both.
//!
//! Other properties of a place are passed over, as JSON-LD wants it. The zone is not part of
//! schema.org's hours, so it is an argument.

mod one_or_many;
mod read;
mod time;
mod write;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::read::{EntryError, ReadError};
pub use self::time::{TimeError, TimeOfDay};
pub use self::write::WriteError;

/// The opening hours among the properties of a place, an organisation or a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Place {
    /// The text form, such as `Mo-Fr 08:00-18:00`; one text or a list.
    #[serde(
        default,
        deserialize_with = "one_or_many::deserialize",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub opening_hours: Vec<String>,
    /// The regular hours and seasons; one entry or a list.
    #[serde(
        default,
        deserialize_with = "one_or_many::deserialize",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub opening_hours_specification: Vec<OpeningHoursSpecification>,
    /// The dates with hours of their own; one entry or a list.
    #[serde(
        default,
        deserialize_with = "one_or_many::deserialize",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub special_opening_hours_specification: Vec<OpeningHoursSpecification>,
}

/// Hours on some days, for some time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OpeningHoursSpecification {
    #[serde(rename = "@type", default, deserialize_with = "Kind::any")]
    kind: Kind,
    /// What the time is called, such as `Christmas Eve`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The days, one or a list; none: every day of the week.
    #[serde(
        default,
        deserialize_with = "one_or_many::deserialize",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub day_of_week: Vec<DayOfWeek>,
    /// When it opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<TimeOfDay>,
    /// When it closes; on the next day where it is before `opens`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes: Option<TimeOfDay>,
    /// The first date on which it holds.
    #[serde(
        default,
        deserialize_with = "time::first_date",
        skip_serializing_if = "Option::is_none"
    )]
    pub valid_from: Option<NaiveDate>,
    /// The last date on which it holds.
    #[serde(
        default,
        deserialize_with = "time::last_date",
        skip_serializing_if = "Option::is_none"
    )]
    pub valid_through: Option<NaiveDate>,
}

/// The type that every entry is written with; when read it may be anything, or missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Kind;

impl Kind {
    fn any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("OpeningHoursSpecification")
    }
}

/// A day of the week, or the holidays as a whole.
///
/// Reads as the name, or as its address at schema.org or in GoodRelations, from which schema.org
/// took it; writes as the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "schema.org has these eight")]
pub enum DayOfWeek {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
    /// Every public holiday, whatever the weekday.
    PublicHolidays,
}

impl DayOfWeek {
    /// Monday to Sunday.
    pub const WEEK: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    fn from_name(text: &str) -> Option<Self> {
        let prefixes = [
            "https://schema.org/",
            "http://schema.org/",
            "schema:",
            "http://purl.org/goodrelations/v1#",
        ];
        let name = prefixes
            .iter()
            .find_map(|prefix| text.strip_prefix(prefix))
            .unwrap_or(text);
        if name.eq_ignore_ascii_case("PublicHolidays") {
            return Some(Self::PublicHolidays);
        }
        let full = |day: &Self| format!("{day:?}").eq_ignore_ascii_case(name);
        Self::WEEK.into_iter().find(full)
    }
}

impl<'de> Deserialize<'de> for DayOfWeek {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = one_or_many::name_or_id(deserializer)?;
        Self::from_name(text.trim()).ok_or_else(|| {
            serde::de::Error::custom(format_args!(
                "dayOfWeek {text:?}: expected Monday to Sunday or PublicHolidays"
            ))
        })
    }
}
