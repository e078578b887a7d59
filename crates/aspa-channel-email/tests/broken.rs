//! The kit finds an adapter for e-mail that is broken in one place, by the rule that it breaks.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may panic"
)]

mod common;

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Cursor, Direction, Effect, EffectKind, EffectName,
    Error, Event, EventKind, Fetch, Fetched, Message, Page, Part, Probe, Receipt, ReplyKind,
    Support,
};
use aspa_testkit::{Verdict, channel_cases, run};
use aspa_types::{AccountId, EffectKey, Network};
use async_trait::async_trait;
use common::fake::Fake;
use common::{Net, fixture, right};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Nothing,
    ClaimsWhatChanges,
    ClaimsEdits,
    CutsTheText,
    SendsTheUnknown,
    NeverFinds,
    AlwaysFinds,
    LosesTheLast,
    KeepsItsPlaceItself,
    OnePageForAll,
    TakesUsForCustomers,
    HidesOurKey,
    NamesAnotherAccount,
    DropsTheUnknown,
    LeavesQuotesIn,
    NamesAnotherEffect,
    NamesTheNameKey,
    AnswersTheFirst,
    OneConversation,
    ConversationOfItsOwn,
    SendsTwice,
}

#[derive(Debug)]
struct Broken {
    right: Arc<dyn Channel>,
    fault: Fault,
    count: AtomicUsize,
}

impl Broken {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn turn(&self) -> usize {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    fn broken(&self, message: &mut Message) {
        match self.fault {
            Fault::TakesUsForCustomers => message.direction = Direction::Inbound,
            Fault::HidesOurKey => message.effect = None,
            Fault::AnswersTheFirst => message.in_reply_to = None,
            Fault::OneConversation => message.conversation.id = "box".into(),
            Fault::ConversationOfItsOwn => message.conversation.id = message.key.id.clone(),
            Fault::NamesAnotherAccount => message.key.account = AccountId::new("2").unwrap(),
            Fault::LeavesQuotesIn => message.parts.push(Part::text("> quoted")),
            _ => {}
        }
    }

    fn kept(&self, event: &mut Event) -> bool {
        match &mut event.kind {
            EventKind::Message(message) => {
                self.broken(message);
                if self.is(Fault::NamesTheNameKey)
                    && let (Some(author), Some(handle)) =
                        (&mut message.author, event.handles.first_mut())
                {
                    // The name instead of the address.
                    *author =
                        aspa_types::HandleKey::new(Network::EMAIL, None, handle.name()).unwrap();
                    handle.key = author.clone();
                }
                true
            }
            EventKind::Unknown(_) => !self.is(Fault::DropsTheUnknown),
            _ => true,
        }
    }
}

#[async_trait]
impl Channel for Broken {
    fn account(&self) -> &AccountId {
        self.right.account()
    }

    fn network(&self) -> &Network {
        self.right.network()
    }

    fn capabilities(&self, conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        let mut claims = self.right.capabilities(conversation);
        match self.fault {
            Fault::ClaimsWhatChanges => claims.to_mut().source = self.turn().to_string(),
            Fault::ClaimsEdits => {
                claims
                    .to_mut()
                    .effects
                    .insert(EffectName::Edit, Support::Full);
            }
            _ => {}
        }
        claims
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let mut page = self.right.poll(cursor).await?;
        if self.is(Fault::OnePageForAll) {
            while page.more {
                let next = self.right.poll(page.next.as_ref()).await?;
                page.events.extend(next.events);
                (page.next, page.more) = (next.next, next.more);
            }
        }
        page.events.retain_mut(|event| self.kept(event));
        if self.is(Fault::LosesTheLast) {
            page.events.pop();
        }
        if self.is(Fault::KeepsItsPlaceItself) && self.turn().is_multiple_of(2) {
            page.events.clear();
        }
        Ok(page)
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        let mut fetched = self.right.fetch(what).await?;
        if let Fetched::Message(message) = &mut fetched {
            self.broken(message);
        }
        Ok(fetched)
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        let mut effect = effect.clone();
        match (&mut effect.kind, self.fault) {
            (EffectKind::Edit { .. }, Fault::ClaimsEdits) => return Ok(Receipt::new(effect.key)),
            (EffectKind::Send { text, .. }, Fault::CutsTheText) => {
                let mut end = text.len().min(60_000);
                while !text.is_char_boundary(end) {
                    end -= 1;
                }
                text.truncate(end);
            }
            (kind @ EffectKind::Unknown(_), Fault::SendsTheUnknown) => {
                *kind = EffectKind::send("?", ReplyKind::Answer);
            }
            _ => {}
        }
        let mut receipt = self.right.perform(&effect).await?;
        match self.fault {
            Fault::NamesAnotherEffect => receipt.effect = EffectKey::new("another").unwrap(),
            Fault::SendsTwice => drop(self.right.perform(&effect).await?),
            _ => {}
        }
        Ok(receipt)
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        match self.fault {
            Fault::NeverFinds => Ok(Probe::Absent),
            Fault::AlwaysFinds => Ok(Probe::Found(Receipt::new(effect.key.clone()))),
            _ => self.right.probe(effect).await,
        }
    }
}

/// Whether the case of this name fails.
fn fails(fault: Fault, name: &str) -> bool {
    let mut cases = channel_cases(async move || {
        let net = Net::at(Arc::new(Fake::start().await));
        fixture(&net, move |net| {
            Arc::new(Broken {
                right: right(net),
                fault,
                count: AtomicUsize::new(0),
            })
        })
    });
    cases.retain(|case| case.name() == name);
    let [outcome] = &run(cases)[..] else {
        panic!("no case {name}")
    };
    matches!(outcome.verdict, Verdict::Failed(_))
}

#[test]
fn each_broken_adapter_fails_the_case_of_the_rule_that_it_breaks() {
    for (fault, case) in [
        (
            Fault::ClaimsWhatChanges,
            "C1 capabilities are the same each time",
        ),
        (Fault::ClaimsEdits, "C1 edit is as claimed"),
        (Fault::SendsTwice, "C2 two keys, two messages"),
        (Fault::CutsTheText, "C3 a text at the limit arrives whole"),
        (Fault::SendsTheUnknown, "C4 unknown effects are refused"),
        (Fault::NeverFinds, "C5 what landed is never absent"),
        (
            Fault::AlwaysFinds,
            "C5 what was never performed is never found",
        ),
        (Fault::LosesTheLast, "C6 polling loses nothing"),
        (
            Fault::KeepsItsPlaceItself,
            "C6 the same cursor brings the same or more",
        ),
        (Fault::OnePageForAll, "C6 pages are bounded"),
        (Fault::TakesUsForCustomers, "C7 own messages are ours"),
        (Fault::HidesOurKey, "C7 an echo bears our key"),
        (Fault::NamesAnotherAccount, "C8 events bear our account"),
        (Fault::DropsTheUnknown, "C8 the unknown is kept"),
        (
            Fault::LeavesQuotesIn,
            "C9 what a receipt names can be fetched",
        ),
        (
            Fault::NamesAnotherEffect,
            "C9 receipts name their effect and account",
        ),
        (Fault::NamesTheNameKey, "C10 a new name keeps the handle"),
        (Fault::AnswersTheFirst, "C11 a thread keeps its shape"),
        (Fault::OneConversation, "C11 two threads are two"),
        (
            Fault::ConversationOfItsOwn,
            "C11 an answer of ours is in its thread",
        ),
    ] {
        assert!(fails(fault, case), "{fault:?} passes {case}");
        assert!(!fails(Fault::Nothing, case), "{case}");
    }
}
