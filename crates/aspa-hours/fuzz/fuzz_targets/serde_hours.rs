//! Any JSON is refused, or read as hours that write as what reads back the same, that a calendar can
//! be built from, and that map texts say with the same meaning.
#![no_main]

use aspa_hours::Hours;
use libfuzzer_sys::fuzz_target;

/// 2026-12-20, and 20 days later.
const SPAN: (i64, i64) = (1_797_724_800, 1_799_452_800);

fuzz_target!(|text: &str| {
    let Ok(hours) = serde_json::from_str::<Hours>(text) else {
        return;
    };
    let written = serde_json::to_string(&hours).expect("hours can be written");
    assert_eq!(
        serde_json::from_str::<Hours>(&written).expect("and read"),
        hours
    );
    let Ok(calendar) = hours.build() else {
        return;
    };
    let open = calendar.between(SPAN.0, SPAN.1);
    let Ok(osm) = hours.to_osm() else {
        return;
    };
    let mut back = Hours::from_osm(hours.zone, &osm).expect("own texts read");
    back.holiday_sets = hours.holiday_sets;
    let calendar = back.build().expect("rules are always in order");
    assert_eq!(calendar.between(SPAN.0, SPAN.1), open, "{osm}");
});
