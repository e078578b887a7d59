//! What CRMs have to learn of a change that is about to be committed.

use aspa_crm::{
    Case, CaseStatus, Confirmed, Effect, EffectKind, EffectName, HandleRow, NaturalKey,
};
use aspa_identity::{DecidedBy, EvidenceKind, Link, LinkState, Profile};
use aspa_store::{Changes, TicketRow, Versioned, Wanted};
use aspa_ticket::{Category, Ticket};
use aspa_types::{CustomerId, EffectKey, HandleKey};
use chrono::{DateTime, Utc};

use super::{CrmAccount, wrapped};
use crate::desk::Desk;
use crate::error::Error;
use crate::replica::is_confirmed;
use crate::world::Known;

impl Desk {
    /// Adds to what is about to be written the effects on CRMs that follow from it; or, if something was
    /// missing, says what to load.
    pub(crate) fn write_back(
        &self,
        known: &Known,
        changes: &mut Changes,
    ) -> Result<Result<(), Box<Wanted>>, Error> {
        let mut missing = Wanted::default();
        let mut effects = Vec::new();
        for back in &self.parts.crms {
            if self.tenant_of(&back.account()?) != self.tenant {
                continue;
            }
            if back.handles {
                let links = changes.links.iter();
                effects.extend(links.flat_map(|link| rows(back, known, changes, link)));
            }
            if back.cases && back.performs(&EffectName::UpsertCase) {
                for row in &changes.tickets {
                    match case(back, known, changes, row, self.now()) {
                        Ok(effect) => effects.extend(effect),
                        Err(handle) => {
                            missing.people.insert(handle);
                        }
                    }
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
        Ok(Ok(()))
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

/// The case that a ticket is to have, where it is not so already.
///
/// # Errors
///
/// The handle of whom too little was loaded.
fn case(
    back: &CrmAccount,
    known: &Known,
    changes: &Changes,
    row: &Versioned<TicketRow>,
    now: DateTime<Utc>,
) -> Result<Option<Effect>, HandleKey> {
    let ticket = &row.value.ticket;
    let Some(status) = status(&ticket.category) else {
        return Ok(None);
    };
    let handle = &ticket.key.customer;
    let new = changes.links.iter().find(|row| row.value.handle == *handle);
    let old = known.person(handle).ok_or_else(|| handle.clone())?;
    let old = old.link.as_ref();
    let customer = |link: Option<&Versioned<Link>>| -> Option<CustomerId> {
        let link = &link?.value;
        let customer = link.customer.as_ref()?;
        let linked = link.state == LinkState::Linked && customer.system == *back.system();
        linked.then(|| customer.clone())
    };
    let (before, after) = (customer(old), customer(new.or(old)));
    let Some(customer) = after else {
        return Ok(None);
    };
    let user = |ticket: &Ticket| back.users.get(ticket.assignee.as_ref()?).cloned();
    let was = known.ticket(ticket);
    let was = was.map(|ticket| (self::status(&ticket.category), user(ticket)));
    let now_user = user(ticket);
    let same_link = before.as_ref() == Some(&customer) && new.is_none();
    if same_link && was == Some((Some(status.clone()), now_user.clone())) {
        return Ok(None);
    }
    let network = handle.network().as_str();
    let subject = format!("{network}: ticket {}", ticket.id);
    let mut case = Case::new(NaturalKey::case(&ticket.id), subject, status);
    case.customer = Some(customer);
    case.url = back.address(&ticket.id);
    case.origin = Some(network.to_owned());
    case.user = now_user;
    let version = row.version.to_string();
    let at = now.to_rfc3339();
    let system = back.system();
    let cause = [
        "crm",
        system.as_str(),
        "case",
        ticket.id.as_str(),
        &version,
        &at,
    ];
    let kind = EffectKind::UpsertCase(case);
    Ok(Some(Effect::new(
        EffectKey::derive(&cause),
        system.clone(),
        kind,
    )))
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

    fn ticket(&self, ticket: &Ticket) -> Option<&Ticket> {
        self.find(&ticket.key, &ticket.id)
    }
}
