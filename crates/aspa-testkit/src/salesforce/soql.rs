//! As much of SOQL as connectors use: one object, its fields and those of a parent, conditions, an order,
//! a limit.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Is,
    IsNot,
    More,
    MoreOrIs,
    Less,
    LessOrIs,
    Like,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(&'static str),
}

fn tokens(soql: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = soql.trim_start();
    while let Some(first) = rest.chars().next() {
        let signs = ["!=", ">=", "<=", "=", ">", "<", "(", ")", ","];
        if let Some(sign) = signs.into_iter().find(|sign| rest.starts_with(sign)) {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else if first == '\'' {
            let mut text = String::new();
            let mut chars = rest.char_indices().skip(1);
            let end = loop {
                match chars.next()? {
                    (at, '\'') => break at + 1,
                    (_, '\\') => match chars.next()?.1 {
                        'n' => text.push('\n'),
                        'r' => text.push('\r'),
                        c @ ('\'' | '\\' | '"') => text.push(c),
                        c @ ('%' | '_') => text.extend(['\\', c]),
                        _ => return None,
                    },
                    (_, c) => text.push(c),
                }
            };
            tokens.push(Token::Text(text));
            rest = &rest[end..];
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

struct Parser(std::iter::Peekable<std::vec::IntoIter<Token>>);

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
        let sign = match self.0.next()? {
            Token::Sign("=") => Sign::Is,
            Token::Sign("!=") => Sign::IsNot,
            Token::Sign(">") => Sign::More,
            Token::Sign(">=") => Sign::MoreOrIs,
            Token::Sign("<") => Sign::Less,
            Token::Sign("<=") => Sign::LessOrIs,
            Token::Word(word) if word.eq_ignore_ascii_case("LIKE") => Sign::Like,
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
    Parser(tokens(soql)?.into_iter().peekable()).query()
}

impl Condition {
    /// Every column that is tested.
    pub(super) fn columns(&self) -> Vec<&str> {
        match self {
            Self::All(each) | Self::Any(each) => each.iter().flat_map(Self::columns).collect(),
            Self::Test { column, .. } => vec![column],
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
            } => {
                let there = value_of(column);
                if *sign == Sign::Like {
                    let (there, pattern) = (there.as_str(), value.as_str());
                    return there.zip(pattern).is_some_and(|(t, p)| like(t, p));
                }
                let order = compare(column, &there, value);
                match sign {
                    Sign::Is => order == Some(Ordering::Equal),
                    Sign::IsNot => order != Some(Ordering::Equal),
                    Sign::More => order == Some(Ordering::Greater),
                    Sign::Less => order == Some(Ordering::Less),
                    Sign::MoreOrIs => order.is_some_and(Ordering::is_ge),
                    Sign::LessOrIs => order.is_some_and(Ordering::is_le),
                    Sign::Like => false,
                }
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

/// `%` stands for any text, `_` for one character; a backslash takes the meaning away.
fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let mut wanted: Vec<(char, bool)> = Vec::new();
    let pattern = pattern.to_lowercase();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match (c, chars.as_str().chars().next()) {
            ('\\', Some(plain @ ('%' | '_'))) => {
                wanted.push((plain, false));
                chars.next();
            }
            _ => wanted.push((c, c == '%' || c == '_')),
        }
    }
    let (mut at, mut next, mut back) = (0, 0, None);
    while at < text.len() {
        match wanted.get(next) {
            Some(('%', true)) => {
                back = Some((at, next));
                next += 1;
            }
            Some((c, wild)) if (*wild && *c == '_') || (!wild && *c == text[at]) => {
                at += 1;
                next += 1;
            }
            _ => match back {
                Some((from, star)) => {
                    back = Some((from + 1, star));
                    (at, next) = (from + 1, star + 1);
                }
                None => return false,
            },
        }
    }
    wanted[next..].iter().all(|one| *one == ('%', true))
}
