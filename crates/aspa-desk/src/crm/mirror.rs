//! What CRMs have to learn of a change that is about to be committed.

use std::collections::BTreeMap;

use aspa_crm::{
    Case, CaseStatus, Confirmed, Effect, EffectKind, EffectName, HandleRow, NaturalKey,
};
use aspa_identity::{DecidedBy, EvidenceKind, Link, LinkState, Profile};
use aspa_store::{Changes, Document, TicketQuery, TicketRow, Versioned, Wanted};
use aspa_ticket::{Category, Ticket};
use aspa_types::{CustomerId, EffectKey, HandleKey};
use serde::{Deserialize, Serialize};

use super::{CrmAccount, wrapped};
use crate::desk::Desk;
use crate::error::Error;
use crate::replica::is_confirmed;
use crate::world::Known;

/// What cases were told to be, by system and ticket.
pub(crate) const CASE: &str = "crm_case";
/// Of how many tickets of somebody the cases go along when they are somebody else.
const TICKETS: usize = 10_000;

/// What a ticket's case was told to be.
#[derive(PartialEq, Serialize, Deserialize)]
struct Told {
    customer: CustomerId,
    status: CaseStatus,
    user: Option<String>,
}

/// Whether a stored case is at one of these customers, or of a ticket that has another id now.
pub(crate) fn is_about(
    document: &Document,
    customers: &[CustomerId],
    renamed: &BTreeMap<String, String>,
) -> bool {
    let told = serde_json::from_value::<Told>(document.body.clone());
    let ticket = document.key.rsplit(' ').next();
    told.is_ok_and(|told| customers.contains(&told.customer))
        || ticket.is_some_and(|ticket| renamed.contains_key(ticket))
}

impl Desk {
    /// Adds to what is about to be written the effects on CRMs that follow from it; or, if something was
    /// missing, says what to load.
    pub(crate) async fn write_back(
        &self,
        known: &Known,
        changes: &mut Changes,
    ) -> Result<Result<(), Box<Wanted>>, Error> {
        let mut missing = Wanted::default();
        let mut effects = Vec::new();
        let mut told = Vec::new();
        for back in &self.parts.crms {
            if self.tenant_of(&back.account()?) != self.tenant {
                continue;
            }
            if back.handles {
                let links = changes.links.iter();
                effects.extend(links.flat_map(|link| rows(back, known, changes, link)));
            }
            if back.cases && back.performs(&EffectName::UpsertCase) {
                let about = changes.tickets.iter();
                let about = about.map(|row| &row.value.ticket.key.customer);
                let unknown = about.filter(|handle| known.person(handle).is_none());
                missing.people.extend(unknown.cloned());
                for (effect, document) in self.cases(back, known, changes).await? {
                    effects.push(effect);
                    told.push(document);
                }
            }
        }
        if !missing.is_empty() {
            return Ok(Err(Box::new(missing)));
        }
        for effect in effects {
            let row = self.on_terms(wrapped(&effect, &[])?, None, Vec::new(), self.now());
            changes.outbox.push(Versioned::new(row));
        }
        changes.documents.extend(told);
        Ok(Ok(()))
    }

    /// The cases that are not as their tickets are: of tickets that change, and of those of whoever is
    /// somebody else now. Beside each what it is told to be.
    async fn cases(
        &self,
        back: &CrmAccount,
        known: &Known,
        changes: &Changes,
    ) -> Result<Vec<(Effect, Versioned<Document>)>, Error> {
        let links = &changes.links;
        let new = |handle: &HandleKey| links.iter().find(|row| row.value.handle == *handle);
        let mut cases = Vec::new();
        for row in &changes.tickets {
            let ticket = &row.value.ticket;
            let handle = &ticket.key.customer;
            let link = new(handle).or_else(|| known.link(handle));
            cases.extend(self.case(back, ticket, link, true).await?);
        }
        for link in links {
            let handle = &link.value.handle;
            if linked(back, known.link(handle)) == linked(back, Some(link)) {
                continue;
            }
            let mut query = TicketQuery::default();
            (query.handle, query.limit) = (Some(handle.clone()), TICKETS);
            for row in self.store().tickets(&query).await? {
                let changes_too =
                    |other: &Versioned<TicketRow>| other.value.ticket.id == row.ticket.id;
                if !changes.tickets.iter().any(changes_too) {
                    let is_open = row.ticket.category != Category::Closed;
                    cases.extend(self.case(back, &row.ticket, Some(link), is_open).await?);
                }
            }
        }
        Ok(cases)
    }

    /// The case that a ticket is to have, where it was not told so already; a new one only if it is to be
    /// made.
    async fn case(
        &self,
        back: &CrmAccount,
        ticket: &Ticket,
        link: Option<&Versioned<Link>>,
        make: bool,
    ) -> Result<Option<(Effect, Versioned<Document>)>, Error> {
        let Some(status) = status(&ticket.category) else {
            return Ok(None);
        };
        let system = back.system();
        let name = format!("{system} {}", ticket.id);
        let known = self.store().privacy().document(CASE, &name).await?;
        let version = known.as_ref().map_or(0, |row| row.version);
        let before = known.and_then(|row| serde_json::from_value::<Told>(row.value.body).ok());
        let told = match (linked(back, link), &before) {
            (Some(customer), before) if make || before.is_some() => Told {
                customer: customer.clone(),
                status,
                user: ticket
                    .assignee
                    .as_ref()
                    .and_then(|to| back.users.get(to))
                    .cloned(),
            },
            // Whose record it is at has not written it. Not every system has cases of nobody.
            (None, Some(before)) => Told {
                customer: before.customer.clone(),
                status: CaseStatus::Closed,
                user: None,
            },
            _ => return Ok(None),
        };
        if before.as_ref() == Some(&told) {
            return Ok(None);
        }
        let network = ticket.key.customer.network().as_str();
        let subject = format!("{network}: ticket {}", ticket.id);
        let mut case = Case::new(NaturalKey::case(&ticket.id), subject, told.status.clone());
        case.customer = Some(told.customer.clone());
        case.url = back.address(&ticket.id);
        case.origin = Some(network.to_owned());
        case.user.clone_from(&told.user);
        let (seen, at) = (version.to_string(), self.now().to_rfc3339());
        let id = ticket.id.as_str();
        let key = EffectKey::derive(&["crm", system.as_str(), "case", id, &seen, &at]);
        let effect = Effect::new(key, system.clone(), EffectKind::UpsertCase(case));
        let value = Document::new(CASE, name, serde_json::json!(told));
        Ok(Some((effect, Versioned { value, version })))
    }
}

/// The handle's row taken from whom it is no longer, and given to whom it is now.
fn rows(back: &CrmAccount, known: &Known, changes: &Changes, now: &Versioned<Link>) -> Vec<Effect> {
    let handle = &now.value.handle;
    let before = known.link(handle);
    let old = before.and_then(|link| confirmed(back, &link.value));
    let new = confirmed(back, &now.value);
    // Who confirmed it stands in the row too.
    let by = before.map(|link| &link.value.decided_by);
    if old == new && (new.is_none() || by == Some(&now.value.decided_by)) {
        return Vec::new();
    }
    let version = now.version.to_string();
    let at = now.value.at.to_rfc3339();
    let effect = |what: &str, customer: &CustomerId, kind| {
        let cause = [
            "crm",
            customer.system.as_str(),
            what,
            &customer.id,
            &handle.to_string(),
            &version,
            &at,
        ];
        Effect::new(EffectKey::derive(&cause), customer.system.clone(), kind)
    };
    let mut effects = Vec::new();
    let moved = now.value.redirected_from.as_ref();
    if let Some(old) = old.filter(|old| new != Some(*old) && moved != Some(*old))
        && back.performs(&EffectName::UnlinkHandle)
    {
        let kind = EffectKind::UnlinkHandle {
            customer: old.clone(),
            handle: handle.clone(),
        };
        effects.push(effect("unlink", old, kind));
    }
    if let Some(customer) = new
        && back.performs(&EffectName::LinkHandle)
    {
        let by = match &now.value.decided_by {
            DecidedBy::Agent(agent) => Confirmed::ByAgent(agent.clone()),
            _ => Confirmed::Verified,
        };
        let mut row = HandleRow::new(handle.clone(), by);
        if let Some(profile) = profile(known, changes, handle) {
            row.user_name.clone_from(&profile.user_name);
            row.display_name.clone_from(&profile.display_name);
        }
        let kind = EffectKind::LinkHandle {
            customer: customer.clone(),
            handle: row,
        };
        effects.push(effect("link", customer, kind));
    }
    effects
}

/// Whom of this system the host or an agent says that it is.
pub(super) fn confirmed<'a>(back: &CrmAccount, link: &'a Link) -> Option<&'a CustomerId> {
    let customer = link.customer.as_ref().filter(|_| is_confirmed(link));
    customer.filter(|customer| customer.system == *back.system())
}

/// What a handle's profile showed last.
fn profile<'a>(known: &'a Known, changes: &'a Changes, handle: &HandleKey) -> Option<&'a Profile> {
    let new = changes.evidence.iter();
    let new = new.filter(|(of, _)| of == handle).map(|(_, piece)| piece);
    let old = known.person(handle).into_iter();
    let seen = old.flat_map(|person| &person.evidence).chain(new);
    let seen = seen.filter_map(|piece| match &piece.kind {
        EvidenceKind::ProfileSeen(profile) => Some((piece.at, profile)),
        _ => None,
    });
    seen.max_by_key(|(at, _)| *at).map(|(_, profile)| profile)
}

/// Whose record of this system a handle's tickets are at.
fn linked<'a>(back: &CrmAccount, link: Option<&'a Versioned<Link>>) -> Option<&'a CustomerId> {
    let link = &link?.value;
    let customer = link.customer.as_ref()?;
    let is_linked = link.state == LinkState::Linked && customer.system == *back.system();
    is_linked.then_some(customer)
}

/// How far a case is; none where it stays as it was.
fn status(category: &Category) -> Option<CaseStatus> {
    Some(match category {
        Category::New => CaseStatus::New,
        Category::Open => CaseStatus::Open,
        Category::WaitingCustomer => CaseStatus::WaitingCustomer,
        Category::WaitingInternal | Category::Snoozed => CaseStatus::WaitingInternal,
        Category::Resolved => CaseStatus::Resolved,
        Category::Closed => CaseStatus::Closed,
        _ => return None,
    })
}

impl Known {
    fn link(&self, handle: &HandleKey) -> Option<&Versioned<Link>> {
        self.person(handle)?.link.as_ref()
    }
}
