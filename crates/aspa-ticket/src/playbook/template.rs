use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::PlaybookError;

/// The longest name of a field, in bytes.
const LONGEST_NAME: usize = 40;

/// A text with fields to fill in: `Hi {first_name}!`. `{{` and `}}` are braces themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field(String),
}

impl Template {
    /// The names of the fields, in their order, each as often as it stands there.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Field(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// What stands there whatever is filled in.
    pub(super) fn fixed(&self) -> String {
        let texts = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(text) => Some(text.as_str()),
            Piece::Field(_) => None,
        });
        texts.collect()
    }

    pub(super) fn is_blank(&self) -> bool {
        self.fields().next().is_none() && self.fixed().trim().is_empty()
    }

    /// Puts what `value` gives for each field in its place. What is put in is not looked through for
    /// fields.
    pub(super) fn fill<'v>(
        &self,
        value: impl Fn(&str) -> Result<&'v str, PlaybookError>,
    ) -> Result<String, PlaybookError> {
        let mut filled = String::new();
        for piece in &self.pieces {
            filled.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Field(name) => value(name)?,
            });
        }
        Ok(filled)
    }
}

impl FromStr for Template {
    type Err = PlaybookError;

    /// O(length).
    fn from_str(text: &str) -> Result<Self, PlaybookError> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut at = 0;
        while let Some(brace) = text[at..].find(['{', '}']) {
            let place = at + brace;
            plain.push_str(&text[at..place]);
            let rest = &text[place..];
            if rest.starts_with("{{") || rest.starts_with("}}") {
                plain.push_str(&rest[..1]);
                at = place + 2;
                continue;
            }
            let alone = PlaybookError::Brace { at: place };
            let inside = rest.strip_prefix('{').ok_or_else(|| alone.clone())?;
            let end = inside.find(['{', '}']).ok_or_else(|| alone.clone())?;
            if !inside[end..].starts_with('}') {
                return Err(alone);
            }
            let name = inside[..end].trim();
            if !is_name(name) {
                let field = name.chars().take(LONGEST_NAME).collect();
                return Err(PlaybookError::BadField { field });
            }
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Field(name.to_owned()));
            at = place + end + 2;
        }
        plain.push_str(&text[at..]);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self { pieces })
    }
}

fn is_name(name: &str) -> bool {
    let sign = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= LONGEST_NAME
        && name.chars().all(sign)
}

impl TryFrom<String> for Template {
    type Error = PlaybookError;

    fn try_from(text: String) -> Result<Self, PlaybookError> {
        text.parse()
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.to_string()
    }
}

/// As it is written.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => {
                    f.write_str(&text.replace('{', "{{").replace('}', "}}"))?;
                }
                Piece::Field(name) => write!(f, "{{{name}}}")?,
            }
        }
        Ok(())
    }
}
