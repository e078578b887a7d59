use std::collections::{HashMap, HashSet};

use aspa_channel::{Direction, Message, MessageKey, Visibility};
use aspa_types::{HandleKey, text_enum};
use serde::Serialize;

use super::words;

/// Of a longer text the first characters count.
const MOST_CHARS: usize = 4_000;
/// How far up a chain of replies a customer's message is looked for.
const MOST_STEPS: usize = 100;

text_enum! {
    /// What speaks for or against a message being an answer.
    pub enum HelpSign {
        /// Most messages between customers are none.
        Prior = "prior",
        /// It replies to the asker's own message.
        RepliesToAsker = "replies_to_asker",
        /// It replies to somebody else and names the asker.
        NamesAsker = "names_asker",
        /// It replies to somebody else and does not name the asker.
        NotToAsker = "not_to_asker",
        /// The asker asked something.
        AskedQuestion = "asked_question",
        /// It says what to do.
        GivesAdvice = "gives_advice",
        /// It says how it is.
        GivesFact = "gives_fact",
        /// It holds a link and words.
        GivesLink = "gives_link",
        /// It has a number or a time in it.
        GivesNumber = "gives_number",
        /// It only asks.
        OnlyAsks = "only_asks",
        /// Its author has the same trouble, or agrees.
        MeToo = "me_too",
        /// It speaks of its author's own matter.
        OwnMatter = "own_matter",
        /// It is angry or makes fun.
        Anger = "anger",
        /// It says next to nothing.
        Empty = "empty",
        /// The asker thanked for it.
        AskerThanks = "asker_thanks",
        /// The asker says that it did not help.
        AskerRejects = "asker_rejects",
    }
}

/// One reason, and what it weighs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct HelpReason {
    /// What was seen.
    pub sign: HelpSign,
    /// What it adds to the natural logarithm of the odds.
    pub weight: f64,
}

/// A message of a customer that may answer another customer's.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Found {
    /// Whose question it may answer: the nearest message of another customer up the chain of replies.
    pub answered: MessageKey,
    /// The message that may be an answer.
    pub by: MessageKey,
    /// Who wrote that.
    pub helper: HandleKey,
    /// How much the reasons come to, 0 to 1. Weights were set by hand: it ranks, and it is no measured
    /// probability.
    pub score: f64,
    /// The reasons, in the order in which they were looked at. Their weights sum to the logarithm of the
    /// odds of `score`.
    pub reasons: Vec<HelpReason>,
}

/// Messages of a public thread in which one customer may answer another, each with its reasons; in the
/// order of the thread. From a score of 0.5 on one is worth a colleague's look: people decide
/// ([`Command::JudgeHelp`](crate::Command::JudgeHelp)).
///
/// Only what everybody can read counts. Messages by the asker, by us, by programs and by nobody known
/// are never answers. Words are known in English, Finnish and Swedish.
///
/// O(total length): of each text the first 4,000 characters count.
///
/// How good it is on real threads, and how to measure it again: `docs/src/teamwork.md`.
#[must_use]
pub fn answers_by_customers(thread: &[Message]) -> Vec<Found> {
    let by_key: HashMap<&MessageKey, &Message> = thread.iter().map(|m| (&m.key, m)).collect();
    let mut replies: HashMap<&MessageKey, Vec<&Message>> = HashMap::new();
    for message in thread {
        if let Some(parent) = &message.in_reply_to {
            replies.entry(parent).or_default().push(message);
        }
    }
    let mut found = Vec::new();
    for message in thread {
        let Some(helper) = customer(message) else {
            continue;
        };
        let Some((asked, asker)) = asked(message, helper, &by_key) else {
            continue;
        };
        let after = replies.get(&message.key).map_or(&[][..], Vec::as_slice);
        let reactions = after.iter().filter(|reply| customer(reply) == Some(asker));
        let reasons = reasons(message, asked, asker, reactions.copied());
        let odds: f64 = reasons.iter().map(|reason| reason.weight).sum();
        found.push(Found {
            answered: asked.key.clone(),
            by: message.key.clone(),
            helper: helper.clone(),
            score: 1.0 / (1.0 + (-odds).exp()),
            reasons,
        });
    }
    found
}

/// The customer who wrote it, where everybody can read it.
fn customer(message: &Message) -> Option<&HandleKey> {
    let seen = message.visibility == Visibility::Visible && !message.automatic;
    let public = message.audience != aspa_channel::Audience::Direct;
    let theirs = message.direction == Direction::Inbound && seen && public;
    message.author.as_ref().filter(|_| theirs)
}

/// The nearest message of another customer up the chain of replies.
fn asked<'m>(
    message: &'m Message,
    helper: &HandleKey,
    by_key: &HashMap<&MessageKey, &'m Message>,
) -> Option<(&'m Message, &'m HandleKey)> {
    let mut at = message;
    for _ in 0..MOST_STEPS {
        at = by_key.get(at.in_reply_to.as_ref()?)?;
        if at.key == message.key {
            return None;
        }
        if let Some(author) = customer(at).filter(|author| *author != helper) {
            return Some((at, author));
        }
    }
    None
}

fn reasons<'m>(
    message: &Message,
    asked: &Message,
    asker: &HandleKey,
    reactions: impl Iterator<Item = &'m Message>,
) -> Vec<HelpReason> {
    use HelpSign as S;
    let said = Said::of(message);
    let question = Said::of(asked);
    let mut reasons = vec![HelpReason {
        sign: S::Prior,
        weight: -2.5,
    }];
    let mut add = |seen: bool, sign: HelpSign, weight: f64| {
        if seen {
            reasons.push(HelpReason { sign, weight });
        }
        seen
    };
    let direct = message.in_reply_to.as_ref() == Some(&asked.key);
    let named = message.to.contains(asker);
    add(direct, S::RepliesToAsker, 1.5);
    add(!direct && named, S::NamesAsker, 0.5);
    add(!direct && !named, S::NotToAsker, -1.0);
    let asks = question.asks || question.has(words::QUESTION);
    add(asks, S::AskedQuestion, 0.5);
    let advice = add(said.has(words::ADVICE), S::GivesAdvice, 1.5);
    let fact = add(said.has(words::FACT), S::GivesFact, 1.2);
    let gives = advice || fact;
    add(said.links > 0 && said.words > 3, S::GivesLink, 0.7);
    add(said.numbers > 0, S::GivesNumber, 0.4);
    add(said.asks && !gives, S::OnlyAsks, -1.5);
    add(said.has(words::ME_TOO), S::MeToo, -1.5);
    add(
        said.has(words::OWN),
        S::OwnMatter,
        if fact { -0.5 } else { -1.2 },
    );
    add(said.has(words::ANGER), S::Anger, -1.0);
    add(said.words < 3 && !gives, S::Empty, -1.5);
    let (mut thanks, mut rejects) = (false, false);
    for reaction in reactions.map(Said::of) {
        let failed = reaction.has(words::FAILED);
        rejects |= failed;
        thanks |= !failed && reaction.has(words::THANKS);
    }
    add(thanks && !rejects, S::AskerThanks, 2.0);
    add(rejects, S::AskerRejects, -3.0);
    reasons
}

/// What a message says, without names and links.
struct Said {
    /// Each word, and each two and three that stand together.
    phrases: HashSet<String>,
    words: usize,
    links: usize,
    numbers: usize,
    asks: bool,
}

impl Said {
    fn of(message: &Message) -> Self {
        let text: String = message.text().chars().take(MOST_CHARS).collect();
        let mut said = Self {
            phrases: HashSet::new(),
            words: 0,
            links: 0,
            numbers: 0,
            asks: false,
        };
        let mut before: [String; 2] = Default::default();
        for token in text.split_whitespace() {
            if token.contains("://") {
                said.links += 1;
                continue;
            }
            if token.starts_with(['@', '#']) {
                continue;
            }
            said.asks |= token.contains('?');
            let typed = token.to_lowercase().replace('\u{2019}', "'");
            let word = typed.trim_matches(|c: char| !c.is_alphanumeric() && c != '^');
            if word.is_empty() {
                continue;
            }
            said.words += 1;
            said.numbers += usize::from(word.contains(|c: char| c.is_ascii_digit()));
            let [first, second] = &before;
            if !second.is_empty() {
                said.phrases.insert(format!("{second} {word}"));
            }
            if !first.is_empty() {
                said.phrases.insert(format!("{first} {second} {word}"));
            }
            said.phrases.insert(word.to_owned());
            // A sentence ends: what follows does not stand together with it.
            before = match typed.ends_with(['.', '!', '?']) {
                true => Default::default(),
                false => [std::mem::take(&mut before[1]), word.to_owned()],
            };
        }
        said
    }

    fn has(&self, list: &[&str]) -> bool {
        list.iter().any(|phrase| self.phrases.contains(*phrase))
    }
}
