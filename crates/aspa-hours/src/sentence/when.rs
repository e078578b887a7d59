//! What the opening hours mean right now.

use chrono::{DateTime, Datelike, NaiveDate, Timelike};
use chrono_tz::Tz;

use super::Language;
use crate::calendar::HORIZON_END;
use crate::{Calendar, Closed, Instant, Schedule};

impl Calendar {
    /// Whether it is open now and until when, seen from the local date of the calendar's zone.
    ///
    /// ```
    /// use aspa_hours::{Hours, Language};
    ///
    /// let calendar = Hours::new(chrono_tz::Europe::Helsinki).open("Mo-Fr 08:00-18:00")?.build()?;
    /// let friday: chrono::DateTime<chrono::Utc> = "2026-11-20T12:00:00+02:00".parse()?;
    /// assert_eq!(calendar.when(friday, Language::En), "open now, closes today at 18");
    /// let evening = friday + chrono::TimeDelta::hours(8);
    /// assert_eq!(calendar.when(evening, Language::En), "closed, opens again on Monday at 8");
    /// assert_eq!(calendar.when(evening, Language::Fi), "suljettu, avautuu maanantaina klo 8");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// A closed day that has a name is told by it: `closed (Independence Day), opens again tomorrow
    /// at 8`. Holidays of a region are named in the language where the region has such names.
    #[must_use]
    pub fn when<T: Instant>(&self, now: T, language: Language) -> String {
        let Some(opens) = self.opens(now, language) else {
            let now = now.seconds();
            let Ok(end) = self.next_close(now) else {
                return language
                    .of(
                        "open around the clock",
                        "avoinna ympäri vuorokauden",
                        "öppet dygnet runt",
                    )
                    .to_owned();
            };
            let (today, _) = local(self.zone(), now);
            let (day, seconds) = local(self.zone(), end);
            let closing = language.closing(today, day, seconds);
            let open = language.of(
                "open now, closes",
                "avoinna nyt, sulkeutuu",
                "öppet nu, stänger",
            );
            return format!("{open} {closing}");
        };
        let closed = language.of("closed", "suljettu", "stängt");
        match self.named_reason(now, language) {
            Some(name) => format!("{closed} ({name}), {opens}"),
            None => format!("{closed}, {opens}"),
        }
    }

    /// What the hours are and what they mean right now, in one sentence: `Open Mon-Fri 8-18, closed
    /// on public holidays; opens again tomorrow at 8`.
    ///
    /// It is [`Schedule::describe_on`] the local date, and [`when`](Self::when)
    /// without the word for closed where that has no other reason than the hours.
    #[must_use]
    pub fn sentence<T: Instant>(&self, now: T, language: Language) -> String {
        let now = now.seconds();
        let (today, _) = local(self.zone(), now);
        let hours = self.schedule().describe_on(today, language);
        // What is always open, or never, has been told by the hours.
        if self.is_never_open() || (self.is_open(now) && self.next_close(now).is_err()) {
            return hours;
        }
        let unnamed = || self.named_reason(now, language).is_none();
        let when = match self.opens(now, language) {
            Some(opens) if unnamed() => opens,
            _ => self.when(now, language),
        };
        format!("{hours}; {when}")
    }

    /// When it opens again: `opens again tomorrow at 8`. `None` while it is open.
    #[must_use]
    pub fn opens<T: Instant>(&self, now: T, language: Language) -> Option<String> {
        let now = now.seconds();
        if self.is_open(now) {
            return None;
        }
        let Ok(start) = self.next_open(now) else {
            let never = language.of("does not open again", "ei avaudu enää", "öppnar inte igen");
            return Some(never.to_owned());
        };
        let (today, _) = local(self.zone(), now);
        let (day, seconds) = local(self.zone(), start);
        let opens = language.of("opens again", "avautuu", "öppnar igen");
        Some(format!("{opens} {}", language.opening(today, day, seconds)))
    }

    /// What the holiday, the break or the exception is called for which it is closed.
    fn named_reason<T: Instant>(&self, now: T, language: Language) -> Option<String> {
        let reason = self.closed_reason(now)?;
        let name = match reason.innermost() {
            Closed::Holiday(names) => {
                let now = now.seconds();
                let local = |name| holiday_name(self.schedule(), name, now, language);
                let names = names.split(", ").map(|name| local(name).unwrap_or(name));
                names.collect::<Vec<_>>().join(", ")
            }
            Closed::Exception(name) | Closed::Break(name) | Closed::Taken(name) => name.to_string(),
            _ => return None,
        };
        (!name.is_empty()).then_some(name)
    }
}

/// The local date, and the seconds that the wall clock shows since its midnight.
fn local(zone: Tz, at: i64) -> (NaiveDate, u32) {
    // Far outside the horizon there are no local dates, and any one does.
    let at = at.clamp(-HORIZON_END, HORIZON_END);
    let utc = DateTime::from_timestamp(at, 0).unwrap_or_default();
    let local = utc.with_timezone(&zone).naive_local();
    (local.date(), local.num_seconds_from_midnight())
}

/// The name of a holiday in the language, where a set of holidays has one of that name now.
fn holiday_name(
    schedule: &Schedule,
    name: &str,
    now: i64,
    language: Language,
) -> Option<&'static str> {
    let ask = |part: &Schedule| holiday_name(part, name, now, language);
    let hours = match schedule {
        Schedule::Hours(hours) => hours,
        Schedule::AnyOf { parts, .. } | Schedule::AllOf { parts, .. } => {
            return parts.iter().find_map(ask);
        }
        Schedule::Minus { from, take, .. } => return ask(from).or_else(|| ask(take)),
    };
    let (date, _) = local(hours.zone, now);
    let days = hours
        .holiday_sets
        .iter()
        .flat_map(|set| set.year(date.year()));
    let mut days = days.filter(|day| day.date == date && day.name == name);
    days.find_map(|day| {
        let mut names = day.names();
        names
            .find(|(tag, _)| *tag == language.tag())
            .map(|(_, name)| name)
    })
}
