//! Spellings that comparisons use: one e-mail, phone or number, however it was written.

use serde::{Deserialize, Serialize};

use crate::Field;

/// Longest text that is looked at, in bytes: no e-mail or phone number is longer (RFC 5321 section
/// 4.5.3.1: 64 + 1 + 255).
const MAX_BYTES: usize = 320;

/// The country that a phone number without a country code belongs to.
///
/// Country codes and trunk prefixes after ITU-T E.164 and its list of 2024; read November 2026.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Region {
    /// Denmark.
    #[serde(rename = "DK")]
    Denmark,
    /// Estonia.
    #[serde(rename = "EE")]
    Estonia,
    /// Finland.
    #[default]
    #[serde(rename = "FI")]
    Finland,
    /// Germany.
    #[serde(rename = "DE")]
    Germany,
    /// Latvia.
    #[serde(rename = "LV")]
    Latvia,
    /// Norway.
    #[serde(rename = "NO")]
    Norway,
    /// Russia.
    #[serde(rename = "RU")]
    Russia,
    /// Spain.
    #[serde(rename = "ES")]
    Spain,
    /// Sweden.
    #[serde(rename = "SE")]
    Sweden,
    /// United Kingdom.
    #[serde(rename = "GB")]
    UnitedKingdom,
    /// United States.
    #[serde(rename = "US")]
    UnitedStates,
}

impl Region {
    /// The country code.
    #[must_use]
    pub fn calling_code(self) -> &'static str {
        match self {
            Self::Denmark => "45",
            Self::Estonia => "372",
            Self::Finland => "358",
            Self::Germany => "49",
            Self::Latvia => "371",
            Self::Norway => "47",
            Self::Russia => "7",
            Self::Spain => "34",
            Self::Sweden => "46",
            Self::UnitedKingdom => "44",
            Self::UnitedStates => "1",
        }
    }

    /// What national numbers start with, left out after the country code. In Russia and the
    /// United States people often leave it out.
    #[must_use]
    pub fn trunk_prefix(self) -> Option<&'static str> {
        match self {
            Self::Finland | Self::Germany | Self::Sweden | Self::UnitedKingdom => Some("0"),
            Self::Russia => Some("8"),
            Self::UnitedStates => Some("1"),
            Self::Denmark | Self::Estonia | Self::Latvia | Self::Norway | Self::Spain => None,
        }
    }

    /// What an international call starts with instead of `+`.
    fn international_prefix(self) -> &'static str {
        match self {
            Self::Russia => "810",
            Self::UnitedStates => "011",
            _ => "00",
        }
    }
}

/// Country codes after which a 0 is a trunk prefix that was left standing.
const TRUNK_ZERO: [&str; 4] = ["358", "49", "46", "44"];

/// An e-mail address in lower case, or nothing where the text is none.
///
/// Brackets around it, signs of a sentence after it and `(at)` or `[at]` are understood.
#[must_use]
pub fn email(text: &str) -> Option<String> {
    let text = text
        .trim()
        .trim_start_matches('<')
        .trim_start_matches("mailto:");
    let text = text.trim_end_matches(['>', '.', ',', ';', '!', '?']);
    let written_out = ["(at)", "[at]"].iter().find_map(|at| {
        let (local, domain) = text.split_once(at)?;
        (text.len() <= MAX_BYTES).then(|| format!("{}@{}", local.trim_end(), domain.trim_start()))
    });
    let text = written_out.as_deref().unwrap_or(text);
    if text.len() > MAX_BYTES || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let (local, domain) = text.rsplit_once('@')?;
    let dotted = domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.');
    (!local.is_empty() && !local.contains('@') && dotted).then(|| text.to_lowercase())
}

/// A phone number as E.164 writes it, `+358401234567`, or nothing where the text is none.
///
/// Understands a leading `+` or the region's international prefix (`00`), a `(0)` after the country
/// code, and national numbers of the region. Spaces, dots, hyphens and dashes, slashes and brackets
/// are left out, fullwidth digits are digits; any other letter or sign makes it none.
#[must_use]
pub fn phone(text: &str, region: Region) -> Option<String> {
    let text = text.trim().trim_start_matches("tel:");
    if text.len() > MAX_BYTES {
        return None;
    }
    let plus = text.trim_start_matches('(').starts_with(['+', '\u{ff0b}']);
    let text = text.replace("(0)", "");
    let mut digits = String::with_capacity(16);
    for (i, c) in text.chars().enumerate() {
        match c {
            '0'..='9' => digits.push(c),
            '\u{ff10}'..='\u{ff19}' => digits.extend(char::from_u32(u32::from(c) - 0xfee0)),
            ' ' | '\u{a0}' | '\u{202f}' | '.' | '-' | '\u{2010}'..='\u{2013}' | '/' | '(' | ')' => {
            }
            '+' | '\u{ff0b}' if i == 0 || i == 1 && text.starts_with('(') => {}
            _ => return None,
        }
    }
    let abroad = region.international_prefix();
    let mut number = if plus {
        digits
    } else if let Some(international) = digits
        .strip_prefix(abroad)
        .or_else(|| digits.strip_prefix("00"))
    {
        international.to_owned()
    } else {
        let code = region.calling_code();
        let national = match (region, digits.len()) {
            // The trunk prefix is a matter of taste, and Russia's code may stand in its place.
            (Region::UnitedStates, 11) => digits.strip_prefix('1')?,
            (Region::Russia, 11) => digits.strip_prefix(['7', '8'])?,
            (Region::UnitedStates | Region::Russia, _) => &digits,
            _ => region
                .trunk_prefix()
                .map_or(Some(&*digits), |trunk| digits.strip_prefix(trunk))?,
        };
        format!("{code}{national}")
    };
    if let Some(code) = TRUNK_ZERO.iter().find(|code| number.starts_with(**code))
        && number[code.len()..].starts_with('0')
    {
        number.remove(code.len());
        if number[code.len()..].starts_with('0') {
            return None;
        }
    }
    ((8..=15).contains(&number.len()) && !number.starts_with('0')).then(|| format!("+{number}"))
}

/// A customer or order number: letters and digits, in lower case.
#[must_use]
pub fn number(text: &str) -> Option<String> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let kept: String = text
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    (!kept.is_empty()).then_some(kept)
}

/// A value of a field in the spelling that comparisons use, or nothing where it has none.
#[must_use]
pub fn value(field: &Field, text: &str, region: Region) -> Option<String> {
    match field {
        Field::Email => email(text),
        Field::Phone => phone(text, region),
        Field::CustomerNumber | Field::OrderNumber => number(text),
        _ => {
            let text = text.trim().to_lowercase();
            (!text.is_empty()).then_some(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_number_has_one_spelling() {
        for text in [
            "0401234567",
            "040 123 4567",
            "040-1234567",
            "040.1234.567",
            "+358 40 1234567",
            "+358 (0)40 1234567",
            "00358401234567",
            "tel:+358401234567",
        ] {
            assert_eq!(
                phone(text, Region::Finland).as_deref(),
                Some("+358401234567"),
                "{text}"
            );
        }
        assert_eq!(
            phone("5123 4567", Region::Estonia).as_deref(),
            Some("+37251234567")
        );
        for text in [
            "",
            "12345",
            "1234567",
            "+0401234567",
            "040-CALL",
            "040 1234567 x3",
            "0++1",
            "+358 0040 1234567",
        ] {
            assert_eq!(phone(text, Region::Finland), None, "{text}");
        }
    }

    #[test]
    fn an_email_is_one_word_with_one_at_and_a_dotted_domain() {
        assert_eq!(
            email(" Matti@Example.FI ").as_deref(),
            Some("matti@example.fi")
        );
        for text in [
            "<matti@example.fi>",
            "mailto:matti@example.fi",
            "matti@example.fi.",
            "matti(at)example.fi",
            "matti [at] example.fi",
        ] {
            assert_eq!(email(text).as_deref(), Some("matti@example.fi"), "{text}");
        }
        for text in [
            "",
            "matti(at)example@fi",
            "@example.fi",
            "matti@",
            "matti@localhost",
            "a@b@c.fi",
            "a b@c.fi",
        ] {
            assert_eq!(email(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn normal_spellings_stay_as_they_are(text in "\\PC{0,30}", digits in "[+0][0-9 ()-]{5,16}") {
            for text in [text, digits] {
                if let Some(once) = phone(&text, Region::Finland) {
                    prop_assert_eq!(phone(&once, Region::Finland), Some(once));
                }
                if let Some(once) = email(&text) {
                    prop_assert_eq!(email(&once), Some(once));
                }
                if let Some(once) = number(&text) {
                    prop_assert_eq!(number(&once), Some(once));
                }
            }
        }
    }
}
