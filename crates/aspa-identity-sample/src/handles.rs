//! Handles as people derive them from their names, or from nothing at all.

use crate::names::folded;
use crate::people::Person;
use crate::rng::{Rng, hashed};

pub(crate) const NETWORKS: &[(u32, &str)] = &[
    (210, "x"),
    (220, "facebook"),
    (240, "instagram"),
    (100, "tiktok"),
    (60, "youtube"),
    (55, "linkedin"),
    (45, "reddit"),
    (40, "bluesky"),
    (30, "mastodon"),
];

const WORDS: &[&str] = &[
    "kahvi", "koira", "kissa", "metsa", "jarvi", "moto", "golf", "dj", "foto", "kamera", "music",
    "runner", "gamer", "travel", "chef", "kitchen", "bike", "fishing", "art", "vlogg", "fika",
    "hund", "fussball", "garten", "berlin", "cafe", "sol", "mar", "luna", "perro", "matka",
    "kokki", "mamma", "papa", "life", "official", "real", "the", "tweets", "online", "home", "fit",
    "yoga", "tech", "dev", "books", "garden", "hockey", "cars", "retro",
];
const MOODS: &[&str] = &[
    "Sleepy", "Wild", "Quiet", "Cosmic", "Rusty", "Lucky", "Frozen", "Silent", "Tiny", "Old",
    "Laiska", "Villi", "Pikku", "Musta", "Glada", "Trötta", "Lilla", "Alter", "Kleiner", "Gran",
    "Loco", "Feliz", "Hidden", "Electric", "Salty", "Nordic", "Lost",
];
const THINGS: &[&str] = &[
    "Badger", "Otter", "Moose", "Comet", "Teapot", "Pixel", "Viking", "Penguin", "Turnip",
    "Rocket", "Myyra", "Norppa", "Ilves", "Pilvi", "Rajd", "Skogen", "Kater", "Igel", "Zorro",
    "Gato", "Bosque", "Walrus", "Wizard", "Cactus", "Nomad", "Harbour", "Magpie",
];

/// A nickname for an address or a handle.
pub(crate) fn nick_of(person: &Person, rng: &mut Rng) -> String {
    match folded(&person.nick(rng).latin, false) {
        nick if nick.is_empty() => person.first_word(),
        nick => nick,
    }
}

/// A handle that says nothing of its owner.
pub(crate) fn unrelated(person: &Person, rng: &mut Rng) -> String {
    let two = format!("{}{}", rng.pick(MOODS), rng.pick(THINGS)).replace('ö', "o");
    match rng.below(8) {
        0..=2 => format!("{two}{}", rng.below(10_000)),
        3 => two,
        4 => format!("{}{}", rng.pick(WORDS), rng.pick(WORDS)),
        5 => format!("{}_{}", rng.pick(WORDS), rng.below(1000)),
        6 => format!("user{}", rng.digits(8)),
        // The nickname of a dog, or of somebody else.
        _ => format!(
            "{}{}",
            folded(
                &crate::names::given(person.tongue, !person.female, rng).latin,
                false
            ),
            rng.digits(4)
        ),
    }
}

/// A handle and how it came about.
pub(crate) fn derived(person: &Person, rng: &mut Rng) -> (String, &'static str) {
    let wide = rng.chance(120);
    let (first, last) = (person.first_word(), folded(&person.family.latin, wide));
    if last.is_empty() {
        return (unrelated(person, rng), "unrelated");
    }
    let sep = rng.pick(&["", "", "", ".", "_", "-"]);
    let form = rng.weighted(&[
        (420, "name"),
        (150, "nick"),
        (90, "first"),
        (60, "leet"),
        (80, "abbr"),
        (40, "vowelless"),
        (25, "reversed"),
        (25, "last"),
        (230, "unrelated"),
    ]);
    let initial = &first[..1];
    let base = match form {
        "name" => match rng.below(6) {
            0 => format!("{last}{sep}{first}"),
            1 => format!("{initial}{sep}{last}"),
            2 => format!("{last}{sep}{initial}"),
            3 if person.given.latin.contains(['-', ' ']) => {
                format!("{}{sep}{last}", folded(&person.given.latin, wide))
            }
            _ => format!("{first}{sep}{last}"),
        },
        "nick" => {
            let nick = nick_of(person, rng);
            match rng.below(4) {
                0 => format!("{nick}{sep}{}", rng.pick(WORDS)),
                1 => format!("{nick}{}", rng.within(1, 9999)),
                _ => format!("{nick}{sep}{last}"),
            }
        }
        "first" => match rng.below(4) {
            0 => format!("{first}{sep}{}", rng.pick(WORDS)),
            1 => format!("{first}{sep}{}", &folded(person.home.town, false)),
            2 => format!(
                "{}{sep}{first}",
                rng.pick(&["its", "the", "im", "mr", "just", "hey", "iam", "real"])
            ),
            _ => format!("{first}{}", rng.within(1, 99_999)),
        },
        "leet" => leet(&format!("{first}{sep}{last}"), rng),
        "abbr" => {
            let cut = |word: &str, n: usize| word.chars().take(n).collect::<String>();
            match rng.below(4) {
                0 => format!("{}{}", cut(&first, 3), cut(&last, 3)),
                1 => format!("{}{sep}{}", cut(&last, 4), cut(&first, 2)),
                2 => format!("{}{sep}{last}", cut(&first, 2)),
                _ => format!("{first}{sep}{}", cut(&last, 1)),
            }
        }
        "vowelless" => format!("{first}{sep}{last}")
            .chars()
            .enumerate()
            .filter(|(at, c)| *at == 0 || !"aeiouy".contains(*c))
            .map(|(_, c)| c)
            .collect(),
        "reversed" => match rng.chance(600) {
            true => format!("{first}{last}").chars().rev().collect(),
            false => format!("{last}{sep}{}", first.chars().rev().collect::<String>()),
        },
        "last" => format!(
            "{last}{}",
            rng.pick(&["_", "1", "fi", "xx", "92", "hq", "fam"])
        ),
        _ => return (unrelated(person, rng), form),
    };
    (affixed(person, base, rng), form)
}

/// What people add because the plain one is taken, or for looks.
fn affixed(person: &Person, base: String, rng: &mut Rng) -> String {
    match rng.below(20) {
        0..=1 => format!("{base}{:02}", person.born % 100),
        2 => format!("{base}{}", person.born),
        3 => format!("{base}_"),
        4 => format!("_{base}_"),
        5 => format!("{}{base}", rng.pick(&["the", "real", "mr", "x"])),
        6 => format!(
            "{base}{}",
            rng.pick(&["official", "fi", "se", "de", "uk", "xo", "tv", "hq"])
        ),
        7 => base
            .split(['.', '_', '-'])
            .map(crate::names::capitalised)
            .collect(),
        8 => format!("{base}{}", rng.within(1, 999)),
        _ => base,
    }
}

fn leet(text: &str, rng: &mut Rng) -> String {
    let mut changed = false;
    let out: String = text
        .chars()
        .map(|c| {
            let digit = match c {
                'a' => '4',
                'e' => '3',
                'i' => '1',
                'o' => '0',
                's' => '5',
                't' => '7',
                _ => return c,
            };
            if rng.chance(600) {
                changed = true;
                digit
            } else {
                c
            }
        })
        .collect();
    if changed { out } else { out + "1337" }
}

/// Whether a handle may be one that a CRM knows. Each handle of each network is either for accounts that
/// are known or for all others, so that nobody bears a known one by accident.
pub(crate) fn is_for_known(network: &str, handle: &str) -> bool {
    (hashed(network) ^ hashed(&handle.to_lowercase())) & 1 == 0
}

/// A handle of one's own on a network.
pub(crate) fn own(
    person: &Person,
    network: &str,
    known: bool,
    rng: &mut Rng,
) -> (String, &'static str) {
    let (mut handle, mut form) = derived(person, rng);
    for round in 0..64_u64 {
        handle = allowed(network, &handle);
        if is_for_known(network, &handle) == known {
            break;
        }
        if round < 2 {
            (handle, form) = derived(person, rng);
        } else {
            handle = format!(
                "{}{}",
                allowed(network, &handle)
                    .chars()
                    .take(12)
                    .collect::<String>(),
                rng.below(100)
            );
        }
    }
    (handle, form)
}

/// As the network takes it: X has no dots or hyphens and 15 letters.
pub(crate) fn allowed(network: &str, handle: &str) -> String {
    match network {
        "x" => handle.replace(['.', '-'], "_").chars().take(15).collect(),
        "instagram" | "tiktok" => handle.replace('-', "_"),
        "linkedin" | "bluesky" => handle.replace('_', "-"),
        _ => handle.to_owned(),
    }
}

/// Something that looks like the handle and is not.
pub(crate) fn near_copy(handle: &str, rng: &mut Rng) -> String {
    let swapped = |from: char, to: &str| handle.replacen(from, to, 1);
    let letters: Vec<char> = handle.chars().collect();
    let at = rng.below(letters.len().max(1) as u64) as usize;
    let twice: String = letters
        .iter()
        .enumerate()
        .flat_map(|(i, c)| std::iter::repeat_n(*c, 1 + usize::from(i == at)))
        .collect();
    let copy = match rng.below(8) {
        0 => swapped('l', "I"),
        1 => swapped('o', "0"),
        2 => swapped('m', "rn"),
        3 => swapped('i', "1"),
        4 => format!("{handle}_"),
        5 => format!(
            "{handle}{}",
            rng.pick(&["official", "0", "help", "backup", "real"])
        ),
        6 => swapped('a', "@").replace('@', "4"),
        _ => twice.clone(),
    };
    if copy == handle { twice + "_" } else { copy }
}

#[cfg(test)]
mod tests {
    use super::{NETWORKS, allowed, is_for_known, near_copy, own};
    use crate::people::{Ground, Home, Person};
    use crate::region::Style;
    use crate::rng::Rng;

    fn people() -> impl Iterator<Item = (Person, Rng)> {
        (0..300).map(|serial| {
            let style = Style::ALL[serial as usize % 3];
            let ground = Ground {
                seed: 1,
                style,
                companies: 10,
                digits: 3,
            };
            let mut rng = Rng::of(1, 9, serial);
            let home = Home::of(&ground, serial, &mut rng);
            (Person::of(&ground, home, serial, &mut rng), rng)
        })
    }

    #[test]
    fn known_accounts_and_others_have_no_handle_in_common() {
        for (person, mut rng) in people() {
            let network = rng.weighted(NETWORKS);
            for known in [true, false] {
                let (handle, _) = own(&person, network, known, &mut rng);
                assert_eq!(is_for_known(network, &handle), known);
                assert_eq!(allowed(network, &handle), handle);
                assert!(!handle.is_empty() && handle.is_ascii(), "{handle}");
            }
        }
    }

    #[test]
    fn a_near_copy_is_another_handle() {
        for (person, mut rng) in people() {
            let (handle, _) = own(&person, "x", true, &mut rng);
            let copy = near_copy(&handle, &mut rng);
            assert_ne!(copy, handle);
            let most = copy.chars().count().abs_diff(handle.chars().count());
            assert!(most <= 8, "{handle} {copy}");
        }
    }
}
