//! Any text is read; each detail is in its normal spelling, and is found again where it stands alone.
#![no_main]

use aspa_crm::normal::{self, Region};
use aspa_identity::ContactKind;
use aspa_identity::extract::{Extractor, Pattern};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let patterns: Vec<Pattern> = [
        Pattern::customer_number("10", 6..=6),
        Pattern::order_number("T", 4..=8),
    ]
    .into_iter()
    .flatten()
    .collect();
    for region in [Region::Finland, Region::Norway, Region::Russia, Region::UnitedStates] {
        let extractor = Extractor::new(region, &patterns);
        let said = extractor.read(text);
        assert!(said.contacts.len() <= 32 && said.names.len() <= 8);
        for (kind, value) in &said.contacts {
            let normal = match kind {
                ContactKind::Email => normal::email(value),
                ContactKind::Phone => normal::phone(value, region),
                _ => normal::number(value),
            };
            assert_eq!(normal.as_ref(), Some(value));
            let again = extractor.read(value).contacts;
            assert!(again.contains(&(kind.clone(), value.clone())), "{kind}: {value:?}");
        }
        for name in &said.names {
            assert!(name.text.chars().count() <= 80);
            assert!(name.text.split_whitespace().count() <= 4);
        }
    }
});
