use std::fmt;

use aspa_types::DeliveryId;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::StatusCode;

use crate::event::Event;

/// One request that a network sent to a webhook: method, URI, headers and the raw body.
pub type Delivery = http::Request<Bytes>;

/// Why a delivery is not authentic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No signature.
    #[error("no signature")]
    Unsigned,
    /// A signature that does not fit, or one of an algorithm that is not accepted.
    #[error("wrong signature")]
    WrongSignature,
    /// A signed time that is too far from ours.
    #[error("signed time outside the tolerance")]
    OutsideTolerance,
    /// A handshake with the wrong token or shape.
    #[error("wrong handshake")]
    WrongHandshake,
}

/// What became of a delivery.
#[derive(Debug)]
#[non_exhaustive]
pub enum Received {
    /// Not authentic: answered 401 or 403, counted, nothing kept.
    Refused {
        /// What to answer.
        answer: http::Response<Bytes>,
        /// Why.
        reason: Refusal,
    },
    /// An authentic question of the network to us, with nothing to keep.
    Handshake {
        /// What to answer.
        answer: http::Response<Bytes>,
    },
    /// Authentic. The answer may be given once the events are stored.
    Accepted {
        /// What to answer.
        answer: http::Response<Bytes>,
        /// The network's name of this delivery, or one derived from its body.
        id: DeliveryId,
        /// Every event of it, also those not understood.
        events: Vec<Event>,
    },
}

/// One app's webhook, which can serve many accounts. Pure: no clock, no network, no environment.
///
/// # Contract
///
/// The conformance kit has one case for each rule, under its number.
///
/// - **W1 Unsigned is refused** with 401 or 403, without events.
/// - **W2 A wrong signature is refused**: other key, other body, other algorithm, empty, truncated.
///   Signatures are compared in constant time, over the raw bytes, before anything is parsed.
/// - **W3 Old is refused.** Where the network signs a time, one outside its tolerance gets 401.
/// - **W4 Every event counts.** Each event of a batch is returned, also after one that is unknown or
///   malformed, each labelled with its account.
/// - **W5 Authentic is kept.** What is signed and not understood, even if it is not JSON, is returned
///   as `Unknown` and answered 200.
/// - **W6 The same delivery, the same answer.** Receiving is a function of delivery and time: the
///   delivery id and the keys of the events are the same each time. Where [`decode`](Self::decode) can
///   read a stored body, it gives what receiving gave. The same things in another order have the same
///   keys.
/// - **W7 Handshakes need the token.** A question of the network that bears what was agreed is answered
///   as it asks; any other is refused.
/// - **W8 Secrets stay inside.** No answer, no refusal and no `Debug` shows a key.
/// - **W9 Own messages are ours.** What our account wrote is outbound.
pub trait Webhook: fmt::Debug + Send + Sync + 'static {
    /// Checks, decodes every event, and says what to answer.
    fn receive(&self, delivery: &Delivery, now: DateTime<Utc>) -> Received;

    /// Decodes a stored body again: every event of a delivery that was authentic when it came at
    /// `received_at`. Signatures are not looked at; they were. None where the body alone is not enough,
    /// which is what a webhook says that does not do better.
    fn decode(
        &self,
        _id: &DeliveryId,
        _body: &[u8],
        _received_at: DateTime<Utc>,
    ) -> Option<Vec<Event>> {
        None
    }
}

/// An answer with a status and a short text.
#[must_use]
pub fn answer(status: StatusCode, text: impl Into<Bytes>) -> http::Response<Bytes> {
    let mut answer = http::Response::new(text.into());
    *answer.status_mut() = status;
    answer
}
