use super::Field;

/// Why a text cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// The text has a placeholder that it cannot have.
    #[error("{field}: there is no placeholder {{{placeholder}}}; there are {known}")]
    UnknownPlaceholder {
        /// Which text: `texts.away.fi`.
        field: String,
        /// What stands in the braces.
        placeholder: String,
        /// What may stand there.
        known: String,
    },
    /// A brace has no other half. A brace that is meant as one is written twice.
    #[error("{field}: the brace at byte {at} has no other half; {{{{ and }}}} stand for braces")]
    UnbalancedBrace {
        /// Which text.
        field: String,
        /// Where it stands, in bytes from 0 on.
        at: usize,
    },
    /// The text speaks of a target that the promise does not have for everybody.
    #[error("{field}: {{{placeholder}}} needs a target of its clock that names no priority")]
    NoTarget {
        /// Which text.
        field: String,
        /// Which placeholder.
        placeholder: String,
    },
}

/// What a placeholder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hole {
    Opens,
    Hours,
    AnswerWithin,
    ResolveWithin,
    Kept,
    Period,
    Met,
    Decided,
}

impl Hole {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Opens => "opens",
            Self::Hours => "hours",
            Self::AnswerWithin => "answer_within",
            Self::ResolveWithin => "resolve_within",
            Self::Kept => "kept",
            Self::Period => "period",
            Self::Met => "met",
            Self::Decided => "decided",
        }
    }
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Hole(Hole),
}

/// A text with placeholders, taken apart.
#[derive(Debug)]
pub(super) struct Template {
    pieces: Vec<Piece>,
}

impl Template {
    pub(super) fn new(name: &str, text: &str, field: Field) -> Result<Self, TextError> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut at = 0;
        while let Some(found) = text[at..].find(['{', '}']) {
            plain.push_str(&text[at..at + found]);
            at += found;
            let rest = &text[at..];
            let unbalanced = || TextError::UnbalancedBrace {
                field: name.to_owned(),
                at,
            };
            if rest.starts_with("{{") || rest.starts_with("}}") {
                plain.push_str(&rest[..1]);
                at += 2;
                continue;
            }
            let inner = rest.strip_prefix('{').ok_or_else(unbalanced)?;
            let (placeholder, _) = inner.split_once('}').ok_or_else(unbalanced)?;
            if placeholder.contains('{') {
                return Err(unbalanced());
            }
            let hole = field.holes().iter().find(|hole| hole.name() == placeholder);
            let hole = hole.ok_or_else(|| {
                let known = field.holes().iter();
                let known: Vec<String> = known.map(|hole| format!("{{{}}}", hole.name())).collect();
                TextError::UnknownPlaceholder {
                    field: name.to_owned(),
                    placeholder: placeholder.to_owned(),
                    known: known.join(", "),
                }
            })?;
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
            pieces.push(Piece::Hole(*hole));
            at += placeholder.len() + 2;
        }
        plain.push_str(&text[at..]);
        pieces.push(Piece::Text(plain));
        Ok(Self { pieces })
    }

    pub(super) fn holes(&self) -> impl Iterator<Item = Hole> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Hole(hole) => Some(*hole),
            Piece::Text(_) => None,
        })
    }

    pub(super) fn fill(&self, told: impl Fn(Hole) -> String) -> String {
        let pieces = self.pieces.iter();
        pieces.fold(String::new(), |text, piece| match piece {
            Piece::Text(plain) => text + plain,
            Piece::Hole(hole) => text + &told(*hole),
        })
    }
}
