//! Estonia.
//!
//! - Holidays: pühade ja tähtpäevade seadus of 27 January 1998, § 2, before it the act of the same
//!   name of 8 February 1994 and the decree on state holidays of 9 October 1990. Christmas Eve was
//!   added from 2005.
//! - The working day before four of them is three hours shorter: töölepingu seadus of 17 December
//!   2008, § 53, before it töö- ja puhkeaja seadus of 24 January 2001, § 25.

use super::region::Place;
use super::rule::{Rule, date, easter, half_day, public};

pub(super) const PLACES: [Place; 1] = [Place {
    code: "EE",
    name: "Estonia",
    since: 1991,
    shared: &[],
    own: RULES,
}];

const RULES: &[Rule] = &[
    public("New Year's Day", date(1, 1)).called(&[("et", "uusaasta")]),
    half_day("Eve of Independence Day", date(2, 23))
        .called(SHORT)
        .since(2001),
    public("Independence Day", date(2, 24)).called(&[("et", "iseseisvuspäev")]),
    public("Good Friday", easter(-2))
        .called(&[("et", "suur reede")])
        .since(1994),
    public("Easter Sunday", easter(0))
        .called(&[("et", "ülestõusmispühade 1. püha")])
        .since(1994),
    public("Workers' Solidarity Day", date(5, 1))
        .called(&[("et", "töörahva rahvusvahelise solidaarsuse päev")])
        .until(1993),
    public("Spring Day", date(5, 1))
        .called(&[("et", "kevadpüha")])
        .since(1994),
    public("Whit Sunday", easter(49))
        .called(&[("et", "nelipühade 1. püha")])
        .since(1994),
    half_day("Eve of Victory Day", date(6, 22))
        .called(SHORT)
        .since(2001),
    public("Victory Day", date(6, 23)).called(&[("et", "võidupüha")]),
    public("Midsummer Day", date(6, 24)).called(&[("et", "jaanipäev")]),
    public("Restoration of Independence Day", date(8, 20))
        .called(&[("et", "taasiseseisvumispäev")])
        .since(1998),
    public("Day of Rebirth", date(11, 16))
        .called(&[("et", "taassünni päev")])
        .until(1993),
    half_day("Day before Christmas Eve", date(12, 23))
        .called(SHORT)
        .since(2005),
    half_day("Christmas Eve", date(12, 24))
        .called(SHORT)
        .since(2001)
        .until(2004),
    public("Christmas Eve", date(12, 24))
        .called(&[("et", "jõululaupäev")])
        .since(2005),
    public("Christmas Day", date(12, 25)).called(&[("et", "esimene jõulupüha")]),
    public("Second Day of Christmas", date(12, 26)).called(&[("et", "teine jõulupüha")]),
    half_day("New Year's Eve", date(12, 31))
        .called(SHORT)
        .since(2001),
];

const SHORT: &[(&str, &str)] = &[("et", "lühendatud tööpäev")];
