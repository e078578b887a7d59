use aspa_hours::{Rules, RulesError};

/// What is refused: the text, the part named, its place, and what to do.
const REFUSED: &[(&str, &str, usize, &str)] = &[
    // No meaning in business time.
    ("Mo-Fr 08:00-sunset", "sunset", 13, "a time of the sun"),
    ("sunrise-sunset", "sunrise", 1, "a time of the sun"),
    ("Mo-Fr (sunrise+01:00)-18:00", "(", 7, "a time of the sun"),
    ("Mo-Fr dawn-dusk", "dawn", 7, "a time of the sun"),
    ("Mo-Fr 08:00-(sunset-01:00)", "(", 13, "a time of the sun"),
    (
        "Mo-Fr 08:00-18:00 \"by appointment\"",
        "\"by appointment\"",
        19,
        "a comment",
    ),
    ("\"by appointment\"", "\"by appointment\"", 1, "a comment"),
    (
        "Mo-Fr 08:00-18:00 || \"on call\"",
        "\"on call\"",
        22,
        "a comment",
    ),
    ("PH off \"closed", "\"closed", 8, "a comment"),
    (
        "Mo-Fr 08:00-18:00 unknown",
        "unknown",
        19,
        "the state unknown",
    ),
    ("unknown", "unknown", 1, "the state unknown"),
    ("Fr 17:00+", "+", 9, "a time without an end"),
    ("Fr 17:00-23:00+", "+", 15, "a time without an end"),
    ("Mo-Fr 10:00", "10", 7, "a point in time"),
    ("Mo-Fr 08:00-12:00,15:00", "15", 19, "a point in time"),
    ("Mo-Fr 10:00-16:00/01:30", "/", 18, "a repeated time"),
    ("SH off", "SH", 1, "school holidays"),
    ("Mo-Fr 08:00-18:00; PH,SH off", "SH", 23, "school holidays"),
    // Guesses.
    ("", "the end", 1, "write days and hours"),
    ("   ", "the end", 4, "write days and hours"),
    (";", "`;`", 1, "write days and hours"),
    ("Mo-Fr 8-18", "`8`", 7, "write times in full"),
    ("Mo-Fr 8am-5pm", "`8`", 7, "write times in full"),
    ("Mo-Fr 08.00-18.00", "`08`", 7, "write times in full"),
    ("Mo-Fr 0800-1800", "`0800`", 7, "write times in full"),
    ("Mo-Fr 24/7", "`24`", 7, "write `00:00-24:00` after days"),
    (
        "Mo-Fr 00:00-00:00",
        "`00`",
        7,
        "write `00:00-24:00` for a whole day",
    ),
    ("Mo-Fr 24:00-26:00", "`24`", 7, "start before 24:00"),
    ("Mo-Fr 22:00-49:00", "`49`", 13, "an hour, 00 to 48"),
    ("Mo-Fr 22:00-48:30", "`22`", 7, "end by 48:00"),
    ("Mo-Fr 08:60-18:00", "`60`", 10, "two digits, 00 to 59"),
    ("Mo-Fr 08:0-18:00", "`0`", 10, "two digits, 00 to 59"),
    ("Mo-Fr 08:00-", "the end", 13, "write when it closes"),
    ("Mo-Fr 08:00-18", "`18`", 13, "write when it closes"),
    (
        "Mo-Fr 08:00-18:00 Sa 10:00-14:00",
        "`Sa`",
        19,
        "`;` between rules",
    ),
    ("Mo-Fr PH off", "`PH`", 7, "write holidays and weekdays as"),
    ("Ma-Pe 08:00-16:00", "`Ma`", 1, "write days and hours"),
    ("T 08:00-16:00", "`T`", 1, "write days and hours"),
    ("Mo-Xy 08:00-16:00", "`Xy`", 4, "write a weekday"),
    ("Mo, 08:00-16:00", "`08`", 5, "give each rule its hours"),
    ("Mo 08:00-16:00,", "the end", 16, "write days and hours"),
    (
        "Mo 08:00-16:00 open, 17:00-18:00",
        "`17`",
        22,
        "start a rule with its days",
    ),
    (
        "Dec 24, Mo 08:00-12:00",
        "`Mo`",
        9,
        "days and dates do not share a list",
    ),
    (
        "PH,Dec 24 off",
        "`Dec`",
        4,
        "days and dates do not share a list",
    ),
    ("Mo-Fr[1] 08:00-12:00", "`[`", 6, "to one weekday"),
    ("Mo[6] 08:00-12:00", "`6`", 4, "an ordinal"),
    ("Mo[0] 08:00-12:00", "`0`", 4, "an ordinal"),
    ("Mo[1 08:00-12:00", "`08`", 6, "close the bracket"),
    ("Mo[3-1] 08:00-12:00", "`1`", 6, "a later ordinal"),
    ("Mo[1] +400 days 08:00-12:00", "`400`", 8, "1 to 366"),
    (
        "Mar Su[-1]-Oct Su[-5] off",
        "`5`",
        20,
        "not every month has a fifth",
    ),
    (
        "9999 Dec 24-Jan 6 off",
        "`9999`",
        1,
        "the earlier date first",
    ),
    ("PH +0 days off", "`0`", 5, "1 to 366"),
    ("Mo +1 day 08:00-12:00", "`+`", 4, "end the rule"),
    ("Jun 31 off", "`31`", 5, "a day that the month has"),
    ("2026 Feb 29 off", "`29`", 10, "a day that the month has"),
    ("Jan-Mar 15 off", "`Mar`", 5, "both dates with their day"),
    ("Jan 15-Mar off", "`Mar`", 8, "both dates with their day"),
    (
        "Dec 24-2027 Jan 06 off",
        "`2027`",
        8,
        "the year of the first date",
    ),
    (
        "2027 Dec 24-2026 Jan 06 off",
        "`2027`",
        1,
        "the earlier date first",
    ),
    ("Jan 15+ off", "`+`", 7, "write the last date"),
    (
        "Jan 10:08:00-12:00",
        "`10`",
        5,
        "a blank between the day and the time",
    ),
    ("Dec 25 -Su off", "`Su`", 9, "a date such as"),
    ("2028-2026 Mo off", "`2026`", 6, "a later year"),
    ("2026-2028/5 Mo off", "`5`", 11, "a step within the range"),
    ("26 Dec off", "`26`", 1, "write days and hours"),
    ("week 54 off", "`54`", 6, "a week of the year"),
    ("week 50-2/2 off", "`/`", 10, "split a range of weeks"),
    ("week 5-5/27 off", "`27`", 10, "a step within the range"),
    ("week off", "`off`", 6, "a week of the year"),
    (
        "Mo-Fr 08:00-18:00 | Sa 10:00-12:00",
        "`|`",
        19,
        "end the rule",
    ),
    ("Mo-Fr 08:00-18:00 & Sa", "`&`", 19, "end the rule"),
    ("ma–pe klo 8–16", "`ma`", 1, "write days and hours"),
    ("Mo–Fr 08:00–18:00 ❤", "`❤`", 19, "end the rule"),
    ("by appointment only", "`by`", 1, "write days and hours"),
    (
        "Mo-Fr 08:00-18:00 || ",
        "the end",
        22,
        "write days and hours",
    ),
    ("Mo-Fr 99999:00-18:00", "`99999`", 7, "end the rule"),
];

#[test]
fn what_is_refused() {
    for (text, found, column, says) in REFUSED {
        let error = text
            .parse::<Rules>()
            .map_or_else(|error| error, |rules| panic!("{text:?} reads as {rules}"));
        let told = match &error {
            RulesError::Unsupported { found, column, .. }
            | RulesError::Unexpected { found, column, .. } => (found.as_str(), *column),
            other => panic!("{text:?}: {other}"),
        };
        assert_eq!(told, (*found, *column), "{text:?}: {error}");
        assert!(error.to_string().contains(says), "{text:?}: {error}");
    }
}

#[test]
fn a_text_too_long_is_refused() {
    let longest = format!("Mo{} 08:00-18:00", " ".repeat(4_096 - 14));
    assert_eq!(longest.len(), 4_096);
    assert_eq!(
        longest.parse::<Rules>().unwrap().to_string(),
        "Mo 08:00-18:00"
    );
    let error = format!("{longest} ").parse::<Rules>().unwrap_err();
    assert_eq!(error, RulesError::TooLong { bytes: 4_097 });
    // `Mo 1:00-2:00` prints two letters longer.
    let grows = ["Mo 1:00-2:00"; 290].join(", ");
    assert!(grows.len() < 4_096);
    let error = grows.parse::<Rules>().unwrap_err();
    assert_eq!(
        error,
        RulesError::TooLong {
            bytes: 290 * 16 - 2
        }
    );
}
