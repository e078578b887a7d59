//! A webhook of signed JSON that can be broken in one place at a time, and how its network signs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aspa_channel::{
    ConversationKey, Delivery, Direction, Event, EventKind, Message, MessageKey, Part, Received,
    Refusal, Via, Webhook, answer,
};
use aspa_testkit::{Batch, Handshake, WebhookFixture};
use aspa_types::{AccountId, DeliveryId};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderName, StatusCode};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What is wrong with the webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Nothing,
    AcceptsUnsigned,
    TakesEmptyForUnsigned,
    AcceptsSha1,
    AcceptsAnyKey,
    ComparesWhatCame,
    ComparesTheBeginning,
    SignsTheTrimmedBody,
    SignsOnlyTheTime,
    IgnoresTheTime,
    IgnoresTheFuture,
    SignsOnlyTheBody,
    LooksAtAnUnsignedTime,
    ToleratesTooLittle,
    Answers200ToForgeries,
    SaysWrongForUnsigned,
    SaysWrongForOld,
    RefusesEverything,
    DropsTheSecond,
    StopsAtTheUnknown,
    SkipsTheMalformed,
    FailsTheBatch,
    OneAccountForAll,
    OneKeyForAll,
    Answers500ToGarbage,
    RefusesGarbage,
    DropsGarbage,
    PanicsOnGarbage,
    CountsItsDeliveries,
    NamesByTheClock,
    NamesAllAlike,
    NamesEventsByPlace,
    StumblesOverOddBytes,
    AnswersEveryHandshake,
    ForgetsTheChallenge,
    ShowsItsKey,
    TellsItsKey,
    OwnAreInbound,
}

const SECRET: &str = "a key of the reference";
const KEY: &[u8] = SECRET.as_bytes();
const TOLERANCE: TimeDelta = TimeDelta::seconds(300);

struct Reference {
    fault: Fault,
    timed: bool,
    count: AtomicUsize,
}

impl std::fmt::Debug for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = self.is(Fault::ShowsItsKey).then_some(SECRET);
        f.debug_tuple("Reference").field(&key).finish()
    }
}

/// Signs `time.body`, or the body alone where no time is signed.
pub(crate) struct Fixture {
    pub(crate) fault: Fault,
    pub(crate) timed: bool,
    pub(crate) weaker: bool,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sha256(key: &[u8], message: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    format!(
        "sha256={}",
        hex(&mac.chain_update(message).finalize().into_bytes())
    )
}

fn sha1(key: &[u8], message: &[u8]) -> String {
    let mac = Hmac::<Sha1>::new_from_slice(key).unwrap();
    format!(
        "sha1={}",
        hex(&mac.chain_update(message).finalize().into_bytes())
    )
}

impl Reference {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn verify(&self, delivery: &Delivery, now: DateTime<Utc>) -> Result<(), Refusal> {
        let header = |name| {
            delivery
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let signature = match header("x-signature") {
            None if self.is(Fault::AcceptsUnsigned) => return Ok(()),
            None if self.is(Fault::SaysWrongForUnsigned) => return Err(Refusal::WrongSignature),
            None => return Err(Refusal::Unsigned),
            Some("") if self.is(Fault::TakesEmptyForUnsigned) => return Ok(()),
            Some(signature) => signature,
        };
        if self.is(Fault::RefusesEverything) {
            return Err(Refusal::WrongSignature);
        }
        let mut body = &delivery.body()[..];
        if self.is(Fault::SignsTheTrimmedBody) {
            body = body.trim_ascii();
        }
        if self.is(Fault::SignsOnlyTheTime) {
            body = b"";
        }
        let time = header("x-time").unwrap_or_default();
        let timed = self.timed && !self.is(Fault::SignsOnlyTheBody);
        let message = if timed {
            [time.as_bytes(), b".", body].concat()
        } else {
            body.to_vec()
        };
        let mut expected = sha256(KEY, &message);
        if self.is(Fault::AcceptsSha1) && signature.starts_with("sha1=") {
            expected = sha1(KEY, &message);
        }
        let (mut came, mut expected) = (signature.as_bytes(), expected.as_bytes());
        if self.is(Fault::ComparesWhatCame) {
            expected = &expected[..came.len().min(expected.len())];
        }
        if self.is(Fault::ComparesTheBeginning) {
            (came, expected) = (&came[..came.len().min(15)], &expected[..15]);
        }
        if !bool::from(came.ct_eq(expected)) && !self.is(Fault::AcceptsAnyKey) {
            return Err(Refusal::WrongSignature);
        }
        if !self.timed || self.is(Fault::IgnoresTheTime) {
            return Ok(());
        }
        let time = if self.is(Fault::LooksAtAnUnsignedTime) {
            header("x-sent").unwrap_or_default()
        } else {
            time
        };
        let at = time
            .parse()
            .ok()
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let apart = at.map_or(TimeDelta::MAX, |at| now - at);
        let apart = if self.is(Fault::IgnoresTheFuture) {
            apart
        } else {
            apart.abs()
        };
        let tolerance = if self.is(Fault::ToleratesTooLittle) {
            TOLERANCE / 2
        } else {
            TOLERANCE
        };
        match apart > tolerance {
            true if self.is(Fault::SaysWrongForOld) => Err(Refusal::WrongSignature),
            true => Err(Refusal::OutsideTolerance),
            false => Ok(()),
        }
    }

    fn decode(&self, body: &[u8], now: DateTime<Utc>) -> Vec<Event> {
        let unknown = |value: &Value| EventKind::Unknown(value.clone());
        let value = serde_json::from_slice::<Value>(body);
        let value = value.unwrap_or_else(|_| json!({ "raw": hex(body) }));
        let account = |value: &Value| {
            let name = value["account"]
                .as_str()
                .filter(|_| !self.is(Fault::OneAccountForAll));
            AccountId::new(name.unwrap_or("shop")).unwrap()
        };
        let Some(entries) = value["events"].as_array() else {
            if self.is(Fault::DropsGarbage) {
                return Vec::new();
            }
            assert!(!self.is(Fault::PanicsOnGarbage), "cannot read the body");
            return vec![Event::new(account(&value), unknown(&value), Via::Webhook)];
        };
        let mut events = Vec::new();
        for (place, entry) in entries.iter().enumerate() {
            if place == 1 && self.is(Fault::DropsTheSecond) {
                continue;
            }
            let known = entry["type"] == "message";
            if !known && self.is(Fault::StopsAtTheUnknown) {
                break;
            }
            let message = known
                .then(|| self.message(entry, account(entry), place))
                .flatten();
            if known && message.is_none() && self.is(Fault::SkipsTheMalformed) {
                continue;
            }
            let mut kind = message.map_or(unknown(entry), |m| EventKind::Message(Box::new(m)));
            if self.is(Fault::OneKeyForAll) {
                kind = unknown(&json!(now.timestamp()));
            }
            events.push(Event::new(account(entry), kind, Via::Webhook));
        }
        events
    }
}

impl Reference {
    fn message(&self, entry: &Value, account: AccountId, place: usize) -> Option<Message> {
        let mut id = entry["id"].as_str()?.to_owned();
        if self.is(Fault::NamesEventsByPlace) {
            id = format!("{id}-{place}");
        }
        let key = MessageKey::new(account.clone(), &id).ok()?;
        let thread = ConversationKey::new(account, entry["thread"].as_str()?).ok()?;
        let ours = entry["ours"] == true && !self.is(Fault::OwnAreInbound);
        let direction = if ours {
            Direction::Outbound
        } else {
            Direction::Inbound
        };
        let mut message = Message::new(key, thread, direction);
        message.parts = vec![Part::text(entry["text"].as_str()?)];
        Some(message)
    }

    fn handshake(&self, query: &str) -> Received {
        let challenge = query.strip_prefix("token=agreed&challenge=");
        let challenge = challenge.or_else(|| {
            let any = query
                .split_once("challenge=")
                .map(|(_, challenge)| challenge);
            any.filter(|_| self.is(Fault::AnswersEveryHandshake))
        });
        let Some(challenge) = challenge else {
            let answer = answer(StatusCode::FORBIDDEN, "refused");
            let reason = Refusal::WrongHandshake;
            return Received::Refused { answer, reason };
        };
        let known = !self.is(Fault::ForgetsTheChallenge);
        let text = if known { challenge } else { "ok" };
        let answer = answer(StatusCode::OK, text.to_owned());
        Received::Handshake { answer }
    }
}

impl Webhook for Reference {
    fn receive(&self, delivery: &Delivery, now: DateTime<Utc>) -> Received {
        if delivery.method() == http::Method::GET {
            return self.handshake(delivery.uri().query().unwrap_or_default());
        }
        let body = delivery.body();
        assert!(
            !self.is(Fault::StumblesOverOddBytes) || !body.contains(&0x9e),
            "no such byte was foreseen"
        );
        let readable = serde_json::from_slice::<Value>(body).is_ok();
        let batch = readable && body.starts_with(br#"{"events""#);
        if let Err(reason) = self.verify(delivery, now) {
            let lax = self.is(Fault::Answers200ToForgeries);
            let status = if lax {
                StatusCode::OK
            } else {
                StatusCode::UNAUTHORIZED
            };
            let tells = self.is(Fault::TellsItsKey);
            let text = if tells { SECRET } else { "refused" };
            return Received::Refused {
                answer: answer(status, text),
                reason,
            };
        }
        if !readable && self.is(Fault::RefusesGarbage) || batch && self.is(Fault::FailsTheBatch) {
            let answer = answer(StatusCode::FORBIDDEN, "not JSON");
            return Received::Refused {
                answer,
                reason: Refusal::WrongSignature,
            };
        }
        let failing = !readable && self.is(Fault::Answers500ToGarbage);
        let status = if failing {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::OK
        };
        let count = self.count.fetch_add(1, Ordering::Relaxed).to_string();
        let digest = hex(&Sha256::digest(body));
        let id = match self.fault {
            Fault::CountsItsDeliveries => count,
            Fault::NamesByTheClock => digest + &now.timestamp().to_string(),
            Fault::NamesAllAlike => "app-1".to_owned(),
            _ => digest,
        };
        Received::Accepted {
            answer: answer(status, "ok"),
            id: DeliveryId::new(id).unwrap(),
            events: self.decode(body, now),
        }
    }
}

impl Fixture {
    fn signed(&self, body: Bytes, at: DateTime<Utc>, sign: impl Fn(&[u8]) -> String) -> Delivery {
        let time = at.timestamp().to_string();
        let message = if self.timed {
            [time.as_bytes(), b".", &body].concat()
        } else {
            body.to_vec()
        };
        let request = http::Request::post("https://desk.example/hooks/reference");
        let request = request
            .header("x-sent", &time)
            .header("x-time", time)
            .header("x-signature", sign(&message));
        request.body(body).unwrap()
    }
}

impl WebhookFixture for Fixture {
    fn webhook(&self) -> Arc<dyn Webhook> {
        // One count for all: a fresh one for each call would hide what counts.
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        Arc::new(Reference {
            fault: self.fault,
            timed: self.timed,
            count: AtomicUsize::new(STARTED.fetch_add(1, Ordering::Relaxed) * 100),
        })
    }

    fn sign(&self, body: Bytes, at: DateTime<Utc>) -> Delivery {
        self.signed(body, at, |message| sha256(KEY, message))
    }

    fn sign_with_wrong_key(&self, body: Bytes, at: DateTime<Utc>) -> Delivery {
        self.signed(body, at, |message| sha256(b"another key", message))
    }

    fn sign_otherwise(&self, body: Bytes, at: DateTime<Utc>) -> Vec<(&'static str, Delivery)> {
        if !self.weaker {
            return Vec::new();
        }
        let bare = |message: &[u8]| format!("sha256={}", hex(&Sha256::digest(message)));
        let under = |message: &[u8]| sha1(KEY, message).replace("sha1", "sha256");
        vec![
            (
                "SHA-1",
                self.signed(body.clone(), at, |message| sha1(KEY, message)),
            ),
            ("SHA-1 named SHA-256", self.signed(body.clone(), at, under)),
            ("SHA-256 without a key", self.signed(body, at, bare)),
        ]
    }

    fn signature_header(&self) -> HeaderName {
        HeaderName::from_static("x-signature")
    }

    fn batch(&self) -> Batch {
        let message = |account: &str, id: &str| json!({ "type": "message", "account": account, "id": id, "thread": "t", "text": "ä" });
        let entries = json!([
            message("shop", "1"),
            { "type": "poke", "account": "shop" },
            { "type": "message", "account": "shop", "text": 7 },
            message("shop-sv", "2"),
        ]);
        let accounts = ["shop", "shop", "shop", "shop-sv"];
        Batch {
            body: json!({ "events": entries }).to_string().into(),
            accounts: accounts.map(|name| AccountId::new(name).unwrap()).to_vec(),
        }
    }

    fn handshakes(&self) -> Vec<Handshake> {
        let asked = |token: &str| {
            let uri = format!("https://desk.example/hooks/reference?token={token}&challenge=4711");
            http::Request::get(uri).body(Bytes::new()).unwrap()
        };
        let handshake = |token, answer| Handshake {
            delivery: asked(token),
            answer,
        };
        let right = Some(Bytes::from_static(b"4711"));
        vec![handshake("agreed", right), handshake("guessed", None)]
    }

    fn echo(&self) -> Option<Bytes> {
        let entry = json!({ "type": "message", "account": "shop", "id": "9", "thread": "t",
            "text": "ä", "ours": true });
        Some(json!({ "events": [entry] }).to_string().into())
    }

    fn secrets(&self) -> Vec<String> {
        vec![SECRET.to_owned()]
    }

    fn tolerance(&self) -> Option<TimeDelta> {
        self.timed.then_some(TOLERANCE)
    }
}
