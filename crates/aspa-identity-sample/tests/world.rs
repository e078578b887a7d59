//! A world is the same everywhere, is what its figures say, and is hard.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::OnceLock;

use aspa_identity_sample::{Author, Config, Customer, Style, Truth, World};

type Made = (Vec<Customer>, Vec<(Author, Truth)>);

/// A world of each style, made once for all tests.
fn world(style: Style) -> &'static Made {
    static WORLDS: [OnceLock<Made>; 3] = [const { OnceLock::new() }; 3];
    let place = Style::ALL.iter().position(|other| *other == style);
    WORLDS[place.unwrap()].get_or_init(|| {
        let world = World::new(Config::new(7, 3_000, 4_000).style(style));
        (world.customers().collect(), world.authors().collect())
    })
}

/// FNV-1a of the JSON of everything.
fn fingerprint(style: Style) -> u64 {
    let world = World::new(Config::new(3, 700, 500).style(style));
    let customers = world
        .customers()
        .map(|customer| serde_json::to_string(&customer));
    let authors = world.authors().map(|(author, truth)| {
        serde_json::to_string(&author)
            .map(|json| format!("{json}{}{}", truth.crm_ids.join("|"), truth.evidence))
    });
    let bytes = customers
        .chain(authors)
        .flat_map(|json| json.unwrap().into_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[test]
fn the_same_values_make_the_same_world() {
    for style in Style::ALL {
        assert_eq!(fingerprint(style), fingerprint(style));
    }
    let seeds = [1, 2].map(|seed| {
        World::new(Config::new(seed, 100, 0))
            .customers()
            .collect::<Vec<_>>()
    });
    assert_ne!(seeds[0], seeds[1]);
}

#[test]
fn a_world_of_any_size_is_whole() {
    for (customers, authors) in [(0, 50), (1, 50), (15, 30), (16, 30), (17, 30), (100, 0)] {
        let world = World::new(Config::new(1, customers, authors));
        let ids: HashSet<String> = world.customers().map(|customer| customer.id).collect();
        assert_eq!(ids.len() as u64, customers);
        let all: Vec<_> = world.authors().collect();
        assert_eq!(all.len() as u64, authors);
        assert!(
            all.iter()
                .flat_map(|(_, truth)| &truth.crm_ids)
                .all(|id| ids.contains(id))
        );
    }
}

#[test]
fn every_kind_has_its_share() {
    for style in Style::ALL {
        let (customers, authors) = world(style);
        let n = authors.len() as f64;
        let share = |count: usize| count as f64 / n;
        let linkable = authors
            .iter()
            .filter(|(_, truth)| !truth.crm_ids.is_empty())
            .count();
        assert!(
            (0.57..0.63).contains(&share(linkable)),
            "{style:?} {linkable}"
        );
        let kinds = authors.iter().fold(
            BTreeMap::new(),
            |mut kinds: BTreeMap<&str, usize>, (_, truth)| {
                *kinds.entry(&truth.kind).or_default() += 1;
                kinds
            },
        );
        for (kind, least) in [
            ("customer", 0.5),
            ("mistyped", 0.01),
            ("brand_customer", 0.01),
            ("stranger", 0.09),
            ("namesake", 0.05),
            ("coworker", 0.02),
            ("household", 0.025),
            ("on_behalf", 0.025),
            ("impersonator", 0.012),
            ("celebrity", 0.008),
            ("parody", 0.004),
            ("brand", 0.012),
            ("family", 0.007),
            ("bot", 0.012),
            ("role", 0.003),
            ("recycled", 0.002),
            ("agent", 0.002),
        ] {
            let found = share(kinds.get(kind).copied().unwrap_or_default());
            assert!(found >= least, "{style:?} {kind} {found}");
        }
        let told = authors
            .iter()
            .filter(|(author, _)| {
                author.dm_text.bytes().filter(u8::is_ascii_digit).count() > 3
                    || author.dm_text.contains('@')
            })
            .count();
        assert!((0.28..0.42).contains(&share(told)), "{style:?} {told}");
        let bios = authors
            .iter()
            .filter(|(_, truth)| truth.evidence.contains("email_bio"))
            .count();
        assert!((0.06..0.12).contains(&share(bios)), "{style:?} {bios}");
        let twice = authors
            .iter()
            .filter(|(_, truth)| truth.crm_ids.len() > 1)
            .count();
        assert!(
            (0.04..0.12).contains(&(twice as f64 / linkable as f64)),
            "{style:?} {twice}"
        );
        let companies = customers
            .iter()
            .filter(|customer| customer.kind == "company")
            .count();
        assert!(
            (0.015..0.05).contains(&share(companies)),
            "{style:?} {companies}"
        );
        let known = customers
            .iter()
            .filter(|customer| !customer.handles.is_empty())
            .count();
        assert!((0.03..0.08).contains(&share(known)), "{style:?} {known}");
    }
}

#[test]
fn an_account_has_one_owner_and_a_known_one_is_nobody_elses_by_accident() {
    let (customers, authors) = world(Style::Finland);
    let mut accounts = HashSet::new();
    assert!(
        authors
            .iter()
            .all(|(author, _)| accounts.insert((author.network, author.handle.to_lowercase())))
    );
    let known: HashMap<(&str, String), &str> = customers
        .iter()
        .flat_map(|customer| {
            customer.handles.iter().map(|known| {
                (
                    (known.network, known.handle.to_lowercase()),
                    customer.id.as_str(),
                )
            })
        })
        .collect();
    for (author, truth) in authors {
        let owner = known.get(&(author.network, author.handle.to_lowercase()));
        let theirs = owner.is_none_or(|owner| truth.crm_ids.iter().any(|id| id == owner));
        assert!(
            theirs || truth.kind == "recycled" || owner.is_some(),
            "{truth:?}"
        );
        assert!(theirs || truth.kind == "recycled", "{author:?} {truth:?}");
    }
}

/// The words of a message that may be addresses or numbers, as the CRM writes them.
fn told(author: &Author) -> Vec<String> {
    let text = format!("{} {}", author.dm_text, author.bio);
    let words = text
        .split([' ', '\n', ','])
        .map(|word| word.trim_end_matches('.').to_lowercase());
    let at = |word: String| {
        word.replace("(at)", "@")
            .replace("[at]", "@")
            .replace("+shop", "")
    };
    words.map(at).collect()
}

#[test]
fn kinds_are_what_they_are_called() {
    for style in Style::ALL {
        let (customers, authors) = world(style);
        let emails: HashMap<String, &Customer> = customers
            .iter()
            .flat_map(|customer| {
                customer
                    .emails
                    .iter()
                    .map(move |m| (m.to_lowercase(), customer))
            })
            .collect();
        let known: HashSet<(&str, &str)> = customers
            .iter()
            .flat_map(|customer| &customer.handles)
            .map(|known| (known.network, known.handle.as_str()))
            .collect();
        let names: HashSet<String> = customers.iter().map(name_of).collect();
        for (author, truth) in authors {
            let theirs = || told(author).iter().any(|word| emails.contains_key(word));
            let is_known = known.contains(&(author.network, author.handle.as_str()));
            match truth.kind.as_str() {
                "customer" => assert!(!truth.crm_ids.is_empty()),
                "stranger" | "namesake" | "celebrity" | "brand" | "agent" | "bot" => {
                    assert!(!theirs() && !is_known, "{author:?}");
                }
                "impersonator" => assert!(!theirs() && !is_known, "{author:?}"),
                "recycled" => assert!(is_known || !truth.evidence.contains("recycled")),
                "role" => assert!(author.dm_text.contains(['@', '(']), "{author:?}"),
                "on_behalf" => {
                    let own = ["email", "phone", "custno", "order"];
                    let told = |clue: &str| own.iter().any(|own| clue.starts_with(own));
                    assert!(truth.evidence.split('+').any(told), "{truth:?}");
                }
                _ => {}
            }
            assert!(
                truth.crm_ids.is_empty() || !is_known || truth.evidence.contains("known_handle")
            );
        }
        let full = |kind: &str| {
            let of = authors.iter().filter(|(_, truth)| truth.kind == kind);
            of.filter(|(author, _)| names.contains(&author.display.to_lowercase()))
                .count()
        };
        assert!(full("namesake") > 50, "{style:?}");
        // Strangers bear the names of customers as often as chance has it, and no more.
        assert!(
            (1..120).contains(&full("stranger")),
            "{style:?} {}",
            full("stranger")
        );
    }
}

#[test]
fn check_digits_hold_where_a_style_has_them() {
    let (customers, _) = world(Style::Europe);
    for customer in customers {
        let digits = customer
            .customer_no
            .bytes()
            .filter(u8::is_ascii_digit)
            .rev()
            .enumerate();
        let sum: u32 = digits
            .map(
                |(at, byte)| match u32::from(byte - b'0') * (1 + at as u32 % 2) {
                    twice if twice > 9 => twice - 9,
                    value => value,
                },
            )
            .sum();
        assert_eq!(sum % 10, 0);
    }
}

fn name_of(customer: &Customer) -> String {
    format!("{} {}", customer.first, customer.last)
        .trim()
        .to_lowercase()
}

/// Somebody who links whatever is equal and points to one record links many a stranger.
#[test]
fn exact_matching_is_not_enough() {
    for style in Style::ALL {
        let (customers, authors) = world(style);
        let mut by: HashMap<String, HashSet<&str>> = HashMap::new();
        for customer in customers {
            let name = format!("{} {}", customer.first, customer.last)
                .trim()
                .to_lowercase();
            let emails = customer.emails.iter().map(|mail| mail.to_lowercase());
            let phones = customer.phones.iter().map(|phone| last_digits(phone));
            for key in emails
                .chain(phones)
                .chain([name, customer.customer_no.clone()])
                .chain(customer.orders.iter().cloned())
            {
                by.entry(key).or_default().insert(&customer.id);
            }
        }
        let only = |key: &str| {
            by.get(key)
                .filter(|ids| ids.len() == 1)
                .and_then(|ids| ids.iter().next().copied())
        };
        let (mut strangers, mut linked) = (0.0, 0.0);
        for (author, truth) in authors {
            let words = author
                .dm_text
                .split([' ', '\n', ','])
                .map(|word| word.trim_end_matches('.').to_lowercase());
            let mut keys: Vec<String> = words
                .map(|word| {
                    if word.contains('@') {
                        word
                    } else {
                        word.to_uppercase()
                    }
                })
                .collect();
            keys.push(author.display.to_lowercase());
            keys.push(last_digits(&author.dm_text));
            if truth.crm_ids.is_empty() {
                strangers += 1.0;
                linked += f64::from(u8::from(keys.iter().any(|key| only(key).is_some())));
            }
        }
        let share = linked / strangers;
        assert!(share >= 0.15, "{style:?} {share}");
    }
}

fn last_digits(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match digits.len() {
        0..7 => "-".to_owned(),
        n => digits[n - 7..].to_owned(),
    }
}
