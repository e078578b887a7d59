use chrono::{Days, NaiveDate};

/// Easter Sunday of the Gregorian calendar; none for years that no date can hold.
///
/// The anonymous algorithm as printed in J. Meeus, Astronomical Algorithms (2nd ed., 1998),
/// chapter 8: the golden number gives the age of the moon, the dominical letter the weekday. Before
/// 1583 it is the same reckoning carried back, which no church used.
pub(crate) fn sunday(year: i32) -> Option<NaiveDate> {
    let golden = year.rem_euclid(19);
    let (century, of_century) = (year.div_euclid(100), year.rem_euclid(100));
    let skipped_leap_days = century - century.div_euclid(4);
    let moon_correction = (century - (century + 8).div_euclid(25) + 1).div_euclid(3);
    let epact = (19 * golden + skipped_leap_days - moon_correction + 15).rem_euclid(30);
    let weekday = (32 + 2 * century.rem_euclid(4) + 2 * (of_century / 4) - epact - of_century % 4)
        .rem_euclid(7);
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let after_22_march = epact + weekday - 7 * late;
    NaiveDate::from_ymd_opt(year, 3, 22)?
        .checked_add_days(Days::new(u64::try_from(after_22_march).ok()?))
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, NaiveDate, Weekday};

    use super::sunday;

    #[test]
    fn known_easters() {
        for date in [
            "1583-04-10", // the first of the new calendar
            "1598-03-22", // the earliest date
            "1666-04-25", // the latest date
            "1818-03-22",
            "1943-04-25",
            "1954-04-18", // a late epact, put off by one
            "1981-04-19", // a late epact, put off by one
            "2000-04-23",
            "2026-04-05",
            "2038-04-25",
            "2285-03-22",
        ] {
            let year = date[..4].parse().unwrap();
            assert_eq!(sunday(year).unwrap().to_string(), date);
        }
    }

    /// D. Knuth, The Art of Computer Programming, volume 1, section 1.3.2, exercise 14: the full
    /// moon by its epact, then the Sunday after it.
    fn after_knuth(year: i32) -> NaiveDate {
        let golden = year % 19 + 1;
        let century = year / 100 + 1;
        let leap_days_dropped = 3 * century / 4 - 12;
        let moon = (8 * century + 5) / 25 - 5;
        let mut epact = (11 * golden + 20 + moon - leap_days_dropped).rem_euclid(30);
        if epact == 24 || (epact == 25 && golden > 11) {
            epact += 1;
        }
        let full_moon = if epact > 23 { 74 - epact } else { 44 - epact };
        let from_march = NaiveDate::from_ymd_opt(year, 3, 1).unwrap().iter_days();
        let mut after = from_march.skip(usize::try_from(full_moon).unwrap());
        after.find(|day| day.weekday() == Weekday::Sun).unwrap()
    }

    #[test]
    fn agrees_with_another_reckoning() {
        for year in 1583..=4099 {
            assert_eq!(sunday(year), Some(after_knuth(year)));
        }
    }

    #[test]
    fn years_that_no_date_holds_have_none() {
        for year in [i32::MIN, i32::MAX, 262_143, -262_144] {
            assert_eq!(sunday(year), None);
        }
        assert!(sunday(-262_143).is_some() && sunday(0).is_some());
    }
}
