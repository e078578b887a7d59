//! Finland.
//!
//! - Church feasts: kirkkolaki 635/1964, then 1054/1993 (4 luku 3 §), now 652/2023; Midsummer Day
//!   and All Saints' Day on Saturdays since 1955 (535/1953). From 1973 to 1991 Epiphany and
//!   Ascension Day lay on Saturdays, as employers and unions had asked.
//! - May Day: laki vapunpäivän järjestämisestä työntekijäin vapaapäiväksi eräissä tapauksissa
//!   272/1944. Independence Day: laki itsenäisyyspäivän viettämisestä yleisenä juhla- ja
//!   vapaapäivänä 388/1937.
//! - The eves of Midsummer and Christmas: no law makes them feasts, yet they are no weekdays for
//!   annual leave (vuosilomalaki 162/2005, 4 §), agreements make them days off, and the lists that
//!   people go by have them. So they are public here.
//! - Åland: the day of its first parliament, 9 June 1922; a flag day and a day off since 1993.

use chrono::Weekday::{Fri, Sat};

use super::region::Place;
use super::rule::{Rule, date, easter, from, public};

pub(super) const PLACES: [Place; 2] = [
    Place {
        code: "FI",
        name: "Finland",
        since: 1955,
        shared: &[],
        own: RULES,
    },
    Place {
        code: "FI-01",
        name: "Åland",
        since: 1993,
        shared: &[RULES],
        own: ALAND,
    },
];

const RULES: &[Rule] = &[
    public("New Year's Day", date(1, 1))
        .called(&[("fi", "uudenvuodenpäivä"), ("sv", "nyårsdagen")]),
    public("Epiphany", date(1, 6)).called(EPIPHANY).until(1972),
    public("Epiphany", from(Sat, 1, 6))
        .called(EPIPHANY)
        .since(1973)
        .until(1991),
    public("Epiphany", date(1, 6)).called(EPIPHANY).since(1992),
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
        .until(1991),
    public("Ascension Day", easter(39))
        .called(ASCENSION)
        .since(1992),
    public("Whit Sunday", easter(49)).called(&[("fi", "helluntaipäivä"), ("sv", "pingstdagen")]),
    public("Midsummer Eve", from(Fri, 6, 19))
        .called(&[("fi", "juhannusaatto"), ("sv", "midsommarafton")]),
    public("Midsummer Day", from(Sat, 6, 20))
        .called(&[("fi", "juhannuspäivä"), ("sv", "midsommardagen")]),
    public("All Saints' Day", from(Sat, 10, 31))
        .called(&[("fi", "pyhäinpäivä"), ("sv", "alla helgons dag")]),
    public("Independence Day", date(12, 6))
        .called(&[("fi", "itsenäisyyspäivä"), ("sv", "självständighetsdagen")]),
    public("Christmas Eve", date(12, 24)).called(&[("fi", "jouluaatto"), ("sv", "julafton")]),
    public("Christmas Day", date(12, 25)).called(&[("fi", "joulupäivä"), ("sv", "juldagen")]),
    public("St Stephen's Day", date(12, 26))
        .called(&[("fi", "tapaninpäivä"), ("sv", "annandag jul")]),
];

const EPIPHANY: &[(&str, &str)] = &[("fi", "loppiainen"), ("sv", "trettondagen")];
const ASCENSION: &[(&str, &str)] = &[("fi", "helatorstai"), ("sv", "Kristi himmelsfärdsdag")];

const ALAND: &[Rule] = &[public("Self-Government Day", date(6, 9)).called(&[
    ("fi", "Ahvenanmaan itsehallintopäivä"),
    ("sv", "Ålands självstyrelsedag"),
])];
