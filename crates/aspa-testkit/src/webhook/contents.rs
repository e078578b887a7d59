use std::collections::BTreeSet;

use aspa_channel::{Direction, Event, EventKind};
use bytes::Bytes;
use chrono::TimeDelta;

use super::{Kept, WebhookFixture, accepted};
use crate::case::{Checked, fault, skip};

const GOOD_IS_REFUSED: &str = "the signature is checked by another rule than the fixture signs by, or an unknown event \
     fails the whole batch";

fn batch(fixture: &dyn WebhookFixture) -> Checked<Kept> {
    let delivery = fixture.sign(fixture.batch().body, fixture.now());
    accepted(
        fixture,
        "a signed batch",
        &delivery,
        fixture.now(),
        GOOD_IS_REFUSED,
    )
}

fn keys(events: &[Event]) -> Vec<(String, String)> {
    let key = |event: &Event| (event.account.to_string(), event.key());
    events.iter().map(key).collect()
}

/// W4: all of a batch comes out, each under its account.
pub(super) fn every_event(fixture: &dyn WebhookFixture) -> Checked {
    let mut expected = fixture.batch().accounts;
    if expected.len() < 3 {
        let came = format!("{}", expected.len());
        return fault(
            "a batch of at least three things",
            came,
            "WebhookFixture::batch is too short",
        );
    }
    let kept = batch(fixture)?;
    if !kept.status.is_success() {
        let came = format!("{}", kept.status.as_u16());
        return fault(
            "a batch answered with success",
            came,
            "an unknown event decides the answer",
        );
    }
    let (events, total) = (&kept.events, expected.len());
    if events.len() != total {
        return fault(
            format!("{total} events"),
            format!("{}", events.len()),
            "only the first entry, change or message is read, or an unknown or malformed one ends \
             or skips the rest",
        );
    }
    let mut accounts: Vec<_> = events.iter().map(|event| event.account.clone()).collect();
    accounts.sort();
    expected.sort();
    if accounts != expected {
        return fault(
            format!("events of accounts {expected:?}"),
            format!("{accounts:?}"),
            "every event gets the account of the first, or the network's id in place of ours",
        );
    }
    let distinct: BTreeSet<_> = keys(events).into_iter().collect();
    if distinct.len() != total {
        return fault(
            format!("{total} distinct event keys"),
            format!("{}", distinct.len()),
            "keys are made from the delivery or the time instead of the network's ids",
        );
    }
    if !events
        .iter()
        .any(|event| matches!(event.kind, EventKind::Unknown(_)))
    {
        return fault(
            "the thing of an unknown kind as an event of kind unknown",
            "no unknown event",
            "it is forced into a known kind, or WebhookFixture::batch holds none",
        );
    }
    Ok(())
}

/// W5: whatever is signed is kept and answered 200.
pub(super) fn not_understood(fixture: &dyn WebhookFixture) -> Checked {
    let whole = fixture.batch().body;
    let half = whole.slice(..whole.len() / 2);
    for (what, body) in [
        (
            "bytes that are no text",
            Bytes::from_static(&[0xff, 0x00, 0xfe, 0x80]),
        ),
        ("text that is no JSON", Bytes::from_static(b"hello")),
        (
            "JSON of another shape",
            Bytes::from_static(br#"{"kit":{"surprise":true}}"#),
        ),
        ("a lone JSON string", Bytes::from_static(br#""surprise""#)),
        ("half a batch", half),
        ("very deep JSON", Bytes::from("[".repeat(10_000))),
    ] {
        let delivery = fixture.sign(body, fixture.now());
        let what = format!("signed, {what}");
        let cause = "an error of the decoder becomes the answer; the network would send it again \
                     for days and then end the subscription";
        let kept = accepted(fixture, &what, &delivery, fixture.now(), cause)?;
        if kept.status.as_u16() != 200 {
            let came = format!("{}", kept.status.as_u16());
            return fault(format!("{what}, answered 200"), came, cause);
        }
        if !kept
            .events
            .iter()
            .any(|event| matches!(event.kind, EventKind::Unknown(_)))
        {
            return fault(
                format!("{what}, kept as an event of kind unknown"),
                format!("{} events, none of them unknown", kept.events.len()),
                "the decoder turns an error, or fields that are missing, into an empty list",
            );
        }
    }
    Ok(())
}

/// W6: the same bytes a moment later give the same id, keys and answer.
pub(super) fn same_twice(fixture: &dyn WebhookFixture) -> Checked {
    for body in [fixture.batch().body, Bytes::from_static(b"hello")] {
        let delivery = fixture.sign(body, fixture.now());
        let mut first: Option<Kept> = None;
        for seconds in [0, 0, 1] {
            let now = fixture.now() + TimeDelta::seconds(seconds);
            let kept = accepted(
                fixture,
                "a signed delivery",
                &delivery,
                now,
                GOOD_IS_REFUSED,
            )?;
            let Some(first) = &first else {
                let body = delivery.body();
                let decoded = fixture.webhook().decode(&kept.id, body, now);
                if decoded.is_some_and(|events| keys(&events) != keys(&kept.events)) {
                    return fault(
                        "the events of receiving when the stored body is decoded again",
                        "other event keys",
                        "decode reads the body otherwise than receive does",
                    );
                }
                first = Some(kept);
                continue;
            };
            let came = if kept.id != first.id {
                format!("another delivery id, {} after {}", kept.id, first.id)
            } else if keys(&kept.events) != keys(&first.events) {
                "other event keys".to_owned()
            } else if (kept.status, &kept.answer) != (first.status, &first.answer) {
                "another answer".to_owned()
            } else {
                continue;
            };
            return fault(
                "the same id, event keys and answer for the same delivery, also a second later",
                came,
                "an id is drawn at random or made from the clock; use the network's, or \
                 DeliveryId::derive over the body",
            );
        }
    }
    Ok(())
}

/// W6: two deliveries are two, or the second would be taken for a repetition.
pub(super) fn other_ids(fixture: &dyn WebhookFixture) -> Checked {
    let first = batch(fixture)?;
    let other = fixture.sign(Bytes::from_static(b"hello"), fixture.now());
    let second = accepted(
        fixture,
        "signed text",
        &other,
        fixture.now(),
        GOOD_IS_REFUSED,
    )?;
    if first.id != second.id {
        return Ok(());
    }
    fault(
        "another id for a delivery with another body",
        format!("{} again", first.id),
        "the id is that of the app, the object or the minute; or WebhookFixture::sign names every \
         delivery alike",
    )
}

/// W5: a batch that was damaged before it was signed is kept, however it was damaged.
pub(super) fn any_bytes(fixture: &dyn WebhookFixture) -> Checked {
    let whole = fixture.batch().body;
    // Xorshift (Marsaglia 2003): the same bytes each time.
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    for turn in 0..300_u64 {
        let mut body = whole.to_vec();
        for _ in 0..=turn % 4 {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            let length = u64::try_from(body.len()).unwrap_or(u64::MAX).max(1);
            let place = usize::try_from(dice % length).unwrap_or_default();
            let [byte, ..] = dice.to_be_bytes();
            match (turn % 3, body.get_mut(place)) {
                (0, _) => body.truncate(place),
                (1, Some(there)) => *there ^= byte,
                _ => body.insert(place, byte),
            }
        }
        if body.is_empty() {
            continue;
        }
        let cause = "the decoder gives up, or goes over what it cannot read";
        let delivery = fixture.sign(body.into(), fixture.now());
        let what = format!("a batch damaged the {turn}th way, signed");
        let kept = accepted(fixture, &what, &delivery, fixture.now(), cause)?;
        if kept.status.as_u16() != 200 || kept.events.is_empty() {
            let came = format!("{} and {} events", kept.status.as_u16(), kept.events.len());
            return fault(format!("{what}, answered 200 and kept"), came, cause);
        }
    }
    Ok(())
}

/// Whether a thing is named by the delivery that brought it, having neither an id nor a time of its own: in
/// another delivery it is another thing.
fn is_named_by_delivery(event: &Event) -> bool {
    let mut alone = event.clone();
    alone.provenance.delivery = None;
    alone.key() != event.key()
}

/// W6: what a thing is called does not hang on what came before it.
pub(super) fn another_order(fixture: &dyn WebhookFixture) -> Checked {
    let Some(reversed) = fixture.reversed() else {
        return skip("WebhookFixture::reversed gives none");
    };
    let kept = batch(fixture)?;
    let delivery = fixture.sign(reversed.body, fixture.now());
    let what = "a signed batch, last first";
    let again = accepted(fixture, what, &delivery, fixture.now(), GOOD_IS_REFUSED)?;
    let [first, second] = [kept, again].map(|kept| {
        let (named, rest): (Vec<Event>, Vec<Event>) =
            kept.events.into_iter().partition(is_named_by_delivery);
        let keys = keys(&rest).into_iter().collect::<BTreeSet<_>>();
        (keys, named.len())
    });
    if first.0.is_empty() && first == second {
        return skip("everything in WebhookFixture::batch is named by its delivery alone");
    }
    if first == second {
        return Ok(());
    }
    let ((first, _), (second, _)) = (first, second);
    fault(
        "the same event keys for the same things in another order",
        format!("{} others", second.difference(&first).count()),
        "keys are made from the place in the batch or from the delivery",
    )
}

/// W9: we do not answer ourselves.
pub(super) fn own_are_ours(fixture: &dyn WebhookFixture) -> Checked {
    let Some(body) = fixture.echo() else {
        return skip("WebhookFixture::echo gives none");
    };
    let delivery = fixture.sign(body, fixture.now());
    let what = "a signed echo";
    let kept = accepted(fixture, what, &delivery, fixture.now(), GOOD_IS_REFUSED)?;
    let directions = kept.events.iter().filter_map(|event| match &event.kind {
        EventKind::Message(message) => Some(message.direction),
        _ => None,
    });
    let directions: Vec<Direction> = directions.collect();
    let expected = "our own message as outbound";
    match directions.as_slice() {
        [] => fault(
            expected,
            "no message",
            "echoes are dropped, or not understood",
        ),
        all if all.contains(&Direction::Inbound) => {
            let cause = "the author is not compared with the account's own id, or the echo's mark is \
                         not read";
            fault(expected, "an inbound one", cause)
        }
        _ => Ok(()),
    }
}
