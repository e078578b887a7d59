//! Ireland.
//!
//! - Organisation of Working Time Act 1997, second schedule, before it the Holidays (Employees) Act
//!   1973 and regulations under it: New Year's Day from 1975, the last Monday of October from 1977,
//!   the first Monday of May from 1994 (in 1995 on the anniversary of the end of the war). Regulations
//!   of 2022: 18 March of that year, and from 2023 the first Monday of February, or the first of
//!   February where that is a Friday.
//! - A holiday on a weekend is not moved by law: the employee has a day off or pay instead.
//! - On Good Friday banks and public offices are closed.

use chrono::Weekday::Mon;

use super::region::Place;
use super::rule::{Rule, date, de_facto, easter, last, moved, nth, public};

pub(super) const PLACES: [Place; 1] = [Place {
    code: "IE",
    name: "Ireland",
    since: 1974,
    shared: &[],
    own: RULES,
}];

const RULES: &[Rule] = &[
    public("New Year's Day", date(1, 1))
        .called(&[("ga", "Lá Caille")])
        .since(1975),
    public("St Brigid's Day", moved(2, 1, [0, 6, 5, 4, 0, 2, 1]))
        .called(&[("ga", "Lá Fhéile Bríde")])
        .since(2023),
    public("St Patrick's Day", date(3, 17)).called(&[("ga", "Lá Fhéile Pádraig")]),
    public("Day of Remembrance and Recognition", date(3, 18))
        .called(&[("ga", "Lá Cuimhneacháin agus Aitheantais")])
        .only(2022),
    de_facto("Good Friday", easter(-2)).called(&[("ga", "Aoine an Chéasta")]),
    public("Easter Monday", easter(1)).called(&[("ga", "Luan Cásca")]),
    public("May Day", nth(1, Mon, 5))
        .called(MAY_DAY)
        .since(1994)
        .except(&[1995]),
    public("May Day", date(5, 8)).called(MAY_DAY).only(1995),
    public("June Holiday", nth(1, Mon, 6)).called(&[("ga", "Lá Saoire i mí an Mheithimh")]),
    public("August Holiday", nth(1, Mon, 8)).called(&[("ga", "Lá Saoire i mí Lúnasa")]),
    public("National Day of Mourning", date(9, 14))
        .called(MOURNING)
        .only(2001),
    public("October Holiday", last(Mon, 10))
        .called(&[("ga", "Lá Saoire i mí Dheireadh Fómhair")])
        .since(1977),
    public("Christmas Day", date(12, 25)).called(&[("ga", "Lá Nollag")]),
    public("St Stephen's Day", date(12, 26)).called(&[("ga", "Lá Fhéile Stiofáin")]),
    public("Turn of the Millennium", date(12, 31))
        .called(&[("ga", "Bliain na Mílaoise")])
        .only(1999),
];

const MAY_DAY: &[(&str, &str)] = &[("ga", "Lá Bealtaine")];
const MOURNING: &[(&str, &str)] = &[("ga", "Lá Náisiúnta Caointe")];
