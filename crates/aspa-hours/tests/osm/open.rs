use aspa_hours::Rules;

use crate::table::OPEN;
use crate::{calendar, date, holidays, opened, shown};

#[test]
fn what_is_open() {
    for (text, days) in OPEN {
        let rules: Rules = text
            .parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        let calendar = calendar(&rules, &holidays());
        for (day, open) in *days {
            let found = shown(&opened(&calendar, date(day)));
            assert_eq!(found, *open, "{text} on {day}");
        }
        assert_eq!(rules.to_string().parse(), Ok(rules), "{text}");
    }
}
