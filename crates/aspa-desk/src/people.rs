//! Who writes: what messages and profiles tell of a handle, and what that comes to.

use aspa_channel::{AttributeKind, Audience, Event, Handle, Message, MessageKind};
use aspa_identity::{
    Contact, ContactKind, Evidence, EvidenceKind, Link, Linker, Profile, Renamed, Speaker,
};
use aspa_store::Versioned;
use aspa_types::{HandleKey, Network};
use chrono::{DateTime, Utc};

use crate::replica::Replica;
use crate::world::{Missing, World};

/// Takes in what an inbound message tells of its author.
pub(crate) fn listen(
    world: &mut World<'_>,
    message: &Message,
    at: DateTime<Utc>,
    event: &Event,
    linker: &Linker,
) -> Result<(), Missing> {
    let Some(author) = &message.author else {
        return Ok(());
    };
    let person = world.person(author)?;
    let mut told: Vec<EvidenceKind> = Vec::new();
    if let Some(asserted) = &message.asserted {
        told.push(EvidenceKind::HostAsserted {
            customer: asserted.customer.clone(),
        });
    }
    if let Some(handle) = event.handles.iter().find(|handle| handle.key == *author) {
        told.extend(profile(handle));
        told.extend(contacts(handle));
    }
    if *author.network() == Network::EMAIL && author.id().contains('@') {
        let email = Contact::private(ContactKind::Email, author.id()).of(Speaker::Themself);
        told.push(EvidenceKind::ContactRevealed(email));
    }
    if is_private(message) {
        let said = linker.settings().extractor().read(&message.text());
        told.extend(said.evidence(&aspa_identity::Audience::Private));
    }
    let is_new = person.link.is_none();
    // Of whoever asked to be forgotten nothing is kept that would not count.
    let is_erased = person.evidence().any(|e| e.kind == EvidenceKind::Erased);
    let counts =
        |kind: &EvidenceKind| !is_erased || matches!(kind, EvidenceKind::HostAsserted { .. });
    // A profile that is again what it once was is news: the latest one counts.
    let is_profile = |e: &&Evidence| matches!(e.kind, EvidenceKind::ProfileSeen(_));
    let latest = person.evidence().filter(is_profile).max_by_key(|e| e.at);
    let known = |kind: &EvidenceKind| match kind {
        EvidenceKind::ProfileSeen(_) => latest.is_some_and(|e| e.kind == *kind),
        _ => person.evidence().any(|e| e.kind == *kind),
    };
    told.retain(|kind| counts(kind) && !known(kind));
    if is_new {
        world.meet_author(author);
    }
    let source = message.key.to_string();
    for kind in told {
        world.tell(author, Evidence::new(at, &source, kind));
    }
    Ok(())
}

/// Takes in that a presence goes by another key now: whoever knows its user name of before knows the new one.
/// Of whoever asked to be forgotten nothing is kept.
pub(crate) fn moved(
    world: &mut World<'_>,
    event: &Event,
    from: &HandleKey,
    to: &HandleKey,
    at: DateTime<Utc>,
) -> Result<(), Missing> {
    let user_name = |key: &HandleKey| {
        let handle = event.handles.iter().find(|handle| handle.key == *key);
        handle.and_then(|handle| handle.latest(&AttributeKind::UserName))
    };
    let (Some(before), Some(now)) = (user_name(from), user_name(to)) else {
        return Ok(());
    };
    let kind = EvidenceKind::HandleRenamed(Renamed::new(before, now));
    let person = world.person(to)?;
    let is_settled = |known: &Evidence| known.kind == kind || known.kind == EvidenceKind::Erased;
    if before == now || person.evidence().any(is_settled) {
        return Ok(());
    }
    world.tell(to, Evidence::new(at, event.key(), kind));
    Ok(())
}

/// Whether only we could read it, so that what it reveals was meant for us.
pub(crate) fn is_private(message: &Message) -> bool {
    message.audience == Audience::Direct
        || matches!(
            message.kind,
            MessageKind::Mail | MessageKind::Form | MessageKind::CallBack
        )
}

fn profile(handle: &Handle) -> Option<EvidenceKind> {
    let latest = |kind| handle.latest(&kind).map(ToOwned::to_owned);
    let links = |verified: bool| {
        let links = handle
            .attributes
            .iter()
            .filter(move |a| a.kind == AttributeKind::Link);
        links
            .filter(move |a| a.verified == verified)
            .map(|a| a.value.clone())
            .collect()
    };
    let mut profile = Profile::default();
    profile.user_name = latest(AttributeKind::UserName);
    profile.display_name = latest(AttributeKind::DisplayName);
    profile.location = latest(AttributeKind::Location);
    profile.bio = latest(AttributeKind::Bio);
    profile.links = links(false);
    profile.verified_links = links(true);
    (profile != Profile::default()).then_some(EvidenceKind::ProfileSeen(profile))
}

fn contacts(handle: &Handle) -> impl Iterator<Item = EvidenceKind> {
    handle.attributes.iter().filter_map(|attribute| {
        let kind = match attribute.kind {
            AttributeKind::Email => ContactKind::Email,
            AttributeKind::Phone => ContactKind::Phone,
            _ => return None,
        };
        // What a network vouches for is the person's own; anybody can type the rest.
        let speaker = match attribute.verified {
            true => Speaker::Themself,
            false => Speaker::Unknown,
        };
        let contact = Contact::private(kind, attribute.value.as_str()).of(speaker);
        Some(EvidenceKind::ContactRevealed(contact))
    })
}

/// Decides anew who these handles are.
pub(crate) fn decide(world: &mut World<'_>, handles: &[HandleKey], replica: &Replica) {
    for handle in handles {
        // What is missing has been noted, and `finish` tells.
        if let Ok(Some(link)) = link(world, handle, replica) {
            world.link(link);
        }
    }
}

/// Also "nobody" is stored, so that whoever is to be decided anew can be found without the messages.
fn link(
    world: &mut World<'_>,
    handle: &HandleKey,
    replica: &Replica,
) -> Result<Option<Versioned<Link>>, Missing> {
    let person = world.person(handle)?;
    let evidence: Vec<Evidence> = person.evidence().cloned().collect();
    let before = person.link;
    let link = replica.link(handle, &evidence, before.map(|row| &row.value));
    let same = |old: &Versioned<Link>| {
        let stands = |link: &Link| {
            (
                link.state.clone(),
                link.customer.clone(),
                link.redirected_from.clone(),
                link.conflict.clone(),
            )
        };
        old.value.decision == link.decision && stands(&old.value) == stands(&link)
    };
    if before.is_some_and(same) {
        return Ok(None);
    }
    let version = before.map_or(0, |old| old.version);
    Ok(Some(Versioned {
        value: link,
        version,
    }))
}
