//! When nothing tells who somebody is: ask, from a public offer to a private answer.

use std::collections::BTreeSet;

use aspa_types::{CustomerId, Extra, HandleKey};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Audience, ContactKind, DecidedBy, Decision, Evidence, EvidenceKind, Purpose, Speaker, Verdict,
    Withdrawal,
};

mod disclosure;
mod event;
mod text;

pub use disclosure::{Action, Disclosure, DisclosurePolicy, Proof};
pub use event::{
    PrivateSlot, RefusedWhy, RequestBroken, RequestCommand, RequestEvent, RequestStep,
};
pub use text::{Language, Leak, PublicText, private_question, told_text};

/// One attempt to learn who a handle is by asking: offered in public, answered in private.
///
/// A fold over its events: [`decide`](Self::decide) tells what happens, [`apply`](Self::apply) lets
/// it have happened. Events never hold what was told, only of which kind it was.
///
/// | status | leaves by |
/// | --- | --- |
/// | offered | opened; refused, expired |
/// | opened | asked; refused, expired |
/// | asked | answered; refused, expired |
/// | answered | proposed, wrong → asked again or refused; refused, expired |
/// | proposed | confirmed; refused, expired |
/// | confirmed, refused, expired | withdrawn, where there was consent |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactRequest {
    /// Its id, the host's.
    pub id: String,
    /// Who is asked.
    pub handle: HandleKey,
    /// In which language.
    pub language: Language,
    /// How it stands.
    pub status: RequestStatus,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When it expires if nothing happens.
    pub until: DateTime<Utc>,
    /// Where we may write in private.
    pub slot: PrivateSlot,
    /// What was asked for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub asked: BTreeSet<ContactKind>,
    /// What the person was told that it is for, and agreed to by answering.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<String>,
    /// The messages with the answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<String>,
    /// Answers that led to nobody.
    #[serde(default)]
    pub wrong: u8,
    /// Who it is, as it was proposed or confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// Whether only a person can confirm it.
    #[serde(default)]
    pub needs_agent: bool,
    /// What a newer or foreign writer added.
    #[serde(flatten)]
    pub extra: Extra,
}

aspa_types::text_enum! {
    /// How a request stands.
    pub enum RequestStatus {
        /// The person was told in public that we can talk in private.
        Offered = "offered",
        /// There is a way to write in private.
        Opened = "opened",
        /// We asked.
        Asked = "asked",
        /// The person answered and agreed.
        Answered = "answered",
        /// We think that we know who it is.
        Proposed = "proposed",
        /// It is known.
        Confirmed = "confirmed",
        /// It ended without.
        Refused = "refused",
        /// Nothing happened in time.
        Expired = "expired",
        /// The person took the consent back.
        Withdrawn = "withdrawn",
    }
}

/// How long a request waits and how often it may go wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestPolicy {
    /// From the offer to the private conversation. 7 days.
    pub offer: TimeDelta,
    /// For an answer. 7 days.
    pub answer: TimeDelta,
    /// For us to propose and confirm. 3 days.
    pub confirm: TimeDelta,
    /// Wrong answers until it ends: guesses must not find anybody. 3.
    pub wrong_answers: u8,
    /// From an end without success until the next offer to the handle. 30 days.
    pub rest: TimeDelta,
    /// How long what was told may be used; none: as long as it is kept. None.
    pub keep: Option<TimeDelta>,
}

impl Default for RequestPolicy {
    fn default() -> Self {
        Self {
            offer: TimeDelta::days(7),
            answer: TimeDelta::days(7),
            confirm: TimeDelta::days(3),
            wrong_answers: 3,
            rest: TimeDelta::days(30),
            keep: None,
        }
    }
}

impl ContactRequest {
    /// Offers to talk in private: the first event. `previous` is the latest request of the handle.
    ///
    /// # Errors
    ///
    /// [`RequestBroken`] while the previous one is open, or too soon after it failed.
    pub fn offer(
        id: &str,
        handle: HandleKey,
        language: Language,
        previous: Option<&Self>,
        policy: &RequestPolicy,
        now: DateTime<Utc>,
    ) -> Result<RequestEvent, RequestBroken> {
        if let Some(previous) = previous {
            if previous.is_open() && now < previous.until {
                return Err(RequestBroken::StillOpen);
            }
            let from = later(previous.since, policy.rest);
            if previous.status != RequestStatus::Confirmed && now < from {
                return Err(RequestBroken::TooSoon { from });
            }
        }
        let until = later(now, policy.offer);
        let id = id.to_owned();
        let step = RequestStep::Offered {
            id,
            handle,
            language,
            until,
        };
        Ok(RequestEvent::new(now, step))
    }

    /// The request that events lead to; none where the first is no offer.
    #[must_use]
    pub fn of<'a>(events: impl IntoIterator<Item = &'a RequestEvent>) -> Option<Self> {
        let mut events = events.into_iter();
        let first = events.next()?;
        let RequestStep::Offered {
            id,
            handle,
            language,
            until,
        } = &first.step
        else {
            return None;
        };
        let mut request = Self {
            id: id.clone(),
            handle: handle.clone(),
            language: language.clone(),
            status: RequestStatus::Offered,
            since: first.at,
            until: *until,
            slot: PrivateSlot::None,
            asked: BTreeSet::new(),
            consent: None,
            answers: Vec::new(),
            wrong: 0,
            customer: None,
            needs_agent: false,
            extra: Extra::new(),
        };
        events.for_each(|event| request.apply(event));
        Some(request)
    }

    /// Whether something may still happen.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(
            self.status,
            RequestStatus::Offered
                | RequestStatus::Opened
                | RequestStatus::Asked
                | RequestStatus::Answered
                | RequestStatus::Proposed
        )
    }

    /// Decides what a command leads to.
    ///
    /// # Errors
    ///
    /// [`RequestBroken`] names the rule.
    pub fn decide(
        &self,
        command: &RequestCommand,
        policy: &RequestPolicy,
        now: DateTime<Utc>,
    ) -> Result<Vec<RequestEvent>, RequestBroken> {
        let step = match command {
            RequestCommand::Withdraw => self.withdraw()?,
            RequestCommand::Expire => {
                if !self.is_open() {
                    return Ok(Vec::new());
                }
                if now < self.until {
                    return Err(RequestBroken::NotYet { until: self.until });
                }
                RequestStep::Expired
            }
            _ if !self.is_open() => return Err(self.wrong_order()),
            _ if now >= self.until => return Err(RequestBroken::Expired),
            RequestCommand::Open { slot } => self.open(slot, policy, now)?,
            RequestCommand::Ask { kinds, consent } => self.ask(kinds, consent, policy, now)?,
            RequestCommand::Answer {
                source,
                told,
                consented,
            } => self.answer(source, told, *consented, policy, now)?,
            RequestCommand::Propose { decision } => self.propose(decision, policy, now)?,
            RequestCommand::Confirm { by } => self.confirm(by)?,
            RequestCommand::Refuse { why } => RequestStep::Refused { why: why.clone() },
        };
        Ok(vec![RequestEvent::new(now, step)])
    }

    /// Lets something have happened.
    pub fn apply(&mut self, event: &RequestEvent) {
        let (status, until) = match &event.step {
            RequestStep::Offered { .. } | RequestStep::Unknown(_) => return,
            RequestStep::Opened { slot, until } => {
                self.slot = slot.clone();
                let opened = match slot {
                    PrivateSlot::None => RequestStatus::Offered,
                    _ => RequestStatus::Opened,
                };
                (opened, Some(*until))
            }
            RequestStep::Asked {
                kinds,
                consent,
                until,
            } => {
                self.asked = kinds.iter().cloned().collect();
                self.consent = Some(consent.clone());
                // One reply is one reply.
                if matches!(self.slot, PrivateSlot::OneReply { .. }) {
                    self.slot = PrivateSlot::None;
                }
                (RequestStatus::Asked, Some(*until))
            }
            RequestStep::Answered { source, until, .. } => {
                self.answers.push(source.clone());
                // Who writes in private can be answered there.
                self.slot = PrivateSlot::Direct;
                (RequestStatus::Answered, Some(*until))
            }
            RequestStep::Wrong { until } => {
                self.wrong = self.wrong.saturating_add(1);
                (RequestStatus::Asked, Some(*until))
            }
            RequestStep::Proposed {
                customer,
                needs_agent,
                until,
            } => {
                self.customer = Some(customer.clone());
                self.needs_agent = *needs_agent;
                (RequestStatus::Proposed, Some(*until))
            }
            RequestStep::Confirmed { customer, .. } => {
                self.customer = Some(customer.clone());
                (RequestStatus::Confirmed, None)
            }
            RequestStep::Refused { .. } => {
                self.customer = None;
                (RequestStatus::Refused, None)
            }
            RequestStep::Expired => {
                self.customer = None;
                (RequestStatus::Expired, None)
            }
            RequestStep::Withdrawn { .. } => {
                self.customer = None;
                (RequestStatus::Withdrawn, None)
            }
        };
        self.status = status;
        self.since = event.at;
        self.until = until.unwrap_or(self.until);
    }

    /// The evidence that an answer is, for its purpose and as long as the policy lets it be used.
    /// Call it with what [`decide`](Self::decide) took as answered; only details and names that were
    /// told in private count. The person was asked for details of their own: where it is not said
    /// whose they are, they are taken for that.
    #[must_use]
    pub fn evidence(
        &self,
        source: &str,
        told: Vec<EvidenceKind>,
        policy: &RequestPolicy,
        at: DateTime<Utc>,
    ) -> Vec<Evidence> {
        let mut evidence = Vec::new();
        for mut kind in told {
            let audience = match &mut kind {
                EvidenceKind::ContactRevealed(contact) => {
                    if contact.speaker == Speaker::Unknown {
                        contact.speaker = Speaker::Themself;
                    }
                    &contact.audience
                }
                EvidenceKind::NameTold(name) => &name.audience,
                _ => continue,
            };
            if *audience == Audience::Private {
                let mut piece = Evidence::new(at, source, kind).told_for(Purpose::Identification);
                piece.expires_at = policy.keep.map(|keep| later(at, keep));
                evidence.push(piece);
            }
        }
        evidence
    }

    /// The evidence that a confirmation by a person or the host is; none for a rule's.
    #[must_use]
    pub fn confirmation(&self, by: &DecidedBy, at: DateTime<Utc>) -> Option<Evidence> {
        let customer = self.customer.clone()?;
        let kind = match by {
            DecidedBy::Agent(by) => EvidenceKind::AgentSaidSame {
                customer,
                by: by.clone(),
            },
            DecidedBy::Host => EvidenceKind::HostAsserted { customer },
            _ => return None,
        };
        Some(Evidence::new(at, self.source(), kind))
    }

    /// What voids all that the request brought, once the consent is withdrawn: the answers and a
    /// confirmation that rests on them.
    #[must_use]
    pub fn withdrawal(&self, at: DateTime<Utc>) -> Vec<Evidence> {
        let own = self.source();
        let sources = self.answers.iter().chain(std::iter::once(&own));
        let piece = |source: &String| {
            let kind = EvidenceKind::Withdrawn(Withdrawal::of(source));
            Evidence::new(at, format!("{own} withdrawn"), kind)
        };
        sources.map(piece).collect()
    }

    fn source(&self) -> String {
        format!("request {}", self.id)
    }

    fn wrong_order(&self) -> RequestBroken {
        RequestBroken::NotNow {
            status: self.status.clone(),
        }
    }

    fn open(
        &self,
        slot: &PrivateSlot,
        policy: &RequestPolicy,
        now: DateTime<Utc>,
    ) -> Result<RequestStep, RequestBroken> {
        if !matches!(self.status, RequestStatus::Offered | RequestStatus::Opened) {
            return Err(self.wrong_order());
        }
        let until = match slot {
            PrivateSlot::OneReply { until } if *until <= now => {
                return Err(RequestBroken::NoSlot);
            }
            PrivateSlot::OneReply { until } => later(now, policy.answer).min(*until),
            // It can only be waited for.
            PrivateSlot::None => self.until,
            _ => later(now, policy.answer),
        };
        let slot = slot.clone();
        Ok(RequestStep::Opened { slot, until })
    }

    fn ask(
        &self,
        kinds: &[ContactKind],
        consent: &str,
        policy: &RequestPolicy,
        now: DateTime<Utc>,
    ) -> Result<RequestStep, RequestBroken> {
        match (&self.status, &self.slot) {
            (RequestStatus::Opened | RequestStatus::Asked, PrivateSlot::Direct) => {}
            (RequestStatus::Opened, PrivateSlot::OneReply { until }) if now < *until => {}
            (RequestStatus::Offered | RequestStatus::Opened | RequestStatus::Asked, _) => {
                return Err(RequestBroken::NoSlot);
            }
            _ => return Err(self.wrong_order()),
        }
        if kinds.is_empty() {
            return Err(RequestBroken::NothingAsked);
        }
        if consent.trim().is_empty() {
            return Err(RequestBroken::NoConsent);
        }
        Ok(RequestStep::Asked {
            kinds: kinds.to_vec(),
            consent: consent.to_owned(),
            until: later(now, policy.answer),
        })
    }

    fn answer(
        &self,
        source: &str,
        told: &[EvidenceKind],
        consented: bool,
        policy: &RequestPolicy,
        now: DateTime<Utc>,
    ) -> Result<RequestStep, RequestBroken> {
        if self.status != RequestStatus::Asked {
            return Err(self.wrong_order());
        }
        if !consented {
            return Err(RequestBroken::NoConsent);
        }
        let mut kinds = BTreeSet::new();
        for kind in told {
            if let EvidenceKind::ContactRevealed(contact) = kind {
                if contact.audience != Audience::Private {
                    return Err(RequestBroken::NotPrivate);
                }
                kinds.insert(contact.contact.clone());
            }
        }
        if kinds.is_empty() {
            return Err(RequestBroken::NothingTold);
        }
        Ok(RequestStep::Answered {
            source: source.to_owned(),
            kinds: kinds.into_iter().collect(),
            until: later(now, policy.confirm),
        })
    }

    fn propose(
        &self,
        decision: &Decision,
        policy: &RequestPolicy,
        now: DateTime<Utc>,
    ) -> Result<RequestStep, RequestBroken> {
        if self.status != RequestStatus::Answered {
            return Err(self.wrong_order());
        }
        let (customer, needs_agent) = match &decision.verdict {
            Verdict::Link { customer } => (Some(customer), false),
            Verdict::Review { candidates } => (candidates.first(), true),
            Verdict::None | Verdict::Unknown(_) => (None, false),
        };
        Ok(match customer.cloned() {
            Some(customer) => RequestStep::Proposed {
                customer,
                needs_agent,
                until: later(now, policy.confirm),
            },
            None if self.wrong.saturating_add(1) >= policy.wrong_answers => RequestStep::Refused {
                why: RefusedWhy::TooManyWrong,
            },
            None => RequestStep::Wrong {
                until: later(now, policy.answer),
            },
        })
    }

    fn confirm(&self, by: &DecidedBy) -> Result<RequestStep, RequestBroken> {
        let (RequestStatus::Proposed, Some(customer)) = (&self.status, self.customer.clone())
        else {
            return Err(self.wrong_order());
        };
        if self.needs_agent && !matches!(by, DecidedBy::Agent(_) | DecidedBy::Host) {
            return Err(RequestBroken::NeedsAgent);
        }
        let by = by.clone();
        Ok(RequestStep::Confirmed { customer, by })
    }

    fn withdraw(&self) -> Result<RequestStep, RequestBroken> {
        if self.answers.is_empty() || self.status == RequestStatus::Withdrawn {
            return Err(RequestBroken::NothingToWithdraw);
        }
        Ok(RequestStep::Withdrawn {
            sources: self.answers.clone(),
        })
    }
}

/// A moment later, at most the last there is.
fn later(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(by)
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}
