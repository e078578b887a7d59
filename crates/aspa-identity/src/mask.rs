//! Personal values as an explanation shows them.

/// The first letter of a word, and `…`.
fn first(text: &str) -> String {
    text.chars()
        .next()
        .map_or_else(String::new, |c| format!("{c}…"))
}

/// `matti@example.fi` is `m…@e….fi`.
pub(crate) fn email(text: &str) -> String {
    let (local, domain) = text.rsplit_once('@').unwrap_or((text, ""));
    let (name, end) = domain.rsplit_once('.').unwrap_or((domain, ""));
    format!("{}@{}.{end}", first(local), first(name))
}

/// `+358401234567` is `+358…67`, `T510674` is `T…74`.
pub(crate) fn number(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let head = if text.starts_with('+') { 4 } else { 1 };
    if chars.len() < head + 4 {
        return "…".to_owned();
    }
    let start: String = chars[..head].iter().collect();
    let end: String = chars[chars.len() - 2..].iter().collect();
    format!("{start}…{end}")
}

/// `Matti Virtanen` is `M… V…`.
pub(crate) fn name(text: &str) -> String {
    text.split_whitespace()
        .take(6)
        .map(first)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn values_cannot_be_read_back() {
        assert_eq!(super::email("matti@example.fi"), "m…@e….fi");
        assert_eq!(super::number("+358401234567"), "+358…67");
        assert_eq!(super::number("123"), "…");
        assert_eq!(super::name("Matti Virtanen"), "M… V…");
    }
}
