//! Prints the book's tables of capabilities: `cargo run -p capabilities > docs/src/capabilities.md`.

mod channels;
mod connectors;

use std::fmt::Write as _;

use aspa_channel::{Capabilities, EffectName, Support};
use aspa_testkit::crm_matrix;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    print!("{}", page()?);
    Ok(())
}

/// The whole page.
fn page() -> Result<String, Box<dyn std::error::Error>> {
    let mut page = String::from(HEAD);
    let channels = channels::all()?;
    let names: Vec<&str> = channels.iter().map(|(name, _)| *name).collect();
    writeln!(page, "| | {} |", names.join(" | "))?;
    writeln!(page, "| --- |{}", " --- |".repeat(names.len()))?;
    let rows = EffectName::KNOWN
        .iter()
        .map(|word| (format!("`{word}`"), effect(EffectName::from(*word))));
    for (name, row) in rows.chain(more()) {
        let cells = channels.iter().map(|(_, claims)| row(claims));
        writeln!(
            page,
            "| {name} | {} |",
            cells.collect::<Vec<_>>().join(" | ")
        )?;
    }
    page.push_str(CONNECTORS);
    let connectors = connectors::all()?;
    let connectors = connectors.iter().map(|(name, claims)| (*name, claims));
    page.push_str(&crm_matrix(connectors));
    Ok(page)
}

const HEAD: &str = "\
# What each channel and connector can do

Made from the code by `cargo run -p capabilities > docs/src/capabilities.md`; a test compares. Each column
is what an account says of itself with its usual settings: `Capabilities`, which also refuse what is not
claimed before any request, and which the conformance kit tries on a network. Where a server or a
conversation says otherwise, its own answer holds. – : not at all, or no limit.

";

const CONNECTORS: &str = "
## What each connector can do

With every table and column that it can use; the conformance kit holds each to it. How deletes are told, where handles
live, and of each effect the precondition that protects it and what keeps a second one from being made.

";

type Row = Box<dyn Fn(&Capabilities) -> String>;

fn effect(name: EffectName) -> Row {
    Box::new(move |claims| match claims.support(&name) {
        Support::Rejected => "–".to_owned(),
        other => other.to_string(),
    })
}

fn or_dash<T>(value: Option<T>, told: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "–".to_owned(), told)
}

/// What is not an effect.
fn more() -> Vec<(String, Row)> {
    let row =
        |name: &str, row: fn(&Capabilities) -> String| (name.to_owned(), Box::new(row) as Row);
    vec![
        row("longest text", |claims| {
            or_dash(claims.text.as_ref(), |limit| {
                format!("{} {}", limit.max, limit.unit)
            })
        }),
        row("media", |claims| {
            or_dash(claims.media.as_ref(), |media| match media.bytes {
                Some(bytes) => format!("{}, {bytes} bytes each", media.count),
                None => media.count.to_string(),
            })
        }),
        row("editable for", |claims| or_dash(claims.edit_seconds, time)),
        row("deletable for", |claims| {
            or_dash(claims.delete_seconds, time)
        }),
        row("private reply within", |claims| {
            or_dash(claims.private_reply_seconds, time)
        }),
        row("windows", |claims| {
            let windows = claims.windows.iter();
            let windows = windows.map(|window| format!("{} {}", window.name, time(window.seconds)));
            let windows: Vec<String> = windows.collect();
            or_dash((!windows.is_empty()).then_some(windows), |all| {
                all.join(", ")
            })
        }),
        row("doubles avoided", |claims| claims.idempotency.to_string()),
        row("rates", |claims| {
            let rates = claims.rates.iter();
            let rates = rates.map(|rate| {
                let within = time(rate.seconds.into());
                format!("{} {} in {within}", rate.limit, rate.name)
            });
            let rates: Vec<String> = rates.collect();
            or_dash((!rates.is_empty()).then_some(rates), |all| all.join(", "))
        }),
        row("checked", |claims| claims.checked.to_string()),
        row("source", |claims| match claims.source.starts_with("http") {
            true => format!("<{}>", claims.source),
            false => claims.source.clone(),
        }),
    ]
}

/// Seconds as people say them.
fn time(seconds: u64) -> String {
    for (unit, name) in [(86_400, "d"), (3_600, "h"), (60, "min")] {
        if seconds >= unit && seconds.is_multiple_of(unit) {
            return format!("{} {name}", seconds / unit);
        }
    }
    format!("{seconds} s")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_is_what_the_code_says() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../docs/src/capabilities.md"
        );
        let written = std::fs::read_to_string(path).unwrap_or_default();
        let hint = "run `cargo run -p capabilities > docs/src/capabilities.md`";
        assert!(
            written == super::page().unwrap(),
            "capabilities.md is stale: {hint}"
        );
    }

    #[test]
    fn times_are_said_in_the_largest_whole_unit() {
        let cases = [
            (0, "0 s"),
            (59, "59 s"),
            (900, "15 min"),
            (5_400, "90 min"),
            (604_800, "7 d"),
        ];
        for (seconds, told) in cases {
            assert_eq!(super::time(seconds), told);
        }
    }
}
