//! A profile and a message as they come to be, and the clues they hold.

use crate::company::Company;
use crate::customers::name_of;
use crate::displays::shown;
use crate::handles::{self, NETWORKS};
use crate::names::Tongue;
use crate::people::{Ground, Person};
use crate::region::{Style, mistyped_digits};
use crate::rng::Rng;
use crate::schema::{Author, Customer};
use crate::texts::{Voice, voice};

/// An author in the making.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) author: Author,
    pub(crate) clues: Vec<&'static str>,
}

/// What somebody tells to be found by; empty is not told.
#[derive(Debug, Default, Clone)]
pub(crate) struct Told {
    pub(crate) email: String,
    pub(crate) phone: String,
    pub(crate) customer_no: String,
    pub(crate) order_no: String,
}

/// The language of a region where the own one would not be understood.
pub(crate) fn home_tongue(style: Style) -> Tongue {
    match style {
        Style::Finland => Tongue::Finnish,
        Style::Europe => Tongue::German,
        Style::Us => Tongue::English,
    }
}

impl Draft {
    pub(crate) fn clue(&mut self, clue: &'static str) {
        self.clues.push(clue);
    }

    /// Network, handle and name of somebody who shows themselves as they are.
    pub(crate) fn named(&mut self, person: &Person, rng: &mut Rng) {
        let network = rng.weighted(NETWORKS);
        let (handle, form) = handles::own(person, network, false, rng);
        self.author.network = network;
        self.author.handle = handle;
        self.clue(match form {
            "name" => "h:name",
            "nick" => "h:nick",
            "first" => "h:first",
            "leet" => "h:leet",
            "abbr" => "h:abbr",
            "vowelless" => "h:vowelless",
            "reversed" => "h:reversed",
            "last" => "h:last",
            _ => "h:unrelated",
        });
        self.displayed(person, rng);
    }

    /// Another name shown than the one that was.
    pub(crate) fn shown_as(&mut self, display: String, clue: &'static str) {
        self.clues.retain(|clue| !clue.starts_with("d:"));
        self.author.display = display;
        self.clue(clue);
    }

    /// Only the name shown.
    pub(crate) fn displayed(&mut self, person: &Person, rng: &mut Rng) {
        let (display, form) = shown(person, &self.author.handle, rng);
        self.author.display = display;
        self.clue(match form {
            "first" => "d:first",
            "nickfull" => "d:nickfull",
            "partial" => "d:partial",
            "swapped" => "d:swapped",
            "bold" => "d:bold",
            "capitals" => "d:capitals",
            "typo" => "d:typo",
            "handle" => "d:handle",
            "other" => "d:other",
            "none" => "d:none",
            "last" => "d:last",
            "native" => "d:native",
            "romanised" => "d:romanised",
            _ => "d:full",
        });
        if let Some(junior) = person.junior
            && rng.chance(300)
        {
            self.author.display += if junior { " Jr" } else { " Sr" };
            self.clue("junior");
        }
    }

    /// Bio, location and links.
    pub(crate) fn described(&mut self, ground: &Ground, person: &Person, rng: &mut Rng) {
        let home = &person.home;
        let voice = voice(person.tongue, home_tongue(ground.style), rng);
        let mut bio: Vec<String> = Vec::new();
        if rng.chance(280) {
            bio.push((rng.pick(voice.bios)).to_owned());
        }
        if rng.chance(70) {
            bio.push(person.born.to_string());
        }
        match rng.below(1000) {
            0..=119 => {
                self.author.location = match rng.below(3) {
                    0 => format!("{}, {}", home.town, home.country.names[0]),
                    _ => home.town.to_owned(),
                };
                self.clue("city");
            }
            120..=159 => {
                bio.push(match rng.below(3) {
                    0 => format!("📍 {}", home.town),
                    1 => format!("{} {}", voice.lives_in, home.town),
                    _ => home.town.to_owned(),
                });
                self.clue("city");
            }
            160..=259 => self.author.location = (rng.pick(home.country.names)).to_owned(),
            260..=299 => self.author.location = (rng.pick(home.country.towns)).to_owned(),
            300..=329 => {
                self.author.location = (rng.pick(&[
                    "Earth",
                    "somewhere",
                    "🌍",
                    "the internet",
                    "nowhere",
                    "127.0.0.1",
                ]))
                .to_owned()
            }
            _ => {}
        }
        if let Some(number) = person.company
            && rng.chance(260)
        {
            let company = Company::of(ground.seed, ground.style, number);
            bio.push(match rng.below(3) {
                0 => format!("{} {}", voice.works_at, company.name),
                1 => format!("Sales @ {}", company.name),
                _ => company.called(rng),
            });
            self.clue("company");
            if rng.chance(250) {
                self.author.links.push(company.site());
                self.clue("company_link");
            }
        }
        if let Some(site) = person.site.as_ref().filter(|_| rng.chance(550)) {
            self.author.links.push(site.clone());
            if rng.chance(350) {
                self.author.verified_links.push(site.clone());
            }
            self.clue("site");
        }
        self.author.bio = bio.join(rng.pick(&[" | ", " · ", ", ", "\n"]));
    }

    /// An e-mail address in the bio, written so that machines do not see it.
    pub(crate) fn mail_in_bio(&mut self, mail: &str, rng: &mut Rng) {
        let Some((local, host)) = mail.split_once('@') else {
            return;
        };
        let written = match rng.below(5) {
            0 => format!("{local}[at]{host}"),
            1 => format!("{local} at {host}"),
            2 => mail.to_owned(),
            _ => format!("{local}(at){host}"),
        };
        let lead = rng.pick(&["", "✉ ", "mail: ", "contact: "]);
        let space = if self.author.bio.is_empty() {
            ""
        } else {
            " | "
        };
        self.author.bio += &format!("{space}{lead}{written}");
        self.clue("email_bio");
    }

    /// A private message: what is told, why, and by whom. `behalf` names the person it is about.
    pub(crate) fn message(
        &mut self,
        voice: &Voice,
        told: &Told,
        signed: Option<&str>,
        behalf: Option<&str>,
        rng: &mut Rng,
    ) {
        let mut parts: Vec<String> = Vec::new();
        if rng.chance(550) {
            parts.push((rng.pick(voice.greetings)).to_owned());
        }
        if rng.chance(700) {
            parts.push((rng.pick(voice.matters)).to_owned());
        }
        if let Some(name) = behalf {
            parts.push(rng.pick(voice.behalf).replace("{}", name));
        }
        let mut details: Vec<String> = [
            (&told.email, voice.email),
            (&told.phone, voice.phone),
            (&told.customer_no, voice.customer_no),
            (&told.order_no, voice.order_no),
        ]
        .into_iter()
        .filter(|(value, _)| !value.is_empty())
        .map(|(value, leads)| {
            format!("{} {value}", rng.common(leads))
                .trim_start()
                .to_owned()
        })
        .collect();
        if rng.chance(300) {
            details.reverse();
        }
        let early = rng.chance(200);
        if early {
            parts.splice(0..0, details);
        } else {
            parts.extend(details);
        }
        if let Some(name) = signed {
            parts.push(format!("{} {name}", rng.pick(voice.signed)));
        }
        parts.retain(|part| !part.is_empty());
        self.author.dm_text = parts.join(rng.pick(&[" ", " ", " ", ", ", "\n", ". "]));
        if rng.chance(500) {
            let revealed = &mut self.author.revealed;
            revealed.email.clone_from(&told.email);
            revealed.phone.clone_from(&told.phone);
            revealed.customer_no.clone_from(&told.customer_no);
            revealed.order_no.clone_from(&told.order_no);
        }
    }
}

/// As a name stands at the end of a message.
pub(crate) fn signature(person: &Person, rng: &mut Rng) -> String {
    match rng.below(6) {
        0..=2 => person.full(),
        3 => person.nick(rng).latin,
        4 => format!(
            "{}. {}",
            person.given.latin.chars().next().unwrap_or('X'),
            person.family.latin
        ),
        _ => person.given.latin.clone(),
    }
}

/// What a person tells of their own: one thing or two of those there are.
pub(crate) fn own_details(
    ground: &Ground,
    person: &Person,
    record: Option<&Customer>,
    rng: &mut Rng,
) -> Told {
    let mut told = Told::default();
    for _ in 0..rng.weighted(&[(620, 1), (320, 2), (60, 3)]) {
        match rng.below(100) {
            0..=44 => told.email = written_mail(&rng.pick(&person.emails), rng),
            45..=74 => told.phone = rng.pick(&person.phones).written(rng),
            75..=87 => {
                told.customer_no = match record {
                    Some(record) => record.customer_no.clone(),
                    None => foreign_number(ground, rng),
                }
            }
            _ => {
                told.order_no = match record {
                    Some(record) => record.orders.first().cloned().unwrap_or_default(),
                    None => format!("{}{}", rng.pick(&["A", "ORD-", "#", "NO"]), rng.digits(6)),
                }
            }
        }
    }
    if told.order_no.is_empty()
        && told.customer_no.is_empty()
        && told.phone.is_empty()
        && told.email.is_empty()
    {
        told.email = written_mail(&rng.pick(&person.emails), rng);
    }
    told
}

/// A customer number of another company, which may look like one of ours.
fn foreign_number(ground: &Ground, rng: &mut Rng) -> String {
    match rng.below(4) {
        0 => {
            let number = ground.style.customer_no(rng.below(1000), rng);
            mistyped_digits(&number.replacen(['2', '3', '4'], "9", 1), rng)
        }
        1 => rng.digits(7).to_string(),
        _ => format!("{}-{}", rng.pick(&["KT", "C", "AC", "V"]), rng.digits(6)),
    }
}

/// An address as people type it.
pub(crate) fn written_mail(mail: &str, rng: &mut Rng) -> String {
    match rng.below(20) {
        0 => crate::names::capitalised(mail),
        1 => mail.to_uppercase(),
        2 => mail.replace('@', "(at)"),
        3 => format!("{mail}."),
        4 => match mail.split_once("@gmail.com") {
            Some((local, _)) => format!("{local}+shop@gmail.com"),
            None => mail.to_owned(),
        },
        _ => mail.to_owned(),
    }
}

/// The clues that what is told holds for one of these records.
pub(crate) fn clues_of(told: &Told, records: &[&Customer]) -> Vec<&'static str> {
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let tail = |text: &str| -> String {
        let all = digits(text);
        all[all.len().saturating_sub(7)..].to_owned()
    };
    let bare = |mail: &str| {
        mail.trim_end_matches('.')
            .replace("(at)", "@")
            .replace("+shop", "")
            .to_lowercase()
    };
    let mut clues = Vec::new();
    if !told.email.is_empty() {
        let known = records
            .iter()
            .flat_map(|r| &r.emails)
            .any(|mail| mail.to_lowercase() == bare(&told.email));
        clues.push(if known { "email" } else { "email_new" });
    }
    if !told.phone.is_empty() {
        let known = records
            .iter()
            .flat_map(|r| &r.phones)
            .any(|phone| tail(phone) == tail(&told.phone));
        clues.push(if known { "phone" } else { "phone_new" });
    }
    if !told.customer_no.is_empty() {
        clues.push(
            if records.iter().any(|r| r.customer_no == told.customer_no) {
                "custno"
            } else {
                "custno_foreign"
            },
        );
    }
    if !told.order_no.is_empty() {
        clues.push(
            if records.iter().any(|r| r.orders.contains(&told.order_no)) {
                "order"
            } else {
                "order_foreign"
            },
        );
    }
    clues
}

/// A customer's name as somebody else puts it.
pub(crate) fn spoken_of(person: &Person, record: &Customer, rng: &mut Rng) -> String {
    match rng.below(4) {
        0 => person.given.latin.clone(),
        1 => name_of(record),
        _ => person.full(),
    }
}
