//! Asking who somebody is: offered where everybody reads, asked and answered where nobody else does.

use std::collections::BTreeSet;

use aspa_channel::{Audience, Capabilities, EffectName, Support};
use aspa_identity::{
    ContactRequest, DecidedBy, Evidence, EvidenceKind, Language, PrivateSlot, PublicText,
    RefusedWhy, RequestBroken, RequestCommand, RequestStep, Withdrawal, private_question,
};
use aspa_store::{AuditAction, Changes, Document, Purge, Versioned, Wanted};
use aspa_ticket::{Attached, Ticket};
use aspa_types::{AgentId, CustomerId, DeliveryId, HandleKey, TicketId};
use chrono::{DateTime, TimeDelta, Utc};

use crate::desk::Desk;
use crate::error::Error;
use crate::people;
use crate::privacy::Subject;
use crate::world::World;

mod question;
mod steps;

use question::Said;
pub use question::{Asking, Question};
use steps::Next;

/// Requests under way, by handle.
pub(crate) const ASKING: &str = "asking";
/// Requests that have ended, by handle, the latest last.
pub(crate) const ASKED: &str = "asked";
/// Documents that are read together.
const PAGE: usize = 100;
/// How many steps of one request are gone at once.
const STEPS: usize = 16;

impl Desk {
    /// Begins to ask who the customer of a ticket is. In public only an offer to talk in private is
    /// written, which tells nothing of anybody. What is asked is asked in private, by the way that the
    /// network has: in the conversation where it is private itself (e-mail, web chat, direct messages),
    /// as a private reply to what was written in public (Messenger, X, Mastodon), else once the person
    /// has written to us in private. [`go_on_asking`](Self::go_on_asking) does the rest.
    ///
    /// Only what the same handle tells in private after the question has landed is taken for an answer.
    /// Who else writes in the person's place is not believed.
    ///
    /// # Errors
    ///
    /// When there is no such ticket, it has no message of the customer, nothing is asked for, the person
    /// is being asked or was not long ago ([`RequestBroken`]), the channel cannot take the offer, or the
    /// store fails. Nothing is asked then.
    pub async fn ask_who(
        &self,
        ticket: &TicketId,
        question: &Question,
        by: &AgentId,
    ) -> Result<Asking, Error> {
        let ticket = self.ticket(ticket).await?;
        let handle = &ticket.key.customer;
        // What has ended by now is out of the way.
        self.go_on_with(handle).await?;
        if question.kinds.is_empty() {
            return Err(RequestBroken::NothingAsked.into());
        }
        if question
            .purpose
            .as_ref()
            .is_some_and(|p| p.trim().is_empty())
        {
            return Err(RequestBroken::NoConsent.into());
        }
        let before = self.requests(handle).await?.pop();
        let asking = self.first_steps(&ticket, question, by, before)?;
        self.write_asking(handle, &asking, 0, &[])
            .await
            .map_err(|error| match error.is_conflict() {
                true => RequestBroken::StillOpen.into(),
                false => error,
            })?;
        if let Err(error) = self.go_on_with(handle).await {
            // The first that is done is the offer: where it cannot be made, nothing was.
            let untouched = self.read::<Asking>((ASKING, &handle.to_string())).await?;
            if let Some(row) = untouched.filter(|row| row.value == asking) {
                self.drop_asking(handle, row.version).await?;
            }
            return Err(error);
        }
        let newest = self.requests(handle).await?.pop();
        Ok(newest.unwrap_or(asking))
    }

    /// The times that the customer of a ticket was asked who they are, the latest last.
    ///
    /// # Errors
    ///
    /// When there is no such ticket, or the store fails.
    pub async fn asked(&self, ticket: &TicketId) -> Result<Vec<Asking>, Error> {
        let ticket = self.ticket(ticket).await?;
        self.requests(&ticket.key.customer).await
    }

    /// Goes on with everybody who is being asked: asks in private once there is a way, reads what was
    /// answered, says in private and in public that it came, in the same words whatever it leads to, links
    /// where it says who it is or has it [looked at](Self::reviews), and ends what took too long. A link
    /// that needs a person waits for [`confirm_link`](Self::confirm_link) or
    /// [`refuse_link`](Self::refuse_link). A desk that [runs](Self::run) does so by itself each second.
    ///
    /// Can be stopped anywhere and called again, also by several processes: each step is written down
    /// before the next, and what is sent has a key of its own. Returns how many went on. O(requests
    /// under way).
    ///
    /// # Errors
    ///
    /// When the store fails; the next call goes on.
    pub async fn go_on_asking(&self) -> Result<usize, Error> {
        let (store, mut went) = (self.store(), 0);
        let mut after: Option<std::sync::Arc<str>> = None;
        loop {
            let page = store.privacy().documents(ASKING, after.as_deref(), PAGE);
            let page = page.await?;
            let Some(last) = page.last() else {
                return Ok(went);
            };
            after = Some(last.value.key.clone());
            for row in page {
                let Some(handle) = serde_json::from_value::<Asking>(row.value.body)
                    .ok()
                    .and_then(|asking| Some(asking.request()?.handle))
                else {
                    continue;
                };
                match self.go_on_with(&handle).await {
                    Ok(true) => went += 1,
                    Ok(false) => {}
                    // Somebody else goes on with it, or it is gone.
                    Err(error) if error.is_conflict() => {}
                    Err(error @ Error::Store(_)) => return Err(error),
                    Err(error) => tracing::warn!(%error, "a request waits"),
                }
            }
        }
    }

    /// Ends asking the customer of a ticket: they do not want to tell, or it is no longer needed. The offer
    /// and the question are [taken back](Self::cancel) where they have not left.
    ///
    /// # Errors
    ///
    /// When there is no such ticket, nobody is being asked, or the store fails.
    pub async fn end_asking(&self, ticket: &TicketId, why: RefusedWhy) -> Result<Asking, Error> {
        let ticket = self.ticket(ticket).await?;
        let handle = &ticket.key.customer;
        let known = self.read::<Asking>((ASKING, &handle.to_string())).await?;
        let row = known.ok_or_else(|| Error::NotAsked(ticket.id.clone()))?;
        let request = row.value.request();
        let request = request.ok_or_else(|| Error::NotAsked(ticket.id.clone()))?;
        let mut asking = row.value;
        let command = RequestCommand::Refuse { why };
        asking
            .events
            .extend(request.decide(&command, &self.parts.asking, self.now())?);
        self.end(handle, &asking, row.version).await?;
        Ok(asking)
    }

    /// The customer of a ticket takes back the consent to use what they told when they were asked: none
    /// of it counts any more, nor what an agent confirmed on its strength, and a link that rested on it is
    /// undone.
    ///
    /// # Errors
    ///
    /// When there is no such ticket, nothing was told, or the store fails.
    pub async fn withdraw_consent(
        &self,
        ticket: &TicketId,
        by: Option<&AgentId>,
    ) -> Result<(), Error> {
        let (ticket, now) = (self.ticket(ticket).await?, self.now());
        let handle = &ticket.key.customer;
        let open = self.read::<Asking>((ASKING, &handle.to_string())).await?;
        let past = self.past(handle).await?;
        let all = past.value.iter().chain(open.as_ref().map(|row| &row.value));
        let mut all: Vec<Asking> = all.cloned().collect();
        let mut evidence = Vec::new();
        for asking in &mut all {
            let Some(request) = asking.request() else {
                continue;
            };
            let events = request.decide(&RequestCommand::Withdraw, &self.parts.asking, now);
            let Ok(events) = events else { continue };
            evidence.extend(request.withdrawal(now));
            let confirmed = asking.events.iter().find_map(|event| match &event.step {
                RequestStep::Confirmed {
                    by: DecidedBy::Agent(agent),
                    ..
                } => Some(format!("agent {agent}")),
                _ => None,
            });
            evidence.extend(confirmed.map(|source| {
                let kind = EvidenceKind::Withdrawn(Withdrawal::of(&source));
                Evidence::new(now, format!("request {} withdrawn", request.id), kind)
            }));
            asking.events.extend(events);
        }
        if evidence.is_empty() {
            return Err(RequestBroken::NothingToWithdraw.into());
        }
        let key = handle.to_string();
        let mut changes = Changes::default();
        changes.documents.push(Versioned {
            value: Document::new(ASKED, key.as_str(), serde_json::json!(all)),
            version: past.version,
        });
        if let Some(row) = open {
            let (value, version) = ((ASKING.into(), key.into()), row.version);
            changes
                .purged
                .push(Purge::Document(Versioned { value, version }));
        }
        let subject = Subject::Handle(handle.clone());
        changes
            .audit
            .push(self.audited(AuditAction::ConsentWithdrawn, by, &subject));
        self.learn_with(handle, &evidence, &changes).await
    }

    /// What is to be done first.
    fn first_steps(
        &self,
        ticket: &Ticket,
        question: &Question,
        by: &AgentId,
        before: Option<Asking>,
    ) -> Result<Asking, Error> {
        let (now, policy) = (self.now(), &self.parts.asking);
        let newest = ticket
            .answerable()
            .last()
            .ok_or_else(|| Error::NothingToAnswer(ticket.id.clone()))?;
        let conversation = &ticket.key.conversation;
        let channel = self.channel(&conversation.account)?;
        let language = question.language.clone().unwrap_or_else(|| {
            let own = ticket.language.as_deref().unwrap_or("en");
            Language::from(own.split('-').next().unwrap_or("en"))
        });
        let before = before.and_then(|before| before.request());
        let id = DeliveryId::derive(&["ask", ticket.id.as_str(), &now.to_rfc3339()]);
        let customer = ticket.key.customer.clone();
        let offered = ContactRequest::offer(
            id.as_str(),
            customer,
            language.clone(),
            before.as_ref(),
            policy,
            now,
        )?;
        let in_private = ticket.audience_of(newest) == Some(&Audience::Direct);
        let slot = match in_private {
            true => PrivateSlot::Direct,
            false => slot(&channel.capabilities(Some(conversation)), newest, now),
        };
        let mut events = vec![offered];
        if let Some(request) = ContactRequest::of(&events) {
            events.extend(request.decide(&RequestCommand::Open { slot }, policy, now)?);
        }
        let text = |own: &Option<PublicText>, usual: fn(&Language) -> PublicText| {
            let text = own.clone().unwrap_or_else(|| usual(&language));
            text.as_str().to_owned()
        };
        let purpose = question.purpose.as_deref();
        Ok(Asking {
            ticket: ticket.id.clone(),
            by: by.clone(),
            place: in_private.then(|| ticket.id.clone()),
            writer: None,
            events,
            message: newest.message.clone(),
            kinds: question.kinds.clone(),
            question: private_question(&language, &question.kinds, purpose),
            public: (!in_private).then(|| Said {
                offer: text(&question.offer, PublicText::offer),
                offered: false,
                received: text(&question.received, PublicText::received),
            }),
            effect: None,
            looked: BTreeSet::new(),
        })
    }

    /// Everything that a handle was asked, the latest last.
    pub(crate) async fn requests(&self, handle: &HandleKey) -> Result<Vec<Asking>, Error> {
        let mut all = self.past(handle).await?.value;
        let open = self.read((ASKING, &handle.to_string())).await?;
        all.extend(open.map(|row| row.value));
        Ok(all)
    }

    /// Everything that anybody was asked who has one of these handles, also those that write to us in
    /// private by it. O(requests kept).
    pub(crate) async fn requests_of(&self, handles: &[HandleKey]) -> Result<Vec<Asking>, Error> {
        let (store, mut all) = (self.store(), Vec::new());
        let keys: BTreeSet<String> = handles.iter().map(ToString::to_string).collect();
        for kind in [ASKED, ASKING] {
            let mut after: Option<std::sync::Arc<str>> = None;
            loop {
                let page = store.privacy().documents(kind, after.as_deref(), PAGE);
                let page = page.await?;
                let Some(last) = page.last() else { break };
                after = Some(last.value.key.clone());
                for row in page {
                    let is_asked = keys.contains(&*row.value.key);
                    let writes = |asking: &Asking| {
                        asking
                            .writer
                            .as_ref()
                            .is_some_and(|one| handles.contains(one))
                    };
                    let askings = stored(row.value.body).into_iter();
                    all.extend(askings.filter(|asking| is_asked || writes(asking)));
                }
            }
        }
        Ok(all)
    }

    async fn past(&self, handle: &HandleKey) -> Result<Versioned<Vec<Asking>>, Error> {
        let past = self.read((ASKED, &handle.to_string())).await?;
        Ok(past.unwrap_or_else(|| Versioned::new(Vec::new())))
    }

    /// Goes on with one request until it waits or ends. Returns whether it went on.
    async fn go_on_with(&self, handle: &HandleKey) -> Result<bool, Error> {
        let key = handle.to_string();
        let mut went = false;
        for _ in 0..STEPS {
            let Some(row) = self.read::<Asking>((ASKING, &key)).await? else {
                break;
            };
            let (mut asking, version) = (row.value, row.version);
            let Some(request) = asking.request() else {
                break;
            };
            match self.step_on(&mut asking, &request).await? {
                Next::Waits => break,
                Next::Goes(evidence) => {
                    self.write_asking(handle, &asking, version, &evidence)
                        .await?;
                }
                Next::Ends => self.end(handle, &asking, version).await?,
            }
            went = true;
        }
        Ok(went)
    }

    /// It is over: it stands among what the handle was asked, and what still waits to be sent is not.
    async fn end(&self, handle: &HandleKey, asking: &Asking, version: u64) -> Result<(), Error> {
        for effect in asking.offer().iter().chain(&asking.effect) {
            // What has left cannot be taken back.
            if let Err(error @ Error::Store(_)) =
                self.cancel(effect, None, Some("asking has ended")).await
            {
                return Err(error);
            }
        }
        let mut past = self.past(handle).await?;
        past.value.push(asking.clone());
        let key = handle.to_string();
        let ended = Versioned {
            value: Document::new(ASKED, key.as_str(), serde_json::json!(past.value)),
            version: past.version,
        };
        let gone = Purge::Document(Versioned {
            value: (ASKING.into(), key.into()),
            version,
        });
        let mut changes = Changes::default();
        changes.documents.push(ended);
        changes.purged.push(gone);
        self.store().commit(changes).await?;
        Ok(())
    }

    async fn drop_asking(&self, handle: &HandleKey, version: u64) -> Result<(), Error> {
        let value = (ASKING.into(), handle.to_string().into());
        let mut changes = Changes::default();
        changes
            .purged
            .push(Purge::Document(Versioned { value, version }));
        self.store().commit(changes).await?;
        Ok(())
    }

    /// Writes a request down as it stands, and what was learnt.
    async fn write_asking(
        &self,
        handle: &HandleKey,
        asking: &Asking,
        version: u64,
        evidence: &[Evidence],
    ) -> Result<(), Error> {
        let key = handle.to_string();
        let value = Document::new(ASKING, key, serde_json::json!(asking));
        let mut changes = Changes::default();
        changes.documents.push(Versioned { value, version });
        if evidence.is_empty() {
            self.store().commit(changes).await?;
            return Ok(());
        }
        self.learn_with(handle, evidence, &changes).await
    }

    /// Takes evidence in, decides anew who it is, and commits it with what goes along.
    async fn learn_with(
        &self,
        handle: &HandleKey,
        evidence: &[Evidence],
        along: &Changes,
    ) -> Result<(), Error> {
        let replica = self.replica().await?;
        let mut wanted = Wanted::default();
        wanted.people.insert(handle.clone());
        let links = self
            .settle(wanted, |known| {
                let mut world = World::new(known, self.parts.rules);
                for piece in evidence {
                    world.tell(handle, piece.clone());
                }
                people::decide(&mut world, std::slice::from_ref(handle), &replica);
                let finished = world.finish(self.parts.sla.as_ref(), self.now());
                Ok(finished.map(|mut changes| {
                    changes.documents.extend(along.documents.iter().cloned());
                    changes.purged.extend(along.purged.iter().cloned());
                    changes.audit.extend(along.audit.iter().cloned());
                    changes
                }))
            })
            .await?;
        self.teach(&replica, &links).await
    }
}

/// How the network lets us write to the author of something public in private.
fn slot(capabilities: &Capabilities, message: &Attached, now: DateTime<Utc>) -> PrivateSlot {
    let support = capabilities.support(&EffectName::PrivateReply);
    if matches!(support, Support::Rejected | Support::Other(_)) {
        return PrivateSlot::None;
    }
    let Some(seconds) = capabilities.private_reply_seconds else {
        return PrivateSlot::Direct;
    };
    let open = i64::try_from(seconds).ok().and_then(TimeDelta::try_seconds);
    let until = open.and_then(|open| message.at.checked_add_signed(open));
    match until.unwrap_or(DateTime::<Utc>::MAX_UTC) {
        until if until <= now => PrivateSlot::None,
        until => PrivateSlot::OneReply { until },
    }
}

/// The requests of a document: one under way, or all that are over.
fn stored(body: serde_json::Value) -> Vec<Asking> {
    let all = serde_json::from_value::<Vec<Asking>>(body.clone())
        .or_else(|_| serde_json::from_value(body).map(|one: Asking| vec![one]));
    all.unwrap_or_default()
}

/// Whether a stored request is about one of these customers, or was put to one of these handles.
pub(crate) fn names_anybody(
    document: &Document,
    customers: &[CustomerId],
    handles: &[&HandleKey],
) -> bool {
    let all = stored(document.body.clone());
    let theirs = |handle: &HandleKey| handles.contains(&handle);
    let mut writers = all.iter().filter_map(|asking| asking.writer.as_ref());
    let mut events = all.iter().flat_map(|asking| &asking.events);
    writers.any(theirs)
        || events.any(|event| match &event.step {
            RequestStep::Proposed { customer, .. } | RequestStep::Confirmed { customer, .. } => {
                customers.contains(customer)
            }
            _ => false,
        })
}
