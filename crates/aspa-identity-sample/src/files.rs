use std::io::Read;

use serde::Deserialize;

use crate::schema::Truth;
use crate::score::{Decision, Row};

#[derive(Debug, Deserialize)]
struct TruthLine {
    author_id: String,
    crm_ids: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    evidence: String,
}

#[derive(Debug, Deserialize)]
struct ResultLine {
    author_id: String,
    crm_id: String,
    prob: f64,
    decision: String,
}

fn lines<T: for<'a> Deserialize<'a>>(from: impl Read) -> impl Iterator<Item = Result<T, String>> {
    let reader = csv::Reader::from_reader(from);
    reader
        .into_deserialize()
        .map(|line| line.map_err(|error: csv::Error| error.to_string()))
}

/// Reads `author_id,crm_ids,kind,evidence`, the ids parted by `|`.
///
/// # Errors
///
/// What is wrong, with the line.
pub fn read_truth(from: impl Read) -> Result<Vec<Truth>, String> {
    let truth = |line: TruthLine| Truth {
        author_id: line.author_id,
        crm_ids: line
            .crm_ids
            .split('|')
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect(),
        kind: line.kind,
        evidence: line.evidence,
    };
    lines(from).map(|line| line.map(truth)).collect()
}

/// Reads `author_id,crm_id,prob,decision`.
///
/// # Errors
///
/// What is wrong, with the line or the author.
pub fn read_rows(from: impl Read) -> Result<Vec<Row>, String> {
    let row = |line: ResultLine| {
        let decision = match line.decision.as_str() {
            "link" => Decision::Link,
            "review" => Decision::Review,
            "none" | "" => Decision::None,
            _ => {
                return Err(format!(
                    "author {}: decide link, review or none",
                    line.author_id
                ));
            }
        };
        Ok(Row::new(line.author_id, line.crm_id, line.prob, decision))
    };
    lines(from).map(|line| line.and_then(row)).collect()
}
