//! Whatever the text, reading it answers; what reads prints as a text that reads as the same.

use std::collections::BTreeSet;

use aspa_hours::Rules;
use proptest::prelude::*;

use crate::{calendar, date, opened};

/// Words and signs of the grammar, and some that are not.
const WORDS: &[&str] = &[
    "Mo",
    "Tu-Fr",
    "Sa",
    "Su",
    "PH",
    "SH",
    "Mo[1]",
    "Fr[-1]",
    "[2",
    "]",
    "Jan",
    "Feb 29",
    "Jun-Aug",
    "Dec 24",
    "24",
    "31",
    "26-2",
    "2026",
    "2027 Jan 6",
    "2026-2028",
    "/2",
    "/",
    "week",
    "week 1-53",
    "53",
    "easter",
    "+1 day",
    "-2 days",
    "+",
    "-",
    "–",
    ",",
    ", ",
    ";",
    " ",
    " || ",
    "|",
    ":",
    "24/7",
    "08:00",
    "08:00-12:00",
    "22:00-06:00",
    "00:00-48:00",
    "17:00+",
    "12:30:30",
    "8-18",
    "off",
    "closed",
    "open",
    "unknown",
    "\"x\"",
    "\"",
    "sunrise",
    "(sunset",
    ")",
    "ä",
    "99999",
    "0",
];

fn holds(text: &str) -> Result<(), TestCaseError> {
    let Ok(rules) = text.parse::<Rules>() else {
        return Ok(());
    };
    let canonical = rules.to_string();
    prop_assert_eq!(
        canonical.parse::<Rules>(),
        Ok(rules.clone()),
        "{:?} as {:?}",
        text,
        canonical
    );
    let holidays: BTreeSet<_> = [date("2026-12-25"), date("2027-01-01")].into();
    let calendar = calendar(&rules, &holidays);
    let days = date("2026-12-20").iter_days().take(20);
    let opens = days
        .map(|day| opened(&calendar, day))
        .any(|open| !open.is_empty());
    prop_assert!(!(opens && rules.is_never()), "{}", canonical);
    if let Some(weekly) = rules.weekly() {
        prop_assert_eq!(
            weekly.iter().all(Vec::is_empty),
            calendar_is_closed(&rules),
            "{}",
            canonical
        );
    }
    Ok(())
}

/// Whether rules of weekdays never open on a date that is no holiday.
fn calendar_is_closed(rules: &Rules) -> bool {
    let calendar = calendar(rules, &BTreeSet::new());
    let mut days = date("2026-06-01").iter_days().take(7);
    days.all(|day| opened(&calendar, day).is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::cases(512)))]

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,60}") {
        holds(&text)?;
    }

    #[test]
    fn words_of_the_grammar_in_any_order_are_read_or_refused(
        words in proptest::collection::vec((proptest::sample::select(WORDS), any::<bool>()), 1..9),
    ) {
        let text: String = words.iter().map(|(word, blank)| format!("{word}{}", if *blank { " " } else { "" })).collect();
        holds(&text)?;
    }

    #[test]
    fn a_text_with_a_slip_is_read_or_refused(
        (text, _) in proptest::sample::select(crate::table::OPEN),
        at in any::<prop::sample::Index>(),
        word in proptest::sample::select(WORDS),
        cut in 0..3_usize,
    ) {
        let at = at.index(text.len() + 1);
        let rest = (at + cut).min(text.len());
        prop_assume!(text.is_char_boundary(at) && text.is_char_boundary(rest));
        holds(&format!("{}{word}{}", &text[..at], &text[rest..]))?;
    }
}
