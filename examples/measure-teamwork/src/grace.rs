//! What waiting for other customers would have brought, and cost.

use std::fmt::Write as _;

use aspa_channel::{Direction, Message};
use chrono::{DateTime, TimeDelta, Utc};

use crate::history::{History, Labels};
use crate::score::Share;

pub(crate) fn measure(history: &History, labels: &Labels) -> String {
    let mut out = String::from(
        "Grace period: of the questions that began a thread and that we answered, answered by another \
         customer within it (as labelled), and how much later we would have answered the others",
    );
    for minutes in [15_i64, 60, 240, 1440] {
        let grace = TimeDelta::minutes(minutes);
        let (mut asked, mut helped, mut later, mut first) = (0_u32, 0, 0_u32, 0);
        let mut added = TimeDelta::zero();
        for thread in history.threads.values() {
            let Some((question, ours)) = answered(thread) else {
                continue;
            };
            asked += 1;
            let Some(since) = at(question) else { continue };
            let helps = |m: &&Message| {
                let label = labels.helps.get(&*m.key.id) == Some(&true);
                label && at(m).is_some_and(|at| at - since <= grace)
            };
            if let Some(help) = thread.iter().find(helps) {
                helped += 1;
                first += u32::from(at(help).is_some_and(|at| at < ours));
            } else if ours - since < grace {
                later += 1;
                added += grace - (ours - since);
            }
        }
        let mean = added
            .num_minutes()
            .checked_div(later.into())
            .unwrap_or_default();
        let _ = write!(
            out,
            "\n  {minutes:>4} min: answered by a customer {}, before us {first}; later {}, by {mean} min at \
             least on average",
            Share(helped, asked),
            Share(later, asked)
        );
    }
    out
}

/// The customer's message that begins a thread, and when we answered first after it.
fn answered(thread: &[Message]) -> Option<(&Message, DateTime<Utc>)> {
    let question = thread.iter().find(|m| m.direction == Direction::Inbound)?;
    let since = at(question)?;
    let ours = thread.iter().filter(|m| m.direction == Direction::Outbound);
    let first = ours.filter_map(at).filter(|at| *at >= since).min()?;
    Some((question, first))
}

fn at(message: &Message) -> Option<DateTime<Utc>> {
    message.times.effective()
}
