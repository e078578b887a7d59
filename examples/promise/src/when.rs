//! Times and lengths as people and scripts write them.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// A length of time to add: seconds of open time, or business days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// So much open time.
    Open(TimeDelta),
    /// Until the end of the nth business day.
    BusinessDays(u32),
}

/// An instant: RFC 3339, Unix seconds, `now`, or a time of the wall clock in `zone`.
///
/// A wall time that a clock change repeats is its first pass; one that it skips is refused.
pub(crate) fn instant(text: &str, zone: Tz) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    if text == "now" {
        #[expect(
            clippy::disallowed_methods,
            reason = "a command is where the clock is read"
        )]
        return Ok(std::time::SystemTime::now().into());
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.with_timezone(&Utc));
    }
    if let Ok(seconds) = text.parse::<i64>() {
        return DateTime::from_timestamp(seconds, 0)
            .ok_or_else(|| format!("{seconds} is too far from 1970 for Unix seconds"));
    }
    let wall = wall(text).ok_or_else(|| {
        format!(
            "{text:?} is no time; write 2026-11-20T17:30:00+02:00, 2026-11-20T17:30 (by the wall \
             clock in {zone}), Unix seconds or now"
        )
    })?;
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Ok(at.with_timezone(&Utc)),
        LocalResult::None => Err(format!(
            "{text:?} never comes in {zone}: the clock skips it; give the offset, as in +02:00"
        )),
    }
}

fn wall(text: &str) -> Option<NaiveDateTime> {
    const FORMS: [&str; 4] = [
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
    ];
    let midnight = || {
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()?
            .and_hms_opt(0, 0, 0)
    };
    FORMS
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .or_else(midnight)
}

/// `90m`, `1h 30m`, `45s`, or `3bd` for business days.
pub(crate) fn length(text: &str) -> Result<Length, String> {
    let trimmed = text.trim();
    if let Some(days) = trimmed.strip_suffix("bd") {
        return match days.trim().parse() {
            Ok(days) => Ok(Length::BusinessDays(days)),
            Err(_) => Err(bad_length(text)),
        };
    }
    open_time(trimmed).map(Length::Open)
}

/// `90m`, `1h 30m` or `45s`.
pub(crate) fn open_time(text: &str) -> Result<TimeDelta, String> {
    let mut seconds: i64 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(bad_length(text));
    }
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        let letters = after.len()
            - after
                .trim_start_matches(|c: char| c.is_ascii_alphabetic())
                .len();
        let (unit, after) = after.split_at(letters);
        let unit = match unit {
            "s" | "sec" => 1,
            "m" | "min" => 60,
            "h" => 3_600,
            _ => return Err(bad_length(text)),
        };
        seconds = number
            .parse::<i64>()
            .ok()
            .and_then(|number| number.checked_mul(unit))
            .and_then(|more| seconds.checked_add(more))
            .ok_or_else(|| bad_length(text))?;
        rest = after.trim_start();
    }
    TimeDelta::try_seconds(seconds).ok_or_else(|| bad_length(text))
}

fn bad_length(text: &str) -> String {
    format!(
        "{text:?} is no length; write 90m, 1h 30m or 45s for open time, or 3bd for business days \
         (a day is not 24 h of open time, so there is no unit for it)"
    )
}

#[cfg(test)]
mod tests {
    use super::{Length, instant, length};
    use chrono::TimeDelta;
    use chrono_tz::Europe::Helsinki;

    #[test]
    fn a_time_is_read_in_each_form() {
        for (text, expected) in [
            ("2026-11-20T17:30:00+02:00", "2026-11-20T15:30:00+00:00"),
            ("2026-11-20T15:30:00Z", "2026-11-20T15:30:00+00:00"),
            ("1795188600", "2026-11-20T15:30:00+00:00"),
            ("2026-11-20T17:30", "2026-11-20T15:30:00+00:00"),
            ("2026-11-20 17:30:05", "2026-11-20T15:30:05+00:00"),
            ("2026-11-20", "2026-11-19T22:00:00+00:00"),
            // The first pass of the repeated hour.
            ("2026-10-25T03:30", "2026-10-25T00:30:00+00:00"),
        ] {
            let read = instant(text, Helsinki).map(|at| at.to_rfc3339());
            assert_eq!(read.as_deref(), Ok(expected), "{text}");
        }
        for text in [
            "",
            "tomorrow",
            "2026-13-01",
            "2026-03-29T03:30",
            "99999999999999",
        ] {
            assert!(instant(text, Helsinki).is_err(), "{text}");
        }
    }

    #[test]
    fn a_length_is_read_in_each_form() {
        for (text, seconds) in [
            ("90m", 5_400),
            ("1h 30m", 5_400),
            ("1h30min", 5_400),
            ("45s", 45),
            ("0s", 0),
            ("24h", 86_400),
        ] {
            let read = length(text);
            assert_eq!(
                read,
                Ok(Length::Open(TimeDelta::seconds(seconds))),
                "{text}"
            );
        }
        assert_eq!(length("3bd"), Ok(Length::BusinessDays(3)));
        for text in [
            "",
            "1d",
            "h",
            "1",
            "-1h",
            "1.5h",
            "1h 30",
            "99999999999999999999h",
            "bd",
        ] {
            assert!(length(text).is_err(), "{text}");
        }
    }
}
