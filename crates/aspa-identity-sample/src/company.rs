//! Employers, some of which are customers themselves.

use crate::names::{capitalised, folded};
use crate::region::{Country, Style};
use crate::rng::Rng;

const HEADS: &[&str] = &[
    "Nord", "Vala", "Terra", "Kanta", "Lumo", "Aava", "Piste", "Solid", "Agri", "Medi", "Vento",
    "Prima", "Alfa", "Delta", "Orion", "Polar", "Baltic", "Arctic", "Silva", "Lux", "Rapid",
    "Opti", "Info", "Auto", "Kauko", "Visio", "Novo", "Hydro", "Ferro", "Pro", "Blue", "Green",
    "Royal", "City", "Delfi", "Omega", "Argo", "Tempo", "Rivo", "Sento", "Mira", "Velo", "Kuru",
    "Tundra", "Fjord", "Castor", "Bravo", "Metro", "Union", "Global",
];
const TAILS: &[&str] = &[
    "lan", "tek", "nova", "mark", "data", "logi", "bau", "soft", "plan", "trade", "kone", "care",
    "line", "pack", "media", "ventum", "gard", "form", "via", "nex",
];
const SECTORS: &[&str] = &[
    "",
    "",
    "",
    "Group",
    "Services",
    "Consulting",
    "Logistik",
    "Kiinteistöt",
    "Bygg",
    "Technik",
    "Foods",
    "Transport",
    "Design",
    "Systems",
    "Partners",
    "Energia",
];

/// A made-up word that no other company of the world has in its name.
fn word(seed: u64, number: u64) -> String {
    let (heads, tails) = (HEADS.len() as u64, TAILS.len() as u64);
    let mut word = HEADS[((number + seed % heads) % heads) as usize].to_owned();
    let mut rest = number / heads;
    loop {
        word += TAILS[((rest % tails + seed % tails) % tails) as usize];
        rest /= tails;
        if rest == 0 {
            return capitalised(&word);
        }
        rest -= 1;
    }
}

/// A company; the name without its legal form is the one in use.
#[derive(Debug, Clone)]
pub(crate) struct Company {
    pub(crate) name: String,
    pub(crate) form: &'static str,
    pub(crate) domain: String,
    pub(crate) town: &'static str,
    pub(crate) country: &'static Country,
}

impl Company {
    /// The company with this number in a world.
    pub(crate) fn of(seed: u64, style: Style, number: u64) -> Self {
        let rng = &mut Rng::of(seed, 2, number);
        let tongue = style.tongue(rng);
        let country = style.country(tongue, rng);
        let word = word(seed, number);
        let sector = rng.pick(SECTORS);
        let name = match rng.chance(350) {
            true => format!("{} {word}", crate::names::family(tongue, false, rng).latin),
            false => format!("{word} {sector}"),
        };
        let name = name.trim_end().to_owned();
        let domain = format!(
            "{}.{}",
            folded(&name, false),
            if rng.chance(200) { "com" } else { country.tld }
        );
        Self {
            name,
            form: rng.common(country.forms),
            domain,
            town: rng.common(country.towns),
            country,
        }
    }

    /// As a record or a profile calls it.
    pub(crate) fn called(&self, rng: &mut Rng) -> String {
        match rng.chance(550) {
            true => format!("{} {}", self.name, self.form),
            false => self.name.clone(),
        }
    }

    /// A mailbox that many people of the company use.
    pub(crate) fn role_mail(&self, rng: &mut Rng) -> String {
        let words: &[&str] = match self.country.code {
            "FI" => &[
                "info",
                "asiakaspalvelu",
                "myynti",
                "toimisto",
                "laskutus",
                "tilaukset",
            ],
            "SE" => &["info", "kundtjanst", "order", "kontakt", "faktura"],
            "DE" | "AT" => &[
                "info",
                "service",
                "vertrieb",
                "kontakt",
                "buchhaltung",
                "office",
            ],
            "ES" => &["info", "atencion", "ventas", "contacto", "pedidos"],
            "EE" => &["info", "myyk", "klienditugi"],
            _ => &["info", "sales", "support", "office", "orders", "hello"],
        };
        format!("{}@{}", rng.common(words), self.domain)
    }

    pub(crate) fn site(&self) -> String {
        format!("https://www.{}", self.domain)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Company;
    use crate::region::Style;

    #[test]
    fn no_two_companies_have_one_name_or_domain() {
        let (mut names, mut domains) = (HashSet::new(), HashSet::new());
        for number in 0..30_000 {
            let company = Company::of(u64::MAX, Style::Finland, number);
            assert!(names.insert(company.name.clone()), "{}", company.name);
            assert!(domains.insert(company.domain.clone()), "{}", company.domain);
        }
    }
}
