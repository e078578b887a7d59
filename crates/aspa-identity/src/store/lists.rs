use std::cmp::Ordering;

use super::Paged;

/// Marks a value of an index as the place of a list.
pub(super) const LIST: u32 = 1 << 31;

/// How many records a block of a class holds. The place of a list has 4 bits for the class.
const CLASSES: [usize; 13] = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];
/// Words of a page of blocks, 8 KiB as in the index; no block stands in two.
const PAGE: usize = 2048;
/// The class of lists that are longer and have memory of their own.
const LONG: u32 = 15;
const CLASS_SHIFT: u32 = 27;
const OFFSET: u32 = (1 << CLASS_SHIFT) - 1;
/// Fills what a block has left; no record has this number.
const UNUSED: u32 = u32::MAX;
const NONE: u32 = u32::MAX;

/// The lists of a shard that hold two records or more, each ascending.
///
/// Short ones stand in one vector, in blocks of a few sizes; a block says by its content how full
/// it is. A block that is left goes to the next list that needs one of its size.
#[derive(Debug)]
pub(super) struct Lists {
    blocks: Paged<u32, PAGE>,
    /// By class, the first block that nobody uses; its first word is where the next one is.
    free: [u32; CLASSES.len()],
    long: Vec<Vec<u32>>,
    free_long: Vec<u32>,
}

impl Default for Lists {
    fn default() -> Self {
        Self {
            blocks: Paged::default(),
            free: [NONE; CLASSES.len()],
            long: Vec::new(),
            free_long: Vec::new(),
        }
    }
}

fn parts(place: u32) -> (u32, usize) {
    ((place & !LIST) >> CLASS_SHIFT, (place & OFFSET) as usize)
}

fn place(class: u32, offset: usize) -> u32 {
    LIST | (class << CLASS_SHIFT) | offset as u32
}

impl Lists {
    /// The records of a list.
    pub(super) fn get(&self, place: u32) -> &[u32] {
        let (class, offset) = parts(place);
        if class == LONG {
            return &self.long[offset];
        }
        let block = self.blocks.slice(offset, CLASSES[class as usize]);
        let length = block.partition_point(|record| *record != UNUSED);
        &block[..length]
    }

    /// A list of two different records.
    pub(super) fn pair(&mut self, one: u32, other: u32) -> u32 {
        self.make(&[one.min(other), one.max(other)])
    }

    /// Puts a record in: where the list is now and how long. `None` if the record was there.
    pub(super) fn insert(&mut self, list: u32, record: u32) -> Option<(u32, usize)> {
        let records = self.get(list);
        let count = records.len();
        let at = match records.last().map(|last| last.cmp(&record)) {
            // Most records come with ascending numbers.
            Some(Ordering::Less) => count,
            _ => records.binary_search(&record).err()?,
        };
        let (class, offset) = parts(list);
        if class == LONG {
            let records = &mut self.long[offset];
            if records.len() == records.capacity() {
                records.reserve_exact(records.len() / 8 + 1);
            }
            records.insert(at, record);
            return Some((list, count + 1));
        }
        let full = count == CLASSES[class as usize];
        let list = if full {
            self.moved(list, count + 1)
        } else {
            list
        };
        let (class, offset) = parts(list);
        if class == LONG {
            self.long[offset].insert(at, record);
        } else {
            let block = self.blocks.slice_mut(offset, count + 1);
            block.copy_within(at..count, at + 1);
            block[at] = record;
        }
        Some((list, count + 1))
    }

    /// Takes a record out: where the list is now, or the record that is left alone, and how many
    /// are left. `None` if the record was not there.
    pub(super) fn remove(&mut self, list: u32, record: u32) -> Option<(u32, usize)> {
        let records = self.get(list);
        let left = records.len() - 1;
        let at = records.binary_search(&record).ok()?;
        if left == 1 {
            let other = records[1 - at];
            self.release(list);
            return Some((other, 1));
        }
        let (class, offset) = parts(list);
        let enough = if class == LONG {
            let records = &mut self.long[offset];
            records.remove(at);
            if left < records.capacity() / 2 {
                records.shrink_to(left + left / 8);
            }
            CLASSES[CLASSES.len() - 2]
        } else {
            let block = self.blocks.slice_mut(offset, CLASSES[class as usize]);
            block.copy_within(at + 1.., at);
            block[left] = UNUSED;
            // Not at once, lest one record that comes and goes moves the list each time.
            class
                .checked_sub(2)
                .map_or(0, |less| CLASSES[less as usize])
        };
        let list = if left <= enough {
            self.moved(list, left)
        } else {
            list
        };
        Some((list, left))
    }

    /// The same records where there is room for `length`.
    fn moved(&mut self, list: u32, length: usize) -> u32 {
        let mut records = Vec::with_capacity(length);
        records.extend_from_slice(self.get(list));
        self.release(list);
        let to = self.room(length);
        self.fill(to, &records);
        to
    }

    /// A list of two different records or more, ascending.
    pub(super) fn make(&mut self, records: &[u32]) -> u32 {
        let to = self.room(records.len());
        self.fill(to, records);
        to
    }

    fn fill(&mut self, list: u32, records: &[u32]) {
        let (class, offset) = parts(list);
        if class == LONG {
            self.long[offset].extend_from_slice(records);
        } else {
            let block = self.blocks.slice_mut(offset, records.len());
            block.copy_from_slice(records);
        }
    }

    /// An empty place for a list.
    fn room(&mut self, length: usize) -> u32 {
        let class = CLASSES.partition_point(|size| *size < length);
        let Some(size) = CLASSES.get(class).copied() else {
            return self.long_room(length);
        };
        let first = self.free[class];
        let offset = if first == NONE {
            let rest = PAGE - self.blocks.len() % PAGE;
            if rest < size {
                self.leave(rest);
            }
            let offset = self.blocks.len();
            if offset + size > OFFSET as usize {
                return self.long_room(length);
            }
            (0..size).for_each(|_| self.blocks.push(UNUSED));
            offset
        } else {
            let offset = first as usize;
            let block = self.blocks.slice_mut(offset, 1);
            self.free[class] = std::mem::replace(&mut block[0], UNUSED);
            offset
        };
        place(class as u32, offset)
    }

    /// Parts what is left of a page among blocks that fit.
    fn leave(&mut self, mut rest: usize) {
        while rest > 0 {
            let class = CLASSES.partition_point(|size| *size <= rest);
            let offset = self.blocks.len();
            let size = class.checked_sub(1).map_or(rest, |class| CLASSES[class]);
            (0..size).for_each(|_| self.blocks.push(UNUSED));
            if let Some(class) = class.checked_sub(1) {
                self.release(place(class as u32, offset));
            }
            rest -= size;
        }
    }

    fn long_room(&mut self, length: usize) -> u32 {
        let records = Vec::with_capacity(length + length / 8);
        let offset = match self.free_long.pop() {
            Some(offset) => {
                self.long[offset as usize] = records;
                offset as usize
            }
            None => {
                self.long.push(records);
                self.long.len() - 1
            }
        };
        place(LONG, offset)
    }

    fn release(&mut self, list: u32) {
        let (class, offset) = parts(list);
        if class == LONG {
            self.long[offset] = Vec::new();
            self.free_long.push(offset as u32);
            return;
        }
        let class = class as usize;
        let block = self.blocks.slice_mut(offset, CLASSES[class]);
        block.fill(UNUSED);
        block[0] = self.free[class];
        self.free[class] = offset as u32;
    }

    pub(super) fn bytes(&self) -> usize {
        let words = self.free_long.capacity() + self.long.iter().map(Vec::capacity).sum::<usize>();
        size_of::<Self>()
            + self.blocks.bytes()
            + words * size_of::<u32>()
            + self.long.capacity() * size_of::<Vec<u32>>()
    }
}
