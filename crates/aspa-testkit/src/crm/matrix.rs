use aspa_crm::{Capabilities, EffectName};

/// What connectors claim, as a table in Markdown: one line each, one column for each effect with its
/// precondition and what doing it twice makes.
#[must_use]
pub fn crm_matrix<'a>(connectors: impl IntoIterator<Item = (&'a str, &'a Capabilities)>) -> String {
    let names: Vec<EffectName> = EffectName::KNOWN
        .iter()
        .map(|word| EffectName::from(*word))
        .collect();
    let words = names.iter().map(EffectName::as_str).collect::<Vec<_>>();
    let mut table = format!(
        "| connector | deletes | handles | {} | seen live |\n",
        words.join(" | ")
    );
    table.push_str(&"| --- ".repeat(words.len() + 4));
    table.push_str("|\n");
    for (connector, claims) in connectors {
        let mut cells = vec![
            connector.to_owned(),
            plain(&claims.deletes),
            plain(&claims.handles),
        ];
        for name in &names {
            cells.push(match claims.effects.get(name) {
                Some(how) => format!("{}, {}", plain(&how.precondition), plain(&how.idempotency)),
                None => "–".to_owned(),
            });
        }
        cells.push(match claims.verified_live {
            true => "yes".to_owned(),
            false => "not verified against the live system".to_owned(),
        });
        table.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    table
}

/// A value of the capabilities in words, as its JSON has it.
fn plain(value: &impl serde::Serialize) -> String {
    let json = serde_json::to_string(value).unwrap_or_default();
    json.chars()
        .filter(|c| !matches!(c, '"' | '{' | '}'))
        .map(|c| if c == '_' { ' ' } else { c })
        .collect()
}
