//! The kit finds what is wrong with an adapter: each broken variant of this one fails the case of its rule,
//! and the whole one passes it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on says so"
)]

mod fake;
#[path = "fake/far_side.rs"]
mod far_side;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Cursor, Direction, Effect, EffectKind, EffectName,
    Error, ErrorKind, EventKind, Fetch, Fetched, Landed, Page, Probe, Receipt, Support, TextUnit,
};
use aspa_testkit::{Verdict, channel_cases};
use aspa_types::{AccountId, EffectKey, Network};
use async_trait::async_trait;
use fake::Kind;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    ClaimsToHide,
    PretendsToDelete,
    Cuts,
    ChecksTooLate,
    TakesUnknown,
    AlwaysAbsent,
    AlwaysFound,
    SkipsFirst,
    Remembers,
    EchoesInbound,
    OtherAccount,
    DropsUnknown,
    CountsNoEdits,
    OtherEffect,
    DropsDeletes,
    DropsMoves,
    TearsThreads,
    SurelyNotLanded,
    CallsThrottlingDown,
    CallsExpiryDown,
}

/// What is broken, and the case that has to say so.
const FAULTS: &[(Fault, &str)] = &[
    (Fault::ClaimsToHide, "C1 hide is as claimed"),
    (Fault::PretendsToDelete, "C1 delete is as claimed"),
    (Fault::Cuts, "C3 a text at the limit arrives whole"),
    (Fault::ChecksTooLate, "C3 a text over the limit is refused"),
    (Fault::TakesUnknown, "C4 unknown effects are refused"),
    (Fault::AlwaysAbsent, "C5 what landed is never absent"),
    (
        Fault::AlwaysFound,
        "C5 what was never performed is never found",
    ),
    (Fault::SkipsFirst, "C6 polling loses nothing"),
    (
        Fault::Remembers,
        "C6 the same cursor brings the same or more",
    ),
    (Fault::EchoesInbound, "C7 own messages are ours"),
    (Fault::OtherAccount, "C8 events bear our account"),
    (Fault::DropsUnknown, "C8 the unknown is kept"),
    (Fault::CountsNoEdits, "C10 an edit is told"),
    (
        Fault::OtherEffect,
        "C9 receipts name their effect and account",
    ),
    (Fault::DropsDeletes, "C10 a delete is told"),
    (Fault::DropsMoves, "C10 a new id is told"),
    (Fault::TearsThreads, "C11 a thread keeps its shape"),
    (Fault::SurelyNotLanded, "C13 done and cut is open"),
    (Fault::CallsThrottlingDown, "C12 throttled without a hint"),
    (Fault::CallsExpiryDown, "C14 expired credentials are told"),
];

#[derive(Debug)]
struct Broken {
    whole: Arc<dyn Channel>,
    fault: Fault,
    given: Mutex<BTreeSet<String>>,
}

impl Broken {
    fn wrong(&self, error: Error) -> Error {
        match (self.fault, error.kind()) {
            (Fault::SurelyNotLanded, _) => error.with_landed(Landed::No),
            (Fault::CallsThrottlingDown, ErrorKind::Throttled)
            | (Fault::CallsExpiryDown, ErrorKind::Unauthorized) => {
                Error::new(ErrorKind::Unavailable, "perform")
            }
            _ => error,
        }
    }

    fn spoil(&self, page: &mut Page) {
        if self.fault == Fault::SkipsFirst && !page.events.is_empty() {
            page.events.remove(0);
        }
        page.events.retain(|event| match (self.fault, &event.kind) {
            (Fault::DropsUnknown, EventKind::Unknown(_))
            | (Fault::DropsDeletes, EventKind::Visibility { .. })
            | (Fault::DropsMoves, EventKind::Handle { .. }) => false,
            (Fault::Remembers, _) => self.given.lock().unwrap().insert(event.key()),
            _ => true,
        });
        for event in &mut page.events {
            if self.fault == Fault::OtherAccount {
                event.account = AccountId::new("11200").unwrap();
            }
            let EventKind::Message(message) = &mut event.kind else {
                continue;
            };
            match self.fault {
                Fault::EchoesInbound => message.direction = Direction::Inbound,
                Fault::CountsNoEdits => message.revision = 0,
                Fault::TearsThreads => {
                    let account = message.key.account.clone();
                    message.conversation = ConversationKey::new(account, &message.key.id).unwrap();
                }
                _ => {}
            }
        }
    }
}

#[async_trait]
impl Channel for Broken {
    fn account(&self) -> &AccountId {
        self.whole.account()
    }

    fn network(&self) -> &Network {
        self.whole.network()
    }

    fn capabilities(&self, conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        let claims = self.whole.capabilities(conversation).into_owned();
        Cow::Owned(match self.fault {
            Fault::ClaimsToHide => claims.with(EffectName::Hide, Support::Full),
            Fault::ChecksTooLate => claims.with_text(100, TextUnit::Scalars),
            _ => claims,
        })
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let page = self.whole.poll(cursor).await;
        let mut page = page.map_err(|error| self.wrong(error))?;
        self.spoil(&mut page);
        Ok(page)
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        self.whole.fetch(what).await
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        let mut effect = effect.clone();
        match (self.fault, &mut effect.kind) {
            (Fault::TakesUnknown, EffectKind::Unknown(_))
            | (Fault::ClaimsToHide, EffectKind::Hide { .. })
            | (Fault::PretendsToDelete, EffectKind::Delete { .. }) => {
                return Ok(Receipt::new(effect.key));
            }
            (Fault::Cuts, EffectKind::Send { text, .. }) => {
                *text = text.chars().take(100).collect();
            }
            _ => {}
        }
        let performed = self.whole.perform(&effect).await;
        let mut receipt = performed.map_err(|error| self.wrong(error))?;
        if self.fault == Fault::OtherEffect {
            receipt.effect = EffectKey::derive(&["another"]);
        }
        Ok(receipt)
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        match self.fault {
            Fault::AlwaysAbsent => Ok(Probe::Absent),
            Fault::AlwaysFound => Ok(Probe::Found(Receipt::new(effect.key.clone()))),
            _ => self.whole.probe(effect).await,
        }
    }
}

fn verdict(fault: Fault, name: &str) -> Verdict {
    let cases = channel_cases(async move || {
        let mut fixture = far_side::fixture(Kind::Mastodon).await;
        fixture.channel = Arc::new(Broken {
            whole: Arc::clone(&fixture.channel),
            fault,
            given: Mutex::default(),
        });
        fixture
    });
    let mut cases = cases.into_iter().filter(|case| case.name() == name);
    cases.next().expect("a case of this name").run().verdict
}

#[test]
fn each_broken_variant_fails_the_case_of_its_rule() {
    for (fault, name) in FAULTS {
        let whole = verdict(Fault::None, name);
        assert_eq!(whole, Verdict::Passed, "{name} of the whole adapter");
        let broken = verdict(*fault, name);
        assert!(
            matches!(broken, Verdict::Failed(_)),
            "{fault:?}: {name}: {broken:?}"
        );
    }
}
