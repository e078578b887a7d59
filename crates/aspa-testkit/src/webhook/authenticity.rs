use aspa_channel::{Delivery, Received, Refusal};
use bytes::Bytes;
use chrono::TimeDelta;
use http::HeaderValue;

use super::{Handshake, WebhookFixture, accepted, refused, told};
use crate::case::{Checked, fault, skip};

fn signed(fixture: &dyn WebhookFixture) -> Delivery {
    fixture.sign(fixture.batch().body, fixture.now())
}

/// The signature as text.
fn signature(fixture: &dyn WebhookFixture, delivery: &Delivery) -> Checked<String> {
    let name = fixture.signature_header();
    let value = delivery.headers().get(&name).map(HeaderValue::to_str);
    match value {
        Some(Ok(text)) if !text.is_empty() => Ok(text.to_owned()),
        _ => fault(
            format!("a header {name} with text in what WebhookFixture::sign gives"),
            "none",
            "WebhookFixture::signature_header names another header",
        ),
    }
}

fn with_signature(
    fixture: &dyn WebhookFixture,
    mut delivery: Delivery,
    text: &str,
) -> Checked<Delivery> {
    match HeaderValue::from_str(text) {
        Ok(value) => {
            delivery
                .headers_mut()
                .insert(fixture.signature_header(), value);
            Ok(delivery)
        }
        Err(e) => skip(e.to_string()),
    }
}

/// W1: without a signature nothing is taken.
pub(super) fn unsigned(fixture: &dyn WebhookFixture) -> Checked {
    let mut delivery = signed(fixture);
    signature(fixture, &delivery)?;
    delivery.headers_mut().remove(fixture.signature_header());
    let cause = "the signature is only checked where there is one";
    let (_, reason) = refused(fixture, "a delivery without a signature", &delivery, cause)?;
    if reason == Refusal::Unsigned {
        return Ok(());
    }
    let cause = "a missing header and a wrong one are handled alike";
    fault(
        "a missing signature refused as unsigned",
        format!("refused as {reason}"),
        cause,
    )
}

/// W2: what is left of a signature is none.
pub(super) fn mangled(fixture: &dyn WebhookFixture) -> Checked {
    let delivery = signed(fixture);
    let whole = signature(fixture, &delivery)?;
    let characters: Vec<char> = whole.chars().collect();
    let cut = |length: usize| characters[..length].iter().collect::<String>();
    // Not the last one: in base 64 its low bits may mean nothing.
    let is_word = |c: &char| c.is_ascii_alphanumeric();
    let words = characters
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, c)| is_word(c));
    let near_end = words.map(|(place, _)| place).nth(1).unwrap_or(0);
    let mut changed = characters.clone();
    changed[near_end] = if changed[near_end] == '0' { 'f' } else { '0' };
    let prefix = whole.find(['=', ',', ' ']).map_or(0, |place| place + 1);
    let doubled = format!("{whole}0");
    for (what, text, cause) in [
        (
            "an empty signature",
            String::new(),
            "an empty signature is taken for none",
        ),
        (
            "a signature of which only the prefix is left",
            whole[..prefix].to_owned(),
            "only as many bytes are compared as have come",
        ),
        (
            "half a signature",
            cut(characters.len() / 2),
            "only as many bytes are compared as have come",
        ),
        (
            "a signature without its last three characters",
            cut(characters.len().saturating_sub(3)),
            "only as many bytes are compared as have come",
        ),
        (
            "a signature with another character near its end",
            changed.iter().collect(),
            "only the beginning of the signature is compared",
        ),
        (
            "a signature with one more character",
            doubled,
            "only the beginning is compared",
        ),
    ] {
        let delivery = with_signature(fixture, delivery.clone(), &text)?;
        refused(fixture, what, &delivery, cause)?;
    }
    Ok(())
}

/// W2: only our key counts.
pub(super) fn other_key(fixture: &dyn WebhookFixture) -> Checked {
    let delivery = fixture.sign_with_wrong_key(fixture.batch().body, fixture.now());
    let cause = "the signature is read and not compared, or compared with a key from the request";
    refused(
        fixture,
        "a delivery signed with another key",
        &delivery,
        cause,
    )?;
    Ok(())
}

/// W2: the signature is one of these very bytes.
pub(super) fn other_body(fixture: &dyn WebhookFixture) -> Checked {
    if !fixture.covers_body() {
        return skip("WebhookFixture::covers_body says that the body is not signed");
    }
    let delivery = signed(fixture);
    let whole = delivery.body().to_vec();
    let middle = whole.len() / 2;
    let mut changed = whole.clone();
    if let Some(byte) = changed.get_mut(middle) {
        *byte ^= 1;
    }
    let mut spaced = whole.clone();
    spaced.push(b' ');
    let shorter = whole[..whole.len().saturating_sub(1)].to_vec();
    for (what, body) in [
        ("a body with one bit changed", changed),
        ("a body with a space behind it", spaced),
        ("a body without its last byte", shorter),
        ("an empty body under the signature of another", Vec::new()),
    ] {
        let delivery = delivery.clone().map(|_| Bytes::from(body));
        let cause = "the signature is not made over the raw bytes, but over parsed and written \
                     ones or over other parts of the request";
        refused(fixture, what, &delivery, cause)?;
    }
    Ok(())
}

/// W2: no weaker or other algorithm is let in.
pub(super) fn other_algorithm(fixture: &dyn WebhookFixture) -> Checked {
    let others = fixture.sign_otherwise(fixture.batch().body, fixture.now());
    if others.is_empty() {
        return skip("WebhookFixture::sign_otherwise gives nothing");
    }
    for (name, delivery) in others {
        let what = format!("a delivery signed by {name}");
        let cause = "the algorithm is taken from the request instead of the configuration";
        refused(fixture, &what, &delivery, cause)?;
    }
    Ok(())
}

fn tolerance(fixture: &dyn WebhookFixture) -> Checked<TimeDelta> {
    match fixture.tolerance() {
        Some(tolerance) => Ok(tolerance),
        None => skip("WebhookFixture::tolerance says that no time is signed"),
    }
}

/// W3: too old or too far ahead gets 401.
pub(super) fn outside_tolerance(fixture: &dyn WebhookFixture) -> Checked {
    let beyond = tolerance(fixture)? + TimeDelta::seconds(1);
    for (what, at) in [
        ("a delivery signed too long ago", fixture.now() - beyond),
        (
            "a delivery signed too far in the future",
            fixture.now() + beyond,
        ),
    ] {
        let delivery = fixture.sign(fixture.batch().body, at);
        let cause = "the signed time is not compared with now, or only in one direction";
        let (status, reason) = refused(fixture, what, &delivery, cause)?;
        if status.as_u16() != 401 || reason != Refusal::OutsideTolerance {
            let came = format!("refused with {} as {reason}", status.as_u16());
            let cause = "the time is checked as part of the signature";
            return fault(
                format!("{what} refused with 401 as outside tolerance"),
                came,
                cause,
            );
        }
    }
    Ok(())
}

/// W3: what is late within reason is taken.
pub(super) fn within_tolerance(fixture: &dyn WebhookFixture) -> Checked {
    let within = tolerance(fixture)? - TimeDelta::seconds(1);
    for at in [fixture.now() - within, fixture.now() + within] {
        let delivery = fixture.sign(fixture.batch().body, at);
        let what = "a delivery signed a second within the tolerance";
        let cause = "the tolerance is shorter than the network's, or seconds and milliseconds are \
                     mixed up";
        accepted(fixture, what, &delivery, fixture.now(), cause)?;
    }
    Ok(())
}

/// W3: an old delivery does not become new by another time in its headers.
pub(super) fn time_is_signed(fixture: &dyn WebhookFixture) -> Checked {
    let at = fixture.now() - (tolerance(fixture)? + TimeDelta::seconds(60));
    let body = fixture.batch().body;
    let old = fixture.sign(body.clone(), at);
    let fresh = fixture.sign(body, fixture.now());
    let name = fixture.signature_header();
    let mut all = old.clone();
    for (key, value) in fresh.headers().iter().filter(|(key, _)| **key != name) {
        let mut one = old.clone();
        for delivery in [&mut one, &mut all] {
            delivery.headers_mut().insert(key, value.clone());
        }
        let what = format!("an old delivery with a new {key}");
        let cause = "the time that is compared with now is not the one that is signed";
        refused(fixture, &what, &one, cause)?;
    }
    let what = "an old signature among new headers";
    let cause = "the time is not among the signed bytes";
    refused(fixture, what, &all, cause)?;
    Ok(())
}

/// W7: who knows the token is answered, and nobody else.
pub(super) fn handshakes(fixture: &dyn WebhookFixture) -> Checked {
    let handshakes = fixture.handshakes();
    if handshakes.is_empty() {
        return skip("WebhookFixture::handshakes gives none");
    }
    for Handshake { delivery, answer } in handshakes {
        let Some(expected) = answer else {
            let cause = "the token of the question is not compared";
            refused(fixture, "a forged handshake", &delivery, cause)?;
            continue;
        };
        let received = fixture.webhook().receive(&delivery, fixture.now());
        match &received {
            Received::Handshake { answer }
                if answer.status().is_success() && *answer.body() == expected => {}
            Received::Handshake { .. } => {
                let cause = "the challenge is not given back, or in another shape";
                return fault(
                    "the answer that the network waits for",
                    "another one",
                    cause,
                );
            }
            other => {
                let cause = "questions are taken for deliveries";
                return fault("a handshake", told(other), cause);
            }
        }
    }
    Ok(())
}

/// W8: no key shows, whatever comes in.
pub(super) fn secrets_stay_inside(fixture: &dyn WebhookFixture) -> Checked {
    let secrets = fixture.secrets();
    if secrets.is_empty() {
        return skip("WebhookFixture::secrets names none");
    }
    let webhook = fixture.webhook();
    let mut unsigned = signed(fixture);
    unsigned.headers_mut().remove(fixture.signature_header());
    let mut shown = vec![("Debug of the webhook", format!("{webhook:?} {webhook:#?}"))];
    for delivery in [
        signed(fixture),
        unsigned,
        fixture.sign_with_wrong_key(fixture.batch().body, fixture.now()),
        fixture.sign(Bytes::from_static(b"hello"), fixture.now()),
    ] {
        let received = webhook.receive(&delivery, fixture.now());
        shown.push(("Debug of what was received", format!("{received:?}")));
        let answer = match &received {
            Received::Refused { answer, .. }
            | Received::Handshake { answer }
            | Received::Accepted { answer, .. } => answer,
            _ => continue,
        };
        let (head, body) = (answer.headers(), String::from_utf8_lossy(answer.body()));
        shown.push(("an answer", format!("{head:?} {body}")));
    }
    for (place, text) in shown {
        if secrets.iter().any(|secret| text.contains(secret.as_str())) {
            return fault(
                format!("no key in {place}"),
                "one (left out here)",
                "a key is kept as String and derived into Debug, or a refusal explains too much",
            );
        }
    }
    Ok(())
}
