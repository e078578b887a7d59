//! What single characters of other scripts and styles stand for.
//!
//! Cyrillic follows BGN/PCGN (1947 system as of 2019, apostrophes left out), Greek ELOT 743, the
//! rest any_ascii (0.3). Spellings of passports that differ meet in the skeleton.

/// What a word is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    /// Latin letters and digits.
    Latin,
    /// Latin among Cyrillic or Greek.
    Mixed,
    /// Arabic or Hebrew: few vowels are written.
    Consonants,
    /// Chinese characters.
    Han,
    /// Korean syllables.
    Hangul,
    /// Anything else.
    Other,
}

/// The script of a word.
pub(super) fn script(word: &str) -> Script {
    let (mut latin, mut alike, mut consonants, mut han, mut hangul) = (0, 0, 0, 0, 0);
    let mut count = 0;
    for c in word.chars().filter(|c| c.is_alphabetic()) {
        count += 1;
        match u32::from(c) {
            0..=0x24f | 0x1e00..=0x1eff => latin += 1,
            0x370..=0x52f | 0x1f00..=0x1fff => alike += 1,
            0x590..=0x77f | 0x8a0..=0x8ff | 0xfb1d..=0xfdff | 0xfe70..=0xfefc => consonants += 1,
            0x3400..=0x9fff | 0x2_0000..=0x2_ffff => han += 1,
            0xac00..=0xd7a3 => hangul += 1,
            _ => {}
        }
    }
    match () {
        () if latin > 0 && alike > 0 => Script::Mixed,
        () if latin == count => Script::Latin,
        () if consonants == count => Script::Consonants,
        () if han == count => Script::Han,
        () if hangul == count => Script::Hangul,
        () => Script::Other,
    }
}

/// Letters that flags are made of.
pub(super) fn is_flag_letter(c: char) -> bool {
    ('\u{1f1e6}'..='\u{1f1ff}').contains(&c)
}

/// Styled letters that compatibility normalisation leaves alone.
pub(super) fn styled(c: char) -> char {
    let letter = |first: u32| {
        let place = u8::try_from(u32::from(c) - first).unwrap_or(0);
        char::from(b'A' + place)
    };
    match c {
        '\u{1f150}'..='\u{1f169}' => letter(0x1_f150),
        '\u{1f170}'..='\u{1f189}' => letter(0x1_f170),
        c => c,
    }
}

/// The usual spelling of a small letter and the other usual one.
pub(super) fn spelled(c: char) -> Option<(&'static str, &'static str)> {
    let both = |s: &'static str| Some((s, s));
    match c {
        'ä' => Some(("a", "ae")),
        'ö' | 'ø' => Some(("o", "oe")),
        'ü' => Some(("u", "ue")),
        'å' => Some(("a", "aa")),
        'æ' => Some(("ae", "a")),
        'œ' => Some(("oe", "o")),
        'ß' => both("ss"),
        'ð' | 'đ' => both("d"),
        'þ' => both("th"),
        'ł' => both("l"),
        'ı' => both("i"),
        'ا' | 'أ' | 'إ' | 'آ' => both("a"),
        'ə' => Some(("a", "e")),
        'а' => both("a"),
        'б' => both("b"),
        'в' => both("v"),
        'г' => both("g"),
        'ґ' => both("g"),
        'д' => both("d"),
        'е' => both("e"),
        'ё' => Some(("e", "yo")),
        'є' => both("ye"),
        'ж' => both("zh"),
        'з' => both("z"),
        'и' => both("i"),
        'і' => both("i"),
        'ї' => both("yi"),
        'й' => both("y"),
        'ј' => both("j"),
        'к' => both("k"),
        'л' => both("l"),
        'љ' => both("lj"),
        'м' => both("m"),
        'н' => both("n"),
        'њ' => both("nj"),
        'о' => both("o"),
        'п' => both("p"),
        'р' => both("r"),
        'с' => both("s"),
        'т' => both("t"),
        'ћ' => both("c"),
        'ђ' => both("dj"),
        'у' => both("u"),
        'ў' => both("u"),
        'ф' => both("f"),
        'х' => Some(("kh", "h")),
        'ц' => both("ts"),
        'ч' => both("ch"),
        'џ' => both("dzh"),
        'ш' => both("sh"),
        'щ' => Some(("shch", "sht")),
        'ъ' | 'ь' => both(""),
        'ы' => both("y"),
        'э' => both("e"),
        'ю' => both("yu"),
        'я' => both("ya"),
        'α' | 'ά' => both("a"),
        'β' => both("v"),
        'γ' => both("g"),
        'δ' => both("d"),
        'ε' | 'έ' => both("e"),
        'ζ' => both("z"),
        'η' | 'ή' | 'ι' | 'ί' | 'ϊ' | 'ΐ' => both("i"),
        'θ' => both("th"),
        'κ' => both("k"),
        'λ' => both("l"),
        'μ' => both("m"),
        'ν' => both("n"),
        'ξ' => both("x"),
        'ο' | 'ό' | 'ω' | 'ώ' => both("o"),
        'π' => both("p"),
        'ρ' => both("r"),
        'σ' | 'ς' => both("s"),
        'τ' => both("t"),
        'υ' | 'ύ' | 'ϋ' | 'ΰ' => both("y"),
        'φ' => both("f"),
        'χ' => Some(("ch", "h")),
        'ψ' => both("ps"),
        _ => None,
    }
}

/// Two Greek letters that are read as one sound.
pub(super) fn greek_pair(c: char, next: char) -> Option<&'static str> {
    Some(match (c, next) {
        ('ο', 'υ' | 'ύ') => "ou",
        ('α', 'υ' | 'ύ') => "av",
        ('ε', 'υ' | 'ύ') => "ev",
        ('μ', 'π') => "b",
        ('γ', 'γ' | 'κ') => "ng",
        _ => return None,
    })
}

/// The Latin letter that a small Cyrillic or Greek letter looks like.
pub(super) fn lookalike(c: char) -> Option<&'static str> {
    Some(match c {
        'а' | 'α' | 'ά' => "a",
        'в' | 'β' => "b",
        'с' | 'ς' => "c",
        'ԁ' => "d",
        'е' | 'ё' | 'є' | 'ε' | 'έ' => "e",
        'г' => "r",
        'н' | 'һ' => "h",
        'і' | 'ι' | 'ί' | 'ї' => "i",
        'ј' => "j",
        'к' | 'κ' => "k",
        'ӏ' => "l",
        'м' | 'μ' => "m",
        'п' | 'η' | 'ή' | 'и' | 'й' => "n",
        'о' | 'ο' | 'ό' | 'σ' => "o",
        'р' | 'ρ' => "p",
        'ԛ' => "q",
        'я' => "r",
        'ѕ' => "s",
        'т' | 'τ' => "t",
        'υ' | 'ύ' => "u",
        'ν' | 'ѵ' => "v",
        'ԝ' | 'ω' | 'ш' | 'ώ' => "w",
        'х' | 'χ' => "x",
        'у' | 'γ' => "y",
        'ζ' => "z",
        _ => return None,
    })
}

/// Family name and given name of a Chinese or Korean word.
pub(super) fn family_first(word: &str) -> (&str, &str) {
    const DOUBLE: [&str; 10] = [
        "欧阳", "歐陽", "司马", "司馬", "诸葛", "諸葛", "上官", "皇甫", "남궁", "황보",
    ];
    let count = word.chars().count();
    let cut = match count {
        2..=4 if count > 2 && DOUBLE.iter().any(|d| word.starts_with(d)) => 2,
        2..=4 => 1,
        _ => return (word, ""),
    };
    let at = word
        .char_indices()
        .nth(cut)
        .map_or(word.len(), |(at, _)| at);
    word.split_at(at)
}

/// Frequent names in scripts that hide the vowels, in their usual Latin spelling.
pub(super) fn native(word: &str) -> Option<&'static str> {
    let first = word.chars().next().map_or(0, u32::from);
    if !(0x590..=0x6ff).contains(&first) {
        return None;
    }
    let found = super::tables::NATIVE
        .iter()
        .find(|(native, _)| *native == word);
    found.map(|(_, latin)| *latin)
}

/// Marks on letters that are left out; the vowel signs of Indian scripts are marks too and stay.
pub(super) fn is_mark(c: char) -> bool {
    matches!(u32::from(c),
        0x300..=0x36f | 0x483..=0x489 | 0x591..=0x5c7 | 0x610..=0x61a | 0x640 | 0x64b..=0x65f | 0x670
        | 0x6d6..=0x6ed | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20ff | 0x3099 | 0x309a
        | 0xfe20..=0xfe2f)
}

/// An Arabic word without the article that is written together with it.
pub(super) fn without_article(word: &str) -> &str {
    match word.strip_prefix("ال") {
        Some(rest) if rest.chars().count() >= 3 => rest,
        _ => word,
    }
}

/// Korean family names as their bearers spell them, where that differs from the rules.
pub(super) fn korean_family(family: &str) -> Option<&'static str> {
    Some(match family {
        "김" => "kim",
        "이" | "리" => "lee",
        "박" => "park",
        "최" => "choi",
        "정" => "jung",
        "조" => "cho",
        "윤" => "yoon",
        "임" => "lim",
        "오" => "oh",
        "신" => "shin",
        "권" => "kwon",
        "안" => "ahn",
        "유" => "yoo",
        "고" => "ko",
        "문" => "moon",
        "노" => "noh",
        "심" => "shim",
        _ => return None,
    })
}
