//! Any text as a template, filled in with any value.
//!
//! The first line is the value, the rest the template.
#![no_main]

use std::collections::BTreeMap;

use aspa_ticket::{Answer, PlaybookError, Template};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (value, text) = text.split_once('\n').unwrap_or(("", text));
    let Ok(template) = text.parse::<Template>() else {
        return;
    };
    let again: Template = template.to_string().parse().expect("writes what it reads");
    assert_eq!(again, template);
    let fields: Vec<String> = template.fields().map(str::to_owned).collect();
    let values: BTreeMap<String, String> = fields
        .iter()
        .map(|field| (field.clone(), value.to_owned()))
        .collect();
    let answer = Answer::new(template).in_private();
    match answer.fill(&values, None) {
        Ok(filled) => assert!(filled.matches(value).count() >= usize::from(!fields.is_empty())),
        Err(PlaybookError::Missing { field } | PlaybookError::BadValue { field }) => {
            assert!(fields.contains(&field));
        }
        Err(other) => panic!("{other}"),
    }
});
