//! United Kingdom: bank holidays of England, Wales, Scotland and Northern Ireland.
//!
//! - Banking and Financial Dealings Act 1971, schedule 1, with proclamations under section 1:
//!   New Year's Day (and Boxing Day in Scotland) from 1974, the first Monday of May from 1978, and
//!   Scotland's last Monday of May. Christmas Day and Good Friday are holidays by common law outside
//!   Scotland. 12 July in Northern Ireland is proclaimed each year.
//! - St Andrew's Day Bank Holiday (Scotland) Act 2007.
//! - A day on a weekend gives a weekday instead, by the schedule or by proclamation; two such days in
//!   a row keep their order.
//! - One-off days and moved ones by proclamation, from the Silver Jubilee of 1977 to the football
//!   World Cup of 2026 (Scotland, 15 June).
//! - Local holidays of Scottish towns are not listed. `GB` alone means what all four have in common.

use chrono::Weekday::Mon;

use super::region::Place;
use super::rule::{
    Rule, Shift, WEEKEND_TO_MONDAY, WEEKEND_TO_MONDAY_OR_TUESDAY, date, easter, last, nth, public,
};

pub(super) const PLACES: [Place; 5] = [
    Place {
        code: "GB",
        name: "United Kingdom",
        since: 1978,
        shared: &[COMMON],
        own: &[],
    },
    Place {
        code: "GB-ENG",
        name: "England",
        since: 1974,
        shared: &[COMMON, NOT_SCOTLAND],
        own: &[],
    },
    Place {
        code: "GB-NIR",
        name: "Northern Ireland",
        since: 1974,
        shared: &[COMMON, NOT_SCOTLAND],
        own: NORTHERN_IRELAND,
    },
    Place {
        code: "GB-SCT",
        name: "Scotland",
        since: 1978,
        shared: &[COMMON],
        own: SCOTLAND,
    },
    Place {
        code: "GB-WLS",
        name: "Wales",
        since: 1974,
        shared: &[COMMON, NOT_SCOTLAND],
        own: &[],
    },
];

const COMMON: &[Rule] = &[
    public("New Year's Day", date(1, 1))
        .called(&[("cy", "Dydd Calan")])
        .observed(MONDAY),
    public("Good Friday", easter(-2)).called(&[("cy", "Dydd Gwener y Groglith")]),
    public("Early May Bank Holiday", nth(1, Mon, 5))
        .called(EARLY_MAY)
        .since(1978)
        .except(&[1995, 2020]),
    public("Early May Bank Holiday", date(5, 8))
        .called(EARLY_MAY)
        .in_years(&[1995, 2020]),
    public("Spring Bank Holiday", last(Mon, 5))
        .called(SPRING)
        .except(&[2002, 2012, 2022]),
    public("Spring Bank Holiday", date(6, 4))
        .called(SPRING)
        .in_years(&[2002, 2012]),
    public("Spring Bank Holiday", date(6, 2))
        .called(SPRING)
        .only(2022),
    public("Silver Jubilee of Elizabeth II", date(6, 7)).only(1977),
    public("Wedding of Charles and Diana", date(7, 29)).only(1981),
    public("Turn of the Millennium", date(12, 31)).only(1999),
    public("Golden Jubilee of Elizabeth II", date(6, 3)).only(2002),
    public("Wedding of William and Catherine", date(4, 29)).only(2011),
    public("Diamond Jubilee of Elizabeth II", date(6, 5)).only(2012),
    public("Platinum Jubilee of Elizabeth II", date(6, 3)).only(2022),
    public("State Funeral of Elizabeth II", date(9, 19)).only(2022),
    public("Coronation of Charles III", date(5, 8)).only(2023),
    public("Christmas Day", date(12, 25))
        .called(&[("cy", "Dydd Nadolig")])
        .observed(IN_A_ROW),
    public("Boxing Day", date(12, 26))
        .called(&[("cy", "Gŵyl San Steffan")])
        .observed(IN_A_ROW),
];

const NOT_SCOTLAND: &[Rule] = &[
    public("Easter Monday", easter(1)).called(&[("cy", "Dydd Llun y Pasg")]),
    public("Summer Bank Holiday", last(Mon, 8)).called(&[("cy", "Gŵyl Banc yr Haf")]),
];

const NORTHERN_IRELAND: &[Rule] = &[
    public("St Patrick's Day", date(3, 17)).observed(MONDAY),
    public("Battle of the Boyne", date(7, 12)).observed(MONDAY),
];

const SCOTLAND: &[Rule] = &[
    public("2nd January", date(1, 2)).observed(&[(1978, [1, 0, 0, 0, 0, 2, 2])]),
    public("World Cup Bank Holiday", date(6, 15)).only(2026),
    public("Summer Bank Holiday", nth(1, Mon, 8)),
    public("St Andrew's Day", date(11, 30))
        .since(2007)
        .observed(MONDAY),
];

const MONDAY: &[(i32, Shift)] = &[(1974, WEEKEND_TO_MONDAY)];
const IN_A_ROW: &[(i32, Shift)] = &[(1974, WEEKEND_TO_MONDAY_OR_TUESDAY)];
const EARLY_MAY: &[(&str, &str)] = &[("cy", "Gŵyl Banc Calan Mai")];
const SPRING: &[(&str, &str)] = &[("cy", "Gŵyl Banc y Gwanwyn")];
