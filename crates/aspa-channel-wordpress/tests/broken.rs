//! The kit finds an adapter for WordPress that is broken in one place, by the rule that it breaks.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod common;

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Cursor, Direction, Effect, EffectKind, EffectName,
    Error, ErrorKind, Event, EventKind, Fetch, Fetched, Landed, Message, Page, Part, Probe,
    Receipt, ReplyKind, Support, Visibility,
};
use aspa_channel_wordpress::WordPressChannel;
use aspa_testkit::{Verdict, channel_cases, run};
use aspa_types::{AccountId, EffectKey, Network};
use async_trait::async_trait;
use common::{Blog, fixture};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Nothing,
    ClaimsWhatChanges,
    ClaimsPrivateReplies,
    HidesNothing,
    EditsNothing,
    CutsTheText,
    SendsTheUnknown,
    NeverFinds,
    AlwaysFinds,
    ReadsOnlyTheFirstOfASecond,
    KeepsItsPlaceItself,
    TakesUsForCustomers,
    NamesAnotherAccount,
    OneRevision,
    DropsTheUnknown,
    ReadsTheHtml,
    NamesAnotherEffect,
    TellsNoDeletion,
    TellsNoTurn,
    AnswersThePost,
    OneConversation,
    SendsAgain,
    KnowsThatItDidNotLand,
    CallsEverythingInvalid,
    ShowsThePassword,
}

#[derive(Debug)]
struct Broken {
    right: WordPressChannel,
    fault: Fault,
    count: AtomicUsize,
}

impl Broken {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn broken(&self, message: &mut Message) {
        match self.fault {
            Fault::TakesUsForCustomers => message.direction = Direction::Inbound,
            Fault::OneRevision => message.revision = 0,
            Fault::AnswersThePost => message.in_reply_to = None,
            Fault::OneConversation => message.conversation.id = "blog".into(),
            Fault::NamesAnotherAccount => message.key.account = AccountId::new("2").unwrap(),
            Fault::ReadsTheHtml => {
                let text = format!("<p>{}</p>", message.text());
                message.parts = vec![Part::text(text)];
            }
            _ => {}
        }
    }

    fn kept(&self, event: &mut Event) -> bool {
        match &mut event.kind {
            EventKind::Message(message) => {
                self.broken(message);
                true
            }
            EventKind::Visibility { visibility, .. } => match visibility {
                Visibility::Deleted => !self.is(Fault::TellsNoDeletion),
                _ => !self.is(Fault::TellsNoTurn),
            },
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
            Fault::ClaimsWhatChanges => {
                let count = self.count.fetch_add(1, Ordering::Relaxed);
                claims.to_mut().source = count.to_string();
            }
            Fault::ClaimsPrivateReplies => {
                claims
                    .to_mut()
                    .effects
                    .insert(EffectName::PrivateReply, Support::Full);
            }
            _ => {}
        }
        claims
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let mut page = self.right.poll(cursor).await?;
        page.events.retain_mut(|event| self.kept(event));
        if self.is(Fault::ReadsOnlyTheFirstOfASecond) {
            // As `after=` the time of the newest one does.
            let mut last = None;
            page.events.retain(|event| {
                let at = event.effective_at();
                std::mem::replace(&mut last, at) != at
            });
        }
        if self.is(Fault::KeepsItsPlaceItself)
            && self.count.fetch_add(1, Ordering::Relaxed).is_multiple_of(2)
        {
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
        let done = Receipt::new(effect.key.clone());
        match (&mut effect.kind, self.fault) {
            (EffectKind::Hide { .. }, Fault::HidesNothing)
            | (EffectKind::Edit { .. }, Fault::EditsNothing)
            | (EffectKind::PrivateReply { .. }, Fault::ClaimsPrivateReplies) => return Ok(done),
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
            (EffectKind::Send { in_reply_to, .. }, Fault::AnswersThePost) => *in_reply_to = None,
            _ => {}
        }
        let mut performed = self.right.perform(&effect).await;
        if self.is(Fault::SendsAgain) && performed.is_err() {
            performed = self.right.perform(&effect).await;
        }
        match (&mut performed, self.fault) {
            (Ok(receipt), Fault::NamesAnotherEffect) => {
                receipt.effect = EffectKey::new("another").unwrap();
            }
            (Err(error), Fault::KnowsThatItDidNotLand) => {
                return Err(Error::new(error.kind().clone(), "perform").with_landed(Landed::No));
            }
            (Err(_), Fault::CallsEverythingInvalid) => {
                return Err(Error::new(ErrorKind::Invalid, "perform"));
            }
            (Err(error), Fault::ShowsThePassword) => {
                let error = Error::new(error.kind().clone(), "perform").with_landed(error.landed());
                return Err(error.with("password", common::PASSWORD));
            }
            _ => {}
        }
        performed
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
        fixture(Blog::new(), Blog::config(), move |right| {
            let count = AtomicUsize::new(0);
            Arc::new(Broken {
                right,
                fault,
                count,
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
        (
            Fault::ClaimsPrivateReplies,
            "C1 private_reply is as claimed",
        ),
        (Fault::HidesNothing, "C1 hide is as claimed"),
        (Fault::EditsNothing, "C1 edit is as claimed"),
        (Fault::CutsTheText, "C3 a text at the limit arrives whole"),
        (Fault::SendsTheUnknown, "C4 unknown effects are refused"),
        (Fault::NeverFinds, "C5 what landed is never absent"),
        (
            Fault::AlwaysFinds,
            "C5 what was never performed is never found",
        ),
        (
            Fault::ReadsOnlyTheFirstOfASecond,
            "C6 polling loses nothing",
        ),
        (
            Fault::KeepsItsPlaceItself,
            "C6 the same cursor brings the same or more",
        ),
        (Fault::TakesUsForCustomers, "C7 own messages are ours"),
        (Fault::NamesAnotherAccount, "C8 events bear our account"),
        (Fault::OneRevision, "C8 distinct things have distinct keys"),
        (Fault::DropsTheUnknown, "C8 the unknown is kept"),
        (
            Fault::ReadsTheHtml,
            "C9 what a receipt names can be fetched",
        ),
        (
            Fault::NamesAnotherEffect,
            "C9 receipts name their effect and account",
        ),
        (Fault::TellsNoDeletion, "C10 a delete is told"),
        (Fault::TellsNoTurn, "C10 hidden, shown and hidden again"),
        (
            Fault::AnswersThePost,
            "C11 an answer of ours is in its thread",
        ),
        (Fault::OneConversation, "C11 two threads are two"),
        (
            Fault::CallsEverythingInvalid,
            "C12 throttled, to wait so many seconds",
        ),
        (Fault::SendsAgain, "C13 done and cut is open"),
        (Fault::KnowsThatItDidNotLand, "C13 done and cut is open"),
        (
            Fault::CallsEverythingInvalid,
            "C14 expired credentials are told",
        ),
        (Fault::ShowsThePassword, "C15 secrets stay inside"),
    ] {
        assert!(fails(fault, case), "{fault:?} passes {case}");
        assert!(!fails(Fault::Nothing, case), "{case}");
    }
}
