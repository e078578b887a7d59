//! Norway.
//!
//! - Holidays: lov 24. februar 1995 nr. 12 om helligdager og helligdagsfred, § 2; lov 26. april 1947
//!   nr. 1 om 1. og 17. mai som høgtidsdager, § 1.
//! - On three eves shops close at 16:00 (the law of 1995, §§ 3 and 5).

use super::region::Place;
use super::rule::{Rule, date, easter, half_day, public};

pub(super) const PLACES: [Place; 1] = [Place {
    code: "NO",
    name: "Norway",
    since: 1947,
    shared: &[],
    own: RULES,
}];

const RULES: &[Rule] = &[
    public("New Year's Day", date(1, 1)).called(&[("nb", "første nyttårsdag")]),
    public("Maundy Thursday", easter(-3)).called(&[("nb", "skjærtorsdag")]),
    public("Good Friday", easter(-2)).called(&[("nb", "langfredag")]),
    half_day("Easter Eve", easter(-1))
        .called(&[("nb", "påskeaften")])
        .since(1995),
    public("Easter Sunday", easter(0)).called(&[("nb", "første påskedag")]),
    public("Easter Monday", easter(1)).called(&[("nb", "andre påskedag")]),
    public("Labour Day", date(5, 1)).called(&[("nb", "første mai")]),
    public("Constitution Day", date(5, 17)).called(&[("nb", "grunnlovsdagen")]),
    public("Ascension Day", easter(39)).called(&[("nb", "Kristi himmelfartsdag")]),
    half_day("Whitsun Eve", easter(48))
        .called(&[("nb", "pinseaften")])
        .since(1995),
    public("Whit Sunday", easter(49)).called(&[("nb", "første pinsedag")]),
    public("Whit Monday", easter(50)).called(&[("nb", "andre pinsedag")]),
    half_day("Christmas Eve", date(12, 24))
        .called(&[("nb", "julaften")])
        .since(1995),
    public("Christmas Day", date(12, 25)).called(&[("nb", "første juledag")]),
    public("Second Day of Christmas", date(12, 26)).called(&[("nb", "andre juledag")]),
];
