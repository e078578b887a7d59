//! Finland.
use chrono::Weekday::{Fri, Sat};

use super::region::Place;
use super::rule::{Rule, date, de_facto, easter, from, public};

pub(super) const FINLAND: Place = Place {
    code: "FI",
    name: "Finland",
    since: 1955,
    tables: &[RULES],
};

pub(super) const ALAND: Place = Place {
    code: "FI-01",
    name: "Åland",
    since: 1993,
    tables: &[RULES, OF_ALAND],
};

const RULES: &[Rule] = &[
    public("New Year's Day", date(1, 1))
        .called(&[("fi", "uudenvuodenpäivä"), ("sv", "nyårsdagen")]),
    public("Epiphany", date(1, 6)).called(EPIPHANY).until(1972),
    public("Epiphany", from(Sat, 1, 6))
        .called(EPIPHANY)
        .since(1973)
        .until(1990),
    public("Epiphany", date(1, 6)).called(EPIPHANY).since(1991),
    public("Good Friday", easter(-2)).called(&[("fi", "pitkäperjantai"), ("sv", "långfredagen")]),
    public("Easter Sunday", easter(0)).called(&[("fi", "pääsiäispäivä"), ("sv", "påskdagen")]),
    public("Easter Monday", easter(1))
        .called(&[("fi", "toinen pääsiäispäivä"), ("sv", "annandag påsk")]),
    public("May Day", date(5, 1)).called(&[("fi", "vappu"), ("sv", "första maj")]),
    public("Ascension Day", easter(39))
        .called(ASCENSION)
        .until(1972),
    public("Ascension Day", easter(34))
        .called(ASCENSION)
        .since(1973)
        .until(1990),
    public("Ascension Day", easter(39))
        .called(ASCENSION)
        .since(1991),
    public("Whit Sunday", easter(49)).called(&[("fi", "helluntaipäivä"), ("sv", "pingstdagen")]),
    de_facto("Midsummer Eve", from(Fri, 6, 19))
        .called(&[("fi", "juhannusaatto"), ("sv", "midsommarafton")]),
    public("Midsummer Day", from(Sat, 6, 20))
        .called(&[("fi", "juhannuspäivä"), ("sv", "midsommardagen")]),
    public("All Saints' Day", from(Sat, 10, 31))
        .called(&[("fi", "pyhäinpäivä"), ("sv", "alla helgons dag")]),
    public("Independence Day", date(12, 6))
        .called(&[("fi", "itsenäisyyspäivä"), ("sv", "självständighetsdagen")]),
    de_facto("Christmas Eve", date(12, 24)).called(&[("fi", "jouluaatto"), ("sv", "julafton")]),
    public("Christmas Day", date(12, 25)).called(&[("fi", "joulupäivä"), ("sv", "juldagen")]),
    public("St Stephen's Day", date(12, 26))
        .called(&[("fi", "tapaninpäivä"), ("sv", "annandag jul")]),
];

const EPIPHANY: &[(&str, &str)] = &[("fi", "loppiainen"), ("sv", "trettondagen")];
const ASCENSION: &[(&str, &str)] = &[("fi", "helatorstai"), ("sv", "Kristi himmelsfärdsdag")];

const OF_ALAND: &[Rule] = &[public("Self-Government Day", date(6, 9)).called(&[
    ("sv", "Ålands självstyrelsedag"),
    ("fi", "Ahvenanmaan itsehallintopäivä"),
])];
