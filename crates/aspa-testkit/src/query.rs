//! What the languages of queries of this crate's systems have in common: signs, texts in quotes, words,
//! comparisons, patterns.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::str::Chars;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    Word(String),
    Text(String),
    Sign(&'static str),
}

/// Parts a query into these signs (the longer of two that begin alike first), words of letters, digits and
/// `_.:-+`, and texts, which `text` reads after their first quotation mark. None where there is anything
/// else.
pub(crate) fn tokens(
    query: &str,
    signs: &[&'static str],
    text: fn(&mut Peekable<Chars<'_>>) -> Option<String>,
) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = query.trim_start();
    while !rest.is_empty() {
        let sign = signs.iter().find(|sign| rest.starts_with(**sign));
        if let Some(sign) = sign {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else if let Some(quoted) = rest.strip_prefix('\'') {
            let mut chars = quoted.chars().peekable();
            tokens.push(Token::Text(text(&mut chars)?));
            let left: usize = chars.map(char::len_utf8).sum();
            rest = &rest[rest.len() - left..];
        } else {
            let is_word = |c: char| c.is_ascii_alphanumeric() || "_.:-+".contains(c);
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            if end == 0 {
                return None;
            }
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Some(tokens)
}

/// How two values are to stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Is,
    IsNot,
    More,
    MoreOrIs,
    Less,
    LessOrIs,
}

impl Sign {
    /// Whether they do; none: they cannot be compared.
    pub(crate) fn holds(self, order: Option<Ordering>) -> bool {
        match self {
            Self::Is => order == Some(Ordering::Equal),
            Self::IsNot => order != Some(Ordering::Equal),
            Self::More => order == Some(Ordering::Greater),
            Self::MoreOrIs => order.is_some_and(Ordering::is_ge),
            Self::Less => order == Some(Ordering::Less),
            Self::LessOrIs => order.is_some_and(Ordering::is_le),
        }
    }
}

/// A part of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Anything, nothing too.
    Any,
    /// One sign.
    One,
    Is(char),
}

impl Piece {
    /// `%` stands for anything, `_` for one sign.
    pub(crate) fn of(sign: char) -> Self {
        match sign {
            '%' => Self::Any,
            '_' => Self::One,
            sign => Self::Is(sign),
        }
    }
}

/// Whether a text fits a pattern, both in lower case.
pub(crate) fn like(text: &str, pattern: impl IntoIterator<Item = Piece>) -> bool {
    let text: Vec<char> = text.chars().collect();
    // How much of the text each beginning of the pattern can have taken.
    let mut taken = vec![false; text.len() + 1];
    taken[0] = true;
    for piece in pattern {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match (piece, at.checked_sub(1)) {
                (Piece::Any, None) => taken[at],
                (Piece::Any, Some(before)) => taken[at] || next[before],
                (_, None) => false,
                (Piece::One, Some(before)) => taken[before],
                (Piece::Is(sign), Some(before)) => taken[before] && sign == text[before],
            };
        }
        taken = next;
    }
    taken[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_texts() {
        for (text, pattern, fits) in [
            ("", "", true),
            ("", "%", true),
            ("", "_", false),
            ("040 123", "%1%3", true),
            ("040 123", "%1%2", false),
            ("abc", "a_c", true),
            ("abc", "a_", false),
            ("äöå", "%ö_", true),
            ("aab", "%ab%", true),
        ] {
            assert_eq!(
                like(text, pattern.chars().map(Piece::of)),
                fits,
                "{text} {pattern}"
            );
        }
        assert!(!like("ab", [Piece::Is('%')]));
    }
}
