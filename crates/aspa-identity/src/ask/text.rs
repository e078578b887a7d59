use std::fmt;

use crate::ContactKind;

aspa_types::text_enum! {
    /// A language that we ask in, an ISO 639 code; others are asked in English.
    pub enum Language {
        /// Finnish.
        Fi = "fi",
        /// Swedish.
        Sv = "sv",
        /// English.
        En = "en",
        /// German.
        De = "de",
        /// Russian.
        Ru = "ru",
        /// Estonian.
        Et = "et",
        /// Spanish.
        Es = "es",
    }
}

/// A text that may be published because it tells nothing of anybody.
///
/// ```
/// use aspa_identity::{Language, Leak, PublicText};
/// assert!(PublicText::offer(&Language::Fi).as_str().contains("yksityisviesti"));
/// assert_eq!(PublicText::new("Hi {name}, write to us!", &[]), Err(Leak::Placeholder));
/// assert_eq!(PublicText::new("Is order 4711 yours?", &[]), Err(Leak::Number));
/// assert_eq!(PublicText::new("Your Taikamatto is late.", &["taikamatto"]), Err(Leak::Word));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicText(String);

impl PublicText {
    /// Checks a host's own template: no placeholder, number or address, and none of these words
    /// (names, products), in whatever case.
    ///
    /// # Errors
    ///
    /// [`Leak`] tells what it holds, and never the text.
    pub fn new(text: &str, words: &[&str]) -> Result<Self, Leak> {
        if text.trim().is_empty() {
            return Err(Leak::Empty);
        }
        let lower = text.to_lowercase();
        if text.contains([
            '{', '}', '[', ']', '<', '>', '%', '$', '«', '»', '_', '|', '~', '^',
        ]) {
            Err(Leak::Placeholder)
        } else if text.contains(char::is_numeric) {
            Err(Leak::Number)
        } else if text.contains('@') || lower.contains("://") || lower.contains("www.") {
            Err(Leak::Address)
        } else if words
            .iter()
            .map(|word| word.trim().to_lowercase())
            .any(|word| !word.is_empty() && lower.contains(&word))
        {
            Err(Leak::Word)
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// The offer to talk in private.
    #[must_use]
    pub fn offer(language: &Language) -> Self {
        Self(texts(language).offer.to_owned())
    }

    /// What is said in public once the person has written in private: that it came, and neither who the
    /// person is nor whether we know.
    #[must_use]
    pub fn received(language: &Language) -> Self {
        Self(texts(language).received.to_owned())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PublicText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text may not be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Leak {
    /// There is none.
    #[error("the text is empty")]
    Empty,
    /// Something that is filled in later.
    #[error("the text has a sign that placeholders are made with")]
    Placeholder,
    /// A number, which may be a customer's.
    #[error("the text holds a number")]
    Number,
    /// An e-mail or web address, or a user name.
    #[error("the text holds an address")]
    Address,
    /// One of the words that were forbidden.
    #[error("the text holds a forbidden word")]
    Word,
}

/// The question to ask in private: for one of these details, and what for. `consent` is the host's
/// own words for that; none: that it is only to recognise the person, and can be taken back.
#[must_use]
pub fn private_question(
    language: &Language,
    kinds: &[ContactKind],
    consent: Option<&str>,
) -> String {
    let texts = texts(language);
    let words = kinds.iter().map(|kind| match kind {
        ContactKind::CustomerNumber => texts.kinds[0],
        ContactKind::Email => texts.kinds[1],
        ContactKind::Phone => texts.kinds[2],
        ContactKind::OrderNumber => texts.kinds[3],
        ContactKind::Other(word) => word,
    });
    let list = words.collect::<Vec<_>>().join(", ");
    let consent = consent.unwrap_or(texts.consent);
    format!("{} {list}. {consent}", texts.question)
}

/// What to say in private to whoever has told something: the same whether it led to somebody or not, so
/// that nobody learns by guessing whose address or number is a customer's.
#[must_use]
pub fn told_text(language: &Language) -> &'static str {
    texts(language).told
}

struct Texts {
    offer: &'static str,
    question: &'static str,
    /// Customer number, e-mail, phone, order number.
    kinds: [&'static str; 4],
    consent: &'static str,
    told: &'static str,
    received: &'static str,
}

fn texts(language: &Language) -> &'static Texts {
    match language {
        Language::Fi => &Texts {
            offer: "Kiitos viestistäsi! Autamme mielellämme. Kirjoita meille yksityisviesti, niin \
                katsotaan asia yhdessä. Älä kirjoita henkilötietoja julkisesti.",
            question: "Jotta löydämme tietosi, kerro meille jokin näistä:",
            kinds: [
                "asiakasnumero",
                "sähköpostiosoite",
                "puhelinnumero",
                "tilausnumero",
            ],
            consent: "Käytämme sitä vain tunnistamaan sinut asiakaspalvelussamme. Vastaamalla suostut \
                tähän, ja voit perua suostumuksesi milloin tahansa.",
            told: "Kiitos, saimme tietosi ja katsomme asiaa. Jos jokin meni väärin tai haluat lisätä \
                jotakin, kirjoita se tähän.",
            received: "Kiitos, saimme yksityisviestisi! Jatketaan asian hoitamista siellä.",
        },
        Language::Sv => &Texts {
            offer: "Tack för ditt meddelande! Vi hjälper gärna till. Skriv ett privat meddelande till \
                oss, så tittar vi på saken tillsammans. Skriv inga personuppgifter offentligt.",
            question: "För att vi ska hitta dina uppgifter, skriv något av följande till oss:",
            kinds: ["kundnummer", "e-postadress", "telefonnummer", "ordernummer"],
            consent: "Vi använder det bara för att känna igen dig i vår kundtjänst. Genom att svara \
                samtycker du till det, och du kan ta tillbaka ditt samtycke när som helst.",
            told: "Tack, vi har fått dina uppgifter och tittar på saken. Om något blev fel eller om du vill \
                lägga till något, skriv det här.",
            received: "Tack, vi har fått ditt privata meddelande! Vi fortsätter där.",
        },
        Language::De => &Texts {
            offer: "Danke für Ihre Nachricht! Wir helfen gern. Schreiben Sie uns bitte eine private \
                Nachricht, dann sehen wir uns das gemeinsam an. Bitte schreiben Sie keine persönlichen \
                Daten öffentlich.",
            question: "Damit wir Ihre Daten finden, nennen Sie uns bitte eines davon:",
            kinds: [
                "Kundennummer",
                "E-Mail-Adresse",
                "Telefonnummer",
                "Bestellnummer",
            ],
            consent: "Wir verwenden es nur, um Sie in unserem Kundendienst zu erkennen. Mit Ihrer \
                Antwort willigen Sie darin ein; Sie können die Einwilligung jederzeit widerrufen.",
            told: "Danke, wir haben Ihre Angaben erhalten und sehen uns die Sache an. Falls etwas nicht \
                stimmt oder Sie etwas ergänzen möchten, schreiben Sie es bitte hier.",
            received: "Danke, Ihre private Nachricht ist bei uns angekommen! Wir machen dort weiter.",
        },
        Language::Ru => &Texts {
            offer: "Спасибо за ваше сообщение! Мы с радостью поможем. Напишите нам в личные \
                сообщения, и мы вместе во всём разберёмся. Пожалуйста, не пишите личные данные \
                публично.",
            question: "Чтобы мы нашли ваши данные, сообщите нам, пожалуйста, что-то одно:",
            kinds: [
                "номер клиента",
                "адрес электронной почты",
                "номер телефона",
                "номер заказа",
            ],
            consent: "Мы используем это только для того, чтобы узнать вас в нашей службе поддержки. \
                Отвечая, вы даёте на это согласие; его можно отозвать в любое время.",
            told: "Спасибо, мы получили ваши данные и занимаемся вопросом. Если вы в чём-то ошиблись или \
                хотите что-то добавить, напишите здесь.",
            received: "Спасибо, мы получили ваше личное сообщение! Продолжим там.",
        },
        Language::Et => &Texts {
            offer: "Täname sõnumi eest! Aitame hea meelega. Palun kirjutage meile privaatsõnum, siis \
                vaatame asja koos üle. Palun ärge kirjutage isikuandmeid avalikult.",
            question: "Et leiaksime teie andmed, kirjutage meile palun üks neist:",
            kinds: [
                "kliendinumber",
                "e-posti aadress",
                "telefoninumber",
                "tellimuse number",
            ],
            consent: "Kasutame seda ainult teie äratundmiseks meie klienditeeninduses. Vastates \
                nõustute sellega; nõusoleku saate igal ajal tagasi võtta.",
            told: "Täname, saime teie andmed ja vaatame asja üle. Kui midagi läks valesti või soovite midagi \
                lisada, kirjutage siia.",
            received: "Täname, teie privaatsõnum jõudis meieni! Jätkame seal.",
        },
        Language::Es => &Texts {
            offer: "¡Gracias por su mensaje! Le ayudaremos con gusto. Escríbanos un mensaje privado y \
                lo vemos juntos. Por favor, no escriba datos personales en público.",
            question: "Para que encontremos sus datos, díganos por favor uno de estos:",
            kinds: [
                "número de cliente",
                "dirección de correo electrónico",
                "número de teléfono",
                "número de pedido",
            ],
            consent: "Lo usamos solo para reconocerle en nuestra atención al cliente. Al responder da \
                su consentimiento, que puede retirar en cualquier momento.",
            told: "Gracias, hemos recibido sus datos y lo estamos mirando. Si algo no es correcto o desea \
                añadir algo, escríbalo aquí.",
            received: "¡Gracias, hemos recibido su mensaje privado! Seguimos por allí.",
        },
        Language::En | Language::Other(_) => &Texts {
            offer: "Thank you for your message! We are happy to help. Please write us a private \
                message and we will look into it together. Please do not post personal details in \
                public.",
            question: "So that we can find your details, please tell us one of these:",
            kinds: [
                "customer number",
                "e-mail address",
                "phone number",
                "order number",
            ],
            consent: "We use it only to recognise you in our customer service. By answering you agree \
                to that, and you can take your consent back at any time.",
            told: "Thank you, we have got your details and are looking into it. If something is mistyped or \
                you want to add something, write it here.",
            received: "Thank you, your private message has reached us! We go on there.",
        },
    }
}
