//! What mail programs and people put around a reply, in English, Finnish, Swedish and German. All in
//! lower case.

/// Subject prefixes of a forwarded mail.
pub(crate) const FORWARD_PREFIXES: &[&str] = &["fwd:", "fw:", "vl:", "vb:", "wg:"];

/// What is said of whose words follow.
pub(crate) const WROTE: &[&str] = &["wrote", "kirjoitti", "skrev", "schrieb"];

/// How a line begins that says who wrote what follows, where it goes on for lines.
pub(crate) const WROTE_BEGINS: &[&str] = &[
    "on ", "am ", "den ", "ma ", "ti ", "ke ", "to ", "pe ", "la ", "su ", "mån ", "tis ", "ons ",
    "tors ", "fre ", "lör ", "sön ",
];

/// On a line of dashes, above what is answered.
pub(crate) const ORIGINALS: &[&str] = &[
    "original message",
    "original appointment",
    "alkuperäinen viesti",
    "alkuperäinen sanoma",
    "ursprungligt meddelande",
    "originalmeddelande",
    "ursprüngliche nachricht",
    "originalnachricht",
];

/// On a line of dashes or by themselves, above what is passed on and meant to be read.
pub(crate) const FORWARDS: &[&str] = &[
    "forwarded message",
    "begin forwarded message:",
    "välitetty viesti",
    "välitetty viesti alkaa:",
    "edelleenlähetetty viesti",
    "vidarebefordrat meddelande",
    "vidarebefordrat brev:",
    "weitergeleitete nachricht",
    "anfang der weitergeleiteten nachricht:",
];

/// What stands in front of the sender in a copied header.
pub(crate) const FROM: &[&str] = &["from", "lähettäjä", "från", "von"];

/// What stands in front of its other lines.
pub(crate) const HEADERS: &[&str] = &[
    "sent",
    "date",
    "to",
    "cc",
    "subject",
    "lähetetty",
    "päivämäärä",
    "päiväys",
    "vastaanottaja",
    "kopio",
    "aihe",
    "skickat",
    "datum",
    "till",
    "kopia",
    "ämne",
    "gesendet",
    "an",
    "betreff",
];

/// How a line begins that a device or program adds.
pub(crate) const DEVICES: &[&str] = &[
    "sent from my ",
    "sent from outlook",
    "sent from mail for ",
    "sent from yahoo",
    "get outlook for ",
    "lähetetty iphone",
    "lähetetty ipad",
    "lähetetty laitteesta",
    "lähetetty samsung",
    "lähetetty androi",
    "lähetetty puhelimesta",
    "lähetetty outlook",
    "hanki outlook",
    "skickat från min ",
    "skickat från outlook",
    "skaffa outlook",
    "hämta outlook",
    "von meinem ",
    "gesendet von meinem ",
    "gesendet von outlook",
    "outlook für ",
    "holen sie sich outlook",
];

/// How a line begins that ends a letter.
pub(crate) const CLOSINGS: &[&str] = &[
    "regards",
    "best regards",
    "kind regards",
    "sincerely",
    "yours ",
    "best,",
    "terveisin",
    "ystävällisin terveisin",
    "parhain terveisin",
    "t. ",
    "terv.",
    "vänliga hälsningar",
    "med vänlig",
    "hälsningar",
    "mvh",
    "mit freundlichen grüßen",
    "freundliche grüße",
    "viele grüße",
    "mfg",
];

/// Of these, a paragraph at the end that says two or more is a disclaimer.
pub(crate) const DISCLAIMERS: &[&str] = &[
    "confidential",
    "intended recipient",
    "intended solely",
    "intended only",
    "in error",
    "privileged",
    "notify the sender",
    "consider the environment",
    "before printing",
    "luottamuksellis",
    "luottamukselli",
    "tarkoitettu vain",
    "vastaanottajalle",
    "vahingossa",
    "erehdyksessä",
    "ilmoita lähettäjälle",
    "ajattele ympäristöä",
    "ennen tulostamista",
    "konfidentiell",
    "avsedd för",
    "avsedd endast",
    "avsett för",
    "mottagare",
    "av misstag",
    "meddela avsändaren",
    "tänk på miljön",
    "vertraulich",
    "bestimmt",
    "adressat",
    "rechtlich geschützt",
    "irrtümlich",
    "den absender",
    "an die umwelt",
];
