//! As much of SOQL as connectors use: one object, its fields and those of a parent, conditions, an order,
//! a limit.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::str::Chars;
use std::vec::IntoIter;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::query::{Piece, Sign, Token, like, tokens};

/// A query that could be read.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) columns: Vec<String>,
    pub(super) from: String,
    pub(super) condition: Option<Condition>,
    pub(super) order: Vec<String>,
    pub(super) limit: Option<usize>,
}

#[derive(Debug)]
pub(super) enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    Test {
        column: String,
        sign: Sign,
        value: Value,
    },
    Like {
        column: String,
        pattern: String,
    },
}

/// A text after its quotation mark, with a backslash before signs with a meaning; before those of patterns
/// it stays.
fn text(chars: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut text = String::new();
    loop {
        match chars.next()? {
            '\'' => return Some(text),
            '\\' => match chars.next()? {
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                c @ ('\'' | '\\' | '"') => text.push(c),
                c @ ('%' | '_') => text.extend(['\\', c]),
                _ => return None,
            },
            c => text.push(c),
        }
    }
}

struct Parser(Peekable<IntoIter<Token>>);

impl Parser {
    fn word(&mut self) -> Option<String> {
        match self.0.next()? {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Whether this word comes next, which is then taken.
    fn takes(&mut self, wanted: &str) -> bool {
        let is =
            |token: &Token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(wanted));
        self.0.next_if(is).is_some()
    }

    fn takes_sign(&mut self, wanted: &'static str) -> bool {
        self.0.next_if_eq(&Token::Sign(wanted)).is_some()
    }

    fn words(&mut self) -> Option<Vec<String>> {
        let mut words = vec![self.word()?];
        while self.takes_sign(",") {
            words.push(self.word()?);
        }
        Some(words)
    }

    /// `AND` and `OR` do not stand beside each other without brackets.
    fn condition(&mut self, depth: usize) -> Option<Condition> {
        let first = self.test(depth)?;
        let mut all = vec![first];
        let conjunction = ["AND", "OR"].into_iter().find(|word| self.takes(word));
        let Some(conjunction) = conjunction else {
            return all.pop();
        };
        all.push(self.test(depth)?);
        while self.takes(conjunction) {
            all.push(self.test(depth)?);
        }
        Some(match conjunction {
            "AND" => Condition::All(all),
            _ => Condition::Any(all),
        })
    }

    fn test(&mut self, depth: usize) -> Option<Condition> {
        if self.takes_sign("(") {
            let inner = self.condition(depth.checked_sub(1)?)?;
            return self.takes_sign(")").then_some(inner);
        }
        let column = self.word()?;
        if self.takes("LIKE") {
            let Token::Text(pattern) = self.0.next()? else {
                return None;
            };
            return Some(Condition::Like { column, pattern });
        }
        let sign = match self.0.next()? {
            Token::Sign("=") => Sign::Is,
            Token::Sign("!=") => Sign::IsNot,
            Token::Sign(">") => Sign::More,
            Token::Sign(">=") => Sign::MoreOrIs,
            Token::Sign("<") => Sign::Less,
            Token::Sign("<=") => Sign::LessOrIs,
            _ => return None,
        };
        let value = match self.0.next()? {
            Token::Text(text) => Value::String(text),
            Token::Word(word) => match word.as_str() {
                "null" => Value::Null,
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                time => json!({ "at": DateTime::parse_from_rfc3339(time).ok()?.to_utc() }),
            },
            Token::Sign(_) => return None,
        };
        Some(Condition::Test {
            column,
            sign,
            value,
        })
    }

    fn query(&mut self) -> Option<Query> {
        let mut query = Query {
            columns: self.takes("SELECT").then(|| self.words())??,
            from: self.takes("FROM").then(|| self.word())??,
            condition: None,
            order: Vec::new(),
            limit: None,
        };
        if self.takes("WHERE") {
            query.condition = Some(self.condition(20)?);
        }
        if self.takes("ORDER") {
            query.order = self.takes("BY").then(|| self.words())??;
        }
        if self.takes("LIMIT") {
            query.limit = Some(self.word()?.parse().ok()?);
        }
        self.0.peek().is_none().then_some(query)
    }
}

/// Reads a query; none where it is not understood.
pub(super) fn parse(soql: &str) -> Option<Query> {
    let signs = ["!=", ">=", "<=", "=", ">", "<", "(", ")", ","];
    Parser(tokens(soql, &signs, text)?.into_iter().peekable()).query()
}

impl Condition {
    /// Every column that is tested.
    pub(super) fn columns(&self) -> Vec<&str> {
        match self {
            Self::All(each) | Self::Any(each) => each.iter().flat_map(Self::columns).collect(),
            Self::Test { column, .. } | Self::Like { column, .. } => vec![column],
        }
    }

    pub(super) fn holds(&self, value_of: &dyn Fn(&str) -> Value) -> bool {
        match self {
            Self::All(each) => each.iter().all(|one| one.holds(value_of)),
            Self::Any(each) => each.iter().any(|one| one.holds(value_of)),
            Self::Test {
                column,
                sign,
                value,
            } => sign.holds(compare(column, &value_of(column), value)),
            Self::Like { column, pattern } => {
                let there = value_of(column).as_str().map(str::to_lowercase);
                there.is_some_and(|there| like(&there, pieces(&pattern.to_lowercase())))
            }
        }
    }
}

/// Texts are compared without case, ids and times as they are.
fn compare(column: &str, there: &Value, wanted: &Value) -> Option<Ordering> {
    let time = |value: &Value| value["at"].as_str()?.parse::<DateTime<Utc>>().ok();
    match (there, wanted) {
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::String(a), Value::String(b)) if column.ends_with("Id") => Some(a.cmp(b)),
        (Value::String(a), Value::String(b)) => Some(a.to_lowercase().cmp(&b.to_lowercase())),
        _ => Some(time(there)?.cmp(&time(wanted)?)),
    }
}

/// A backslash takes the meaning of `%` and `_` away.
fn pieces(pattern: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(sign) = chars.next() {
        let plain = chars.next_if(|next| sign == '\\' && matches!(next, '%' | '_'));
        pieces.push(plain.map_or_else(|| Piece::of(sign), Piece::Is));
    }
    pieces
}
