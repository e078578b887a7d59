use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aspa_channel::{
    Channel, Cursor, EffectName, ErrorKind, Event, Fetch, Fetched, Idempotency, MessageKey, Probe,
    Visibility,
};
use bytes::Bytes;
use http::StatusCode;

use super::polling::{MOST_PAGES, drain, keys, messages, poll, written};
use super::stage::{Stage, listed, told};
use crate::case::{Checked, fault, skip};
use crate::faults::{HttpFault, On};

/// So many requests of one round of polling are each let go wrong once.
const MOST_REQUESTS: usize = 20;

/// How long a poll is waited for that is going to be given up, and how much longer it would take.
const SOON: Duration = Duration::from_millis(60);
const LATE: Duration = Duration::from_secs(30);

/// The longest cursor, in bytes, that a store is asked to keep.
const LONGEST_CURSOR: usize = 64 << 10;

/// A fault if one of these was lost.
fn all_there(expected: &[(MessageKey, String)], events: &[Event], cause: &'static str) -> Checked {
    let came: BTreeSet<&MessageKey> = messages(events).map(|message| &message.key).collect();
    let lost: Vec<&MessageKey> = expected
        .iter()
        .map(|(key, _)| key)
        .filter(|key| !came.contains(key))
        .collect();
    let Some(first) = lost.first() else {
        return Ok(());
    };
    fault(
        format!("all {} messages that customers wrote", expected.len()),
        format!("{} missing, among them {first}", lost.len()),
        cause,
    )
}

/// C6: whatever request of a poll fails, the same cursor goes on where it was.
pub(super) async fn failing(stage: &Stage, wrongs: &[HttpFault], kinds: &[ErrorKind]) -> Checked {
    let faults = stage.faults()?;
    poll(stage, None).await?;
    let expected = written(stage, stage.far_side().burst()).await?;
    for wrong in wrongs {
        for nth in 1..=MOST_REQUESTS {
            faults.script(On::read().nth(nth), wrong.clone());
            let events = round(stage, kinds).await?;
            let is_over = faults.clear() > 0;
            let cause = "an error within a poll is swallowed and its page left out, or a place kept \
                         besides the cursor moves on";
            all_there(&expected, &events, cause)?;
            if is_over {
                break;
            }
        }
    }
    Ok(())
}

/// Polls from the start until nothing is waiting, twice again wherever it fails.
async fn round(stage: &Stage, kinds: &[ErrorKind]) -> Checked<Vec<Event>> {
    let (mut events, mut cursor, mut failed) = (Vec::new(), None, 0);
    for _ in 0..MOST_PAGES {
        match stage.channel().poll(cursor.as_ref()).await {
            Ok(page) => {
                events.extend(page.events);
                cursor = page.next.or(cursor);
                if !page.more {
                    return Ok(events);
                }
            }
            Err(e) if !kinds.contains(e.kind()) || failed == 2 => {
                let kinds: Vec<String> = kinds.iter().map(ToString::to_string).collect();
                return fault(
                    format!("once an error of kind {}, then a page", kinds.join(" or ")),
                    told(&e),
                    "the answer's status is not looked at, or a failure is remembered",
                );
            }
            Err(_) => failed += 1,
        }
    }
    fault("an end of the pages", "none", "cursors go in a circle")
}

/// What reading fails with where the network cannot be reached or makes no sense.
pub(super) fn outages() -> Vec<HttpFault> {
    vec![
        HttpFault::NoConnection,
        HttpFault::CutAfter,
        HttpFault::Status(StatusCode::BAD_GATEWAY),
        HttpFault::Body(Bytes::from_static(b"<!doctype html><title>Sign in</title>")),
        HttpFault::HalfBody,
        HttpFault::TooLarge,
    ]
}

/// C6: a poll that is dropped half-way and repeated brings what it would have brought.
pub(super) async fn given_up(stage: &Stage) -> Checked {
    let (_, mut cursor) = drain(stage, None).await?;
    let rounds = stage.faults().map_or(1, |_| 4);
    for nth in 1..=rounds {
        let expected = written(stage, 3).await?;
        if let Ok(faults) = stage.faults() {
            faults.script(On::read().nth(nth), HttpFault::Slow(LATE));
        }
        let patience = if nth == 1 && stage.faults().is_err() {
            Duration::ZERO
        } else {
            SOON
        };
        let polling = stage.channel().poll(cursor.as_ref());
        // Whether it came or not: whoever was to store it is gone.
        let _ = tokio::time::timeout(patience, polling).await;
        if let Ok(faults) = stage.faults() {
            faults.clear();
        }
        let (events, next) = drain(stage, cursor).await?;
        cursor = next;
        let cause = "a place kept besides the cursor moves on before the page is handed over";
        all_there(&expected, &events, cause)?;
    }
    Ok(())
}

/// C6: a new process goes on by the cursor that the old one left in the store.
pub(super) async fn outlived(stage: &Stage) -> Checked {
    poll(stage, None).await?;
    let mut expected = written(stage, stage.far_side().burst()).await?;
    let mut channel: Arc<dyn Channel> = stage.restarted()?;
    let (mut events, mut cursor) = (Vec::new(), None);
    let mut stopped = 0;
    for _ in 0..MOST_PAGES {
        let page = match channel.poll(cursor.as_ref()).await {
            Ok(page) => page,
            Err(e) => {
                let cause = "the cursor holds something that only the process that made it knows";
                return fault("a page by the cursor of another process", told(&e), cause);
            }
        };
        events.extend(page.events);
        cursor = match page.next {
            Some(next) => Some(stored(&next)?),
            None => cursor,
        };
        channel = stage.restarted()?;
        if !page.more {
            stopped += 1;
            if stopped == 2 {
                break;
            }
            expected.extend(written(stage, 2).await?);
        }
    }
    let cause = "a new process starts at the newest, or what was read is remembered and not in the \
                 cursor";
    all_there(&expected, &events, cause)
}

/// What a store gives back of a cursor.
fn stored(cursor: &Cursor) -> Checked<Cursor> {
    if cursor.0.len() > LONGEST_CURSOR {
        return fault(
            format!("a cursor of at most {LONGEST_CURSOR} bytes"),
            format!("one of {}", cursor.0.len()),
            "the cursor collects every id it has seen; keep those of the overlap only",
        );
    }
    let text = serde_json::to_string(cursor).unwrap_or_default();
    match serde_json::from_str::<Cursor>(&text) {
        Ok(back) if back == *cursor && !cursor.0.contains('\0') => Ok(back),
        _ => fault(
            "a cursor that comes back from JSON and from a text column as it was",
            "another, or one with a NUL",
            "the cursor holds raw bytes; write them as text",
        ),
    }
}

/// C6: no page brings more than it says, however much is waiting.
pub(super) async fn bounded(stage: &Stage) -> Checked {
    let Some(most) = stage.far_side().page() else {
        return skip("FarSide::page does not say how much a page brings");
    };
    written(stage, most * 2 + 1).await?;
    let mut cursor = None;
    for _ in 0..MOST_PAGES {
        let page = poll(stage, cursor.as_ref()).await?;
        let count = messages(&page.events).count();
        if count > most {
            return fault(
                format!("at most {most} messages in a page"),
                count.to_string(),
                "one poll follows all pages; whoever comes back after a month gets them in one piece",
            );
        }
        cursor = page.next.or(cursor);
        if !page.more {
            break;
        }
    }
    Ok(())
}

/// C6: what is taken back between two polls, or before it was ever read, takes nothing along.
pub(super) async fn vanishing(stage: &Stage) -> Checked {
    let (_, cursor) = drain(stage, None).await?;
    let expected = written(stage, 5).await?;
    let (gone, stay): (Vec<_>, Vec<_>) = expected
        .into_iter()
        .enumerate()
        .partition(|(place, _)| [0, 2, 4].contains(place));
    let plain = |some: Vec<(usize, _)>| some.into_iter().map(|(_, one)| one).collect::<Vec<_>>();
    let (gone, stay) = (plain(gone), plain(stay));
    for (key, _) in &gone {
        if !stage.far_side().customer_deletes(key).await {
            return skip("FarSide::customer_deletes does nothing");
        }
    }
    let (events, _) = drain(stage, cursor).await?;
    let cause = "a look-up of what is not there any more ends the poll, or drops its page";
    all_there(&stay, &events, cause)?;
    for (key, _) in &gone {
        let expected = "nothing, or a message marked as deleted, of what was taken back";
        match stage.channel().fetch(&Fetch::Message(key.clone())).await {
            Ok(Fetched::Nothing) => {}
            Ok(Fetched::Message(found)) if found.visibility == Visibility::Deleted => {}
            Err(e) if *e.kind() == ErrorKind::Unsupported => break,
            Ok(_) => return fault(expected, "the message", "the look-up reads a stale copy"),
            Err(e) => return fault(expected, told(&e), "a 404 or 410 is turned into an error"),
        }
    }
    Ok(())
}

/// C5: a new process finds what the old one published, or says that it cannot tell.
pub(super) async fn probed_by_another(stage: &Stage) -> Checked {
    stage.needs(&EffectName::Send)?;
    let another = stage.restarted()?;
    let effect = stage.reply(&stage.text()).await;
    let receipt = stage.perform(&effect).await?;
    let expected = "what another process published found with its messages, or cannot_tell";
    let cause = "the probe asks the adapter's memory instead of the network";
    match another.probe(&effect).await {
        Ok(Probe::CannotTell) => Ok(()),
        Ok(Probe::Found(found)) if found.messages == receipt.messages => Ok(()),
        Ok(Probe::Found(_)) => fault(expected, "found with other messages", cause),
        Ok(Probe::Absent) => fault(expected, "absent", cause),
        Err(e) => fault(expected, told(&e), cause),
    }
}

/// C5: where the network can be read back, as is claimed, the probe finds what landed.
pub(super) async fn read_back(stage: &Stage) -> Checked {
    stage.needs(&EffectName::Send)?;
    let claimed = stage.claims().idempotency;
    if claimed != Idempotency::ReadBack {
        return skip(format!(
            "idempotency is claimed as {claimed}, not read_back"
        ));
    }
    let effect = stage.reply(&stage.text()).await;
    stage.perform(&effect).await?;
    let came = match stage.channel().probe(&effect).await {
        Ok(Probe::Found(_)) => return Ok(()),
        Ok(Probe::Absent) => "absent".to_owned(),
        Ok(Probe::CannotTell) => "cannot_tell".to_owned(),
        Err(e) => told(&e),
    };
    let cause = "read_back is claimed, and probe is left as the trait gives it";
    fault("what landed found, since read_back is claimed", came, cause)
}

/// C7: where doubles are known by their echo, as is claimed, the echo bears our key.
pub(super) async fn echo_bears_our_key(stage: &Stage) -> Checked {
    stage.needs(&EffectName::Send)?;
    let claimed = stage.claims().idempotency;
    if claimed != Idempotency::ByEcho {
        return skip(format!("idempotency is claimed as {claimed}, not by_echo"));
    }
    let (_, cursor) = drain(stage, None).await?;
    let effect = stage.reply(&stage.text()).await;
    stage.perform(&effect).await?;
    let (events, _) = drain(stage, cursor).await?;
    if messages(&events).any(|message| message.effect.as_ref() == Some(&effect.key)) {
        return Ok(());
    }
    fault(
        format!("an echo whose Message::effect is {}", effect.key),
        format!("{} events without it", keys(&events).len()),
        "the network's own field for our key is not read from the echo",
    )
}

/// C2: one key makes one message also when another process performs it again.
pub(super) async fn one_key_after_a_restart(stage: &Stage) -> Checked {
    stage.needs(&EffectName::Send)?;
    let claimed = stage.claims().idempotency;
    if claimed != Idempotency::Native {
        return skip(format!("idempotency is claimed as {claimed}, not native"));
    }
    let another = stage.restarted()?;
    let text = stage.text();
    let effect = stage.reply(&text).await;
    stage.perform(&effect).await?;
    let again = another.perform(&effect).await;
    let seen = stage.ours_with(&text).await;
    let cause = "the adapter remembers keys instead of passing them on";
    match again {
        Err(e) => fault("a receipt in another process", told(&e), cause),
        Ok(_) if seen.len() == 1 => Ok(()),
        Ok(_) => fault("one message of two processes", listed(&seen), cause),
    }
}
