//! Who handles are: decided anew, said by people, forgotten, and listed for review.

use std::cmp::Ordering;

use aspa_identity::{
    Action, Disclosure, DisclosurePolicy, Evidence, EvidenceKind, Link, LinkState, Proof,
    ReviewWhy, value_of_looking,
};
use aspa_store::{AuditAction, Wanted};
use aspa_types::{AgentId, CustomerId, HandleKey};

use crate::desk::Desk;
use crate::error::Error;
use crate::people;
use crate::privacy::Subject;
use crate::world::World;

/// How a link may stand.
const STATES: [LinkState; 4] = [
    LinkState::Linked,
    LinkState::Review,
    LinkState::Refused,
    LinkState::None,
];
const PAGE: usize = 500;

/// A link that a person should look at. [`Decision::explain`](aspa_identity::Decision::explain) of
/// its decision says why; [`Desk::confirm_link`] and [`Desk::refuse_link`] answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Review {
    /// The link as it stands: whom it may lead to, how probable that is, and what one more detail
    /// would bring.
    pub link: Link,
    /// Why somebody should look.
    pub why: ReviewWhy,
    /// What looking is expected to save, in the unit of the costs of
    /// [`Settings`](aspa_identity::Settings); an audit is worth what a look costs.
    pub value: f64,
}

impl Review {
    /// What contradicts an agent first, then what is most worth it, then the oldest.
    fn order(a: &Self, b: &Self) -> Ordering {
        let conflict = |review: &Self| review.why != ReviewWhy::Conflict;
        conflict(a)
            .cmp(&conflict(b))
            .then_with(|| b.value.total_cmp(&a.value))
            .then_with(|| a.link.at.cmp(&b.link.at))
            .then_with(|| a.link.handle.cmp(&b.link.handle))
    }
}

impl Desk {
    /// Decides anew who everybody is that has written: after a [`sync`](Self::sync) that brought,
    /// changed or took customers, and after other settings or rates. Returns how many links changed.
    ///
    /// O(handles): reads links and evidence, no message. What only writes anew costs nothing; a
    /// handle of which nothing has changed stays as it is.
    ///
    /// # Errors
    ///
    /// When the store fails; what was decided by then stays.
    pub async fn relink(&self) -> Result<usize, Error> {
        self.relink_where(|_| true).await
    }

    pub(crate) async fn relink_where(
        &self,
        is_meant: impl Fn(&Link) -> bool,
    ) -> Result<usize, Error> {
        let replica = self.replica().await?;
        let mut changed = 0;
        for state in STATES {
            let mut after: Option<HandleKey> = None;
            loop {
                let page = self.store().links(&state, after.as_ref(), PAGE).await?;
                let Some(last) = page.last() else { break };
                after = Some(last.handle.clone());
                let meant = page.into_iter().filter(&is_meant);
                let handles: Vec<HandleKey> = meant.map(|link| link.handle).collect();
                let mut wanted = Wanted::default();
                wanted.people.extend(handles.iter().cloned());
                if wanted.is_empty() {
                    continue;
                }
                let links = self
                    .settle(wanted, |known| {
                        let mut world = World::new(known, self.parts.rules);
                        people::decide(&mut world, &handles, &replica);
                        Ok(world.finish(self.parts.sla.as_ref(), self.now()))
                    })
                    .await?;
                changed += links.len();
                self.teach(&replica, &links).await?;
            }
        }
        Ok(changed)
    }

    /// A person says that this handle is that customer. Its user name counts as a known one of the
    /// customer from then on: it helps to link the person's other handles, and near-copies of it are
    /// suspect. A CRM that the desk [writes into](crate::CrmAccount::with_handles) learns of it. Returns the
    /// link as it stands now.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn confirm_link(
        &self,
        handle: &HandleKey,
        customer: &CustomerId,
        by: AgentId,
    ) -> Result<Option<Link>, Error> {
        let customer = self.replica().await?.root(customer);
        let source = format!("agent {by}");
        let audit = (AuditAction::LinkConfirmed, Some(by.clone()));
        let said = EvidenceKind::AgentSaidSame { customer, by };
        self.tell(handle, source, said, audit).await
    }

    /// A person says that this handle is not that customer, which undoes a link and is remembered.
    /// Returns the link as it stands now.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn refuse_link(
        &self,
        handle: &HandleKey,
        customer: &CustomerId,
        by: AgentId,
    ) -> Result<Option<Link>, Error> {
        let customer = self.replica().await?.root(customer);
        let source = format!("agent {by}");
        let audit = (AuditAction::LinkRefused, Some(by.clone()));
        let said = EvidenceKind::AgentSaidNotSame { customer, by };
        self.tell(handle, source, said, audit).await
    }

    /// Forgets who a handle is, at its owner's wish: all evidence is removed, the link and what it
    /// rested on too, and what is left is a mark that it was erased. From then on the linker keeps
    /// nothing of what the handle shows or tells, and only the host's or an agent's later word links it
    /// again. Returns the link as it stands now.
    ///
    /// Messages, tickets and what the network shows of the handle are not touched.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn forget_link(&self, handle: &HandleKey) -> Result<Option<Link>, Error> {
        let audit = (AuditAction::LinkForgotten, None);
        self.tell(handle, "erasure".to_owned(), EvidenceKind::Erased, audit)
            .await
    }

    async fn tell(
        &self,
        handle: &HandleKey,
        source: String,
        kind: EvidenceKind,
        (action, by): (AuditAction, Option<AgentId>),
    ) -> Result<Option<Link>, Error> {
        let now = self.now();
        let evidence = Evidence::new(now, source, kind);
        let subject = Subject::Handle(handle.clone());
        let entry = self.audited(action.clone(), by.as_ref(), &subject);
        let replica = self.replica().await?;
        let mut wanted = Wanted::default();
        wanted.people.insert(handle.clone());
        let links = self
            .settle(wanted, |known| {
                let mut world = World::new(known, self.parts.rules);
                if action == AuditAction::LinkForgotten {
                    world.forget(handle);
                }
                world.tell(handle, evidence.clone());
                people::decide(&mut world, std::slice::from_ref(handle), &replica);
                let finished = world.finish(self.parts.sla.as_ref(), now);
                Ok(finished.map(|mut changes| {
                    changes.audit.push(entry.clone());
                    changes
                }))
            })
            .await?;
        self.teach(&replica, &links).await?;
        self.link(handle).await
    }

    /// Who a handle is, as far as is known.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn link(&self, handle: &HandleKey) -> Result<Option<Link>, Error> {
        let mut wanted = Wanted::default();
        wanted.people.insert(handle.clone());
        let mut people = self.store().load(&wanted).await?.people;
        Ok(people
            .remove(handle)
            .and_then(|person| person.link)
            .map(|row| row.value))
    }

    /// Whether something may be done with the record of the customer that a handle is linked to, by what is
    /// known now. A link says who it is most probably. To tell the person what the record holds it takes
    /// [proof](Proof), since anybody can take a customer's name and know the address: a login that the host
    /// vouches for, or several details that were told in private, among them a number that we gave.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn disclosure(
        &self,
        handle: &HandleKey,
        action: &Action,
        policy: &DisclosurePolicy,
    ) -> Result<Disclosure, Error> {
        let (store, mut wanted) = (self.store(), Wanted::default());
        wanted.people.insert(handle.clone());
        let person = store.load(&wanted).await?.people.remove(handle);
        let linked = person.and_then(|person| Some((person.link?.value, person.evidence)));
        let Some((link, evidence)) = linked else {
            return Ok(Disclosure::NotLinked);
        };
        let mut wanted = Wanted::default();
        wanted.customers.extend(link.customer.clone());
        let customers = store.load(&wanted).await?.customers;
        let (settings, now) = (&self.parts.identity, self.now());
        let proof = customers.values().next();
        let proof = proof.map(|one| Proof::of(one, &evidence, settings, policy, now));
        Ok(policy.allows(action, &link, &proof.unwrap_or_default()))
    }

    /// What people should look at, at most so many: links that contradict what an agent said, then
    /// by what looking saves ([`value_of_looking`]), then the oldest first. Among them the links by
    /// rule that [audits](crate::DeskBuilder::audits) pick. O(links).
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn reviews(&self, limit: usize) -> Result<Vec<Review>, Error> {
        let settings = &self.parts.identity;
        let audit = self.parts.audit.as_ref();
        let mut reviews: Vec<Review> = Vec::new();
        let listed = match audit {
            Some(_) => &[LinkState::Review, LinkState::Linked][..],
            None => &[LinkState::Review],
        };
        for state in listed {
            let mut after: Option<HandleKey> = None;
            loop {
                let page = self.store().links(state, after.as_ref(), PAGE).await?;
                let Some(last) = page.last() else { break };
                after = Some(last.handle.clone());
                for link in page {
                    let is_review = *state == LinkState::Review;
                    let (why, value) = match &link.conflict {
                        _ if !is_review => (ReviewWhy::Audit, settings.cost_review),
                        Some(_) => (
                            ReviewWhy::Conflict,
                            value_of_looking(&link.decision, settings),
                        ),
                        None => (
                            ReviewWhy::Unsure,
                            value_of_looking(&link.decision, settings),
                        ),
                    };
                    if is_review || audit.is_some_and(|audit| audit.picks(&link)) {
                        reviews.push(Review { link, why, value });
                    }
                }
                reviews.sort_by(Review::order);
                reviews.truncate(limit);
            }
        }
        Ok(reviews)
    }
}
