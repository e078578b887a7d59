use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What kind of day off a holiday is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Category {
    /// A holiday by law.
    Public,
    /// No holiday by law, but most workplaces are closed, such as on Christmas Eve in Finland.
    DeFacto,
    /// A day that is worked in part, such as the eve of a holiday in Estonia.
    HalfDay,
}

/// One holiday of one year.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct PublicHoliday {
    /// The local date.
    pub date: NaiveDate,
    /// What it is called: in the language of the [`HolidaySet`](super::HolidaySet) that was asked,
    /// else in English.
    pub name: &'static str,
    /// What kind of day off it is.
    pub category: Category,
    /// Whether this is the weekday given for a holiday on a weekend, which is listed on its own
    /// date as well.
    pub observed: bool,
    #[serde(skip)]
    pub(super) names: Names,
}

impl PublicHoliday {
    /// What the holiday is called in a language (BCP 47 tag), such as `fi`; in English where the
    /// table has no name in that language.
    ///
    /// ```
    /// let year = "FI".parse::<aspa_hours::holidays::Region>()?.holidays(2027);
    /// assert_eq!(year[1].name_in("fi"), "loppiainen");
    /// assert_eq!(year[1].name_in("de"), "Epiphany");
    /// # Ok::<(), aspa_hours::holidays::HolidayError>(())
    /// ```
    #[must_use]
    pub fn name_in(&self, language: &str) -> &'static str {
        self.names.of(language)
    }

    /// Every name with its language tag, English first.
    pub fn names(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        std::iter::once((ENGLISH, self.names.english)).chain(self.names.local.iter().copied())
    }
}

/// The language that every holiday has a name in.
pub(super) const ENGLISH: &str = "en";

/// What a holiday is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Names {
    pub(super) english: &'static str,
    pub(super) local: &'static [(&'static str, &'static str)],
}

impl Names {
    pub(super) fn of(&self, language: &str) -> &'static str {
        let local = self.local.iter().find(|(tag, _)| *tag == language);
        local.map_or(self.english, |(_, name)| name)
    }
}
