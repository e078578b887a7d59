//! Texts as their authors see them.

use std::collections::HashMap;

use serde_json::Value;

use crate::json;

/// X escapes these three and no more (docs.x.com, "Tweet object", read 2026-11-22).
pub(crate) fn decoded(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&amp;", "&")
}

/// The text with each shortened link as it was written, entities decoded; a link that only stands for
/// attached media is left out. Linear.
pub(crate) fn readable(text: &str, entities: &Value) -> String {
    let mut links: HashMap<&str, &str> = HashMap::new();
    for url in json::list(entities, "urls") {
        let (Some(short), Some(long)) = (json::text(url, "url"), json::text(url, "expanded_url"))
        else {
            continue;
        };
        let is_media = url.get("media_key").is_some();
        links.insert(short, if is_media { "" } else { long });
    }
    for media in json::list(entities, "media") {
        links.extend(json::text(media, "url").map(|short| (short, "")));
    }
    if links.is_empty() {
        return decoded(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("http") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let is_end = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, ':' | '/' | '.');
        let word = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        let known = [word, word.trim_end_matches(['.', ':'])];
        match known.into_iter().find(|word| links.contains_key(word)) {
            Some(word) => {
                out.push_str(links[word]);
                rest = &rest[word.len()..];
            }
            None => {
                out.push_str("http");
                rest = &rest["http".len()..];
            }
        }
    }
    out.push_str(rest);
    let out = decoded(&out);
    out.trim_end().to_owned()
}

/// The text without the names that X puts in front of a reply: those before `display_text_range`, which
/// counts characters.
pub(crate) fn without_names<'t>(text: &'t str, post: &Value) -> &'t str {
    let range = json::list(post, "display_text_range");
    let start = range.first().and_then(Value::as_u64).unwrap_or_default();
    let Ok(start) = usize::try_from(start) else {
        return text;
    };
    let Some((end, _)) = text.char_indices().nth(start).filter(|_| start > 0) else {
        return text;
    };
    let is_name = |word: &str| word.starts_with('@');
    match text[..end].split_whitespace().all(is_name) {
        true => text[end..].trim_start(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn texts_read_as_they_were_written() {
        let entities = json!({"urls": [
            {"url": "https://t.co/a", "expanded_url": "https://shop.example/orders/1"},
            {"url": "https://t.co/b", "expanded_url": "https://x.com/m/status/1/photo/1", "media_key": "3_1"},
            {"url": "https://t.co/c"}, 7,
        ]});
        let cases = [
            ("plain", "plain"),
            (
                "1 &lt; 2 &amp;&amp; 3 &gt; 2 &amp;lt;",
                "1 < 2 && 3 > 2 &lt;",
            ),
            (
                "see https://t.co/a, please",
                "see https://shop.example/orders/1, please",
            ),
            (
                "see https://t.co/a. And",
                "see https://shop.example/orders/1. And",
            ),
            ("a picture https://t.co/b", "a picture"),
            (
                "https://t.co/aa https://t.co/c",
                "https://t.co/aa https://t.co/c",
            ),
            ("httphttps://t.co/a", "httphttps://shop.example/orders/1"),
        ];
        for (given, read) in cases {
            assert_eq!(readable(given, &entities), read);
        }
    }

    #[test]
    fn only_names_in_front_are_left_out() {
        let cases = [
            ("@shop @matti where is it?", json!([13, 24]), "where is it?"),
            ("hey @shop", json!([0, 9]), "hey @shop"),
            ("not names here", json!([4, 9]), "not names here"),
            ("@shop", json!([5, 5]), "@shop"),
            ("@shöp ä", json!([6, 7]), "ä"),
            ("@shop x", json!([-1]), "@shop x"),
            ("@shop x", json!("6"), "@shop x"),
        ];
        for (given, range, read) in cases {
            let post = json!({ "display_text_range": range });
            assert_eq!(without_names(given, &post), read, "{given}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(http|https://t.co/a|&amp;|&|@m |\\PC){0,40}", at in 0_u64..60) {
            let entities = json!({"urls": [{"url": "https://t.co/a", "expanded_url": "http"}]});
            readable(&text, &entities);
            without_names(&text, &json!({ "display_text_range": [at] }));
        }
    }
}
