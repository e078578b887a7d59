use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::{fmt, hint};

use super::paged::Paged;
use super::{Index, Keyed, LoadError, Reader, Writer};

/// Records of words under numbers that stay, each with the id that others know it by.
///
/// A record is one block: its words, then its id. Blocks stand in slabs of a mebibyte, so growing
/// copies nothing; a block that is left is wiped and serves the next record that fits.
pub(crate) struct Records {
    keyed: Keyed,
    slabs: Vec<Vec<u32>>,
    /// By record: where its block starts.
    places: Paged<u32>,
    free_numbers: Vec<u32>,
    /// By length: where blocks start that nobody uses.
    free: BTreeMap<u32, Vec<u32>>,
    ids: Index,
    len: usize,
}

/// Why a record was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// More than 65,534 words or bytes of id.
    TooLong,
    /// There is no number or place left: 2^31 records, 16 GiB.
    Full,
}

const SLAB_BITS: u32 = 18;
const SLAB: usize = 1 << SLAB_BITS;
const SLABS: usize = 1 << (32 - SLAB_BITS);
/// The highest number.
const LAST: u32 = (1 << 31) - 1;
/// No place and no head is this.
const NONE: u32 = u32::MAX;
/// Kind of the keys of ids; the index of ids holds no other.
const ID: u8 = 0;

/// The first word of a block.
#[derive(Clone, Copy)]
struct Head {
    words: usize,
    id: usize,
}

impl Head {
    fn of(id: &str, words: &[u32]) -> Result<Self, Refused> {
        let most = usize::from(u16::MAX - 1);
        if words.len() > most || id.len() > most {
            return Err(Refused::TooLong);
        }
        Ok(Self {
            words: words.len(),
            id: id.len(),
        })
    }

    fn read(word: u32) -> Self {
        Self {
            words: (word >> 16) as usize,
            id: (word & 0xffff) as usize,
        }
    }

    fn word(self) -> u32 {
        ((self.words as u32) << 16) | self.id as u32
    }

    /// Words of the whole block; even, so that what is left of a block is never a single word.
    fn block(self) -> usize {
        (1 + self.words + self.id.div_ceil(4)).next_multiple_of(2)
    }
}

/// The bytes of an id, four to a word, zeros behind.
fn packed(id: &str) -> impl Iterator<Item = u32> {
    id.as_bytes().chunks(4).map(|bytes| {
        let mut word = [0; 4];
        word[..bytes.len()].copy_from_slice(bytes);
        u32::from_le_bytes(word)
    })
}

impl Records {
    pub(crate) fn new(keyed: Keyed) -> Self {
        Self {
            keyed,
            slabs: Vec::new(),
            places: Paged::default(),
            free_numbers: Vec::new(),
            free: BTreeMap::new(),
            ids: Index::new(),
            len: 0,
        }
    }

    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// One more than the highest number in use ever.
    pub(crate) fn end(&self) -> u32 {
        self.places.len() as u32
    }

    /// Takes a record in, in place of the one with the same id, whose number it keeps.
    pub(crate) fn put(&mut self, id: &str, words: &[u32]) -> Result<u32, Refused> {
        let head = Head::of(id, words)?;
        if let Some(number) = self.find(id) {
            self.replace(number, id, words, head)?;
            return Ok(number);
        }
        let number = self.free_numbers.last().copied().unwrap_or(self.end());
        if number > LAST {
            return Err(Refused::Full);
        }
        let place = self.room(head.block())?;
        self.write(place, head, id, words);
        if self.free_numbers.pop().is_some() {
            self.set_place(number, place);
        } else {
            self.places.push(place);
        }
        self.ids.insert(self.keyed.of(ID, &[id]), number);
        self.len += 1;
        Ok(number)
    }

    /// Takes a record out and wipes it; whether it was there.
    pub(crate) fn remove(&mut self, number: u32) -> bool {
        let (Some(place), Some(id)) = (self.place(number), self.id(number)) else {
            return false;
        };
        self.ids.remove(self.keyed.of(ID, &[&id]), number);
        self.release(place);
        self.set_place(number, NONE);
        self.free_numbers.push(number);
        self.len -= 1;
        true
    }

    /// The record with an id.
    pub(crate) fn find(&self, id: &str) -> Option<u32> {
        let numbers = self.ids.get(self.keyed.of(ID, &[id]));
        numbers.iter().copied().find(|number| {
            self.block(*number).is_some_and(|(head, block)| {
                head.id == id.len() && block[1 + head.words..].iter().copied().eq(packed(id))
            })
        })
    }

    /// The words of a record.
    #[inline]
    pub(crate) fn words(&self, number: u32) -> Option<&[u32]> {
        let (head, block) = self.block(number)?;
        Some(&block[1..=head.words])
    }

    /// Looks at these records, so that [`words`](Self::words) finds them in the cache. The processor
    /// waits for memory once and not once a record.
    pub(crate) fn touch(&self, numbers: &[u32]) {
        /// A cache line of most processors.
        const LINE: usize = 16;
        /// As many as most records take.
        const LINES: usize = 4;
        let mut places = [(0, 0); 64];
        for numbers in numbers.chunks(places.len()) {
            for (place, number) in places.iter_mut().zip(numbers) {
                *place = split(self.places.get(*number as usize).copied().unwrap_or(NONE));
            }
            let words = places[..numbers.len()].iter().flat_map(|(slab, at)| {
                let slab = self.slabs.get(*slab).map_or(&[][..], Vec::as_slice);
                let rest = slab.get(*at..).unwrap_or_default();
                rest.iter().step_by(LINE).take(LINES).copied()
            });
            hint::black_box(words.fold(0, u32::wrapping_add));
        }
    }

    /// The id of a record.
    pub(crate) fn id(&self, number: u32) -> Option<String> {
        let (head, block) = self.block(number)?;
        let mut bytes = Vec::with_capacity(head.id + 3);
        for word in &block[1 + head.words..] {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        bytes.truncate(head.id);
        String::from_utf8(bytes).ok()
    }

    /// Memory in use.
    pub(crate) fn bytes(&self) -> usize {
        let words = self.slabs.iter().map(Vec::capacity).sum::<usize>()
            + self.free_numbers.capacity()
            + self
                .free
                .values()
                .map(|places| places.capacity() + 8)
                .sum::<usize>();
        words * size_of::<u32>()
            + self.slabs.capacity() * size_of::<Vec<u32>>()
            + self.places.bytes()
            + self.ids.bytes()
    }

    /// Writes everything: by number the head, words and id of the record, or that there is none.
    pub(crate) fn save(&self, out: &mut Writer<'_, impl Write>) -> io::Result<()> {
        out.u32(self.end())?;
        for number in 0..self.end() {
            match self.block(number) {
                Some((_, block)) => out.words(block)?,
                None => out.u32(NONE)?,
            }
        }
        Ok(())
    }

    /// Reads what [`save`](Self::save) wrote. `is_sound` says whether words can be what was put.
    pub(crate) fn load(
        from: &mut Reader<'_, impl Read>,
        keyed: Keyed,
        is_sound: impl Fn(&[u32]) -> bool,
    ) -> Result<Self, LoadError> {
        let mut records = Self::new(keyed);
        let (mut words, mut id, mut free) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..from.u32()? {
            let head = from.u32()?;
            if head == NONE {
                records.places.push(NONE);
                free.push(number);
                continue;
            }
            let head = Head::read(head);
            words.clear();
            from.words(head.words, &mut words)?;
            id.clear();
            from.bytes(head.id.next_multiple_of(4), &mut id)?;
            id.truncate(head.id);
            let id = str::from_utf8(&id).map_err(|_| LoadError::Damaged)?;
            if !is_sound(&words) || records.find(id).is_some() {
                return Err(LoadError::Damaged);
            }
            // No number is free yet, so this is the next one.
            records.put(id, &words).map_err(|_| LoadError::Damaged)?;
        }
        records.free_numbers = free;
        Ok(records)
    }

    fn place(&self, number: u32) -> Option<u32> {
        self.places
            .get(number as usize)
            .copied()
            .filter(|place| *place != NONE)
    }

    fn set_place(&mut self, number: u32, place: u32) {
        if let Some(slot) = self.places.get_mut(number as usize) {
            *slot = place;
        }
    }

    fn head(&self, place: u32) -> Head {
        let (slab, at) = split(place);
        Head::read(self.slabs[slab][at])
    }

    /// The head of a record, and the head, words and id.
    #[inline]
    fn block(&self, number: u32) -> Option<(Head, &[u32])> {
        let (slab, at) = split(self.place(number)?);
        let rest = &self.slabs[slab][at..];
        let head = Head::read(rest[0]);
        Some((head, &rest[..1 + head.words + head.id.div_ceil(4)]))
    }

    fn replace(&mut self, number: u32, id: &str, words: &[u32], head: Head) -> Result<(), Refused> {
        let Some(old) = self.place(number) else {
            return Ok(());
        };
        if self.head(old).block() == head.block() {
            self.write(old, head, id, words);
        } else {
            // First the new one: if there is no room, nothing has changed.
            let place = self.room(head.block())?;
            self.write(place, head, id, words);
            self.release(old);
            self.set_place(number, place);
        }
        Ok(())
    }

    fn write(&mut self, place: u32, head: Head, id: &str, words: &[u32]) {
        let (slab, at) = split(place);
        let block = &mut self.slabs[slab][at..at + head.block()];
        block[0] = head.word();
        block[1..=head.words].copy_from_slice(words);
        let rest = &mut block[1 + head.words..];
        rest.fill(0);
        for (slot, word) in rest.iter_mut().zip(packed(id)) {
            *slot = word;
        }
    }

    /// A place for a block: the smallest that is free and large enough, else new memory.
    fn room(&mut self, length: usize) -> Result<u32, Refused> {
        let wanted = length as u32;
        if let Some((&found, places)) = self.free.range_mut(wanted..).next() {
            let place = places.pop();
            if places.is_empty() {
                self.free.remove(&found);
            }
            if let Some(place) = place {
                if found > wanted {
                    self.free
                        .entry(found - wanted)
                        .or_default()
                        .push(place + wanted);
                }
                return Ok(place);
            }
        }
        let fits = self
            .slabs
            .last()
            .is_some_and(|slab| slab.len() + length <= SLAB);
        if !fits {
            if self.slabs.len() == SLABS {
                return Err(Refused::Full);
            }
            self.leave_rest();
            let words = if self.slabs.is_empty() { 0 } else { SLAB };
            self.slabs.push(Vec::with_capacity(words));
        }
        let number = self.slabs.len() - 1;
        let slab = &mut self.slabs[number];
        let at = slab.len();
        slab.resize(at + length, 0);
        Ok(((number << SLAB_BITS) | at) as u32)
    }

    /// What the last slab has left is for shorter records.
    fn leave_rest(&mut self) {
        let number = self.slabs.len().wrapping_sub(1);
        if let Some(slab) = self.slabs.last_mut() {
            let at = slab.len();
            if at < SLAB {
                slab.resize(SLAB, 0);
                let place = ((number << SLAB_BITS) | at) as u32;
                self.free.entry((SLAB - at) as u32).or_default().push(place);
            }
        }
    }

    fn release(&mut self, place: u32) {
        let length = self.head(place).block();
        let (slab, at) = split(place);
        self.slabs[slab][at..at + length].fill(0);
        self.free.entry(length as u32).or_default().push(place);
    }
}

fn split(place: u32) -> (usize, usize) {
    ((place >> SLAB_BITS) as usize, place as usize & (SLAB - 1))
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn records() -> Records {
        Records::new(Keyed::new([3; 16]))
    }

    #[derive(Debug, Clone)]
    enum Step {
        Put(String, Vec<u32>),
        Remove(String),
    }

    fn step() -> impl Strategy<Value = Step> {
        let id = prop_oneof!["crm:[0-9]", "[a-zä]{0,6}"];
        prop_oneof![
            3 => (id.clone(), vec(any::<u32>(), 0..60)).prop_map(|(id, words)| Step::Put(id, words)),
            2 => id.prop_map(Step::Remove),
        ]
    }

    proptest! {
        #[test]
        fn is_a_map_of_words(steps in vec(step(), 0..400)) {
            let mut records = records();
            let mut model = HashMap::<String, (u32, Vec<u32>)>::new();
            for step in steps {
                match step {
                    Step::Put(id, words) => {
                        let number = records.put(&id, &words).unwrap();
                        if let Some((before, _)) = model.insert(id, (number, words)) {
                            prop_assert_eq!(number, before, "a record keeps its number");
                        }
                    }
                    Step::Remove(id) => {
                        let number = records.find(&id);
                        prop_assert_eq!(number, model.remove(&id).map(|(number, _)| number));
                        prop_assert_eq!(number.is_some_and(|n| records.remove(n)), number.is_some());
                    }
                }
            }
            prop_assert_eq!(records.len(), model.len());
            // Numbers that stand for nothing, too.
            records.touch(&[0, 1, 2, 70, u32::MAX]);
            for (id, (number, words)) in &model {
                prop_assert_eq!(records.find(id), Some(*number));
                prop_assert_eq!(records.words(*number), Some(words.as_slice()));
                prop_assert_eq!(records.id(*number), Some(id.clone()));
            }
            let held = (0..records.end()).filter(|number| records.words(*number).is_some());
            prop_assert_eq!(held.count(), model.len());
        }
    }

    #[test]
    fn a_removed_record_leaves_nothing_behind() {
        let mut records = records();
        let number = records.put("crm:77", &[0xdead_beef; 9]).unwrap();
        records.put("crm:78", &[1; 9]).unwrap();
        assert!(records.remove(number));
        assert!(!records.remove(number));
        let words = records.slabs.concat();
        assert!(!words.contains(&0xdead_beef));
        assert!(!words.contains(&u32::from_le_bytes(*b"77\0\0")));
        assert!(words.contains(&u32::from_le_bytes(*b"78\0\0")));
        assert_eq!((records.words(number), records.id(number)), (None, None));
    }

    #[test]
    fn memory_of_what_was_removed_is_used_again() {
        let mut records = records();
        let words = [5; 40];
        for round in 0..200 {
            for i in 0..500 {
                let length = 5 + (i * 7 + round * 13) % 35;
                records
                    .put(&format!("crm:{round}:{i}"), &words[..length])
                    .unwrap();
            }
            for i in 0..500 {
                let number = records.find(&format!("crm:{round}:{i}")).unwrap();
                records.remove(number);
            }
        }
        assert_eq!(records.len(), 0);
        assert_eq!(records.slabs.len(), 1);
        assert_eq!(records.end(), 500);
    }

    #[test]
    fn slabs_fill_one_after_another() {
        let mut records = records();
        let words = [9; 3000];
        for i in 0..1000 {
            records.put(&i.to_string(), &words[..2000 + i]).unwrap();
        }
        assert!(records.slabs.len() > 5);
        for i in 0..1000 {
            let number = records.find(&i.to_string()).unwrap();
            assert_eq!(records.words(number), Some(&words[..2000 + i]));
        }
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let mut records = records();
        assert_eq!(records.put("a", &vec![1; 65_535]), Err(Refused::TooLong));
        assert_eq!(records.put(&"a".repeat(65_535), &[]), Err(Refused::TooLong));
        let number = records.put(&"a".repeat(65_534), &vec![1; 65_534]).unwrap();
        assert_eq!(records.words(number).map(<[u32]>::len), Some(65_534));
    }
}
