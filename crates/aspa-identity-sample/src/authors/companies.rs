//! Accounts that stand for no single person.

use super::Maker;
use crate::company::Company;
use crate::customers::{Holder, relative};
use crate::handles::{self, NETWORKS};
use crate::names::folded;
use crate::profile::{Told, clues_of, home_tongue};
use crate::texts::voice;

impl Maker<'_> {
    pub(super) fn brand_customer(&mut self) -> Option<()> {
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

    pub(super) fn branded(&mut self, company: &Company) {
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

    pub(super) fn brand(&mut self) {
        // Companies beyond those for which anybody here works.
        let number = self.world.ground.companies + self.index;
        let company = Company::of(self.world.ground.seed, self.world.ground.style, number);
        self.branded(&company);
    }

    /// An account of a department, with a mailbox that stands in many records.
    pub(super) fn role(&mut self) -> Option<()> {
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

    /// Somebody who answers for another company.
    pub(super) fn agent(&mut self) {
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

    /// One account for a whole family.
    pub(super) fn family(&mut self) -> Option<()> {
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

    pub(super) fn celebrity(&mut self) {
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
    pub(super) fn parody(&mut self) -> Option<()> {
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

    pub(super) fn bot(&mut self) {
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
}
