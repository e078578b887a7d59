//! A multimap from 64-bit keyed hashes to record numbers, eight bytes a key.
//!
//! The upper bits of a hash choose one of 1,024 shards, the next 32 are kept. A shard is an ordered
//! linear-probing table (Amble and Knuth 1974): entries stand sorted by what is kept of their hash,
//! so a search ends early, a removal leaves no tombstone, and growing is three passes over memory. A
//! shard grows alone and by an eighth, up to seven eighths full: about 9.7 bytes a key on average.

use std::io::{self, Read, Write};
use std::{hint, slice};

use super::lists::{LIST, Lists};
use super::{LoadError, Paged, Reader, Writer};

/// Two keys that agree in these bits and the 32 that are kept are taken for one: with 100 million
/// keys, one look-up in 40,000 finds records that it should not. Who scores them sees that.
const SHARD_BITS: u32 = 10;

/// From keyed hashes to record numbers, each list ascending.
#[derive(Debug)]
pub(crate) struct Index {
    shards: Vec<Shard>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    /// 32 bits of the key.
    print: u32,
    /// The record, or where the list is.
    value: u32,
}

/// No print goes with this value, so an empty entry also ends a search.
const EMPTY: Entry = Entry {
    print: u32::MAX,
    value: u32::MAX,
};

/// Entries of a page, 8 KiB.
const PAGE: usize = 1024;

#[derive(Debug, Default)]
struct Shard {
    entries: Paged<Entry, PAGE>,
    /// How many homes there are; entries pushed beyond the last one stand behind it.
    homes: u32,
    used: u32,
    lists: Option<Box<Lists>>,
}

impl Index {
    pub(crate) fn new() -> Self {
        Self {
            shards: (0..1 << SHARD_BITS).map(|_| Shard::default()).collect(),
        }
    }

    /// Puts a record, below 2^31, under a key. How many stand there now; `None` if it already did.
    pub(crate) fn insert(&mut self, key: u64, record: u32) -> Option<usize> {
        let (shard, print) = place(key);
        self.shards[shard].insert(print, record)
    }

    /// Takes a record from under a key. How many are left; `None` if it was not there.
    pub(crate) fn remove(&mut self, key: u64, record: u32) -> Option<usize> {
        let (shard, print) = place(key);
        self.shards[shard].remove(print, record)
    }

    /// All records under a key, ascending.
    #[inline]
    pub(crate) fn get(&self, key: u64) -> &[u32] {
        let (shard, print) = place(key);
        self.shards[shard].get(print)
    }

    /// Looks at where these keys stand, so that the look-ups that follow find it in the cache. The
    /// processor waits for memory once and not once a key.
    pub(crate) fn touch(&self, keys: &[u64]) {
        let entries = keys.iter().map(|key| {
            let (shard, print) = place(*key);
            let shard = &self.shards[shard];
            let entry = shard.entries.get(home(print, shard.homes));
            entry.map_or(0, |entry| entry.value)
        });
        hint::black_box(entries.fold(0, u32::wrapping_add));
        let lists = keys.iter().map(|key| self.get(*key).first().copied());
        hint::black_box(lists.flatten().fold(0, u32::wrapping_add));
    }

    /// How many records stand under a key.
    pub(crate) fn count(&self, key: u64) -> usize {
        self.get(key).len()
    }

    /// Writes everything.
    pub(crate) fn save(&self, out: &mut Writer<'_, impl Write>) -> io::Result<()> {
        self.shards.iter().try_for_each(|shard| shard.save(out))
    }

    /// Reads what [`save`](Self::save) wrote; records are below `end`.
    pub(crate) fn load(from: &mut Reader<'_, impl Read>, end: u32) -> Result<Self, LoadError> {
        let shards = (0..1 << SHARD_BITS).map(|_| Shard::load(from, end));
        Ok(Self {
            shards: shards.collect::<Result<_, _>>()?,
        })
    }

    /// How many keys there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.used as usize).sum()
    }

    /// Memory in use.
    pub(crate) fn bytes(&self) -> usize {
        self.shards.iter().map(Shard::bytes).sum()
    }
}

fn place(key: u64) -> (usize, u32) {
    let shard = (key >> (64 - SHARD_BITS)) as usize;
    (shard, (key >> (32 - SHARD_BITS)) as u32)
}

/// Where an entry would stand if nobody else were there; never decreases with the print.
fn home(print: u32, homes: u32) -> usize {
    ((u64::from(print) * u64::from(homes)) >> 32) as usize
}

impl Shard {
    fn at(&self, at: usize) -> Entry {
        self.entries.get(at).copied().unwrap_or(EMPTY)
    }

    fn set(&mut self, at: usize, entry: Entry) {
        if let Some(place) = self.entries.get_mut(at) {
            *place = entry;
        }
    }

    /// Where the print stands, or where it would have to be put.
    fn find(&self, print: u32) -> Result<usize, usize> {
        let mut at = home(print, self.homes);
        while let Some(entry) = self.entries.get(at) {
            if entry.print >= print {
                let found = entry.print == print && *entry != EMPTY;
                return if found { Ok(at) } else { Err(at) };
            }
            at += 1;
        }
        Err(at)
    }

    fn get(&self, print: u32) -> &[u32] {
        let found = self.find(print).ok().and_then(|at| self.entries.get(at));
        match (found, &self.lists) {
            (None, _) => &[],
            (Some(Entry { value, .. }), Some(lists)) if value & LIST == LIST => lists.get(*value),
            (Some(Entry { value, .. }), _) => slice::from_ref(value),
        }
    }

    fn insert(&mut self, print: u32, record: u32) -> Option<usize> {
        debug_assert!(record < LIST, "a record number has 31 bits");
        let at = match self.find(print) {
            Ok(at) => return self.add(at, record),
            Err(at) => at,
        };
        let at = if (u64::from(self.used) + 1) * 8 > u64::from(self.homes) * 7 {
            self.rebuild(self.homes + self.homes / 8 + 4);
            self.find(print).unwrap_or_else(|at| at)
        } else {
            at
        };
        let mut free = at;
        while self.entries.get(free).is_some_and(|entry| *entry != EMPTY) {
            free += 1;
        }
        if free == self.entries.len() {
            self.entries.push(EMPTY);
        }
        while free > at {
            self.set(free, self.at(free - 1));
            free -= 1;
        }
        let value = record;
        self.set(at, Entry { print, value });
        self.used += 1;
        Some(1)
    }

    fn add(&mut self, at: usize, record: u32) -> Option<usize> {
        let Entry { print, value } = self.at(at);
        if value == record {
            return None;
        }
        let lists = self.lists.get_or_insert_default();
        let (value, count) = if value & LIST == LIST {
            lists.insert(value, record)?
        } else {
            (lists.pair(value, record), 2)
        };
        self.set(at, Entry { print, value });
        Some(count)
    }

    fn remove(&mut self, print: u32, record: u32) -> Option<usize> {
        let mut at = self.find(print).ok()?;
        let value = self.at(at).value;
        if value & LIST == LIST {
            let (value, left) = self.lists.as_mut()?.remove(value, record)?;
            self.set(at, Entry { print, value });
            return Some(left);
        }
        if value != record {
            return None;
        }
        // Those behind it move up, as far as they do not stand at home.
        loop {
            let next = self.at(at + 1);
            if next == EMPTY || home(next.print, self.homes) == at + 1 {
                break;
            }
            self.set(at, next);
            at += 1;
        }
        self.set(at, EMPTY);
        self.used -= 1;
        if self.homes > 16 && self.used < self.homes / 4 {
            self.rebuild(self.homes / 2);
        }
        Some(0)
    }

    /// The same entries over another number of homes, in the same pages.
    fn rebuild(&mut self, homes: u32) {
        let used = self.used as usize;
        // To the front, in order; how far they will reach.
        let (mut to, mut length) = (0, 0);
        for from in 0..self.entries.len() {
            let entry = self.at(from);
            if entry != EMPTY {
                length = home(entry.print, homes).max(length) + 1;
                self.set(from, EMPTY);
                self.set(to, entry);
                to += 1;
            }
        }
        let spare = (homes / 8).min(32) as usize + 1;
        let length = length.max(homes as usize + spare);
        self.entries.extend_to(length, EMPTY);
        // To the end, so that each is taken from behind the place where it is put.
        for at in (0..used).rev() {
            let entry = self.at(at);
            self.set(at, EMPTY);
            self.set(length - used + at, entry);
        }
        let mut next = 0;
        for from in length - used..length {
            let entry = self.at(from);
            let at = home(entry.print, homes).max(next);
            self.set(from, EMPTY);
            self.set(at, entry);
            next = at + 1;
        }
        self.entries.truncate(length);
        self.homes = homes;
    }

    /// How many there are; then each print and its record, or the length of its list and the list.
    fn save(&self, out: &mut Writer<'_, impl Write>) -> io::Result<()> {
        out.u32(self.used)?;
        let entries = (0..self.entries.len()).map(|at| self.at(at));
        for entry in entries.filter(|entry| *entry != EMPTY) {
            out.u32(entry.print)?;
            match &self.lists {
                Some(lists) if entry.value & LIST == LIST => {
                    let records = lists.get(entry.value);
                    #[expect(clippy::cast_possible_truncation, reason = "below 2^31 records")]
                    out.u32(LIST | records.len() as u32)?;
                    out.words(records)?;
                }
                _ => out.u32(entry.value)?,
            }
        }
        Ok(())
    }

    fn load(from: &mut Reader<'_, impl Read>, end: u32) -> Result<Self, LoadError> {
        let mut shard = Self {
            used: from.u32()?,
            ..Self::default()
        };
        let (mut records, mut next) = (Vec::new(), 0);
        for _ in 0..shard.used {
            let print = from.u32()?;
            let mut value = from.u32()?;
            if u64::from(print) < next {
                return Err(LoadError::Damaged);
            }
            next = u64::from(print) + 1;
            if value & LIST == LIST {
                records.clear();
                from.words((value & !LIST) as usize, &mut records)?;
                let ascending = records.windows(2).all(|pair| pair[0] < pair[1]);
                if records.len() < 2 || !ascending || records.last().is_some_and(|r| *r >= end) {
                    return Err(LoadError::Damaged);
                }
                value = shard.lists.get_or_insert_default().make(&records);
            } else if value >= end {
                return Err(LoadError::Damaged);
            }
            shard.entries.push(Entry { print, value });
        }
        // Sorted is all that a rebuild asks for.
        shard.rebuild(shard.used + shard.used / 5 + 1);
        Ok(shard)
    }

    fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.entries.bytes()
            + self.lists.as_ref().map_or(0, |lists| lists.bytes())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Keys that meet in shards, in prints and at the very ends of a shard.
    fn key() -> impl Strategy<Value = u64> {
        let print = prop_oneof![
            0u64..40,
            u64::from(u32::MAX) - 40..=u64::from(u32::MAX),
            0u64..=u64::from(u32::MAX),
        ];
        (0u64..3, print).prop_map(|(shard, print)| (shard << 54) | (print << 22))
    }

    fn holds(index: &Index, model: &BTreeMap<u64, BTreeSet<u32>>) {
        for (key, records) in model {
            assert!(index.get(*key).iter().eq(records), "under {key}");
        }
        assert_eq!(
            index.len(),
            model.values().filter(|records| !records.is_empty()).count()
        );
    }

    proptest! {
        #[test]
        fn is_a_map_of_sets(
            steps in vec((key(), 0u32..300, prop::bool::weighted(0.65)), 0..1200),
        ) {
            let mut index = Index::new();
            let mut model = BTreeMap::<u64, BTreeSet<u32>>::new();
            for (key, record, put) in steps {
                let records = model.entry(key).or_default();
                let (changed, reported) = if put {
                    (records.insert(record), index.insert(key, record))
                } else {
                    (records.remove(&record), index.remove(key, record))
                };
                prop_assert_eq!(reported, changed.then_some(records.len()));
                prop_assert!(index.get(key).iter().eq(records.iter()));
            }
            index.touch(&[0, u64::MAX]);
            holds(&index, &model);
        }

        #[test]
        fn long_lists_grow_and_shrink(
            records in vec(0u32..5000, 0..3000),
            kept in 0u32..200,
        ) {
            let mut index = Index::new();
            let mut model = BTreeMap::new();
            for record in &records {
                index.insert(7, *record);
                model.entry(7).or_insert_with(BTreeSet::new).insert(*record);
            }
            holds(&index, &model);
            for record in &records {
                if *record > kept {
                    index.remove(7, *record);
                    model.entry(7).or_default().remove(record);
                }
            }
            holds(&index, &model);
        }
    }

    #[test]
    fn many_keys_find_their_records_while_shards_grow_and_shrink() {
        let key = |record: u32| u64::from(record).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut index = Index::new();
        for record in 0..200_000 {
            assert_eq!(index.insert(key(record), record), Some(1));
        }
        assert_eq!(index.len(), 200_000);
        assert!((0..200_000).all(|record| index.get(key(record)) == [record]));
        let full = index.bytes();
        for record in 1_000..200_000 {
            assert_eq!(index.remove(key(record), record), Some(0));
        }
        assert_eq!(index.len(), 1_000);
        assert!((0..1_000).all(|record| index.get(key(record)) == [record]));
        assert!((1_000..200_000).all(|record| index.count(key(record)) == 0));
        assert!(index.bytes() < full / 4, "memory is given back");
    }

    #[test]
    fn a_shard_of_many_pages_finds_what_it_holds() {
        // All in the first shard.
        let key = |n: u32| u64::from(n.wrapping_mul(0x9e37_79b9)) << (32 - SHARD_BITS);
        let records = |n: u32| (0..=n % 5).map(move |i| n + 7 * i);
        let all = 0..5 * PAGE as u32;
        let mut index = Index::new();
        for n in all.clone() {
            records(n).for_each(|record| assert!(index.insert(key(n), record).is_some()));
        }
        let holds = |index: &Index, n: u32| index.get(key(n)).iter().copied().eq(records(n));
        assert!(all.clone().all(|n| holds(&index, n)));
        for n in all.clone().filter(|n| n % 3 > 0) {
            records(n).for_each(|record| assert!(index.remove(key(n), record).is_some()));
        }
        assert!(all.clone().all(|n| match n % 3 {
            0 => holds(&index, n),
            _ => index.get(key(n)).is_empty(),
        }));
    }

    #[test]
    fn keys_take_less_than_ten_bytes_and_a_half() {
        let mut index = Index::new();
        for record in 0..2_000_000_u32 {
            index.insert(
                u64::from(record).wrapping_mul(0x9e37_79b9_7f4a_7c15),
                record,
            );
        }
        assert!(index.bytes() < 21_000_000, "{} bytes", index.bytes());
    }
}
