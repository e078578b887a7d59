//! What somebody may have meant whose finger slipped.

use crate::text;

/// Figures at the end of a number in which slips are looked for.
const FIGURES: usize = 8;
/// Longest name of a mailbox in which slips are looked for, in bytes.
const LONGEST: usize = 24;

/// Numbers with another figure in one place or two neighbours swapped, among the last eight.
pub(super) fn of_number(number: &str, mut see: impl FnMut(&[u8])) {
    let mut bytes = number.as_bytes().to_vec();
    let is_figure = |byte: u8| byte.is_ascii_digit();
    let places = (0..bytes.len())
        .rev()
        .filter(|at| is_figure(number.as_bytes()[*at]));
    for at in places.take(FIGURES) {
        let told = bytes[at];
        for other in (b'0'..=b'9').filter(|other| *other != told) {
            bytes[at] = other;
            see(&bytes);
        }
        bytes[at] = told;
        if at > 0 && is_figure(bytes[at - 1]) && bytes[at - 1] != told {
            bytes.swap(at - 1, at);
            see(&bytes);
            bytes.swap(at - 1, at);
        }
    }
}

/// Mail addresses whose well-known domain is misspelt, or where in the mailbox's name one of two like letters
/// or the last one was left out, one was put in, or two were swapped. Some 70 for a name of fifteen
/// letters: any letter left out anywhere would be 400 more, and each has to be hashed.
pub(super) fn of_address(address: &str, see: &mut dyn FnMut(&[u8])) {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return;
    };
    if let Some(meant) = text::meant_mail(domain) {
        // As the record has it, without what its host does not read.
        see(text::mailbox(&format!("{local}@{meant}")).as_bytes());
    }
    if local.len() > LONGEST || !local.is_ascii() {
        return;
    }
    let mut meant = Vec::with_capacity(address.len() + 1);
    let end = &address.as_bytes()[local.len()..];
    let mut try_with = |before: &[u8], between: &[u8], behind: &[u8]| {
        meant.clear();
        for part in [before, between, behind, end] {
            meant.extend_from_slice(part);
        }
        see(&meant);
    };
    let bytes = local.as_bytes();
    for at in 0..=bytes.len() {
        let (before, behind) = bytes.split_at(at);
        match behind.first() {
            Some(doubled) => try_with(before, &[*doubled], behind),
            None => (b'a'..=b'z').for_each(|letter| try_with(before, &[letter], behind)),
        }
        if let Some(rest) = behind.get(1..).filter(|_| bytes.len() > 1) {
            try_with(before, &[], rest);
        }
        if let [one, other, ..] = bytes[at..]
            && one != other
        {
            try_with(before, &[other, one], &behind[2..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{of_address, of_number};

    fn numbers(told: &str) -> Vec<String> {
        let mut found = Vec::new();
        of_number(told, |meant| {
            found.push(str::from_utf8(meant).unwrap().to_owned())
        });
        found
    }

    fn addresses(told: &str) -> Vec<String> {
        let mut found = Vec::new();
        of_address(told, &mut |meant| {
            found.push(str::from_utf8(meant).unwrap().to_owned());
        });
        found
    }

    #[test]
    fn a_figure_may_be_another_or_swapped() {
        for (told, meant, is_near) in [
            ("ek3203728", "ek3203729", true),
            ("ek3203728", "ek3023728", true),
            ("ek3203728", "ek3203728", false),
            ("ek3203728", "ek3203782", true),
            ("ek3203728", "ek3203739", false),
            ("+358401234567", "+358401234576", true),
            ("+358401234567", "+359401234567", false),
            ("x", "1", false),
            ("", "1", false),
        ] {
            let found = numbers(told);
            assert_eq!(
                found.iter().any(|near| near == meant),
                is_near,
                "{told} {meant}"
            );
        }
        assert!(numbers(&"7".repeat(500)).len() < 100);
    }

    #[test]
    fn an_address_may_lack_a_letter_or_misspell_its_host() {
        for (told, meant, is_near) in [
            ("aino@gmial.com", "aino@gmail.com", true),
            ("a.ino@gmial.com", "aino@gmail.com", true),
            ("aino@hotmial.fi", "aino@hotmail.fi", true),
            ("aino.mak@example.fi", "aino.maki@example.fi", true),
            ("liiaaino@example.fi", "liisaaino@example.fi", false),
            ("lisa@example.fi", "liisa@example.fi", true),
            ("ainoo@example.fi", "aino@example.fi", true),
            ("anio@example.fi", "aino@example.fi", true),
            ("aino@example.fi", "aino@example.fi", false),
            ("aino@example.fi", "aino@exemple.fi", false),
            ("no address", "", false),
            ("\u{e4}ino@example.fi", "aino@example.fi", false),
            ("@", "", false),
        ] {
            let found = addresses(told);
            assert_eq!(
                found.iter().any(|near| near == meant),
                is_near,
                "{told} {meant}"
            );
        }
        assert!(addresses(&format!("{}@example.fi", "a".repeat(500))).len() < 3);
    }
}
