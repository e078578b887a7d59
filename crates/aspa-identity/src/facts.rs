use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aspa_crm::normal;
use aspa_types::{AgentId, CustomerId};
use chrono::{DateTime, Utc};

use crate::{
    Audience, Contact, ContactKind, Evidence, EvidenceKind, LinkProof, NameRole, Profile, Purpose,
    Settings, Speaker, ToldName, VerifiedLink, mask,
};

/// Most user names, told names and links of one presence: more tell nothing.
const MOST: usize = 16;

/// What a set of evidence comes down to.
#[derive(Debug, Default)]
#[allow(dead_code, reason = "newer facts that scoring does not weigh yet")]
pub(crate) struct Facts {
    /// The user name as it is now; none once it was given up.
    pub(crate) user_name: Option<Sourced>,
    /// Every user name that the presence bore, the oldest first, the one of now too.
    pub(crate) user_names: Vec<Borne>,
    /// User names in lower case that were another presence's until then: what the CRM knows of
    /// them is not about this presence.
    pub(crate) recycled: BTreeMap<String, DateTime<Utc>>,
    pub(crate) display_name: Option<Sourced>,
    pub(crate) location: Option<Sourced>,
    pub(crate) bio: Option<Sourced>,
    pub(crate) links: Vec<Sourced>,
    /// Of the profile and of events.
    pub(crate) verified_links: Vec<Sourced>,
    /// How those of events were proven, by address.
    pub(crate) proofs: BTreeMap<String, LinkProof>,
    /// By kind and normal value, so that one detail told twice is one.
    pub(crate) contacts: BTreeMap<(ContactKind, String), Told>,
    /// By text: signatures and the like.
    pub(crate) names: BTreeMap<String, Named>,
    /// Who was logged in: when last, and where that is told.
    pub(crate) host: BTreeMap<CustomerId, (DateTime<Utc>, Arc<str>)>,
    /// Whom an agent named last; several only if at the same moment.
    pub(crate) same: BTreeMap<CustomerId, (DateTime<Utc>, AgentId, Arc<str>)>,
    pub(crate) refused: BTreeMap<CustomerId, (DateTime<Utc>, AgentId)>,
    pub(crate) erased: bool,
    pub(crate) erased_at: Option<DateTime<Utc>>,
}

/// A text and where it was read.
#[derive(Debug, Clone)]
pub(crate) struct Sourced {
    pub(crate) text: String,
    pub(crate) source: Arc<str>,
    /// The text as a masked name, made when it is first shown.
    masked: OnceCell<Arc<str>>,
}

impl Sourced {
    fn new(text: &str, source: &Arc<str>) -> Self {
        Self {
            text: text.to_owned(),
            source: Arc::clone(source),
            masked: OnceCell::new(),
        }
    }

    /// The text as a name of which only first letters are shown.
    pub(crate) fn masked_name(&self) -> &Arc<str> {
        self.masked.get_or_init(|| mask::name(&self.text).into())
    }
}

/// A user name and when it was the presence's, as far as is known.
#[derive(Debug, Clone)]
#[allow(dead_code, reason = "newer facts that scoring does not weigh yet")]
pub(crate) struct Borne {
    pub(crate) text: String,
    pub(crate) source: Arc<str>,
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) until: Option<DateTime<Utc>>,
}

impl Borne {
    fn is_now(&self, user_name: &str) -> bool {
        self.until.is_none() && user_name_key(&self.text) == user_name_key(user_name)
    }
}

/// How a contact detail was told.
#[derive(Debug, Clone)]
#[allow(dead_code, reason = "newer facts that scoring does not weigh yet")]
pub(crate) struct Told {
    pub(crate) masked: Arc<str>,
    pub(crate) public: bool,
    pub(crate) on_behalf: bool,
    /// Said to be the writer's own, and never to be another's.
    pub(crate) own: bool,
    pub(crate) source: Arc<str>,
}

/// How a name was told.
#[derive(Debug, Clone)]
#[allow(dead_code, reason = "newer facts that scoring does not weigh yet")]
pub(crate) struct Named {
    pub(crate) role: NameRole,
    pub(crate) public: bool,
    pub(crate) source: Arc<str>,
}

/// A user name as it is compared: without `@`, in lower case.
pub(crate) fn user_name_key(text: &str) -> String {
    text.trim().trim_start_matches('@').to_lowercase()
}

impl Facts {
    /// What all of the evidence comes to when its newest piece happened.
    pub(crate) fn of(evidence: &[Evidence], settings: &Settings) -> Self {
        Self::at(evidence, settings, None)
    }

    /// What the evidence comes to at a moment: what happened later does not count, nor what had
    /// expired by then. Without a moment: that of the newest piece.
    ///
    /// Folds a set: sorted first, so that order and repetition do not matter. O(n log n).
    pub(crate) fn at(
        evidence: &[Evidence],
        settings: &Settings,
        at: Option<DateTime<Utc>>,
    ) -> Self {
        let newest = evidence.iter().map(|piece| piece.at).max();
        let Some(at) = at.or(newest) else {
            return Self::default();
        };
        let mut sorted: Vec<&Evidence> = evidence.iter().filter(|piece| piece.at <= at).collect();
        in_order(&mut sorted);
        sorted.dedup();
        let withdrawn = Withdrawn::among(&sorted);
        let erased_at = sorted
            .iter()
            .rev()
            .find(|e| e.kind == EvidenceKind::Erased)
            .map(|erased| erased.at);
        let mut facts = Self {
            erased: erased_at.is_some(),
            erased_at,
            ..Self::default()
        };
        for piece in sorted {
            let is_before_erasure = erased_at.is_some_and(|erased| piece.at <= erased);
            if !is_before_erasure && counts(piece, at) && !withdrawn.hits(piece) {
                facts.add(piece, settings);
            }
        }
        facts.user_name = facts
            .user_names
            .last()
            .filter(|borne| borne.until.is_none())
            .map(|borne| Sourced::new(&borne.text, &borne.source));
        facts
    }

    /// The user names, in lower case and without `@`, under which a CRM may know this presence: that
    /// of now and those of before, without those that were another's.
    pub(crate) fn known_user_names(&self) -> Vec<String> {
        let borne = self.user_names.iter().rev();
        let mut names: Vec<String> = borne.map(|borne| user_name_key(&borne.text)).collect();
        names.retain(|name| !self.recycled.contains_key(name));
        names.dedup();
        names
    }

    fn add(&mut self, piece: &Evidence, settings: &Settings) {
        // Reasons share it.
        let source: &Arc<str> = &piece.source.as_str().into();
        match &piece.kind {
            EvidenceKind::HostAsserted { customer } => {
                self.host
                    .insert(customer.clone(), (piece.at, source.clone()));
            }
            EvidenceKind::AgentSaidSame { customer, by } => {
                // The later word holds; at the same time, that it is not the same.
                if self
                    .refused
                    .get(customer)
                    .is_none_or(|(at, ..)| *at < piece.at)
                {
                    self.refused.remove(customer);
                    self.same.retain(|_, (at, ..)| *at == piece.at);
                    self.same
                        .insert(customer.clone(), (piece.at, by.clone(), source.clone()));
                }
            }
            EvidenceKind::AgentSaidNotSame { customer, by } => {
                self.same.remove(customer);
                self.refused
                    .insert(customer.clone(), (piece.at, by.clone()));
            }
            // After an erasure only the words above count.
            _ if self.erased => {}
            EvidenceKind::ProfileSeen(profile) => self.see(profile, piece.at, source, settings),
            EvidenceKind::ContactRevealed(contact) => self.hear(contact, source, settings),
            EvidenceKind::NameTold(told) => self.name(told, source),
            EvidenceKind::LinkVerified(link) => self.verify(link, source),
            EvidenceKind::HandleRenamed(renamed) => {
                self.give_up(&renamed.from, piece.at, source);
                self.bear(&renamed.to, piece.at, source);
            }
            EvidenceKind::HandleReleased(released) => {
                self.give_up(&released.user_name, piece.at, source)
            }
            EvidenceKind::HandleRecycled(recycled) => {
                let key = user_name_key(&recycled.user_name);
                if !key.is_empty()
                    && (self.recycled.len() < MOST || self.recycled.contains_key(&key))
                {
                    self.recycled.insert(key, piece.at);
                }
            }
            EvidenceKind::Withdrawn(_) | EvidenceKind::Erased | EvidenceKind::Unknown(_) => {}
        }
    }

    /// The latest profile counts; what it leaves open stays as it was.
    fn see(
        &mut self,
        profile: &Profile,
        at: DateTime<Utc>,
        source: &Arc<str>,
        settings: &Settings,
    ) {
        let sourced = |text: &str| Sourced::new(text, source);
        let put = |place: &mut Option<Sourced>, text: &Option<String>| {
            if let Some(text) = text
                .as_deref()
                .map(str::trim)
                .filter(|text| !text.is_empty())
            {
                *place = Some(sourced(text));
            }
        };
        if let Some(user_name) = &profile.user_name {
            self.bear(user_name, at, source);
        }
        put(&mut self.display_name, &profile.display_name);
        put(&mut self.location, &profile.location);
        put(&mut self.bio, &profile.bio);
        if !profile.links.is_empty() {
            self.links = profile
                .links
                .iter()
                .take(MOST)
                .map(|link| sourced(link))
                .collect();
        }
        if !profile.verified_links.is_empty() {
            // Events stay until they are withdrawn.
            self.verified_links
                .retain(|link| self.proofs.contains_key(&link.text));
            let seen = profile.verified_links.iter().take(MOST);
            self.verified_links.extend(seen.map(|link| sourced(link)));
        }
        let bio = profile.bio.as_deref().unwrap_or_default();
        // Without a digit or a sign for `@` there is nothing to find, which is quicker to see.
        let may_tell =
            bio.contains(|c: char| c.is_numeric() || "@@([{‹<".contains(c)) || bio.contains(" at ");
        if may_tell {
            for (kind, value) in settings.extractor().contacts(bio) {
                self.hear(&Contact::private(kind, value).in_public(), source, settings);
            }
        }
    }

    /// The presence bears this user name at the moment of the piece.
    fn bear(&mut self, user_name: &str, at: DateTime<Utc>, source: &Arc<str>) {
        let text = user_name.trim();
        if user_name_key(text).is_empty() {
            return;
        }
        let mut from = None;
        if let Some(last) = self.user_names.last_mut() {
            if last.is_now(text) {
                last.text = text.to_owned();
                last.source.clone_from(source);
                return;
            }
            last.until = last.until.or(Some(at));
            from = Some(at);
        }
        self.put_user_name(
            self.user_names.len(),
            Borne {
                text: text.to_owned(),
                source: Arc::clone(source),
                from,
                until: None,
            },
        );
    }

    /// The presence bore this user name until the moment of the piece.
    fn give_up(&mut self, user_name: &str, at: DateTime<Utc>, source: &Arc<str>) {
        let text = user_name.trim();
        if user_name_key(text).is_empty() {
            return;
        }
        let mut place = self.user_names.len();
        if let Some(last) = self.user_names.last_mut() {
            if last.is_now(text) {
                last.until = Some(at);
                return;
            }
            place -= usize::from(last.until.is_none());
        }
        self.put_user_name(
            place,
            Borne {
                text: text.to_owned(),
                source: Arc::clone(source),
                from: None,
                until: Some(at),
            },
        );
    }

    /// Puts one in at a place, in place of the oldest where there are too many.
    fn put_user_name(&mut self, place: usize, borne: Borne) {
        self.user_names.insert(place, borne);
        if self.user_names.len() > MOST {
            self.user_names.remove(0);
        }
    }

    /// Cautious where two tellings differ: on behalf beats own; private beats public, since the
    /// writer did tell it in private.
    fn hear(&mut self, contact: &Contact, source: &Arc<str>, settings: &Settings) {
        let Some(value) = normal_contact(&contact.contact, &contact.value, settings) else {
            return;
        };
        let masked = match contact.contact {
            ContactKind::Email => mask::email(&value),
            _ => mask::number(&value),
        };
        let public = contact.audience != Audience::Private;
        let told = self
            .contacts
            .entry((contact.contact.clone(), value))
            .or_insert(Told {
                masked: masked.into(),
                public,
                on_behalf: false,
                own: false,
                source: Arc::clone(source),
            });
        if told.public && !public {
            told.public = false;
            told.source = Arc::clone(source);
        }
        // A word that this version does not know may mean somebody else.
        told.on_behalf |= matches!(contact.speaker, Speaker::OnBehalf | Speaker::Other(_));
        told.own = !told.on_behalf && (told.own || contact.speaker == Speaker::Themself);
    }

    /// Another's beats the writer's own, which beats what was not said.
    fn name(&mut self, told: &ToldName, source: &Arc<str>) {
        let text = told.name.trim();
        if text.is_empty() || (self.names.len() >= MOST && !self.names.contains_key(text)) {
            return;
        }
        let public = told.audience != Audience::Private;
        let named = self.names.entry(text.to_owned()).or_insert(Named {
            role: told.role.clone(),
            public,
            source: Arc::clone(source),
        });
        let rank = |role: &NameRole| match role {
            NameRole::Another => 2,
            NameRole::Own => 1,
            _ => 0,
        };
        if rank(&told.role) > rank(&named.role) {
            named.role = told.role.clone();
            named.source = Arc::clone(source);
        }
        named.public &= public;
    }

    fn verify(&mut self, link: &VerifiedLink, source: &Arc<str>) {
        let url = link.url.trim();
        if url.is_empty() || self.proofs.len() >= MOST && !self.proofs.contains_key(url) {
            return;
        }
        if self
            .proofs
            .insert(url.to_owned(), link.proof.clone())
            .is_none()
        {
            self.verified_links.push(Sourced::new(url, source));
        }
    }
}

/// A contact detail in the spelling that it is compared in; none where it is none.
pub(crate) fn normal_contact(
    kind: &ContactKind,
    value: &str,
    settings: &Settings,
) -> Option<String> {
    match kind {
        ContactKind::Email => normal::email(value),
        ContactKind::Phone => normal::phone(value, settings.region),
        ContactKind::CustomerNumber | ContactKind::OrderNumber => normal::number(value),
        ContactKind::Other(_) => None,
    }
}

/// Sorts in a total order in which equal pieces stand together, but for told details, which come to the
/// same in any order and twice over; what is costly is looked at once, and only of pieces of the same
/// moment and source.
fn in_order(pieces: &mut [&Evidence]) {
    pieces.sort_by(|a, b| (a.at, &a.source).cmp(&(b.at, &b.source)));
    for tied in pieces.chunk_by_mut(|a, b| a.at == b.at && a.source == b.source) {
        if tied.len() > 1 {
            tied.sort_by_key(|piece| !matches!(piece.kind, EvidenceKind::ContactRevealed(_)));
            let details = tied
                .partition_point(|piece| matches!(piece.kind, EvidenceKind::ContactRevealed(_)));
            let others = &mut tied[details..];
            if others.len() > 1 {
                others.sort_by_cached_key(|piece| serde_json::to_string(piece).unwrap_or_default());
            }
        }
    }
}

/// Whether a piece may be used. What forbids something holds whatever it was told for and never
/// expires.
fn counts(piece: &Evidence, now: DateTime<Utc>) -> bool {
    let forbids = matches!(
        piece.kind,
        EvidenceKind::AgentSaidNotSame { .. }
            | EvidenceKind::HandleReleased(_)
            | EvidenceKind::HandleRecycled(_)
    );
    let purpose = piece.purpose.as_ref();
    forbids
        || (purpose.is_none_or(|purpose| *purpose == Purpose::Identification)
            && piece.expires_at.is_none_or(|expires| now < expires))
}

/// What withdrawals void, by source: the latest that voids all before it, and single moments with
/// the latest withdrawal of each.
#[derive(Debug, Default)]
struct Withdrawn<'a> {
    all: HashMap<&'a str, DateTime<Utc>>,
    moments: HashMap<(&'a str, DateTime<Utc>), DateTime<Utc>>,
}

impl<'a> Withdrawn<'a> {
    /// From the newest on, since a withdrawal can be withdrawn by a later one.
    fn among(sorted: &[&'a Evidence]) -> Self {
        let mut withdrawn = Self::default();
        let mut same_time: Vec<&'a Evidence> = Vec::new();
        for piece in sorted.iter().rev().copied() {
            if !matches!(piece.kind, EvidenceKind::Withdrawn(_)) {
                continue;
            }
            if same_time.first().is_some_and(|other| other.at != piece.at) {
                same_time.drain(..).for_each(|piece| withdrawn.take(piece));
            }
            if !withdrawn.hits(piece) {
                same_time.push(piece);
            }
        }
        same_time.drain(..).for_each(|piece| withdrawn.take(piece));
        withdrawn
    }

    fn take(&mut self, piece: &'a Evidence) {
        let EvidenceKind::Withdrawn(withdrawal) = &piece.kind else {
            return;
        };
        // The newest comes first and reaches furthest.
        match withdrawal.happened_at {
            None => self.all.entry(&withdrawal.of).or_insert(piece.at),
            Some(at) => self.moments.entry((&withdrawal.of, at)).or_insert(piece.at),
        };
    }

    fn hits(&self, piece: &Evidence) -> bool {
        let reaches = |until: Option<&DateTime<Utc>>| until.is_some_and(|until| piece.at <= *until);
        let source = piece.source.as_str();
        reaches(self.all.get(source)) || reaches(self.moments.get(&(source, piece.at)))
    }
}

#[cfg(test)]
mod tests;
