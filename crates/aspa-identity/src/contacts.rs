use aspa_crm::normal;

use crate::{ContactKind, Settings};

/// Longest run of digits and signs that is looked at as a phone number, in characters.
const PHONE_RUN: usize = 24;
/// Longest local part and domain of an address, in bytes (RFC 5321 section 4.5.3.1).
const LOCAL: usize = 64;
const DOMAIN: usize = 255;

/// The e-mail addresses and phone numbers in a free text, each once, e-mails first, in the order
/// of the text and in their normal spelling; with the default [`Settings`].
///
/// Time grows with the length of the text and with nothing else. To find customer and order
/// numbers too, use [`Settings::contacts_in`].
///
/// ```
/// use aspa_identity::{ContactKind, contacts_in};
/// let found = contacts_in("Olen Matti, Matti@Example.fi tai 040 123 4567!");
/// assert_eq!(found[0], (ContactKind::Email, "matti@example.fi".to_owned()));
/// assert_eq!(found[1], (ContactKind::Phone, "+358401234567".to_owned()));
/// ```
#[must_use]
pub fn contacts_in(text: &str) -> Vec<(ContactKind, String)> {
    Settings::default().contacts_in(text)
}

impl Settings {
    /// The contact details in a free text, each once: e-mails, phone numbers, then customer and
    /// order numbers where their patterns are set.
    #[must_use]
    pub fn contacts_in(&self, text: &str) -> Vec<(ContactKind, String)> {
        let mut found = Vec::new();
        let mut put = |kind: ContactKind, value: String| {
            let entry = (kind, value);
            if !found.contains(&entry) && found.len() < 32 {
                found.push(entry);
            }
        };
        // What was read once is blanked, so that digits of an address are no phone number.
        let mut rest = text.as_bytes().to_vec();
        for (at, _) in text.match_indices('@') {
            let (start, end) = address_around(text.as_bytes(), at);
            if let Some(email) = text.get(start..end).and_then(normal::email) {
                put(ContactKind::Email, email);
                rest[start..end].fill(b'\n');
            }
        }
        let mut i = 0;
        while i < rest.len() {
            let starts = matches!(rest[i], b'+' | b'0'..=b'9')
                && (i == 0 || !(rest[i - 1].is_ascii_alphanumeric() || rest[i - 1] >= 0x80));
            match starts.then(|| self.phone_at(&rest, i)).flatten() {
                Some((phone, end)) => {
                    put(ContactKind::Phone, phone);
                    rest[i..end].fill(b'\n');
                    i = end;
                }
                None => i += 1,
            }
        }
        let patterns = [
            (ContactKind::CustomerNumber, &self.customer_number),
            (ContactKind::OrderNumber, &self.order_number),
        ];
        for (kind, pattern) in patterns {
            let Some(pattern) = pattern else { continue };
            for word in rest.split(|byte| !(byte.is_ascii_alphanumeric() || *byte >= 0x80)) {
                if let Some(word) = std::str::from_utf8(word).ok().filter(|w| pattern.fits(w)) {
                    put(kind.clone(), word.to_owned());
                }
            }
        }
        found
    }

    /// The longest phone number that starts here, and where it ends.
    fn phone_at(&self, bytes: &[u8], start: usize) -> Option<(String, usize)> {
        if !matches!(bytes[start], b'+' | b'0') {
            return None;
        }
        let is_sign = |byte: u8| matches!(byte, b' ' | b'.' | b'-' | b'/' | b'(' | b')');
        let mut end = start + 1;
        let mut signs = 0;
        while end < bytes.len() && end - start < PHONE_RUN {
            match bytes[end] {
                b'0'..=b'9' => signs = 0,
                byte if is_sign(byte) && signs < 3 => signs += 1,
                _ => break,
            }
            end += 1;
        }
        // From the longest reading to shorter ones, always ending where digits end.
        let ends = (start + 4..=end).rev().filter(|end| {
            bytes[end - 1].is_ascii_digit()
                && bytes
                    .get(*end)
                    .is_none_or(|next| !next.is_ascii_alphanumeric() && *next < 0x80)
        });
        for end in ends {
            let text = std::str::from_utf8(&bytes[start..end]).ok()?;
            let Some(phone) = normal::phone(text, self.region) else {
                continue;
            };
            let own = phone[1..].strip_prefix(self.region.calling_code());
            // National numbers of the regions have at most 10 or 11 digits; more are two numbers.
            if own.is_none_or(|national| national.len() <= 11 && national.len() >= 6) {
                let longest = if self.region == normal::Region::Finland {
                    10
                } else {
                    11
                };
                if own.is_none_or(|national| national.len() <= longest) {
                    return Some((phone, end));
                }
            }
        }
        None
    }
}

/// Where the address around an `@` starts and ends.
fn address_around(bytes: &[u8], at: usize) -> (usize, usize) {
    let in_local = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+' | b'%' | b'\'')
    };
    let in_domain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let before = bytes[..at]
        .iter()
        .rev()
        .take(LOCAL)
        .take_while(|byte| in_local(byte))
        .count();
    let after = bytes[at + 1..]
        .iter()
        .take(DOMAIN)
        .take_while(|byte| in_domain(byte))
        .count();
    let (mut start, mut end) = (at - before, at + 1 + after);
    while start < at && matches!(bytes[start], b'.' | b'-' | b'\'') {
        start += 1;
    }
    while end > at + 1 && matches!(bytes[end - 1], b'.' | b'-') {
        end -= 1;
    }
    (start, end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pattern;
    use proptest::prelude::*;

    fn found(text: &str) -> Vec<String> {
        let settings = Settings {
            customer_number: Some(Pattern::new("10", 6, 6)),
            order_number: Some(Pattern::new("T", 6, 6)),
            ..Settings::default()
        };
        settings
            .contacts_in(text)
            .into_iter()
            .map(|(kind, value)| format!("{kind} {value}"))
            .collect()
    }

    #[test]
    fn what_people_write() {
        for (text, expected) in [
            (
                "laita viesti AINO.V@EXAMPLE.FI.",
                vec!["email aino.v@example.fi"],
            ),
            (
                "<a+b@example.co.uk>, kiitos",
                vec!["email a+b@example.co.uk"],
            ),
            ("soittakaa +358 (0)44-123 4567", vec!["phone +358441234567"]),
            ("call 00358441234567", vec!["phone +358441234567"]),
            ("puh 046.2635.876 t. Aino", vec!["phone +358462635876"]),
            ("+46 70 123 45 67", vec!["phone +46701234567"]),
            (
                "0441234567 10038332 tilaus T509097",
                vec![
                    "phone +358441234567",
                    "customer_number 10038332",
                    "order_number T509097",
                ],
            ),
            (
                "0441234567 0501234567",
                vec!["phone +358441234567", "phone +358501234567"],
            ),
            (
                "a0441234567@example.fi",
                vec!["email a0441234567@example.fi"],
            ),
            ("maksoin 100,50 euroa 24.12.2025 klo 10.30", vec![]),
            ("@aino katso T50909 ja XT509097", vec![]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn a_hostile_text_takes_no_longer_than_its_length() {
        for text in [
            "@".repeat(200_000),
            "0 ".repeat(200_000),
            "a@b.".repeat(100_000),
        ] {
            assert!(found(&text).len() <= 32);
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "\\PC{0,80}", mix in "[a0+@. ä(-]{0,60}") {
            found(&text);
            found(&mix);
        }
    }
}
