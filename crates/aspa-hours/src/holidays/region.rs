use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::day::{ENGLISH, PublicHoliday};
use super::rule::Rule;
use super::{de, dk, easter, ee, fi, gb, ie, no, se, us};

/// A country or a part of it that has holidays of its own.
///
/// Its text is the ISO 3166 code: `FI`, `DE-BY`, `GB-SCT`, `US-CA`. Where holidays differ within a
/// state, a third part tells, such as `DE-BY-AUGSBURG`. The order is that of the codes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region {
    country: u8,
    place: u8,
}

/// What the tables know of a region.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    /// The first year of which the tables speak.
    pub(super) since: i32,
    /// Tables that it has in common with its neighbours.
    pub(super) shared: &'static [&'static [Rule]],
    /// What only it has.
    pub(super) own: &'static [Rule],
}

/// By country, sorted by code; [`Region`] counts through them.
static COUNTRIES: [&[Place]; 9] = [
    &de::PLACES,
    &dk::PLACES,
    &ee::PLACES,
    &fi::PLACES,
    &gb::PLACES,
    &ie::PLACES,
    &no::PLACES,
    &se::PLACES,
    &us::PLACES,
];

impl Region {
    /// Every region that there are rules for, sorted by code.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        (0..).zip(COUNTRIES).flat_map(|(country, places)| {
            (0..)
                .zip(places)
                .map(move |(place, _)| Self { country, place })
        })
    }

    /// The code, such as `GB-SCT`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.place().code
    }

    /// The English name, such as `Scotland`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.place().name
    }

    /// The first year whose holidays are known; earlier years have none.
    #[must_use]
    pub fn since(self) -> i32 {
        self.place().since
    }

    /// The languages in which its holidays have names (BCP 47 tags), English first.
    #[must_use]
    pub fn languages(self) -> Vec<&'static str> {
        let mut languages = vec![ENGLISH];
        for tag in self.rules().flat_map(Rule::languages) {
            if !languages.contains(&tag) {
                languages.push(tag);
            }
        }
        languages
    }

    /// The holidays of a year in all categories, sorted by date; none before
    /// [`since`](Self::since), nor in a year that [`NaiveDate`](chrono::NaiveDate) cannot hold.
    #[must_use]
    pub fn holidays(self, year: i32) -> Vec<PublicHoliday> {
        if year < self.since() {
            return Vec::new();
        }
        let easter = easter::sunday(year);
        let mut days = Vec::with_capacity(32);
        for rule in self.rules() {
            rule.add_days(year, easter, &mut days);
        }
        days.sort_by_key(|day| (day.date, day.category, day.observed));
        days
    }

    fn rules(self) -> impl Iterator<Item = &'static Rule> {
        self.place()
            .shared
            .iter()
            .copied()
            .flatten()
            .chain(self.place().own)
    }

    fn place(self) -> &'static Place {
        &COUNTRIES[usize::from(self.country)][usize::from(self.place)]
    }
}

/// Why a set of holidays could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HolidayError {
    /// There are no rules for a region.
    #[error("no holiday rules for {region:?}; there are {}", known_beside(region))]
    UnknownRegion {
        /// What was asked for.
        region: String,
    },
    /// The holidays of a region have no names in a language.
    #[error("no holiday names in {language:?} for {region}; there are {}", region.languages().join(", "))]
    UnknownLanguage {
        /// The region.
        region: Region,
        /// What was asked for.
        language: String,
    },
    /// There is no such category.
    #[error("no holiday category {category:?}; there are public, de_facto, half_day")]
    UnknownCategory {
        /// What was asked for.
        category: String,
    },
    /// A set without a category would have no holidays.
    #[error("no holiday category is given; there are public, de_facto, half_day")]
    NoCategory,
}

/// The regions of the country that a text starts with, else all countries.
fn known_beside(text: &str) -> String {
    let country = |code: &'static str| code.split('-').next().unwrap_or(code);
    let asked = text.split('-').next().unwrap_or(text);
    let all = || Region::all().map(Region::code);
    let mut codes: Vec<_> = all()
        .filter(|code| country(code).eq_ignore_ascii_case(asked))
        .collect();
    if codes.is_empty() {
        codes = all().map(country).collect();
        codes.dedup();
    }
    codes.join(", ")
}

impl FromStr for Region {
    type Err = HolidayError;

    /// Reads a code; upper and lower case are the same.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::all()
            .find(|region| region.code().eq_ignore_ascii_case(text))
            .ok_or_else(|| HolidayError::UnknownRegion {
                region: text.to_owned(),
            })
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({})", self.code())
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}
