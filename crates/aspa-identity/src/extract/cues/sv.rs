//! Swedish, with what Norwegian and Danish spell otherwise.

use super::Cue::{self, *};

pub(super) const CUES: &[(Cue, &str)] = &[
    (
        Email,
        "e post*|epost*|mejl*|mail*|email*|e mail*|mailadress*",
    ),
    (
        Phone,
        "tel|tfn|tlf|telefon*|mobil*|ring|ring mig på|mitt nummer är|mitt nummer|nummeret mitt|mobilnr|nås på",
    ),
    (
        Customer,
        "kundnummer*|kundnr*|kund nr|kund nummer|kundenummer*|kundenr|kund id",
    ),
    (
        Order,
        "beställning*|beställningsnummer*|ordernummer*|ordernr*|order nr|bestilling*|ordrenummer*|ordrenr|ordre",
    ),
    (
        OtherNumber,
        "faktura*|fakturanummer*|ocr*|referens*|kolli*|personnummer*|kontonummer*|konto|postnummer|serienummer*|organisationsnummer*|kortnummer*",
    ),
    (
        Thing,
        "kundnummer*|beställning*|order*|abonnemang*|konto*|faktura*|paket*|räkning*|avtal*|nummer*|försändelse*|telefon*|mejl*|bestilling*|ordre|ärende*",
    ),
    (
        SignOff,
        "mvh|hälsningar|hälsning|med vänliga hälsningar|vänliga hälsningar|vänligen|bästa hälsningar|hilsen|med vennlig hilsen|med venlig hilsen|vennlig hilsen|venlig hilsen|vh|hälsar|m v h|undertecknad|mange hilsner|kram",
    ),
    (Thanks, "tack|tack så mycket|tack på förhand|takk|tak"),
    (
        MyName,
        "jag heter|mitt namn är|mitt namn|mit navn er|jeg heter|jeg hedder|navnet mitt er|heter jag|mitt navn er",
    ),
    (Name, "namn|navn|namnet är|namn är"),
    (Am, "jag är|det här är|det är|jeg er|här är"),
    (Mine, "min|mitt|mina|mit|mine"),
    (Theirs, "hans|hennes|hendes|deras"),
    (
        TheirName,
        "hon heter|han heter|hennes namn är|hans namn är|hun heter|hun hedder|han hedder|som heter",
    ),
    (
        Kin,
        "min mamma*|min mor*|min pappa*|min far*|min fru*|min man|min mans|min make*|min maka*|min son|min sons|min dotter*|min syster*|min bror*|min mormor*|min farmor*|min morfar*|min farfar*|min sambo*|min partner*|min vän|min väns|min kompis*|min granne*|min svärmor*|min svärfar*|mina föräldra*|min kund|min kunds|vår kund|vår kunds|min chef*|min kollega*|min moster*|min faster*|min flickvän*|min pojkvän*|min kone*|min mann|min manns|moren min*|faren min*|min datter*|min hustru*|min klient*|vår klient*|min huvudman*|mammas|pappas",
    ),
    (For, "åt|till|för|til|for"),
    (
        BehalfOf,
        "på uppdrag av|i namn av|på vegne av|på vegne af|som ombud för|god man för|skriver för|skriver åt|frågar för|frågar åt|för en vän|åt en vän|ringer åt|förmyndare för|anhörig till|dotter till|son till|hör av mig åt|ringer för|kontaktar er för|på vägnar av",
    ),
    (
        BehalfAfter,
        "vägnar|vegne|godman|som ombud|fullmakt|fullmakten",
    ),
    (WeakBehalf, "räkning|namn"),
    (
        OwnBehalf,
        "egna vägnar|mina vägnar|för min egen|egne vegne|egen räkning",
    ),
    (CustomerWord, "kunden|kund|kunde"),
];

pub(super) const NO_NAME: &str = "jag är inte en ett och eller men som att det den de vi ni han hon från i på av för med till mig du \
    kund kunden kunder kundtjänst kundservice tack hej hejsan mvh hälsningar vänliga besviken missnöjd arg glad nöjd trött \
    sverige svensk svenska finland stockholm göteborg malmö beställning order ordernummer kundnummer kundnr telefon tel mejl epost mail \
    namn namnet mitt min mina fel rätt nummer adress faktura paket undrar vill har kan nu här där bara också ganska mycket \
    ikke jeg er og norge norsk dansk danmark kunde hilsen takk tak pensionär student mamma pappa";
