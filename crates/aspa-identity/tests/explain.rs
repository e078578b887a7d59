//! Why a decision came out as it did, told to agents, data officers and the person.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use aspa_crm_csv::{CsvSource, Mapping};
use aspa_identity::explain::{Explanation, Role, Waterfall};
use aspa_identity::{
    Contact, ContactKind, Decision, Evidence, EvidenceKind, Language, Linker, Model, Profile,
    Settings, Speaker, Verdict,
};
use aspa_types::{AgentId, CustomerId, HandleKey, Network, SystemId};
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::json;

/// Two share a phone, two are namesakes, 5 and 6 are one person, 4 has two phones.
const CUSTOMERS: &str = "\
id,kind,first_name,last_name,company,emails,phones,customer_no,orders,city,website,handles
1,person,Väinö,Mäkelä,Kone Korhonen Oy,vaino@example.fi|info@kk.example,040 1234567,10000001,T500001,Oulu,vaino.example,x:@vainom
2,person,Aino,Mäkelä,,aino@example.fi,040 1234567,10000002,,Oulu,,
3,person,Matti,Virtanen,,mv@example.fi,,10000003,T500003,Espoo,,
4,person,Matti,Virtanen,,matti.v@example.com,050 1111111|040 1234567,10000004,,Kotka,,
5,person,Liisa,Salo,,liisa@example.fi,,10000005,,Turku,,
6,person,Liisa,Salo,,liisa@example.fi,050 7654321,10000006,,,,
7,company,,,Kone Korhonen Oy,info@kk.example,,10000007,,Oulu,https://www.kk.example,
8,person,Pekka,Korpi,Kone Korhonen Oy,info@kk.example,,10000008,,Oulu,,
9,person,Sanna,Laine,Kone Korhonen Oy,info@kk.example,,10000009,,Oulu,,
";

/// What the record holds of a kind.
fn details(customer: &CustomerId, kind: &ContactKind) -> Vec<String> {
    let column = match kind {
        ContactKind::Email => 5,
        ContactKind::Phone => 6,
        ContactKind::CustomerNumber => 7,
        ContactKind::OrderNumber => 8,
        other => panic!("{other}"),
    };
    let mut rows = CUSTOMERS
        .lines()
        .map(|line| line.split(',').collect::<Vec<_>>());
    let row = rows.find(|row| row[0] == &*customer.id).unwrap();
    let values = row[column].split('|').filter(|value| !value.is_empty());
    values.map(str::to_owned).collect()
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

fn linker(model: Model) -> Linker {
    let mapping = Mapping::usual(SystemId::new("crm").unwrap());
    let source = CsvSource::csv(mapping, CUSTOMERS.as_bytes(), at(0)).unwrap();
    let linker = Linker::with_key(Settings::default(), [7; 16]).model(model);
    for customer in source.customers() {
        assert!(linker.put(customer));
    }
    linker
}

/// Rates whose probabilities labels have corrected.
fn calibrated() -> Model {
    let mut model = serde_json::to_value(Model::default()).unwrap();
    model["calibration"] = json!({
        "ln_p": 0.8, "minus_ln_not_p": 0.7, "always": -0.3, "contact_hard": 0.9, "has_told": -0.4,
        "no_hard_and_name_only": -1.0, "two_or_three_fit": -0.5
    });
    serde_json::from_value(model).unwrap()
}

fn id(text: &str) -> CustomerId {
    CustomerId::new(SystemId::new("crm").unwrap(), text).unwrap()
}

fn handle() -> HandleKey {
    HandleKey::new(Network::X, None, "4711").unwrap()
}

fn seen(user_name: &str, display_name: &str) -> EvidenceKind {
    EvidenceKind::ProfileSeen(Profile::named(user_name, display_name))
}

fn told(kind: ContactKind, value: &str) -> EvidenceKind {
    EvidenceKind::ContactRevealed(Contact::private(kind, value))
}

fn same(customer: &str) -> EvidenceKind {
    EvidenceKind::AgentSaidSame {
        customer: id(customer),
        by: AgentId::new("anna").unwrap(),
    }
}

fn not_same(customer: &str) -> EvidenceKind {
    EvidenceKind::AgentSaidNotSame {
        customer: id(customer),
        by: AgentId::new("anna").unwrap(),
    }
}

/// One thing a second, from messages `m0`, `m1` and so on.
fn decide(kinds: &[EvidenceKind]) -> Decision {
    let evidence: Vec<Evidence> = (0..)
        .zip(kinds)
        .map(|(i, kind)| Evidence::new(at(i), format!("m{i}"), kind.clone()))
        .collect();
    linker(Model::default()).decide(&handle(), &evidence)
}

fn explain(kinds: &[EvidenceKind], role: Role, language: &Language) -> Explanation {
    Explanation::of(&decide(kinds), role, language)
}

/// A decision of fixed figures, so that texts can be pinned whatever the weights are.
fn decision() -> Decision {
    serde_json::from_value(json!({
        "verdict": {"verdict": "review", "candidates": [{"system": "crm", "id": "1"}, {"system": "crm", "id": "2"}]},
        "decided_by": {"by": "rule"},
        "candidates": [
            {
                "customer": {"system": "crm", "id": "1"}, "same_person": [{"system": "crm", "id": "6"}], "probability": 0.75, "score": 1.5,
                "reasons": [
                    {"comparison": "prior", "level": "one customer among all", "weight": -10.25},
                    {"comparison": "name", "level": "the same whole name", "weight": 12.5,
                     "value": "V… M…", "share": 3.12e-6, "from": "m1"},
                    {"comparison": "place", "level": "another city", "weight": -1.25, "from": "m1"},
                    {"comparison": "aura", "level": "the same aura", "weight": 0.5}
                ]
            },
            {
                "customer": {"system": "crm", "id": "2"}, "probability": 0.125, "score": -2.75,
                "reasons": [{"comparison": "prior", "level": "one customer among all", "weight": -2.75}]
            },
            {
                "customer": {"system": "crm", "id": "3"}, "probability": 0.0625, "score": -4.0,
                "reasons": [{"comparison": "prior", "level": "one customer among all", "weight": -4.0}]
            }
        ],
        "refused": [{"system": "crm", "id": "9"}],
        "next_step": "another_contact",
        "what_if": [
            {"detail": "order_number", "probability": 0.9921, "links": true},
            {"detail": "phone", "probability": 0.81}
        ]
    }))
    .unwrap()
}

#[test]
fn a_text_for_agents() {
    assert_eq!(
        decision().explain(),
        "\
Candidates to review: 2
An agent said that it is not crm:9
crm:1: 75.0 %, score +1.5 (each point doubles the odds)
  starts at
     -10.2  one customer among all, before anything is known
  speaks for it
     +12.5  the same whole name (V… M…), shared by about 3 in a million
      +0.5  the same aura
  speaks against it
      -1.2  another city
  stands also as crm:6
crm:2: 12.5 %, score -2.8
  starts at
      -2.8  one customer among all, before anything is known
crm:3: 6.2 %, score -4.0
  starts at
      -4.0  one customer among all, before anything is known
Nobody of these: 6.2 %
One more detail, told in private, would raise the probability to
  order number: 99.2 %, enough to link
  phone: 81.0 %
Next: ask in private for one more detail, which tells the candidates apart"
    );
}

#[test]
fn a_text_for_data_officers_in_finnish() {
    let text = Explanation::of(&decision(), Role::DataOfficer, &Language::Fi).to_string();
    assert_eq!(
        text,
        "\
Ehdokkaita tarkistettavana: 2
Asiakaspalvelija sanoi, että se ei ole crm:9
crm:1: 75,0 %, pisteet +1,5 (jokainen piste kaksinkertaistaa vedonlyöntisuhteen)
  lähtökohta
     -10,2  yksi asiakas kaikista, ennen kuin mitään tiedetään
  puoltaa
     +12,5  sama koko nimi (V… M…), yhteinen noin 3 ihmiselle miljoonasta, lähde m1
      +0,5  the same aura
  puhuu vastaan
      -1,2  eri kaupunki, lähde m1
  myös tietueena crm:6
crm:2: 12,5 %, pisteet -2,8
  lähtökohta
      -2,8  yksi asiakas kaikista, ennen kuin mitään tiedetään
crm:3: 6,2 %, pisteet -4,0
  lähtökohta
      -4,0  yksi asiakas kaikista, ennen kuin mitään tiedetään
Ei kukaan näistä: 6,2 %
Yksi tieto lisää, yksityisesti kerrottuna, nostaisi todennäköisyyden
  tilausnumero: 99,2 %, riittää linkkiin
  puhelin: 81,0 %
Seuraavaksi: kysy yksityisesti yhtä tietoa lisää, joka erottaa ehdokkaat"
    );
}

#[test]
fn the_shape_of_the_json() {
    let explanation = Explanation::of(&decision(), Role::DataOfficer, &Language::De);
    assert_eq!(
        serde_json::to_value(explanation).unwrap(),
        json!({
            "version": 1, "role": "data_officer", "language": "en",
            "outcome": "review", "summary": "Candidates to review: 2",
            "decided_by": {"by": "rule"},
            "candidates": [
                {
                    "customer": {"system": "crm", "id": "1"},
                    "same_person": [{"system": "crm", "id": "6"}],
                    "probability": 0.75, "score": 1.5,
                    "parts": [
                        {"comparison": "prior", "level": "one customer among all", "weight": -10.25,
                         "text": "one customer among all, before anything is known"},
                        {"comparison": "name", "level": "the same whole name", "weight": 12.5,
                         "text": "the same whole name (V… M…), shared by about 3 in a million, from m1",
                         "value": "V… M…", "share": 3.12e-6, "from": "m1"},
                        {"comparison": "place", "level": "another city", "weight": -1.25,
                         "text": "another city, from m1", "from": "m1"},
                        {"comparison": "aura", "level": "the same aura", "weight": 0.5,
                         "text": "the same aura"}
                    ]
                },
                {
                    "customer": {"system": "crm", "id": "2"}, "probability": 0.125, "score": -2.75,
                    "parts": [{"comparison": "prior", "level": "one customer among all",
                               "text": "one customer among all, before anything is known",
                               "weight": -2.75}]
                },
                {
                    "customer": {"system": "crm", "id": "3"}, "probability": 0.0625, "score": -4.0,
                    "parts": [{"comparison": "prior", "level": "one customer among all",
                               "text": "one customer among all, before anything is known",
                               "weight": -4.0}]
                }
            ],
            "nobody": 0.0625,
            "refused": [{"system": "crm", "id": "9"}],
            "what_if": [
                {"detail": "order_number", "probability": 0.9921, "links": true,
                 "text": "order number: 99.2 %, enough to link"},
                {"detail": "phone", "probability": 0.81, "links": false, "text": "phone: 81.0 %"}
            ],
            "next_step": {"step": "another_contact",
                          "text": "ask in private for one more detail, which tells the candidates apart"}
        })
    );
}

#[test]
fn the_shape_of_the_waterfall() {
    let waterfall = Waterfall::of(
        &decision().candidates[0],
        &Settings::default(),
        &Language::Sv,
    );
    let mut json = serde_json::to_value(waterfall).unwrap();
    // Whatever the logarithm's last digit is here.
    assert!((json["thresholds"][1]["at"].as_f64().unwrap() - 39_f64.log2()).abs() < 1e-9);
    json["thresholds"][1]["at"] = json!(5.3);
    let ticks = json["ticks"].as_array_mut().unwrap();
    for tick in &mut *ticks {
        let probability = tick["probability"].as_f64().unwrap();
        let at = tick.as_object_mut().unwrap().remove("at").unwrap();
        assert!((at.as_f64().unwrap().exp2() - probability / (1.0 - probability)).abs() < 1e-9);
    }
    assert_eq!(
        json,
        json!({
            "version": 1, "language": "sv", "customer": {"system": "crm", "id": "1"},
            "title": "Varför crm:1: 75,0 %",
            "description": "-10,2 en kund bland alla, innan något är känt; +12,5 samma hela namn; \
                -1,2 en annan ort; +0,5 the same aura; slutar på +1,5, 75,0 %; \
                granskning: +0,0, 50,0 %; koppling: +5,3, 97,5 %.",
            "score": 1.5, "probability": 0.75,
            "bars": [
                {"comparison": "prior", "label": "en kund bland alla, innan något är känt",
                 "from": 0.0, "to": -10.25, "weight": -10.25},
                {"comparison": "name", "label": "samma hela namn", "from": -10.25, "to": 2.25,
                 "weight": 12.5},
                {"comparison": "place", "label": "en annan ort", "from": 2.25, "to": 1.0,
                 "weight": -1.25},
                {"comparison": "aura", "label": "the same aura", "from": 1.0, "to": 1.5, "weight": 0.5}
            ],
            "thresholds": [
                {"label": "granskning", "at": 0.0, "probability": 0.5},
                {"label": "koppling", "at": 5.3, "probability": 0.975}
            ],
            "ticks": [
                {"label": "0,1 %", "probability": 0.001},
                {"label": "1 %", "probability": 0.01},
                {"label": "10 %", "probability": 0.1},
                {"label": "30 %", "probability": 0.3},
                {"label": "50 %", "probability": 0.5},
                {"label": "70 %", "probability": 0.7},
                {"label": "90 %", "probability": 0.9}
            ]
        })
    );
}

#[test]
fn a_customer_learns_what_was_told_and_nothing_of_others() {
    let on_behalf = EvidenceKind::ContactRevealed(
        Contact::private(ContactKind::Email, "vaino@example.fi").of(Speaker::OnBehalf),
    );
    let phone = told(ContactKind::Phone, "040 1234567");
    let undo = "If this is not you, tell us, and we undo it.";
    let known = "We know you by what you told us or show:";
    let nobody = "We have not connected this account with any customer.";
    let name = "The name that this account shows agrees with your customer record (A… M…).";
    let detail = "You told us an e-mail address or phone number that is in your customer record";
    let staff = "Somebody in our customer service recognised you.";
    for (case, kinds, expected) in [
        ("nothing", vec![], vec![nobody.to_owned()]),
        (
            "in review",
            vec![seen("zz", "Matti Virtanen")],
            vec![nobody.to_owned()],
        ),
        (
            "refused",
            vec![phone.clone(), not_same("1"), not_same("2")],
            vec![nobody.to_owned()],
        ),
        (
            "a shared phone and the name",
            vec![phone, seen("zz", "Aino Mäkelä")],
            vec![
                known.to_owned(),
                format!("- {name}"),
                format!("- {detail} (+358…67)."),
                format!("- {undo}"),
            ],
        ),
        (
            "an agent's word",
            vec![same("3")],
            vec![known.to_owned(), format!("- {staff}"), format!("- {undo}")],
        ),
        (
            "somebody else's e-mail and an agent's word",
            vec![on_behalf, same("1")],
            vec![known.to_owned(), format!("- {staff}"), format!("- {undo}")],
        ),
    ] {
        let explanation = explain(&kinds, Role::Customer, &Language::En);
        assert_eq!(explanation.to_string(), expected.join("\n"), "{case}");
        let json = serde_json::to_string(&explanation).unwrap();
        for hidden in [
            "anna",
            "crm:",
            "weight",
            "score",
            "candidates",
            "share",
            "review",
            "refused",
            "m0",
        ] {
            assert!(!json.contains(hidden), "{case}: {hidden}: {json}");
        }
    }
}

#[test]
fn only_data_officers_see_where_a_value_was_read() {
    let kinds = [
        told(ContactKind::Email, "vaino@example.fi"),
        seen("vainom", "Väinö Mäkelä"),
    ];
    let text = |role| explain(&kinds, role, &Language::En).to_string();
    let json = |role| serde_json::to_string(&explain(&kinds, role, &Language::En)).unwrap();
    assert!(text(Role::DataOfficer).contains("(v…@e….fi), from m0"));
    assert!(json(Role::DataOfficer).contains(r#""from":"m0""#));
    for role in [Role::Agent, Role::Customer] {
        assert!(text(role).contains("v…@e….fi"), "{}", text(role));
        assert!(!text(role).contains("m0") && !json(role).contains("m0"));
    }
}

#[test]
fn no_role_sees_a_value_unmasked() {
    let decision = decide(&[
        told(ContactKind::Email, "vaino@example.fi"),
        told(ContactKind::Phone, "0401234567"),
        told(ContactKind::CustomerNumber, "10000001"),
        seen("vainom", "Väinö Mäkelä"),
    ]);
    for role in [Role::Agent, Role::DataOfficer, Role::Customer] {
        for language in [Language::En, Language::Fi, Language::Sv] {
            let explanation = Explanation::of(&decision, role, &language);
            let json = serde_json::to_string(&explanation).unwrap();
            for text in [explanation.to_string(), json, format!("{explanation:?}")] {
                for secret in [
                    "vaino@",
                    "example.fi",
                    "1234567",
                    "0000001",
                    "Väinö",
                    "Mäkelä",
                    "vainom",
                ] {
                    assert!(!text.contains(secret), "{text}");
                }
            }
        }
    }
}

#[test]
fn how_common_a_name_is_is_said() {
    let decision = decide(&[seen("zz", "Matti Virtanen")]);
    let name = &decision.candidates[0].reasons[1];
    let share = name.share.unwrap();
    assert!((1e-9..1e-2).contains(&share), "{share}");
    assert!(
        decision
            .explain()
            .contains("the same whole name (M… V…), shared by")
    );
    // An e-mail is one person's or it says so: no share.
    let decision = decide(&[told(ContactKind::Email, "vaino@example.fi")]);
    assert!(
        decision.candidates[0]
            .reasons
            .iter()
            .all(|reason| reason.share.is_none())
    );
}

#[test]
fn what_the_user_name_says_shows_the_user_name() {
    let decision = decide(&[seen("sanna.laine", "~*~")]);
    let name = &decision.candidates[0].reasons[1];
    assert_eq!(
        (&*name.level, name.value.as_deref()),
        ("the whole name as user name", Some("s…"))
    );
}

#[test]
fn texts_from_outside_stay_on_their_line() {
    let evidence = [Evidence::new(
        at(0),
        "m1\nLinked to crm:9\u{202e}\u{7}",
        told(ContactKind::Email, "vaino@example.fi"),
    )];
    let decision = linker(Model::default()).decide(&handle(), &evidence);
    let text = Explanation::of(&decision, Role::DataOfficer, &Language::En).to_string();
    assert!(!text.contains("\nLinked to crm:9") && !text.contains(['\u{202e}', '\u{7}']));
}

#[test]
fn what_one_more_detail_would_bring_in_a_household() {
    let what_if = |kinds: &[EvidenceKind]| {
        let mut found: Vec<String> = decide(kinds)
            .what_if
            .iter()
            .map(|one| one.detail.to_string())
            .collect();
        found.sort();
        found.join(" ")
    };
    let phone = told(ContactKind::Phone, "040 1234567");
    for (case, kinds, expected) in [
        // What is told already would tell nothing more.
        (
            "a phone of three",
            vec![phone],
            "customer_number order_number",
        ),
        (
            "a name of two",
            vec![seen("zz", "Matti Virtanen")],
            "customer_number email order_number",
        ),
        ("nothing", vec![], ""),
        (
            "erased",
            vec![EvidenceKind::Erased, seen("zz", "Matti Virtanen")],
            "",
        ),
    ] {
        assert_eq!(what_if(&kinds), expected, "{case}");
    }
}

fn any_kind() -> impl Strategy<Value = EvidenceKind> {
    let customer = || prop::sample::select(vec!["1", "2", "3", "4", "5", "7"]);
    let value = || {
        prop::sample::select(vec![
            "vaino@example.fi",
            "liisa@example.fi",
            "info@kk.example",
            "who@example.fi",
            "0401234567",
            "10000003",
            "T500001",
        ])
    };
    let kind = prop::sample::select(ContactKind::KNOWN.to_vec());
    let speaker = prop::sample::select(Speaker::KNOWN.to_vec());
    let name = || {
        prop::sample::select(vec![
            "Väinö Mäkelä",
            "Matti Virtanen",
            "vain0m",
            "Liisa Salo",
            "Liisa",
            "sannalaine",
            "",
        ])
    };
    let place = prop::sample::select(vec!["Oulu", "Espoo", "Kotka", "Rome"]);
    prop_oneof![
        4 => (kind, value(), speaker, any::<bool>()).prop_map(|(kind, value, speaker, public)| {
            let contact = Contact::private(ContactKind::from(kind), value).of(Speaker::from(speaker));
            EvidenceKind::ContactRevealed(if public { contact.in_public() } else { contact })
        }),
        4 => (name(), name(), value(), place).prop_map(|(user, display, bio, place)| {
            let mut profile = Profile::named(user, display);
            profile.bio = Some(bio.to_owned());
            profile.location = Some(place.to_owned());
            EvidenceKind::ProfileSeen(profile)
        }),
        1 => customer().prop_map(not_same),
    ]
}

fn any_evidence() -> impl Strategy<Value = Vec<Evidence>> {
    let piece = (0_i64..3, "[ab]", any_kind())
        .prop_map(|(second, source, kind)| Evidence::new(at(second), source, kind));
    prop::collection::vec(piece, 0..6)
}

fn any_model() -> impl Strategy<Value = Model> {
    prop_oneof![Just(Model::default()), Just(calibrated())]
}

fn linked(decision: &Decision) -> Option<&CustomerId> {
    match &decision.verdict {
        Verdict::Link { customer } => Some(customer),
        _ => None,
    }
}

proptest! {
    #[test]
    fn telling_the_detail_brings_what_was_foretold(evidence in any_evidence(), model in any_model()) {
        let linker = linker(model);
        let decision = linker.decide(&handle(), &evidence);
        for one in &decision.what_if {
            let first = &decision.candidates[0].customer;
            let mut least: Option<(f64, bool)> = None;
            for value in details(first, &one.detail) {
                let mut more = evidence.clone();
                more.push(Evidence::new(at(2), "c", told(one.detail.clone(), &value)));
                let then = linker.decide(&handle(), &more);
                let links = linked(&then).is_some_and(|customer| {
                    customer == first || then.candidates[0].same_person.contains(first)
                });
                let found = then.candidates.iter().find(|candidate| {
                    candidate.customer == *first || candidate.same_person.contains(first)
                });
                let probability = found.map_or(0.0, |candidate| candidate.probability);
                if least.is_none_or(|(lowest, _)| probability < lowest) {
                    least = Some((probability, links));
                }
            }
            let (probability, links) = least.unwrap();
            prop_assert!((probability - one.probability).abs() < 1e-4, "{one:?}: {probability}");
            prop_assert_eq!(links, one.links);
            prop_assert!(one.probability > decision.candidates[0].probability);
        }
    }

    #[test]
    fn parts_and_bars_chain_exactly_to_the_score(evidence in any_evidence(), model in any_model()) {
        let linker = linker(model);
        let decision = linker.decide(&handle(), &evidence);
        let explanation = Explanation::of(&decision, Role::Agent, &Language::En);
        for (candidate, explained) in decision.candidates.iter().zip(&explanation.candidates) {
            let sum: f64 = explained.parts.iter().map(|part| part.weight).sum();
            prop_assert_eq!(sum.to_bits(), candidate.score.to_bits());
            let waterfall = Waterfall::of(candidate, linker.settings(), &Language::En);
            let mut at = 0.0_f64;
            for bar in &waterfall.bars {
                prop_assert_eq!(bar.from.to_bits(), at.to_bits());
                prop_assert_eq!((bar.from + bar.weight).to_bits(), bar.to.to_bits());
                at = bar.to;
            }
            prop_assert_eq!(at.to_bits(), candidate.score.to_bits());
            prop_assert_eq!(waterfall.score.to_bits(), candidate.score.to_bits());
            prop_assert_eq!(waterfall.bars.len(), candidate.reasons.len());
            prop_assert!(waterfall.ticks.is_sorted_by(|a, b| a.at < b.at));
            prop_assert!(waterfall.ticks.iter().any(|tick| tick.at == 0.0));
        }
    }

    #[test]
    fn a_customer_never_sees_another(evidence in any_evidence()) {
        let decision = linker(Model::default()).decide(&handle(), &evidence);
        let explanation = Explanation::of(&decision, Role::Customer, &Language::En);
        let json = serde_json::to_string(&explanation).unwrap();
        prop_assert!(!json.contains("crm:") && !json.contains("anna"), "{}", json);
    }
}
