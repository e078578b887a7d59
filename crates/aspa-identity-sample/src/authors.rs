//! Authors of each kind: customers, and all those who look like one.

use std::collections::HashSet;

use crate::company::Company;
use crate::customers::{Block, Holder, relative};
use crate::handles::{self, NETWORKS};
use crate::names::{self, folded};
use crate::people::{Home, Person};
use crate::profile::{
    Draft, Told, clues_of, home_tongue, own_details, signature, spoken_of, written_mail,
};
use crate::region::mistyped_digits;
use crate::rng::{Rng, hashed};
use crate::schema::{Author, Customer, Truth};
use crate::texts::voice;
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

/// The author with this number, and who it is.
pub(crate) fn author(world: &World, index: u64, taken: &mut HashSet<u64>) -> (Author, Truth) {
    let rng = &mut Rng::of(world.ground.seed, AUTHORS, index);
    let kind = match rng.chance(u64::from(world.config.customer_share)) {
        true => rng.weighted(CUSTOMERS),
        false => rng.weighted(OTHERS),
    };
    let mut maker = Maker {
        world,
        index,
        rng,
        draft: Draft::default(),
        ids: Vec::new(),
    };
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

    /// Any customer who is a person.
    fn someone(&mut self) -> Option<Found> {
        (0..50).find_map(|_| {
            let (block, at) = self
                .world
                .record(self.rng.below(self.world.config.customers));
            let holder = block.records[at].0;
            match holder {
                // By the first record, so that a duplicate is no more likely to be met.
                Holder::Person(person)
                    if block.records[..at].iter().all(|(of, _)| *of != holder) =>
                {
                    Some(Found { block, person })
                }
                _ => None,
            }
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

    fn customer(&mut self) -> Option<()> {
        let found = self.someone()?;
        let (person, records) = (found.person(), found.records(self.world));
        self.ids = records.iter().map(|record| record.id.clone()).collect();
        self.draft.named(person, self.rng);
        let known = records
            .iter()
            .flat_map(|record| &record.handles)
            .collect::<Vec<_>>();
        if !known.is_empty() && self.rng.chance(800) {
            let handle = self.rng.pick(&known);
            self.draft.author.handle.clone_from(&handle.handle);
            self.draft.clues.retain(|clue| !clue.starts_with("h:"));
            if self.rng.chance(800) {
                self.draft.author.network = handle.network;
                self.draft.clue("known_handle");
            } else {
                let other = NETWORKS.iter().find(|(_, name)| *name != handle.network);
                self.draft.author.network = other.map_or(handle.network, |(_, name)| name);
                self.draft.clue("known_handle_other_net");
            }
        }
        if person.former.is_some() {
            self.draft.clue("maiden");
        }
        self.draft.described(&self.world.ground, person, self.rng);
        self.tell_of_oneself(person, &records);
        Some(())
    }

    /// Bio and message of somebody who speaks for themselves.
    fn tell_of_oneself(&mut self, person: &Person, records: &[&Customer]) {
        let ground = &self.world.ground;
        if self.rng.chance(100) {
            let mail = self.rng.pick(&person.emails).clone();
            self.draft.mail_in_bio(&mail, self.rng);
        }
        let voice = voice(person.tongue, home_tongue(ground.style), self.rng);
        if self.hears() {
            let record = match records {
                [] => None,
                _ => Some(self.rng.pick(records)),
            };
            let told = own_details(ground, person, record, self.rng);
            let signed = self.rng.chance(320).then(|| signature(person, self.rng));
            if signed.is_some() {
                self.draft.clue("name_dm");
            }
            self.draft.clues.extend(clues_of(&told, records));
            self.draft
                .message(voice, &told, signed.as_deref(), None, self.rng);
        } else if self.rng.chance(90) {
            let signed = signature(person, self.rng);
            self.draft.clue("name_dm");
            self.draft
                .message(voice, &Told::default(), Some(&signed), None, self.rng);
        }
    }

    /// A customer whose number or address has a slip in it.
    fn mistyped(&mut self) -> Option<()> {
        let found = self.someone()?;
        let (person, records) = (found.person(), found.records(self.world));
        self.ids = records.iter().map(|record| record.id.clone()).collect();
        self.draft.named(person, self.rng);
        self.draft.described(&self.world.ground, person, self.rng);
        let mut told = Told::default();
        match self.rng.below(4) {
            0 => {
                told.phone = self
                    .rng
                    .pick(&person.phones)
                    .mistyped(self.rng)
                    .written(self.rng)
            }
            1 => {
                told.email = self
                    .rng
                    .pick(&person.emails)
                    .replace("gmail", "gmial")
                    .replace("hotmail", "hotmial")
                    .replacen("n@", "@", 1)
            }
            2 => {
                told.order_no = records[0]
                    .orders
                    .first()
                    .map(|order| mistyped_digits(order, self.rng))
                    .unwrap_or_default()
            }
            _ => told.customer_no = mistyped_digits(&records[0].customer_no, self.rng),
        }
        if told.order_no.is_empty()
            && told.phone.is_empty()
            && told.email.is_empty()
            && told.customer_no.is_empty()
        {
            told.customer_no = mistyped_digits(&records[0].customer_no, self.rng);
        }
        let voice = voice(
            person.tongue,
            home_tongue(self.world.ground.style),
            self.rng,
        );
        let signed = self.rng.chance(450).then(|| signature(person, self.rng));
        if signed.is_some() {
            self.draft.clue("name_dm");
        }
        self.draft.clue("slip");
        self.draft
            .message(voice, &told, signed.as_deref(), None, self.rng);
        Some(())
    }

    fn brand_customer(&mut self) -> Option<()> {
        let (block, number) = (0..100).find_map(|_| {
            let (block, at) = self
                .world
                .record(self.rng.below(self.world.config.customers));
            let first = match block.records[at].0 {
                Holder::Company(number) => Some(number),
                Holder::Person(_) => match block.records[0].0 {
                    Holder::Company(number) => Some(number),
                    Holder::Person(_) => None,
                },
            };
            first.map(|number| (block, number))
        })?;
        let records = block.held_by(self.world, Holder::Company(number));
        self.ids = records.iter().map(|record| record.id.clone()).collect();
        let company = Company::of(self.world.ground.seed, self.world.ground.style, number);
        self.branded(&company);
        if self.hears() {
            let mut told = Told::default();
            match self.rng.below(3) {
                0 => told.email = records[0].emails[0].clone(),
                1 => told.customer_no = records[0].customer_no.clone(),
                _ => told.order_no = records[0].orders.first().cloned().unwrap_or_default(),
            }
            let voice = voice(
                home_tongue(self.world.ground.style),
                home_tongue(self.world.ground.style),
                self.rng,
            );
            self.draft.clues.extend(clues_of(&told, &records));
            self.draft.message(voice, &told, None, None, self.rng);
        }
        Some(())
    }

    fn branded(&mut self, company: &Company) {
        let base = folded(&company.name, false);
        let network = self.rng.weighted(NETWORKS);
        let handle = match self.rng.below(6) {
            0 => format!("{base}_official"),
            1 => format!("{base}{}", folded(company.form, false)),
            2 => format!("{base}{}", company.country.code.to_lowercase()),
            3 => format!("{}.{}", base, company.country.tld),
            _ => base,
        };
        let author = &mut self.draft.author;
        (author.network, author.handle) = (network, handles::allowed(network, &handle));
        author.display = match self.rng.below(4) {
            0 => company.name.to_uppercase(),
            1 => format!("{} {}", company.name, company.country.names[0]),
            _ => company.called(self.rng),
        };
        if self.rng.chance(300) {
            author.bio = format!("Official account of {}", company.name);
        }
        if self.rng.chance(350) {
            company.town.clone_into(&mut author.location);
        }
        if self.rng.chance(350) {
            author.links.push(company.site());
            if self.rng.chance(400) {
                author.verified_links.push(company.site());
            }
        }
        self.draft.clue("brand");
    }

    fn stranger(&mut self, person: Option<Person>) {
        let person = person.unwrap_or_else(|| self.outsider());
        self.draft.named(&person, self.rng);
        self.draft.described(&self.world.ground, &person, self.rng);
        self.tell_of_oneself(&person, &[]);
    }

    /// Another person with a customer's name, now and then of the same town.
    fn namesake(&mut self) -> Option<()> {
        let found = self.someone()?;
        let customer = found.person();
        let mut person = self.outsider();
        (person.tongue, person.female) = (customer.tongue, customer.female);
        (person.given, person.family) = (customer.given.clone(), customer.on_record().clone());
        person.site = None;
        person.home.country = customer.home.country;
        person.home.town = self.rng.common(customer.home.country.towns);
        if self.rng.chance(330) {
            person.home.town = customer.home.town;
            self.draft.clue("same_city");
        }
        person.reach(&self.world.ground, self.rng);
        let theirs = &customer.emails;
        person
            .emails
            .iter_mut()
            .filter(|mail| theirs.contains(mail))
            .for_each(|mail| mail.insert(0, 'x'));
        self.stranger(Some(person));
        Some(())
    }

    fn coworker(&mut self) -> Option<()> {
        let found = (0..20).find_map(|_| {
            self.someone()
                .filter(|found| found.person().company.is_some())
        })?;
        let customer = found.person();
        let number = customer.company?;
        let company = Company::of(self.world.ground.seed, self.world.ground.style, number);
        let mut person = self.outsider();
        person.company = Some(number);
        (person.home.country, person.home.town) = (company.country, company.town);
        if self.rng.chance(250) {
            (person.given, person.tongue, person.female) =
                (customer.given.clone(), customer.tongue, customer.female);
        }
        person.reach(&self.world.ground, self.rng);
        if self.rng.chance(350) {
            person.emails.push(company.role_mail(self.rng));
        }
        self.draft.author.links.push(company.site());
        self.draft.author.bio = company.called(self.rng);
        self.stranger(Some(person));
        if self.draft.author.bio.is_empty() {
            self.draft.author.bio = company.called(self.rng);
        }
        self.draft.clue("company");
        Some(())
    }

    /// Somebody of a customer's household who is no customer.
    fn household(&mut self) -> Option<()> {
        let found = self.someone()?;
        let (customer, records) = (found.person(), found.records(self.world));
        let mut person = self.outsider();
        person.home = customer.home.clone();
        person.tongue = customer.tongue;
        (person.female, person.given) = relative(customer, self.rng);
        if self.rng.chance(800) {
            person.family = if person.female {
                names::feminine(&customer.family)
            } else {
                customer.family.clone()
            };
        }
        person.reach(&self.world.ground, self.rng);
        self.draft.named(&person, self.rng);
        self.draft.described(&self.world.ground, &person, self.rng);
        if self.rng.chance(560) {
            let mut told = Told::default();
            match (&customer.home.landline, &customer.home.mail) {
                (Some(line), _) if self.rng.chance(450) => told.phone = line.written(self.rng),
                (_, Some(mail)) if self.rng.chance(600) => told.email.clone_from(mail),
                _ if self.rng.chance(350) => {
                    told.email = written_mail(&self.rng.pick(&customer.emails), self.rng)
                }
                _ if self.rng.chance(500) => {
                    told.phone = self.rng.pick(&customer.phones).written(self.rng)
                }
                _ => told = own_details(&self.world.ground, &person, None, self.rng),
            }
            let signed = self.rng.chance(400).then(|| signature(&person, self.rng));
            let voice = voice(
                person.tongue,
                home_tongue(self.world.ground.style),
                self.rng,
            );
            self.draft.clues.extend(clues_of(&told, &records));
            self.draft
                .message(voice, &told, signed.as_deref(), None, self.rng);
        }
        Some(())
    }

    /// Somebody who writes for a customer, with the customer's own details.
    fn behalf(&mut self) -> Option<()> {
        let found = self.someone()?;
        let (customer, records) = (found.person(), found.records(self.world));
        let mut person = self.outsider();
        if self.rng.chance(550) {
            // A child, a parent or a spouse.
            (person.tongue, person.home) = (customer.tongue, customer.home.clone());
            (person.female, person.given) = relative(customer, self.rng);
            if self.rng.chance(600) {
                person.family = if person.female {
                    names::feminine(&customer.family)
                } else {
                    customer.family.clone()
                };
            }
        }
        self.draft.named(&person, self.rng);
        self.draft.described(&self.world.ground, &person, self.rng);
        let record = self.rng.pick(&records);
        let told = own_details(&self.world.ground, customer, Some(record), self.rng);
        let voice = voice(
            customer.tongue,
            home_tongue(self.world.ground.style),
            self.rng,
        );
        let (mut signed, mut about) = (None, None);
        match self.rng.below(10) {
            0..=3 => {
                self.draft.clue("said");
                about = Some(spoken_of(customer, record, self.rng));
                signed = self.rng.chance(500).then(|| signature(&person, self.rng));
            }
            4..=5 => {
                self.draft.clue("signed");
                signed = Some(signature(&person, self.rng));
            }
            6..=7 => {
                self.draft.clue("shown");
                self.draft.author.display = person.full();
            }
            _ => {
                self.draft.clue("unsaid");
                self.draft.author.display = match self.rng.chance(500) {
                    true => String::new(),
                    false => self.draft.author.handle.clone(),
                };
            }
        }
        self.draft.clues.extend(clues_of(&told, &records));
        self.draft
            .message(voice, &told, signed.as_deref(), about.as_deref(), self.rng);
        Some(())
    }

    /// Name and nearly the handle of a customer whose account is known.
    fn impersonator(&mut self) -> Option<()> {
        let found = self.someone_known()?;
        let (customer, records) = (found.person(), found.records(self.world));
        let known = records.iter().find_map(|record| record.handles.first())?;
        let author = &mut self.draft.author;
        (author.network, author.handle) =
            (known.network, handles::near_copy(&known.handle, self.rng));
        while handles::is_for_known(known.network, &author.handle) {
            author.handle = handles::near_copy(&author.handle, self.rng);
        }
        author.display = match self.rng.chance(700) {
            true => customer.full(),
            false => format!("{} ✔", customer.full()),
        };
        if self.rng.chance(400) {
            customer.home.town.clone_into(&mut author.location);
        }
        self.draft.clue("near_handle");
        if self.hears() {
            let person = self.outsider();
            let told = Told {
                email: self.rng.pick(&person.emails).clone(),
                ..Told::default()
            };
            let signed = self.rng.chance(500).then(|| customer.full());
            let voice = voice(
                customer.tongue,
                home_tongue(self.world.ground.style),
                self.rng,
            );
            self.draft.clues.extend(clues_of(&told, &records));
            self.draft
                .message(voice, &told, signed.as_deref(), None, self.rng);
        }
        Some(())
    }

    fn celebrity(&mut self) {
        const STAGE: &[&str] = &[
            "Rita Revontuli",
            "Kid Kaamos",
            "DJ Poronkusema",
            "Lola Volcán",
            "Max Donnerwetter",
            "Sven Stjärnfall",
            "The Velvet Herons",
            "Captain Marmalade",
            "Aurora Blaze",
            "Jonny Havoc",
            "Kaiho Kvartetti",
            "Miss Moonshine",
            "El Trueno",
            "Tähti Taivas",
            "Lord Biscuit",
        ];
        let network = self.rng.weighted(NETWORKS);
        let (name, bio) = match self.rng.chance(350) {
            // Known people bear common names too.
            true => (
                self.outsider().full(),
                self.rng.pick(&[
                    "Kansanedustaja",
                    "Olympic skier 🥈",
                    "Autor & Moderator",
                    "riksdagsledamot",
                    "actor · rep: agency",
                    "Presidente",
                ]),
            ),
            false => (
                (self.rng.pick(STAGE)).to_owned(),
                self.rng.pick(&[
                    "Booking: agency",
                    "new album out now 🎤",
                    "fan account",
                    "Tour 2026",
                    "",
                ]),
            ),
        };
        let base = folded(&name, false);
        let handle = match self.rng.below(4) {
            0 => format!("{base}fan"),
            1 => format!("official{base}"),
            2 => format!("{base}{}", self.rng.below(100)),
            _ => base,
        };
        let author = &mut self.draft.author;
        (author.network, author.handle) = (network, handles::allowed(network, &handle));
        (author.display, author.bio) = (name, bio.to_owned());
    }

    /// A mock of a customer or of a company.
    fn parody(&mut self) -> Option<()> {
        let found = self.someone()?;
        let customer = found.person();
        let word = self.rng.pick(&[
            "Not",
            "Fake",
            "Definitely",
            "Epävirallinen",
            "Parodi",
            "Nicht",
        ]);
        let target = match customer.company {
            Some(number) if self.rng.chance(500) => {
                Company::of(self.world.ground.seed, self.world.ground.style, number).name
            }
            _ => customer.full(),
        };
        let network = self.rng.weighted(NETWORKS);
        let handle = format!(
            "{}{}",
            word.to_lowercase().replace('ä', "a"),
            folded(&target, false)
        );
        let author = &mut self.draft.author;
        (author.network, author.handle) = (network, handles::allowed(network, &handle));
        author.display = match self.rng.below(3) {
            0 => target.clone(),
            1 => format!("{target} (parody)"),
            _ => format!("{word} {target}"),
        };
        author.bio = (self.rng.pick(&[
            "Parody account",
            "parodiaa",
            "satire, obviously",
            "Parodie",
            "not affiliated with anybody",
            "parodia",
        ]))
        .to_owned();
        self.draft.clue("parody");
        Some(())
    }

    fn brand(&mut self) {
        // Companies beyond those for which anybody here works.
        let number = self.world.ground.companies + self.index;
        let company = Company::of(self.world.ground.seed, self.world.ground.style, number);
        self.branded(&company);
    }

    /// One account for a whole family.
    fn family(&mut self) -> Option<()> {
        let found = self.someone()?;
        let (customer, records) = (found.person(), found.records(self.world));
        let voice = voice(
            customer.tongue,
            home_tongue(self.world.ground.style),
            self.rng,
        );
        let family = &customer.home.family.latin;
        let (stem, network) = (folded(family, false), self.rng.weighted(NETWORKS));
        let (first, other) = (
            customer.given.latin.clone(),
            relative(customer, self.rng).1.latin,
        );
        let author = &mut self.draft.author;
        author.display = match self.rng.below(5) {
            0 if voice.family == "perhe" => match family.strip_suffix("nen") {
                Some(cut) => format!("{cut}sen perhe"),
                None => format!("{family}n perhe"),
            },
            1 => format!("{first} & {other}"),
            2 => format!("{first} ja {other} {family}"),
            3 => format!("Team {family}"),
            _ => format!("{} {family}", voice.family),
        };
        let handle = match self.rng.below(4) {
            0 => format!("{}{stem}", folded(voice.family, false)),
            1 => format!("{}_{}", folded(&first, false), folded(&other, false)),
            2 => format!("{stem}s"),
            _ => format!("team{stem}{}", self.rng.below(100)),
        };
        (author.network, author.handle) = (network, handles::allowed(network, &handle));
        self.draft.clue("shared");
        if self.hears() {
            let mut told = Told::default();
            match (&customer.home.landline, &customer.home.mail) {
                (_, Some(mail)) => told.email.clone_from(mail),
                (Some(line), _) => told.phone = line.written(self.rng),
                _ => told.phone = self.rng.pick(&customer.phones).written(self.rng),
            }
            self.draft.clues.extend(clues_of(&told, &records));
            self.draft.message(voice, &told, None, None, self.rng);
        }
        Some(())
    }

    fn bot(&mut self) {
        let person = self.outsider();
        let network = self.rng.weighted(NETWORKS);
        let word = person.first_word();
        let author = &mut self.draft.author;
        (author.network, author.handle) = (network, format!("{word}{}", self.rng.digits(8)));
        author.display = match self.rng.below(3) {
            0 => person.given.latin.clone(),
            1 => person.full(),
            _ => format!("{} 💋", person.given.latin),
        };
        author.bio = (self.rng.pick(&[
            "earn $$$ from home",
            "forex mentor 📈",
            "link below 👇",
            "",
            "follow for follow",
            "Krypto-Profi",
        ]))
        .to_owned();
        if self.rng.chance(600) {
            author
                .links
                .push(format!("https://win{}.example", self.rng.digits(5)));
        }
        if self.rng.chance(80) {
            author.dm_text = "You have won a prize! Click the link".to_owned();
        }
    }

    /// An account of a department, with a mailbox that stands in many records.
    fn role(&mut self) -> Option<()> {
        let company = (0..100).find_map(|_| {
            let found = self.someone()?;
            let number = found.person().company?;
            // One that is no customer itself.
            let own = self.world.block(number);
            let is_customer = own
                .records
                .iter()
                .any(|(holder, _)| *holder == Holder::Company(number));
            (!is_customer)
                .then(|| Company::of(self.world.ground.seed, self.world.ground.style, number))
        })?;
        self.branded(&company);
        let part = self.rng.pick(&[
            "Support",
            "Laskutus",
            "Kundtjänst",
            "HR",
            "Vertrieb",
            "Orders",
            "Asiakaspalvelu",
            "Atención al cliente",
        ]);
        self.draft.author.display = format!("{} {part}", company.name);
        let told = Told {
            email: company.role_mail(self.rng),
            ..Told::default()
        };
        let voice = voice(
            home_tongue(self.world.ground.style),
            home_tongue(self.world.ground.style),
            self.rng,
        );
        self.draft.clue("role_mail");
        self.draft.message(voice, &told, Some(part), None, self.rng);
        Some(())
    }

    /// A handle that was a customer's when the CRM took it down, and is somebody else's now.
    fn recycled(&mut self) -> Option<()> {
        let found = self.someone_known()?;
        let records = found.records(self.world);
        let known = records
            .iter()
            .find_map(|record| record.handles.first())?
            .clone();
        let person = self.outsider();
        let author = &mut self.draft.author;
        (author.network, author.handle) = (known.network, known.handle);
        if self.rng.chance(150) {
            author.display = author.handle.clone();
        } else {
            self.draft.displayed(&person, self.rng);
        }
        self.draft.described(&self.world.ground, &person, self.rng);
        self.tell_of_oneself(&person, &[]);
        self.draft.clue("recycled");
        Some(())
    }

    /// Somebody who answers for another company.
    fn agent(&mut self) {
        let company = Company::of(
            self.world.ground.seed,
            self.world.ground.style,
            self.rng.below(self.world.ground.companies),
        );
        let person = self.outsider();
        let network = self.rng.weighted(NETWORKS);
        let base = folded(&company.name, false);
        let handle = format!(
            "{base}{}",
            self.rng
                .pick(&["care", "_help", "support", "asiakaspalvelu", "_service"])
        );
        let author = &mut self.draft.author;
        (author.network, author.handle) = (network, handles::allowed(network, &handle));
        author.display = match self.rng.chance(600) {
            true => format!("{} / {}", person.given.latin, company.name),
            false => format!("{} | {} Support", person.full(), company.name),
        };
        author.bio = (self.rng.pick(&[
            "We are here to help, Mo-Fr 8-18",
            "Asiakaspalvelu",
            "Kundenservice",
            "support team",
        ]))
        .to_owned();
        author.links.push(company.site());
        self.draft.clue("agent");
    }
}
