//! Public holidays as rules: any year, per country and per state.
//!
//! Each country is a table of rules ("the first Saturday from 20 June on", "39 days after Easter",
//! "from 2019, in Berlin only"), written from the law that its file names. [`HolidaySet`] is what a
//! config says: a [`Region`] and the [`Category`]s that count; [`PublicHoliday`] is one day of one
//! year.
//!
//! ```
//! use aspa_hours::holidays::{HolidaySet, Region};
//!
//! let finland: Region = "FI".parse()?;
//! let midsummer = finland.holidays(2027).into_iter().find(|day| day.name == "Midsummer Day");
//! assert_eq!(midsummer.map(|day| day.date.to_string()), Some("2027-06-26".into()));
//!
//! let set: HolidaySet = serde_json::from_str(
//!     r#"{ "region": "SE", "categories": ["public", "de_facto"], "language": "sv" }"#,
//! )?;
//! assert!(set.year(2027).iter().any(|day| day.name == "julafton"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | region | from | also |
//! | --- | --- | --- |
//! | `FI`, `FI-01` (Åland) | 1955, 1993 | the eves of Midsummer and Christmas among the public ones |
//! | `SE` | 1953 | three eves as de facto, four half-days |
//! | `NO` | 1947 | three half-days |
//! | `DK` | 1900 | Constitution Day and Christmas Eve as de facto, two half-days |
//! | `EE` | 1991 | four half-days |
//! | `DE`, 16 states, parts of 3 | 1991 | Christmas Eve as half-day |
//! | `GB`, `GB-ENG`, `GB-NIR`, `GB-SCT`, `GB-WLS` | 1974, Scotland 1978 | |
//! | `IE` | 1974 | Good Friday as de facto |
//! | `US` (federal), 50 states, DC, 6 territories | 1971 | a half-day in Puerto Rico |
//!
//! What the tables hold:
//! - A holiday that a law moves off a weekend is told twice: on its own date, and on the weekday
//!   given instead ([`PublicHoliday::observed`]).
//! - Sundays are not listed as such, even where the law calls each one a holiday.
//! - A table starts with a year ([`Region::since`]); years before it have no holidays, because
//!   nobody checked them. What is to come follows the law of today.
//! - What a government proclaims at short notice is known to a table only once it is written there:
//!   list such days by hand until then.
//! - The holidays of US states are those of the state's own offices, as they are commonly listed;
//!   few private employers keep them all.
//!
//! `compare/holidays.py` in the source of this crate compares every day of every region with the
//! Python package `holidays` (version 0.109): of 145736 days from 1950 to 2100 none differs but those
//! that it explains with a source.

mod day;
mod de;
mod dk;
pub(crate) mod easter;
mod ee;
mod fi;
mod gb;
mod ie;
mod no;
mod region;
mod rule;
mod se;
mod set;
mod us;

pub use day::{Category, PublicHoliday};
pub use region::{HolidayError, Region};
pub use set::HolidaySet;

/// The version of the rules: it changes whenever some region has other dates or categories in some
/// year.
///
/// It belongs into whatever identifies a calendar built from them.
pub const RULES_VERSION: u32 = 1;
