use aspa_hours::Rules;

/// How texts read, in the canonical form.
const READS: &[(&str, &str)] = &[
    ("24/7", "24/7"),
    ("Mo-Su 00:00-24:00", "24/7"),
    ("open", "24/7"),
    ("off", "off"),
    ("Mo-Fr 08:00-18:00", "Mo-Fr 08:00-18:00"),
    ("monday - FRIDAY 8:00–18:00", "Mo-Fr 08:00-18:00"),
    (
        "Mo-Fr 08:00-18:00;Sa 10:00-14:00;",
        "Mo-Fr 08:00-18:00; Sa 10:00-14:00",
    ),
    (
        "Mo-Fr: 08:00-12:00, 13:00-18:00",
        "Mo-Fr 08:00-12:00,13:00-18:00",
    ),
    ("Sa-Mo 22:00-06:00", "Mo,Sa-Su 22:00-30:00"),
    ("08:00-18:00", "Mo-Su 08:00-18:00"),
    (
        "Mo-Fr,PH 08:00-18:00; PH -1 day off",
        "Mo-Fr,PH 08:00-18:00; PH -1 day off",
    ),
    ("PH Mo-Fr 10:00-12:00", "PH Mo-Fr 10:00-12:00"),
    ("Mo[1],Mo[3] 10:00-12:00", "Mo[1,3] 10:00-12:00"),
    ("Fr[-1] +1 day off", "Fr[-1] +1 day off"),
    ("Jan-Mar Mo 10:00-12:00", "Jan-Mar Mo 10:00-12:00"),
    ("Jan 10:00-12:00", "Jan 10:00-12:00"),
    ("Jan 10: 10:00-12:00", "Jan 10 10:00-12:00"),
    ("Dec 24,26,31 off", "Dec 24,Dec 26,Dec 31 off"),
    ("2026 Dec 24-Jan 6 off", "2026 Dec 24-2027 Jan 06 off"),
    ("2026 Dec 24-2027 Jan 6 off", "2026 Dec 24-2027 Jan 06 off"),
    ("2026-2028 Jun 01-Aug 31 off", "2026-2028 Jun-Aug off"),
    (
        "easter -2 days-easter +1 day off",
        "easter -2 days-easter +1 day off",
    ),
    (
        "Mar Su[-1]-Oct Su[-1] 10:00-18:00",
        "Mar Su[-1]-Oct Su[-1] 10:00-18:00",
    ),
    ("Mar Su[-1] 10:00-18:00", "Mar Su[-1] 10:00-18:00"),
    (
        "2020-2030/2 week 1-20/2 Mo 10:00-12:00",
        "2020-2030/2 week 01-20/2 Mo 10:00-12:00",
    ),
    ("2026+ Mo 10:00-12:00", "2026+ Mo 10:00-12:00"),
    ("2026 Jan 15+ 10:00-12:00", "2026 Jan 15+ 10:00-12:00"),
    (
        "Mo 08:00-10:00, Tu 09:00-11:00 || 12:00-13:00",
        "Mo 08:00-10:00, Tu 09:00-11:00 || Mo-Su 12:00-13:00",
    ),
];

#[test]
fn texts_read_in_one_way() {
    for (text, canonical) in READS {
        let rules: Rules = text
            .parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(rules.to_string(), *canonical, "{text}");
        assert_eq!(canonical.parse::<Rules>().unwrap(), rules, "{text}");
    }
}
