//! The words and signs of a text of rules.

use std::fmt;

/// A word or sign and where it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    /// As written.
    pub(super) text: &'a str,
    /// Bytes of the text before it.
    pub(super) at: usize,
    /// Whether a blank comes before it.
    pub(super) spaced: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters without accents.
    Word,
    /// At most four digits, and how many.
    Number(u16, usize),
    /// A sign that the grammar knows; every kind of dash is `-`.
    Sign(char),
    /// `||`
    Fallback,
    /// A text in quotes, with them.
    Quoted,
    /// What no text of rules holds.
    Strange,
    /// After the last one.
    End,
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind == Kind::End {
            f.write_str("the end")
        } else {
            write!(f, "`{}`", self.text)
        }
    }
}

/// Cuts a text into tokens; the last one is [`Kind::End`].
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut spaced = true;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            spaced = true;
            continue;
        }
        let rest = &text[at..];
        let run = |is: fn(&u8) -> bool| rest.bytes().take_while(is).count();
        let (kind, length) = match first {
            'A'..='Z' | 'a'..='z' => (Kind::Word, run(u8::is_ascii_alphabetic)),
            '0'..='9' => {
                let length = run(u8::is_ascii_digit);
                let number = Some(&rest[..length])
                    .filter(|digits| digits.len() <= 4)
                    .and_then(|digits| digits.parse().ok());
                (
                    number.map_or(Kind::Strange, |n| Kind::Number(n, length)),
                    length,
                )
            }
            '|' if rest.starts_with("||") => (Kind::Fallback, 2),
            '"' => (
                Kind::Quoted,
                rest[1..].find('"').map_or(rest.len(), |end| end + 2),
            ),
            // Dashes as word processors make them, and the minus sign.
            '-' | '\u{2010}'..='\u{2014}' | '\u{2212}' => (Kind::Sign('-'), first.len_utf8()),
            ':' | ',' | ';' | '+' | '/' | '[' | ']' | '(' | ')' => (Kind::Sign(first), 1),
            _ => (Kind::Strange, first.len_utf8()),
        };
        tokens.push(Token {
            kind,
            text: &rest[..length],
            at,
            spaced,
        });
        at += length;
        spaced = false;
    }
    tokens.push(Token {
        kind: Kind::End,
        text: "",
        at,
        spaced,
    });
    tokens
}
