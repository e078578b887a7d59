//! The words and the typography of each language: days, dates, times of the clock.
//!
//! Finnish after the language office's guidance on times and dates (Kielitoimiston ohjepankki,
//! "Kellonajat", "Päiväykset"): a full stop in a time, `klo` before it, an en dash without blanks
//! in a range, weekdays in the essive, months in the partitive. Swedish after the Language Council's
//! guidance (Språkrådet, "Klockslag", "Datum"): `kl.` and a full stop, `den 7 januari`, `i dag`.
//! English on the 24-hour clock, since the readers are not all at home in it.

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::weekly::{Piece, WHOLE_DAY};

/// A language that opening hours can be told in.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Language {
    /// English, `en`.
    #[default]
    En,
    /// Finnish, `fi`.
    Fi,
    /// Swedish, `sv`.
    Sv,
}

impl Language {
    /// Every language, English first.
    pub const ALL: [Self; 3] = [Self::En, Self::Fi, Self::Sv];

    /// Its tag (BCP 47), such as `fi`; the form that it has in a config.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        self.of("en", "fi", "sv")
    }

    /// The language of a tag (BCP 47) such as `fi` or `sv-FI`; `None` for another language.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The one of three that belongs to the language.
    pub(super) const fn of<T: Copy>(self, en: T, fi: T, sv: T) -> T {
        match self {
            Self::En => en,
            Self::Fi => fi,
            Self::Sv => sv,
        }
    }

    /// A weekday in a list of hours.
    fn short(self, day: usize) -> &'static str {
        let names = self.of(
            ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
            ["ma", "ti", "ke", "to", "pe", "la", "su"],
            ["mån", "tis", "ons", "tors", "fre", "lör", "sön"],
        );
        names[day % 7]
    }

    /// Days of the week, Monday as 0 and in order, as runs: `Mon-Wed`, `Fri`; or `Sat-Mon`.
    pub(super) fn days(self, days: &[usize]) -> Vec<String> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for &day in days {
            match runs.last_mut() {
                Some(run) if day == run.1 + 1 => run.1 = day,
                _ => runs.push((day, day)),
            }
        }
        // A run over the end of the week is one run.
        if let [(0, end), .., (start, 6)] = runs[..] {
            runs.pop();
            runs[0] = (start, end);
            runs.rotate_left(1);
        }
        let dash = self.dash();
        let run = |(first, last)| match first == last {
            true => self.short(first).to_owned(),
            false => format!("{}{dash}{}", self.short(first), self.short(last)),
        };
        runs.into_iter().map(run).collect()
    }

    /// `a, b and c`.
    pub(super) fn and(self, mut items: Vec<String>) -> String {
        match items.pop() {
            None => String::new(),
            Some(last) if items.is_empty() => last,
            Some(last) => format!(
                "{} {} {last}",
                items.join(", "),
                self.of("and", "ja", "och")
            ),
        }
    }

    const fn dash(self) -> &'static str {
        self.of("-", "–", "–")
    }

    /// A time of the clock, from seconds since midnight: `8`, `8:30`, `24`.
    fn clock(self, seconds: u32) -> String {
        let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        let point = self.of(':', '.', '.');
        match (minutes, rest) {
            (0, 0) => hours.to_string(),
            (_, 0) => format!("{hours}{point}{minutes:02}"),
            _ => format!("{hours}{point}{minutes:02}{point}{rest:02}"),
        }
    }

    /// Hours of a day: `8-12 and 13-18`, `18-2`, `around the clock`.
    pub(super) fn hours(self, open: &[Piece]) -> String {
        if *open == [WHOLE_DAY] {
            return self
                .of("around the clock", "ympäri vuorokauden", "dygnet runt")
                .to_owned();
        }
        let ranges = open.iter().map(|&(start, end)| {
            // What ends at midnight ends at 24, what starts there starts at 0.
            let from = start % 86_400;
            let until = if end > 86_400 { end - 86_400 } else { end };
            let range = format!("{}{}{}", self.clock(from), self.dash(), self.clock(until));
            // More than a day long: the end alone would be read as the same day's.
            if end - start >= 86_400 {
                let next = self.of("the next day", "seuraavana päivänä", "nästa dag");
                format!("{range} {next}")
            } else {
                range
            }
        });
        self.and(ranges.collect())
    }

    /// A date in a list: `24 December`, `24.12.`, `24 december`.
    pub(super) fn date(self, date: NaiveDate, with_year: bool) -> String {
        let (day, month, year) = (date.day(), date.month(), date.year());
        match (self, with_year) {
            (Self::Fi, false) => format!("{day}.{month}."),
            (Self::Fi, true) => format!("{day}.{month}.{year}"),
            (_, false) => format!("{day} {}", self.month(month)),
            (_, true) => format!("{day} {} {year}", self.month(month)),
        }
    }

    /// The month as it stands after the day of the month.
    fn month(self, month: u32) -> &'static str {
        let names = self.of(
            [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ],
            [
                "tammikuuta",
                "helmikuuta",
                "maaliskuuta",
                "huhtikuuta",
                "toukokuuta",
                "kesäkuuta",
                "heinäkuuta",
                "elokuuta",
                "syyskuuta",
                "lokakuuta",
                "marraskuuta",
                "joulukuuta",
            ],
            [
                "januari",
                "februari",
                "mars",
                "april",
                "maj",
                "juni",
                "juli",
                "augusti",
                "september",
                "oktober",
                "november",
                "december",
            ],
        );
        names[(month as usize + 11) % 12]
    }

    /// A day seen from another one: `today`, `tomorrow`, `on Monday`, `on 7 January`.
    fn day_seen_from(self, today: NaiveDate, day: NaiveDate) -> String {
        let ahead = (day - today).num_days();
        match ahead {
            0 => self.of("today", "tänään", "i dag").to_owned(),
            1 => self.of("tomorrow", "huomenna", "i morgon").to_owned(),
            2..=6 => self.on_weekday(day.weekday()).to_owned(),
            _ => {
                let month = self.month(day.month());
                let date = match self {
                    Self::En => format!("on {} {month}", day.day()),
                    Self::Fi => format!("{}. {month}", day.day()),
                    Self::Sv => format!("den {} {month}", day.day()),
                };
                // Half a year on, a date without its year makes one wonder.
                if ahead > 180 && day.year() != today.year() {
                    format!("{date} {}", day.year())
                } else {
                    date
                }
            }
        }
    }

    fn on_weekday(self, day: Weekday) -> &'static str {
        let names = self.of(
            [
                "on Monday",
                "on Tuesday",
                "on Wednesday",
                "on Thursday",
                "on Friday",
                "on Saturday",
                "on Sunday",
            ],
            [
                "maanantaina",
                "tiistaina",
                "keskiviikkona",
                "torstaina",
                "perjantaina",
                "lauantaina",
                "sunnuntaina",
            ],
            [
                "på måndag",
                "på tisdag",
                "på onsdag",
                "på torsdag",
                "på fredag",
                "på lördag",
                "på söndag",
            ],
        );
        names[day.num_days_from_monday() as usize % 7]
    }

    /// When something opens: `tomorrow at 8`. `seconds` since the day's midnight.
    pub(super) fn opening(self, today: NaiveDate, day: NaiveDate, seconds: u32) -> String {
        // `at 0` reads like a slip, and which midnight of a day is meant is not clear.
        let clock = match seconds {
            0 => self.of("0:00", "0.00", "0.00").to_owned(),
            _ => self.clock(seconds),
        };
        let at = self.of("at", "klo", "kl.");
        format!("{} {at} {clock}", self.day_seen_from(today, day))
    }

    /// When something closes; midnight belongs to the day that it ends: `today at midnight`.
    pub(super) fn closing(self, today: NaiveDate, day: NaiveDate, seconds: u32) -> String {
        let eve = day.pred_opt().filter(|_| seconds == 0);
        let Some(eve) = eve else {
            return self.opening(today, day, seconds);
        };
        let midnight = self.of("at midnight", "klo 24", "kl. 24");
        format!("{} {midnight}", self.day_seen_from(today, eve))
    }
}

#[cfg(test)]
mod tests {
    use super::Language::{self, En, Fi, Sv};

    #[test]
    fn days_of_the_week() {
        let cases: [(Language, &[usize], &str); 9] = [
            (En, &[0, 1, 2, 3, 4], "Mon-Fri"),
            (Fi, &[0, 1, 2, 3, 4], "ma–pe"),
            (Sv, &[0, 1, 2, 3, 4], "mån–fre"),
            (En, &[0, 2, 4], "Mon, Wed and Fri"),
            (Fi, &[0, 2], "ma ja ke"),
            (En, &[0, 5, 6], "Sat-Mon"),
            (En, &[0, 2, 6], "Wed and Sun-Mon"),
            (Sv, &[6], "sön"),
            (En, &[0, 1, 2, 3, 5, 6], "Sat-Thu"),
        ];
        for (language, days, expected) in cases {
            assert_eq!(language.and(language.days(days)), expected);
        }
    }

    #[test]
    fn tags() {
        assert_eq!(Language::from_tag("FI"), Some(Fi));
        assert_eq!(Language::from_tag("sv-FI"), Some(Sv));
        assert_eq!(Language::from_tag("en_GB"), Some(En));
        assert_eq!(Language::from_tag("de"), None);
        assert_eq!(Language::from_tag("finnish"), None);
    }
}
