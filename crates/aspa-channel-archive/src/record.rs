//! One record of a CSV file (RFC 4180), found from the physical line it begins on.

use std::borrow::Cow;
use std::ops::Range;

use crate::error::Fault;

/// How many bytes a quote is followed over line ends before it counts as never closed: several times
/// the longest post there is.
const LOOK_AHEAD: usize = 128 * 1024;

/// Where a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// Where it ends, its line end not counted.
    pub(crate) end: usize,
    /// Where the next one begins.
    pub(crate) next: usize,
    /// Over how many physical lines it goes.
    pub(crate) lines: usize,
    /// Where the last of them begins.
    pub(crate) last_line: usize,
}

/// Finds the record that begins at `start`, and its fields without their outer quotes.
///
/// Strict: a quote opens and closes a whole field or is doubled within one. Only the column
/// `multi_line` may hold line ends. So a quote that is never closed cannot pass for the beginning of
/// a long field: it meets a quote of a later row in a place where none can be.
pub(crate) fn split(
    bytes: &[u8],
    start: usize,
    multi_line: Option<usize>,
    fields: &mut Vec<Range<usize>>,
) -> Result<Span, Fault> {
    fields.clear();
    let (mut at, mut lines, mut last_line) = (start, 1, start);
    loop {
        if bytes.get(at) == Some(&b'"') {
            let open = at + 1;
            at = open;
            loop {
                match bytes.get(at) {
                    None => return Err(Fault::Quote),
                    Some(b'"') if bytes.get(at + 1) == Some(&b'"') => at += 2,
                    Some(b'"') => break,
                    Some(b'\n') => {
                        if multi_line != Some(fields.len()) || at - start > LOOK_AHEAD {
                            return Err(Fault::Quote);
                        }
                        at += 1;
                        lines += 1;
                        last_line = at;
                    }
                    Some(_) => at += 1,
                }
            }
            fields.push(open..at);
            at += 1;
        } else {
            let open = at;
            let ends = |byte: &u8| matches!(byte, b',' | b'\n' | b'"');
            at = bytes[open..]
                .iter()
                .position(ends)
                .map_or(bytes.len(), |n| open + n);
            let line_ends = bytes.get(at).is_none_or(|&byte| byte == b'\n');
            if line_ends && at > open && bytes[at - 1] == b'\r' {
                at -= 1;
            }
            fields.push(open..at);
        }
        let next = match (bytes.get(at), bytes.get(at + 1)) {
            (None, _) => at,
            (Some(b','), _) => {
                at += 1;
                continue;
            }
            (Some(b'\n'), _) | (Some(b'\r'), None) => at + 1,
            (Some(b'\r'), Some(b'\n')) => at + 2,
            _ => return Err(Fault::Quote),
        };
        return Ok(Span {
            end: at,
            next,
            lines,
            last_line,
        });
    }
}

/// Where the physical line after the one at `at` begins.
pub(crate) fn next_line(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter()
        .position(|&byte| byte == b'\n')
        .map_or(bytes.len(), |n| at + n + 1)
}

/// A field as it was meant: doubled quotes become one.
pub(crate) fn unquoted(field: &str) -> Cow<'_, str> {
    if field.contains('"') {
        Cow::Owned(field.replace("\"\"", "\""))
    } else {
        Cow::Borrowed(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str, multi_line: Option<usize>) -> Result<(Vec<&str>, &str), Fault> {
        let mut fields = Vec::new();
        let span = split(text.as_bytes(), 0, multi_line, &mut fields)?;
        let fields = fields.into_iter().map(|range| &text[range]).collect();
        Ok((fields, &text[span.next..]))
    }

    #[test]
    fn records_end_where_they_should() {
        let cases: [(&str, &[&str], &str); 8] = [
            ("a,b\nc", &["a", "b"], "c"),
            ("a,b\r\nc", &["a", "b"], "c"),
            ("a,b\r", &["a", "b"], ""),
            ("a,\"b\"\r\nc", &["a", "b"], "c"),
            ("a,\"b,\nc\"\nd", &["a", "b,\nc"], "d"),
            ("a,\"b \"\"c\"\"\"\nd", &["a", "b \"\"c\"\""], "d"),
            ("a\rb,\n", &["a\rb", ""], ""),
            ("", &[""], ""),
        ];
        for (text, expected, rest) in cases {
            let (found, left) = fields(text, Some(1)).unwrap();
            assert_eq!((&found[..], left), (expected, rest), "{text:?}");
        }
    }

    #[test]
    fn a_quote_out_of_place_breaks_a_record() {
        let long = format!("a,\"{}\"", "b\n".repeat(LOOK_AHEAD));
        let broken = [
            "a,\"b\nc,d\n",
            "a,b \"c\" d\n",
            "a,\"b\"c\n",
            "\"a\nb\",c\n",
            "a,\"b\"\rc\n",
            &long,
        ];
        for text in broken {
            assert_eq!(fields(text, Some(1)), Err(Fault::Quote), "{text:.20?}");
        }
        assert_eq!(fields("a,\"b\nc\"\n", None), Err(Fault::Quote));
    }
}
