//! `text/plain; format=flowed` (RFC 3676): lines that a mail program broke are joined again.

/// Joins flowed lines. `delsp` is the parameter of that name: the space at the end of a line was added.
pub(crate) fn unflow(text: &str, delsp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // Of the paragraph that is open: how deep it is quoted.
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let quoted = &line[depth..];
        // Section 4.4: one space in front was put there so that the line is not taken for another kind.
        let content = quoted.strip_prefix(' ').unwrap_or(quoted);
        let is_signature = content == "-- ";
        // Section 4.5: a change of depth ends a paragraph, and so does a line of a signature.
        let joins = open == Some(depth) && !is_signature;
        if !joins {
            if open.is_some() {
                out.push('\n');
            }
            for _ in 0..depth {
                out.push('>');
            }
            if depth > 0 {
                out.push(' ');
            }
        }
        let flows = content.ends_with(' ') && !is_signature;
        match content.strip_suffix(' ') {
            Some(content) if flows && delsp => out.push_str(content),
            _ => out.push_str(content),
        }
        open = flows.then_some(depth);
        if !flows {
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flowed_text_is_joined() {
        for (delsp, given, expected) in [
            (false, "one two \nthree\nfour\n", "one two three\nfour\n"),
            (true, "tie \ntokone\n", "tietokone\n"),
            (
                false,
                " From here\n >not quoted\n",
                "From here\n>not quoted\n",
            ),
            (false, "> quoted \n> on\nmine\n", "> quoted on\nmine\n"),
            (false, "> quoted \nmine\n", "> quoted \nmine\n"),
            (false, ">> a \n> b\n", ">> a \n> b\n"),
            (false, "end\n-- \nMatti\n", "end\n-- \nMatti\n"),
            (false, "end \n-- \nMatti\n", "end \n-- \nMatti\n"),
            (false, "", ""),
        ] {
            assert_eq!(unflow(given, delsp), expected, "{given:?}");
        }
    }
}
