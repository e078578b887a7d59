//! Lengths of time: as people write them in a promise, as a program reads them, and as it reads best
//! in a sentence.

use std::fmt;

use chrono::TimeDelta;

const UNITS: [(char, i64); 3] = [('h', 3_600), ('m', 60), ('s', 1)];

/// Reads `24h`, `1h 30m` or `45s`: hours, minutes and seconds in this order, each at most once.
fn parse(text: &str) -> Option<i64> {
    let mut units = UNITS.iter();
    let mut seconds = 0_i64;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let amount: i64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let (_, length) = units.find(|(name, _)| *name == unit)?;
        seconds = seconds.checked_add(amount.checked_mul(*length)?)?;
        rest = rest[digits + 1..].trim_start();
    }
    Some(seconds)
}

/// A `TimeDelta` as a text that people write: `1h 30m`.
pub(crate) mod text {
    use std::borrow::Cow;

    use chrono::TimeDelta;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _, ser::Error as _};

    pub(crate) fn serialize<S: Serializer>(delta: &TimeDelta, out: S) -> Result<S::Ok, S::Error> {
        if *delta < TimeDelta::zero() || delta.subsec_nanos() != 0 {
            return Err(S::Error::custom("not a whole number of seconds"));
        }
        let mut rest = delta.num_seconds();
        let mut text = String::new();
        for (unit, length) in super::UNITS {
            let amount = rest / length;
            rest %= length;
            if amount > 0 || (unit == 's' && text.is_empty()) {
                let blank = if text.is_empty() { "" } else { " " };
                text.push_str(&format!("{blank}{amount}{unit}"));
            }
        }
        out.serialize_str(&text)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<TimeDelta, D::Error> {
        let text = Cow::<str>::deserialize(from)?;
        super::parse(&text)
            .and_then(TimeDelta::try_seconds)
            .ok_or_else(|| {
                D::Error::custom(format!(
                    "{text:?} is not a length of time such as 24h, 1h 30m or 45s"
                ))
            })
    }
}

/// A `TimeDelta` as whole seconds, for programs.
pub(crate) mod seconds {
    use chrono::TimeDelta;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(delta: &TimeDelta, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_i64(delta.num_seconds())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<TimeDelta, D::Error> {
        let seconds = i64::deserialize(from)?;
        TimeDelta::try_seconds(seconds).ok_or_else(|| D::Error::custom("too many seconds"))
    }
}

/// A length of time in a sentence: `26 h 5 min`.
pub(crate) struct Length(pub(crate) TimeDelta);

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.0.num_seconds().unsigned_abs();
        let parts = [(all / 3_600, "h"), (all / 60 % 60, "min"), (all % 60, "s")];
        if self.0.num_seconds() < 0 {
            f.write_str("-")?;
        }
        let mut blank = "";
        for (amount, unit) in parts {
            if amount > 0 || (unit == "s" && all == 0) {
                write!(f, "{blank}{amount} {unit}")?;
                blank = " ";
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn lengths_as_people_write_them() {
        for (text, seconds) in [
            ("1h", Some(3_600)),
            ("90m", Some(5_400)),
            ("1h 30m", Some(5_400)),
            ("1h30m", Some(5_400)),
            (" 24h ", Some(86_400)),
            ("1h 0m 5s", Some(3_605)),
            ("0s", Some(0)),
            ("9223372036854775807s", Some(i64::MAX)),
            ("9223372036854775807h", None),
            ("", None),
            ("h", None),
            ("1", None),
            ("3600", None),
            ("1.5h", None),
            ("-1h", None),
            ("+1h", None),
            ("1 h", None),
            ("1d", None),
            ("30m 1h", None),
            ("1h 1h", None),
            ("1h,30m", None),
            ("1ä", None),
        ] {
            assert_eq!(parse(text), seconds, "{text:?}");
        }
    }
}
