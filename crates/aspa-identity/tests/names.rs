//! Names in the ways that people write them.

use aspa_identity::names::{Name, Word, WordMatch, compare_words, fold, similarity, skeleton};
use proptest::prelude::*;

/// Any text, and texts of what display names are made of.
fn texts() -> impl Strategy<Value = String> {
    let pieces = proptest::sample::select(vec![
        "Matti",
        "virtanen",
        "Мария",
        "محمد",
        "王伟",
        "김민준",
        "Γιώργος",
        "ß",
        "Ä",
        "İ",
        "ﷺ",
        "𝓜",
        " ",
        "  ",
        ",",
        "(",
        ")",
        "\"",
        "'",
        "|",
        "@",
        "&",
        "-",
        ".",
        "🍀",
        "🇫🇮",
        "\u{301}",
        "\u{200d}",
        "7",
        "ja",
        "Dr.",
        "M",
        "von",
        "McDonald",
        "MattiVirtanen",
        "ใจดี",
        "शर्मा",
        "ال",
    ]);
    prop_oneof![
        any::<String>(),
        proptest::collection::vec(pieces, 0..14).prop_map(|p| p.concat())
    ]
}

#[test]
fn an_apostrophe_before_a_chinese_name_is_no_family_name() {
    assert_eq!(fold("'王伟 "), fold("王伟"));
}

proptest! {
    #[test]
    fn folding_gives_plain_words_and_folds_no_further(text in texts()) {
        let folded = fold(&text);
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b' ';
        prop_assert!(folded.bytes().all(is_plain), "{folded:?}");
        prop_assert!(!folded.contains("  ") && folded.trim() == folded);
        prop_assert_eq!(fold(&folded), folded);
    }

    #[test]
    fn any_two_texts_are_compared_the_same_both_ways(a in texts(), b in texts()) {
        let (a, b) = (Name::parse(&a), Name::parse(&b));
        let score = similarity(&a, &b);
        prop_assert!((0.0..=1.0).contains(&score));
        prop_assert!((score - similarity(&b, &a)).abs() < 1e-9);
        if !a.words().is_empty() {
            prop_assert!(similarity(&a, &a) > 0.3);
        }
        for x in a.words() {
            let again = Word::new(x.text());
            prop_assert_eq!(again.text(), x.text());
            prop_assert!(skeleton(x.text()).len() <= 2 * x.text().len());
            for y in b.words() {
                prop_assert_eq!(compare_words(x, y), compare_words(y, x));
            }
        }
    }
}

#[test]
fn long_texts_are_no_trouble() {
    for piece in ["a", "Ä", "'", "(", "a b ", "ﷺ", "王", ", ", "\u{301}", "aB"] {
        let text = piece.repeat(200_000);
        let name = Name::parse(&text);
        assert!(name.words().len() <= 8);
        assert!(fold(&text).len() < 100 * text.len());
        let _ = similarity(&name, &name);
    }
}

#[test]
fn nothing_of_a_name_is_printed() {
    let name = Name::parse("Matti Virtanen | Helsinki");
    let printed = format!("{name:?}").to_lowercase();
    assert!(
        !printed.contains("matti")
            && !printed.contains("virtanen")
            && !printed.contains("helsinki")
    );
}

fn words(text: &str) -> String {
    let name = Name::parse(text);
    let words: Vec<&str> = name.words().iter().map(Word::text).collect();
    words.join(" ")
}

#[test]
fn display_names_are_taken_apart() {
    for (text, expected) in [
        ("Matti Virtanen", "matti virtanen"),
        ("Virtanen, Matti", "matti virtanen"),
        ("Virtanen, Matti Juhani", "matti juhani virtanen"),
        ("Matti Virtanen, Helsinki", "matti virtanen"),
        ("Matti Virtanen | CEO @ Virta Oy", "matti virtanen"),
        ("Dr. Anna Laine, PhD", "anna laine"),
        ("Anna Laine (she/her)", "anna laine"),
        ("Anna Laine she/her", "anna laine"),
        ("Matti \"Masa\" Virtanen", "matti masa virtanen"),
        ("Matti 'Masa' Virtanen", "matti masa virtanen"),
        ("MattiVirtanen", "matti virtanen"),
        ("matti.virtanen", "matti virtanen"),
        ("matti_virtanen85", "matti virtanen"),
        ("Matti V.", "matti v"),
        ("Ronald McDonald", "ronald mcdonald"),
        ("🍀 Matti Virtanen 🇫🇮 Helsinki", "matti virtanen"),
        ("★ Matti ★ Virtanen ★", "matti virtanen"),
        ("M A T T I  V I R T A N E N", "matti virtanen"),
        ("𝓜𝓪𝓽𝓽𝓲 𝗩𝗶𝗿𝘁𝗮𝗻𝗲𝗻", "matti virtanen"),
        ("ᴍᴀᴛᴛɪ ⓋⒾⓇⓉⒶⓃⒺⓃ", "matti virtanen"),
        ("Ｍａｔｔｉ　Ｖｉｒｔａｎｅｎ", "matti virtanen"),
        ("Conan O’Brien", "conan obrien"),
        ("王伟", "wei wang"),
        ("李小龙", "xiaolong li"),
        ("Γιώργος Παπαδόπουλος", "giorgos papadopoulos"),
        ("Мария Иванова", "mariya ivanova"),
        ("(Matti Virtanen)", "matti virtanen"),
        ("🍀🍀", ""),
        ("", ""),
    ] {
        assert_eq!(words(text), expected, "{text}");
    }
}

#[test]
fn lookalike_letters_are_read_as_latin_and_told() {
    let name = Name::parse("Mаtti Virtаnen");
    assert_eq!(name.words()[0].text(), "matti");
    assert!(name.is_mixed_script());
    assert!(!Name::parse("Матти Виртанен").is_mixed_script());
}

#[test]
fn shared_accounts_are_told() {
    assert!(Name::parse("Matti & Maija Virtanen").is_joint());
    assert!(Name::parse("Matti ja Maija Virtanen").is_joint());
    assert!(!Name::parse("Matti Virtanen").is_joint());
}

#[test]
fn words_are_graded() {
    for (a, b, expected) in [
        ("matti", "matti", WordMatch::Same),
        ("Mäkelä", "maekelae", WordMatch::Spelling),
        ("kuznetsov", "kusnezow", WordMatch::Spelling),
        ("masa", "matti", WordMatch::Nickname),
        ("virtanen", "virtanne", WordMatch::Typo),
        ("mari", "marja", WordMatch::Different),
        ("jani", "jari", WordMatch::Different),
        ("hansen", "hanson", WordMatch::Different),
        ("m", "matti", WordMatch::Initial),
        ("virt", "virtanen", WordMatch::Prefix),
        ("kai", "kay", WordMatch::Spelling),
        ("abc", "abd", WordMatch::Different),
    ] {
        assert_eq!(
            compare_words(&Word::new(a), &Word::new(b)),
            expected,
            "{a} {b}"
        );
        assert_eq!(
            compare_words(&Word::new(b), &Word::new(a)),
            expected,
            "{b} {a}"
        );
    }
}

#[test]
fn names_are_graded() {
    let alike = |a: &str, b: &str| similarity(&Name::parse(a), &Name::parse(b));
    assert!(alike("Matti Virtanen", "Virtanen, Matti") > 0.99);
    assert!(alike("Matti Virtanen", "mattivirtanen") > 0.9);
    assert!(alike("Matti Virtanen", "virtanenmatti") > 0.9);
    assert!(alike("Anna Koskela-Lähteenmäki", "Anna Koskela") > 0.8);
    assert!(alike("Matti Virtanen", "Matti V.") > 0.75);
    assert!(alike("Matti Virtanen", "Mikko Virtanen") < 0.5);
    assert!(alike("Matti Virtanen", "Matti") < 0.75);
}

#[test]
fn folded_text_is_plain() {
    assert_eq!(fold("Ægir Þór Guðmundsson"), "aegir thor gudmundsson");
    assert_eq!(fold("  Ñandú--Ström\u{301}  "), "nandu strom");
    assert_eq!(fold("شكري"), "shkry");
}
