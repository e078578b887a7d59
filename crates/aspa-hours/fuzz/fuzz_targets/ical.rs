//! Any text is refused, or read as holidays of the years asked for.
#![no_main]

use aspa_hours::ical;
use chrono::Datelike;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(import) = ical::holidays(text, 2020..=2032) else {
        return;
    };
    for holiday in import.holidays {
        assert!((2020..=2032).contains(&holiday.date.year()));
    }
});
