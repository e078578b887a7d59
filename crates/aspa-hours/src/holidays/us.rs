//! United States: the federal holidays, and those of the states, the District of Columbia and the
//! territories.
//!
//! - Federal: 5 U.S.C. § 6103, in the form of the Uniform Monday Holiday Act of 1968 (from 1971),
//!   with Veterans Day back on 11 November from 1978 (Public Law 94-97), the birthday of Martin
//!   Luther King from 1986 (98-144) and Juneteenth from 2021 (117-17). A Saturday gives the Friday
//!   before it (§ 6103 (b)), a Sunday the Monday after it (Executive Order 11582 of 1971).
//! - `US` holds the federal holidays; closings that a president orders, such as days of mourning,
//!   are none. Inauguration Day is one in and around Washington only.
//! - A state keeps most of the federal days, some under a name of its own, and adds others; the
//!   constants tell who does what. No state's list binds private employers.
//! - What a governor moves from year to year (the day after Thanksgiving or Christmas for another
//!   day, in Georgia, Indiana and New Mexico) stands where it was last moved to.

mod states;

use chrono::Weekday::{Mon, Thu};

pub(super) use states::PLACES;

use super::rule::{Rule, SUNDAY_TO_MONDAY, Shift, WEEKEND_TO_NEAREST, date, last, nth, public};

/// The year from which the tables speak.
const SINCE: i32 = 1971;

const NEAREST: &[(i32, Shift)] = &[(SINCE, WEEKEND_TO_NEAREST)];
const MONDAY: &[(i32, Shift)] = &[(SINCE, SUNDAY_TO_MONDAY)];

/// What every state keeps.
const COMMON: &[Rule] = &common(NEAREST);

/// The same where a Saturday gives no Friday.
const COMMON_MONDAY: &[Rule] = &common(MONDAY);

const fn common(observed: &'static [(i32, Shift)]) -> [Rule; 7] {
    [
        public("New Year's Day", date(1, 1)).observed(observed),
        public("Memorial Day", last(Mon, 5)),
        public("Juneteenth", date(6, 19))
            .since(2021)
            .observed(observed),
        public("Independence Day", date(7, 4)).observed(observed),
        public("Labor Day", nth(1, Mon, 9)),
        public("Thanksgiving Day", nth(4, Thu, 11)),
        public("Christmas Day", date(12, 25)).observed(observed),
    ]
}

/// 11 November, but from 1971 to 1977 the fourth Monday of October.
const VETERANS: &[Rule] = &veterans(NEAREST);
const VETERANS_MONDAY: &[Rule] = &veterans(MONDAY);

const fn veterans(observed: &'static [(i32, Shift)]) -> [Rule; 2] {
    [
        public("Veterans Day", nth(4, Mon, 10)).until(1977),
        public("Veterans Day", date(11, 11))
            .since(1978)
            .observed(observed),
    ]
}

/// The third Monday of January.
const fn king(name: &'static str) -> Rule {
    public(name, nth(3, Mon, 1)).since(1986)
}

/// The third Monday of February.
const fn presidents(name: &'static str) -> Rule {
    public(name, nth(3, Mon, 2))
}

/// The second Monday of October.
const fn columbus(name: &'static str) -> Rule {
    public(name, nth(2, Mon, 10))
}

const KING: Rule = king("Martin Luther King Jr. Day");
const WASHINGTON: Rule = presidents("Washington's Birthday");
const PRESIDENTS: Rule = presidents("Presidents' Day");
const COLUMBUS: Rule = columbus("Columbus Day");
const INDIGENOUS: Rule = columbus("Indigenous Peoples' Day");

const FEDERAL: &[Rule] = &[KING, WASHINGTON, COLUMBUS];
