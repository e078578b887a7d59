mod authenticity;
mod contents;

use std::sync::Arc;

use aspa_channel::{Delivery, Event, Received, Refusal, Webhook};
use aspa_types::{AccountId, DeliveryId};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderName, StatusCode};
use libtest_mimic::Trial;
use serde_json::{Map, Value};

use crate::case::{Case, Checked, fault, trials, verdict};

/// A webhook under test, and how its network signs.
///
/// Signing is written again here, by the network's documentation and not with the adapter's code.
pub trait WebhookFixture: Send + Sync + 'static {
    /// A webhook that knows the key.
    fn webhook(&self) -> Arc<dyn Webhook>;

    /// A whole request with this body, signed as the network does at that time. Where the network
    /// names its deliveries in a header, another body gets another name.
    fn sign(&self, body: Bytes, at: DateTime<Utc>) -> Delivery;

    /// The same, signed with a key that the webhook does not know.
    fn sign_with_wrong_key(&self, body: Bytes, at: DateTime<Utc>) -> Delivery;

    /// The same with the right key and algorithms that are not accepted, under the header and
    /// prefix that an attacker would try: SHA-1 where SHA-256 is asked for. Empty: cannot be done,
    /// and the case is reported as ignored.
    fn sign_otherwise(&self, body: Bytes, at: DateTime<Utc>) -> Vec<(&'static str, Delivery)> {
        let _ = (body, at);
        Vec::new()
    }

    /// The header that bears the signature.
    fn signature_header(&self) -> HeaderName;

    /// A delivery of several things.
    fn batch(&self) -> Batch;

    /// The same things as in [`batch`](Self::batch) in another order: unless said otherwise, each list of the
    /// body last first, where the body is a JSON object. None: the case is reported as ignored.
    fn reversed(&self) -> Option<Batch> {
        self.batch().last_first()
    }

    /// Questions of the network, right ones and wrong ones. Empty: it asks none.
    fn handshakes(&self) -> Vec<Handshake> {
        Vec::new()
    }

    /// The body of a delivery that brings a message of our own account. None: such ones do not come.
    fn echo(&self) -> Option<Bytes> {
        None
    }

    /// What must never show: the keys and tokens that the webhook was given.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }

    /// How far the signed time may be from ours. None: the network signs no time.
    fn tolerance(&self) -> Option<TimeDelta> {
        None
    }

    /// Whether the signature covers the body. False for networks that only send a shared secret.
    fn covers_body(&self) -> bool {
        true
    }

    /// What time it is.
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_794_000_000, 0).unwrap_or_default()
    }
}

/// The body of a delivery of at least three distinct things, with one of an unknown kind between
/// them; best also with a malformed one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "what comes in and what has to come out"
)]
pub struct Batch {
    /// The body.
    pub body: Bytes,
    /// The account of each event that has to come of it, in any order.
    pub accounts: Vec<AccountId>,
}

impl Batch {
    /// The same with each list of its body last first; none where the body is no JSON object with a list.
    fn last_first(mut self) -> Option<Self> {
        let mut body: Map<String, Value> = serde_json::from_slice(&self.body).ok()?;
        let lists: Vec<_> = body.values_mut().filter_map(Value::as_array_mut).collect();
        if lists.is_empty() {
            return None;
        }
        lists.into_iter().for_each(|list| list.reverse());
        self.body = Value::Object(body).to_string().into();
        Some(self)
    }
}

/// A question that a network asks before it sends anything.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "what comes in and what has to go out"
)]
pub struct Handshake {
    /// The question.
    pub delivery: Delivery,
    /// The body of the answer; none: the question is forged and has to be refused.
    pub answer: Option<Bytes>,
}

/// The contract of [`Webhook`], W1 to W9, as trials for [`libtest_mimic`], shown as
/// `[name] W1 unsigned is refused`.
#[must_use]
pub fn webhook_trials(name: &str, fixture: impl WebhookFixture) -> Vec<Trial> {
    trials(name, webhook_cases(fixture))
}

/// The same as plain [cases](Case), for whoever wants to look at the outcomes.
#[must_use]
pub fn webhook_cases(fixture: impl WebhookFixture) -> Vec<Case> {
    let fixture: Arc<dyn WebhookFixture> = Arc::new(fixture);
    let case = |&(name, check): &(&'static str, Check)| {
        let fixture = Arc::clone(&fixture);
        Case::new(name, move || verdict(name, check(&*fixture)))
    };
    CASES.iter().map(case).collect()
}

type Check = fn(&dyn WebhookFixture) -> Checked;

const CASES: &[(&str, Check)] = &[
    ("W1 unsigned is refused", authenticity::unsigned),
    (
        "W2 an empty or cut signature is refused",
        authenticity::mangled,
    ),
    (
        "W2 a signature of another key is refused",
        authenticity::other_key,
    ),
    (
        "W2 a signature of another body is refused",
        authenticity::other_body,
    ),
    (
        "W2 a signature of another algorithm is refused",
        authenticity::other_algorithm,
    ),
    (
        "W3 a time outside the tolerance is refused",
        authenticity::outside_tolerance,
    ),
    (
        "W3 a time within the tolerance is accepted",
        authenticity::within_tolerance,
    ),
    ("W3 the time is signed", authenticity::time_is_signed),
    ("W4 every event of a batch counts", contents::every_event),
    (
        "W5 what is signed and not understood is kept",
        contents::not_understood,
    ),
    ("W5 whatever bytes are signed are kept", contents::any_bytes),
    (
        "W6 the same delivery, the same answer",
        contents::same_twice,
    ),
    ("W6 another delivery, another id", contents::other_ids),
    (
        "W6 the same things in another order",
        contents::another_order,
    ),
    ("W7 handshakes need the token", authenticity::handshakes),
    ("W8 secrets stay inside", authenticity::secrets_stay_inside),
    ("W9 own messages are ours", contents::own_are_ours),
];

/// What was accepted.
struct Kept {
    status: StatusCode,
    answer: Bytes,
    id: DeliveryId,
    events: Vec<Event>,
}

/// What a webhook said, in words.
fn told(received: &Received) -> String {
    match received {
        Received::Refused { answer, reason } => {
            format!("refused with {} as {reason}", answer.status().as_u16())
        }
        Received::Handshake { answer } => {
            format!("a handshake answered {}", answer.status().as_u16())
        }
        Received::Accepted { answer, events, .. } => {
            format!(
                "accepted with {} and {} events",
                answer.status().as_u16(),
                events.len()
            )
        }
        _ => "something that the kit does not know".to_owned(),
    }
}

/// Receives what is authentic.
fn accepted(
    fixture: &dyn WebhookFixture,
    what: &str,
    delivery: &Delivery,
    now: DateTime<Utc>,
    cause: &'static str,
) -> Checked<Kept> {
    match fixture.webhook().receive(delivery, now) {
        Received::Accepted { answer, id, events } => Ok(Kept {
            status: answer.status(),
            answer: answer.into_body(),
            id,
            events,
        }),
        other => fault(format!("{what} accepted"), told(&other), cause),
    }
}

/// Receives what has to be refused.
fn refused(
    fixture: &dyn WebhookFixture,
    what: &str,
    delivery: &Delivery,
    cause: &'static str,
) -> Checked<(StatusCode, Refusal)> {
    let received = fixture.webhook().receive(delivery, fixture.now());
    if let Received::Refused { answer, reason } = &received
        && [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&answer.status())
    {
        return Ok((answer.status(), *reason));
    }
    fault(
        format!("{what} refused with 401 or 403"),
        told(&received),
        cause,
    )
}
