//! Names as the first comparisons wrote them; `names` takes their place.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest profile text that is looked at, in characters.
const LONGEST: usize = 400;

/// Lower case without marks, other letters spelled in ASCII where that is usual. `ä` and `ae` are
/// both `a`, so that either spelling of a name meets the other; so with `ö`, `oe` and `ü`, `ue`.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text
        .chars()
        .take(LONGEST)
        .nfkc()
        .flat_map(char::to_lowercase)
        .nfd()
    {
        match c {
            c if is_combining_mark(c) => {}
            'ø' => folded.push('o'),
            'æ' => folded.push('a'),
            'œ' => folded.push('o'),
            'ß' => folded.push_str("ss"),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'þ' => folded.push_str("th"),
            'ı' => folded.push('i'),
            'e' if folded.ends_with(['a', 'o', 'u']) => {}
            c => folded.push(c),
        }
    }
    folded
}

/// The words of a name; hyphens and apostrophes do not part words.
pub(crate) fn words(text: &str) -> Vec<String> {
    fold(text)
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '\'' | '’')))
        .map(letters)
        .filter(|word| !word.is_empty())
        .take(6)
        .collect()
}

/// Letters and digits only.
pub(crate) fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// A whole name as one word.
pub(crate) fn joined(text: &str) -> String {
    letters(&fold(text))
}

/// A company's name without its legal form.
pub(crate) fn company(text: &str) -> String {
    let words = words(text);
    let is_form = |word: &String| {
        matches!(
            word.as_str(),
            "oy" | "oyj"
                | "ab"
                | "ky"
                | "tmi"
                | "ry"
                | "ltd"
                | "inc"
                | "gmbh"
                | "as"
                | "ou"
                | "llc"
        )
    };
    words
        .iter()
        .filter(|word| !is_form(word))
        .map(String::as_str)
        .collect()
}

/// The ways a user name can be meant: as it stands and with digits for letters, without digits at
/// the end and usual trimmings.
pub(crate) fn user_names(text: &str) -> Vec<String> {
    let plain = joined(text);
    let bare = plain
        .trim_end_matches(|c: char| c.is_ascii_digit())
        .to_owned();
    let leet: String = bare
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' => 'i',
            '3' => 'e',
            '4' => 'a',
            '5' => 's',
            '7' => 't',
            c => c,
        })
        .collect();
    let leet = fold(&leet);
    let mut ways = vec![plain, bare, leet.clone()];
    for way in [
        leet.strip_prefix("the"),
        leet.strip_suffix("fi"),
        leet.strip_suffix("official"),
    ] {
        ways.extend(way.map(str::to_owned));
    }
    ways.retain(|way| way.len() >= 4);
    ways.sort();
    ways.dedup();
    ways
}

/// The host of an address, without `www.`.
pub(crate) fn host(address: &str) -> Option<String> {
    let rest = address
        .trim()
        .split_once("://")
        .map_or(address.trim(), |(_, rest)| rest);
    let host = rest
        .split(['/', '?', '#', ':'])
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let host = host.trim_start_matches("www.").to_owned();
    (host.contains('.') && host.len() <= 255 && !host.contains(char::is_whitespace)).then_some(host)
}

/// How many letters must change, up to 3: enough to tell a near-copy.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) =
        (a.chars().take(64).collect(), b.chars().take(64).collect());
    if a.len().abs_diff(b.len()) > 2 {
        return 3;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let next = (corner + usize::from(x != y))
                .min(row[j] + 1)
                .min(row[j + 1] + 1);
            corner = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[b.len()].min(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_meet() {
        for text in [
            "Väinö Mäkelä",
            "VAINO MAKELA",
            "Vaeinoe Maekelae",
            "𝐕𝐚𝐢𝐧𝐨 𝐌𝐚𝐤𝐞𝐥𝐚 🍀",
        ] {
            assert_eq!(words(text), ["vaino", "makela"], "{text}");
        }
        assert_eq!(words("Anna-Liisa O'Hara"), ["annaliisa", "ohara"]);
        assert_eq!(company("Virta Oy"), company("virta"));
        assert_eq!(
            host("https://www.Example.fi/x?y").as_deref(),
            Some("example.fi")
        );
        assert!(user_names("m4tt1_virt4nen85").contains(&"mattivirtanen".to_owned()));
    }

    #[test]
    fn near_copies() {
        assert_eq!(distance("erkki_laakso", "erkkl_laakso"), 1);
        assert_eq!(distance("erkki", "erkki"), 0);
        assert_eq!(distance("erkki", "someone"), 3);
    }
}
