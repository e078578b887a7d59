//! Personal values as an explanation shows them: enough to know one's own again, too little to learn
//! another's. A stored decision holds them in this form only, so that no role can see more.

/// The first letter of a word, and `…`. A sign that is a syllable or a word is a whole name already.
fn first(text: &str) -> String {
    let mut masked = String::with_capacity(8);
    push_first(text, &mut masked);
    masked
}

fn push_first(text: &str, masked: &mut String) {
    let letter = text.chars().find(|c| c.is_alphabetic());
    masked.extend(letter.filter(|letter| !is_whole(*letter)));
    masked.push('…');
}

/// Signs of scripts that write words or syllables: kana, bopomofo, Han and Hangul (Unicode blocks).
fn is_whole(letter: char) -> bool {
    matches!(letter, '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{a4cf}' | '\u{a960}'..='\u{a97f}'
        | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ffdc}'
        | '\u{1b000}'..='\u{1b2ff}' | '\u{20000}'..='\u{3ffff}')
}

/// `matti@example.fi` is `m…@e….fi`.
pub(crate) fn email(text: &str) -> String {
    let (local, domain) = text.rsplit_once('@').unwrap_or((text, ""));
    let (name, end) = domain.rsplit_once('.').unwrap_or((domain, ""));
    let is_usual = (2..=6).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_alphabetic());
    let end = if is_usual { end } else { "…" };
    format!("{}@{}.{end}", first(local), first(name))
}

/// `+358401234567` is `+358…67`, `T510674` is `T…74`; of fewer signs nothing is shown, since at least
/// four stay hidden.
pub(crate) fn number(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let head = if text.starts_with('+') { 4 } else { 1 };
    if chars.len() < head + 2 + 4 {
        return "…".to_owned();
    }
    let start: String = chars[..head].iter().collect();
    let end: String = chars[chars.len() - 2..].iter().collect();
    format!("{start}…{end}")
}

/// `Matti Virtanen` is `M… V…`.
pub(crate) fn name(text: &str) -> String {
    let mut masked = String::with_capacity(16);
    for word in text.split_whitespace().take(6) {
        if !masked.is_empty() {
            masked.push(' ');
        }
        push_first(word, &mut masked);
    }
    masked
}

#[cfg(test)]
mod tests {
    #[test]
    fn values_cannot_be_read_back() {
        for (value, masked) in [
            ("matti@example.fi", "m…@e….fi"),
            ("matti@example.co.uk", "m…@e….uk"),
            ("4711@example.fi", "…@e….fi"),
            ("a@b.allofmyname", "a…@b….…"),
            ("a@b.xn--p1ai", "a…@b….…"),
            ("no address", "n…@….…"),
        ] {
            assert_eq!(super::email(value), masked, "{value}");
        }
        for (value, masked) in [
            ("+358401234567", "+358…67"),
            ("T510674", "T…74"),
            ("510674", "…"),
            ("123", "…"),
            ("", "…"),
        ] {
            assert_eq!(super::number(value), masked, "{value}");
        }
        for (value, masked) in [
            ("Matti Virtanen", "M… V…"),
            ("🍀 ~Matti~", "… M…"),
            ("(040 1234567)", "… …"),
            ("李 明", "… …"),
            ("김민준", "…"),
            ("Мария", "М…"),
            ("", ""),
        ] {
            assert_eq!(super::name(value), masked, "{value}");
        }
    }
}
