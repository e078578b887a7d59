//! What people write, and what is read of it.

use std::collections::BTreeSet;

use aspa_crm::normal::Region;
use aspa_identity::extract::{Check, Extractor, Pattern, Said};
use aspa_identity::{ContactKind, NameRole, Speaker};
use proptest::prelude::*;

fn numbers() -> Vec<Pattern> {
    let all = [
        Pattern::customer_number("10", 6..=6),
        Pattern::order_number("T", 6..=6),
    ];
    all.into_iter().flatten().collect()
}

fn extractor(region: Region) -> Extractor {
    Extractor::new(region, &numbers())
}

/// Everything that is read, as one line.
fn line(said: &Said) -> String {
    let kind = |kind: &str| match kind {
        "email" => "e",
        "phone" => "p",
        "customer_number" => "c",
        "order_number" => "o",
        other => panic!("{other}"),
    };
    let contacts = said
        .contacts
        .iter()
        .map(|(k, value)| format!("{} {value}", kind(k.as_str())));
    let names = said.names.iter().map(|name| {
        let role = match name.role {
            NameRole::Own => "own",
            NameRole::Another => "another",
            _ => "name",
        };
        format!("{role} {}", name.text)
    });
    let speaker = match said.speaker {
        Speaker::Themself => "self",
        Speaker::OnBehalf => "behalf",
        _ => "-",
    };
    contacts
        .chain(names)
        .chain([speaker.to_owned()])
        .collect::<Vec<_>>()
        .join("; ")
}

#[track_caller]
fn check(extractor: &Extractor, table: &[(&str, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(text, expected)| {
            let read = line(&extractor.read(text));
            (read != *expected)
                .then(|| format!("{text:?}\n  expected {expected}\n      read {read}"))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        table.len(),
        wrong.join("\n")
    );
}

#[test]
fn e_mail_addresses() {
    check(
        &extractor(Region::Finland),
        &[
            ("laita viesti AINO.V@EXAMPLE.FI.", "e aino.v@example.fi; -"),
            ("<a+b@example.co.uk>, kiitos", "e a+b@example.co.uk; -"),
            ("mailto:aino@example.fi?subject=x", "e aino@example.fi; -"),
            ("(aino@example.fi)", "e aino@example.fi; -"),
            (
                "aino_v-2@mail.example.org!",
                "e aino_v-2@mail.example.org; -",
            ),
            ("aino@example.fi.Kiitos avusta", "e aino@example.fi; -"),
            ("ａｉｎｏ＠ｅｘａｍｐｌｅ．ｆｉ", "e aino@example.fi; -"),
            ("sähköposti:mäkinen@example.fi", "e mäkinen@example.fi; -"),
            ("aino@yhtiö.fi", "e aino@yhtiö.fi; -"),
            (
                "aino@example.fi tai aino@example.fi",
                "e aino@example.fi; -",
            ),
            (
                "a@example.fi,b@example.fi",
                "e a@example.fi; e b@example.fi; -",
            ),
            ("a0441234567@example.fi", "e a0441234567@example.fi; -"),
            ("aino(at)example.fi", "e aino@example.fi; -"),
            ("aino.v [at] example.fi", "e aino.v@example.fi; -"),
            ("aino{at}example{dot}fi", "e aino@example.fi; -"),
            ("aino(ät)example.fi", "e aino@example.fi; -"),
            ("aino ät example.fi", "e aino@example.fi; -"),
            ("aino miukumauku example.fi", "e aino@example.fi; -"),
            (
                "aino piste v miukumauku example piste fi",
                "e aino.v@example.fi; -",
            ),
            (
                "aino (at) example (dot) co (dot) uk",
                "e aino@example.co.uk; -",
            ),
            ("aino.v at example.fi", "e aino.v@example.fi; -"),
            ("my email is aino at example.fi", "e aino@example.fi; self"),
            ("aino at example dot com", "e aino@example.com; -"),
            ("aino @ example.fi", "e aino@example.fi; -"),
            ("aino(@)example.fi", "e aino@example.fi; -"),
            ("aino arroba example punto es", "e aino@example.es; -"),
            ("аня собака example точка ru", "e аня@example.ru; -"),
            ("aino snabel-a example.se", "e aino@example.se; -"),
            // Traps.
            ("@aino kysy tästä", "-"),
            ("olen @aino@mastodon.example täällä", "-"),
            ("aino@mastodon.example@toinen.example", "-"),
            ("seuraa @aino.virta", "-"),
            ("laita viesti aino@gmail", "-"),
            ("aino@gmail..com", "-"),
            ("look at example.com", "-"),
            ("meet me at example.com today", "-"),
            ("I ordered at shop.example.com", "-"),
            ("tilasin sen @ verkkokauppa", "-"),
            ("https://example.fi/@aino.v ja www.example.fi/a@b", "-"),
        ],
    );
}

#[test]
fn finnish_phone_numbers() {
    check(
        &extractor(Region::Finland),
        &[
            ("0401234567", "p +358401234567; -"),
            ("soittakaa 040-1234 567", "p +358401234567; -"),
            ("soittakaa +358 (0)44-123 4567", "p +358441234567; -"),
            ("+76 309 43111", "p +7630943111; -"),
            ("call 00358441234567", "p +358441234567; -"),
            ("00358 40 123 4567", "p +358401234567; -"),
            ("+358 0401234567", "p +358401234567; -"),
            ("puh 046.2635.876 kiitos", "p +358462635876; -"),
            ("numeroni on 050 28 25026", "p +358502825026; self"),
            ("040/1234567", "p +358401234567; -"),
            ("(09) 123 4567", "p +35891234567; -"),
            ("puh. (040) 123 4567", "p +358401234567; -"),
            ("040\u{a0}123\u{a0}4567", "p +358401234567; -"),
            ("040\u{2011}1234567", "p +358401234567; -"),
            ("040 – 1234567", "p +358401234567; -"),
            ("０４０ １２３ ４５６７", "p +358401234567; -"),
            ("puh:0401234567", "p +358401234567; -"),
            ("puh0401234567", "p +358401234567; -"),
            ("358401234567", "p +358401234567; -"),
            ("+46 70 123 45 67", "p +46701234567; -"),
            ("+44 (0)20 7946 0958", "p +442079460958; -"),
            ("+1 (212) 555-2368", "p +12125552368; -"),
            (
                "0441234567 0501234567",
                "p +358441234567; p +358501234567; -",
            ),
            (
                "0441234567/0501234567",
                "p +358441234567; p +358501234567; -",
            ),
            ("0157 2323 6049", "-"),
            ("0157 1003 6889", "-"),
            ("perua tilauksen 00358401234567", "p +358401234567; -"),
            ("09 1234567 10036889", "p +35891234567; c 10036889; -"),
            ("040 1234567 5 kpl", "p +358401234567; -"),
            ("0441234567, 10038332", "p +358441234567; c 10038332; -"),
            (
                "0441234567 10038332 tilaus T509097",
                "p +358441234567; c 10038332; o t509097; -",
            ),
            (
                "soita klo 8.00-16.00 numeroon 0401234567",
                "p +358401234567; -",
            ),
            // Traps.
            ("maksoin 100,50 euroa 24.12.2025 klo 10.30", "-"),
            ("01.02.2025 ja 01.02.-05.02.2025", "-"),
            ("1. 2. 2025, 2025-02-01, 01/02/2025", "-"),
            ("auki 08.30-16.00 ja 09:00 - 21:00", "-"),
            ("FI21 1234 5600 0007 85 kiitos", "-"),
            ("FI2112345600000785", "-"),
            ("tilini on fi49 5000 9420 0287 30", "self"),
            ("010203-123N", "-"),
            ("hetu 010203A1234", "-"),
            ("tunnukseni 131052-308T ja syntynyt 13.10.1952", "-"),
            // The check character fits; in the second it does not, and a number is a number.
            ("soita 040179-6026", "-"),
            ("soita 040179-6027", "p +358401796027; -"),
            ("02600 Espoo, 00100 Helsinki", "-"),
            ("IP 010.020.030.040 ja 192.168.100.100", "-"),
            ("tilaus 0401234567", "-"),
            ("viitenumero 0401234567", "-"),
            ("Y-tunnus 0737546-2", "-"),
            ("0737546-2", "-"),
            ("kortti 4111 1111 1111 1111", "-"),
            ("https://example.fi/0401234567", "-"),
            ("1.0401234567", "-"),
            ("hinta 040123456 €", "-"),
            ("040,1234567", "-"),
        ],
    );
}

#[test]
fn phone_numbers_of_other_regions() {
    let table = [
        (Region::Sweden, "ring 070-123 45 67", "p +46701234567; -"),
        (
            Region::Sweden,
            "mitt nummer är 08-123 456 78",
            "p +46812345678; self",
        ),
        (Region::Sweden, "811218-9876", "-"),
        (Region::Sweden, "19811218-9876", "-"),
        (Region::Norway, "tlf 912 34 567", "p +4791234567; -"),
        (Region::Norway, "91 23 45 67", "p +4791234567; -"),
        (Region::Denmark, "ring 20 12 34 56", "p +4520123456; -"),
        (Region::Denmark, "20.12.34.56", "p +4520123456; -"),
        (Region::Denmark, "24.12.2025", "-"),
        (Region::Estonia, "helista 5123 4567", "p +37251234567; -"),
        (Region::Estonia, "isikukood 38001085718", "-"),
        (
            Region::Germany,
            "Handy 0151 23456789",
            "p +4915123456789; -",
        ),
        (Region::Germany, "030/12345678", "p +493012345678; -"),
        (
            Region::UnitedKingdom,
            "call me on 07700 900123",
            "p +447700900123; -",
        ),
        (Region::UnitedKingdom, "020 7946 0958", "p +442079460958; -"),
        (Region::UnitedStates, "(212) 555-2368", "p +12125552368; -"),
        (Region::UnitedStates, "1-212-555-2368", "p +12125552368; -"),
        (
            Region::UnitedStates,
            "011 358 40 1234567",
            "p +358401234567; -",
        ),
        (Region::Russia, "8 (916) 123-45-67", "p +79161234567; -"),
        (Region::Russia, "+7 916 123 45 67", "p +79161234567; -"),
        (Region::Russia, "тел. 9161234567", "p +79161234567; -"),
        (
            Region::Spain,
            "mi número es 612 345 678",
            "p +34612345678; self",
        ),
        (Region::Latvia, "21 234 567", "p +37121234567; -"),
        (Region::Norway, "customer 10036889", "c 10036889; -"),
        (Region::Denmark, "2000 kr og 1234 5678 kr", "-"),
    ];
    let regions: BTreeSet<_> = table
        .iter()
        .map(|(region, ..)| region.calling_code())
        .collect();
    for code in regions {
        let rows: Vec<_> = table
            .iter()
            .filter(|(region, ..)| region.calling_code() == code)
            .collect();
        let cases: Vec<_> = rows
            .iter()
            .map(|(_, text, expected)| (*text, *expected))
            .collect();
        check(&extractor(rows[0].0), &cases);
    }
}

#[test]
fn our_numbers() {
    check(
        &extractor(Region::Finland),
        &[
            ("T123456", "o t123456; -"),
            ("#T123456", "o t123456; -"),
            ("t123456", "o t123456; -"),
            ("T 123456", "o t123456; -"),
            ("T-123 456", "o t123456; -"),
            ("tilausnro:T123456", "o t123456; -"),
            ("order no: t123456.", "o t123456; -"),
            ("asiakasnro. 10036889", "c 10036889; -"),
            ("asiakasnro10036889", "c 10036889; -"),
            ("asiakasnumero on 100 36 889", "c 10036889; -"),
            ("no:10036889", "c 10036889; -"),
            ("№ 10036889", "c 10036889; -"),
            ("10036889", "c 10036889; -"),
            ("(10036889)", "c 10036889; -"),
            ("номер клиента 10036889", "c 10036889; -"),
            (
                "Kundennummer: 10036889, Bestellung T123456",
                "c 10036889; o t123456; -",
            ),
            ("tilaus 10036889", "c 10036889; -"),
            ("T12345", "-"),
            ("T1234567", "-"),
            ("XT123456", "-"),
            ("asiakasnumero 20036889", "-"),
            ("asiakasnumero 1003688", "-"),
            ("viitenumero 10036889", "-"),
            ("lasku 10036889 €", "-"),
            ("10036889,50", "-"),
            ("10036889-12", "-"),
            ("10.12.2025 10 kpl", "-"),
        ],
    );
}

#[test]
fn cue_words_decide_between_two_patterns() {
    let patterns = [
        Pattern::customer_number("", 8..=8).unwrap(),
        Pattern::order_number("", 8..=8).unwrap(),
    ];
    check(
        &Extractor::new(Region::Finland, &patterns),
        &[
            ("asiakasnumero 20036889", "c 20036889; -"),
            ("tilaus 20036889", "o 20036889; -"),
            ("kundnummer 20036889", "c 20036889; -"),
            ("beställning nr 20036889", "o 20036889; -"),
            ("customer no. 20036889", "c 20036889; -"),
            ("order 20036889", "o 20036889; -"),
            ("Kundennummer 20036889", "c 20036889; -"),
            ("Bestellung 20036889", "o 20036889; -"),
            ("номер клиента 20036889", "c 20036889; -"),
            ("заказ 20036889", "o 20036889; -"),
            ("kliendinumber 20036889", "c 20036889; -"),
            ("tellimus 20036889", "o 20036889; -"),
            ("número de cliente 20036889", "c 20036889; -"),
            ("pedido 20036889", "o 20036889; -"),
            ("20036889", "c 20036889; o 20036889; -"),
            (
                "customer no 2003 6889, order no 3003 6889",
                "c 20036889; o 30036889; -",
            ),
        ],
    );
}

#[test]
fn check_digits() {
    let pattern = |check, digits| {
        Pattern::customer_number("", digits)
            .unwrap()
            .checked_by(check)
    };
    for (check_digit, digits, right, wrong) in [
        (Check::Luhn, 11..=11, "79927398713", "79927398710"),
        (Check::Mod11, 6..=6, "123455", "123456"),
        (Check::Mod97, 6..=6, "123482", "123467"),
        (Check::FinnishReference, 4..=20, "1232", "1233"),
        (Check::FinnishReference, 4..=20, "12345 67894", ""),
        (Check::BusinessId, 8..=8, "0737546-2", "0737546-3"),
        (Check::None, 4..=4, "1234", "12345"),
    ] {
        let extractor = Extractor::new(Region::Finland, &[pattern(check_digit, digits)]);
        let read = |text: &str| {
            extractor
                .read(&format!("asiakasnumero {text}"))
                .contacts
                .len()
        };
        assert_eq!(read(right), 1, "{check_digit:?} {right}");
        assert_eq!(read(wrong), 0, "{check_digit:?} {wrong}");
    }
}

#[test]
fn names_and_signatures() {
    check(
        &extractor(Region::Finland),
        &[
            // Finnish.
            ("Netti ei toimi. t. Matti", "own Matti; -"),
            ("Netti ei toimi t Matti Virtanen", "own Matti Virtanen; -"),
            ("terv. Matti Virtanen", "own Matti Virtanen; -"),
            (
                "Terv. Matti Virtanen 0401234567",
                "p +358401234567; own Matti Virtanen; -",
            ),
            (
                "Ei toimi.\nYstävällisin terveisin\nMatti Virtanen",
                "own Matti Virtanen; -",
            ),
            (
                "Ei toimi.\n\nTerveisin,\n\nAnna-Liisa Mäki-Tuuri",
                "own Anna-Liisa Mäki-Tuuri; -",
            ),
            ("nimi Maria", "own Maria; -"),
            ("t. Alisa Suomalainen", "own Alisa Suomalainen; -"),
            ("terv. Anica van der Dussen", "own Anica van der Dussen; -"),
            ("t. Tú", "own Tú; -"),
            ("t. Minh An", "own Minh An; -"),
            ("nimi Elisa Räsänen-Koivula", "own Elisa Räsänen-Koivula; -"),
            (
                "nimi: Matti Virtanen, puh 0401234567",
                "p +358401234567; own Matti Virtanen; -",
            ),
            (
                "nimeni on matti virtanen ja netti ei toimi",
                "own matti virtanen; self",
            ),
            (
                "Olen Matti Virtanen ja netti ei toimi",
                "own Matti Virtanen; self",
            ),
            ("Hei, olen Matti Virtanen.", "own Matti Virtanen; self"),
            ("Ei toimi vieläkään.\n- Matti", "own Matti; -"),
            ("Ei toimi. -Matti", "own Matti; -"),
            (
                "Ei toimi vieläkään\nMatti Virtanen",
                "own Matti Virtanen; -",
            ),
            ("Kiitos!\nMatti", "own Matti; -"),
            ("Kiitos, Anna!", "name Anna; -"),
            ("Danke, Anna! Aber wo ist es?", "-"),
            ("Hei Anna, missä paketti on?", "-"),
            ("olen vihainen", "-"),
            ("Olen asiakas", "-"),
            ("Olen Elisan asiakas", "-"),
            ("Olen Helsingistä", "-"),
            ("Terveisiä Helsingistä", "-"),
            ("t. pettynyt asiakas", "-"),
            ("t. Pettynyt Asiakas", "-"),
            ("OLEN VIHAINEN! MIKSI KUKAAN EI VASTAA?", "-"),
            ("nimi on väärin laskussa", "-"),
            ("Missä tilaukseni on?", "self"),
            // Swedish.
            ("Var är paketet? Mvh Anna Svensson", "own Anna Svensson; -"),
            ("Med vänliga hälsningar\nAnna", "own Anna; -"),
            ("Hälsningar, Anna", "own Anna; -"),
            ("Jag heter Anna Svensson", "own Anna Svensson; self"),
            ("jag heter anna", "own anna; self"),
            ("Fungerar inte /Anna", "own Anna; -"),
            ("Tack, Erik", "own Erik; -"),
            ("jag är besviken", "-"),
            ("Hälsningar från Stockholm", "-"),
            ("Mvh Besviken Kund", "-"),
            // English.
            ("My name is John Smith.", "own John Smith; self"),
            (
                "my name is john smith and my internet is down",
                "own john smith; self",
            ),
            ("I'm John Smith, a customer", "own John Smith; self"),
            ("I am John and I need help", "own John; self"),
            ("Please help. Best, John", "own John; -"),
            ("Kind regards,\nJohn A. Smith", "own John A. Smith; -"),
            ("Thanks,\nJohn", "own John; -"),
            ("Thanks, John", "own John; -"),
            ("Dear John, where is it?", "-"),
            ("I am angry", "-"),
            ("I'm Finnish", "-"),
            ("I am Very Disappointed", "-"),
            ("This is Ridiculous", "-"),
            ("bought at Best Buy", "-"),
            ("my name is not on the list", "-"),
            ("my name is wrong", "-"),
            // German.
            ("Mein Name ist Anna Schmidt.", "own Anna Schmidt; self"),
            ("Ich heiße Anna Schmidt und warte", "own Anna Schmidt; self"),
            (
                "Ich bin Anna Schmidt, Kundennummer 10036889",
                "c 10036889; own Anna Schmidt; self",
            ),
            ("Wo ist mein Paket? LG Anna", "own Anna; self"),
            (
                "Mit freundlichen Grüßen\nAnna von Berg",
                "own Anna von Berg; -",
            ),
            ("MfG, Hans", "own Hans; -"),
            ("Ich bin Kunde", "-"),
            ("Ich bin Rentner", "-"),
            ("Ich bin Mutter von drei Kindern", "-"),
            ("Der Fernseher von LG Electronics ist kaputt", "-"),
            ("Danke, Anna", "own Anna; -"),
            // Russian.
            ("Меня зовут Анна Петрова", "own Анна Петрова; self"),
            ("меня зовут анна", "own анна; self"),
            ("С уважением, Иван Петров", "own Иван Петров; -"),
            ("С уважением\nИван", "own Иван; -"),
            ("Я недоволен", "-"),
            ("Спасибо, Иван", "own Иван; -"),
            // Estonian.
            ("Minu nimi on Mari Tamm", "own Mari Tamm; self"),
            ("Tervitades, Mari Tamm", "own Mari Tamm; -"),
            ("Lugupidamisega\nMari Tamm", "own Mari Tamm; -"),
            ("Olen Mari Tamm.", "own Mari Tamm; self"),
            ("olen pettunud", "-"),
            ("Aitäh, Mari", "own Mari; -"),
            // Spanish.
            ("Me llamo Ana García", "own Ana García; self"),
            ("Mi nombre es Ana García.", "own Ana García; self"),
            ("Saludos, Ana", "own Ana; -"),
            ("Soy Ana García y no funciona", "own Ana García; self"),
            ("Soy cliente", "-"),
            ("Gracias, Ana", "own Ana; -"),
        ],
    );
}

#[test]
fn who_speaks() {
    check(
        &extractor(Region::Finland),
        &[
            // Finnish.
            (
                "kirjoitan äitini puolesta, asiakasnumero 10036889",
                "c 10036889; behalf",
            ),
            (
                "Kirjoitan äitini puolesta. Terv. Matti Virtanen",
                "own Matti Virtanen; behalf",
            ),
            (
                "äitini Liisa Virtanen ei pääse kirjautumaan",
                "another Liisa Virtanen; behalf",
            ),
            (
                "Liisa Virtasen puolesta kyselen",
                "another Liisa Virtasen; behalf",
            ),
            (
                "olen Liisa Virtasen edunvalvoja",
                "another Liisa Virtasen; behalf",
            ),
            ("isäni asiakasnumero on 10036889", "c 10036889; behalf"),
            ("vaimoni tilaus T123456 ei ole tullut", "o t123456; behalf"),
            ("mieheni tilaus T123456", "o t123456; behalf"),
            ("äidin tilaus T123456", "o t123456; behalf"),
            (
                "mun äidin puhelin ei toimi, 0401234567",
                "p +358401234567; behalf",
            ),
            (
                "asiakkaani Liisa Virtanen, 10036889",
                "c 10036889; another Liisa Virtanen; behalf",
            ),
            ("asiakkaamme tilaus T123456 puuttuu", "o t123456; behalf"),
            ("hänen asiakasnumeronsa on 10036889", "c 10036889; behalf"),
            (
                "äidilläni on ongelma, puh 0401234567",
                "p +358401234567; behalf",
            ),
            (
                "Olen Matti Virtanen, isäni ei saa laskua, asiakasnumero 10036889",
                "c 10036889; own Matti Virtanen; behalf",
            ),
            ("minun asiakasnumeroni on 10036889", "c 10036889; self"),
            ("asiakasnumeroni 10036889", "c 10036889; self"),
            (
                "tilasin äidilleni kukkia, tilaukseni T123456",
                "o t123456; self",
            ),
            ("omasta puolestani kiitos", "-"),
            ("minun puolesta ok, asiakasnumero 10036889", "c 10036889; -"),
            ("yhtiö puolestaan ei vastannut", "-"),
            ("asiakasnumero 10036889", "c 10036889; -"),
            (
                "> äitini asiakasnumero on 10036889\nminun asiakasnumeroni on 10036890",
                "c 10036890; self",
            ),
            // Swedish.
            (
                "Jag skriver å min mammas vägnar, kundnummer 10036889",
                "c 10036889; behalf",
            ),
            ("Frågar för en vän, ordernr T123456", "o t123456; behalf"),
            ("min frus beställning T123456", "o t123456; behalf"),
            ("min mans kundnummer är 10036889", "c 10036889; behalf"),
            (
                "min mamma Anna Svensson har inte fått sitt paket",
                "another Anna Svensson; behalf",
            ),
            ("hennes kundnummer är 10036889", "c 10036889; behalf"),
            ("mitt kundnummer är 10036889", "c 10036889; self"),
            (
                "present till min fru, mitt ordernummer T123456",
                "o t123456; self",
            ),
            // English.
            (
                "I'm writing on behalf of my mother, customer number 10036889",
                "c 10036889; behalf",
            ),
            (
                "writing for my mother Mary Smith",
                "another Mary Smith; behalf",
            ),
            ("on behalf of Mary Smith", "another Mary Smith; behalf"),
            ("my husband's order T123456 is missing", "o t123456; behalf"),
            (
                "My wife’s customer number is 10036889",
                "c 10036889; behalf",
            ),
            (
                "our customer Mary Smith, order T123456",
                "o t123456; another Mary Smith; behalf",
            ),
            ("her order T123456", "o t123456; behalf"),
            ("her name is Mary Smith", "another Mary Smith; behalf"),
            ("asking for a friend, order T123456", "o t123456; behalf"),
            ("my customer number is 10036889", "c 10036889; self"),
            ("My order T123456 has not arrived", "o t123456; self"),
            ("On my own behalf: my order T123456", "o t123456; self"),
            (
                "I ordered a gift for my wife, order T123456",
                "o t123456; -",
            ),
            // German.
            (
                "Ich schreibe im Auftrag meiner Mutter, Kundennummer 10036889",
                "c 10036889; behalf",
            ),
            ("im Namen meiner Mutter", "behalf"),
            (
                "Ich bin die Betreuerin von Anna Schmidt",
                "another Anna Schmidt; behalf",
            ),
            ("im Namen von Anna Schmidt", "another Anna Schmidt; behalf"),
            (
                "die Bestellung T123456 meines Mannes, seine Kundennummer 10036889",
                "o t123456; c 10036889; behalf",
            ),
            (
                "meine Mutter Anna Schmidt kommt nicht weiter",
                "another Anna Schmidt; behalf",
            ),
            ("meine Kundennummer ist 10036889", "c 10036889; self"),
            // Russian.
            ("пишу за маму, номер клиента 10036889", "c 10036889; behalf"),
            ("от имени Анны Петровой", "another Анны Петровой; behalf"),
            ("заказ моей мамы T123456", "o t123456; behalf"),
            ("мой номер клиента 10036889", "c 10036889; self"),
            ("её заказ T123456", "o t123456; behalf"),
            // Estonian.
            (
                "kirjutan ema eest, kliendinumber 10036889",
                "c 10036889; behalf",
            ),
            ("minu ema tellimus T123456", "o t123456; behalf"),
            ("Mari Tamme nimel", "another Mari Tamme; behalf"),
            (
                "maksin 50 eurot paki eest, minu tellimus T123456",
                "o t123456; self",
            ),
            ("minu kliendinumber on 10036889", "c 10036889; self"),
            // Spanish.
            (
                "escribo de parte de mi madre, número de cliente 10036889",
                "c 10036889; behalf",
            ),
            ("el pedido de mi marido T123456", "o t123456; behalf"),
            ("número de cliente EK-3066883", "-"),
            ("cliente: EK-3066883 me llamo Ana", "own Ana; self"),
            ("en nombre de Ana García", "another Ana García; behalf"),
            ("mi número de cliente es 10036889", "c 10036889; self"),
        ],
    );
}

#[test]
fn quoted_and_forwarded_words_are_not_the_writers() {
    check(
        &extractor(Region::Finland),
        &[
            ("Kiitos!\n> asiakasnumero 10036889\n> terv. Anna", "-"),
            (
                "Ei toimi.\n\n-----Original Message-----\nFrom: Anna\nMy order T123456",
                "-",
            ),
            (
                "Välitän tämän.\nLähettäjä: Anna <anna@example.fi>\nVastaanottaja: Matti\nAihe: x\n0401234567",
                "-",
            ),
            ("From: Helsinki with love, T123456", "o t123456; -"),
        ],
    );
}

#[test]
fn what_cannot_be_a_pattern_is_refused_by_the_name_of_its_field() {
    for (json, field) in [
        (r#"{"kind":"email","min_digits":1,"max_digits":2}"#, "kind"),
        (
            r#"{"kind":"order_number","prefix":"--","min_digits":1,"max_digits":2}"#,
            "prefix",
        ),
        (
            r#"{"kind":"order_number","min_digits":0,"max_digits":2}"#,
            "min_digits",
        ),
        (
            r#"{"kind":"order_number","min_digits":3,"max_digits":2}"#,
            "min_digits",
        ),
        (
            r#"{"kind":"order_number","min_digits":3,"max_digits":99}"#,
            "max_digits",
        ),
        (r#"{"kind":"order_number","min_digits":3}"#, "max_digits"),
        (
            r#"{"kind":"order_number","min_digits":3,"max_digits":4,"size":1}"#,
            "size",
        ),
        (
            r#"{"kind":"order_number","min_digits":3,"max_digits":4,"check":"none of them"}"#,
            "none of them",
        ),
    ] {
        let error = serde_json::from_str::<Pattern>(json)
            .unwrap_err()
            .to_string();
        assert!(error.contains(field), "{json}: {error}");
    }
    let pattern = Pattern::order_number("T", 6..=8)
        .unwrap()
        .checked_by(Check::Mod11);
    let stored = serde_json::to_string(&pattern).unwrap();
    assert_eq!(serde_json::from_str::<Pattern>(&stored).unwrap(), pattern);
}

#[test]
fn nothing_personal_is_shown() {
    let said =
        extractor(Region::Finland).read("Matti Virtanen, matti@example.fi, t. Matti 10036889");
    let shown = format!("{said:?}").to_lowercase();
    assert!(
        !said.names.is_empty() && !shown.contains("matti") && !shown.contains("10036889"),
        "{shown}"
    );
}

#[test]
fn a_hostile_text_takes_no_longer_than_its_length() {
    let extractor = extractor(Region::Finland);
    for text in [
        "0 ",
        "@",
        "a@b.",
        "a at b dot ",
        "FI21 ",
        "-A ",
        "t. A ",
        "my mother's ",
        "From: a\n",
        "\u{fdfa}",
        "asiakasnumero nro ",
    ] {
        let small = text.repeat(30_000);
        let said = extractor.read(&small);
        assert!(said.contacts.len() <= 32 && said.names.len() <= 8);
        // Nothing behind the first 64 kB is read.
        let late = format!("{}\nmatti@example.fi", "x ".repeat(40_000));
        assert!(extractor.read(&late).contacts.is_empty());
    }
}

/// A number in any of the spellings that people use.
fn spelled(digits: &str) -> impl Strategy<Value = String> + use<> {
    let digits = digits.to_owned();
    let sign = prop::sample::select(vec!["", " ", "-", ".", "\u{a0}", "\u{2011}", "/"]);
    prop::collection::vec((2_usize..=4, sign), 8).prop_map(move |groups| {
        let mut text = String::new();
        let mut rest = &*digits;
        for (size, sign) in groups {
            // No group of one digit is left over.
            let size = if rest.len() < size + 2 {
                rest.len()
            } else {
                size
            };
            text.push_str(&rest[..size]);
            rest = &rest[size..];
            if rest.is_empty() {
                break;
            }
            text.push_str(sign);
        }
        text + rest
    })
}

/// Six digits, a dash and four: a Finnish personal identity code where its check character fits by chance.
fn has_the_form_of_a_personal_code(word: &str) -> bool {
    word.len() == 11 && word.find('-') == Some(6)
}

proptest! {
    #[test]
    fn any_text_can_be_read(text in "\\PC{0,120}", mix in "[aA0+@. ä(\\->\n#T]{0,80}") {
        for region in [Region::Finland, Region::Norway, Region::UnitedStates] {
            let _ = extractor(region).read(&text);
            let _ = extractor(region).read(&mix);
        }
    }

    #[test]
    fn a_phone_number_is_found_in_any_spelling(
        (number, text) in (0_u32..10_000_000).prop_flat_map(|n| {
            let national = format!("40{n:07}");
            let forms = prop_oneof![Just("0"), Just("+358 "), Just("00358 "), Just("+358 (0)")];
            (Just(format!("+358{national}")), forms, spelled(&national))
                .prop_map(|(number, form, rest)| (number, format!("soita {form}{rest}, kiitos")))
        }),
    ) {
        // What reads as a date is one: `0401 01/06/14`. What reads as a personal identity code, `040179-6026`,
        // is none of ours.
        prop_assume!(text.matches(['/', '.', '-', '\u{2011}']).count() < 2);
        prop_assume!(!text.split([' ', ',']).any(has_the_form_of_a_personal_code));
        let said = extractor(Region::Finland).read(&text);
        prop_assert_eq!(said.contacts, vec![(ContactKind::Phone, number)], "{}", text);
    }

    #[test]
    fn our_numbers_are_found_in_any_spelling(
        (number, text) in (0_u32..1_000_000).prop_flat_map(|n| {
            let digits = format!("{n:06}");
            let forms = prop_oneof![Just("T"), Just("t"), Just("#T"), Just("T-"), Just("no: T "), Just("tilaus T")];
            (Just(format!("t{digits}")), forms, spelled(&digits))
                .prop_map(|(number, form, rest)| (number, format!("{form}{rest} puuttuu")))
        }),
    ) {
        let said = extractor(Region::Finland).read(&text);
        prop_assert_eq!(said.contacts, vec![(ContactKind::OrderNumber, number)], "{}", text);
    }

    #[test]
    fn an_e_mail_is_found_in_any_spelling(
        local in "[a-z]{4,8}[._][a-z]{4,8}", domain in "[a-z]{3,8}\\.(fi|com|se)",
        at in prop::sample::select(vec!["@", "(at)", " [at] ", " (ät) ", " miukumauku ", " @ ", " at "]),
        capitals in any::<bool>(),
    ) {
        let written = format!("{local}{at}{domain}");
        let written = if capitals { written.to_uppercase() } else { written };
        let said = extractor(Region::Finland).read(&format!("Osoite: {written}."));
        let expected = vec![(ContactKind::Email, format!("{local}@{domain}"))];
        prop_assert_eq!(said.contacts, expected, "{}", written);
    }

    #[test]
    fn without_digits_or_an_at_there_is_no_detail(text in "[a-zA-ZäöÅа-я .,:;!()\n-]{0,120}") {
        let said = extractor(Region::Finland).read(&text);
        let disguised = said.contacts.iter().all(|(kind, _)| *kind == ContactKind::Email);
        prop_assert!(disguised);
        let words = text.to_lowercase();
        let alone = words.split(|c: char| !c.is_alphabetic()).any(|word| ["a", "ä", "å"].contains(&word));
        if !alone && !["at", "ät", "et", "miu", "mau", "соба", "arroba", "snabel"].iter().any(|at| words.contains(at)) {
            prop_assert!(said.contacts.is_empty());
        }
    }

    #[test]
    fn identity_codes_are_never_read(
        day in 1_u32..=31, month in 1_u32..=12, year in 0_u32..=99, serial in 2_u32..=899,
        sign in prop::sample::select(vec!['-', '+', 'A', 'B', 'Y', 'a']),
    ) {
        let digits = format!("{day:02}{month:02}{year:02}{serial:03}");
        let rest = digits.parse::<usize>().unwrap() % 31;
        let check = char::from(b"0123456789ABCDEFHJKLMNPRSTUVWXY"[rest]);
        let code = format!("{day:02}{month:02}{year:02}{sign}{serial:03}{check}");
        let any = Pattern::customer_number("", 3..=10).unwrap();
        for text in [code.clone(), format!("hetu {code}."), format!("asiakasnumero {code}")] {
            let said = Extractor::new(Region::Finland, std::slice::from_ref(&any)).read(&text);
            prop_assert!(said.contacts.is_empty(), "{}", text);
        }
    }
}
