use std::collections::BTreeMap;
use std::fmt;

use aspa_types::{BadId, CustomerId, HandleKey, Secret};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::facts::{Facts, normal_contact};
use crate::{
    Ask, Comparison, ContactKind, DecidedBy, Decision, Evidence, Reason, Settings, Verdict,
};

/// Fewest bytes of a key.
const SHORTEST_KEY: usize = 16;
/// What the reason of a held-back link says.
const ERASED: &str = "was erased at its owner's wish";

/// Keyed hashes of handles and contact details whose owners asked to be forgotten, so that nothing
/// links them again in silence when the data itself is gone.
///
/// HMAC-SHA-256 with a key of the tenant (RFC 2104), its first 128 bits: without the key nobody can
/// try numbers and addresses against the rows, and two tenants' rows have nothing in common. Losing
/// the key forgets the wishes; destroying it erases them.
///
/// ```
/// # use aspa_identity::{Settings, Tombstones};
/// # use aspa_types::{HandleKey, Network, Secret};
/// # let (settings, now) = (Settings::default(), Default::default());
/// # let handle = HandleKey::new(Network::X, None, "42")?;
/// let mut tombstones = Tombstones::new(&Secret::new("one key for each tenant"))?;
/// let rows = tombstones.bury(&handle, &[], &settings, now);
/// assert_eq!((rows.len(), tombstones.erased_at(&handle)), (1, Some(now)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Tombstones {
    key: Keyed,
    stones: BTreeMap<u128, DateTime<Utc>>,
}

/// A row of [`Tombstones`], to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Tombstone {
    /// The keyed hash: 32 hexadecimal digits.
    pub hash: String,
    /// When its owner was erased.
    pub erased_at: DateTime<Utc>,
}

impl Tombstones {
    /// None yet.
    ///
    /// # Errors
    ///
    /// [`WeakKey`] when the key has fewer than 16 bytes.
    pub fn new(key: &Secret) -> Result<Self, WeakKey> {
        Ok(Self {
            key: Keyed::new(key)?,
            stones: BTreeMap::new(),
        })
    }

    /// None yet, under a key that is made of this secret for the tenant.
    ///
    /// # Errors
    ///
    /// [`WeakKey`] when the secret has fewer than 16 bytes.
    pub fn of_tenant(secret: &Secret, tenant: &str) -> Result<Self, WeakKey> {
        let key = Keyed::new(secret)?.hash(&["tombstones", tenant]);
        Self::new(&Secret::new(format!("{key:032x}")))
    }

    /// Takes in a stored row, in any order; whether it is one. The latest time counts.
    pub fn put(&mut self, row: &Tombstone) -> bool {
        let is_hex = row.hash.len() == 32 && row.hash.bytes().all(|b| b.is_ascii_hexdigit());
        let hash = u128::from_str_radix(&row.hash, 16).ok();
        let Some(hash) = hash.filter(|_| is_hex) else {
            return false;
        };
        self.set(hash, row.erased_at);
        true
    }

    /// Remembers that the owner of a handle was erased, with every contact detail that the evidence
    /// holds. Returns the rows to store; afterwards the evidence can be removed.
    #[must_use]
    pub fn bury(
        &mut self,
        handle: &HandleKey,
        evidence: &[Evidence],
        settings: &Settings,
        at: DateTime<Utc>,
    ) -> Vec<Tombstone> {
        // What is void now may be sent again too.
        let mut hashes = vec![self.handle(handle)];
        for piece in evidence {
            let facts = Facts::of(std::slice::from_ref(piece), settings);
            let contacts = facts.contacts.keys();
            hashes.extend(contacts.map(|(kind, value)| self.contact(kind, value)));
        }
        hashes.sort_unstable();
        hashes.dedup();
        let rows = hashes.into_iter().map(|hash| self.set(hash, at));
        rows.collect()
    }

    /// The same for a contact detail that the CRM knew; none where the value is no such detail.
    #[must_use]
    pub fn bury_contact(
        &mut self,
        kind: &ContactKind,
        value: &str,
        settings: &Settings,
        at: DateTime<Utc>,
    ) -> Option<Tombstone> {
        let hash = self.contact(kind, &normal_contact(kind, value, settings)?);
        Some(self.set(hash, at))
    }

    /// Remembers that a customer was erased.
    #[must_use]
    pub fn bury_customer(&mut self, id: &CustomerId, at: DateTime<Utc>) -> Tombstone {
        let hash = self.customer(id);
        self.set(hash, at)
    }

    /// When a customer was erased.
    #[must_use]
    pub fn customer_erased_at(&self, id: &CustomerId) -> Option<DateTime<Utc>> {
        self.stones.get(&self.customer(id)).copied()
    }

    /// What a handle is called where its name must not stand, such as an audit log: the hash of its
    /// [row](Tombstone::hash).
    #[must_use]
    pub fn name_of(&self, handle: &HandleKey) -> String {
        format!("{:032x}", self.handle(handle))
    }

    /// The same for a customer.
    #[must_use]
    pub fn name_of_customer(&self, id: &CustomerId) -> String {
        format!("{:032x}", self.customer(id))
    }

    /// The handle that stands for one that was erased then, in rows that are kept so that sums stay as
    /// they were. Without the key nobody can tell whose it is.
    ///
    /// # Errors
    ///
    /// Never in practice: when the new handle is no handle.
    pub fn pseudonym(&self, handle: &HandleKey, at: DateTime<Utc>) -> Result<HandleKey, BadId> {
        let at = at.timestamp_micros().to_string();
        let hash = self.key.hash(&["erased alias", &handle.to_string(), &at]);
        let id = format!("erased-{hash:032x}");
        HandleKey::new(handle.network().clone(), handle.scope(), &id)
    }

    /// When the owner of a handle was erased.
    #[must_use]
    pub fn erased_at(&self, handle: &HandleKey) -> Option<DateTime<Utc>> {
        self.stones.get(&self.handle(handle)).copied()
    }

    /// Decides with the wishes kept: `decide` gets the evidence that may be used, as
    /// [`Linker::decide`](crate::Linker::decide) takes it.
    ///
    /// Of an erased handle nothing of before counts. Of what comes later, and of a handle that tells
    /// an erased contact detail, only the host's or an agent's word links; a link by rule becomes a
    /// review, and each candidate says why.
    pub fn decide(
        &self,
        handle: &HandleKey,
        evidence: &[Evidence],
        settings: &Settings,
        decide: impl FnOnce(&[Evidence]) -> Decision,
    ) -> Decision {
        if self.stones.is_empty() {
            return decide(evidence);
        }
        let erased_at = self.erased_at(handle);
        let later: Vec<Evidence>;
        let usable = match erased_at {
            Some(erased) => {
                let is_later = |piece: &&Evidence| piece.at > erased;
                later = evidence.iter().filter(is_later).cloned().collect();
                &later
            }
            None => evidence,
        };
        let tells_erased = || {
            let facts = Facts::of(usable, settings);
            let mut contacts = facts.contacts.keys();
            contacts.any(|(kind, value)| self.stones.contains_key(&self.contact(kind, value)))
        };
        let mut decision = decide(usable);
        if erased_at.is_some() || tells_erased() {
            hold_back(&mut decision);
        }
        decision
    }

    fn handle(&self, handle: &HandleKey) -> u128 {
        self.key.hash(&["erased handle", &handle.to_string()])
    }

    fn customer(&self, id: &CustomerId) -> u128 {
        self.key
            .hash(&["erased customer", id.system.as_str(), &id.id])
    }

    fn contact(&self, kind: &ContactKind, value: &str) -> u128 {
        // As it is compared: without the tag behind a `+`.
        match kind {
            ContactKind::Email => {
                let value = crate::text::mailbox(value);
                self.key.hash(&["erased contact", kind.as_str(), &value])
            }
            _ => self.key.hash(&["erased contact", kind.as_str(), value]),
        }
    }

    fn set(&mut self, hash: u128, at: DateTime<Utc>) -> Tombstone {
        let erased_at = self.stones.entry(hash).or_insert(at);
        *erased_at = at.max(*erased_at);
        Tombstone {
            hash: format!("{hash:032x}"),
            erased_at: *erased_at,
        }
    }
}

/// Makes a link by rule a review, and says why.
fn hold_back(decision: &mut Decision) {
    for candidate in &mut decision.candidates {
        let reason = Reason::new(Comparison::Caution, ERASED, 0.0);
        if !candidate.reasons.contains(&reason) {
            candidate.reasons.push(reason);
        }
    }
    let by_word = matches!(decision.decided_by, DecidedBy::Host | DecidedBy::Agent(_));
    if let Verdict::Link { customer } = &decision.verdict
        && !by_word
    {
        let candidates = vec![customer.clone()];
        decision.verdict = Verdict::Review { candidates };
        decision.next_step = Some(Ask::AgentReview);
    }
}

/// A key that is too short to keep anything secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a key has at least 16 bytes, this one has {bytes}")]
#[non_exhaustive]
pub struct WeakKey {
    /// How many it has.
    pub bytes: usize,
}

/// A hash that needs a key; `Debug` hides it.
#[derive(Clone)]
pub(crate) struct Keyed(Hmac<Sha256>);

impl Keyed {
    pub(crate) fn new(key: &Secret) -> Result<Self, WeakKey> {
        let key = key.expose().as_bytes();
        let weak = WeakKey { bytes: key.len() };
        if key.len() < SHORTEST_KEY {
            return Err(weak);
        }
        Hmac::new_from_slice(key).map(Self).map_err(|_| weak)
    }

    /// The first 128 bits over the parts, each with its length in front, so that ("ab", "c") and
    /// ("a", "bc") differ. The first part says what for.
    pub(crate) fn hash(&self, parts: &[&str]) -> u128 {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        let bytes = mac.finalize().into_bytes();
        let bits = bytes.iter().take(16);
        bits.fold(0, |hash, byte| hash << 8 | u128::from(*byte))
    }
}

impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyed(…)")
    }
}
