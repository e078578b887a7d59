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
        let word = capitalised(&format!("{}{}", rng.pick(HEADS), rng.pick(TAILS)));
        let sector = rng.pick(SECTORS);
        // A number would look odd in a name, so a family name keeps companies apart in a large world.
        let name = match rng.chance(350) {
            true => format!(
                "{} {sector}",
                crate::names::family(tongue, false, rng).latin
            ),
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
