//! What somebody may try who wants to be taken for a customer, or whom words and records contradict.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use aspa_crm::Customer;
use aspa_crm_csv::{CsvSource, Mapping};
use aspa_identity::{
    Contact, ContactKind, DecidedBy, Decision, Evidence, EvidenceKind, LinkProof, Linker, Profile,
    Settings, Speaker, Verdict, VerifiedLink,
};
use aspa_types::{AgentId, CustomerId, HandleKey, Network, SystemId};
use chrono::{DateTime, Utc};

const CUSTOMERS: &str = "\
id,kind,first_name,last_name,emails,phones,customer_no,city,website,handles
1,person,Väinö,Mäkelä,vaino@example.fi,,10000001,Oulu,https://pages.example/vaino,mastodon:@vainom
2,person,Aino,Lampela,aino@example.fi,,10000002,Oulu,aino.example,mastodon:@ainom@m.example
3,person,Matti,Virtanen,mv@example.fi,,10000003,Espoo,,
4,person,Matti,Virtanen,matti.v@example.com,,10000004,Kotka,,
5,person,Liisa,Salo,liisa.salo77@example.com,,10000005,Turku,,
6,person,Kerttu,Ruokolahti,kerttu@example.fi,050 7654321,10000006,Kajaani,,
16,person,Kerttu,Ruokolahti,kerttu@example.fi,,,Kajaani,,
7,person,Urpo,Lahtinen,koti@example.fi,050 1112223,10000007,Kemi,,
8,person,Maire,Lahtinen,koti@example.fi,050 1112223,10000008,Kemi,,
";

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

fn customers(csv: &str) -> Vec<Customer> {
    let mapping = Mapping::usual(SystemId::new("crm").unwrap());
    let source = CsvSource::csv(mapping, csv.as_bytes(), at(0)).unwrap();
    assert!(source.malformed().is_empty());
    source.customers().cloned().collect()
}

fn linker() -> Linker {
    let linker = Linker::new(Settings::default());
    for customer in customers(CUSTOMERS) {
        linker.put(&customer);
    }
    linker
}

fn id(text: &str) -> CustomerId {
    CustomerId::new(SystemId::new("crm").unwrap(), text).unwrap()
}

fn seen(user_name: &str, display_name: &str) -> EvidenceKind {
    EvidenceKind::ProfileSeen(Profile::named(user_name, display_name))
}

fn verified(display_name: &str, url: &str) -> [EvidenceKind; 2] {
    let link = VerifiedLink::new(url, LinkProof::RelMe);
    [seen("zzz", display_name), EvidenceKind::LinkVerified(link)]
}

fn told(kind: ContactKind, value: &str) -> EvidenceKind {
    EvidenceKind::ContactRevealed(Contact::private(kind, value))
}

fn same(customer: &str) -> EvidenceKind {
    let by = AgentId::new("anna").unwrap();
    let customer = id(customer);
    EvidenceKind::AgentSaidSame { customer, by }
}

fn not_same(customer: &str) -> EvidenceKind {
    let by = AgentId::new("anna").unwrap();
    let customer = id(customer);
    EvidenceKind::AgentSaidNotSame { customer, by }
}

fn host(customer: &str) -> EvidenceKind {
    let customer = id(customer);
    EvidenceKind::HostAsserted { customer }
}

/// One thing a second.
fn decide(handle: &HandleKey, kinds: &[EvidenceKind]) -> Decision {
    let evidence: Vec<Evidence> = (0..)
        .zip(kinds)
        .map(|(i, kind)| Evidence::new(at(i), format!("m{i}"), kind.clone()))
        .collect();
    linker().decide(handle, &evidence)
}

fn verdict(decision: &Decision) -> String {
    match &decision.verdict {
        Verdict::Link { customer } => format!("link {}", customer.id),
        Verdict::Review { candidates } => candidates
            .iter()
            .fold("review".to_owned(), |text, id| format!("{text} {}", id.id)),
        Verdict::None => "none".to_owned(),
        other => panic!("{other:?}"),
    }
}

fn check(handle: &HandleKey, cases: &[(&str, Vec<EvidenceKind>, &str)]) {
    for (case, kinds, expected) in cases {
        let decision = decide(handle, kinds);
        let verdict = verdict(&decision);
        let is_as_expected = match *expected {
            "no link" => !verdict.starts_with("link"),
            expected => verdict == expected,
        };
        assert!(is_as_expected, "{case}: {verdict}\n{}", decision.explain());
    }
}

fn x() -> HandleKey {
    HandleKey::new(Network::X, None, "4711").unwrap()
}

#[test]
fn a_page_of_ones_own_is_no_proof_of_another_page() {
    check(
        &x(),
        &[
            (
                "the page of the record",
                verified("🍀", "https://pages.example/Vaino/").to_vec(),
                "link 1",
            ),
            (
                "a page below it",
                verified("🍀", "https://pages.example/vaino/me?x").to_vec(),
                "link 1",
            ),
            (
                "another page of the host",
                verified("🍀", "https://pages.example/evil").to_vec(),
                "none",
            ),
            (
                "another page and the name",
                verified("Väinö Mäkelä", "https://pages.example/evil").to_vec(),
                "no link",
            ),
            (
                "a page of the record's own host",
                verified("🍀", "https://aino.example/me").to_vec(),
                "link 2",
            ),
            (
                "the host as the name to log in with",
                verified("🍀", "https://aino.example:x@evil.example/").to_vec(),
                "none",
            ),
        ],
    );
}

#[test]
fn a_user_name_of_another_server_is_another_user_name() {
    let on = |server| HandleKey::new(Network::MASTODON, Some(server), "99").unwrap();
    let named = |name: &str| vec![seen(name, "🍀")];
    check(
        &on("m.example"),
        &[("the server of the record", named("ainom"), "link 2")],
    );
    check(
        &on("evil.example"),
        &[
            ("another server", named("ainom"), "no link"),
            ("the record tells no server", named("vainom"), "no link"),
        ],
    );
}

#[test]
fn whoever_tries_details_out_is_not_believed() {
    let numbers = |wrong: u32| {
        let mut kinds = vec![seen("zzz", "Kerttu")];
        let wrong = (0..wrong).map(|i| (20_000_000 + i).to_string());
        let all = std::iter::once("10000006".to_owned()).chain(wrong);
        kinds.extend(all.map(|number| told(ContactKind::CustomerNumber, &number)));
        kinds
    };
    let emails = (0..20).map(|i| told(ContactKind::Email, &format!("kerttu{i}@example.fi")));
    let mut emails: Vec<EvidenceKind> = emails.collect();
    emails.push(told(ContactKind::Email, "kerttu@example.fi"));
    emails.push(seen("zzz", "Kerttu Ruokolahti"));
    check(
        &x(),
        &[
            ("a number", numbers(0), "link 6"),
            ("and a slip", numbers(1), "link 6"),
            ("many numbers", numbers(4), "no link"),
            ("many addresses", emails, "no link"),
        ],
    );
}

#[test]
fn one_clue_is_not_two() {
    let household = vec![
        seen("zzz", "🍀"),
        told(ContactKind::Email, "koti@example.fi"),
        told(ContactKind::Phone, "050 1112223"),
    ];
    let mut with_name = household.clone();
    with_name[0] = seen("zzz", "Urpo Lahtinen");
    check(
        &x(),
        &[
            (
                "a user name that spells name and address",
                vec![seen("liisasalo77", "🍀")],
                "no link",
            ),
            ("what a household shares", household, "no link"),
            ("and whose it is", with_name, "link 7"),
        ],
    );
}

#[test]
fn words_that_contradict_each_other_are_judged_by_a_person_who_has_the_last_one() {
    check(
        &x(),
        &[
            (
                "an agent, then the host",
                vec![same("3"), host("4")],
                "review 3 4",
            ),
            (
                "the host, then an agent",
                vec![host("4"), same("3")],
                "link 3",
            ),
            (
                "an agent once more",
                vec![same("3"), host("4"), same("3")],
                "link 3",
            ),
            (
                "an agent, then another",
                vec![same("3"), same("4")],
                "link 4",
            ),
            ("two logins", vec![host("3"), host("4")], "review 3 4"),
            (
                "the host against an address and a name",
                vec![
                    host("1"),
                    seen("ainom", "Aino Lampela"),
                    told(ContactKind::Email, "aino@example.fi"),
                ],
                "review 2 1",
            ),
            (
                "a record ruled out, then its double named",
                vec![not_same("6"), same("16")],
                "link 16",
            ),
            (
                "a double named, then a record ruled out",
                vec![same("16"), not_same("6")],
                "none",
            ),
            (
                "a record ruled out, then its double logged in",
                vec![not_same("6"), host("16")],
                "none",
            ),
        ],
    );
}

#[test]
fn the_record_that_was_named_is_the_one_that_is_linked() {
    let known = [
        seen("zzz", "Kerttu Ruokolahti"),
        told(ContactKind::Email, "kerttu@example.fi"),
        told(ContactKind::Phone, "050 7654321"),
    ];
    for named in ["6", "16"] {
        let mut kinds = known.to_vec();
        kinds.push(same(named));
        let decision = decide(&x(), &kinds);
        assert_eq!(verdict(&decision), format!("link {named}"));
        assert!(matches!(decision.decided_by, DecidedBy::Agent(_)));
    }
}

#[test]
fn a_speaker_that_is_not_known_speaks_for_somebody_else() {
    let other = Speaker::Other("guardian".into());
    let contact = Contact::private(ContactKind::Email, "aino@example.fi").of(other);
    let kinds = [EvidenceKind::ContactRevealed(contact)];
    assert_eq!(verdict(&decide(&x(), &kinds)), "none");
}

#[test]
fn what_nobody_bears_any_more_is_forgotten() {
    let many = "Yksi Kaksi Kolme Neljä|Viisi Kuusi Seitsemän Kahdeksan|Yhdeksän Kymmenen Toista Sata|\
        Tuhat Miljoona Miljardi Biljoona|Aate Aatto Aatu Ahti|Aki Aku Ale Ali|Anton Ari Arvo Asko";
    let csv = format!("id,first_name,last_name\n1,{many},Virta\n");
    let all = customers(&csv);
    let empty = || Linker::with_key(Settings::default(), [7; 16]);
    let saved = |linker: &Linker| {
        let mut bytes = Vec::new();
        linker.save(&mut bytes).unwrap();
        bytes
    };
    let linker = empty();
    for customer in &all {
        linker.put(customer);
        linker.remove(&customer.id);
    }
    let stream = saved(&linker);
    for name in ["biljoona", "aatto", "arvo", "asko", "virta"] {
        let is_in = stream
            .windows(name.len())
            .any(|part| part == name.as_bytes());
        assert!(!is_in, "{name}");
    }
}

#[test]
fn evidence_of_a_kind_not_known_is_not_shown() {
    let kind: EvidenceKind =
        serde_json::from_str(r#"{"type": "passport_seen", "number": "FP1234567"}"#).unwrap();
    let piece = Evidence::new(at(0), "m", kind);
    assert!(!format!("{piece:?}").contains("FP1234567"));
}
