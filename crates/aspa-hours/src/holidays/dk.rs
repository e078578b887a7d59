//! Denmark.
//!
//! - Holidays: what the ordinance of 26 October 1770 left of the church year. Great Prayer Day ended
//!   with 2023 (lov nr. 214 af 6. marts 2023).
//! - On Constitution Day and Christmas Eve shops are closed, on New Year's Eve from 15:00 (lov nr.
//!   606 af 24. juni 2005 om detailsalg fra butikker, § 2); agreements make them days off. Much of
//!   the public service and of industry has May Day off, or half of it.

use super::region::Place;
use super::rule::{Rule, date, de_facto, easter, half_day, public};

pub(super) const PLACES: [Place; 1] = [Place {
    code: "DK",
    name: "Denmark",
    since: 1900,
    shared: &[],
    own: RULES,
}];

const RULES: &[Rule] = &[
    public("New Year's Day", date(1, 1)).called(&[("da", "nytårsdag")]),
    public("Maundy Thursday", easter(-3)).called(&[("da", "skærtorsdag")]),
    public("Good Friday", easter(-2)).called(&[("da", "langfredag")]),
    public("Easter Sunday", easter(0)).called(&[("da", "påskedag")]),
    public("Easter Monday", easter(1)).called(&[("da", "2. påskedag")]),
    public("Great Prayer Day", easter(26))
        .called(&[("da", "store bededag")])
        .until(2023),
    half_day("May Day", date(5, 1)).called(&[("da", "arbejdernes internationale kampdag")]),
    public("Ascension Day", easter(39)).called(&[("da", "Kristi himmelfartsdag")]),
    public("Whit Sunday", easter(49)).called(&[("da", "pinsedag")]),
    public("Whit Monday", easter(50)).called(&[("da", "2. pinsedag")]),
    de_facto("Constitution Day", date(6, 5)).called(&[("da", "grundlovsdag")]),
    de_facto("Christmas Eve", date(12, 24)).called(&[("da", "juleaftensdag")]),
    public("Christmas Day", date(12, 25)).called(&[("da", "juledag")]),
    public("Second Day of Christmas", date(12, 26)).called(&[("da", "2. juledag")]),
    half_day("New Year's Eve", date(12, 31)).called(&[("da", "nytårsaftensdag")]),
];
