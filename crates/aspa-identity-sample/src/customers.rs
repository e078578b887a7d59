//! Records of the CRM, made in blocks of sixteen so that any of them can be made again alone.

use crate::company::Company;
use crate::displays::typo;
use crate::handles::{self, NETWORKS};
use crate::names::{self, Name, capitalised};
use crate::people::{Ground, Home, Person};
use crate::region::Phone;
use crate::rng::Rng;
use crate::schema::{Customer, KnownHandle};

/// Records in a block.
pub(crate) const BLOCK: u64 = 16;

const PEOPLE: u64 = 1;

/// Whom a record stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The person at this place of the block.
    Person(usize),
    /// The company with this number.
    Company(u64),
}

/// Sixteen records, and who is behind them.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) number: u64,
    pub(crate) people: Vec<Person>,
    pub(crate) records: Vec<(Holder, Customer)>,
}

impl Block {
    /// The block with this number; `step` and `records` say how its ids are spread.
    pub(crate) fn of(ground: &Ground, number: u64, ids: &Ids) -> Self {
        let rng = &mut Rng::of(ground.seed, PEOPLE, number);
        let mut block = Self {
            number,
            people: Vec::with_capacity(16),
            records: Vec::with_capacity(16),
        };
        let base = number * BLOCK;
        if number < ground.companies && rng.chance(450) {
            let company = Company::of(ground.seed, ground.style, number);
            block.put(
                Holder::Company(number),
                company_record(ground, &company, base, ids, rng),
            );
            if rng.chance(50) {
                let again = company_record(ground, &company, base + 1, ids, rng);
                block.put(Holder::Company(number), again);
            }
        }
        while block.room() > 0 {
            let size = rng
                .weighted(&[(580, 1_usize), (250, 2), (110, 3), (60, 4)])
                .min(block.room());
            let home = Home::of(ground, base + block.people.len() as u64, rng);
            let from = block.people.len();
            for nth in 0..size {
                let mut person =
                    Person::of(ground, home.clone(), base + block.people.len() as u64, rng);
                if nth == 1 && rng.chance(35) && from + 1 == block.people.len() {
                    let senior = &mut block.people[from];
                    senior.junior = Some(false);
                    senior.born = senior.born.min(1975);
                    (person.given, person.family) = (senior.given.clone(), senior.family.clone());
                    (person.female, person.junior) = (senior.female, Some(true));
                    person.born = senior.born + 27;
                    person.reach(ground, rng);
                }
                if person.junior.is_none() && rng.chance(if person.female { 45 } else { 8 }) {
                    person.former = Some(names::family(person.tongue, person.female, rng));
                }
                block.people.push(person);
            }
            for at in from..block.people.len() {
                block.record(ground, at, base, ids, rng);
            }
        }
        block
    }

    fn room(&self) -> usize {
        BLOCK as usize - self.records.len()
    }

    fn put(&mut self, holder: Holder, record: Customer) {
        if self.room() > 0 {
            self.records.push((holder, record));
        }
    }

    /// One record of a person; where there is room, now and then a second one.
    fn record(&mut self, ground: &Ground, at: usize, base: u64, ids: &Ids, rng: &mut Rng) {
        let index = base + self.records.len() as u64;
        if self.room() == 0 {
            return;
        }
        let person = &mut self.people[at];
        if rng.chance(58) {
            for _ in 0..rng.weighted(&[(850, 1), (150, 2)]) {
                let network = rng.weighted(NETWORKS);
                let (handle, _) = handles::own(person, network, true, rng);
                person.handles.push(KnownHandle { network, handle });
            }
        }
        let record = person_record(ground, person, index, ids, rng);
        let again = rng
            .chance(73)
            .then(|| twice(ground, person, &record, index + 1, ids, rng));
        self.put(Holder::Person(at), record);
        if let Some(again) = again {
            self.put(Holder::Person(at), again);
        }
    }
}

/// How ids are spread over the records of a world: neighbours in the file are none by their ids.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids {
    records: u64,
    step: u64,
    digits: usize,
}

impl Ids {
    pub(crate) fn of(records: u64) -> Self {
        let common = |mut a: u64, mut b: u64| {
            while b > 0 {
                (a, b) = (b, a % b);
            }
            a
        };
        let near = (records / 5).wrapping_mul(3) | 1;
        let step = (near..)
            .find(|step| common(*step, records) == 1)
            .unwrap_or(1);
        let digits = records.to_string().len().max(6);
        Self {
            records,
            step,
            digits,
        }
    }

    pub(crate) fn id(&self, index: u64) -> String {
        let at =
            (u128::from(index) * u128::from(self.step) % u128::from(self.records.max(1))) as u64;
        let digits = self.digits;
        format!("R-{at:0digits$}")
    }
}

fn company_record(
    ground: &Ground,
    company: &Company,
    index: u64,
    ids: &Ids,
    rng: &mut Rng,
) -> Customer {
    let mut phones = Vec::new();
    if rng.chance(800) {
        phones.push(company.country.landline(60_000_000 + index).written(rng));
    }
    Customer {
        id: ids.id(index),
        kind: "company",
        company: format!("{} {}", company.name, company.form),
        emails: vec![company.role_mail(rng)],
        phones,
        city: company.town.to_owned(),
        postcode: company.country.postcode(company.town, rng),
        street: company.country.street(rng),
        country: company.country.code,
        website: company.site(),
        customer_no: ground.style.customer_no(index, rng),
        orders: orders(ground, index, rng),
        ..Customer::default()
    }
}

fn orders(ground: &Ground, index: u64, rng: &mut Rng) -> Vec<String> {
    let many = rng.weighted(&[(360, 0_u64), (340, 1), (200, 2), (100, 3)]);
    (0..many)
        .map(|nth| ground.style.order_no(index, nth))
        .collect()
}

const TITLES: &[&str] = &[
    "",
    "",
    "",
    "Sales Manager",
    "Myyntipäällikkö",
    "Ingenieur",
    "Projektledare",
    "Account Executive",
    "Toimitusjohtaja",
    "Asentaja",
    "HR Specialist",
    "Geschäftsführer",
    "Lärare",
    "Contable",
    "Nurse",
    "Software Developer",
    "Team Lead",
];

/// What stands where nothing is known: the same in many records.
const PLACEHOLDERS: &[&str] = &[
    "ei@ole.fi",
    "noreply@example.com",
    "none@none.com",
    "no@mail.com",
    "puuttuu@puuttuu.fi",
];

fn person_record(
    ground: &Ground,
    person: &Person,
    index: u64,
    ids: &Ids,
    rng: &mut Rng,
) -> Customer {
    let home = &person.home;
    let company = person
        .company
        .map(|number| Company::of(ground.seed, ground.style, number));
    let mut emails: Vec<String> = person
        .emails
        .iter()
        .filter(|_| rng.chance(820))
        .cloned()
        .collect();
    if let Some(mail) = home.mail.as_ref().filter(|_| rng.chance(650)) {
        emails.push(mail.clone());
    }
    if let Some(company) = company.as_ref().filter(|_| rng.chance(160)) {
        emails.push(company.role_mail(rng));
    }
    if emails.is_empty() && rng.chance(60) {
        emails.push((rng.pick(PLACEHOLDERS)).to_owned());
    }
    let told: Vec<&Phone> = person.phones.iter().filter(|_| rng.chance(860)).collect();
    let mut phones: Vec<String> = told.iter().map(|phone| phone.written(rng)).collect();
    if let Some(line) = home.landline.as_ref().filter(|_| rng.chance(750)) {
        phones.push(line.written(rng));
    }
    if phones.is_empty() && rng.chance(50) {
        phones.push("000000".to_owned());
    }
    let keep = |text: &str, per_mille: u64, rng: &mut Rng| {
        if rng.chance(per_mille) {
            text.to_owned()
        } else {
            String::new()
        }
    };
    let title = match (&company, person.junior) {
        (_, Some(junior)) if rng.chance(350) => if junior { "Jr." } else { "Sr." }.to_owned(),
        (Some(_), _) => (rng.pick(TITLES)).to_owned(),
        _ => String::new(),
    };
    Customer {
        id: ids.id(index),
        kind: "person",
        first: person.given.latin.clone(),
        last: person.on_record().latin.clone(),
        company: company
            .as_ref()
            .map(|company| company.called(rng))
            .unwrap_or_default(),
        title,
        emails,
        phones,
        street: keep(&home.street, 900, rng),
        postcode: keep(&home.postcode, 870, rng),
        city: keep(home.town, 930, rng),
        country: home.country.code,
        website: person
            .site
            .clone()
            .filter(|_| rng.chance(500))
            .unwrap_or_default(),
        handles: person.handles.clone(),
        customer_no: ground.style.customer_no(index, rng),
        orders: orders(ground, index, rng),
    }
}

/// A second record of somebody, entered by another clerk on another day.
fn twice(
    ground: &Ground,
    person: &Person,
    former: &Customer,
    index: u64,
    ids: &Ids,
    rng: &mut Rng,
) -> Customer {
    let mut record = person_record(ground, person, index, ids, rng);
    record.handles.retain(|_| rng.chance(200));
    match rng.below(9) {
        0 => record.first = person.nick(rng).latin,
        1 => record.last = typo(&record.last, rng),
        2 => {
            record.first = record
                .first
                .split(['-', ' '])
                .next()
                .unwrap_or_default()
                .to_owned()
        }
        3 => (record.first, record.last) = (record.last, record.first),
        4 => record.last = person.family.latin.clone(),
        5 => {
            (record.first, record.last) = (record.first.to_uppercase(), record.last.to_uppercase())
        }
        6 => record.first = format!("{}.", record.first.chars().next().unwrap_or('X')),
        7 => {
            record.first = format!("{} {}", record.first, record.last);
            record.last = String::new();
        }
        _ => {}
    }
    match rng.below(4) {
        0 => record.emails = vec![person.new_mail(ground, rng)],
        1 => record.emails.clear(),
        _ => {}
    }
    if rng.chance(300) {
        record.phones.clear();
    }
    if rng.chance(250) {
        (record.street, record.postcode) = (person.home.country.street(rng), String::new());
    }
    if record.emails.is_empty() && record.phones.is_empty() {
        record.emails.clone_from(&former.emails);
    }
    record
}

/// A record's way to write a name that is not there.
pub(crate) fn name_of(record: &Customer) -> String {
    format!("{} {}", record.first, record.last)
        .trim()
        .to_owned()
}

/// The name of a child or a spouse who is no customer.
pub(crate) fn relative(of: &Person, rng: &mut Rng) -> (bool, Name) {
    let female = rng.chance(500);
    let mut given = names::given(of.tongue, female, rng);
    if given.latin == of.given.latin {
        given.latin = capitalised(&format!("{}a", given.latin));
        given.native = None;
    }
    (female, given)
}
