//! Names as profiles show them.

use crate::names::{Scheme, folded, romanised};
use crate::people::Person;
use crate::rng::Rng;

const EMOJI: &[&str] = &[
    "✨", "🌲", "☕", "🐶", "🇫🇮", "⚽", "🍀", "💙", "🎸", "🌻", "🏒", "🚴", "🦊", "🖤", "🌈", "🎧",
];

/// A name shown, and how it came about.
pub(crate) fn shown(person: &Person, handle: &str, rng: &mut Rng) -> (String, &'static str) {
    let (given, family) = (person.given.latin.as_str(), person.family.latin.as_str());
    let initial = |word: &str| {
        word.chars()
            .next()
            .map(|c| c.to_string())
            .unwrap_or_default()
    };
    if let (Some(given), Some(family)) = (&person.given.native, &person.family.native)
        && rng.chance(550)
    {
        return match rng.below(4) {
            0 => (
                format!("{} {family}", person.nick(rng).native.unwrap_or_default())
                    .trim()
                    .to_owned(),
                "native",
            ),
            1 => (format!("{given} {}.", initial(family)), "native"),
            // Somebody else's way of writing the same letters.
            2 if !given.is_ascii() && folded(given, false).is_empty() => {
                let scheme = rng.pick(&[Scheme::English, Scheme::German, Scheme::Finnish]);
                match romanised(given, scheme) {
                    word if word.is_empty() => (format!("{given} {family}"), "native"),
                    word => (format!("{word} {}", romanised(family, scheme)), "romanised"),
                }
            }
            _ => (format!("{given} {family}"), "native"),
        };
    }
    let form = rng.weighted(&[
        (640, "full"),
        (90, "first"),
        (100, "nickfull"),
        (75, "partial"),
        (30, "swapped"),
        (30, "bold"),
        (45, "capitals"),
        (35, "typo"),
        (80, "handle"),
        (55, "other"),
        (35, "none"),
        (15, "last"),
    ]);
    let full = person.full();
    let name = match form {
        "first" => given.to_owned(),
        "nickfull" => match rng.chance(250) {
            true => person.nick(rng).latin,
            false => format!("{} {family}", person.nick(rng).latin),
        },
        "partial" => match rng.below(3) {
            0 => format!("{given} {}.", initial(family)),
            1 => format!("{}. {family}", initial(given)),
            _ => format!(
                "{given} {}. {family}",
                initial(rng.pick(&["Aino", "Erik", "Maria", "Olavi", "Johan", "Lee", "Paul"]))
            ),
        },
        "swapped" => format!("{family} {given}"),
        "bold" => full.chars().map(bold).collect(),
        "capitals" => match rng.chance(500) {
            true => full.to_uppercase(),
            false => full.to_lowercase(),
        },
        "typo" => typo(&full, rng),
        "handle" => handle.to_owned(),
        "other" => (rng.pick(&[
            "Mamma Muu",
            "just me",
            "El Jefe",
            "☕ & books",
            "Nobody Important",
            "Kotiäiti",
            "Fika Queen",
            "the dad",
            "Nachtlicht",
            "anon",
            "Vihtahousu",
            "Bot? No.",
        ]))
        .to_owned(),
        "none" => String::new(),
        "last" => family.to_owned(),
        _ => full,
    };
    let name = match form {
        "none" | "handle" => name,
        _ if rng.chance(120) => format!("{name} {}", rng.pick(EMOJI)),
        _ => name,
    };
    (name, form)
}

/// A letter of the mathematical alphabet, bold (Unicode block U+1D400).
fn bold(c: char) -> char {
    let at = match c {
        'A'..='Z' => 0x1D400 + c as u32 - 'A' as u32,
        'a'..='z' => 0x1D41A + c as u32 - 'a' as u32,
        _ => return c,
    };
    char::from_u32(at).unwrap_or(c)
}

/// One letter dropped, doubled, swapped with its neighbour or replaced.
pub(crate) fn typo(text: &str, rng: &mut Rng) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let places: Vec<usize> = (1..letters.len())
        .filter(|at| letters[*at].is_alphabetic())
        .collect();
    if places.is_empty() {
        return text.to_owned();
    }
    let at = rng.pick(&places);
    match rng.below(4) {
        0 => {
            letters.remove(at);
        }
        1 => letters.insert(at, letters[at]),
        2 if letters[at - 1].is_alphabetic() => letters.swap(at, at - 1),
        _ => letters[at] = rng.pick(&['e', 'i', 'a', 'o', 'k', 'n', 's']),
    }
    letters.into_iter().collect()
}
