//! Text to plain letters.

use std::borrow::Cow;

use unicode_normalization::char::{decompose_canonical, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use super::scripts::{self, Script};

/// Writes text in plain small letters and digits: `[a-z0-9 ]`, words parted by single spaces.
///
/// Styled letters (mathematical, full-width, enclosed, small capitals) become plain ones, marks go
/// (`ä` → `a`, `ñ` → `n`), other letters are spelled as usual in ASCII (`ø` → `o`, `ß` → `ss`,
/// `ð` → `d`, `þ` → `th`), other scripts are transliterated, and what is no letter or digit parts
/// words, apart from apostrophes, which go. Letters of another script inside a Latin word are read
/// as the Latin letters that they look like. Linear in the length of the text.
///
/// ```
/// use aspa_identity::names::fold;
///
/// assert_eq!(fold("𝐕ä𝐢𝐧ö  O'Hara-Ström"), "vaino ohara strom");
/// assert_eq!(fold("Сергей Щукин"), "sergey shchukin");
/// ```
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return fold_ascii(text);
    }
    let mut out = String::with_capacity(text.len() + 1);
    let plain = plain(text);
    for word in plain.split(|c| !is_in_word(c)) {
        fold_word(word, &mut out, None);
        if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// As [`fold`], of text that is plain already, as most is.
fn fold_ascii(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(byte.to_ascii_lowercase());
        } else if byte != b'\'' && out.last().is_some_and(|last| *last != b' ') {
            out.push(b' ');
        }
    }
    if out.last() == Some(&b' ') {
        out.pop();
    }
    // Nothing but ASCII.
    String::from_utf8(out).unwrap_or_default()
}

/// Whether a character of [`plain`] text stands inside words: letters, digits, marks, apostrophes.
pub(super) fn is_in_word(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '\'' => true,
        c if c.is_ascii() => false,
        c => (c.is_alphanumeric() || is_combining_mark(c)) && !scripts::is_flag_letter(c),
    }
}

/// Compatibility-normalised text with styled letters made plain, one kind of apostrophe and no
/// invisible characters.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let seen = text.chars().filter_map(|c| match c {
        c if c.is_ascii() && c != '`' => Some(c),
        '’' | '‘' | 'ʼ' | 'ʹ' | '´' | '`' | 'ʻ' | '׳' => Some('\''),
        '“' | '”' | '„' | '«' | '»' | '״' | '「' | '」' => Some('"'),
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{200b}'..='\u{200f}' => None,
        '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' => None,
        '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}' => None,
        c => Some(scripts::styled(c)),
    });
    let mut kept = String::with_capacity(text.len());
    kept.extend(seen);
    let seen = kept;
    // Most text is normal already, and to see that is quicker than to make it so.
    if seen.chars().all(is_normal) {
        return Cow::Owned(seen);
    }
    match is_nfkc_quick(seen.chars()) {
        IsNormalized::Yes => Cow::Owned(seen),
        _ => Cow::Owned(seen.nfkc().collect()),
    }
}

/// Whether no normalising changes the character, seen without tables: plain letters, and most of Western
/// Europe's and of Russian.
fn is_normal(c: char) -> bool {
    matches!(c, '\0'..='\x7f' | '\u{c0}'..='\u{131}' | '\u{410}'..='\u{44f}')
}

/// Appends one word of [`plain`] text in plain letters; `variant` gets the word in its other usual
/// spelling (`ä` as `ae`, `å` as `aa`, `ё` as `yo`), appended likewise.
///
/// A word of Chinese or Korean becomes two: family name, then given name.
pub(super) fn fold_word(word: &str, out: &mut String, mut variant: Option<&mut String>) -> Script {
    if word.is_ascii() {
        let start = out.len();
        if word.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            out.push_str(word);
        } else {
            out.extend(word.chars().filter(char::is_ascii_alphanumeric));
        }
        out[start..].make_ascii_lowercase();
        if let Some(variant) = variant {
            variant.push_str(&out[start..]);
        }
        return Script::Latin;
    }
    let script = scripts::script(word);
    let word = match script {
        Script::Consonants => scripts::without_article(word),
        _ => word,
    };
    let mut put = |out: &mut String, usual: &str, other: &str| {
        out.push_str(usual);
        if let Some(variant) = variant.as_deref_mut() {
            variant.push_str(other);
        }
    };
    if let Some(known) = scripts::native(word) {
        put(out, known, known);
        return script;
    }
    if matches!(script, Script::Han | Script::Hangul) {
        let (start, (family, rest)) = (out.len(), scripts::family_first(word.trim_matches('\'')));
        if let Some(family) = scripts::korean_family(family) {
            put(out, family, family);
        } else {
            for c in family.chars() {
                letters(c, |s| put(out, s, s));
            }
        }
        // A mark in front is no name.
        if !rest.is_empty() && out.len() > start {
            put(out, " ", " ");
        }
        for c in rest.chars() {
            letters(c, |s| put(out, s, s));
        }
        return script;
    }
    let mut chars = word.chars().flat_map(char::to_lowercase).peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii() {
            if c.is_ascii_alphanumeric() {
                let mut buffer = [0; 4];
                let c: &str = c.encode_utf8(&mut buffer);
                put(out, c, c);
            }
            continue;
        }
        if script == Script::Mixed
            && let Some(look) = scripts::lookalike(c)
        {
            put(out, look, look);
            continue;
        }
        if let Some(spelled) = chars.peek().and_then(|&next| scripts::greek_pair(c, next)) {
            chars.next();
            put(out, spelled, spelled);
            continue;
        }
        if let Some((usual, other)) = scripts::spelled(c) {
            put(out, usual, other);
            continue;
        }
        letters(c, |s| put(out, s, s));
    }
    script
}

/// The plain letters of one character, piece by piece.
fn letters(c: char, mut put: impl FnMut(&str)) {
    decompose_canonical(c, |base| {
        if scripts::is_mark(base) {
            return;
        }
        if let Some((usual, _)) = scripts::spelled(base) {
            return put(usual);
        }
        for b in any_ascii::any_ascii_char(base).bytes() {
            if b.is_ascii_alphanumeric() {
                let mut buffer = [0; 4];
                put(char::from(b.to_ascii_lowercase()).encode_utf8(&mut buffer));
            }
        }
    });
}
