//! Names of people: a tongue has its own given and family names, nicknames and ways to write them.

mod european;
mod nordic;
mod scripts;

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::rng::Rng;

/// The lists of a tongue as they are written down: words between spaces, the commonest first.
pub(crate) struct Words {
    men: &'static str,
    women: &'static str,
    family: &'static str,
    /// Family names beyond the list are a head and a tail.
    heads: &'static str,
    tails: &'static str,
    /// `Given:nick,nick`.
    nicks: &'static str,
    /// Endings by which people make a nickname of the first letters.
    made: &'static str,
}

/// Whose names somebody bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tongue {
    Finnish,
    Swedish,
    German,
    Estonian,
    Spanish,
    English,
    Russian,
    Greek,
    Arabic,
    Eastern,
}

/// A name in Latin letters, and as it is written at home where that is another script.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Name {
    pub(crate) latin: String,
    pub(crate) native: Option<String>,
}

struct Lists {
    men: Vec<&'static str>,
    women: Vec<&'static str>,
    family: Vec<&'static str>,
    heads: Vec<&'static str>,
    tails: Vec<&'static str>,
    nicks: HashMap<&'static str, Vec<&'static str>>,
    made: Vec<&'static str>,
}

impl Lists {
    fn of(words: &Words) -> Self {
        let split = |text: &'static str| text.split_ascii_whitespace().collect();
        let nicks = words.nicks.split_ascii_whitespace();
        Self {
            men: split(words.men),
            women: split(words.women),
            family: split(words.family),
            heads: split(words.heads),
            tails: split(words.tails),
            nicks: nicks
                .filter_map(|entry| entry.split_once(':'))
                .map(|(given, nicks)| (given, nicks.split(',').collect()))
                .collect(),
            made: split(words.made),
        }
    }
}

fn lists(tongue: Tongue) -> &'static Lists {
    static LISTS: OnceLock<[Lists; 10]> = OnceLock::new();
    let all = LISTS.get_or_init(|| {
        [
            nordic::FINNISH,
            nordic::SWEDISH,
            european::GERMAN,
            european::ESTONIAN,
            european::SPANISH,
            european::ENGLISH,
            scripts::RUSSIAN,
            scripts::GREEK,
            scripts::ARABIC,
            scripts::EASTERN,
        ]
        .map(|words| Lists::of(&words))
    });
    &all[tongue as usize]
}

/// A first name.
pub(crate) fn given(tongue: Tongue, female: bool, rng: &mut Rng) -> Name {
    let lists = lists(tongue);
    let of = if female { &lists.women } else { &lists.men };
    let name = named(tongue, rng.common(of), rng);
    let (double, joint) = match tongue {
        Tongue::Finnish => (90, "-"),
        Tongue::Swedish => (60, "-"),
        Tongue::German => (40, "-"),
        Tongue::Spanish => (160, " "),
        Tongue::English => (20, " "),
        _ => (0, ""),
    };
    if !rng.chance(double) {
        return name;
    }
    let second = rng.common(of);
    match second == name.latin {
        true => name,
        false => Name {
            latin: format!("{}{joint}{second}", name.latin),
            native: None,
        },
    }
}

/// A family name, in the form that a woman or a man bears.
pub(crate) fn family(tongue: Tongue, female: bool, rng: &mut Rng) -> Name {
    let lists = lists(tongue);
    let listed = match tongue {
        Tongue::Finnish | Tongue::Swedish | Tongue::Russian | Tongue::Estonian => 600,
        Tongue::German | Tongue::English => 750,
        Tongue::Spanish => 950,
        _ => 1000,
    };
    let name = if rng.chance(listed) {
        named(tongue, rng.common(&lists.family), rng)
    } else {
        let made = format!("{}{}", rng.pick(&lists.heads), rng.pick(&lists.tails));
        named(tongue, &capitalised(&made), rng)
    };
    match tongue {
        Tongue::Russian if female => feminine(&name),
        Tongue::Spanish if rng.chance(550) => {
            let second = rng.common(&lists.family);
            Name {
                latin: format!("{} {second}", name.latin),
                native: None,
            }
        }
        Tongue::Finnish | Tongue::Swedish | Tongue::German if rng.chance(35) => {
            let second = rng.common(&lists.family);
            Name {
                latin: format!("{}-{second}", name.latin),
                native: None,
            }
        }
        _ => name,
    }
}

/// The same family's name as a woman bears it.
pub(crate) fn feminine(name: &Name) -> Name {
    let Some(native) = &name.native else {
        return name.clone();
    };
    let (native, tail) = if native.ends_with("ов")
        || native.ends_with("ев")
        || native.ends_with("ёв")
        || native.ends_with("ин")
    {
        (format!("{native}а"), "a")
    } else if let Some(stem) = native.strip_suffix("ский") {
        (format!("{stem}ская"), "")
    } else {
        return name.clone();
    };
    let latin = if tail.is_empty() {
        let cut = name.latin.trim_end_matches(['i', 'j', 'y']);
        format!("{cut}aya")
    } else {
        format!("{}{tail}", name.latin)
    };
    Name {
        latin,
        native: Some(native),
    }
}

/// What friends call somebody: of the list, or made of the first letters.
pub(crate) fn nick(tongue: Tongue, given: &Name, rng: &mut Rng) -> Name {
    let lists = lists(tongue);
    let first =
        |name: &str| -> String { name.split(['-', ' ']).next().unwrap_or_default().to_owned() };
    let known = match (&given.native, tongue) {
        (Some(native), Tongue::Russian) => lists.nicks.get(first(native).as_str()),
        _ => lists.nicks.get(first(&given.latin).as_str()),
    };
    if let Some(known) = known
        && rng.chance(850)
    {
        return named(tongue, rng.common(known), rng);
    }
    let whole = match tongue {
        Tongue::Russian => first(given.native.as_deref().unwrap_or(&given.latin)),
        _ => first(&given.latin),
    };
    let letters: Vec<char> = whole.chars().collect();
    let cut = letters.len().min(rng.within(2, 4) as usize);
    // A made one ends its stem with a consonant: Mat-su, Vic-i.
    let vowel = |c: &char| "aeiouyäöüåаеиоуыэюя".contains(*c);
    let cut = (cut..letters.len())
        .find(|at| !vowel(&letters[at - 1]))
        .unwrap_or(cut);
    let made: String = letters[..cut].iter().collect::<String>() + rng.pick(&lists.made);
    named(tongue, &made, rng)
}

/// A word of the lists as a name: Latin beside native, Cyrillic romanised in one way or another.
fn named(tongue: Tongue, word: &str, rng: &mut Rng) -> Name {
    match tongue {
        Tongue::Russian => Name {
            latin: romanised(
                word,
                rng.pick(&[
                    Scheme::English,
                    Scheme::English,
                    Scheme::German,
                    Scheme::Finnish,
                ]),
            ),
            native: Some(word.to_owned()),
        },
        Tongue::Greek | Tongue::Arabic => match word.split_once('/') {
            Some((native, latin)) => Name {
                latin: latin.to_owned(),
                native: Some(native.to_owned()),
            },
            None => Name {
                latin: word.to_owned(),
                native: None,
            },
        },
        _ => Name {
            latin: word.to_owned(),
            native: None,
        },
    }
}

/// The first letter in upper case.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// How Cyrillic is written in Latin letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    English,
    German,
    Finnish,
}

/// Cyrillic in Latin letters, as newspapers of the language write it.
pub(crate) fn romanised(text: &str, scheme: Scheme) -> String {
    let mut out = String::new();
    let letters: Vec<char> = text.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let small = letter.to_lowercase().next().unwrap_or(*letter);
        let starts = at == 0
            || "аеёиоуыэюяьъ".contains(letters[at - 1].to_lowercase().next().unwrap_or(' '));
        let word = match (small, scheme) {
            ('е', Scheme::Finnish) if starts => "je",
            ('е', Scheme::English) if starts && at > 0 => "ye",
            ('ё', Scheme::English) => "yo",
            ('ё', _) => "jo",
            ('ж', Scheme::English) => "zh",
            ('ж', Scheme::German) => "sch",
            ('ж', Scheme::Finnish) => "ž",
            ('з', Scheme::German) => "s",
            ('й', Scheme::English) if at + 1 == letters.len() => "y",
            ('й', _) => "i",
            ('х', Scheme::English) => "kh",
            ('х', Scheme::German) => "ch",
            ('х', Scheme::Finnish) => "h",
            ('ц', Scheme::English | Scheme::Finnish) => "ts",
            ('ц', Scheme::German) => "z",
            ('ч', Scheme::English) => "ch",
            ('ч', Scheme::German) => "tsch",
            ('ч', Scheme::Finnish) => "tš",
            ('ш', Scheme::English) => "sh",
            ('ш', Scheme::German) => "sch",
            ('ш', Scheme::Finnish) => "š",
            ('щ', Scheme::English) => "shch",
            ('щ', Scheme::German) => "schtsch",
            ('щ', Scheme::Finnish) => "štš",
            ('в', Scheme::German) => "w",
            ('ю', Scheme::English) => "yu",
            ('ю', _) => "ju",
            ('я', Scheme::English) => "ya",
            ('я', _) => "ja",
            ('ь' | 'ъ', _) => "",
            _ => match "абвгдезиклмнопрстуфыэ".chars().position(|c| c == small)
            {
                Some(place) => &"abvgdeziklmnoprstufye"[place..=place],
                None => "",
            },
        };
        match letter.is_uppercase() {
            true => out.push_str(&capitalised(word)),
            false => out.push_str(word),
        }
    }
    out
}

/// In plain small Latin letters, as in an e-mail address or a handle; `wide` writes ä as ae.
pub(crate) fn folded(text: &str, wide: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        let plain = match letter {
            'a'..='z' | '0'..='9' => {
                out.push(letter);
                continue;
            }
            'ä' if wide => "ae",
            'ö' | 'ø' if wide => "oe",
            'ü' if wide => "ue",
            'ß' => "ss",
            'á' | 'à' | 'â' | 'ä' | 'å' | 'ã' | 'ă' | 'ầ' | 'ạ' | 'ặ' | 'ả' => "a",
            'é' | 'è' | 'ê' | 'ë' | 'ễ' | 'ế' => "e",
            'í' | 'ì' | 'î' | 'ï' | 'ı' | 'ị' => "i",
            'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ồ' | 'ọ' | 'ơ' | 'ø' => "o",
            'ú' | 'ù' | 'û' | 'ü' | 'ũ' | 'ư' | 'ụ' => "u",
            'ý' | 'ỳ' => "y",
            'ñ' => "n",
            'ç' | 'č' => "c",
            'š' | 'ş' => "s",
            'ž' => "z",
            'đ' => "d",
            'ğ' => "g",
            _ => continue,
        };
        out.push_str(plain);
    }
    out
}
