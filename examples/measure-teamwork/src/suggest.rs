//! Are the playbooks that answered such questions among the first suggested?

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use aspa_channel::{Direction, Message};
use aspa_store::Analyzer;
use aspa_ticket::Suggestions;

use crate::history::{History, half};
use crate::score::Share;

/// A question and what a brand answered first.
struct Pair {
    name: String,
    question: Vec<String>,
    answer: BTreeSet<String>,
    learnt: bool,
}

/// From this share of common words on two answers are the same one.
const ALIKE: [f64; 3] = [0.4, 0.5, 0.6];

pub(crate) fn measure(history: &History, tune: bool) -> String {
    let brands = pairs(history, tune);
    let mut out = format!(
        "Suggestions{}: the answer that was given, or one with as many words in common, is among the first",
        if tune { " (half for tuning)" } else { "" }
    );
    for alike in ALIKE {
        let mut hits = [0_u32; 3];
        let mut frequent = [0_u32; 3];
        let (mut asked, mut answerable, mut learnt, mut playbooks) = (0, 0, 0, 0);
        for pairs in brands.values() {
            let books = playbooks_of(pairs, alike);
            let mut past = Suggestions::default();
            for pair in pairs.iter().filter(|pair| pair.learnt) {
                let terms = pair.question.iter().map(String::as_str);
                let Some(book) = books
                    .iter()
                    .position(|book| book.names.contains(&pair.name))
                else {
                    continue;
                };
                past.learn(pair.name.as_str(), book.to_string(), terms, []);
                learnt += 1;
            }
            playbooks += books.len();
            let mut by_use: Vec<usize> = (0..books.len()).collect();
            by_use.sort_by_key(|book| Reverse(books[*book].names.len()));
            for pair in pairs.iter().filter(|pair| !pair.learnt) {
                asked += 1;
                let right = |book: usize| {
                    books[book]
                        .answers
                        .iter()
                        .any(|answer| common(answer, &pair.answer) >= alike)
                };
                if !(0..books.len()).any(right) {
                    continue;
                }
                answerable += 1;
                let terms = pair.question.iter().map(String::as_str);
                let found = past.find(terms, [], 5);
                let found = found.iter().filter_map(|found| found.playbook.parse().ok());
                for (place, book) in found.enumerate() {
                    if right(book) {
                        count(&mut hits, place);
                        break;
                    }
                }
                if let Some(place) = by_use.iter().take(5).position(|book| right(*book)) {
                    count(&mut frequent, place);
                }
            }
        }
        let _ = write!(
            out,
            "\n  {alike:.1} of the words: {learnt} learnt, {playbooks} playbooks, {asked} asked, \
             {answerable} of them with an answer that was learnt"
        );
        for (what, hits) in [("suggested", hits), ("most frequent", frequent)] {
            for (most, hits) in [1, 3, 5].iter().zip(hits) {
                let _ = write!(
                    out,
                    "\n    {what:<14} first {most}: {} of those, {} of all",
                    Share(hits, answerable),
                    Share(hits, asked)
                );
            }
        }
    }
    out
}

fn count(hits: &mut [u32; 3], place: usize) {
    for (most, hits) in [1, 3, 5].iter().zip(hits) {
        *hits += u32::from(place < *most);
    }
}

/// Answers of one brand that are nearly the same.
struct Book {
    names: BTreeSet<String>,
    answers: Vec<BTreeSet<String>>,
}

/// Each answer joins the first playbook that has one like it.
fn playbooks_of(pairs: &[Pair], alike: f64) -> Vec<Book> {
    let mut books: Vec<Book> = Vec::new();
    for pair in pairs.iter().filter(|pair| pair.learnt) {
        let like = |book: &&mut Book| {
            book.answers
                .iter()
                .any(|answer| common(answer, &pair.answer) >= alike)
        };
        match books.iter_mut().find(like) {
            Some(book) => {
                book.names.insert(pair.name.clone());
                book.answers.push(pair.answer.clone());
            }
            None => books.push(Book {
                names: BTreeSet::from([pair.name.clone()]),
                answers: vec![pair.answer.clone()],
            }),
        }
    }
    books
}

/// How many words two texts share, of all that they have (Jaccard).
#[expect(clippy::cast_precision_loss, reason = "words of a tweet")]
fn common(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
    let both = a.intersection(b).count();
    both as f64 / (a.len() + b.len() - both).max(1) as f64
}

/// The first answer of a brand to each message of a customer, by brand.
fn pairs(history: &History, tune: bool) -> BTreeMap<String, Vec<Pair>> {
    let mut analyzer = Analyzer::new();
    let mut brands: BTreeMap<String, Vec<Pair>> = BTreeMap::new();
    for (root, thread) in &history.threads {
        let held_out = half(root, 0);
        if tune && held_out {
            continue;
        }
        let learnt = if tune { half(root, 1) } else { !held_out };
        let by_key: HashMap<_, &Message> = thread.iter().map(|m| (&m.key, m)).collect();
        let mut answered = BTreeSet::new();
        for message in thread.iter().filter(|m| m.direction == Direction::Outbound) {
            let Some(asked) = message.in_reply_to.as_ref().and_then(|key| by_key.get(key)) else {
                continue;
            };
            let new = asked.direction == Direction::Inbound && answered.insert(&asked.key);
            let Some(author) = message.author.as_ref().filter(|_| new) else {
                continue;
            };
            let words = analyzer.read([plain(&asked.text()).as_str()]);
            let question = words.words.into_iter().chain(words.stems);
            let answer = analyzer.read([unsigned(&plain(&message.text())).as_str()]);
            brands
                .entry(author.id().to_owned())
                .or_default()
                .push(Pair {
                    name: asked.key.id.to_string(),
                    question: question.filter(|term| !term.is_empty()).collect(),
                    answer: answer
                        .words
                        .into_iter()
                        .filter(|word| !word.is_empty())
                        .collect(),
                    learnt,
                });
        }
    }
    brands
}

/// Without names and links.
fn plain(text: &str) -> String {
    let words = text.split_whitespace();
    let kept = words.filter(|word| !word.starts_with('@') && !word.contains("://"));
    kept.collect::<Vec<_>>().join(" ")
}

/// Without the initials that agents sign with: `^RK`, `*ErikS`, `-JV`, `/PL`.
fn unsigned(text: &str) -> String {
    let mut words: Vec<&str> = text.split(' ').collect();
    let signed = words
        .last()
        .is_some_and(|last| last.starts_with(['^', '*', '-', '/']));
    if signed {
        words.pop();
    }
    words.join(" ")
}
