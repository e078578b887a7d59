//! Holidays: known days on both sides of each change of law, whole years as the authorities printed
//! them, and what holds for any region and year.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aspa_hours::holidays::Category::{self, DeFacto, HalfDay, Public};
use aspa_hours::holidays::{HolidayError, HolidaySet, PublicHoliday, RULES_VERSION, Region};
use chrono::{Datelike, NaiveDate, Weekday};
use proptest::prelude::*;

fn region(code: &str) -> Region {
    code.parse().unwrap()
}

fn days(code: &str, date: &str) -> Vec<PublicHoliday> {
    let date: NaiveDate = date.parse().unwrap();
    let mut days = region(code).holidays(date.year());
    days.retain(|day| day.date == date);
    days
}

/// Region, date, category, English name, and the reason.
type Known = (
    &'static str,
    &'static str,
    Category,
    &'static str,
    &'static str,
);

#[rustfmt::skip]
const HOLIDAYS: &[Known] = &[
    ("FI", "1972-01-06", Public, "Epiphany", "the last on its day before 19 years of Saturdays"),
    ("FI", "1973-01-06", Public, "Epiphany", "6 January itself is a Saturday"),
    ("FI", "1974-01-12", Public, "Epiphany", "the latest Saturday, 6 January being a Sunday"),
    ("FI", "1991-01-12", Public, "Epiphany", "the last on a Saturday"),
    ("FI", "1992-01-06", Public, "Epiphany", "back on its day"),
    ("FI", "1972-05-11", Public, "Ascension Day", "a Thursday before the change"),
    ("FI", "1973-05-26", Public, "Ascension Day", "the Saturday before the fifth Sunday after Easter"),
    ("FI", "1991-05-04", Public, "Ascension Day", "the last on a Saturday"),
    ("FI", "1992-05-28", Public, "Ascension Day", "a Thursday again"),
    ("FI", "2008-05-01", Public, "Ascension Day", "as early as it gets but for a day, on May Day"),
    ("FI", "2008-05-01", Public, "May Day", "both on one date"),
    ("FI", "2026-06-19", Public, "Midsummer Eve", "the earliest Friday"),
    ("FI", "2026-06-20", Public, "Midsummer Day", "the earliest Saturday"),
    ("FI", "2027-06-26", Public, "Midsummer Day", "the latest Saturday"),
    ("FI", "2026-10-31", Public, "All Saints' Day", "the earliest Saturday"),
    ("FI", "2027-11-06", Public, "All Saints' Day", "the latest Saturday"),
    ("FI", "2026-12-06", Public, "Independence Day", "a Sunday is not moved"),
    ("FI", "2026-12-24", Public, "Christmas Eve", "no weekday for annual leave"),
    ("FI-01", "2026-06-09", Public, "Self-Government Day", "Åland alone"),
    ("SE", "1989-03-12", Public, "Lady Day", "before Palm Sunday, Easter being on 26 March"),
    ("SE", "1987-03-22", Public, "Lady Day", "the Sunday from 22 to 28 March"),
    ("SE", "2004-05-31", Public, "Whit Monday", "its last year"),
    ("SE", "2005-06-06", Public, "National Day", "its first year"),
    ("SE", "2026-06-19", DeFacto, "Midsummer Eve", "a Sunday for annual leave"),
    ("SE", "2026-12-31", DeFacto, "New Year's Eve", "a Sunday for annual leave"),
    ("SE", "2026-01-05", HalfDay, "Epiphany Eve", "shorter by agreements"),
    ("SE", "2026-10-30", HalfDay, "All Saints' Eve", "the Friday"),
    ("NO", "2026-05-14", Public, "Ascension Day", "39 days after 5 April"),
    ("NO", "2027-05-17", Public, "Constitution Day", "beside Whit Monday"),
    ("NO", "2027-05-17", Public, "Whit Monday", "beside Constitution Day"),
    ("NO", "2026-04-04", HalfDay, "Easter Eve", "shops close at 16:00"),
    ("DK", "2023-05-05", Public, "Great Prayer Day", "its last year"),
    ("DK", "2026-06-05", DeFacto, "Constitution Day", "shops are closed"),
    ("DK", "2026-12-31", HalfDay, "New Year's Eve", "shops close at 15:00"),
    ("EE", "2026-08-20", Public, "Restoration of Independence Day", "1991, a holiday from 1998"),
    ("EE", "1993-11-16", Public, "Day of Rebirth", "its last year as a holiday"),
    ("EE", "2005-12-24", Public, "Christmas Eve", "its first year as a holiday"),
    ("EE", "2004-12-24", HalfDay, "Christmas Eve", "three hours shorter while it was no holiday"),
    ("EE", "2026-12-23", HalfDay, "Day before Christmas Eve", "three hours shorter since then"),
    ("EE", "2026-02-23", HalfDay, "Eve of Independence Day", "three hours shorter"),
    ("DE", "1994-11-16", Public, "Repentance Day", "the last in the whole country"),
    ("DE", "2017-10-31", Public, "Reformation Day", "500 years, once in every state"),
    ("DE-BY", "2017-10-31", Public, "Reformation Day", "once even in Bavaria"),
    ("DE-BB", "2026-04-05", Public, "Easter Sunday", "named by Brandenburg"),
    ("DE-BB", "2026-05-24", Public, "Whit Sunday", "named by Brandenburg"),
    ("DE-BE", "2019-03-08", Public, "Women's Day", "its first year"),
    ("DE-BE", "2020-05-08", Public, "Liberation Day", "75 years, once"),
    ("DE-BE", "2025-05-08", Public, "Liberation Day", "80 years, once"),
    ("DE-BE", "2028-06-17", Public, "Uprising of 17 June 1953", "75 years, once"),
    ("DE-BW", "2026-01-06", Public, "Epiphany", "in BW, BY and ST"),
    ("DE-BY-CATHOLIC", "2026-08-15", Public, "Assumption Day", "Munich and most of Bavaria"),
    ("DE-BY-AUGSBURG", "2026-08-08", Public, "Peace Festival", "that city alone"),
    ("DE-HB", "2018-10-31", Public, "Reformation Day", "the first year in the north"),
    ("DE-HE", "2026-06-04", Public, "Corpus Christi", "60 days after 5 April"),
    ("DE-MV", "2023-03-08", Public, "Women's Day", "its first year"),
    ("DE-NW", "2026-11-01", Public, "All Saints' Day", "in five states"),
    ("DE-SL", "2026-08-15", Public, "Assumption Day", "the only whole state"),
    ("DE-SN", "2026-11-18", Public, "Repentance Day", "Saxony kept it"),
    ("DE-SN", "1994-11-16", Public, "Repentance Day", "told once where the country has it too"),
    ("DE-SN-CATHOLIC", "2026-06-04", Public, "Corpus Christi", "some places of Saxony"),
    ("DE-TH", "2019-09-20", Public, "Children's Day", "its first year"),
    ("GB-ENG", "1977-06-07", Public, "Silver Jubilee of Elizabeth II", "proclaimed"),
    ("GB-ENG", "1995-05-08", Public, "Early May Bank Holiday", "moved to the 50th VE Day"),
    ("GB-ENG", "2020-05-08", Public, "Early May Bank Holiday", "moved to the 75th VE Day, a Friday"),
    ("GB-ENG", "2021-12-27", Public, "Christmas Day", "for Saturday 25"),
    ("GB-ENG", "2021-12-28", Public, "Boxing Day", "for Sunday 26"),
    ("GB-ENG", "2022-12-27", Public, "Christmas Day", "for Sunday 25, Boxing Day being on Monday"),
    ("GB-ENG", "2026-12-28", Public, "Boxing Day", "for Saturday 26"),
    ("GB-WLS", "2022-06-02", Public, "Spring Bank Holiday", "moved for the Platinum Jubilee"),
    ("GB-WLS", "2022-06-03", Public, "Platinum Jubilee of Elizabeth II", "proclaimed"),
    ("GB", "2022-09-19", Public, "State Funeral of Elizabeth II", "proclaimed nine days before"),
    ("GB", "2023-05-08", Public, "Coronation of Charles III", "proclaimed"),
    ("GB-SCT", "2023-01-02", Public, "New Year's Day", "for Sunday 1"),
    ("GB-SCT", "2023-01-03", Public, "2nd January", "for Monday 2, which is New Year's"),
    ("GB-SCT", "2022-01-04", Public, "2nd January", "for Sunday 2, Monday being New Year's"),
    ("GB-SCT", "2007-11-30", Public, "St Andrew's Day", "its first year"),
    ("GB-SCT", "2024-12-02", Public, "St Andrew's Day", "for Saturday 30 November"),
    ("GB-SCT", "2026-06-15", Public, "World Cup Bank Holiday", "proclaimed"),
    ("GB-NIR", "2024-03-18", Public, "St Patrick's Day", "for Sunday 17"),
    ("GB-NIR", "2025-07-14", Public, "Battle of the Boyne", "for Saturday 12"),
    ("IE", "1994-05-02", Public, "May Day", "its first year"),
    ("IE", "1995-05-08", Public, "May Day", "moved to the 50th VE Day"),
    ("IE", "2001-09-14", Public, "National Day of Mourning", "after 11 September"),
    ("IE", "2022-03-18", Public, "Day of Remembrance and Recognition", "once"),
    ("IE", "2023-02-06", Public, "St Brigid's Day", "its first year, the first Monday"),
    ("IE", "2030-02-01", Public, "St Brigid's Day", "a Friday stays"),
    ("IE", "2026-04-03", DeFacto, "Good Friday", "banks are closed, no public holiday"),
    ("IE", "2026-10-26", Public, "October Holiday", "the last Monday"),
    ("US", "1977-10-24", Public, "Veterans Day", "the last fourth Monday of October"),
    ("US", "1978-11-11", Public, "Veterans Day", "back on its day"),
    ("US", "1978-11-10", Public, "Veterans Day", "the Friday for that Saturday"),
    ("US", "1986-01-20", Public, "Martin Luther King Jr. Day", "its first year"),
    ("US", "2021-06-18", Public, "Juneteenth", "its first year, the Friday for a Saturday"),
    ("US", "2021-12-31", Public, "New Year's Day", "of 2022, a Saturday: in the year before"),
    ("US", "2022-12-26", Public, "Christmas Day", "for Sunday 25"),
    ("US", "2026-07-03", Public, "Independence Day", "for Saturday 4"),
    ("US-AK", "2026-03-30", Public, "Seward's Day", "the last Monday of March"),
    ("US-CA", "2026-03-31", Public, "Cesar Chavez Day", "from 1995"),
    ("US-CA", "2026-11-08", Public, "Diwali", "its first year"),
    ("US-CA", "2031-11-14", Public, "Diwali", "the second new moon of that autumn"),
    ("US-CA", "2024-11-29", Public, "Day after Thanksgiving", "the fourth Thursday is the 28th"),
    ("US-DC", "2013-01-21", Public, "Inauguration Day", "for Sunday 20"),
    ("US-DC", "2026-04-16", Public, "Emancipation Day", "from 2005"),
    ("US-GA", "2020-04-10", Public, "State Holiday", "once Confederate Memorial Day, on Good Friday"),
    ("US-GA", "2026-12-24", Public, "Washington's Birthday", "beside a Christmas on a Friday"),
    ("US-HI", "2026-04-03", Public, "Good Friday", "from 1941"),
    ("US-IL", "2024-11-05", Public, "Election Day", "in even years, after the first Monday"),
    ("US-LA", "2026-02-17", Public, "Mardi Gras", "47 days before Easter"),
    ("US-MA", "2026-04-20", Public, "Patriots' Day", "the third Monday of April"),
    ("US-MS", "2026-04-27", Public, "Confederate Memorial Day", "the last Monday of April"),
    ("US-NV", "2026-10-30", Public, "Nevada Day", "the last Friday of October from 2000"),
    ("US-NV", "1999-10-31", Public, "Nevada Day", "on its day until then"),
    ("US-PR", "2014-01-13", Public, "Birthday of Eugenio María de Hostos", "its last year"),
    ("US-PR", "2026-12-24", HalfDay, "Christmas Eve", "from noon"),
    ("US-SC", "2026-05-10", Public, "Confederate Memorial Day", "10 May, from 2000"),
    ("US-TX", "2026-12-24", Public, "Christmas Eve", "from 1981"),
    ("US-UT", "2026-07-24", Public, "Pioneer Day", "a Friday"),
    ("US-VA", "2020-01-17", Public, "Lee-Jackson Day", "its last year, the Friday before King"),
    ("US-VA", "2020-11-03", Public, "Election Day", "its first year"),
];

#[rustfmt::skip]
const NONE: &[(&str, &str, &str)] = &[
    ("FI", "1991-01-06", "Epiphany is still on the Saturday"),
    ("FI", "1992-01-11", "Epiphany is back on its day"),
    ("FI", "1991-05-09", "Ascension Day is still on the Saturday"),
    ("FI", "2026-12-07", "Independence Day on a Sunday gives no Monday"),
    ("FI", "2026-04-04", "Easter Saturday is a Saturday as others are"),
    ("FI", "2026-06-09", "the day of Åland is Åland's"),
    ("SE", "1989-03-19", "Lady Day has moved off Palm Sunday"),
    ("SE", "2004-06-06", "the National Day is no holiday yet"),
    ("SE", "2005-05-16", "Whit Monday is no holiday any more"),
    ("SE", "1990-03-25", "Lady Day is a Sunday as others are"),
    ("NO", "1994-04-02", "the law on the eves is of 1995"),
    ("DK", "2024-04-26", "Great Prayer Day has ended"),
    ("EE", "1997-08-20", "no holiday before 1998"),
    ("EE", "1994-11-16", "no holiday any more"),
    ("DE", "1995-11-22", "Repentance Day pays for the care insurance"),
    ("DE", "2016-10-31", "Reformation Day, the year before"),
    ("DE", "2018-10-31", "Reformation Day, the year after"),
    ("DE-HB", "2016-10-31", "not in the north before 2018"),
    ("DE-BE", "2018-03-08", "Women's Day starts in 2019"),
    ("DE-BE", "2021-05-08", "one year after the anniversary"),
    ("DE-MV", "2022-03-08", "Women's Day starts in 2023"),
    ("DE-TH", "2018-09-20", "Children's Day starts in 2019"),
    ("DE-BY", "2026-08-15", "Assumption Day needs a Catholic municipality"),
    ("DE-TH", "2026-06-04", "Corpus Christi needs a Catholic municipality"),
    ("DE-HE", "2026-04-05", "Easter Sunday is a Sunday as others are"),
    ("DE-BY-CATHOLIC", "2026-08-08", "the Peace Festival is Augsburg's"),
    ("GB-ENG", "1977-05-02", "no May Day before 1978"),
    ("GB-ENG", "2020-05-04", "May Day has moved to the Friday"),
    ("GB-ENG", "2022-05-30", "the spring holiday has moved to June"),
    ("GB-ENG", "2026-01-02", "2 January is Scotland's"),
    ("GB-SCT", "2026-04-06", "Easter Monday is not Scotland's"),
    ("GB-SCT", "2006-11-30", "the act is of 2007"),
    ("GB-SCT", "2026-08-31", "Scotland has the first Monday of August"),
    ("GB-ENG", "2026-08-03", "England has the last Monday of August"),
    ("GB-NIR", "2026-06-15", "the World Cup day is Scotland's"),
    ("IE", "2022-02-07", "St Brigid's Day starts in 2023"),
    ("IE", "2021-12-27", "Ireland moves no holiday off a weekend"),
    ("IE", "1993-05-03", "May Day starts in 1994"),
    ("US", "1978-10-23", "Veterans Day is back in November"),
    ("US", "1985-01-21", "King's birthday starts in 1986"),
    ("US", "2020-06-19", "Juneteenth starts in 2021"),
    ("US", "2025-01-09", "a day of mourning closes federal offices and is no holiday"),
    ("US-CA", "2025-10-20", "Diwali starts in 2026"),
    ("US-DC", "2014-01-21", "no inauguration between elections"),
    ("US-IL", "2025-11-04", "no election day in odd years"),
    ("US-MA", "2026-07-03", "in Massachusetts a Saturday gives no Friday"),
    ("US-TX", "2026-10-12", "Texas has no Columbus Day"),
    ("US-VA", "2021-01-15", "Lee-Jackson Day has ended"),
    ("US-PR", "2015-01-12", "the day of Hostos has ended"),
];

#[test]
fn known_holidays() {
    for (code, date, category, name, why) in HOLIDAYS {
        let days = days(code, date);
        assert!(
            days.iter()
                .any(|day| day.name == *name && day.category == *category),
            "{code} {date}: {name}, {why}; found {days:?}"
        );
    }
}

#[test]
fn known_working_days_and_plain_sundays() {
    for (code, date, why) in NONE {
        let days = days(code, date);
        assert!(days.is_empty(), "{code} {date}: {why}; found {days:?}");
    }
}

/// Whole years, so that nothing is too much: as printed by the authority named.
#[rustfmt::skip]
const YEARS: &[(&str, i32, &str, &str)] = &[
    ("FI", 2026, "almanac office of the University of Helsinki, with the two eves",
     "01-01 01-06 04-03 04-05 04-06 05-01 05-14 05-24 06-19 06-20 10-31 12-06 12-24 12-25 12-26"),
    ("SE", 2026, "Riksbank calendar, with the Sundays named by the act",
     "01-01 01-06 04-03 04-05 04-06 05-01 05-14 05-24 06-06 06-20 10-31 12-25 12-26"),
    ("NO", 2024, "the act of 1995",
     "01-01 03-28 03-29 03-31 04-01 05-01 05-09 05-17 05-19 05-20 12-25 12-26"),
    ("DK", 2024, "Erhvervsstyrelsen",
     "01-01 03-28 03-29 03-31 04-01 05-09 05-19 05-20 12-25 12-26"),
    ("EE", 2026, "the act of 1998",
     "01-01 02-24 04-03 04-05 05-01 05-24 06-23 06-24 08-20 12-24 12-25 12-26"),
    ("DE", 2026, "the acts of the states",
     "01-01 04-03 04-06 05-01 05-14 05-25 10-03 12-25 12-26"),
    ("DE-BW", 2026, "FTG of BW",
     "01-01 01-06 04-03 04-06 05-01 05-14 05-25 06-04 10-03 11-01 12-25 12-26"),
    ("GB-ENG", 2022, "gov.uk bank holidays, with the weekend days that they stand for",
     "01-01 01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-25 12-26 12-27"),
    ("GB-SCT", 2022, "gov.uk bank holidays, with the weekend days that they stand for",
     "01-01 01-02 01-03 01-04 04-15 05-02 06-02 06-03 08-01 09-19 11-30 12-25 12-26 12-27"),
    ("GB-NIR", 2021, "gov.uk bank holidays, with the weekend days that they stand for",
     "01-01 03-17 04-02 04-05 05-03 05-31 07-12 08-30 12-25 12-26 12-27 12-28"),
    ("IE", 2023, "citizensinformation.ie",
     "01-01 02-06 03-17 04-10 05-01 06-05 08-07 10-30 12-25 12-26"),
    ("US", 2026, "Office of Personnel Management, with the Saturday that 3 July stands for",
     "01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25"),
    ("US-NY", 2026, "General Construction Law § 24",
     "01-01 01-19 02-12 02-15 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-03 11-11 11-26 12-25"),
];

#[test]
fn whole_years() {
    for (code, year, source, expected) in YEARS {
        let mut dates: Vec<String> = HolidaySet::new(region(code))
            .year(*year)
            .iter()
            .map(|day| day.date.format("%m-%d").to_string())
            .collect();
        dates.dedup();
        assert_eq!(dates.join(" "), *expected, "{code} {year}: {source}");
    }
}

#[test]
fn a_day_for_a_weekend_says_so() {
    for (code, date, observed) in [
        ("GB-ENG", "2021-12-25", false),
        ("GB-ENG", "2021-12-27", true),
        ("US", "2026-07-03", true),
        ("US", "2026-07-04", false),
    ] {
        assert_eq!(days(code, date)[0].observed, observed, "{code} {date}");
    }
}

#[test]
fn names_in_the_languages_of_the_region() {
    for (code, date, language, name) in [
        ("FI", "2026-06-20", "fi", "juhannuspäivä"),
        ("FI", "2026-06-20", "sv", "midsommardagen"),
        ("FI", "2026-06-20", "de", "Midsummer Day"),
        ("SE", "2026-01-06", "sv", "trettondedag jul"),
        ("NO", "2026-05-17", "nb", "grunnlovsdagen"),
        ("DK", "2023-05-05", "da", "store bededag"),
        ("EE", "2026-06-24", "et", "jaanipäev"),
        ("DE-SN", "2026-11-18", "de", "Buß- und Bettag"),
        ("IE", "2026-03-17", "ga", "Lá Fhéile Pádraig"),
        ("GB-WLS", "2026-12-26", "cy", "Gŵyl San Steffan"),
        ("US-PR", "2026-01-06", "es", "Día de Reyes"),
    ] {
        assert_eq!(
            days(code, date)[0].name_in(language),
            name,
            "{code} {date} {language}"
        );
    }
    assert_eq!(region("FI").languages(), ["en", "fi", "sv"]);
    assert_eq!(region("US-TX").languages(), ["en"]);
}

#[test]
fn names_can_be_listed_with_commas() {
    for region in Region::all() {
        let languages = region.languages();
        for day in (region.since()..2040).flat_map(|year| region.holidays(year)) {
            for (language, name) in day.names() {
                assert!(languages.contains(&language), "{region}: {language}");
                let plain = !name.is_empty() && name.trim() == name && !name.contains([',', ';']);
                assert!(plain, "{region}: {name:?}");
            }
        }
    }
}

#[test]
fn a_set_names_its_days_in_its_language() {
    let set = HolidaySet::new(region("FI"))
        .categories([Public, DeFacto])
        .language("fi")
        .unwrap();
    let december: Vec<_> = set
        .year(2026)
        .into_iter()
        .filter(|day| day.date.month() == 12)
        .collect();
    assert_eq!(
        december.iter().map(|day| day.name).collect::<Vec<_>>(),
        [
            "itsenäisyyspäivä",
            "jouluaatto",
            "joulupäivä",
            "tapaninpäivä"
        ]
    );
}

#[test]
fn a_set_is_text_or_fields() {
    let plain = HolidaySet::new(region("DE-BY"));
    assert_eq!(serde_json::to_string(&plain).unwrap(), r#""DE-BY""#);
    assert_eq!(
        serde_json::from_str::<HolidaySet>(r#""DE-BY""#).unwrap(),
        plain
    );
    assert_eq!(
        serde_json::from_str::<HolidaySet>(r#"{"region":"de-by"}"#).unwrap(),
        plain
    );

    let text = r#"{"region":"SE","categories":["public","half_day"],"language":"sv"}"#;
    let set: HolidaySet = serde_json::from_str(text).unwrap();
    assert_eq!(set.categories, [Public, HalfDay]);
    assert_eq!(serde_json::to_string(&set).unwrap(), text);
}

#[test]
fn errors_name_the_field_and_what_there_is() {
    for (json, parts) in [
        (
            r#""XX""#,
            &["XX", "DE, DK, EE, FI, GB, IE, NO, SE, US"] as &[_],
        ),
        (
            r#"{"region":"GB-XX"}"#,
            &["region:", "GB-XX", "GB-ENG, GB-NIR, GB-SCT, GB-WLS"],
        ),
        (
            r#"{"region":"FI","categories":["bank"]}"#,
            &["categories:", "bank", "public, de_facto"],
        ),
        (
            r#"{"region":"FI","categories":[]}"#,
            &["categories:", "public, de_facto"],
        ),
        (
            r#"{"region":"FI","language":"da"}"#,
            &["language:", "da", "en, fi, sv"],
        ),
        (r#"{"region":"FI","holidays":[]}"#, &["holidays", "region"]),
        (r#"{"categories":["public"]}"#, &["region"]),
        ("17", &["region"]),
    ] {
        let error = serde_json::from_str::<HolidaySet>(json)
            .unwrap_err()
            .to_string();
        for part in parts {
            assert!(error.contains(part), "{json}: {error:?} lacks {part:?}");
        }
    }
    assert_eq!(
        "GB-XX".parse::<Region>(),
        Err(HolidayError::UnknownRegion {
            region: "GB-XX".into()
        })
    );
}

#[test]
fn regions_are_sorted_by_code_and_read_back() {
    let all: Vec<Region> = Region::all().collect();
    assert!(all.is_sorted_by(|a, b| a < b && a.code() < b.code()));
    for region in &all {
        assert_eq!(region.to_string().parse(), Ok(*region));
        assert_eq!(region.code().to_lowercase().parse(), Ok(*region));
        assert!(!region.name().is_empty());
    }
    assert_eq!(
        all.iter()
            .filter(|region| region.code().starts_with("DE-"))
            .count(),
        20
    );
    assert_eq!(
        all.iter()
            .filter(|region| region.code().starts_with("US-"))
            .count(),
        57
    );
}

#[test]
fn no_holidays_before_the_tables_and_beyond_all_dates() {
    for region in Region::all() {
        assert!(region.holidays(region.since() - 1).is_empty(), "{region}");
        assert!(!region.holidays(region.since()).is_empty(), "{region}");
        assert!(region.holidays(i32::MIN).is_empty(), "{region}");
        assert!(region.holidays(i32::MAX).is_empty(), "{region}");
    }
}

#[test]
fn a_year_is_sorted_unique_and_its_own() {
    for region in Region::all() {
        for year in region.since()..2200 {
            let days = region.holidays(year);
            assert!(days.is_sorted_by_key(|day| day.date), "{region} {year}");
            assert!(
                days.iter().all(|day| day.date.year() == year),
                "{region} {year}"
            );
            let mut keys: Vec<_> = days.iter().map(|day| (day.date, day.name)).collect();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(
                keys.len(),
                days.len(),
                "{region}: a name twice on one date: {days:?}"
            );
        }
    }
}

#[test]
fn a_day_given_for_another_is_a_working_day_near_it() {
    for region in Region::all() {
        let all: Vec<_> = (region.since()..2200)
            .flat_map(|year| region.holidays(year))
            .collect();
        for (at, day) in all.iter().enumerate().filter(|(_, day)| day.observed) {
            assert!(
                !matches!(day.date.weekday(), Weekday::Sat | Weekday::Sun),
                "{region}: {day:?}"
            );
            let near = &all[at.saturating_sub(5)..all.len().min(at + 6)];
            let stands_for = |twin: &&PublicHoliday| {
                let days = (twin.date - day.date).num_days();
                twin.name == day.name && !twin.observed && days.abs() <= 2
            };
            // That of January 2200 is yet to come.
            let last = day.date.to_string() == "2199-12-31";
            assert!(
                last || near.iter().any(|twin| stands_for(&twin)),
                "{region}: {day:?}"
            );
        }
    }
}

proptest! {
    #[test]
    fn any_year_can_be_asked(
        region in prop::sample::select(Region::all().collect::<Vec<_>>()),
        year: i32,
    ) {
        let days = region.holidays(year);
        prop_assert!(days.iter().all(|day| day.date.year() == year));
        prop_assert_eq!(region.holidays(year), days, "asked again");
    }

    #[test]
    fn a_set_is_what_its_categories_say(
        region in prop::sample::select(Region::all().collect::<Vec<_>>()),
        year in 1990..2100_i32,
        categories in prop::sample::subsequence(vec![Public, DeFacto, HalfDay], 1..=3),
    ) {
        let set = HolidaySet::new(region).categories(categories.clone());
        let read: HolidaySet = serde_json::from_str(&serde_json::to_string(&set).unwrap()).unwrap();
        prop_assert_eq!(&read, &set);
        let mut all = region.holidays(year);
        all.retain(|day| categories.contains(&day.category));
        prop_assert_eq!(set.year(year), all);
    }
}

/// What was compared day by day with an independent list (`compare/holidays.py`), as a digest of
/// every region from its first year to 2100. Whoever changes a rule runs the comparison, raises
/// `RULES_VERSION` and writes the new digests here.
#[test]
fn what_was_compared_is_what_is_told() {
    let mut found = format!("rules {RULES_VERSION}\n");
    for region in Region::all() {
        let mut digest = Fnv::default();
        let mut count = 0;
        for day in (region.since()..=2100).flat_map(|year| region.holidays(year)) {
            let text = format!("{} {:?} {}\n", day.date, day.category, day.observed);
            digest.write(text.as_bytes());
            count += 1;
        }
        found += &format!("{region} {count} {:016x}\n", digest.0);
    }
    let compared: Vec<&str> = include_str!("holidays.digest").lines().collect();
    let changed: Vec<&str> = found
        .lines()
        .filter(|line| !compared.contains(line))
        .collect();
    assert!(changed.is_empty(), "changed:\n{}", changed.join("\n"));
    assert_eq!(found.lines().count(), compared.len(), "a region has gone");
}

/// The 64-bit FNV-1a hash.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
