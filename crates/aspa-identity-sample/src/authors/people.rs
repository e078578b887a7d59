//! Customers, and people who look like them.

use super::Maker;
use crate::company::Company;
use crate::customers::relative;
use crate::handles::{self, NETWORKS};
use crate::names;
use crate::people::Person;
use crate::profile::{
    Told, clues_of, home_tongue, own_details, signature, spoken_of, written_mail,
};
use crate::region::mistyped_digits;
use crate::schema::Customer;
use crate::texts::voice;

impl Maker<'_> {
    pub(super) fn customer(&mut self) -> Option<()> {
        let found = self.writer()?;
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
    pub(super) fn tell_of_oneself(&mut self, person: &Person, records: &[&Customer]) {
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
    pub(super) fn mistyped(&mut self) -> Option<()> {
        let found = self.writer()?;
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

    pub(super) fn stranger(&mut self, person: Option<Person>) {
        let person = person.unwrap_or_else(|| self.outsider());
        self.draft.named(&person, self.rng);
        self.draft.described(&self.world.ground, &person, self.rng);
        self.tell_of_oneself(&person, &[]);
    }

    /// Another person with a customer's name, now and then of the same town.
    pub(super) fn namesake(&mut self) -> Option<()> {
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

    pub(super) fn coworker(&mut self) -> Option<()> {
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
    pub(super) fn household(&mut self) -> Option<()> {
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
    pub(super) fn behalf(&mut self) -> Option<()> {
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
                self.draft.shown_as(person.full(), "d:full");
            }
            _ => {
                self.draft.clue("unsaid");
                let handle = self.draft.author.handle.clone();
                match self.rng.chance(500) {
                    true => self.draft.shown_as(String::new(), "d:none"),
                    false => self.draft.shown_as(handle, "d:handle"),
                }
            }
        }
        self.draft.clues.extend(clues_of(&told, &records));
        self.draft
            .message(voice, &told, signed.as_deref(), about.as_deref(), self.rng);
        Some(())
    }

    /// Name and nearly the handle of a customer: of one whose account the CRM knows, or of one who is
    /// among the authors.
    pub(super) fn impersonator(&mut self) -> Option<()> {
        if self.rng.chance(500)
            && let Some(copied) = self.account()
        {
            let author = &mut self.draft.author;
            let network = match self.rng.chance(400) {
                true => copied.network,
                false => self.rng.weighted(NETWORKS),
            };
            author.network = network;
            author.handle =
                handles::allowed(network, &handles::near_copy(&copied.handle, self.rng));
            author.display = copied.display;
            if self.rng.chance(400) {
                author.location = copied.location;
            }
            if self.rng.chance(400) && !copied.bio.contains('@') {
                author.bio = copied.bio;
            }
            self.draft.clue("near_account");
            return Some(());
        }
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

    /// A handle that was a customer's when the CRM took it down, and is somebody else's now.
    pub(super) fn recycled(&mut self) -> Option<()> {
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
}
