//! Sweden.
//!
//! - Holidays: lag (1989:253) om allmänna helgdagar, before it lag (1952:48). The National Day took
//!   the place of Whit Monday by SFS 2004:1320, from 2005. Lady Day ceased to be a holiday of its
//!   own in 1990; until then it was the Sunday from 22 to 28 March, or the Sunday before Palm Sunday
//!   where that Sunday was Palm Sunday or Easter.
//! - Three eves count as Sundays for annual leave: semesterlag (1977:480), 7 §.
//! - The half-days are custom and written into agreements.

use chrono::Weekday::{Fri, Sat, Sun};

use super::region::Place;
use super::rule::{Rule, date, de_facto, easter, from, half_day, public};

pub(super) const PLACES: [Place; 1] = [Place {
    code: "SE",
    name: "Sweden",
    since: 1953,
    shared: &[],
    own: RULES,
}];

const RULES: &[Rule] = &[
    public("New Year's Day", date(1, 1)).called(&[("sv", "nyårsdagen")]),
    half_day("Epiphany Eve", date(1, 5)).called(&[("sv", "trettondagsafton")]),
    public("Epiphany", date(1, 6)).called(&[("sv", "trettondedag jul")]),
    public("Lady Day", from(Sun, 3, 22))
        .called(LADY_DAY)
        .until(1989)
        .except(NEAR_EASTER),
    public("Lady Day", easter(-14))
        .called(LADY_DAY)
        .until(1989)
        .in_years(NEAR_EASTER),
    half_day("Maundy Thursday", easter(-3)).called(&[("sv", "skärtorsdagen")]),
    public("Good Friday", easter(-2)).called(&[("sv", "långfredagen")]),
    public("Easter Sunday", easter(0)).called(&[("sv", "påskdagen")]),
    public("Easter Monday", easter(1)).called(&[("sv", "annandag påsk")]),
    half_day("Walpurgis Eve", date(4, 30)).called(&[("sv", "valborgsmässoafton")]),
    public("May Day", date(5, 1)).called(&[("sv", "första maj")]),
    public("Ascension Day", easter(39)).called(&[("sv", "Kristi himmelsfärdsdag")]),
    public("Whit Sunday", easter(49)).called(&[("sv", "pingstdagen")]),
    public("Whit Monday", easter(50))
        .called(&[("sv", "annandag pingst")])
        .until(2004),
    public("National Day", date(6, 6))
        .called(&[("sv", "nationaldagen")])
        .since(2005),
    de_facto("Midsummer Eve", from(Fri, 6, 19)).called(&[("sv", "midsommarafton")]),
    public("Midsummer Day", from(Sat, 6, 20)).called(&[("sv", "midsommardagen")]),
    half_day("All Saints' Eve", from(Fri, 10, 30)).called(&[("sv", "allhelgonaafton")]),
    public("All Saints' Day", from(Sat, 10, 31)).called(&[("sv", "alla helgons dag")]),
    de_facto("Christmas Eve", date(12, 24)).called(&[("sv", "julafton")]),
    public("Christmas Day", date(12, 25)).called(&[("sv", "juldagen")]),
    public("Second Day of Christmas", date(12, 26)).called(&[("sv", "annandag jul")]),
    de_facto("New Year's Eve", date(12, 31)).called(&[("sv", "nyårsafton")]),
];

const LADY_DAY: &[(&str, &str)] = &[("sv", "Marie bebådelsedag")];

/// The years from 1953 to 1989 in which the Sunday from 22 to 28 March is Palm Sunday or Easter.
const NEAR_EASTER: &[i32] = &[
    1956, 1959, 1961, 1964, 1967, 1970, 1972, 1975, 1978, 1983, 1986, 1988, 1989,
];
