//! Estonian.

use super::Cue::{self, *};

pub(super) const CUES: &[(Cue, &str)] = &[
    (Email, "e post*|epost*|meil*|mail*|email*|e mail*"),
    (
        Phone,
        "tel|telefon*|mobiil*|helista*|helistage|minu number on|minu number|telefoninumber*|mob",
    ),
    (
        Customer,
        "kliendinumber*|kliendinumbri*|kliendi nr|kliendinr|kliendi number*|kliendikood*",
    ),
    (
        Order,
        "tellimus|tellimuse|tellimuse number|tellimusenumber*|tellimuse nr|tellimisnumber*|tellimust",
    ),
    (
        OtherNumber,
        "arve|arve number|arvenumber*|viitenumber*|isikukood*|pangakonto*|konto|sihtnumber|pakinumber*|jälgimis*|registrikood*|saadetis*",
    ),
    (
        Thing,
        "kliendinumber*|kliendinumbri*|tellimu*|leping*|konto*|arve*|pak*|number*|telefon*|e post*|post|saadeti*",
    ),
    (
        SignOff,
        "tervitades|tervitustega|parimate soovidega|lugupidamisega|heade soovidega|parimat|tervitused|terv",
    ),
    (Thanks, "aitäh|tänan|suur tänu|tänud|tänades|ette tänades"),
    (
        MyName,
        "minu nimi on|mu nimi on|minu nimi|mu nimi|nimeks on|minu täisnimi on",
    ),
    (Name, "nimi|nimi on"),
    (Am, "mina olen|ma olen|olen|siin|see on"),
    (Mine, "minu|mu|enda|oma"),
    (Theirs, "tema|nende"),
    (TheirName, "tema nimi on|tema nimi|nimega|ta nimi on"),
    (
        Kin,
        "minu ema*|mu ema*|minu isa*|mu isa*|minu naise*|mu naise*|minu naine|mu naine|minu mees|mu mees|minu mehe*|mu mehe*|minu abikaasa*|mu abikaasa*|minu poeg|mu poeg|minu poja*|mu poja*|minu tütar|mu tütar|minu tütre*|mu tütre*|minu õe*|mu õe*|minu õde|mu õde|minu venna*|mu venna*|minu vend|mu vend|minu vanaema*|mu vanaema*|minu vanaisa*|mu vanaisa*|minu sõbra*|mu sõbra*|minu sõber|mu sõber|minu elukaaslase*|mu elukaaslase*|minu naabri*|mu naabri*|minu vanemate*|minu kliendi|meie kliendi|meie klient|minu klient|minu ülemuse*|minu kolleegi*|minu ämma*|mu ämma*",
    ),
    (
        BareKin,
        "ema|emal|isa|isal|naise|mehe|abikaasa|poja|tütre|õe|venna|vanaema|vanaisa|sõbra|naabri|kliendi|elukaaslase|ämma|äia",
    ),
    (
        BehalfAfter,
        "eestkostja|hooldaja|hooldajana|volitusel|ülesandel|volikirjaga|volikirja alusel",
    ),
    (WeakBehalf, "eest|nimel"),
    (BehalfOf, "esindan|kirjutan oma ema|kirjutan oma isa"),
    (
        OwnBehalf,
        "enda eest|enda nimel|minu eest|omal nimel|selle eest|raha eest|abi eest|vastuse eest|vastamise eest|kõige eest|toote eest|arve eest|kauba eest|paki eest|tellimuse eest|aja eest|teenuse eest|mille eest|eurot eest|teie eest|ette eest",
    ),
    (CustomerWord, "klient|kliendi"),
];

pub(super) const NO_NAME: &str = "olen ma mina on ei ja või aga kui et see need nad ta meie teie sina \
    klient kliendi kliendid klienditugi teenindus aitäh tänan tervitades lugupidamisega tere hei \
    pettunud vihane rahulolematu õnnelik kurb väsinud eesti eestlane tallinn tallinnast tartu tartust tellimus tellimuse kliendinumber telefon \
    meil epost nimi minu mu number aadress arve pakk vale õige siin seal nüüd veel juba ainult väga ostnud tellinud maksnud oodanud ema isa";
