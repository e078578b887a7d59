//! Are answers by other customers told from the rest?

use std::fmt::Write as _;

use aspa_channel::{Direction, Message};
use aspa_ticket::answers_by_customers;
use aspa_types::HandleKey;

use crate::history::{History, Labels, half};
use crate::score::Found;

/// From here on a message is worth a look.
const SCORE: f64 = 0.5;

pub(crate) fn measure(history: &History, labels: &Labels, tune: bool) -> String {
    let mut out = String::new();
    if labels.helps.is_empty() {
        out.push_str("Answers by customers: no labels given\n");
    } else {
        read(history, labels, &mut out);
    }
    roles(history, tune, &mut out);
    out
}

/// Against what a reader said.
fn read(history: &History, labels: &Labels, out: &mut String) {
    let mut halves = [Found::default(); 2];
    let mut direct = [Found::default(); 2];
    let mut labelled = 0;
    for (root, thread) in &history.threads {
        let found = answers_by_customers(thread);
        for message in thread {
            let Some(is_so) = labels.helps.get(&*message.key.id) else {
                continue;
            };
            labelled += 1;
            let place = usize::from(half(root, 0));
            let of_it = found.iter().find(|found| found.by == message.key);
            halves[place].count(of_it.is_some_and(|found| found.score >= SCORE), *is_so);
            let replies =
                of_it.is_some_and(|of| Some(&of.answered) == message.in_reply_to.as_ref());
            direct[place].count(replies, *is_so);
        }
    }
    let _ = writeln!(
        out,
        "Answers by customers, against a reader's labels: {labelled} messages"
    );
    for (what, [tuned, tested]) in [("found", halves), ("replies to the asker", direct)] {
        let _ = writeln!(out, "  {what}, half for tuning: {tuned}");
        let _ = writeln!(out, "  {what}, half for testing: {tested}");
        let all = Found {
            right: tuned.right + tested.right,
            wrong: tuned.wrong + tested.wrong,
            missed: tuned.missed + tested.missed,
        };
        let _ = writeln!(out, "  {what}, both: {all}");
    }
}

/// With roles that the data itself gives: our first answer to a question is shown as another customer's,
/// which is an answer; what the asker wrote next is shown as another customer's too, which is none.
fn roles(history: &History, tune: bool, out: &mut String) {
    let (mut shown, mut all) = (Found::default(), Found::default());
    for (_, thread) in history
        .threads
        .iter()
        .filter(|(root, _)| half(root, 0) != tune)
    {
        let Some(asked) = thread.iter().find(|m| m.direction == Direction::Inbound) else {
            continue;
        };
        let Some(author) = &asked.author else {
            continue;
        };
        let Ok(other) = HandleKey::new(author.network().clone(), None, "other") else {
            continue;
        };
        let answers = |m: &&Message| {
            m.direction == Direction::Outbound && m.in_reply_to.as_ref() == Some(&asked.key)
        };
        let goes_on = |m: &&Message| m.key != asked.key && m.author == asked.author;
        let answer = thread.iter().find(answers).map(|m| (m, true));
        let next = thread.iter().find(goes_on).map(|m| (m, false));
        for (message, is_so) in answer.into_iter().chain(next) {
            let mut shown_as = message.clone();
            shown_as.author = Some(other.clone());
            shown_as.direction = Direction::Inbound;
            shown_as.in_reply_to = Some(asked.key.clone());
            shown_as.automatic = false;
            let found = answers_by_customers(&[asked.clone(), shown_as]);
            shown.count(found.iter().any(|found| found.score >= SCORE), is_so);
            all.count(true, is_so);
        }
    }
    let which = if tune { "tuning" } else { "testing" };
    let _ = writeln!(
        out,
        "Answers told from what askers write next, by roles, half for {which}:"
    );
    let _ = writeln!(out, "  found: {shown}");
    let _ = write!(out, "  everything: {all}");
}
