//! JSON Lines, read by several threads, and values as people leave them: missing, null, a number
//! where a text should be, one where a list should be.

use std::fmt;

use serde::de::{self, DeserializeOwned, Deserializer, SeqAccess, Visitor};

use crate::{Refused, parallel};

/// A file without its byte order mark.
pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Whether this is JSON Lines and not CSV: by what it starts with, else by its name.
pub(crate) fn is_json(name: &str, bytes: &[u8]) -> bool {
    let first = without_mark(bytes)
        .iter()
        .find(|byte| !byte.is_ascii_whitespace());
    match first {
        Some(b'{' | b'[') => true,
        _ => [".jsonl", ".ndjson", ".json"]
            .iter()
            .any(|end| name.ends_with(end)),
    }
}

/// Reads every line that is not blank, `threads` at a time, in order.
pub(crate) fn read<T: DeserializeOwned + Send>(
    bytes: &[u8],
    threads: usize,
) -> Result<Vec<(u64, T)>, Refused> {
    let pieces = pieces(without_mark(bytes), threads);
    let read: Vec<Piece<T>> = parallel::map(&pieces, pieces.len(), |piece| read_piece(piece));
    let mut all = Vec::with_capacity(read.iter().flatten().map(Vec::len).sum());
    let mut before = 0;
    for (piece, read) in pieces.iter().zip(read) {
        match read {
            Ok(lines) => all.extend(
                lines
                    .into_iter()
                    .map(|(line, value)| (before + line, value)),
            ),
            Err((line, why)) => return Err(format!("line {}: {why}", before + line)),
        }
        before += piece.iter().filter(|byte| **byte == b'\n').count() as u64;
    }
    Ok(all)
}

/// Lines by their numbers, or the number of one that is broken.
type Piece<T> = Result<Vec<(u64, T)>, (u64, Refused)>;

/// About as many pieces as threads, each of whole lines.
fn pieces(mut rest: &[u8], threads: usize) -> Vec<&[u8]> {
    let size = rest.len() / threads.max(1) + 1;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let near = size.min(rest.len());
        let end = rest[near..].iter().position(|byte| *byte == b'\n');
        let (piece, after) = rest.split_at(end.map_or(rest.len(), |end| near + end + 1));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// The lines of a piece by their numbers in it, from 1; or the first that is broken.
fn read_piece<T: DeserializeOwned>(piece: &[u8]) -> Piece<T> {
    let lines = (1..).zip(piece.split(|byte| *byte == b'\n'));
    lines
        .filter(|(_, line)| !line.iter().all(u8::is_ascii_whitespace))
        .map(|(number, line)| match std::str::from_utf8(line) {
            Err(_) => Err((number, "not UTF-8".to_owned())),
            // A list would be taken for the fields in their order.
            Ok(line) if !line.trim_start().starts_with('{') => {
                Err((number, "not a JSON object (one a line)".to_owned()))
            }
            Ok(line) => match serde_json::from_str(line) {
                Ok(value) => Ok((number, value)),
                Err(error) => Err((number, told(&error))),
            },
        })
        .collect()
}

/// What is wrong, and nothing of what the line holds.
fn told(error: &serde_json::Error) -> Refused {
    let column = error.column();
    match error.classify() {
        serde_json::error::Category::Eof => format!("the line ends in the middle, column {column}"),
        serde_json::error::Category::Data => format!("a value of the wrong kind, column {column}"),
        _ => format!("not JSON, column {column}"),
    }
}

/// A text: a number is one too, and null is none.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    struct Text;
    impl Visitor<'_> for Text {
        type Value = String;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text")
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }
        fn visit_string<E: de::Error>(self, text: String) -> Result<String, E> {
            Ok(text)
        }
        fn visit_u64<E: de::Error>(self, number: u64) -> Result<String, E> {
            Ok(number.to_string())
        }
        fn visit_i64<E: de::Error>(self, number: i64) -> Result<String, E> {
            Ok(number.to_string())
        }
        fn visit_f64<E: de::Error>(self, number: f64) -> Result<String, E> {
            Ok(number.to_string())
        }
        fn visit_unit<E: de::Error>(self) -> Result<String, E> {
            Ok(String::new())
        }
    }
    from.deserialize_any(Text)
}

struct TextValue(String);

impl<'de> serde::Deserialize<'de> for TextValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text(from).map(Self)
    }
}

/// Texts: one alone is a list too, and null is an empty one.
pub(crate) fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    struct Texts;
    impl<'de> Visitor<'de> for Texts {
        type Value = Vec<String>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of texts")
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(vec![text.to_owned()])
        }
        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut texts = Vec::new();
            while let Some(TextValue(text)) = seq.next_element()? {
                if !text.trim().is_empty() {
                    texts.push(text);
                }
            }
            Ok(texts)
        }
    }
    from.deserialize_any(Texts)
}

/// A value, or its default where there is null.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: serde::Deserialize<'de> + Default>(
    from: D,
) -> Result<T, D::Error> {
    <Option<T> as serde::Deserialize>::deserialize(from).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::{is_json, read, text, texts};

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Line {
        #[serde(deserialize_with = "text")]
        id: String,
        #[serde(deserialize_with = "texts")]
        list: Vec<String>,
    }

    fn ids(bytes: &[u8]) -> Result<Vec<(u64, String)>, String> {
        let one = read::<Line>(bytes, 1)?;
        for threads in [2, 3, 50] {
            assert_eq!(read::<Line>(bytes, threads).as_ref(), Ok(&one));
        }
        Ok(one
            .into_iter()
            .map(|(line, value)| (line, value.id))
            .collect())
    }

    #[test]
    fn lines_are_read_however_they_are_written() {
        for (bytes, expected) in [
            ("", &[][..]),
            ("\u{feff}{\"id\":\"ä\"}", &[(1, "ä")]),
            (
                "{\"id\":\"a\"}\r\n\r\n  \n{\"id\":7}\r\n",
                &[(1, "a"), (4, "7")],
            ),
            ("{\"id\":null,\"more\":[1]}\n{}\n", &[(1, ""), (2, "")]),
        ] {
            let expected: Vec<_> = expected
                .iter()
                .map(|(n, id)| (*n, (*id).to_owned()))
                .collect();
            assert_eq!(ids(bytes.as_bytes()), Ok(expected), "{bytes:?}");
        }
        let lists = r#"{"list":null}
            {"list":"a"}
            {"list":["a",null,"",3]}"#;
        let lists: Vec<Vec<String>> = read::<Line>(lists.as_bytes(), 2)
            .unwrap()
            .into_iter()
            .map(|(_, l)| l.list)
            .collect();
        assert_eq!(
            lists,
            [
                vec![],
                vec!["a".to_owned()],
                vec!["a".to_owned(), "3".to_owned()]
            ]
        );
    }

    #[test]
    fn a_broken_line_is_named_and_not_shown() {
        for (bytes, expected) in [
            (
                &b"{}\n\n{\"id\":\"secret\"\n{}"[..],
                "line 3: the line ends in the middle, column 14",
            ),
            (b"{}\n{\"id\":\"\xff\"}", "line 2: not UTF-8"),
            (b"{}\n[1]", "line 2: not a JSON object (one a line)"),
            (
                b"{}\n{\"id\":{}}",
                "line 2: a value of the wrong kind, column 8",
            ),
            (b"{}\nsecret", "line 2: not a JSON object (one a line)"),
            (b"{}\n{secret}", "line 2: not JSON, column 2"),
        ] {
            assert_eq!(ids(bytes), Err(expected.to_owned()));
        }
    }

    #[test]
    fn the_first_of_several_broken_lines_is_named() {
        let mut bytes = b"{}\n".repeat(900);
        bytes.extend(b"x\n");
        bytes.extend(b"{}\n".repeat(900));
        bytes.extend(b"y\n");
        assert_eq!(
            ids(&bytes),
            Err("line 901: not a JSON object (one a line)".to_owned())
        );
    }

    #[test]
    fn what_a_file_is_shows_in_its_first_letter_or_its_name() {
        assert!(is_json("x.csv", b"\xef\xbb\xbf \n{\"id\":1}"));
        assert!(is_json("x.jsonl", b"oops"));
        assert!(!is_json("x.txt", b"id,first\n"));
        assert!(!is_json("x", b""));
    }
}
