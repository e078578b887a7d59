//! How customer and order numbers look: given on the command line, or learnt from the CRM.

use std::collections::BTreeMap;

use aspa_crm::{Customer, Field};
use aspa_identity::ContactKind;
use aspa_identity::extract::{Check, Pattern};

/// Shapes that are learnt, at most.
const SHAPES: usize = 8;

/// `T:6`, `10:6-8` or `EK-:7-8:luhn`: what a number starts with, how many digits follow, and which
/// check digit it has.
pub(crate) fn pattern(kind: &ContactKind, text: &str) -> Result<Pattern, String> {
    let wrong = || format!("{text:?}: write PREFIX:MIN-MAX[:CHECK], as in T:6-6, 10:6 or K:7:luhn");
    let mut parts: Vec<&str> = text.rsplitn(3, ':').map(str::trim).collect();
    parts.reverse();
    let (prefix, digits, check) = match parts[..] {
        [prefix, digits] => (prefix, digits, Check::None),
        [prefix, digits, word] => {
            let word = serde_json::Value::String(word.to_lowercase());
            let check = serde_json::from_value(word).map_err(|_| {
                "the check is luhn, mod11, mod97, finnish_reference or business_id".to_owned()
            })?;
            (prefix, digits, check)
        }
        _ => return Err(wrong()),
    };
    let (min, max) = digits.split_once('-').unwrap_or((digits, digits));
    let (Ok(min), Ok(max)) = (min.trim().parse(), max.trim().parse()) else {
        return Err(wrong());
    };
    let pattern = Pattern::new(kind.clone(), prefix, min..=max).map_err(|why| why.to_string())?;
    Ok(pattern.checked_by(check))
}

/// The shapes of the numbers in a field, the commonest first: what they start with before their last
/// run of digits, and how many digits follow. A shape that less than one of a hundred has is none.
pub(crate) fn learnt(customers: &[Customer], kind: &ContactKind) -> Vec<Pattern> {
    let field = match kind {
        ContactKind::CustomerNumber => Field::CustomerNumber,
        _ => Field::OrderNumber,
    };
    let mut shapes: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let claims = customers.iter().flat_map(|customer| &customer.claims);
    for claim in claims.filter(|claim| claim.field == field) {
        let number = claim.value.trim();
        let prefix = number.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = &number[prefix.len()..];
        if !digits.is_empty() {
            shapes
                .entry(prefix.to_uppercase())
                .or_default()
                .push(digits);
        }
    }
    let all: usize = shapes.values().map(Vec::len).sum();
    let mut shapes: Vec<_> = shapes
        .into_iter()
        .filter(|(_, of)| of.len() * 100 >= all)
        .collect();
    shapes.sort_by_key(|(_, of)| std::cmp::Reverse(of.len()));
    let patterns = shapes
        .iter()
        .take(SHAPES)
        .map(|(prefix, of)| shape(kind, prefix, of));
    patterns.flatten().collect()
}

fn shape(kind: &ContactKind, prefix: &str, of: &[&str]) -> Option<Pattern> {
    // What all of them start with is nobody's number: `10` in 100123 and 104567.
    let first = *of.first()?;
    let common = of.iter().fold(first.len(), |common, digits| {
        let same = first
            .bytes()
            .zip(digits.bytes())
            .take_while(|(a, b)| a == b);
        common.min(same.count())
    });
    let lengths = || of.iter().map(|digits| digits.len());
    let (min, max) = (lengths().min()?, lengths().max()?);
    // Four digits are left at least, and a few records make no rule.
    let common = if of.len() < 100 {
        0
    } else {
        common.min(min.saturating_sub(4))
    };
    let prefix = format!("{prefix}{}", &first[..common]);
    Pattern::new(kind.clone(), &prefix, min - common..=max - common).ok()
}

#[cfg(test)]
mod tests {
    use aspa_crm::{Claim, Customer, CustomerKind, Field};
    use aspa_identity::ContactKind;
    use aspa_identity::extract::{Check, Pattern};
    use aspa_types::{CustomerId, SystemId};

    use super::{learnt, pattern};
    use crate::input::THEN;

    fn with(numbers: &[String]) -> Vec<Customer> {
        let system = SystemId::new("crm").unwrap();
        let customer = |(at, number): (usize, &String)| {
            let id = CustomerId::new(system.clone(), at.to_string()).unwrap();
            let claim = Claim::new(Field::CustomerNumber, number.clone(), system.clone(), THEN);
            Customer::new(id, CustomerKind::Person).with(claim)
        };
        numbers.iter().enumerate().map(customer).collect()
    }

    fn order(prefix: &str, min: usize, max: usize) -> Pattern {
        Pattern::order_number(prefix, min..=max).unwrap()
    }

    #[test]
    fn a_pattern_is_read() {
        let read = |text| pattern(&ContactKind::OrderNumber, text);
        assert_eq!(read("T:6-8"), Ok(order("T", 6, 8)));
        assert_eq!(read("10:6"), Ok(order("10", 6, 6)));
        assert_eq!(read(":8-8"), Ok(order("", 8, 8)));
        assert_eq!(read("EK-:7"), Ok(order("EK-", 7, 7)));
        assert_eq!(
            read("K:7-8:luhn"),
            Ok(order("K", 7, 8).checked_by(Check::Luhn))
        );
        assert_eq!(
            read("K:8:Business_ID"),
            Ok(order("K", 8, 8).checked_by(Check::BusinessId))
        );
        for wrong in [
            "", "T", "T:", "T:x", "T:8-6", "T:0", "T:6-", "T:1-99", "T:6:crc",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn patterns_are_learnt_from_the_numbers() {
        let numbers = |from: u64, to: u64, step: usize, prefix: &str| -> Vec<String> {
            (from..to)
                .step_by(step)
                .map(|n| format!("{prefix}{n}"))
                .collect()
        };
        let customer = |prefix, min, max| Pattern::customer_number(prefix, min..=max).unwrap();
        let with_strays = |mut of: Vec<String>, strays: &[&str]| {
            of.extend(strays.iter().map(|stray| (*stray).to_owned()));
            of
        };
        for (numbers, expected) in [
            (vec![], vec![]),
            (vec!["no".to_owned()], vec![]),
            (
                numbers(10_000_017, 10_190_000, 41, ""),
                vec![customer("10", 6, 6)],
            ),
            (
                numbers(500_000, 511_000, 7, "T"),
                vec![customer("T5", 5, 5)],
            ),
            (
                numbers(990_000, 1_010_000, 90, "EK-"),
                vec![customer("EK-", 6, 7)],
            ),
            // A few are no rule.
            (
                with_strays(vec![], &["A-1234567", "A-1234599"]),
                vec![customer("A-", 7, 7)],
            ),
            // Two shapes in use, and a slip of the pen.
            (
                with_strays(
                    numbers(5000, 5200, 1, "A"),
                    &["B77777", "B88888", "B99999", "?1"],
                ),
                vec![customer("A", 4, 4), customer("B", 5, 5)],
            ),
        ] {
            assert_eq!(
                learnt(&with(&numbers), &ContactKind::CustomerNumber),
                expected
            );
        }
    }
}
