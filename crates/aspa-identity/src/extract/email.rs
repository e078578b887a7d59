//! E-mail addresses, plain and spelled so that robots do not read them.

use std::ops::Range;

use aspa_crm::normal;

use super::cues::{Cue, Hits};
use super::text::Text;

/// Longest local part and domain, in characters (RFC 5321 section 4.5.3.1).
const LOCAL: usize = 64;
const DOMAIN: usize = 253;
/// Most parts between dots that a disguised address has on one side.
const PARTS: usize = 6;

/// Words for `@` that stand for nothing else before a domain, folded.
const AT: &[&str] = &[
    "miukumauku",
    "miuku",
    "kissanhanta",
    "snabela",
    "krollalfa",
    "alfakroll",
    "arroba",
    "собака",
    "klammeraffe",
];
/// Words for `@` in brackets.
const AT_IN_BRACKETS: &[&str] = &["at", "a", "et", "miu", "mau"];
/// Words for a dot, folded.
const DOT: &[&str] = &["piste", "dot", "punkt", "punkti", "punto", "точка", "punct"];
/// Words before "at" that are no local part: "look at example.com".
const NO_LOCAL: &[&str] = &[
    "me",
    "us",
    "you",
    "him",
    "her",
    "them",
    "it",
    "look",
    "looked",
    "looking",
    "find",
    "found",
    "is",
    "was",
    "are",
    "be",
    "am",
    "here",
    "there",
    "out",
    "up",
    "work",
    "works",
    "working",
    "worked",
    "available",
    "bought",
    "ordered",
    "order",
    "shop",
    "shopping",
    "purchased",
    "visit",
    "online",
    "only",
    "now",
    "email",
    "mail",
    "contact",
    "reach",
    "account",
    "login",
    "registered",
    "customer",
    "support",
    "that",
    "this",
    "page",
    "site",
    "store",
];

/// Puts every address into `put` and what it took of the text into `taken`.
pub(crate) fn find(
    text: &Text,
    hits: &Hits,
    taken: &mut Vec<Range<usize>>,
    mut put: impl FnMut(String),
) {
    for (at, _) in text.clean.match_indices('@') {
        if let Some((range, email)) = plain(&text.clean, at) {
            taken.push(range);
            put(email);
        }
    }
    for word in 0..text.words.len() {
        if let Some((range, email)) = disguised(text, hits, word) {
            taken.push(range);
            put(email);
        }
    }
}

/// The address around an `@`.
fn plain(clean: &str, at: usize) -> Option<(Range<usize>, String)> {
    let in_local = |c: &char| c.is_alphanumeric() || ".-_+%'&".contains(*c);
    let in_domain = |c: &char| c.is_alphanumeric() || ".-".contains(*c);
    let before: usize = clean[..at]
        .chars()
        .rev()
        .take(LOCAL + 1)
        .take_while(in_local)
        .map(char::len_utf8)
        .sum();
    let after: usize = clean[at + 1..]
        .chars()
        .take(DOMAIN + 1)
        .take_while(in_domain)
        .map(char::len_utf8)
        .sum();
    let (start, end) = (at - before, at + 1 + after);
    // `@name@instance` is a handle.
    if clean[..start].ends_with('@') || clean[end..].starts_with('@') {
        return None;
    }
    let local = clean[start..at].trim_start_matches(['.', '-', '\'', '&', '+']);
    let domain = clean[at + 1..end].trim_end_matches(['.', '-']);
    let domain = before_sentence(domain);
    let email = address(local, domain)?;
    Some((at - local.len()..at + 1 + domain.len(), email))
}

/// `example.fi` of `example.fi.Thanks`: the first word of the next sentence is no domain.
fn before_sentence(domain: &str) -> &str {
    match domain.rsplit_once('.') {
        Some((before, last))
            if before.contains('.')
                && last.starts_with(char::is_uppercase)
                && last.chars().nth(1).is_none_or(char::is_lowercase)
                && !before.contains(char::is_uppercase) =>
        {
            before
        }
        _ => domain,
    }
}

fn address(local: &str, domain: &str) -> Option<String> {
    let (name, top) = domain.rsplit_once('.')?;
    let labels = name
        .split('.')
        .all(|label| !label.is_empty() && !label.starts_with('-'));
    let top = top.starts_with("xn--")
        || (top.chars().count() >= 2 && top.chars().all(char::is_alphabetic));
    let fits = local.chars().count() <= LOCAL && domain.chars().count() <= DOMAIN;
    (labels && top && fits && !local.is_empty() && !local.contains("..") && !local.ends_with('.'))
        .then(|| normal::email(&format!("{local}@{domain}")))?
}

/// How an `@` is written out, and the words beside it.
struct Marker {
    left: usize,
    right: usize,
    /// A bare "at", which mostly means something else.
    weak: bool,
}

fn marker(text: &Text, word: usize) -> Option<Marker> {
    let gap = text.gap(word);
    if gap.len() > 1 && gap.len() < 12 && gap.contains('@') {
        let (before, after) = gap.split_once('@')?;
        let apart = [before, after]
            .iter()
            .all(|side| !side.is_empty() && is_bracket(side));
        return (apart && word + 1 < text.words.len()).then_some(Marker {
            left: word,
            right: word + 1,
            weak: false,
        });
    }
    let folded = text.folded(word);
    let known = AT.contains(&folded);
    if !(known || AT_IN_BRACKETS.contains(&folded) || folded == "snabel") || word == 0 {
        return None;
    }
    let last = if folded == "snabel" && text.folded(word + 1) == "a" {
        word + 1
    } else {
        word
    };
    let (before, after) = (text.gap(word - 1), text.gap(last));
    if last + 1 >= text.words.len() || !is_bracket(before) || !is_bracket(after) {
        return None;
    }
    let bracketed = before.contains(['(', '[', '{', '<']) && after.contains([')', ']', '}', '>']);
    let dashed = before == "-" && after == "-";
    let own_word =
        known || last > word || text.clean[text.words[word].start..].starts_with(['ä', 'Ä']);
    let bare = before == " " && after == " " && (own_word || folded == "at");
    (bracketed || dashed || bare).then_some(Marker {
        left: word - 1,
        right: last + 1,
        weak: !bracketed && !dashed && !own_word,
    })
}

/// Only spaces, brackets and dashes, at least one.
fn is_bracket(gap: &str) -> bool {
    !gap.is_empty() && gap.len() < 6 && gap.chars().all(|c| " ()[]{}<>-".contains(c))
}

/// The address whose `@` is written as this word, or stands apart after it.
fn disguised(text: &Text, hits: &Hits, word: usize) -> Option<(Range<usize>, String)> {
    let Marker { left, right, weak } = marker(text, word)?;
    let mut dotted = false;
    // To the left: words joined by signs, or by a word for a dot.
    let mut first = left;
    for _ in 0..PARTS {
        if first == 0 {
            break;
        }
        let gap = text.gap(first - 1);
        if matches!(gap, "." | "_" | "-" | "+") {
            first -= 1;
        } else if first >= 2 && is_dot(text, first - 1) {
            first -= 2;
            dotted = true;
        } else {
            break;
        }
    }
    let mut last = right;
    for _ in 0..PARTS {
        let gap = text.gap(last);
        if last + 1 < text.words.len()
            && (matches!(gap, "." | "-")
                || gap.trim_matches(['(', ')', '[', ']', ' ']) == "." && gap.len() > 2)
        {
            last += 1;
        } else if last + 2 < text.words.len() && is_dot(text, last + 1) {
            last += 2;
            dotted = true;
        } else {
            break;
        }
    }
    let (local, domain) = (spelled(text, first, left), spelled(text, right, last));
    if weak {
        let plain = left == first && text.words[left].letters;
        let told = hits.ends_within(Cue::Email, first, 6);
        if NO_LOCAL.contains(&text.folded(left)) && plain || plain && !told && !dotted {
            return None;
        }
    }
    let email = address(&local, before_sentence(&domain))?;
    Some((text.words[first].start..text.words[last].end, email))
}

/// A word for a dot between two others.
fn is_dot(text: &Text, word: usize) -> bool {
    DOT.contains(&text.folded(word))
        && is_bracket(text.gap_before(word))
        && is_bracket(text.gap(word))
}

/// The words from `first` to `last` as one part of an address.
fn spelled(text: &Text, first: usize, last: usize) -> String {
    let mut part = String::new();
    for word in first..=last {
        if word > first && word < last && is_dot(text, word) {
            continue;
        }
        if word > first {
            let gap = text.gap(word - 1);
            part.push_str(if matches!(gap, "_" | "-" | "+") {
                gap
            } else {
                "."
            });
        }
        let at = &text.words[word];
        part.push_str(&text.clean[at.start..at.end]);
    }
    part
}
