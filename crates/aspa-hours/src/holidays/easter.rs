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
