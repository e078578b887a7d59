//! The words of explanations: one table of levels, one set of phrases for each language.

use crate::{Ask, ContactKind, Language};

/// A language that explanations are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    En,
    Fi,
    Sv,
}

impl Tongue {
    /// English for those that have no words here yet.
    pub(super) fn of(language: &Language) -> Self {
        match language {
            Language::Fi => Self::Fi,
            Language::Sv => Self::Sv,
            _ => Self::En,
        }
    }

    pub(super) fn language(self) -> Language {
        match self {
            Self::En => Language::En,
            Self::Fi => Language::Fi,
            Self::Sv => Language::Sv,
        }
    }

    pub(super) fn phrases(self) -> &'static Phrases {
        match self {
            Self::En => &EN,
            Self::Fi => &FI,
            Self::Sv => &SV,
        }
    }

    /// A number with so many decimals; with a sign where asked for.
    pub(super) fn number(self, value: f64, decimals: usize, signed: bool) -> String {
        let text = if signed {
            format!("{value:+.decimals$}")
        } else {
            format!("{value:.decimals$}")
        };
        match self {
            Self::En => text,
            Self::Fi | Self::Sv => text.replace('.', ","),
        }
    }

    /// A probability; never a round 0 or 100 % that it is not.
    pub(super) fn percent(self, probability: f64) -> String {
        let phrases = self.phrases();
        let percent = probability * 100.0;
        if probability >= 1.0 || probability <= 0.0 {
            format!("{} %", self.number(percent, 0, false))
        } else if percent > 99.9 {
            format!("{} {} %", phrases.over, self.number(99.9, 1, false))
        } else if percent < 0.1 {
            format!("{} {} %", phrases.under, self.number(0.1, 1, false))
        } else {
            format!("{} %", self.number(percent, 1, false))
        }
    }

    /// How many share something: "shared by about 3 in a million".
    pub(super) fn share(self, share: f64) -> Option<String> {
        let phrases = self.phrases();
        let steps = [1e2, 1e3, 1e4, 1e5, 1e6, 1e9];
        let found = steps.iter().zip(phrases.out_of);
        let (step, out_of) = found
            .into_iter()
            .find(|(step, _)| share * **step >= 0.95)
            .or_else(|| steps.iter().zip(phrases.out_of).next_back())?;
        let many = (share * step).round();
        if many >= *step {
            return None;
        }
        Some(if many < 1.0 {
            format!("{} {out_of}", phrases.shared_by_fewer)
        } else {
            format!(
                "{} {} {out_of}",
                phrases.shared_by,
                self.number(many, 0, false)
            )
        })
    }

    /// A level in this language; one without words here as it stands.
    pub(super) fn level(self, level: &str) -> &str {
        match Level::of(level) {
            Some(known) => match self {
                Self::En => known.en,
                Self::Fi => known.fi,
                Self::Sv => known.sv,
            },
            None => level,
        }
    }
}

/// What a customer is told that we know them by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    Name,
    Detail,
    Number,
    UserName,
    City,
    Site,
    Work,
    Host,
    Agent,
    /// Nothing: it speaks of others, or of how we guard against them.
    Untold,
}

/// The words of one level.
#[derive(Debug)]
pub(super) struct Level {
    /// The level as stored decisions have it.
    key: &'static str,
    en: &'static str,
    fi: &'static str,
    sv: &'static str,
    pub(super) plain: Plain,
}

impl Level {
    pub(super) fn of(key: &str) -> Option<&'static Self> {
        LEVELS.iter().find(|level| level.key == key)
    }
}

/// A level whose key is its English text.
const fn same(key: &'static str, fi: &'static str, sv: &'static str, plain: Plain) -> Level {
    Level {
        key,
        en: key,
        fi,
        sv,
        plain,
    }
}

const fn other(
    key: &'static str,
    en: &'static str,
    fi: &'static str,
    sv: &'static str,
    plain: Plain,
) -> Level {
    Level {
        key,
        en,
        fi,
        sv,
        plain,
    }
}

#[rustfmt::skip]
const LEVELS: &[Level] = &[
    // Name.
    same("the same whole name", "sama koko nimi", "samma hela namn", Plain::Name),
    same("the same whole name in another spelling", "sama koko nimi toisin kirjoitettuna", "samma hela namn med annan stavning", Plain::Name),
    same("a nickname and the family name", "lempinimi ja sukunimi", "ett smeknamn och efternamnet", Plain::Name),
    same("nearly the same whole name", "lähes sama koko nimi", "nästan samma hela namn", Plain::Name),
    same("the whole name as in the e-mail", "koko nimi kuten sähköpostissa", "hela namnet som i e-posten", Plain::Name),
    same("the whole name, in parts", "koko nimi osina", "hela namnet, i delar", Plain::Name),
    same("the whole name as user name", "koko nimi käyttäjänimenä", "hela namnet som användarnamn", Plain::Name),
    same("given name and an initial", "etunimi ja alkukirjain", "förnamn och en initial", Plain::Name),
    same("an initial and the family name as user name", "alkukirjain ja sukunimi käyttäjänimenä", "en initial och efternamnet som användarnamn", Plain::Name),
    same("the name abbreviated as user name", "nimi lyhennettynä käyttäjänimenä", "namnet förkortat som användarnamn", Plain::Name),
    same("the family name only", "vain sukunimi", "bara efternamnet", Plain::Name),
    same("the given name only", "vain etunimi", "bara förnamnet", Plain::Name),
    same("initials only", "vain nimikirjaimet", "bara initialer", Plain::Name),
    same("no name is shown", "nimeä ei näy", "inget namn visas", Plain::Untold),
    same("words that are not the name", "sanoja, jotka eivät ole nimi", "ord som inte är namnet", Plain::Untold),
    same("the given name beside another word", "etunimi toisen sanan vieressä", "förnamnet bredvid ett annat ord", Plain::Name),
    same("the family name beside another word", "sukunimi toisen sanan vieressä", "efternamnet bredvid ett annat ord", Plain::Name),
    same("another given name, the same family name", "eri etunimi, sama sukunimi", "ett annat förnamn, samma efternamn", Plain::Untold),
    same("another family name, the same given name", "eri sukunimi, sama etunimi", "ett annat efternamn, samma förnamn", Plain::Untold),
    same("another name", "eri nimi", "ett annat namn", Plain::Untold),
    same("another given name", "eri etunimi", "ett annat förnamn", Plain::Untold),
    same("the company's name", "yrityksen nimi", "företagets namn", Plain::Name),
    same("the company's name as user name", "yrityksen nimi käyttäjänimenä", "företagets namn som användarnamn", Plain::Name),
    same("a part of the company's name", "osa yrityksen nimestä", "en del av företagets namn", Plain::Name),
    same("not the company's name", "ei yrityksen nimi", "inte företagets namn", Plain::Untold),
    // Contact.
    same("the same e-mail and phone", "sama sähköposti ja puhelin", "samma e-post och telefon", Plain::Detail),
    same("the same e-mail", "sama sähköposti", "samma e-post", Plain::Detail),
    same("the same phone", "sama puhelin", "samma telefon", Plain::Detail),
    same("the same e-mail, which others share", "sama sähköposti, joka on muillakin", "samma e-post, som andra också har", Plain::Detail),
    same("the same phone, which others share", "sama puhelin, joka on muillakin", "samma telefon, som andra också har", Plain::Detail),
    same("the same address, which is a role's", "sama osoite, joka on tehtävän eikä ihmisen", "samma adress, som är en funktions", Plain::Detail),
    same("the same e-mail or phone, told in public", "sama sähköposti tai puhelin, kerrottu julkisesti", "samma e-post eller telefon, berättad offentligt", Plain::Detail),
    same("nearly the same e-mail or phone, as if mistyped", "lähes sama sähköposti tai puhelin, kuin lyöntivirhe", "nästan samma e-post eller telefon, som ett skrivfel", Plain::Detail),
    same("the same e-mail or phone, told for somebody else", "sama sähköposti tai puhelin, kerrottu toisen puolesta", "samma e-post eller telefon, berättad för någon annan", Plain::Untold),
    same("another e-mail", "eri sähköposti", "en annan e-post", Plain::Untold),
    same("another phone", "eri puhelin", "en annan telefon", Plain::Untold),
    // Number.
    same("the same customer number", "sama asiakasnumero", "samma kundnummer", Plain::Number),
    same("the same order number", "sama tilausnumero", "samma ordernummer", Plain::Number),
    same("the same number, told in public", "sama numero, kerrottu julkisesti", "samma nummer, berättat offentligt", Plain::Number),
    same("nearly the same number, as if mistyped", "lähes sama numero, kuin lyöntivirhe", "nästan samma nummer, som ett skrivfel", Plain::Number),
    same("the same number, told for somebody else", "sama numero, kerrottu toisen puolesta", "samma nummer, berättat för någon annan", Plain::Untold),
    same("another customer number", "eri asiakasnumero", "ett annat kundnummer", Plain::Untold),
    same("another order number", "eri tilausnumero", "ett annat ordernummer", Plain::Untold),
    // Handle.
    same("known id", "tunnettu tunniste", "känt id", Plain::UserName),
    same("known user name", "tunnettu käyttäjänimi", "känt användarnamn", Plain::UserName),
    same("user name known on another network", "toisesta verkosta tunnettu käyttäjänimi", "användarnamn känt från ett annat nätverk", Plain::UserName),
    same("user name as in the e-mail", "käyttäjänimi kuten sähköpostissa", "användarnamn som i e-posten", Plain::UserName),
    same("close copy of a known user name", "tunnetun käyttäjänimen lähikopio", "nära kopia av ett känt användarnamn", Plain::Untold),
    same("figures as in the e-mail", "samat numerot kuin sähköpostissa", "samma siffror som i e-posten", Plain::Untold),
    same("another user name is known here", "täällä tunnetaan toinen käyttäjänimi", "ett annat användarnamn är känt här", Plain::Untold),
    // Place.
    same("the same city", "sama kaupunki", "samma ort", Plain::City),
    same("another city", "eri kaupunki", "en annan ort", Plain::Untold),
    // Work.
    same("owns the web site", "omistaa verkkosivuston", "äger webbplatsen", Plain::Site),
    same("proves the company's web site", "todistaa yrityksen verkkosivuston", "bevisar företagets webbplats", Plain::Site),
    same("names the web site", "mainitsee verkkosivuston", "nämner webbplatsen", Plain::Site),
    same("names the employer's web site", "mainitsee työnantajan verkkosivuston", "nämner arbetsgivarens webbplats", Plain::Work),
    same("names the employer", "mainitsee työnantajan", "nämner arbetsgivaren", Plain::Work),
    same("names another employer", "mainitsee toisen työnantajan", "nämner en annan arbetsgivare", Plain::Untold),
    // Caution.
    same("calls itself an imitation", "sanoo olevansa jäljitelmä", "kallar sig en imitation", Plain::Untold),
    same("calls itself a family's or group's", "sanoo olevansa perheen tai ryhmän", "kallar sig en familjs eller grupps", Plain::Untold),
    same("speaks for a company", "puhuu yrityksen puolesta", "talar för ett företag", Plain::Untold),
    same("calls itself official", "sanoo olevansa virallinen", "kallar sig officiell", Plain::Untold),
    same("reads like a bot", "kirjoittaa kuin botti", "skriver som en bot", Plain::Untold),
    same("was erased at its owner's wish", "poistettu omistajansa pyynnöstä", "raderades på ägarens begäran", Plain::Untold),
    // The rest.
    other("one customer among all", "one customer among all, before anything is known", "yksi asiakas kaikista, ennen kuin mitään tiedetään", "en kund bland alla, innan något är känt", Plain::Untold),
    other("logged in as", "the host says that this customer is logged in", "palvelu sanoo, että tämä asiakas on kirjautunut", "tjänsten säger att den här kunden är inloggad", Plain::Host),
    other("said to be", "an agent said so", "asiakaspalvelija sanoi niin", "en handläggare sade det", Plain::Agent),
    same("other handles fit too", "muitakin tunnuksia sopii", "även andra konton passar", Plain::Untold),
    same("nearly the same user name fits too", "lähes sama käyttäjätunnus sopii myös", "ett nästan likadant användarnamn passar också", Plain::Untold),
    same("customers here have several handles", "asiakkailla on täällä useita tunnuksia", "kunderna här har flera konton", Plain::Untold),
    same("others fit too", "sopii muihinkin", "passar även andra", Plain::Untold),
    same("stands in several records", "on useassa tietueessa", "finns i flera poster", Plain::Untold),
    other("as decided cases came out", "how decided cases like this came out", "miten ratkaistuissa tapauksissa kävi", "hur avgjorda fall utföll", Plain::Untold),
];

/// The words of one language.
pub(super) struct Phrases {
    pub(super) over: &'static str,
    pub(super) under: &'static str,
    pub(super) shared_by: &'static str,
    pub(super) shared_by_fewer: &'static str,
    /// A hundred, thousand, ten thousand, hundred thousand, million, billion (10^9).
    out_of: [&'static str; 6],
    pub(super) linked: &'static str,
    /// One candidate, several.
    pub(super) review: [&'static str; 2],
    pub(super) refused: &'static str,
    pub(super) none: &'static str,
    pub(super) probable: &'static str,
    pub(super) by_rule: &'static str,
    pub(super) by_host: &'static str,
    pub(super) by_agent: &'static str,
    pub(super) by_unknown: &'static str,
    pub(super) score: &'static str,
    pub(super) point: &'static str,
    pub(super) starts: &'static str,
    pub(super) speaks_for: &'static str,
    pub(super) speaks_against: &'static str,
    pub(super) notes: &'static str,
    pub(super) several: &'static str,
    pub(super) source: &'static str,
    pub(super) also: &'static str,
    pub(super) nobody: &'static str,
    pub(super) is_not: &'static str,
    pub(super) one_more: &'static str,
    pub(super) enough: &'static str,
    pub(super) next: &'static str,
    /// Private contact, another contact, agent review.
    next_steps: [&'static str; 3],
    /// Customer number, e-mail, phone, order number.
    kinds: [&'static str; 4],
    /// Why, how probable, link from, review from, even odds.
    pub(super) why: &'static str,
    pub(super) ends: &'static str,
    pub(super) link_from: &'static str,
    pub(super) review_from: &'static str,
    /// To the customer.
    pub(super) you_linked: &'static str,
    pub(super) you_not_linked: &'static str,
    pub(super) you_else: &'static str,
    pub(super) you_undo: &'static str,
    plain: [&'static str; 9],
}

impl Phrases {
    pub(super) fn step<'a>(&self, step: &'a Ask) -> &'a str {
        match step {
            Ask::PrivateContact => self.next_steps[0],
            Ask::AnotherContact => self.next_steps[1],
            Ask::AgentReview => self.next_steps[2],
            Ask::Other(word) => word,
        }
    }

    pub(super) fn kind<'a>(&self, kind: &'a ContactKind) -> &'a str {
        match kind {
            ContactKind::CustomerNumber => self.kinds[0],
            ContactKind::Email => self.kinds[1],
            ContactKind::Phone => self.kinds[2],
            ContactKind::OrderNumber => self.kinds[3],
            ContactKind::Other(word) => word,
        }
    }

    /// What a customer is told of a level.
    pub(super) fn plain(&self, plain: Plain) -> Option<&'static str> {
        let at = match plain {
            Plain::Name => 0,
            Plain::Detail => 1,
            Plain::Number => 2,
            Plain::UserName => 3,
            Plain::City => 4,
            Plain::Site => 5,
            Plain::Work => 6,
            Plain::Host => 7,
            Plain::Agent => 8,
            Plain::Untold => return None,
        };
        Some(self.plain[at])
    }
}

const EN: Phrases = Phrases {
    over: "over",
    under: "under",
    shared_by: "shared by about",
    shared_by_fewer: "shared by fewer than 1",
    out_of: [
        "in a hundred",
        "in a thousand",
        "in ten thousand",
        "in a hundred thousand",
        "in a million",
        "in a billion",
    ],
    linked: "Linked to",
    review: ["One candidate to review", "Candidates to review:"],
    refused: "Not linked: an agent said who it is not",
    none: "Not linked: nobody fits well enough",
    probable: "probability",
    by_rule: "decided by the weights",
    by_host: "decided by the host, which knows who is logged in",
    by_agent: "decided by agent",
    by_unknown: "decided in a way not known here",
    score: "score",
    point: "each point doubles the odds",
    starts: "starts at",
    speaks_for: "speaks for it",
    speaks_against: "speaks against it",
    notes: "to be noted",
    several: "stands also as",
    source: "from",
    also: "It may also be",
    nobody: "Nobody of these",
    is_not: "An agent said that it is not",
    one_more: "One more detail, told in private, would raise the probability to",
    enough: "enough to link",
    next: "Next",
    next_steps: [
        "ask in private for a customer number, e-mail or phone",
        "ask in private for one more detail, which tells the candidates apart",
        "an agent looks at the candidates",
    ],
    kinds: ["customer number", "e-mail", "phone", "order number"],
    why: "Why",
    ends: "ends at",
    link_from: "link",
    review_from: "review",
    you_linked: "We know you by what you told us or show:",
    you_not_linked: "We have not connected this account with any customer.",
    you_else: "What this account shows agrees with your customer record.",
    you_undo: "If this is not you, tell us, and we undo it.",
    plain: [
        "The name that this account shows agrees with your customer record",
        "You told us an e-mail address or phone number that is in your customer record",
        "You told us a customer or order number of yours",
        "We know the user name of this account from your customer record",
        "The city that this account shows is in your customer record",
        "This account names or proves a web site that is in your customer record",
        "This account names the employer that is in your customer record",
        "You were logged in to our service",
        "Somebody in our customer service recognised you",
    ],
};

const FI: Phrases = Phrases {
    over: "yli",
    under: "alle",
    shared_by: "yhteinen noin",
    shared_by_fewer: "yhteinen alle 1:lle",
    out_of: [
        "ihmiselle sadasta",
        "ihmiselle tuhannesta",
        "ihmiselle kymmenestätuhannesta",
        "ihmiselle sadastatuhannesta",
        "ihmiselle miljoonasta",
        "ihmiselle miljardista",
    ],
    linked: "Linkitetty asiakkaaseen",
    review: [
        "Yksi ehdokas tarkistettavana",
        "Ehdokkaita tarkistettavana:",
    ],
    refused: "Ei linkitetty: asiakaspalvelija sanoi, kuka se ei ole",
    none: "Ei linkitetty: kukaan ei sovi riittävän hyvin",
    probable: "todennäköisyys",
    by_rule: "päätetty painojen mukaan",
    by_host: "päätti palvelu, joka tietää, kuka on kirjautunut",
    by_agent: "päätti asiakaspalvelija",
    by_unknown: "päätetty tavalla, jota ei tunneta tässä",
    score: "pisteet",
    point: "jokainen piste kaksinkertaistaa vedonlyöntisuhteen",
    starts: "lähtökohta",
    speaks_for: "puoltaa",
    speaks_against: "puhuu vastaan",
    notes: "huomattavaa",
    several: "myös tietueena",
    source: "lähde",
    also: "Se voi olla myös",
    nobody: "Ei kukaan näistä",
    is_not: "Asiakaspalvelija sanoi, että se ei ole",
    one_more: "Yksi tieto lisää, yksityisesti kerrottuna, nostaisi todennäköisyyden",
    enough: "riittää linkkiin",
    next: "Seuraavaksi",
    next_steps: [
        "kysy yksityisesti asiakasnumeroa, sähköpostia tai puhelinta",
        "kysy yksityisesti yhtä tietoa lisää, joka erottaa ehdokkaat",
        "asiakaspalvelija katsoo ehdokkaat",
    ],
    kinds: ["asiakasnumero", "sähköposti", "puhelin", "tilausnumero"],
    why: "Miksi",
    ends: "päätyy",
    link_from: "linkki",
    review_from: "tarkistus",
    you_linked: "Tunnemme sinut siitä, mitä olet kertonut tai näytät:",
    you_not_linked: "Emme ole yhdistäneet tätä tiliä kehenkään asiakkaaseen.",
    you_else: "Se, mitä tämä tili näyttää, sopii asiakastietoihisi.",
    you_undo: "Jos tämä et ole sinä, kerro meille, niin perumme sen.",
    plain: [
        "Tämän tilin näyttämä nimi sopii asiakastietoihisi",
        "Kerroit meille sähköpostiosoitteen tai puhelinnumeron, joka on asiakastiedoissasi",
        "Kerroit meille asiakas- tai tilausnumerosi",
        "Tunnemme tämän tilin käyttäjänimen asiakastiedoistasi",
        "Tämän tilin näyttämä kaupunki on asiakastiedoissasi",
        "Tämä tili mainitsee tai todistaa verkkosivuston, joka on asiakastiedoissasi",
        "Tämä tili mainitsee työnantajan, joka on asiakastiedoissasi",
        "Olit kirjautunut palveluumme",
        "Joku asiakaspalvelustamme tunnisti sinut",
    ],
};

const SV: Phrases = Phrases {
    over: "över",
    under: "under",
    shared_by: "delas av ungefär",
    shared_by_fewer: "delas av färre än 1",
    out_of: [
        "på hundra",
        "på tusen",
        "på tiotusen",
        "på hundratusen",
        "på en miljon",
        "på en miljard",
    ],
    linked: "Kopplad till",
    review: ["En kandidat att granska", "Kandidater att granska:"],
    refused: "Inte kopplad: en handläggare sade vem det inte är",
    none: "Inte kopplad: ingen passar tillräckligt bra",
    probable: "sannolikhet",
    by_rule: "avgjort av vikterna",
    by_host: "avgjort av tjänsten, som vet vem som är inloggad",
    by_agent: "avgjort av handläggaren",
    by_unknown: "avgjort på ett sätt som inte är känt här",
    score: "poäng",
    point: "varje poäng fördubblar oddset",
    starts: "börjar på",
    speaks_for: "talar för",
    speaks_against: "talar emot",
    notes: "att märka",
    several: "finns också som",
    source: "från",
    also: "Det kan också vara",
    nobody: "Ingen av dessa",
    is_not: "En handläggare sade att det inte är",
    one_more: "En uppgift till, berättad privat, skulle höja sannolikheten till",
    enough: "räcker för en koppling",
    next: "Nästa steg",
    next_steps: [
        "fråga privat efter kundnummer, e-post eller telefon",
        "fråga privat efter en uppgift till, som skiljer kandidaterna åt",
        "en handläggare ser på kandidaterna",
    ],
    kinds: ["kundnummer", "e-post", "telefon", "ordernummer"],
    why: "Varför",
    ends: "slutar på",
    link_from: "koppling",
    review_from: "granskning",
    you_linked: "Vi känner dig genom det som du har berättat eller visar:",
    you_not_linked: "Vi har inte kopplat det här kontot till någon kund.",
    you_else: "Det som det här kontot visar stämmer med dina kunduppgifter.",
    you_undo: "Om det inte är du, säg till, så tar vi bort kopplingen.",
    plain: [
        "Namnet som det här kontot visar stämmer med dina kunduppgifter",
        "Du gav oss en e-postadress eller ett telefonnummer som finns i dina kunduppgifter",
        "Du gav oss ditt kundnummer eller ordernummer",
        "Vi känner kontots användarnamn från dina kunduppgifter",
        "Orten som det här kontot visar finns i dina kunduppgifter",
        "Det här kontot nämner eller bevisar en webbplats som finns i dina kunduppgifter",
        "Det här kontot nämner arbetsgivaren som finns i dina kunduppgifter",
        "Du var inloggad i vår tjänst",
        "Någon i vår kundtjänst kände igen dig",
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::levels::{
        CautionLevel, ContactLevel, HandleLevel, NameLevel, NumberLevel, PlaceLevel, WorkLevel,
    };

    #[test]
    fn every_level_has_words_in_every_language() {
        macro_rules! texts {
            ($($level:ident),+) => { [$($level::ALL.iter().map(|l| l.text()).collect::<Vec<_>>()),+].concat() };
        }
        let texts = texts!(
            NameLevel,
            ContactLevel,
            NumberLevel,
            HandleLevel,
            PlaceLevel,
            WorkLevel,
            CautionLevel
        );
        for text in texts {
            assert!(Level::of(text).is_some(), "{text:?} has no words");
        }
        for (i, level) in LEVELS.iter().enumerate() {
            assert!(LEVELS[i + 1..].iter().all(|other| other.key != level.key));
            assert!(level.fi != level.en && level.sv != level.en && level.fi != level.sv);
        }
    }

    #[test]
    fn shares_in_words() {
        for (share, expected) in [
            (0.155, Some("shared by about 16 in a hundred")),
            (0.01, Some("shared by about 1 in a hundred")),
            (0.002, Some("shared by about 2 in a thousand")),
            (3.12e-6, Some("shared by about 3 in a million")),
            (4e-8, Some("shared by about 40 in a billion")),
            (1e-11, Some("shared by fewer than 1 in a billion")),
            (0.999, None),
        ] {
            assert_eq!(Tongue::En.share(share).as_deref(), expected, "{share}");
        }
    }

    #[test]
    fn no_probability_is_rounded_to_certainty() {
        for (probability, en, fi) in [
            (1.0, "100 %", "100 %"),
            (0.999_999, "over 99.9 %", "yli 99,9 %"),
            (0.9985, "99.9 %", "99,9 %"),
            (0.5, "50.0 %", "50,0 %"),
            (0.000_001, "under 0.1 %", "alle 0,1 %"),
            (0.0, "0 %", "0 %"),
        ] {
            assert_eq!(Tongue::En.percent(probability), en);
            assert_eq!(Tongue::Fi.percent(probability), fi);
        }
    }
}
