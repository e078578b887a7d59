//! What user names show of names.

use std::fmt::Write as _;

use aspa_identity::handle::{
    Derivation, Level, Lexicon, NearCopy, Part, Reading, decode, explain, near_copy, tokens,
};
use proptest::prelude::*;
use proptest::sample::select;

fn flags(found: Derivation) -> String {
    let mut flags = String::new();
    for (is_set, flag) in [
        (found.nickname, 'n'),
        (found.reversed, 'r'),
        (found.leet, 'l'),
    ] {
        if is_set {
            flags.push(flag);
        }
    }
    flags
}

#[test]
fn user_names_follow_from_names() {
    let mut rows = csv::Reader::from_path("tests/handles.csv").unwrap();
    let (mut wrong, mut count) = (String::new(), 0);
    for row in rows.records() {
        let row = row.unwrap();
        let given: Vec<&str> = row[1].split(' ').collect();
        let found = explain(&tokens(&row[0]), &given, &row[2]);
        let level = serde_json::to_value(found.level).unwrap();
        let told = format!(
            "{},{},{}",
            level.as_str().unwrap(),
            found.leftover,
            flags(found)
        );
        let expected = [&row[3], &row[4], &row[5]].join(",");
        if told != expected {
            writeln!(wrong, "{} {}: {told}, not {expected}", &row[0], &row[2]).unwrap();
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(count >= 250, "{count} rows");
}

#[test]
fn figures_and_shortened_letters_are_told() {
    for (name, digits, shortened) in [
        ("mattivirtanen", 0, 0),
        ("mattivirtanen1982", 4, 0),
        ("mattivir82", 2, 3),
        ("mvirtanen_7", 1, 1),
        ("m4tt1v1rt4n3n", 0, 0),
        ("m4tt1v1rt4n3n82", 2, 0),
        ("matvir", 0, 6),
    ] {
        let found = explain(&tokens(name), &["matti"], "virtanen");
        assert_eq!(
            (found.digits, found.shortened),
            (digits, shortened),
            "{name}"
        );
    }
}

#[test]
fn a_nickname_of_the_tables_need_not_be_given() {
    let found = explain(&tokens("masavirtanen"), &["matti"], "virtanen");
    assert_eq!((found.level, found.nickname), (Level::Both, true));
}

#[test]
fn debug_output_shows_no_letters() {
    let tokens = tokens("mattivirtanen");
    let readings = decode(&tokens, &Small);
    let shown = format!("{tokens:?} {readings:?}");
    assert!(
        !shown.contains("matti") && !shown.contains("virtanen"),
        "{shown}"
    );
}

const GIVEN: [&str; 16] = [
    "matti",
    "liisa",
    "anna",
    "hanna",
    "ari",
    "maria",
    "juha",
    "pekka",
    "birgitta",
    "lennart",
    "robert",
    "margaret",
    "dmitri",
    "francisco",
    "toomas",
    "aino",
];
const FAMILY: [&str; 16] = [
    "virtanen",
    "maki",
    "korhonen",
    "hannanen",
    "laine",
    "koskela",
    "lindqvist",
    "bjorklund",
    "hutchins",
    "thornton",
    "sokolov",
    "gutierrez",
    "kuusik",
    "lee",
    "nguyen",
    "warsame",
];

/// The names above, each as frequent as the others, and two nicknames.
struct Small;

impl Lexicon for Small {
    fn given(&self, word: &str) -> f32 {
        if GIVEN.contains(&word) { 0.002 } else { 0.0 }
    }

    fn family(&self, word: &str) -> f32 {
        if FAMILY.contains(&word) { 0.001 } else { 0.0 }
    }

    fn formal(&self, word: &str, out: &mut Vec<String>) {
        match word {
            "masa" => out.push("matti".to_owned()),
            "bob" => out.push("robert".to_owned()),
            _ => {}
        }
    }
}

fn shown(part: &Part) -> String {
    match part {
        Part::Whole(word) => word.clone(),
        Part::Initial(letter) => format!("{letter}."),
        Part::Prefix(word) => format!("{word}-"),
        Part::Vowelless(word) => format!("{word}*"),
        _ => String::new(),
    }
}

#[test]
fn readings_name_who_may_stand_behind() {
    // User name, given name, family name, within how many readings.
    for (name, given, family, within) in [
        ("mattivirtanen", "matti", "virtanen", 1),
        ("virtanenmatti82", "matti", "virtanen", 1),
        ("Virtanen_Matti", "matti", "virtanen", 1),
        ("m4tt1v1rt4n3n", "matti", "virtanen", 1),
        ("11154l41n3", "liisa", "laine", 1),
        ("nenatrivittam", "matti", "virtanen", 1),
        ("masavirtanen", "masa", "virtanen", 1),
        ("bob_hutchins", "bob", "hutchins", 1),
        ("liisa.maeki", "liisa", "maki", 1),
        ("mvirtanen82", "m.", "virtanen", 1),
        ("virtanen_m", "m.", "virtanen", 1),
        ("jpkorhonen", "j.", "korhonen", 2),
        ("jpkorhonen", "jp-", "korhonen", 2),
        ("mattiv", "matti", "v.", 1),
        ("v_matti", "matti", "v.", 1),
        ("mattivir", "matti", "vir-", 1),
        ("mattivrtnn", "matti", "vrtnn*", 1),
        ("matti_vartiainen", "matti", "vartiainen", 1),
        ("teppo_virtanen", "teppo", "virtanen", 1),
        ("teppo_vartiainen", "teppo", "vartiainen", 1),
        ("matvir", "mat-", "vir-", 1),
        ("virmat", "mat-", "vir-", 2),
        ("mavi", "ma-", "vi-", 1),
        ("mttvrtnn", "mttvrtnn*", "", 1),
        ("mv82", "m.", "v.", 1),
        ("vm82", "m.", "v.", 2),
        ("nenatriv", "", "virtanen", 1),
        ("virtanen1982", "", "virtanen", 1),
        ("AngryMatti", "matti", "", 2),
        ("xX_matti_Xx", "matti", "", 1),
        ("TheRealMattiV", "matti", "v.", 1),
        ("therealmattivirtanen", "matti", "virtanen", 1),
        ("matti-virtanen-fi", "matti", "virtanen", 1),
        ("mattivirtanenofficial", "matti", "virtanen", 1),
        ("mattivirtanen_gamer", "matti", "virtanen", 1),
        ("matti_gamer_virtanen", "matti", "virtanen", 2),
        ("mattixvirtanen", "matti", "virtanen", 1),
        ("VirtanenXMatti82", "matti", "virtanen", 1),
        ("sunliisa", "liisa", "", 3),
        ("hannanen", "", "hannanen", 1),
        ("annahannanen", "anna", "hannanen", 1),
        ("leemargaret", "margaret", "lee", 1),
        ("arilee", "ari", "lee", 1),
        ("francisco.gutierrez", "francisco", "gutierrez", 1),
        ("DmitriSokolov", "dmitri", "sokolov", 1),
        ("Дмитрий_Соколов", "dmitriy", "sokolov", 2),
    ] {
        let readings = decode(&tokens(name), &Small);
        let all: Vec<_> = readings
            .iter()
            .map(|reading| (shown(&reading.given), shown(&reading.family)))
            .collect();
        let at = all
            .iter()
            .position(|names| *names == (given.to_owned(), family.to_owned()));
        assert!(at.is_some_and(|at| at < within), "{name}: {all:?}");
        assert!(readings.is_sorted_by(|a, b| a.plausibility >= b.plausibility));
    }
}

#[test]
fn imitations_are_told_from_other_user_names() {
    use NearCopy::{Added, Edit, LookAlike, Separators};
    for (a, b, expected) in [
        ("mattivirtanen", "mattlvirtanen", Some(LookAlike)),
        ("mattivirtanen", "mattIvirtanen", None),
        ("AngryMatti", "angrymatti", None),
        ("lottalinna", "Iottalinna", Some(LookAlike)),
        ("oskar10", "oskarlO", Some(LookAlike)),
        ("cornelia", "comelia", Some(LookAlike)),
        ("wanda_w", "vvanda_w", Some(LookAlike)),
        ("matti", "mаtti", Some(LookAlike)),
        ("ari", "аri", Some(LookAlike)),
        ("oona", "0ona", Some(LookAlike)),
        ("matti_v", "mattiv", Some(Separators)),
        ("matti.virtanen", "matti_virtanen", Some(Separators)),
        ("mattivirtanen", "mattivirtanen_", Some(Separators)),
        ("ari", "_ari_", Some(Separators)),
        ("mattivirtanen", "mattivirtanen1", Some(Added)),
        ("mattivirtanen", "realmattivirtanen", Some(Added)),
        ("mattivirtanen", "mattivirtanen_official", Some(Added)),
        ("sahkoyhtio", "sahkoyhtio_support", Some(Added)),
        ("sahkoyhtio", "sahkoyhtio.asiakaspalvelu", Some(Added)),
        ("mattivirtanen", "mattivirtannen", Some(Edit)),
        ("mattivirtanen", "mattivirtaen", Some(Edit)),
        ("mattivirtanen", "mattivirtaenn", Some(Edit)),
        ("mattivirtanen", "mattivortanen", Some(Edit)),
        ("@mattivirtanen", "mattivirtanenn", Some(Edit)),
        ("mattivirtanen", "mattivirtanen", None),
        ("mattivirtanen", "mikkovirtanen", None),
        ("mattivirtanen82", "mattivirtanen83", None),
        ("ari", "arit", None),
        ("ari", "ari1", None),
        ("mari", "sari", None),
        ("mattivirtanen", "matti", None),
        ("", "_", None),
        ("123", "124", None),
    ] {
        assert_eq!(near_copy(a, b), expected, "{a} {b}");
        assert_eq!(near_copy(b, a), expected, "{b} {a}");
    }
}

#[test]
fn people_with_other_known_names_are_no_imitations() {
    // Jani and Jari, Hansen and Hanson are in the tables, each as a name of its own.
    let differ = [("timo", "tino"), ("matti", "mattia")];
    for (a, b) in differ {
        let both_known = [a, b]
            .iter()
            .all(|name| aspa_identity::names::given(name).is_some());
        if both_known && !aspa_identity::names::same_given(a, b) {
            assert_eq!(
                near_copy(&format!("{a}virtanen"), &format!("{b}virtanen")),
                None
            );
        }
    }
}

/// Ways to derive a user name, with the level that it must be explained with at least.
fn derived(way: usize, given: &str, family: &str) -> (String, Level) {
    let vowelless = |name: &str| {
        let (first, rest) = name.split_at(1);
        first.to_owned() + &rest.replace(['a', 'e', 'i', 'o', 'u', 'y'], "")
    };
    let leet = |name: &str| {
        let pairs = [
            ('a', "4"),
            ('e', "3"),
            ('i', "1"),
            ('o', "0"),
            ('s', "5"),
            ('t', "7"),
        ];
        pairs
            .iter()
            .fold(name.to_owned(), |name, (letter, figure)| {
                name.replace(*letter, figure)
            })
    };
    let (g, f) = (&given[..1], &family[..1]);
    match way {
        0 => (format!("{given}{family}"), Level::Both),
        1 => (format!("{family}.{given}"), Level::Both),
        2 => (leet(&format!("{given}{family}")), Level::Both),
        3 => (
            format!("{given}{family}").chars().rev().collect(),
            Level::Both,
        ),
        4 => (format!("{g}{family}"), Level::InitialFamily),
        5 => (format!("{family}_{g}"), Level::InitialFamily),
        6 => (format!("{given}_{f}"), Level::GivenInitial),
        7 => (format!("{given}{}", &family[..3]), Level::GivenInitial),
        8 => (vowelless(given) + &vowelless(family), Level::Abbreviated),
        9 => (
            format!("{}{}", &given[..3], &family[..3]),
            Level::Abbreviated,
        ),
        10 => (family.to_owned(), Level::Family),
        11 => (given.to_owned(), Level::Given),
        _ => (format!("{g}{f}"), Level::Initials),
    }
}

/// Whether a reading leads to the person.
fn leads_to(reading: &Reading, given: &str, family: &str) -> bool {
    let fits = |part: &Part, name: &str| match part {
        Part::Whole(word) => word == name,
        Part::Initial(letter) => name.starts_with(*letter),
        Part::Prefix(word) => name.starts_with(word.as_str()),
        _ => true,
    };
    fits(&reading.given, given) && fits(&reading.family, family)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn derived_user_names_are_explained_and_decoded(
        given in select(&GIVEN[..]),
        family in select(&FAMILY[..]),
        way in 0_usize..13,
        tail in select(&["", "82", "_1975", "_fi", "_"][..]),
        is_capital: bool,
    ) {
        // Of Lee one letter would be left without vowels.
        prop_assume!(way != 8 || family != "lee");
        let (name, level) = derived(way, given, family);
        // The initials of Matti Sokolov are a title.
        prop_assume!(!["ms", "mr", "dr"].contains(&name.as_str()));
        // Those of Toomas Virtanen, with a country behind, are a station.
        prop_assume!((&*name, tail) != ("tv", "_fi"));
        let name = if is_capital { name.to_uppercase() } else { name } + tail;
        let name_tokens = tokens(&name);
        let found = explain(&name_tokens, &[given], family);
        prop_assert!(found.level <= level, "{} {} {}: {:?}", name, given, family, found);
        let readings = decode(&name_tokens, &Small);
        prop_assert!(
            readings.iter().any(|reading| leads_to(reading, given, family)),
            "{} {} {}", name, given, family
        );
    }

    #[test]
    fn no_text_is_too_strange(name in "\\PC{0,80}", given in "\\PC{0,20}", family in "\\PC{0,20}") {
        let name_tokens = tokens(&name);
        let found = explain(&name_tokens, &[&given, "matti"], &family);
        prop_assert!(usize::from(found.leftover) <= 63);
        prop_assert!(decode(&name_tokens, &Small).len() <= 12);
        prop_assert_eq!(near_copy(&name, &name), None);
        prop_assert_eq!(near_copy(&name, &given), near_copy(&given, &name));
    }

    #[test]
    fn letters_of_names_are_no_panic(
        name in "[a-z0-9_@$.A-ZäöÅ]{0,70}",
        given in "[a-z -]{0,70}",
        family in "[a-z' -]{0,70}",
    ) {
        let name_tokens = tokens(&name);
        let _ = explain(&name_tokens, &[&given], &family);
        let _ = explain(&name_tokens, &[], &family);
        let _ = decode(&name_tokens, &Small);
    }
}

#[test]
fn long_user_names_are_cut() {
    for text in ["a", "ae", "1l", "mattivirtanen", "mA", "ä", "@", "a_", "𝐌"] {
        let long = text.repeat(10_000);
        let long_tokens = tokens(&long);
        assert!(explain(&long_tokens, &["matti", &long], &long).leftover <= 63);
        assert!(decode(&long_tokens, &Small).len() <= 12);
        assert_eq!(near_copy(&long, &format!("{long}x")), None);
    }
}
