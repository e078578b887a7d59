//! Names in the ways that people write them.

use aspa_identity::names::{Name, Word, WordMatch, compare_words, fold, similarity};

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
