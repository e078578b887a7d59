use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Write};

use super::paged::Paged;
use super::{Index, Keyed, LoadError, Reader, Sieve, Writer};

/// Texts under small numbers, each with `COUNTS` counters of how many use it.
///
/// Number 0 is the empty text. A number stays as long as one of its counters is above nought; then
/// the text is wiped, and the number may come to stand for another one.
pub(crate) struct Table<const COUNTS: usize> {
    keyed: Keyed,
    slots: Paged<Slot<COUNTS>>,
    slabs: Vec<String>,
    numbers: Index,
    /// Turns most texts away that are not there.
    sieve: Option<Sieve>,
    /// Numbers that stand for nothing.
    vacant: Vec<u32>,
    /// By length in bytes: where texts stood that are wiped.
    rooms: BTreeMap<u32, Vec<u32>>,
}

#[derive(Debug, Clone, Copy)]
struct Slot<const COUNTS: usize> {
    /// The slab, then 16 bits of where in it.
    place: u32,
    /// In bytes; 0 where it stands for nothing.
    length: u32,
    counts: [u32; COUNTS],
}

const SLAB_BITS: u32 = 16;
const SLAB: usize = 1 << SLAB_BITS;
const SLABS: usize = 1 << (32 - SLAB_BITS);
/// The highest number.
const LAST: u32 = (1 << 31) - 1;
/// Kind of the keys of texts; the index of a table holds no other.
const TEXT: u8 = 0;

impl<const COUNTS: usize> Table<COUNTS> {
    pub(crate) fn new(keyed: Keyed) -> Self {
        let mut slots = Paged::default();
        slots.push(Slot {
            place: 0,
            length: 0,
            counts: [0; COUNTS],
        });
        Self {
            keyed,
            slots,
            slabs: Vec::new(),
            numbers: Index::new(),
            sieve: None,
            vacant: Vec::new(),
            rooms: BTreeMap::new(),
        }
    }

    /// The same, quick to tell that a text is not there. Of a text that is forgotten the sieve keeps a
    /// trace, so this is for texts that are nobody's own.
    pub(crate) fn sieved(mut self) -> Self {
        let mut sieve = Sieve::of(2 * self.slots.len());
        (0..self.end()).for_each(|number| sieve.add(self.text(number)));
        self.sieve = Some(sieve);
        self
    }

    /// The number of a text, a new one where it has none yet.
    ///
    /// A new one stays at least until counters have been raised and lowered again. After 4 GiB of
    /// text there are no new numbers: the answer is 0.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        if let Some(number) = self.find(text) {
            return number;
        }
        let Some(number) = self.place(text) else {
            return 0;
        };
        self.numbers.insert(self.keyed.of(TEXT, &[text]), number);
        if let Some(sieve) = &mut self.sieve {
            sieve.add(text);
            if sieve.is_full() {
                *self = std::mem::replace(self, Self::new(self.keyed.clone())).sieved();
            }
        }
        number
    }

    /// The number of a text.
    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        if text.is_empty() {
            return Some(0);
        }
        if self
            .sieve
            .as_ref()
            .is_some_and(|sieve| !sieve.may_hold(text))
        {
            return None;
        }
        let numbers = self.numbers.get(self.keyed.of(TEXT, &[text]));
        numbers
            .iter()
            .copied()
            .find(|number| self.text(*number) == text)
    }

    /// The text of a number; empty where it stands for nothing.
    pub(crate) fn text(&self, number: u32) -> &str {
        let text = self.slots.get(number as usize).and_then(|slot| {
            let slab = self.slabs.get((slot.place >> SLAB_BITS) as usize)?;
            let at = slot.place as usize & (SLAB - 1);
            slab.get(at..at + slot.length as usize)
        });
        text.unwrap_or_default()
    }

    /// Raises a counter.
    pub(crate) fn add(&mut self, number: u32, counter: usize) {
        if let Some(count) = self.counter(number, counter) {
            *count = count.saturating_add(1);
        }
    }

    /// Lowers a counter. With the last one at nought the text is forgotten.
    pub(crate) fn sub(&mut self, number: u32, counter: usize) {
        let Some(count) = self.counter(number, counter).filter(|count| **count > 0) else {
            return;
        };
        *count -= 1;
        let unused = self
            .slots
            .get(number as usize)
            .is_some_and(|slot| slot.counts == [0; COUNTS]);
        if unused && number != 0 {
            self.forget(number);
        }
    }

    /// What a counter stands at.
    pub(crate) fn count(&self, number: u32, counter: usize) -> u32 {
        self.slots
            .get(number as usize)
            .and_then(|slot| slot.counts.get(counter).copied())
            .unwrap_or_default()
    }

    /// One more than the highest number that ever stood for a text.
    pub(crate) fn end(&self) -> u32 {
        self.slots.len() as u32
    }

    /// Memory in use.
    pub(crate) fn bytes(&self) -> usize {
        self.slots.bytes()
            + self.numbers.bytes()
            + self.slabs.iter().map(String::capacity).sum::<usize>()
            + self.slabs.capacity() * size_of::<String>()
            + self.vacant.capacity() * 4
            + self
                .rooms
                .values()
                .map(|places| places.capacity() * 4 + 32)
                .sum::<usize>()
    }

    fn counter(&mut self, number: u32, counter: usize) -> Option<&mut u32> {
        self.slots.get_mut(number as usize)?.counts.get_mut(counter)
    }

    /// A number for a text that has none.
    fn place(&mut self, text: &str) -> Option<u32> {
        let number = self
            .vacant
            .last()
            .copied()
            .or(u32::try_from(self.slots.len()).ok())?;
        let length = u32::try_from(text.len()).ok()?;
        if number > LAST {
            return None;
        }
        let slot = Slot {
            place: self.room(text, length)?,
            length,
            counts: [0; COUNTS],
        };
        match self
            .vacant
            .pop()
            .and_then(|number| self.slots.get_mut(number as usize))
        {
            Some(vacant) => *vacant = slot,
            None => self.slots.push(slot),
        }
        Some(number)
    }

    /// Writes a text where one of its length was wiped, else behind the others.
    fn room(&mut self, text: &str, length: u32) -> Option<u32> {
        if let Some(places) = self.rooms.get_mut(&length) {
            let place = places.pop();
            if places.is_empty() {
                self.rooms.remove(&length);
            }
            if let Some(place) = place {
                self.overwrite(place, text);
                return Some(place);
            }
        }
        let fits = |slab: &String| slab.len() + text.len() <= SLAB;
        if !self.slabs.last().is_some_and(fits) {
            if self.slabs.len() == SLABS {
                return None;
            }
            let bytes = if self.slabs.is_empty() { 0 } else { SLAB };
            self.slabs
                .push(String::with_capacity(bytes.max(text.len())));
        }
        let slab = self.slabs.len() - 1;
        let place = ((slab << SLAB_BITS) | self.slabs[slab].len()) as u32;
        self.slabs[slab].push_str(text);
        Some(place)
    }

    fn forget(&mut self, number: u32) {
        let text = self.text(number).to_owned();
        let Some(slot) = self
            .slots
            .get_mut(number as usize)
            .filter(|slot| slot.length > 0)
        else {
            return;
        };
        let (place, length) = (slot.place, slot.length);
        slot.length = 0;
        self.numbers.remove(self.keyed.of(TEXT, &[&text]), number);
        self.overwrite(place, &"\0".repeat(text.len()));
        self.rooms.entry(length).or_default().push(place);
        self.vacant.push(number);
    }

    /// Puts a text in the room of one that is as long.
    fn overwrite(&mut self, place: u32, text: &str) {
        let at = place as usize & (SLAB - 1);
        if let Some(slab) = self.slabs.get_mut((place >> SLAB_BITS) as usize) {
            slab.replace_range(at..at + text.len(), text);
        }
    }

    /// Writes everything: by number the counters, the length and the text.
    pub(crate) fn save(&self, out: &mut Writer<'_, impl Write>) -> io::Result<()> {
        out.u32(self.end())?;
        for number in 0..self.end() {
            let text = self.text(number);
            let counts: [u32; COUNTS] = std::array::from_fn(|counter| self.count(number, counter));
            out.words(&counts)?;
            out.u32(text.len() as u32)?;
            out.bytes(text.as_bytes())?;
        }
        Ok(())
    }

    /// Reads what [`save`](Self::save) wrote.
    pub(crate) fn load(from: &mut Reader<'_, impl Read>, keyed: Keyed) -> Result<Self, LoadError> {
        let mut table = Self::new(keyed);
        let (mut counts, mut text, mut vacant) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..from.u32()? {
            counts.clear();
            from.words(COUNTS, &mut counts)?;
            text.clear();
            let length = from.u32()?;
            from.bytes(length as usize, &mut text)?;
            let text = str::from_utf8(&text).map_err(|_| LoadError::Damaged)?;
            if number > 0 && text.is_empty() {
                table.slots.push(Slot {
                    place: 0,
                    length: 0,
                    counts: [0; COUNTS],
                });
                vacant.push(number);
            } else if table.intern(text) != number {
                // It came before, or there is no room for so much.
                return Err(LoadError::Damaged);
            }
            if let Some(slot) = table
                .slots
                .get_mut(number as usize)
                .filter(|_| !text.is_empty())
            {
                slot.counts.copy_from_slice(&counts);
            }
        }
        table.vacant = vacant;
        Ok(table)
    }
}

impl<const COUNTS: usize> fmt::Debug for Table<COUNTS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("texts", &(self.slots.len() - 1 - self.vacant.len()))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn table() -> Table<2> {
        Table::new(Keyed::new([5; 16]))
    }

    proptest! {
        #[test]
        fn counts_each_text_as_a_map_would(
            steps in vec(("[a-cä\\x00]{0,3}", 0usize..2, any::<bool>()), 0..400),
        ) {
            let mut table = table();
            let mut model = HashMap::<String, [u32; 2]>::new();
            for (text, counter, up) in steps {
                if up {
                    let number = table.intern(&text);
                    table.add(number, counter);
                    model.entry(text).or_default()[counter] += 1;
                } else if let Some(counts) = model.get_mut(&text).filter(|c| c[counter] > 0) {
                    let number = table.find(&text).unwrap();
                    table.sub(number, counter);
                    counts[counter] -= 1;
                    if *counts == [0, 0] {
                        model.remove(&text);
                        prop_assert!(text.is_empty() || table.text(number).is_empty());
                    }
                } else if !text.is_empty() && !model.contains_key(&text) {
                    prop_assert_eq!(table.find(&text), None);
                }
            }
            for (text, counts) in &model {
                let number = table.find(text).unwrap();
                prop_assert_eq!(table.text(number), text);
                prop_assert_eq!([table.count(number, 0), table.count(number, 1)], *counts);
            }
            let texts = model.keys().filter(|text| !text.is_empty()).count();
            prop_assert_eq!(table.numbers.len(), texts);
        }
    }

    #[test]
    fn a_forgotten_text_is_wiped_and_its_room_serves_another() {
        let mut table = table();
        let number = table.intern("virtanen");
        table.intern("korhonen");
        table.add(number, 1);
        table.sub(number, 1);
        assert!(!table.slabs.concat().contains("virtanen"));
        assert_eq!((table.find("virtanen"), table.text(number)), (None, ""));
        assert_eq!(table.intern("nieminen"), number);
        assert_eq!(table.text(number), "nieminen");
    }

    #[test]
    fn texts_of_any_length_are_held() {
        let mut table = table();
        let texts: Vec<String> = (1..60).map(|i| "xy".repeat(i * i * 20)).collect();
        let numbers: Vec<u32> = texts.iter().map(|text| table.intern(text)).collect();
        for (text, number) in texts.iter().zip(numbers) {
            assert_eq!(table.text(number), text);
            assert_eq!(table.find(text), Some(number));
        }
    }

    #[test]
    fn numbers_that_nobody_gave_are_empty() {
        let mut table = table();
        table.add(17, 0);
        table.sub(17, 0);
        table.sub(0, 9);
        assert_eq!(
            (table.text(17), table.count(17, 0), table.count(0, 9)),
            ("", 0, 0)
        );
        assert_eq!(table.intern(""), 0);
    }
}
