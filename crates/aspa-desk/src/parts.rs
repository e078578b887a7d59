//! What of a batch has to do with each other: the rest is decided side by side.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash, RandomState};

use aspa_channel::{Direction, EventKind};
use aspa_store::InboxEntry;
use aspa_types::TenantId;

/// Takes entries apart into parts of about `size`, each of one tenant, that have no message and no
/// customer in common. What belongs together stays together and in order, however much it is. What two
/// parts write all the same, such as a handle of ours, is found by its version when the second one
/// commits.
///
/// O(n log n) for n entries.
pub(crate) fn parts(entries: &[InboxEntry], size: usize) -> Vec<Vec<&InboxEntry>> {
    let mut tenants: BTreeMap<&TenantId, Vec<&InboxEntry>> = BTreeMap::new();
    for entry in entries {
        tenants.entry(&entry.tenant).or_default().push(entry);
    }
    let of_tenant = |all: Vec<_>| match all.len() <= size {
        true => vec![all],
        false => of_one_tenant(&all, size),
    };
    tenants.into_values().flat_map(of_tenant).collect()
}

fn of_one_tenant<'a>(all: &[&'a InboxEntry], size: usize) -> Vec<Vec<&'a InboxEntry>> {
    let mut groups = Groups::new(all.len());
    for (i, entry) in all.iter().enumerate() {
        groups.tie(i, &entry.event.kind);
    }
    for (i, entry) in all.iter().enumerate() {
        groups.tie_to_parent(i, &entry.event.kind);
    }
    let mut members: BTreeMap<usize, Vec<&InboxEntry>> = BTreeMap::new();
    for (i, entry) in all.iter().enumerate() {
        members.entry(groups.first(i)).or_default().push(entry);
    }
    let mut parts: Vec<Vec<&InboxEntry>> = Vec::new();
    for group in members.into_values() {
        match parts.last_mut() {
            Some(part) if part.len() + group.len() <= size => part.extend(group),
            _ => parts.push(group),
        }
    }
    parts
}

/// Sets of entries that are joined as something that they have in common is found.
struct Groups {
    /// The entry that each one follows; itself where it is the first of its group.
    follows: Vec<usize>,
    /// An entry that has to do with this message or this customer, by a hash: two of the same hash are
    /// taken for one, which does no harm.
    by: HashMap<u64, usize>,
    hasher: RandomState,
}

impl Groups {
    fn new(entries: usize) -> Self {
        Self {
            follows: (0..entries).collect(),
            by: HashMap::with_capacity(entries * 2),
            hasher: RandomState::new(),
        }
    }

    fn tie(&mut self, entry: usize, kind: &EventKind) {
        match kind {
            EventKind::Message(message) => {
                self.join(entry, &message.key);
                match (message.direction, &message.author) {
                    (Direction::Inbound, Some(customer)) => self.join(entry, customer),
                    _ => message.to.iter().for_each(|to| self.join(entry, to)),
                }
            }
            EventKind::Visibility { message, .. }
            | EventKind::Reaction { message, .. }
            | EventKind::Status { message, .. } => self.join(entry, message),
            EventKind::StatusUntil { by: customer, .. } | EventKind::Action { customer, .. } => {
                self.join(entry, customer);
            }
            EventKind::Handle { handle, became, .. } => {
                self.join(entry, handle);
                became.iter().for_each(|new| self.join(entry, new));
            }
            _ => {}
        }
    }

    /// Many answer one message, which is known as a rule: only where it came with them do they belong
    /// together.
    fn tie_to_parent(&mut self, entry: usize, kind: &EventKind) {
        if let EventKind::Message(message) = kind
            && let Some(parent) = &message.in_reply_to
            && let Some(&other) = self.by.get(&self.hasher.hash_one(parent))
        {
            self.unite(entry, other);
        }
    }

    fn join(&mut self, entry: usize, with: &impl Hash) {
        let other = *self.by.entry(self.hasher.hash_one(with)).or_insert(entry);
        self.unite(entry, other);
    }

    /// The earliest entry of a group stands for it.
    fn unite(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        if let Some(follows) = self.follows.get_mut(one.max(other)) {
            *follows = one.min(other);
        }
    }

    fn first(&mut self, mut entry: usize) -> usize {
        while let Some(&next) = self.follows.get(entry)
            && next != entry
        {
            // Each second step is cut short, so that no way gets long.
            let after = self.follows.get(next).copied().unwrap_or(next);
            if let Some(follows) = self.follows.get_mut(entry) {
                *follows = after;
            }
            entry = after;
        }
        entry
    }
}

#[cfg(test)]
mod tests {
    use aspa_channel::{ConversationKey, Event, Message, MessageKey, Via};
    use aspa_types::{AccountId, HandleKey, Network};
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;

    /// Whose tenant, which customer, whether it is ours, and which entry it answers.
    type Said = (u8, u8, bool, Option<usize>);

    fn handle(customer: u8) -> HandleKey {
        HandleKey::new(Network::X, None, &customer.to_string()).unwrap()
    }

    /// Entries of one long conversation.
    fn entries(said: &[Said]) -> Vec<InboxEntry> {
        let account = AccountId::new("shop").unwrap();
        let key = |i: usize| MessageKey::new(account.clone(), &i.to_string()).unwrap();
        let one = |(i, (tenant, customer, ours, parent)): (usize, &Said)| {
            let conversation = ConversationKey::new(account.clone(), "all").unwrap();
            let direction = match ours {
                true => Direction::Outbound,
                false => Direction::Inbound,
            };
            let mut message = Message::new(key(i), conversation, direction);
            message.author = Some(handle(if *ours { 255 } else { *customer }));
            message.to.extend(ours.then(|| handle(*customer)));
            message.in_reply_to = parent.map(key);
            let event = Event::new(account.clone(), EventKind::message(message), Via::Own);
            let tenant = TenantId::new(format!("t{tenant}")).unwrap();
            InboxEntry::new(tenant, i as u64, DateTime::UNIX_EPOCH, event)
        };
        said.iter().enumerate().map(one).collect()
    }

    fn seqs(entries: &[InboxEntry], size: usize) -> Vec<Vec<u64>> {
        let seq = |part: Vec<&InboxEntry>| part.iter().map(|entry| entry.seq).collect();
        parts(entries, size).into_iter().map(seq).collect()
    }

    #[test]
    fn who_has_nothing_to_do_with_each_other_is_apart() {
        let said = [
            (0, 1, false, None),
            (0, 2, false, None),
            (0, 3, false, None),
            // We answer 1, and 4 answers 2.
            (0, 1, true, Some(0)),
            (0, 4, false, Some(1)),
            // What both answer came earlier.
            (0, 5, false, Some(99)),
            (0, 6, false, Some(99)),
            (1, 1, false, None),
        ];
        let apart = seqs(&entries(&said), 2);
        let wanted: [&[u64]; 5] = [&[0, 3], &[1, 4], &[2, 5], &[6], &[7]];
        assert_eq!(apart, wanted);
        assert_eq!(
            seqs(&entries(&said), 7),
            [vec![0, 1, 2, 3, 4, 5, 6], vec![7]]
        );
    }

    proptest! {
        #[test]
        fn what_belongs_together_stays_together_and_in_order(
            said in prop::collection::vec(
                (0_u8..2, 0_u8..20, any::<bool>(), prop::option::of(0_usize..60)),
                0..60,
            ),
            size in 1_usize..20,
        ) {
            let entries = entries(&said);
            let parts = seqs(&entries, size);
            let mut all: Vec<u64> = parts.concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..said.len() as u64).collect::<Vec<_>>());
            let part_of = |seq: usize| parts.iter().position(|part| part.contains(&(seq as u64)));
            for (i, (tenant, customer, _, parent)) in said.iter().enumerate() {
                for (j, (other, with, ..)) in said.iter().enumerate() {
                    if tenant != other {
                        prop_assert_ne!(part_of(i), part_of(j));
                    } else if customer == with || *parent == Some(j) {
                        prop_assert_eq!(part_of(i), part_of(j), "{} {}", i, j);
                    }
                }
            }
            for customer in 0..20 {
                for part in &parts {
                    let theirs = part.iter().filter(|seq| said[**seq as usize].1 == customer);
                    prop_assert!(theirs.is_sorted());
                }
            }
        }
    }
}
