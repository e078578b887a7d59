//! Any user name is taken apart, explained by any names, and compared with any other.
//!
//! The first line is the user name, the second a given name, the third a family name.
#![no_main]

use aspa_identity::handle::{Level, Lexicon, decode, explain, near_copy, tokens};
use libfuzzer_sys::fuzz_target;

/// Knows the names of the tables and those of the input.
struct Names<'a> {
    given: &'a str,
    family: &'a str,
}

impl Lexicon for Names<'_> {
    fn given(&self, word: &str) -> f32 {
        if word == self.given {
            return 0.001;
        }
        aspa_identity::names::given(word).unwrap_or(0.0)
    }

    fn family(&self, word: &str) -> f32 {
        if word == self.family {
            return 0.001;
        }
        aspa_identity::names::family(word).unwrap_or(0.0)
    }

    fn formal(&self, word: &str, out: &mut Vec<String>) {
        out.extend(
            aspa_identity::names::formal(word)
                .iter()
                .map(|name| (*name).to_owned()),
        );
    }
}

fuzz_target!(|text: &str| {
    let mut lines = text.splitn(3, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (name, given, family) = (line(), line(), line());
    let name_tokens = tokens(name);
    let letters: usize = name_tokens.words().map(str::len).sum();

    let found = explain(&name_tokens, &[given, "matti"], family);
    assert!(usize::from(found.leftover) <= letters.min(63));
    assert!(found.level != Level::None || !found.leet && !found.reversed && !found.nickname);

    let readings = decode(&name_tokens, &Names { given, family });
    assert!(readings.len() <= 12);
    assert!(readings.is_sorted_by(|a, b| a.plausibility >= b.plausibility));
    assert!(
        readings
            .iter()
            .all(|reading| (0.0..=1.0).contains(&reading.plausibility))
    );

    assert_eq!(near_copy(name, name), None);
    assert_eq!(near_copy(name, given), near_copy(given, name));
});
