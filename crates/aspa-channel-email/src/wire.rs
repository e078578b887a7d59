//! IMAP responses (RFC 3501): lines and literals to tokens. Own code, since what there is writes mails
//! and passwords into the log of whoever turns it on, and keeps whole mails in its errors.

/// The longest line of a response without its literals.
pub(crate) const LONGEST_LINE: usize = 1 << 20;
/// How deep lists are read.
const DEEPEST: usize = 16;

/// A piece of a response: the text of a line, or what came as a literal in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(Vec<u8>),
    Literal(Vec<u8>),
}

/// A value within a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// A word: a number, a flag, `NIL`, `BODY[]<0>`.
    Word(String),
    /// What stood in quotes or came as a literal.
    Bytes(Vec<u8>),
    List(Vec<Self>),
}

impl Value {
    pub(crate) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }

    pub(crate) fn number(&self) -> Option<u32> {
        self.word()?.parse().ok()
    }
}

/// How many bytes of a literal follow a line that ends so: `{310}` or `{310+}`.
pub(crate) fn literal(line: &[u8]) -> Option<usize> {
    let inner = line.strip_suffix(b"}")?;
    let start = inner.iter().rposition(|b| *b == b'{')?;
    let digits = inner[start + 1..]
        .strip_suffix(b"+")
        .unwrap_or(&inner[start + 1..]);
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The values of a response, in order. What makes no sense ends it.
pub(crate) fn values(pieces: &[Piece]) -> Vec<Value> {
    let mut open: Vec<Vec<Value>> = vec![Vec::new()];
    let put = |open: &mut Vec<Vec<Value>>, value| {
        if let Some(list) = open.last_mut() {
            list.push(value);
        }
    };
    for piece in pieces {
        let text = match piece {
            Piece::Literal(bytes) => {
                put(&mut open, Value::Bytes(bytes.clone()));
                continue;
            }
            Piece::Text(text) => match literal(text) {
                Some(_) => &text[..text.iter().rposition(|b| *b == b'{').unwrap_or(text.len())],
                None => text,
            },
        };
        let mut at = 0;
        while let Some(b) = text.get(at) {
            at += 1;
            match b {
                b' ' => {}
                b'(' if open.len() <= DEEPEST => open.push(Vec::new()),
                b'(' => return whole(open),
                b')' => {
                    if open.len() > 1
                        && let Some(list) = open.pop()
                    {
                        put(&mut open, Value::List(list));
                    }
                }
                b'"' => {
                    let mut bytes = Vec::new();
                    while let Some(b) = text.get(at) {
                        at += 1;
                        match b {
                            b'"' => break,
                            b'\\' => {
                                bytes.extend(text.get(at));
                                at += 1;
                            }
                            b => bytes.push(*b),
                        }
                    }
                    put(&mut open, Value::Bytes(bytes));
                }
                _ => {
                    // `BODY[HEADER.FIELDS (To)]` is one word.
                    let start = at - 1;
                    let mut within = *b == b'[';
                    while let Some(b) = text.get(at) {
                        match b {
                            b'[' => within = true,
                            b']' => within = false,
                            b' ' | b'(' | b')' if !within => break,
                            _ => {}
                        }
                        at += 1;
                    }
                    let word = String::from_utf8_lossy(&text[start..at]).into_owned();
                    put(&mut open, Value::Word(word));
                }
            }
        }
    }
    whole(open)
}

fn whole(mut open: Vec<Vec<Value>>) -> Vec<Value> {
    while open.len() > 1 {
        if let (Some(list), Some(outer)) = (open.pop(), open.last_mut()) {
            outer.push(Value::List(list));
        }
    }
    open.pop().unwrap_or_default()
}

/// A text in quotes. None where it cannot stand in quotes.
pub(crate) fn quoted(text: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii() && !c.is_ascii_control();
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    text.chars().all(plain).then(|| format!("\"{escaped}\""))
}

/// The bare word in the brackets behind a status: `NO [AUTHENTICATIONFAILED] ...`.
pub(crate) fn code(status: &str) -> Option<&str> {
    let inner = status.trim_start().strip_prefix('[')?;
    let word = inner.split([']', ' ']).next()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    (!word.is_empty() && word.len() <= 40 && word.bytes().all(plain)).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(line: &str) -> Piece {
        Piece::Text(line.as_bytes().to_vec())
    }

    #[test]
    fn a_fetch_is_taken_apart() {
        let values = values(&[
            text(
                "* 12 FETCH (UID 7 INTERNALDATE \" 2-Nov-2026 09:12:00 +0200\" BODY[HEADER.FIELDS (TO)]<0> {5}",
            ),
            Piece::Literal(b"a)\"{2".to_vec()),
            text(" FLAGS (\\Seen $x))"),
        ]);
        let word = |word: &str| Value::Word(word.to_owned());
        assert_eq!(values[..3], [word("*"), word("12"), word("FETCH")]);
        let Value::List(list) = &values[3] else {
            panic!("{values:?}");
        };
        assert_eq!(list[1].number(), Some(7));
        assert_eq!(
            list[3],
            Value::Bytes(b" 2-Nov-2026 09:12:00 +0200".to_vec())
        );
        assert_eq!(list[4], word("BODY[HEADER.FIELDS (TO)]<0>"));
        assert_eq!(list[5], Value::Bytes(b"a)\"{2".to_vec()));
        assert_eq!(list[7], Value::List(vec![word("\\Seen"), word("$x")]));
    }

    #[test]
    fn literals_are_announced_at_the_end_of_a_line() {
        for (line, expected) in [
            ("BODY[] {310}", Some(310)),
            ("{0}", Some(0)),
            ("{12+}", Some(12)),
            ("{x}", None),
            ("{99999999999999999999999}", None),
            ("{1} ", None),
            ("}", None),
        ] {
            assert_eq!(literal(line.as_bytes()), expected, "{line}");
        }
    }

    #[test]
    fn what_is_searched_for_is_quoted() {
        assert_eq!(quoted("a\"b\\c").unwrap(), "\"a\\\"b\\\\c\"");
        assert_eq!(quoted("").unwrap(), "\"\"");
        assert_eq!((quoted("a\r\nb"), quoted("ä")), (None, None));
        assert_eq!(
            code("[AUTHENTICATIONFAILED] no"),
            Some("AUTHENTICATIONFAILED")
        );
        assert_eq!((code("no"), code("[a@b.example]")), (None, None));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..6)) {
            let pieces: Vec<Piece> = pieces.into_iter().enumerate().map(|(i, bytes)| match i % 2 {
                0 => Piece::Text(bytes),
                _ => Piece::Literal(bytes),
            }).collect();
            values(&pieces);
        }
    }
}
