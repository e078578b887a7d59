//! What customers write and how networks deliver it: in batches over several accounts, some twice,
//! some out of order, some events in two deliveries.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::line::ACCOUNTS;
use crate::worker::Wish;

/// A delivery, which keeps its id however often it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) id: String,
    pub(crate) body: String,
    /// Whether it is sent again after it was acknowledged.
    pub(crate) twice: bool,
}

/// Everything that happens in a run, in the order in which it is delivered.
#[derive(Debug)]
pub(crate) struct Feed {
    pub(crate) posts: Vec<Post>,
    /// Replies, each possible once so many deliveries were begun.
    pub(crate) wishes: Vec<(usize, Wish)>,
}

/// Conversations of one account.
const CONVERSATIONS: usize = 24;

struct Said {
    account: &'static str,
    conversation: String,
    customer: String,
    id: String,
    at: DateTime<Utc>,
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn message(said: &Said, text: &str) -> Value {
    json!({
        "type": "message", "account": said.account, "id": said.id,
        "conversation": said.conversation, "at": time(said.at),
        "author": { "id": said.customer, "user_name": said.customer }, "text": text,
    })
}

impl Feed {
    /// As much as `deliveries` hold, written in the hour before `end`.
    pub(crate) fn new(dice: &mut fastrand::Rng, deliveries: usize, end: DateTime<Utc>) -> Self {
        let (mut said, mut posts): (Vec<Said>, Vec<Post>) = (Vec::new(), Vec::new());
        let (mut wishes, mut earlier): (Vec<(usize, Wish)>, Vec<Value>) = (Vec::new(), Vec::new());
        let begin = end - TimeDelta::hours(1);
        let pace = TimeDelta::hours(1) / i32::try_from(deliveries.max(1)).unwrap_or(i32::MAX);
        for number in 0..deliveries {
            let now = begin + pace * i32::try_from(number).unwrap_or(i32::MAX);
            let mut events = Vec::new();
            for place in 0..dice.usize(1..5) {
                let at = now + TimeDelta::milliseconds(i64::try_from(place).unwrap_or_default());
                let old = (!said.is_empty()).then(|| &said[dice.usize(0..said.len())]);
                match (dice.u32(0..100), old) {
                    (0..6, Some(old)) => events.push(json!({
                        "type": "reaction", "account": old.account, "message": old.id,
                        "by": { "id": old.customer }, "reaction": "👍", "at": time(at),
                    })),
                    (6..13, Some(old)) => {
                        let mut edit = message(old, &format!("{} as rewritten {number}", old.id));
                        edit["type"] = "edit".into();
                        edit["edited_at"] = time(at).into();
                        events.push(edit);
                    }
                    (13..17, Some(old)) => events.push(json!({
                        "type": "delete", "account": old.account, "message": old.id, "at": time(at),
                    })),
                    (17..23, _) if !earlier.is_empty() => {
                        events.push(earlier[dice.usize(0..earlier.len())].clone());
                    }
                    _ => {
                        let account = ACCOUNTS[dice.usize(0..ACCOUNTS.len())];
                        let conversation = format!("{account}-c{}", dice.usize(0..CONVERSATIONS));
                        let customer = format!("{conversation}-p{}", dice.usize(0..5) / 4);
                        let id = format!("m{number}-{place}");
                        let new = Said {
                            account,
                            conversation,
                            customer,
                            id,
                            at,
                        };
                        events.push(message(&new, &format!("{} asks", new.id)));
                        said.push(new);
                    }
                }
            }
            earlier.extend(events.iter().take(1).cloned());
            let body = json!({ "events": events }).to_string();
            let (id, twice) = (format!("d-{number}"), dice.u32(0..100) < 15);
            posts.push(Post { id, body, twice });
            for _ in 0..dice.usize(0..2) {
                let Some(of) = said.get(dice.usize(0..said.len().max(1))) else {
                    continue;
                };
                let name = format!("r{}", wishes.len());
                // Of networks that echo, an echo names the whole: there, nothing is in parts.
                let long = of.account != "echo" && dice.u32(0..100) < 15;
                let rest = " We have looked into it, and it is on its way to you.";
                let text = format!(
                    "Answer {name}.{}",
                    if long { rest.repeat(2) } else { String::new() }
                );
                let wish = Wish {
                    account: of.account.to_owned(),
                    conversation: of.conversation.clone(),
                    customer: of.customer.clone(),
                    name,
                    text,
                };
                wishes.push((number, wish));
            }
        }
        // Out of order, by up to so many places.
        for place in 0..posts.len() {
            let other = (place + dice.usize(0..8)).min(posts.len() - 1);
            if dice.u32(0..100) < 30 {
                posts.swap(place, other);
            }
        }
        Self { posts, wishes }
    }
}
