//! Authors of each kind: customers, and all those who look like one.

mod companies;
mod people;

use std::collections::HashSet;

use crate::customers::{Block, Holder};
use crate::people::{Home, Person};
use crate::profile::Draft;
use crate::rng::{Rng, hashed};
use crate::schema::{Author, Customer, Truth};
use crate::world::World;

const AUTHORS: u64 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Customer,
    Mistyped,
    BrandCustomer,
    Stranger,
    Namesake,
    Coworker,
    Household,
    Behalf,
    Impersonator,
    Celebrity,
    Parody,
    Brand,
    Family,
    Bot,
    Role,
    Recycled,
    Agent,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Mistyped => "mistyped",
            Self::BrandCustomer => "brand_customer",
            Self::Stranger => "stranger",
            Self::Namesake => "namesake",
            Self::Coworker => "coworker",
            Self::Household => "household",
            Self::Behalf => "on_behalf",
            Self::Impersonator => "impersonator",
            Self::Celebrity => "celebrity",
            Self::Parody => "parody",
            Self::Brand => "brand",
            Self::Family => "family",
            Self::Bot => "bot",
            Self::Role => "role",
            Self::Recycled => "recycled",
            Self::Agent => "agent",
        }
    }
}

const CUSTOMERS: &[(u32, Kind)] = &[
    (560, Kind::Customer),
    (18, Kind::Mistyped),
    (22, Kind::BrandCustomer),
];

const OTHERS: &[(u32, Kind)] = &[
    (118, Kind::Stranger),
    (64, Kind::Namesake),
    (28, Kind::Coworker),
    (34, Kind::Household),
    (36, Kind::Behalf),
    (22, Kind::Impersonator),
    (14, Kind::Celebrity),
    (9, Kind::Parody),
    (20, Kind::Brand),
    (13, Kind::Family),
    (22, Kind::Bot),
    (8, Kind::Role),
    (6, Kind::Recycled),
    (6, Kind::Agent),
];

/// A customer, and the records that are theirs.
struct Found {
    block: Block,
    person: usize,
}

impl Found {
    fn person(&self) -> &Person {
        &self.block.people[self.person]
    }

    fn records(&self, world: &World) -> Vec<&Customer> {
        self.block.held_by(world, Holder::Person(self.person))
    }
}

impl Block {
    fn held_by<'a>(&'a self, world: &World, holder: Holder) -> Vec<&'a Customer> {
        let records = self.records.iter().take(world.in_block(self));
        records
            .filter(|(of, _)| *of == holder)
            .map(|(_, record)| record)
            .collect()
    }
}

/// What the author with this number is.
fn kind(world: &World, rng: &mut Rng) -> Kind {
    match rng.chance(u64::from(world.config.customer_share)) {
        true => rng.weighted(CUSTOMERS),
        false => rng.weighted(OTHERS),
    }
}

/// The author with this number, and who it is.
pub(crate) fn author(world: &World, index: u64, taken: &mut HashSet<u64>) -> (Author, Truth) {
    let rng = &mut Rng::of(world.ground.seed, AUTHORS, index);
    let kind = kind(world, rng);
    let mut maker = Maker::new(world, index, rng);
    // A world without customers has strangers only.
    let kind = if maker.make(kind).is_some() {
        kind
    } else {
        maker.draft = Draft::default();
        maker.stranger(None);
        Kind::Stranger
    };
    let Maker {
        mut draft,
        ids,
        rng,
        ..
    } = maker;
    let author = &mut draft.author;
    let known = draft
        .clues
        .iter()
        .any(|clue| clue.starts_with("known_handle") || *clue == "recycled");
    while !taken.insert(hashed(&format!(
        "{}/{}",
        author.network,
        author.handle.to_lowercase()
    ))) {
        let stem: String = author.handle.chars().take(12).collect();
        author.handle = format!("{stem}{}", rng.below(1000));
        if known {
            // The account is somebody's already in this world; this is another one of the same person.
            draft
                .clues
                .retain(|clue| !clue.starts_with("known_handle") && *clue != "recycled");
        }
    }
    let author_id = format!("P{index:07}");
    draft.author.author_id.clone_from(&author_id);
    draft.clues.sort_unstable();
    draft.clues.dedup();
    let evidence = if draft.clues.is_empty() {
        "none".to_owned()
    } else {
        draft.clues.join("+")
    };
    let truth = Truth {
        author_id,
        crm_ids: ids,
        kind: kind.name().to_owned(),
        evidence,
    };
    (draft.author, truth)
}

struct Maker<'a> {
    world: &'a World,
    index: u64,
    rng: &'a mut Rng,
    draft: Draft,
    ids: Vec<String>,
}

impl<'a> Maker<'a> {
    fn new(world: &'a World, index: u64, rng: &'a mut Rng) -> Self {
        Self {
            world,
            index,
            rng,
            draft: Draft::default(),
            ids: Vec::new(),
        }
    }
}

impl Maker<'_> {
    fn make(&mut self, kind: Kind) -> Option<()> {
        if self.world.config.customers == 0 {
            return None;
        }
        match kind {
            Kind::Customer => self.customer()?,
            Kind::Mistyped => self.mistyped()?,
            Kind::BrandCustomer => self.brand_customer()?,
            Kind::Stranger => self.stranger(None),
            Kind::Namesake => self.namesake()?,
            Kind::Coworker => self.coworker()?,
            Kind::Household => self.household()?,
            Kind::Behalf => self.behalf()?,
            Kind::Impersonator => self.impersonator()?,
            Kind::Celebrity => self.celebrity(),
            Kind::Parody => self.parody()?,
            Kind::Brand => self.brand(),
            Kind::Family => self.family()?,
            Kind::Bot => self.bot(),
            Kind::Role => self.role()?,
            Kind::Recycled => self.recycled()?,
            Kind::Agent => self.agent(),
        }
        Some(())
    }

    /// Who writes: each author somebody else, but for one in ten, who has written elsewhere too.
    fn writer(&mut self) -> Option<Found> {
        let index = match self.rng.chance(100) {
            true => self.rng.below(self.index + 1),
            false => self.index,
        };
        let record = self.world.writer(index);
        self.person(record).or_else(|| self.anybody())
    }

    /// A customer who is a person, half of the time one who may write too.
    fn someone(&mut self) -> Option<Found> {
        if self.rng.chance(500) {
            let author = self.rng.below(self.world.config.authors);
            let record = self.world.writer(author);
            if let Some(found) = self.person(record) {
                return Some(found);
            }
        }
        self.anybody()
    }

    /// Any customer who is a person.
    fn anybody(&mut self) -> Option<Found> {
        (0..50).find_map(|_| {
            let record = self.rng.below(self.world.config.customers);
            self.person(record)
        })
    }

    /// The person of whom a record is the first, so that a duplicate is no more likely to be met.
    fn person(&self, record: u64) -> Option<Found> {
        let (block, at) = self.world.record(record);
        let holder = block.records[at].0;
        match holder {
            Holder::Person(person) if block.records[..at].iter().all(|(of, _)| *of != holder) => {
                Some(Found { block, person })
            }
            _ => None,
        }
    }

    /// An account of a customer who shows a whole name, as it is among the authors.
    fn account(&mut self) -> Option<Author> {
        (0..20).find_map(|_| {
            let index = self.rng.below(self.world.config.authors);
            let rng = &mut Rng::of(self.world.ground.seed, AUTHORS, index);
            if kind(self.world, rng) != Kind::Customer {
                return None;
            }
            let mut maker = Maker::new(self.world, index, rng);
            maker.customer()?;
            Some(maker.draft.author).filter(|author| author.display.contains(' '))
        })
    }

    /// A customer one of whose handles the CRM knows.
    fn someone_known(&mut self) -> Option<Found> {
        (0..200).find_map(|_| {
            let (block, at) = self
                .world
                .record(self.rng.below(self.world.config.customers));
            let from = block.records[..self.world.in_block(&block)]
                .iter()
                .skip(at)
                .chain(&block.records[..at]);
            let person = from.into_iter().find_map(|(holder, record)| match holder {
                Holder::Person(person) if !record.handles.is_empty() => Some(*person),
                _ => None,
            })?;
            Some(Found { block, person })
        })
    }

    /// Somebody whom the CRM does not know.
    fn outsider(&mut self) -> Person {
        let serial = self.world.outside(self.index);
        let home = Home::of(&self.world.ground, serial, self.rng);
        Person::of(&self.world.ground, home, serial, self.rng)
    }

    fn hears(&mut self) -> bool {
        self.rng.chance(self.world.config.messages.into())
    }
}
