use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::holidays::{Category, HolidaySet, RULES_VERSION};
use crate::{Calendar, ClockChanges, HolidayMode, Hours, HoursError, Interval, Schedule};

/// What a calendar answers from: two with equal fingerprints answer alike.
///
/// A hash (SHA-256, cut to 128 bits) of the inputs, of the version of the time-zone data and of the
/// version of the holiday rules. It is the same in every process and on every machine; as text it
/// has 32 hexadecimal digits. The order of lists counts only where it changes an answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint(u128);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let digits = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        let number = digits.then(|| u128::from_str_radix(text, 16).ok());
        number.flatten().map(Self).ok_or_else(|| HoursError::Text {
            text: text.to_owned(),
            why: "expected 32 hexadecimal digits",
        })
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = HoursError;

    fn try_from(text: String) -> Result<Self, HoursError> {
        text.parse()
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

impl Calendar {
    /// What identifies the answers of this calendar.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.schedule().fingerprint()
    }
}

impl Hours {
    /// What identifies the answers of the calendar built from these hours.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        of(|canon| canon.hours(self))
    }
}

impl Schedule {
    /// What identifies the answers of the calendar built from this schedule.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        of(|canon| canon.schedule(self))
    }
}

fn of(inputs: impl FnOnce(&mut Canon)) -> Fingerprint {
    let mut canon = Canon(Sha256::new());
    // The number is that of this encoding.
    canon.text("aspa-hours 1");
    canon.text(chrono_tz::IANA_TZDB_VERSION);
    canon.number(RULES_VERSION as usize);
    inputs(&mut canon);
    let digest = canon.0.finalize();
    let first = digest.iter().take(16);
    Fingerprint(first.fold(0, |number, byte| number << 8 | u128::from(*byte)))
}

/// Feeds a hash so that no two inputs look alike: each text with its length, each list with its
/// count.
struct Canon(Sha256);

impl Canon {
    fn number(&mut self, number: usize) {
        self.0.update((number as u64).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len());
        self.0.update(text.as_bytes());
    }

    fn list<T>(&mut self, list: &[T], each: impl Fn(&mut Self, &T)) {
        self.number(list.len());
        for item in list {
            each(self, item);
        }
    }

    fn schedule(&mut self, schedule: &Schedule) {
        match schedule {
            Schedule::Hours(hours) => return self.hours(hours),
            Schedule::AnyOf { parts, .. } => {
                self.text("any_of");
                self.list(parts, Self::schedule);
            }
            Schedule::AllOf { parts, .. } => {
                self.text("all_of");
                self.list(parts, Self::schedule);
            }
            Schedule::Minus { from, take, .. } => {
                self.text("minus");
                self.schedule(from);
                self.schedule(take);
            }
        }
        self.name(schedule.name().map(|name| &**name));
    }

    fn name(&mut self, name: Option<&str>) {
        self.list(name.as_slice(), |canon, name| canon.text(name));
    }

    fn hours(&mut self, hours: &Hours) {
        // Named one by one, so that a new field cannot be forgotten.
        let Hours {
            name,
            zone,
            open,
            seasons,
            breaks,
            holiday_sets,
            holidays,
            half_day_open,
            holiday_mode,
            exceptions,
            clock_changes,
        } = hours;
        self.text("hours");
        self.name(name.as_deref());
        self.text(zone.name());
        self.text(&open.to_string());
        self.list(seasons, |canon, season| {
            canon.text(&season.from.to_string());
            canon.text(&season.through.to_string());
            canon.text(&season.open.to_string());
            canon.text(&season.name);
        });
        self.list(breaks, |canon, pause| {
            canon.text(&pause.at.to_string());
            canon.text(&pause.name);
        });
        self.list(holiday_sets, Self::holiday_set);
        // Two on one date are both named, in their order.
        let mut holidays: Vec<_> = holidays.iter().collect();
        holidays.sort_by_key(|holiday| holiday.date);
        self.list(&holidays, |canon, holiday| {
            canon.text(&holiday.date.to_string());
            canon.text(&holiday.name);
            canon.text(category(holiday.category));
        });
        self.list(half_day_open.as_slice(), |canon, open| {
            canon.intervals(open)
        });
        self.text(match holiday_mode {
            HolidayMode::CalendarDate => "calendar_date",
            HolidayMode::StartDate => "start_date",
        });
        let mut exceptions: Vec<_> = exceptions.iter().collect();
        exceptions.sort_by_key(|exception| exception.date);
        self.list(&exceptions, |canon, exception| {
            canon.text(&exception.date.to_string());
            canon.intervals(&exception.open);
            canon.text(&exception.name);
        });
        self.text(match clock_changes {
            ClockChanges::WallSet => "wall_set",
            ClockChanges::Rfc5545 => "rfc5545",
        });
    }

    fn holiday_set(&mut self, set: &HolidaySet) {
        self.text(set.region.code());
        let mut categories = set.categories.clone();
        categories.sort_unstable();
        categories.dedup();
        self.list(&categories, |canon, one| canon.text(category(*one)));
        self.text(set.tag());
    }

    fn intervals(&mut self, open: &[Interval]) {
        let mut open = open.to_vec();
        open.sort_unstable();
        self.list(&open, |canon, interval| canon.text(&interval.to_string()));
    }
}

const fn category(category: Category) -> &'static str {
    match category {
        Category::Public => "public",
        Category::DeFacto => "de_facto",
        Category::HalfDay => "half_day",
    }
}
