use std::collections::HashSet;

use crate::authors;
use crate::customers::{BLOCK, Block, Ids};
use crate::people::Ground;
use crate::region::Style;
use crate::schema::{Author, Customer, Truth};

/// What a world is made from. The same values make the same world, byte for byte, on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Other seeds make other people.
    pub seed: u64,
    /// Records in the CRM, duplicates and companies included.
    pub customers: u64,
    /// Authors on the networks.
    pub authors: u64,
    /// What country it resembles.
    pub style: Style,
    /// How many of a thousand authors are customers.
    pub customer_share: u32,
    /// How many of a thousand people write a private message with a contact detail.
    pub messages: u32,
}

impl Config {
    /// A world of this size in Finland, 600 of 1000 authors customers, 380 with a private message.
    #[must_use]
    pub fn new(seed: u64, customers: u64, authors: u64) -> Self {
        Self {
            seed,
            customers,
            authors,
            style: Style::default(),
            customer_share: 600,
            messages: 380,
        }
    }

    /// The same elsewhere.
    #[must_use]
    pub fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }
}

/// Customers of one CRM, and the authors who may be they.
///
/// Nothing is held: whatever is asked for is made again from the seed.
#[derive(Debug, Clone)]
pub struct World {
    pub(crate) config: Config,
    pub(crate) ground: Ground,
    ids: Ids,
}

impl World {
    /// The world of these values.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let digits = config.customers.to_string().len().saturating_sub(2).max(2);
        let ground = Ground {
            seed: config.seed,
            style: config.style,
            companies: config.customers / BLOCK + 3,
            digits: digits as u32,
        };
        Self {
            config,
            ground,
            ids: Ids::of(config.customers),
        }
    }

    /// Every record of the CRM, duplicates near each other. About a microsecond each.
    pub fn customers(&self) -> impl Iterator<Item = Customer> {
        let blocks = 0..self.config.customers.div_ceil(BLOCK);
        blocks
            .flat_map(|number| self.block(number).records)
            .map(|(_, record)| record)
            .take(self.config.customers as usize)
    }

    /// Every author, and who it is.
    pub fn authors(&self) -> impl Iterator<Item = (Author, Truth)> {
        let mut taken = HashSet::new();
        (0..self.config.authors).map(move |index| authors::author(self, index, &mut taken))
    }

    pub(crate) fn block(&self, number: u64) -> Block {
        Block::of(&self.ground, number, &self.ids)
    }

    /// The record of the customer who is this author if the author is one: another one for each, as
    /// far as there are enough.
    pub(crate) fn writer(&self, author: u64) -> u64 {
        let customers = self.config.customers;
        // Steps of the golden ratio go round all of them before they come back.
        let mut step = (u128::from(customers) * 618 / 1000) as u64 + 1;
        while common_divisor(step, customers) > 1 {
            step += 1;
        }
        let turn = u128::from(author) * u128::from(step) + u128::from(self.config.seed);
        (turn % u128::from(customers.max(1))) as u64
    }

    /// The block of a record, and the record's place in it.
    pub(crate) fn record(&self, index: u64) -> (Block, usize) {
        (self.block(index / BLOCK), (index % BLOCK) as usize)
    }

    /// How many of a block's records are in the CRM; the last block may be cut.
    pub(crate) fn in_block(&self, block: &Block) -> usize {
        let from = block.number * BLOCK;
        self.config.customers.saturating_sub(from).min(BLOCK) as usize
    }

    /// The serial of the person behind an author whom the CRM does not know.
    pub(crate) fn outside(&self, index: u64) -> u64 {
        self.config.customers.div_ceil(BLOCK) * BLOCK + index
    }
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}
