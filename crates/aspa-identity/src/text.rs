//! Spellings that records and queries share, names apart.

use crate::names;

/// Longest text that is looked at, in characters.
const LONGEST: usize = 400;

/// A name's words joined, then each of them where there are several: `anteroheikki`, `antero`,
/// `heikki`.
pub(crate) fn name_parts(value: &str) -> Vec<String> {
    let folded = folded(value);
    let words: Vec<&str> = folded.split_ascii_whitespace().take(4).collect();
    match words.as_slice() {
        [] => Vec::new(),
        [word] => vec![(*word).to_owned()],
        words => std::iter::once(words.concat())
            .chain(
                words
                    .iter()
                    .filter(|word| word.len() > 1)
                    .map(|word| (*word).to_owned()),
            )
            .collect(),
    }
}

/// A whole name in a given and a family part.
pub(crate) fn parted(value: &str) -> (&str, &str) {
    if let Some((family, given)) = value.split_once(',') {
        return (given.trim(), family.trim());
    }
    value
        .trim()
        .rsplit_once(char::is_whitespace)
        .unwrap_or((value.trim(), ""))
}

/// Folded, not longer than is looked at.
pub(crate) fn folded(value: &str) -> String {
    names::fold(short(value))
}

/// As much of a text as is looked at.
pub(crate) fn short(value: &str) -> &str {
    // No more characters than bytes.
    if value.len() <= LONGEST {
        return value;
    }
    let end = value
        .char_indices()
        .nth(LONGEST)
        .map_or(value.len(), |(at, _)| at);
    &value[..end]
}

/// Letters and digits only, folded.
pub(crate) fn joined(value: &str) -> String {
    let mut folded = folded(value);
    if !folded.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        folded.retain(char::is_alphanumeric);
    }
    folded
}

/// A city or municipality.
pub(crate) fn place(value: &str) -> String {
    joined(value)
}

/// Words that say what kind of company it is.
const FORMS: [&str; 46] = [
    "oy", "oyj", "ab", "abp", "ky", "tmi", "ry", "ay", "osk", "ltd", "limited", "inc", "corp",
    "llc", "plc", "co", "company", "gmbh", "ag", "kg", "ug", "ev", "as", "asa", "aps", "hb", "ou",
    "uab", "sia", "sa", "sl", "srl", "spa", "sarl", "bv", "nv", "ooo", "zao", "oao", "pao", "kb",
    "og", "mtu", "slu", "llp", "kft",
];
/// Of `limited` and `company`.
const LONGEST_FORM: usize = 7;
/// Forms that are written letter by letter only: "e.K.".
const LETTERED: [&str; 4] = ["ek", "zoo", "doo", "sro"];
/// Countries as companies add them to their name on a network: "Example Suomi".
const COUNTRIES: [&str; 22] = [
    "at",
    "austria",
    "danmark",
    "de",
    "deutschland",
    "dk",
    "ee",
    "eesti",
    "es",
    "espana",
    "fi",
    "finland",
    "gb",
    "norge",
    "no",
    "osterreich",
    "polska",
    "se",
    "suomi",
    "sverige",
    "uk",
    "us",
];

/// Most words of a company that are looked at.
const COMPANY_WORDS: usize = 12;

/// A company's words without its legal form, of text that is [`folded`].
pub(crate) fn company_words(folded: &str) -> Vec<&str> {
    let mut words: Vec<&str> = Vec::with_capacity(COMPANY_WORDS);
    words.extend(folded.split_ascii_whitespace().take(COMPANY_WORDS));
    words.truncate(words.len() - letters_of_form(&words));
    let is_name = |word: &&str| word.len() > LONGEST_FORM || !FORMS.contains(word);
    if words.iter().any(is_name) {
        words.retain(is_name);
    }
    words
}

/// How many words at the end are the letters of a form written apart: `s l` of "S.L.".
fn letters_of_form(words: &[&str]) -> usize {
    let letters = words.iter().rev().take_while(|word| word.len() == 1);
    let most = letters.count().min(words.len().saturating_sub(1));
    let is_form = |count: &usize| {
        let form = words[words.len() - count..].concat();
        FORMS.contains(&form.as_str()) || LETTERED.contains(&form.as_str())
    };
    (2..=most).rev().find(is_form).unwrap_or(0)
}

/// A company's name without its legal form.
pub(crate) fn company(value: &str) -> String {
    company_words(&folded(value)).concat()
}

/// A company's name as it may stand in its user name, without the country or form at the end, or
/// figures: `exampleoy`, `example_official`, `example.fi`.
pub(crate) fn company_in_user(joined: &str) -> impl Iterator<Item = &str> {
    let bare = joined.trim_end_matches(|c: char| c.is_ascii_digit());
    let ends = FORMS.iter().chain(&COUNTRIES).chain(&["official"]);
    // Most end in another letter, which is quicker to see.
    let last = bare.as_bytes().last();
    let alike = ends.filter(move |end| end.as_bytes().last() == last);
    let cut = alike.filter_map(|end| bare.strip_suffix(end));
    cut.chain((bare.len() < joined.len()).then_some(bare))
        .filter(|name| name.len() >= 3)
}

/// A company's name, from its words, without the country at their end; none where no country is there.
pub(crate) fn company_abroad(words: &[&str]) -> Option<String> {
    let (last, others) = words.split_last()?;
    (!others.is_empty() && COUNTRIES.contains(last)).then(|| others.concat())
}

/// A user name in lower case without `@`, as it is compared.
pub(crate) fn user_name(value: &str) -> String {
    let name = value.trim().trim_start_matches('@');
    if name.is_ascii() {
        return name[..name.len().min(100)].to_ascii_lowercase();
    }
    name.chars().take(100).collect::<String>().to_lowercase()
}

/// The mailbox that an address belongs to: without what stands behind a `+`.
pub(crate) fn mailbox(email: &str) -> String {
    match email.rsplit_once('@') {
        Some((local, domain)) => {
            let bare = local.split('+').next().filter(|local| !local.is_empty());
            let bare = bare.unwrap_or(local);
            // Google reads dots in no address (support.google.com/mail/answer/7436150, 2026).
            if matches!(domain, "gmail.com" | "googlemail.com") {
                format!("{}@gmail.com", bare.replace('.', ""))
            } else {
                format!("{bare}@{domain}")
            }
        }
        None => email.to_owned(),
    }
}

/// The host of an address, without `www.`.
pub(crate) fn host(address: &str) -> Option<String> {
    let host = split_address(address)
        .0
        .split(':')
        .next()
        .unwrap_or_default();
    if host.len() > 255 || !host.contains('.') || host.contains(char::is_whitespace) {
        return None;
    }
    let host = host.to_lowercase();
    Some(host.trim_start_matches("www.").trim_matches('.').to_owned())
        .filter(|host| host.contains('.'))
}

/// Host and port without who logs in, and the path (RFC 3986, section 3).
fn split_address(address: &str) -> (&str, &str) {
    let address = address.trim();
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_once(['/', '\\']).unwrap_or((rest, ""));
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    (host, path)
}

/// A web site and those that it is a part of, the widest first: `a.example`, `a.example/me`. Who owns
/// one page of a host that many share need not own another.
pub(crate) fn sites(address: &str) -> Vec<String> {
    let Some(host) = host(address) else {
        return Vec::new();
    };
    let mut sites = vec![host];
    let path = split_address(address).1.split('/');
    for part in path.filter(|part| !part.is_empty()).take(PARTS) {
        let wider = sites.last().map_or("", String::as_str);
        let part: String = part.chars().take(LONGEST).collect();
        sites.push(format!("{wider}/{}", part.to_lowercase()));
    }
    sites
}

/// Most parts of a path that are looked at.
const PARTS: usize = 4;

/// Domains under which anybody has a mailbox, so that sharing one tells nothing.
const PUBLIC_MAIL: [&str; 64] = [
    "aol.com",
    "bluewin.ch",
    "bredband.net",
    "btinternet.com",
    "comcast.net",
    "dnainternet.net",
    "elisanet.fi",
    "fastmail.com",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "gmx.at",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hot.ee",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.es",
    "hotmail.fi",
    "hotmail.se",
    "icloud.com",
    "inbox.lv",
    "inbox.ru",
    "kolumbus.fi",
    "laposte.net",
    "libero.it",
    "list.ru",
    "live.com",
    "live.fi",
    "live.se",
    "luukku.com",
    "mac.com",
    "mail.com",
    "mail.ee",
    "mail.ru",
    "me.com",
    "msn.com",
    "netti.fi",
    "online.no",
    "orange.fr",
    "outlook.com",
    "outlook.de",
    "outlook.es",
    "phnet.fi",
    "pp.inet.fi",
    "proton.me",
    "protonmail.com",
    "rambler.ru",
    "saunalahti.fi",
    "seznam.cz",
    "suomi24.fi",
    "t-online.de",
    "telia.com",
    "terra.es",
    "verizon.net",
    "web.de",
    "wp.pl",
    "yahoo.co.uk",
    "yahoo.com",
    "yandex.ru",
    "ymail.com",
];

pub(crate) fn is_public_mail(domain: &str) -> bool {
    PUBLIC_MAIL.binary_search(&domain).is_ok()
}

/// The public mail host that a host nearly spells, unless it is one itself: `gmail.com` for `gmial.com`.
pub(crate) fn meant_mail(domain: &str) -> Option<&'static str> {
    if is_public_mail(domain) {
        return None;
    }
    let is_meant = |host: &&&str| {
        host.len() > 6 && names::is_one_slip_apart(host.as_bytes(), domain.as_bytes())
    };
    PUBLIC_MAIL.iter().find(is_meant).copied()
}

/// Mailboxes that are a role's by their name (RFC 2142 has some; the others are usual).
const ROLES: [&str; 44] = [
    "admin",
    "asiakaspalvelu",
    "billing",
    "booking",
    "buchhaltung",
    "careers",
    "contact",
    "contacto",
    "customerservice",
    "finance",
    "hallinto",
    "hello",
    "help",
    "helpdesk",
    "hr",
    "info",
    "invoice",
    "it",
    "johto",
    "kontakt",
    "kontor",
    "kundenservice",
    "kundservice",
    "kundtjanst",
    "laskut",
    "laskutus",
    "marketing",
    "myynti",
    "no-reply",
    "noreply",
    "office",
    "order",
    "orders",
    "palaute",
    "posti",
    "rekry",
    "sales",
    "service",
    "support",
    "tilaukset",
    "toimisto",
    "ventas",
    "vertrieb",
    "webmaster",
];

/// Whether an address is a role's by its name.
pub(crate) fn is_role(email: &str) -> bool {
    let local = email.split(['@', '+']).next().unwrap_or_default();
    ROLES.binary_search(&local).is_ok()
}

/// Most runs of figures of a text that are kept.
pub(crate) const FIGURES: usize = 3;

/// Runs of two figures and more in user names and mail addresses, as numbers below 1,024 and from 1 on: two
/// figures as they are, a year as its last two, longer ones folded. The rest is 0.
pub(crate) fn figures(text: &str) -> [u32; FIGURES] {
    let runs = text.split(|c: char| !c.is_ascii_digit());
    let mut found = [0; FIGURES];
    let kept = runs.filter(|run| run.len() >= 2).map(figure);
    found
        .iter_mut()
        .zip(kept)
        .for_each(|(place, run)| *place = run);
    found
}

/// The years in which somebody may be born that stand in a text, as [`figures`].
pub(crate) fn years(text: &str) -> impl Iterator<Item = u32> + '_ {
    let runs = text.split(|c: char| !c.is_ascii_digit());
    runs.filter(|run| is_year(run)).map(figure)
}

fn is_year(run: &str) -> bool {
    run.len() == 4 && ("1930".."2020").contains(&run)
}

fn figure(run: &str) -> u32 {
    let value = |run: &str| {
        run.bytes().fold(0_u32, |sum, digit| {
            (sum * 10 + u32::from(digit - b'0')) % 1_000_003
        })
    };
    match run.len() {
        2 => 1 + value(run),
        _ if is_year(run) => 1 + value(&run[2..]),
        _ => 101 + value(run) % 923,
    }
}

#[cfg(test)]
mod tests {
    use super::{figures, years};

    #[test]
    fn an_address_is_its_hosts_whatever_stands_before_and_behind() {
        for (address, host) in [
            ("https://www.Example.fi/a?b#c", Some("example.fi")),
            ("example.fi:8080", Some("example.fi")),
            ("https://victim.fi:x@evil.example/", Some("evil.example")),
            ("https://victim.fi@evil.example", Some("evil.example")),
            ("https://evil.example\\@victim.fi", Some("evil.example")),
            ("https://evil.example?@victim.fi", Some("evil.example")),
            ("https://evil.example#@victim.fi", Some("evil.example")),
            ("https://evil.example/@victim.fi", Some("evil.example")),
            ("no host", None),
            ("localhost", None),
            ("", None),
        ] {
            assert_eq!(super::host(address).as_deref(), host, "{address}");
        }
    }

    #[test]
    fn a_site_is_a_part_of_wider_ones() {
        for (address, sites) in [
            ("https://a.example/", vec!["a.example"]),
            (
                "https://a.example//Me/b/?q",
                vec!["a.example", "a.example/me", "a.example/me/b"],
            ),
            ("no host/x", vec![]),
        ] {
            assert_eq!(super::sites(address), sites, "{address}");
        }
    }

    #[test]
    fn legal_forms_and_countries_are_no_names() {
        for (value, expected) in [
            ("Visiotrade S.L.", "visiotrade"),
            ("Kaarna & Lumo e.K.", "kaarnalumo"),
            ("Rautio KB", "rautio"),
            ("H & M", "hm"),
            ("S.L.", "sl"),
            ("A S Sadam", "assadam"),
            ("Pilvi s.r.o.", "pilvi"),
            ("Metsän Zoo", "metsanzoo"),
            ("Lumosoft OÜ", "lumosoft"),
        ] {
            assert_eq!(super::company(value), expected, "{value}");
        }
        for (value, expected) in [
            ("Lumosoft Eesti", Some("lumosoft")),
            ("Lumosoft Bygg UK", Some("lumosoftbygg")),
            ("Suomi", None),
            ("Lumosoft", None),
        ] {
            let folded = super::folded(value);
            let words = super::company_words(&folded);
            assert_eq!(
                super::company_abroad(&words).as_deref(),
                expected,
                "{value}"
            );
        }
        for (user, expected) in [
            ("lumosoftde", "lumosoft"),
            ("lumosoft482", "lumosoft"),
            ("lumosoftlimited", "lumosoft"),
            ("lumosoftofficial", "lumosoft"),
        ] {
            let found: Vec<&str> = super::company_in_user(user).collect();
            assert!(found.contains(&expected), "{user}: {found:?}");
        }
    }

    #[test]
    fn figures_are_runs_of_two_and_more() {
        for (text, expected) in [
            ("petra82", [83, 0, 0]),
            ("petra1982_07x9", [83, 8, 0]),
            ("00", [1, 0, 0]),
            ("99-1999.2019.12", [100, 100, 20]),
            ("a1b2c3", [0, 0, 0]),
            ("", [0, 0, 0]),
        ] {
            assert_eq!(figures(text), expected, "{text}");
        }
        let long = figures("654 1234567890123456789 0654");
        assert!(
            long.iter().all(|figure| (101..1024).contains(figure)),
            "{long:?}"
        );
        assert_eq!(figures("654")[0], long[0]);
        assert_eq!(
            years("b. 1986, 12 km, 2024, 19860").collect::<Vec<_>>(),
            [87]
        );
    }
}
