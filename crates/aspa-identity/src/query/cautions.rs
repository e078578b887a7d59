//! Signs that it is somebody else.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::LazyLock;

use super::WORDS;
use crate::levels::CautionLevel;
use crate::store::WordHasher;

/// What words tell, the weightiest first.
const ORDER: [CautionLevel; 5] = [
    CautionLevel::Imitation,
    CautionLevel::Shared,
    CautionLevel::Bot,
    CautionLevel::Staff,
    CautionLevel::Official,
];
const IS_IMITATION: usize = 0;
const IS_STAFF: usize = 3;

/// What display name, user name and bio tell; display name and bio are folded.
pub(super) fn caution(display: &str, user: &str, bio: &str) -> CautionLevel {
    let words = display.split_ascii_whitespace();
    let words = words.chain(bio.split_ascii_whitespace()).take(WORDS);
    let told = words.filter_map(|word| match is_mock(word) {
        true => Some(IS_IMITATION),
        false => CUES.get(word).copied(),
    });
    let disclaimed = disclaims(bio).then_some(IS_IMITATION);
    let staff = is_staff(user).then_some(IS_STAFF);
    let weightiest = told.chain(disclaimed).chain(staff).min();
    weightiest.map_or(CautionLevel::Unseen, |at| ORDER[at])
}

/// By word the place in [`ORDER`].
static CUES: LazyLock<HashMap<&str, usize, BuildHasherDefault<WordHasher>>> = LazyLock::new(|| {
    let lists: [&[&str]; ORDER.len()] = [&IMITATION, &SHARED, &BOT, &STAFF, &OFFICIAL];
    // The weightiest last, since the last one stays.
    let lists = lists.into_iter().enumerate().rev();
    lists
        .flat_map(|(at, words)| words.iter().map(move |word| (*word, at)))
        .collect()
});

fn is_mock(word: &str) -> bool {
    MOCK.iter().any(|stem| word.starts_with(stem))
}

/// Whether somewhere a disclaimer stands: looked for where a space is, since each has one.
fn disclaims(bio: &str) -> bool {
    let spaces = bio.bytes().enumerate().filter(|(_, byte)| *byte == b' ');
    spaces
        .map(|(at, _)| (&bio[..at], &bio[at + 1..]))
        .any(|(before, behind)| {
            let is_there =
                |(start, end): &(&str, &str)| before.ends_with(start) && behind.starts_with(end);
            DISCLAIMERS.iter().any(is_there)
        })
}

/// Whether a user name holds a long word of staff.
fn is_staff(user: &str) -> bool {
    let user = user.as_bytes();
    let is_there =
        |at: usize, word: &str| word.len() > 5 && user[at..].starts_with(word.as_bytes());
    (0..user.len()).any(|at| STAFF.iter().any(|word| is_there(at, word)))
}

/// Words with which imitations own up, folded.
const IMITATION: [&str; 13] = [
    "fan",
    "fans",
    "fanclub",
    "fani",
    "fanit",
    "fake",
    "feikki",
    "unofficial",
    "epavirallinen",
    "inofficiell",
    "inoffiziell",
    "memorial",
    "impersonator",
];
/// How words for parody and satire begin, inflected or not.
const MOCK: [&str; 4] = ["parod", "parood", "satir", "satiir"];
/// How accounts say that they are not whom they show, as the networks ask of parodies: before and
/// behind a space.
const DISCLAIMERS: [(&str, &str); 9] = [
    ("not", "affiliated"),
    ("not", "the real"),
    ("not", "associated with"),
    ("ei", "liity"),
    ("ei", "ole virallinen"),
    ("inte", "officiell"),
    ("ej", "officiell"),
    ("nicht", "offiziell"),
    ("no", "oficial"),
];
const SHARED: [&str; 24] = [
    "team",
    "fam",
    "perekond",
    "perekonna",
    "hogar",
    "huset",
    "haushalt",
    "talous",
    "perhe",
    "perheen",
    "family",
    "familj",
    "familjen",
    "familie",
    "pere",
    "familia",
    "semya",
    "suku",
    "kotitalous",
    "couple",
    "pariskunta",
    "yhteinen",
    "joint",
    "shared",
];
const BOT: [&str; 10] = [
    "crypto", "bot", "botti", "airdrop", "giveaway", "onlyfans", "forex", "casino", "kasino",
    "bitcoin",
];
const STAFF: [&str; 20] = [
    "support",
    "asiakaspalvelu",
    "asiakaspalvelija",
    "helpdesk",
    "kundtjanst",
    "kundservice",
    "kundenservice",
    "kundendienst",
    "klienditugi",
    "soporte",
    "atencion",
    "podderzhka",
    "hr",
    "orders",
    "customerservice",
    "myynti",
    "help",
    "palvelee",
    "rekry",
    "care",
];
const OFFICIAL: [&str; 8] = [
    "official",
    "virallinen",
    "officiell",
    "offiziell",
    "ofitsialnyy",
    "ametlik",
    "oficial",
    "verified",
];
