//! Finnish.

use super::Cue::{self, *};

pub(super) const CUES: &[(Cue, &str)] = &[
    (
        Email,
        "sähköposti*|sposti*|s posti*|meili*|maili*|email*|laita viesti|viesti*",
    ),
    (
        Phone,
        "puh|puhelin*|p|gsm|puhnro|puh nro|soita|soittakaa|soitto*|numeroni|numero on|kännykkä*|kännyni|tavoittaa|matkapuhelin*|whatsapp*|tekstari*",
    ),
    (
        Customer,
        "asiakasnumero*|asiakasnro*|asiakas nro|asiakas numero*|asnro|as nro|asiakastunnu*|asiakas id|asiakaskoodi*|asiakasno",
    ),
    (
        Order,
        "tilaus|tilauksen|tilauksesta*|tilaukseni|tilausnumero*|tilausnro*|tilaus nro|tilaus numero*|tilauksen numero*|tilaustunnu*|tilausvahvistu*",
    ),
    (
        OtherNumber,
        "viite|viitenumero*|viitenro|lasku|laskun|laskunumero*|laskun numero*|seurantakoodi*|seurantatunnu*|lähetystunnu*|tilinumero*|tili|iban|sarjanumero*|imei|postinumero*|hetu*|henkilötunnu*|sotu*|y tunnus|ytunnus|kortti*|vuosi|vuonna",
    ),
    (
        Thing,
        "tilau*|liittymä*|sopimu*|lasku*|paket*|lähety*|asiakasnum*|asiakasnro|puhelinnum*|sähköposti*|numero*|tili|tilin|tililtä|netti|netin|tiedot|tietoja|asia|asiaa|asiassa|nimi|nimellä|osoite|vakuutu*|varau*|lipu*|tuote|palautus*|maksu*",
    ),
    (
        SignOff,
        "t|terv|terveisin|ystävällisin terveisin|parhain terveisin|yst terv|yt|yst|terkuin|terkut|terveppä terveisin|kunnioittaen|kunnioittavasti|lämpimin terveisin|rakkain terveisin|allekirjoittanut",
    ),
    (
        Thanks,
        "kiitos|kiitti|kiitoksia|kiitän|kiitos paljon|kiitos etukäteen|kiitos jo etukäteen",
    ),
    (
        MyName,
        "nimeni on|nimeni|minun nimeni on|mun nimi on|mun nimi|minun nimi on|nimeltäni|nimeltä",
    ),
    (Name, "nimi|nimi on|nimellä|koko nimi"),
    (
        Am,
        "olen|oon|mä oon|minä olen|täällä|tässä|täällä kirjoittelee|terveisin",
    ),
    (Mine, "minun|mun|oma|omat|mulla|minulla"),
    (
        MyThing,
        "asiakasnumero*ni|asiakasnroni|tilaukse*ni|tilausnumero*ni|tilaukseni|numeroni|sähköpostini|sähköpostiosoitteeni|puhelinnumeroni|liittymäni|sopimukseni|laskuni|pakettini|tilini|tietoni",
    ),
    (Theirs, "hänen|hänellä|sen"),
    (TheirName, "hänen nimensä on|hänen nimensä|nimensä on"),
    (
        Kin,
        "äiti*ni|äidi*ni|äiti*mme|isä*ni|isälläni|vaimo*ni|miehe*ni|puoliso*ni|avopuoliso*ni|avomiehe*ni|avovaimo*ni|poika*ni|poja*ni|tyttäre*ni|tytö*ni|lapse*ni|siskoni|sisko*ni|sisare*ni|velje*ni|mummo*ni|mummi*ni|isoäiti*ni|isoäidi*ni|ukki*ni|ukiltani|vaari*ni|isoisä*ni|pappa*ni|papa*ni|täti*ni|tädi*ni|setä*ni|sedä*ni|eno*ni|serkku*ni|serku*ni|anoppi*ni|anopi*ni|appiuko*ni|naapuri*ni|ystävä*ni|kaveri*ni|tyttöystävä*ni|poikaystävä*ni|vanhempa*ni|vanhempie*ni|vanhemmi*ni|kummitäti*ni|kummitädi*ni|asiakkaa*ni|asiakkaa*mme|työntekijä*mme|työntekijä*ni|kollega*ni|työkaveri*ni|pomo*ni|esimiehe*ni|päämiehe*ni|edunvalvottava*ni|mun äiti*|mun äidi*|minun äiti*|mun vaimo*|mun miehe*|mun mies|mun isä*|mun mummo*|mun poja*|mun poika*|mun kaveri*|mun sisko*|mun velje*|mun faija*|mun mutsi*|faijan|mutsin",
    ),
    (
        BareKin,
        "äidin|äidillä|isän|isällä|vaimon|miehen|puolison|pojan|tyttären|tytön|lapsen|siskon|veljen|mummon|mummin|ukin|papan|tädin|sedän|anopin|naapurin|ystävän|kaverin|asiakkaan|mutsin|faijan|vanhempien|tyttöystävän|poikaystävän",
    ),
    (
        BehalfAfter,
        "puolesta|edunvalvoja*|omaishoitaja*|huoltaja*|asianhoitaja*|valtakirjalla|valtuuttamana|asioita hoidan|asiaa hoidan",
    ),
    (WeakBehalf, "nimissä|asioissa|asialla|nimellä"),
    (BehalfOf, "asioin henkilön|asiakas on"),
    (
        OwnBehalf,
        "minun puolesta|mun puolesta|omasta puolesta|meidän puolesta|teidän puolesta|sen puolesta|kaikkien puolesta|muiden puolesta",
    ),
    (CustomerWord, "asiakas|asiakkaan|asiakkaani|asiakkaamme"),
];

pub(super) const NO_NAME: &str = "olen oon on ei en et ja tai mutta sekä että kun jos niin se ne tämä nämä minä sinä hän me te he \
    asiakas asiakkaan asiakkaanne asiakkaani asiakaspalvelu asiakkaat kiitos kiitti terveisin terv ystävällisin hei moi terve moikka \
    väärin väärä puuttuu oikein kirjoitettu sama eri uusi vanha tyytymätön pettynyt vihainen tyytyväinen iloinen \
    suomi suomen suomalainen helsinki helsingistä helsingissä espoo espoosta vantaa vantaalta tampere tampereelta turku turusta oulu oulusta \
    laskussa lasku tilaus tilaukseni tilausnumero asiakasnumero asiakasnumeroni asiakasnro puhelin puh puhelinnumero numero numeroni \
    sähköposti sähköpostini email osoite nimi nimeni netti tässä täällä siellä nyt vasta juuri vielä jo vain aina usein \
    kirjoitan kirjoittelen soita soittakaa laita voitte voisitteko miksi milloin mikä mitä missä kuka kuinka miten terveisiä \
    kotona töissä lomalla ulkomailla äiti isä vaimo mies puolesta yritys yrittäjä opiskelija eläkeläinen tammikuu helmikuu maanantai \
    myös ollut tilannut yrittänyt odottanut maksanut saanut kyllä yksi kaksi itse";
