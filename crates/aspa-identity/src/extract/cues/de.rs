//! German.

use super::Cue::{self, *};

pub(super) const CUES: &[(Cue, &str)] = &[
    (Email, "e mail*|email*|mail*|mailadresse*"),
    (
        Phone,
        "tel|telefon*|handy*|mobil*|rufnummer*|rufen sie mich|anrufen|meine nummer ist|meine nummer|erreichbar unter|telefonnummer*|handynummer*",
    ),
    (
        Customer,
        "kundennummer*|kundennr*|kunden nr|kunden nummer|kd nr|kdnr|kundenkonto*|kunden id",
    ),
    (
        Order,
        "bestellung*|bestellnummer*|bestellnr*|bestell nr|auftrag|auftragsnummer*|auftragsnr|auftrags nr|auftrags nummer|bestell nummer|bestellungsnummer*",
    ),
    (
        OtherNumber,
        "rechnung*|rechnungsnummer*|rechnungsnr|referenz*|sendungsnummer*|sendungsverfolgung*|kontonummer*|konto|plz|postleitzahl|seriennummer*|ausweis*|steuernummer*|vertragsnummer*|aktenzeichen",
    ),
    (
        Thing,
        "kundennummer*|bestellung*|bestellnummer*|konto|kontos|vertrag*|rechnung*|paket*|nummer|telefon*|e mail|lieferung*|abo|abonnement*|anschluss|anschlusses|auftrag*|versicherung*",
    ),
    (
        SignOff,
        "lg|vg|mfg|mit freundlichen grüßen|mit freundlichen gruessen|mit freundlichem gruß|mit freundlichem gruss|freundliche grüße|freundliche gruesse|viele grüße|viele gruesse|liebe grüße|liebe gruesse|beste grüße|beste gruesse|schöne grüße|herzliche grüße|herzliche gruesse|grüße|gruß|gruss|gruesse|hochachtungsvoll|beste gruß|gez",
    ),
    (
        Thanks,
        "danke|vielen dank|dankeschön|danke schön|besten dank|danke im voraus",
    ),
    (
        MyName,
        "mein name ist|mein name|ich heiße|ich heisse|ich heiß|mein vollständiger name ist",
    ),
    (Name, "name|name ist|name lautet"),
    (Am, "ich bin|hier ist|hier schreibt|ich bins"),
    (Mine, "mein|meine|meinen|meiner|meinem|meines"),
    (Theirs, "seine|seinen|seiner|deren|dessen"),
    (
        TheirName,
        "sie heißt|er heißt|sie heisst|er heisst|ihr name ist|sein name ist",
    ),
    (
        Kin,
        "mein* mutter*|mein* mama*|mein* mutti*|mein* vater*|mein* papa*|mein* frau|mein* ehefrau*|mein* mann|mein* mannes|mein* ehemann*|mein* sohn*|mein* tochter*|mein* schwester*|mein* bruder*|mein* oma*|mein* opa*|mein* großmutter*|mein* grossmutter*|mein* großvater*|mein* freund*|mein* partner*|mein* nachbar*|mein* tante*|mein* onkel*|mein* eltern*|mein* schwiegermutter*|mein* schwiegervater*|mein* chef*|mein* kollege*|mein* kollegin*|mein* mandant*|mein* kind|mein* kindes|mein* kunden|mein* kundin|unser* kunde*|unser* kundin*|unser* mandant*|mein* cousin*|mein* klient*",
    ),
    (For, "für|fuer|von|mit|zum"),
    (
        BehalfOf,
        "im auftrag von|im auftrag|im namen von|im namen|in vertretung von|in vertretung|stellvertretend für|ich schreibe für|schreibe für|schreibe fuer|ich melde mich für|melde mich für|frage für|betreuer von|betreuerin von|bevollmächtigter von|bevollmächtigte von|vormund von|tochter von|sohn von|frage für|für einen freund|für eine freundin|pfleger von|pflegerin von|handle für",
    ),
    (
        BehalfAfter,
        "vollmacht|auftrags meines|als betreuer|als betreuerin",
    ),
    (
        OwnBehalf,
        "in meinem namen|im eigenen namen|meinem eigenen namen",
    ),
    (CustomerWord, "kunde|kundin"),
];

pub(super) const NO_NAME: &str = "ich bin ist nicht ein eine einer einen kein und oder aber der die das den dem des wir ihr sie er es zu auf im in von mit für aus \
    kunde kundin kunden kundenservice kundendienst danke vielen dank grüße gruß gruesse gruss freundlichen liebe viele beste mfg lg hallo guten tag \
    enttäuscht enttaeuscht sauer wütend traurig zufrieden unzufrieden froh müde krank rentner rentnerin student studentin deutscher deutsche mutter vater \
    mitglied besitzer besitzerin nutzer nutzerin neukunde stammkunde inhaber mieter mieterin ende schon seit sehr so nur auch noch jetzt hier da \
    bestellung bestellnummer kundennummer kundennr telefon tel email mail adresse rechnung paket name namen auftrag mein meine nummer falsch richtig \
    deutschland berlin hamburg münchen frau herr familie erreichbar unter ratlos fassungslos";
