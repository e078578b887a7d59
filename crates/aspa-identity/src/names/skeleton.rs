//! What is left of a word when everything that spelling habits vary is taken away.

/// The key under which spellings of one name meet: one folded word without what transliteration,
/// `ä`/`ae`, doubled letters, `w`/`v`, `y`/`i`/`j`, `ck`/`k`, `ph`/`f`, `kh`/`h`, `sch`/`sh`/`s`/`z`
/// and the like vary.
///
/// Two names with one skeleton need not be the same name (`marja`, `maria`): it finds candidates,
/// and [`super::compare_words`] judges them. Linear.
///
/// ```
/// use aspa_identity::names::skeleton;
///
/// assert_eq!(skeleton("kuznetsov"), skeleton("kusnezow"));
/// assert_eq!(skeleton("maekelae"), skeleton("makela"));
/// ```
#[must_use]
pub fn skeleton(word: &str) -> String {
    let mut out = Vec::with_capacity(word.len());
    put_skeleton(word.as_bytes(), &mut out);
    // Nothing but ASCII.
    String::from_utf8(out).unwrap_or_default()
}

/// The same in place of what `out` held, to be made many times without taking memory.
pub(crate) fn put_skeleton(word: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let mut at = 0;
    while let Some(&b) = word.get(at) {
        // Half of the letters begin no sound that is spelled in another way.
        if ALONE.get(usize::from(b.wrapping_sub(b'a'))) == Some(&true) {
            push(out, b);
            at += 1;
            continue;
        }
        let (len, letters) = sound(&word[at..], at);
        for letter in letters.bytes() {
            push(out, letter);
        }
        if letters.is_empty() && b.is_ascii() {
            push(out, b);
        }
        at += len;
    }
    end(out, word.len());
}

/// By letter, `a` to `z`: whether it is a sound by itself wherever it stands, see [`sound`].
const ALONE: [bool; 26] = {
    let (mut alone, letters, mut at) = ([false; 26], b"efhilmnrv", 0);
    while at < letters.len() {
        alone[(letters[at] - b'a') as usize] = true;
        at += 1;
    }
    alone
};

/// Appends a letter that the word does not already end with.
fn push(out: &mut Vec<u8>, letter: u8) {
    if out.last() != Some(&letter) || letter.is_ascii_digit() {
        out.push(letter);
    }
}

/// How many bytes make the next sound, and its letters; none: the byte itself.
fn sound(rest: &[u8], at: usize) -> (usize, &'static str) {
    let next = rest.get(1).copied().unwrap_or(b' ');
    let third = rest.get(2).copied().unwrap_or(b' ');
    match (rest[0], next, third) {
        (b's', b'c', b'h') | (b't', b'c', b'h') => (3, "s"),
        (b't', b's', b'c') if rest.get(3) == Some(&b'h') => (4, "s"),
        (b's', b'h', b'c') if rest.get(3) == Some(&b'h') => (4, "s"),
        (b'd', b'z', b'h') => (3, "i"),
        (b's', b'h' | b'z', _) | (b'c', b'z', _) | (b't', b's' | b'z', _) | (b'z', b'h', _) => {
            (2, "s")
        }
        (b'z', ..) => (1, "s"),
        (b'c', b'h', b'r' | b'l' | b'n' | b't') => (2, "k"),
        (b'c', b'h', b' ') if rest.len() == 2 && at > 3 => (2, "s"),
        (b'c', b'h', _) if at == 0 => (2, "s"),
        (b'c', b'h' | b'k' | b'q', _) | (b'k', b'c', _) => (2, "k"),
        (b'c', b'e' | b'i' | b'y', _) => (1, "s"),
        (b'c', ..) => (1, "k"),
        (b'q', b'u', _) => (2, "kv"),
        (b'q', ..) => (1, "k"),
        (b'k', b'h', _) => (2, "h"),
        (b'g', b'h', _) => (2, "g"),
        (b'p', b'h', _) => (2, "f"),
        (b't', b'h', _) => (2, "t"),
        (b'd', b'h', _) => (2, "d"),
        (b'b', b'h', _) => (2, "b"),
        (b'd', b'j', _) => (2, "i"),
        (b'w', ..) => (1, "v"),
        (b'x', ..) => (1, "ks"),
        (b'y' | b'j', ..) => (1, "i"),
        (b'a', b'e', _) => (2, "a"),
        (b'o', b'e', _) => (2, "o"),
        (b'u', b'e', _) => (2, "u"),
        (b'o', b'u', _) => (2, "u"),
        _ => (1, ""),
    }
}

/// Endings and beginnings of Slavic names.
fn end(out: &mut Vec<u8>, len: usize) {
    if len >= 5 && (out.ends_with(b"of") || out.ends_with(b"ef")) {
        out.pop();
        out.push(b'v');
    }
    if len >= 6 && out.starts_with(b"ie") {
        out.remove(0);
    }
}
