//! Content lines (RFC 5545 sections 3.1 and 3.2) and the values that a holiday needs (3.3).

use std::borrow::Cow;

use chrono::NaiveDate;

/// One property: `NAME;PARAM=value:value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Property {
    /// The line on which it starts, from 1.
    pub(super) line: usize,
    /// In capitals; names are written in either case (3.1).
    pub(super) name: String,
    /// Names in capitals.
    params: Vec<(String, String)>,
    /// As it is written.
    pub(super) value: String,
}

impl Property {
    /// Reads an unfolded line; `None` where it is no property.
    pub(super) fn parse(line: usize, text: &str) -> Option<Self> {
        let token = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let (name, mut rest) = text.split_at(text.find(|c| !token(c))?);
        let mut params = Vec::new();
        while let Some(after) = rest.strip_prefix(';') {
            let (key, after) = after.split_once('=')?;
            if key.is_empty() || !key.chars().all(token) {
                return None;
            }
            // A value in quotes may hold ':', ';' and ','.
            let mut quoted = false;
            let end = after.find(|c| {
                quoted ^= c == '"';
                !quoted && (c == ';' || c == ':')
            })?;
            let (value, after) = after.split_at(end);
            params.push((key.to_ascii_uppercase(), value.trim_matches('"').to_owned()));
            rest = after;
        }
        let value = rest.strip_prefix(':')?;
        (!name.is_empty()).then(|| Self {
            line,
            name: name.to_ascii_uppercase(),
            params,
            value: value.to_owned(),
        })
    }

    pub(super) fn param(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The lines of a text, unfolded, each with the number of the line on which it starts; empty ones
/// are left out.
///
/// A line ends with CRLF or LF and goes on where the next one starts with a blank or a tab (3.1).
pub(super) fn unfold(text: &str) -> impl Iterator<Item = (usize, Cow<'_, str>)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().zip(1..).peekable();
    std::iter::from_fn(move || {
        let (first, number) = lines.next()?;
        let mut whole = Cow::Borrowed(first);
        while let Some((next, _)) = lines.next_if(|(next, _)| next.starts_with([' ', '\t'])) {
            whole.to_mut().push_str(&next[1..]);
        }
        Some((number, whole))
    })
    .filter(|(_, line)| !line.trim().is_empty())
}

/// A text value on one line: escapes undone (3.3.11), white space of any length made one blank.
pub(super) fn text(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') | None => plain.push(' '),
                Some(escaped) => plain.push(escaped),
            },
            c if c.is_control() => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a date property says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    /// A date (3.3.4).
    Date(NaiveDate),
    /// A date with a time of day (3.3.5).
    Timed(NaiveDate),
}

impl Day {
    /// Reads one `20261206` or `20261206T080000Z`; `None` for anything else.
    pub(super) fn parse(value: &str) -> Option<Self> {
        let value = value.trim();
        let (date, time) = match value.split_once(['T', 't']) {
            Some((date, time)) => (date, Some(time.trim_end_matches(['Z', 'z']))),
            None => (value, None),
        };
        let digits = |text: &str, n| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(date, 8) || !time.is_none_or(|time| digits(time, 6)) {
            return None;
        }
        let number = |range: std::ops::Range<usize>| date.get(range)?.parse::<u32>().ok();
        let year = i32::try_from(number(0..4)?).ok()?;
        let date = NaiveDate::from_ymd_opt(year, number(4..6)?, number(6..8)?)?;
        Some(match time {
            None => Self::Date(date),
            Some(_) => Self::Timed(date),
        })
    }
}

/// The whole days of a duration (3.3.6); `None` for one that is negative, not of whole days or no
/// duration.
pub(super) fn days(value: &str) -> Option<u64> {
    let value = value.trim().to_ascii_uppercase();
    let (date, time) = match value.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (value.as_str(), None),
    };
    // A time of day of nothing, as some programs write it.
    let zero =
        |time: &str| !time.is_empty() && time.chars().all(|c| matches!(c, '0' | 'H' | 'M' | 'S'));
    let number = |text: &str, unit| {
        let digits = text.strip_suffix(unit)?;
        let plain = (1..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| digits.parse::<u64>().ok()).flatten()
    };
    let date = date.trim_start_matches('+').strip_prefix('P')?;
    match time {
        Some(time) if !zero(time) => None,
        Some(_) if date.is_empty() => Some(0),
        _ => number(date, 'D').or_else(|| Some(7 * number(date, 'W')?)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Day, Property, days, text, unfold};

    #[test]
    fn folded_lines_are_joined() {
        let lines: Vec<_> = unfold("A:1\r\n 2\r\n\t3\r\n\r\nB:4\n  5").collect();
        assert_eq!(lines, [(1, "A:123".into()), (5, "B:4 5".into())]);
        assert_eq!(unfold("\u{feff}A:1").next(), Some((1, "A:1".into())));
    }

    #[test]
    fn parameters_may_be_quoted() {
        let Some(property) = Property::parse(1, r#"dtstart;X="a;b:c";value=DATE:20260101"#) else {
            panic!("it is a property");
        };
        assert_eq!(property.name, "DTSTART");
        assert_eq!(property.param("X"), Some("a;b:c"));
        assert_eq!(property.param("VALUE"), Some("DATE"));
        assert_eq!(property.value, "20260101");
        for bad in [
            "",
            "no colon",
            ":value",
            "A;X:1",
            "A;=1:2",
            "A;X=\"1:2",
            "Ä:1",
        ] {
            assert_eq!(Property::parse(1, bad), None, "{bad}");
        }
    }

    #[test]
    fn values() {
        assert_eq!(text(r"Mid\, sum\;mer\nEve\\ 1"), r"Mid, sum;mer Eve\ 1");
        assert_eq!(text("a\tb \\"), "a b");
        assert!(matches!(Day::parse("20240229"), Some(Day::Date(_))));
        assert!(matches!(
            Day::parse("20261206T080000Z"),
            Some(Day::Timed(_))
        ));
        for bad in ["20230229", "2026-01-01", "20260101T", "２０２６0101", ""] {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
        assert_eq!(days("P2W"), Some(14));
        assert_eq!(days("P1D"), Some(1));
        assert_eq!(days("+P3DT0H0M0S"), Some(3));
        for bad in [
            "-P1D",
            "PT24H",
            "P",
            "P1",
            "1D",
            "P9999999999D",
            "P1DT1H",
            "PT",
        ] {
            assert_eq!(days(bad), None, "{bad}");
        }
    }
}
