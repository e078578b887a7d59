//! The kit finds an adapter for Meta that is broken in one place, by the rule that it breaks.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod common;

use std::borrow::Cow;
use std::sync::Arc;

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Cursor, Direction, Effect, EffectKind, EffectName,
    Error, ErrorKind, EventKind, Fetch, Fetched, Landed, Page, Probe, Receipt, ReplyKind, Support,
    TextUnit, Window,
};
use aspa_channel_meta::PageChannel;
use aspa_testkit::{Verdict, channel_cases, run};
use aspa_types::{AccountId, Network, Secret};
use async_trait::async_trait;
use common::{Shop, Side};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Nothing,
    ClaimsReactionsInMessenger,
    ClaimsLongTexts,
    ClaimsTwoDays,
    HidesNothing,
    RepliesInPublic,
    SendsTheUnknown,
    NeverFinds,
    FindsAnything,
    ReadsOnePage,
    TakesUsForCustomers,
    DropsTheUnknown,
    OneConversation,
    AnswersThePost,
    SaysItDidNotLand,
    CallsEverythingInvalid,
    ShowsTheToken,
}

#[derive(Debug)]
struct Broken {
    right: PageChannel,
    fault: Fault,
    token: Secret,
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
        let claims = self.right.capabilities(conversation).into_owned();
        Cow::Owned(match self.fault {
            Fault::ClaimsReactionsInMessenger => claims.with(EffectName::React, Support::Full),
            Fault::ClaimsLongTexts => claims.with_text(2_001, TextUnit::Scalars),
            Fault::ClaimsTwoDays => claims.with_window(Window::new("invented", 172_800)),
            _ => claims,
        })
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let mut page = self.right.poll(cursor).await?;
        if self.fault == Fault::ReadsOnePage {
            page.more = false;
        }
        if self.fault == Fault::DropsTheUnknown {
            page.events
                .retain(|event| !matches!(event.kind, EventKind::Unknown(_)));
        }
        for event in &mut page.events {
            let EventKind::Message(message) = &mut event.kind else {
                continue;
            };
            match self.fault {
                Fault::TakesUsForCustomers => message.direction = Direction::Inbound,
                Fault::OneConversation => message.conversation.id = "page".into(),
                _ => {}
            }
        }
        Ok(page)
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        self.right.fetch(what).await
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        let mut effect = effect.clone();
        match (&mut effect.kind, self.fault) {
            (EffectKind::Hide { .. }, Fault::HidesNothing) => return Ok(Receipt::new(effect.key)),
            (EffectKind::PrivateReply { message, text, .. }, Fault::RepliesInPublic) => {
                effect.kind = common::send(text, Some(&message.id));
            }
            (kind @ EffectKind::Unknown(_), Fault::SendsTheUnknown) => {
                *kind = EffectKind::send("?", ReplyKind::Answer);
            }
            (EffectKind::Send { in_reply_to, .. }, Fault::AnswersThePost) => *in_reply_to = None,
            _ => {}
        }
        let performed = self.right.perform(&effect).await;
        performed.map_err(|error| {
            let kind = error.kind().clone();
            match self.fault {
                Fault::SaysItDidNotLand => Error::new(kind, "perform").with_landed(Landed::No),
                Fault::CallsEverythingInvalid => Error::new(ErrorKind::Invalid, "perform"),
                Fault::ShowsTheToken => error.with("token", self.token.expose()),
                _ => error,
            }
        })
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        match self.fault {
            Fault::NeverFinds => Ok(Probe::Absent),
            Fault::FindsAnything => Ok(Probe::Found(Receipt::new(effect.key.clone()))),
            _ => self.right.probe(effect).await,
        }
    }
}

/// Whether the case of this name fails.
fn fails(fault: Fault, side: Side, name: &str) -> bool {
    let mut cases = channel_cases(async move || {
        let shop = Shop::new();
        let token = Secret::new(shop.graph.token());
        let wrap = move |right| -> Arc<dyn Channel> {
            let token = token.clone();
            Arc::new(Broken {
                right,
                fault,
                token,
            })
        };
        shop.fixture(side, |_| {}, wrap)
    });
    cases.retain(|case| case.name() == name);
    let [outcome] = &run(cases)[..] else {
        panic!("no case {name}")
    };
    matches!(outcome.verdict, Verdict::Failed(_))
}

#[test]
fn each_broken_adapter_fails_the_case_of_the_rule_that_it_breaks() {
    use Side::{BelowAPost, InMessenger};
    for (fault, side, case) in [
        (
            Fault::ClaimsReactionsInMessenger,
            InMessenger,
            "C1 react is as claimed",
        ),
        (
            Fault::ClaimsLongTexts,
            InMessenger,
            "C3 a text at the limit arrives whole",
        ),
        (
            Fault::ClaimsTwoDays,
            InMessenger,
            "C16 the window for sending holds",
        ),
        (Fault::HidesNothing, BelowAPost, "C1 hide is as claimed"),
        (
            Fault::RepliesInPublic,
            BelowAPost,
            "C1 private_reply is as claimed",
        ),
        (
            Fault::SendsTheUnknown,
            BelowAPost,
            "C4 unknown effects are refused",
        ),
        (
            Fault::NeverFinds,
            BelowAPost,
            "C5 what landed is never absent",
        ),
        (
            Fault::FindsAnything,
            InMessenger,
            "C5 what was never performed is never found",
        ),
        (Fault::ReadsOnePage, BelowAPost, "C6 polling loses nothing"),
        (
            Fault::TakesUsForCustomers,
            InMessenger,
            "C7 own messages are ours",
        ),
        (Fault::DropsTheUnknown, BelowAPost, "C8 the unknown is kept"),
        (
            Fault::OneConversation,
            BelowAPost,
            "C11 two threads are two",
        ),
        (
            Fault::AnswersThePost,
            BelowAPost,
            "C11 an answer of ours is in its thread",
        ),
        (
            Fault::CallsEverythingInvalid,
            BelowAPost,
            "C12 throttled, to wait so many seconds",
        ),
        (
            Fault::SaysItDidNotLand,
            InMessenger,
            "C13 done and cut is open",
        ),
        (
            Fault::CallsEverythingInvalid,
            InMessenger,
            "C14 expired credentials are told",
        ),
        (Fault::ShowsTheToken, BelowAPost, "C15 secrets stay inside"),
        (
            Fault::SendsTheUnknown,
            InMessenger,
            "C4 unknown effects are refused",
        ),
        (
            Fault::NeverFinds,
            InMessenger,
            "C5 what landed is never absent",
        ),
        (
            Fault::DropsTheUnknown,
            InMessenger,
            "C8 the unknown is kept",
        ),
        (
            Fault::CallsEverythingInvalid,
            InMessenger,
            "C12 throttled, to wait so many seconds",
        ),
        (Fault::ShowsTheToken, InMessenger, "C15 secrets stay inside"),
    ] {
        assert!(fails(fault, side, case), "{fault:?} passes {case}");
        assert!(!fails(Fault::Nothing, side, case), "{case}");
    }
}
