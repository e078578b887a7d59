use chrono::Weekday::{Fri, Mon, Sun, Tue};

use super::{
    COLUMBUS, COMMON, COMMON_MONDAY, FEDERAL, INDIGENOUS, KING, MONDAY, NEAREST, PRESIDENTS, SINCE,
    VETERANS, VETERANS_MONDAY, WASHINGTON, columbus, king, presidents,
};
use crate::holidays::region::Place;
use crate::holidays::rule::{
    Rule, Shift, WEEKEND_TO_NEAREST, When, date, easter, from, half_day, last, moved, nth, public,
    told,
};

pub(in crate::holidays) const PLACES: [Place; 58] = [
    state("US", "United States", FEDERAL),
    state("US-AK", "Alaska", ALASKA),
    state("US-AL", "Alabama", ALABAMA),
    state("US-AR", "Arkansas", ARKANSAS),
    state("US-AS", "American Samoa", AMERICAN_SAMOA),
    state("US-AZ", "Arizona", ARIZONA),
    state("US-CA", "California", CALIFORNIA),
    state("US-CO", "Colorado", COLORADO),
    state(
        "US-CT",
        "Connecticut",
        &[KING, WASHINGTON, COLUMBUS, LINCOLN, GOOD_FRIDAY],
    ),
    state("US-DC", "District of Columbia", DISTRICT_OF_COLUMBIA),
    state("US-DE", "Delaware", DELAWARE),
    state(
        "US-FL",
        "Florida",
        &[
            KING,
            ANTHONY.since(2011),
            DAY_AFTER_THANKSGIVING.since(1975),
        ],
    ),
    state("US-GA", "Georgia", GEORGIA),
    state("US-GU", "Guam", GUAM),
    state("US-HI", "Hawaii", HAWAII),
    state("US-IA", "Iowa", &[KING, WASHINGTON, LINCOLN]),
    state("US-ID", "Idaho", IDAHO),
    state("US-IL", "Illinois", ILLINOIS),
    state("US-IN", "Indiana", INDIANA),
    state(
        "US-KS",
        "Kansas",
        &[KING, WASHINGTON, CHRISTMAS_EVE.since(2013)],
    ),
    state(
        "US-KY",
        "Kentucky",
        &[KING, WASHINGTON, GOOD_FRIDAY, NEW_YEARS_EVE.since(2013)],
    ),
    state("US-LA", "Louisiana", LOUISIANA),
    Place {
        code: "US-MA",
        name: "Massachusetts",
        since: SINCE,
        shared: &[COMMON_MONDAY, VETERANS_MONDAY],
        own: &[KING, WASHINGTON, PATRIOTS, COLUMBUS],
    },
    state("US-MD", "Maryland", MARYLAND),
    state("US-ME", "Maine", MAINE),
    state("US-MI", "Michigan", MICHIGAN),
    state(
        "US-MN",
        "Minnesota",
        &[KING, presidents("Washington's and Lincoln's Birthday")],
    ),
    state("US-MO", "Missouri", MISSOURI),
    state(
        "US-MP",
        "Northern Mariana Islands",
        NORTHERN_MARIANA_ISLANDS,
    ),
    state("US-MS", "Mississippi", MISSISSIPPI),
    state("US-MT", "Montana", MONTANA),
    state("US-NC", "North Carolina", NORTH_CAROLINA),
    state("US-ND", "North Dakota", &[KING, WASHINGTON]),
    state("US-NE", "Nebraska", NEBRASKA),
    state("US-NH", "New Hampshire", NEW_HAMPSHIRE),
    state("US-NJ", "New Jersey", NEW_JERSEY),
    state("US-NM", "New Mexico", NEW_MEXICO),
    state("US-NV", "Nevada", NEVADA),
    state("US-NY", "New York", NEW_YORK),
    state(
        "US-OH",
        "Ohio",
        &[KING, presidents("Washington-Lincoln Day"), COLUMBUS],
    ),
    state(
        "US-OK",
        "Oklahoma",
        &[KING, PRESIDENTS, DAY_AFTER_THANKSGIVING.since(1975)],
    ),
    state("US-OR", "Oregon", &[KING, PRESIDENTS]),
    state(
        "US-PA",
        "Pennsylvania",
        &[KING, PRESIDENTS, COLUMBUS, DAY_AFTER_THANKSGIVING],
    ),
    Place {
        code: "US-PR",
        name: "Puerto Rico",
        since: SINCE,
        shared: &[COMMON],
        own: PUERTO_RICO,
    },
    state("US-RI", "Rhode Island", RHODE_ISLAND),
    state("US-SC", "South Carolina", SOUTH_CAROLINA),
    state("US-SD", "South Dakota", SOUTH_DAKOTA),
    state("US-TN", "Tennessee", &[KING, PRESIDENTS, GOOD_FRIDAY]),
    state("US-TX", "Texas", TEXAS),
    state(
        "US-UM",
        "United States Minor Outlying Islands",
        &[KING, WASHINGTON],
    ),
    state("US-UT", "Utah", UTAH),
    state("US-VA", "Virginia", VIRGINIA),
    state("US-VI", "United States Virgin Islands", VIRGIN_ISLANDS),
    state("US-VT", "Vermont", VERMONT),
    state("US-WA", "Washington", WASHINGTON_STATE),
    state("US-WI", "Wisconsin", WISCONSIN),
    state("US-WV", "West Virginia", WEST_VIRGINIA),
    state("US-WY", "Wyoming", &[KING, PRESIDENTS]),
];

/// A state with the days that all keep.
const fn state(code: &'static str, name: &'static str, own: &'static [Rule]) -> Place {
    Place {
        code,
        name,
        since: SINCE,
        shared: &[COMMON, VETERANS],
        own,
    }
}

const ALASKA: &[Rule] = &[
    KING.since(1990),
    LINCOLN.until(1989),
    PRESIDENTS,
    public("Seward's Day", last(Mon, 3)),
    COLUMBUS.until(2014),
    INDIGENOUS.since(2015),
    public("Alaska Day", date(10, 18)).observed(NEAREST),
];

const ALABAMA: &[Rule] = &[
    KING_AND_LEE,
    presidents("Birthdays of Washington and Jefferson"),
    CONFEDERATE,
    public("Jefferson Davis's Birthday", nth(1, Mon, 6)),
    columbus("Columbus Day and Fraternal Day").until(1999),
    columbus("Columbus Day and American Indian Heritage Day").since(2000),
];

const ARKANSAS: &[Rule] = &[
    KING_AND_LEE.until(2017),
    KING.since(2018),
    presidents("Washington's Birthday and Daisy Gatson Bates Day"),
];

const AMERICAN_SAMOA: &[Rule] = &[
    KING,
    WASHINGTON,
    public("Flag Day", date(4, 17)).observed(NEAREST),
    public("Manu'a Cession Day", date(7, 16))
        .since(1983)
        .observed(NEAREST),
    public("White Sunday", nth(2, Sun, 10)),
    COLUMBUS,
];

const ARIZONA: &[Rule] = &[
    KING_AND_CIVIL_RIGHTS,
    presidents("Lincoln and Washington Presidents' Day"),
    COLUMBUS,
];

const CALIFORNIA: &[Rule] = &[
    KING,
    LINCOLN.until(2009),
    ANTHONY.since(2014),
    PRESIDENTS,
    CHAVEZ.since(1995).observed(MONDAY),
    COLUMBUS.until(2008),
    // The fifteenth day of Kartik, which the moon tells (Assembly Bill 268 of 2025, from 2026).
    public("Diwali", told(DIWALI)),
    DAY_AFTER_THANKSGIVING.since(1975),
];

/// Told from the moon by `compare/diwali.py`, to the end of what calendars cover. In 2037 and 2086
/// the new moon falls on sunset in India, so that the day after may be kept instead.
#[rustfmt::skip]
const DIWALI: &[(i32, u32, u32)] = &[
    (2026, 11, 8), (2027, 10, 29), (2028, 10, 17), (2029, 11, 5), (2030, 10, 26), (2031, 11, 14),
    (2032, 11, 2), (2033, 10, 22), (2034, 11, 10), (2035, 10, 30), (2036, 10, 18), (2037, 11, 6),
    (2038, 10, 27), (2039, 11, 15), (2040, 11, 4), (2041, 10, 24), (2042, 11, 12), (2043, 11, 1),
    (2044, 10, 20), (2045, 11, 8), (2046, 10, 28), (2047, 10, 18), (2048, 11, 5), (2049, 10, 26),
    (2050, 11, 14), (2051, 11, 3), (2052, 10, 22), (2053, 11, 9), (2054, 10, 30), (2055, 10, 19),
    (2056, 11, 7), (2057, 10, 27), (2058, 11, 15), (2059, 11, 4), (2060, 10, 23), (2061, 11, 11),
    (2062, 10, 31), (2063, 10, 21), (2064, 11, 8), (2065, 10, 28), (2066, 10, 18), (2067, 11, 6),
    (2068, 10, 25), (2069, 11, 13), (2070, 11, 2), (2071, 10, 22), (2072, 11, 9), (2073, 10, 30),
    (2074, 10, 19), (2075, 11, 7), (2076, 10, 27), (2077, 11, 15), (2078, 11, 4), (2079, 10, 24),
    (2080, 11, 11), (2081, 10, 31), (2082, 10, 21), (2083, 11, 9), (2084, 10, 28), (2085, 10, 18),
    (2086, 11, 5), (2087, 10, 25), (2088, 11, 12), (2089, 11, 2), (2090, 10, 22), (2091, 11, 10),
    (2092, 10, 30), (2093, 10, 19), (2094, 11, 7), (2095, 10, 27), (2096, 11, 14), (2097, 11, 3),
    (2098, 10, 23), (2099, 11, 11),
];

const COLORADO: &[Rule] = &[
    KING,
    presidents("Washington-Lincoln Day"),
    CHAVEZ.since(2001),
    public("Frances Xavier Cabrini Day", nth(1, Mon, 10)).since(2020),
];

const DISTRICT_OF_COLUMBIA: &[Rule] = &[
    KING,
    INAUGURATION,
    WASHINGTON,
    public("Emancipation Day", date(4, 16))
        .since(2005)
        .observed(NEAREST),
    COLUMBUS.until(2018),
    INDIGENOUS.since(2019),
];

const DELAWARE: &[Rule] = &[
    KING,
    PRESIDENTS.until(2009),
    GOOD_FRIDAY,
    ELECTION.since(2008).every(2),
    DAY_AFTER_THANKSGIVING.since(1975),
];

const GEORGIA: &[Rule] = &[
    king("Robert E. Lee's Birthday").until(2011),
    KING.since(2012),
    CONFEDERATE.until(2015),
    public("State Holiday", nth(4, Mon, 4))
        .since(2016)
        .until(2019),
    public("State Holiday", easter(-2)).since(2020),
    COLUMBUS,
    public("Robert E. Lee's Birthday", DAY_AFTER)
        .since(1986)
        .until(2015),
    public("State Holiday", DAY_AFTER).since(2016),
    WASHINGTON_AT_CHRISTMAS,
];

const GUAM: &[Rule] = &[
    KING,
    WASHINGTON,
    public("Guam History and Chamorro Heritage Day", nth(1, Mon, 3)),
    GOOD_FRIDAY,
    public("Liberation Day", date(7, 21)),
    public("All Souls' Day", date(11, 2)),
    public("Our Lady of Camarin Day", date(12, 8)),
];

const HAWAII: &[Rule] = &[
    KING,
    PRESIDENTS,
    GOOD_FRIDAY,
    public("Prince Kuhio Day", date(3, 26)).observed(NEAREST),
    public("Kamehameha Day", date(6, 11)).observed(&[(2011, WEEKEND_TO_NEAREST)]),
    public("Statehood Day", nth(3, Fri, 8)),
    ELECTION.since(2008).every(2),
];

const IDAHO: &[Rule] = &[
    KING.until(2005),
    king("Martin Luther King Jr. and Idaho Human Rights Day").since(2006),
    PRESIDENTS,
    COLUMBUS,
];

const ILLINOIS: &[Rule] = &[
    KING,
    LINCOLN,
    WASHINGTON,
    public("Casimir Pulaski Day", nth(1, Mon, 3)).since(1978),
    COLUMBUS,
    ELECTION.since(2008).every(2),
];

const INDIANA: &[Rule] = &[
    KING,
    GOOD_FRIDAY,
    PRIMARY_ELECTION.since(2006).until(2014).every(2),
    PRIMARY_ELECTION.since(2015),
    COLUMBUS,
    ELECTION.since(2008).until(2014).every(2),
    ELECTION.since(2015),
    public("Lincoln's Birthday", DAY_AFTER).since(2010),
    WASHINGTON_AT_CHRISTMAS,
];

const LOUISIANA: &[Rule] = &[
    KING,
    public("Mardi Gras", easter(-47)),
    WASHINGTON,
    GOOD_FRIDAY,
    ELECTION.since(2008).every(2),
];

const MARYLAND: &[Rule] = &[
    KING,
    INAUGURATION,
    PRESIDENTS,
    COLUMBUS,
    public("American Indian Heritage Day", DAY_AFTER).since(2008),
];

const MAINE: &[Rule] = &[
    KING,
    WASHINGTON,
    PATRIOTS,
    COLUMBUS.until(2018),
    INDIGENOUS.since(2019),
];

const MICHIGAN: &[Rule] = &[
    KING,
    WASHINGTON,
    ELECTION.since(2008).every(2),
    DAY_AFTER_THANKSGIVING.since(2017),
    CHRISTMAS_EVE.since(2013),
    NEW_YEARS_EVE.since(2013),
];

const MISSOURI: &[Rule] = &[
    KING,
    LINCOLN,
    WASHINGTON,
    public("Truman Day", date(5, 8)).observed(NEAREST),
    COLUMBUS,
];

const NORTHERN_MARIANA_ISLANDS: &[Rule] = &[
    KING,
    WASHINGTON,
    public("Commonwealth Covenant Day", date(3, 24)).observed(NEAREST),
    GOOD_FRIDAY,
    columbus("Commonwealth Cultural Day"),
    public("Citizenship Day", date(11, 4)).observed(NEAREST),
    ELECTION.since(2008).every(2),
    public("Constitution Day", date(12, 8)).observed(NEAREST),
];

const MISSISSIPPI: &[Rule] = &[
    KING_AND_LEE,
    WASHINGTON,
    public("Confederate Memorial Day", last(Mon, 4)),
];

const MONTANA: &[Rule] = &[
    KING,
    presidents("Lincoln's and Washington's Birthdays"),
    COLUMBUS,
    ELECTION.since(2008).every(2),
];

const NORTH_CAROLINA: &[Rule] = &[
    KING,
    WASHINGTON,
    GOOD_FRIDAY,
    DAY_AFTER_THANKSGIVING.since(1975),
    CHRISTMAS_EVE.since(2013),
    DAY_AFTER_CHRISTMAS
        .since(2013)
        .observed(&[(2013, [1, 0, 0, 0, 0, 2, 1])]),
];

const NEBRASKA: &[Rule] = &[
    KING,
    WASHINGTON,
    public("Arbor Day", date(4, 22)).until(1988),
    public("Arbor Day", last(Fri, 4)).since(1989),
    COLUMBUS.until(2019),
    INDIGENOUS.since(2020),
];

const NEW_HAMPSHIRE: &[Rule] = &[
    KING_AND_CIVIL_RIGHTS,
    WASHINGTON,
    ELECTION.since(2008).every(2),
    DAY_AFTER_THANKSGIVING.since(1975),
];

const NEW_JERSEY: &[Rule] = &[
    KING,
    LINCOLN,
    PRESIDENTS,
    GOOD_FRIDAY,
    COLUMBUS,
    ELECTION.since(2008).every(2),
];

const NEW_MEXICO: &[Rule] = &[
    KING,
    COLUMBUS.until(2018),
    INDIGENOUS.since(2019),
    public("Presidents' Day", DAY_AFTER),
];

const NEVADA: &[Rule] = &[
    KING,
    WASHINGTON,
    public("Nevada Day", date(10, 31))
        .until(1999)
        .observed(NEAREST),
    public("Nevada Day", last(Fri, 10)).since(2000),
    public("Family Day", DAY_AFTER),
];

const NEW_YORK: &[Rule] = &[
    KING,
    LINCOLN,
    ANTHONY.since(2004),
    WASHINGTON,
    COLUMBUS,
    ELECTION.since(2008).until(2014).every(2),
    ELECTION.since(2015),
];

/// The holidays of Puerto Rico's own code; Law 88 of 1969 made some of them Mondays, Law 111 of
/// 2014 ended four.
const PUERTO_RICO: &[Rule] = &[
    public("Epiphany", date(1, 6)).called(&[("es", "Día de Reyes")]),
    public("Birthday of Eugenio María de Hostos", nth(2, Mon, 1))
        .called(&[("es", "Natalicio de Eugenio María de Hostos")])
        .until(2014),
    KING.called(&[("es", "Natalicio de Martin Luther King")]),
    PRESIDENTS.called(&[("es", "Día de los Presidentes")]),
    public("Abolition of Slavery", date(3, 22))
        .called(&[("es", "Abolición de la Esclavitud")])
        .observed(MONDAY),
    GOOD_FRIDAY.called(&[("es", "Viernes Santo")]),
    public("José de Diego Day", nth(3, Mon, 4))
        .called(&[("es", "Natalicio de José de Diego")])
        .until(2014),
    public("Luis Muñoz Rivera Day", nth(3, Mon, 7))
        .called(&[("es", "Natalicio de Luis Muñoz Rivera")])
        .until(2014),
    public("Constitution Day", date(7, 25))
        .called(&[("es", "Día de la Constitución")])
        .observed(MONDAY),
    public("José Celso Barbosa Day", nth(4, Mon, 7))
        .called(BARBOSA)
        .until(1993),
    public("José Celso Barbosa Day", date(7, 27))
        .called(BARBOSA)
        .since(1994)
        .until(2014)
        .observed(MONDAY),
    COLUMBUS.called(RAZA).until(1973),
    public("Columbus Day", date(10, 12))
        .called(RAZA)
        .since(1974)
        .until(2013)
        .observed(MONDAY),
    COLUMBUS.called(RAZA).since(2014),
    public("Veterans Day", date(11, 11))
        .called(&[("es", "Día del Veterano")])
        .observed(MONDAY),
    public("Discovery of Puerto Rico", date(11, 19))
        .called(&[("es", "Descubrimiento de Puerto Rico")])
        .until(2022)
        .observed(MONDAY),
    public("Puerto Rican Identity Day", date(11, 19))
        .called(&[("es", "Día de la Puertorriqueñidad")])
        .since(2023)
        .observed(MONDAY),
    half_day("Christmas Eve", date(12, 24))
        .called(&[("es", "Nochebuena")])
        .since(2003),
];

const BARBOSA: &[(&str, &str)] = &[("es", "Natalicio de José Celso Barbosa")];
const RAZA: &[(&str, &str)] = &[("es", "Día de la Raza")];

const RHODE_ISLAND: &[Rule] = &[
    KING,
    WASHINGTON,
    public("Victory Day", nth(2, Mon, 8)),
    COLUMBUS.until(2021),
    columbus("Indigenous Peoples' Day and Columbus Day").since(2022),
];

/// S.C. Code § 53-5-10, in its form of 2000 and, with Christmas Eve, of 2009.
const SOUTH_CAROLINA: &[Rule] = &[
    KING,
    PRESIDENTS,
    public("Confederate Memorial Day", date(5, 10))
        .since(2000)
        .observed(NEAREST),
    DAY_AFTER_THANKSGIVING.since(2000),
    CHRISTMAS_EVE.since(2009),
    SECOND_DAY_OFF.since(2000),
];

const SOUTH_DAKOTA: &[Rule] = &[
    KING,
    WASHINGTON,
    COLUMBUS.until(1989),
    columbus("Native Americans' Day").since(1990),
];

const TEXAS: &[Rule] = &[
    KING,
    public("Confederate Heroes Day", date(1, 19)),
    PRESIDENTS,
    public("Texas Independence Day", date(3, 2)),
    CHAVEZ.since(2000),
    GOOD_FRIDAY,
    public("San Jacinto Day", date(4, 21)),
    public("Emancipation Day", date(6, 19))
        .since(1980)
        .until(2020),
    public("Lyndon Baines Johnson Day", date(8, 27)).since(1973),
    DAY_AFTER_THANKSGIVING.since(1975),
    CHRISTMAS_EVE.since(1981),
    DAY_AFTER_CHRISTMAS.since(1981),
];

const UTAH: &[Rule] = &[
    KING,
    presidents("Washington and Lincoln Day"),
    public("Pioneer Day", date(7, 24)).observed(NEAREST),
    COLUMBUS,
];

const VIRGINIA: &[Rule] = &[
    public("Lee-Jackson Day", date(1, 19)).until(1982),
    public("Lee-Jackson Day", nth(3, Mon, 1))
        .since(1983)
        .until(1999),
    // The Friday before the third Monday.
    public("Lee-Jackson Day", from(Fri, 1, 12))
        .since(2000)
        .until(2020),
    KING,
    INAUGURATION,
    presidents("George Washington Day"),
    COLUMBUS.until(2019),
    INDIGENOUS.since(2020),
    ELECTION.since(2020),
    DAY_AFTER_THANKSGIVING.since(1975),
];

const VIRGIN_ISLANDS: &[Rule] = &[
    public("Three Kings' Day", date(1, 6)),
    KING,
    PRESIDENTS,
    public("Transfer Day", date(3, 31)),
    public("Maundy Thursday", easter(-3)),
    GOOD_FRIDAY,
    public("Easter Monday", easter(1)),
    public("Emancipation Day", date(7, 3)),
    columbus("Columbus Day and Puerto Rico Friendship Day"),
    public("Liberty Day", date(11, 1)),
    public("Second Day of Christmas", date(12, 26)),
];

const VERMONT: &[Rule] = &[
    KING,
    PRESIDENTS,
    public("Town Meeting Day", nth(1, Tue, 3)),
    public("Bennington Battle Day", date(8, 16)).observed(NEAREST),
];

const WASHINGTON_STATE: &[Rule] = &[
    KING,
    PRESIDENTS,
    public("Native American Heritage Day", DAY_AFTER).since(2014),
];

const WISCONSIN: &[Rule] = &[
    KING,
    ANTHONY.since(1976),
    WASHINGTON,
    CHRISTMAS_EVE.since(2012),
    NEW_YEARS_EVE.since(2012),
];

const WEST_VIRGINIA: &[Rule] = &[
    KING,
    PRESIDENTS,
    public("West Virginia Day", date(6, 20)).observed(NEAREST),
    COLUMBUS,
    ELECTION.since(2008).every(2),
    DAY_AFTER_THANKSGIVING.since(1975),
];

const KING_AND_LEE: Rule = king("Birthdays of Martin Luther King Jr. and Robert E. Lee");
const KING_AND_CIVIL_RIGHTS: Rule = king("Martin Luther King Jr. and Civil Rights Day");
/// 20 January after a presidential election.
const INAUGURATION: Rule = public("Inauguration Day", date(1, 20))
    .since(1973)
    .every(4)
    .observed(MONDAY);
const LINCOLN: Rule = public("Lincoln's Birthday", date(2, 12)).observed(NEAREST);
const ANTHONY: Rule = public("Susan B. Anthony Day", date(2, 15));
const CHAVEZ: Rule = public("Cesar Chavez Day", date(3, 31));
const GOOD_FRIDAY: Rule = public("Good Friday", easter(-2));
const PATRIOTS: Rule = public("Patriots' Day", nth(3, Mon, 4));
const CONFEDERATE: Rule = public("Confederate Memorial Day", nth(4, Mon, 4));
/// The Tuesday after the first Monday, in May and in November.
const PRIMARY_ELECTION: Rule = public("Primary Election Day", from(Tue, 5, 2));
const ELECTION: Rule = public("Election Day", from(Tue, 11, 2));
/// The Friday after the fourth Thursday of November.
const DAY_AFTER: When = from(Fri, 11, 23);
const DAY_AFTER_THANKSGIVING: Rule = public("Day after Thanksgiving", DAY_AFTER);
const CHRISTMAS_EVE: Rule = public("Christmas Eve", date(12, 24)).observed(EVE);
const DAY_AFTER_CHRISTMAS: Rule = public("Day after Christmas", date(12, 26));
/// The day after Christmas, kept after the weekday that is given for Christmas.
const SECOND_DAY_OFF: Rule = DAY_AFTER_CHRISTMAS.observed(&[(SINCE, [1, 0, 0, 0, 0, 2, 1])]);
const NEW_YEARS_EVE: Rule =
    public("New Year's Eve", date(12, 31)).observed(&[(SINCE, [0, 0, 0, 0, 0, -1, 0])]);
/// Washington's Birthday, kept on a working day beside Christmas.
const WASHINGTON_AT_CHRISTMAS: Rule = public(
    "Washington's Birthday",
    moved(12, 25, [1, -1, -1, 1, -1, -2, -2]),
);
/// The eve of a day off that is itself on a Friday, or on the weekend.
const EVE: &[(i32, Shift)] = &[(SINCE, [0, 0, 0, 0, -1, -1, -2])];
