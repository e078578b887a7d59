//! As much of `$filter` (OData 4.0, part 2, section 5.1.1) as connectors use: comparisons with literals,
//! three functions on texts, `and`, `or`, `not`, brackets.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::str::Chars;
use std::vec::IntoIter;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::schema::{Column, Kind, Table};
use crate::query::{Piece, Sign, Token, like, tokens};

#[derive(Debug)]
pub(super) enum Filter {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Test {
        column: String,
        kind: Kind,
        sign: Sign,
        value: Value,
    },
    Text {
        column: String,
        place: Place,
        text: String,
    },
}

/// Where in a text another one stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Anywhere,
    Start,
    End,
}

/// A text after its quotation mark; two of them are one in it.
fn text(chars: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut text = String::new();
    loop {
        match chars.next()? {
            '\'' if chars.next_if_eq(&'\'').is_none() => return Some(text),
            c => text.push(c),
        }
    }
}

struct Parser {
    tokens: Peekable<IntoIter<Token>>,
    table: &'static Table,
}

type Parsed<T> = Result<T, String>;

fn syntax<T>() -> Parsed<T> {
    Err("Syntax error in '$filter'.".to_owned())
}

impl Parser {
    fn takes(&mut self, wanted: &str) -> bool {
        let is = |token: &Token| matches!(token, Token::Word(word) if word == wanted);
        self.tokens.next_if(is).is_some()
    }

    fn takes_sign(&mut self, wanted: &'static str) -> Parsed<()> {
        match self.tokens.next_if_eq(&Token::Sign(wanted)) {
            Some(_) => Ok(()),
            None => syntax(),
        }
    }

    fn word(&mut self) -> Parsed<String> {
        match self.tokens.next() {
            Some(Token::Word(word)) => Ok(word),
            _ => syntax(),
        }
    }

    /// `and` binds closer than `or`.
    fn any(&mut self, depth: usize) -> Parsed<Filter> {
        let mut each = vec![self.all(depth)?];
        while self.takes("or") {
            each.push(self.all(depth)?);
        }
        Ok(Filter::Any(each))
    }

    fn all(&mut self, depth: usize) -> Parsed<Filter> {
        let mut each = vec![self.one(depth)?];
        while self.takes("and") {
            each.push(self.one(depth)?);
        }
        Ok(Filter::All(each))
    }

    fn one(&mut self, depth: usize) -> Parsed<Filter> {
        let Some(deeper) = depth.checked_sub(1) else {
            return syntax();
        };
        if self.takes("not") {
            return Ok(Filter::Not(Box::new(self.one(deeper)?)));
        }
        if self.takes_sign("(").is_ok() {
            let inner = self.any(deeper)?;
            self.takes_sign(")")?;
            return Ok(inner);
        }
        let word = self.word()?;
        let function = match word.as_str() {
            "contains" => Some(Place::Anywhere),
            "startswith" => Some(Place::Start),
            "endswith" => Some(Place::End),
            _ => None,
        };
        if let Some(place) = function {
            self.takes_sign("(")?;
            let name = self.word()?;
            let column = known(self.table, &name)?;
            self.takes_sign(",")?;
            let value = self.literal(&column)?;
            self.takes_sign(")")?;
            return match (column.kind, value) {
                (Kind::Text(_), Value::String(text)) => Ok(Filter::Text {
                    column: column.read_as(),
                    place,
                    text,
                }),
                _ => syntax(),
            };
        }
        let column = known(self.table, &word)?;
        let sign = match self.word()?.as_str() {
            "eq" => Sign::Is,
            "ne" => Sign::IsNot,
            "gt" => Sign::More,
            "ge" => Sign::MoreOrIs,
            "lt" => Sign::Less,
            "le" => Sign::LessOrIs,
            _ => return syntax(),
        };
        Ok(Filter::Test {
            column: column.read_as(),
            kind: column.kind,
            sign,
            value: self.literal(&column)?,
        })
    }

    /// A literal of the column's own type: texts in quotes, everything else without.
    fn literal(&mut self, column: &Column) -> Parsed<Value> {
        let mistyped = || Err("A binary operator with incompatible types was detected.".to_owned());
        let word = match (self.tokens.next(), column.kind) {
            (Some(Token::Text(text)), Kind::Text(_)) => return Ok(Value::String(text)),
            (Some(Token::Text(_)), _) => return mistyped(),
            (Some(Token::Word(word)), _) => word,
            _ => return syntax(),
        };
        if word == "null" {
            return Ok(Value::Null);
        }
        match column.kind {
            Kind::Text(_) => mistyped(),
            Kind::Choice(_) | Kind::Number => match word.parse::<i64>() {
                Ok(number) => Ok(number.into()),
                Err(_) => mistyped(),
            },
            Kind::Truth => match word.parse::<bool>() {
                Ok(truth) => Ok(truth.into()),
                Err(_) => mistyped(),
            },
            Kind::Time => match DateTime::parse_from_rfc3339(&word) {
                Ok(_) => Ok(word.into()),
                Err(_) => mistyped(),
            },
            Kind::Id | Kind::Lookup { .. } => match is_guid(&word) {
                true => Ok(word.to_lowercase().into()),
                false => mistyped(),
            },
        }
    }
}

/// A column of a table by the name under which it is read.
pub(super) fn known(table: &'static Table, name: &str) -> Parsed<Column> {
    table.read_as(name).ok_or_else(|| {
        let of = table.name;
        format!("Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{of}'.")
    })
}

/// Whether a text is a GUID, with its four hyphens.
pub(super) fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let is_hex = |group: &str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lengths = groups.iter().map(|group| group.len());
    lengths.eq([8, 4, 4, 4, 12]) && groups.into_iter().all(is_hex)
}

/// Reads a filter, or says what is wrong with it.
pub(super) fn parse(table: &'static Table, filter: &str) -> Parsed<Filter> {
    let Some(tokens) = tokens(filter, &["(", ")", ","], text) else {
        return syntax();
    };
    let tokens = tokens.into_iter().peekable();
    let mut parser = Parser { tokens, table };
    let filter = parser.any(20)?;
    match parser.tokens.peek() {
        None => Ok(filter),
        Some(_) => syntax(),
    }
}

impl Filter {
    pub(super) fn holds(&self, value_of: &dyn Fn(&str) -> Value) -> bool {
        match self {
            Self::All(each) => each.iter().all(|one| one.holds(value_of)),
            Self::Any(each) => each.iter().any(|one| one.holds(value_of)),
            Self::Not(one) => !one.holds(value_of),
            Self::Test {
                column,
                kind,
                sign,
                value,
            } => sign.holds(compare(*kind, &value_of(column), value)),
            Self::Text {
                column,
                place,
                text,
            } => {
                let there = value_of(column).as_str().map(str::to_lowercase);
                there.is_some_and(|there| like(&there, pieces(*place, text)))
            }
        }
    }
}

/// The functions take `%` for anything and `_` for one sign (wildcard characters in conditions for string
/// values, June 2024). Sets in `[]` are not known here. Texts are compared without case.
fn pieces(place: Place, text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = text.to_lowercase().chars().map(Piece::of).collect();
    if place != Place::Start {
        pieces.insert(0, Piece::Any);
    }
    if place != Place::End {
        pieces.push(Piece::Any);
    }
    pieces
}

/// How two values of one column stand to each other; none where one of them is null.
pub(super) fn compare(kind: Kind, one: &Value, other: &Value) -> Option<Ordering> {
    let time = |value: &Value| value.as_str()?.parse::<DateTime<Utc>>().ok();
    match (one, other) {
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        (Value::Number(one), Value::Number(other)) => one.as_f64()?.partial_cmp(&other.as_f64()?),
        _ if kind == Kind::Time => Some(time(one)?.cmp(&time(other)?)),
        _ => Some(
            one.as_str()?
                .to_lowercase()
                .cmp(&other.as_str()?.to_lowercase()),
        ),
    }
}
