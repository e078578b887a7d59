use std::collections::{BTreeMap, BTreeSet};

use aspa_types::{CustomerId, HandleKey};

/// Which record was merged into which, as merges and splits say that hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Redirects {
    /// What was said of each record, by sequence: the latest holds. None: it stands alone.
    said: BTreeMap<CustomerId, BTreeMap<u64, Option<CustomerId>>>,
    /// The records that redirect to a record by what holds.
    into: BTreeMap<CustomerId, BTreeSet<CustomerId>>,
    /// Of which record each sequence is, and which handles it put in doubt.
    of: BTreeMap<u64, (CustomerId, Vec<HandleKey>)>,
}

impl Redirects {
    pub(super) fn put(&mut self, sequence: u64, old: &CustomerId, into: Option<CustomerId>) {
        self.of.insert(sequence, (old.clone(), Vec::new()));
        self.revise(old, |said| {
            said.insert(sequence, into);
        });
    }

    pub(super) fn doubt(&mut self, sequence: u64, handles: &[HandleKey]) {
        if let Some((_, doubted)) = self.of.get_mut(&sequence) {
            *doubted = handles.to_vec();
        }
    }

    pub(super) fn forget(&mut self, erased: &HandleKey) {
        for (_, doubted) in self.of.values_mut() {
            doubted.retain(|handle| handle != erased);
        }
    }

    /// Takes a merge or split back; the handles that it had put in doubt.
    pub(super) fn take(&mut self, sequence: u64) -> Vec<HandleKey> {
        let Some((old, doubted)) = self.of.remove(&sequence) else {
            return Vec::new();
        };
        self.revise(&old, |said| {
            said.remove(&sequence);
        });
        doubted
    }

    pub(super) fn has(&self, sequence: u64) -> bool {
        self.of.contains_key(&sequence)
    }

    /// What the undoing of a merge or split touches: the record that it is about and all that this
    /// was ever merged into, and the handles that it put in doubt.
    pub(super) fn touched_by(&self, sequence: u64) -> (Vec<CustomerId>, &[HandleKey]) {
        let Some((old, doubted)) = self.of.get(&sequence) else {
            return (Vec::new(), &[]);
        };
        let mut records = vec![old.clone()];
        let said = self.said.get(old).into_iter().flatten();
        records.extend(said.filter_map(|(_, into)| into.clone()));
        (records, doubted)
    }

    /// Where a record redirects by itself.
    pub(super) fn of(&self, record: &CustomerId) -> Option<&CustomerId> {
        self.edge(record).map(|(_, into)| into)
    }

    /// When a record was merged, by what holds.
    pub(super) fn merged_at(&self, record: &CustomerId) -> Option<u64> {
        self.edge(record).map(|(sequence, _)| sequence)
    }

    fn edge(&self, record: &CustomerId) -> Option<(u64, &CustomerId)> {
        let (sequence, into) = self.said.get(record)?.last_key_value()?;
        Some((*sequence, into.as_ref()?))
    }

    /// The record that stands for this one. Merges in a circle say, taken together, that all are
    /// one: the newest tells which stands for them, so the oldest does not count.
    pub(super) fn root<'a>(&'a self, record: &'a CustomerId) -> &'a CustomerId {
        // Two pointers, the second twice as fast, meet where there is a circle (Floyd).
        let (mut slow, mut fast) = (record, record);
        loop {
            for _ in 0..2 {
                match self.of(fast) {
                    Some(next) => fast = next,
                    None => return fast,
                }
            }
            slow = self.of(slow).unwrap_or(slow);
            if slow == fast {
                return self.root_of_circle(slow);
            }
        }
    }

    fn root_of_circle<'a>(&'a self, start: &'a CustomerId) -> &'a CustomerId {
        let (mut oldest, mut at) = (None, start);
        while let Some((sequence, next)) = self.edge(at) {
            if oldest.is_none_or(|(older, _)| sequence < older) {
                oldest = Some((sequence, at));
            }
            at = next;
            if at == start {
                break;
            }
        }
        oldest.map_or(start, |(_, root)| root)
    }

    /// All records that redirect to this one, itself first.
    pub(super) fn members(&self, root: &CustomerId) -> Vec<CustomerId> {
        let mut seen = BTreeSet::from([root]);
        let mut members = vec![root];
        let mut next = 0;
        while let Some(record) = members.get(next).copied() {
            next += 1;
            for old in self.into.get(record).into_iter().flatten() {
                if seen.insert(old) {
                    members.push(old);
                }
            }
        }
        members.into_iter().cloned().collect()
    }

    fn revise(
        &mut self,
        old: &CustomerId,
        change: impl FnOnce(&mut BTreeMap<u64, Option<CustomerId>>),
    ) {
        if let Some(before) = self.of(old).cloned()
            && let Some(olds) = self.into.get_mut(&before)
        {
            olds.remove(old);
            if olds.is_empty() {
                self.into.remove(&before);
            }
        }
        let said = self.said.entry(old.clone()).or_default();
        change(said);
        if said.is_empty() {
            self.said.remove(old);
        }
        if let Some(after) = self.of(old).cloned() {
            self.into.entry(after).or_default().insert(old.clone());
        }
    }
}
