//! Asking who somebody is, from the public offer to what may be told then.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use aspa_crm::Customer;
use aspa_crm_csv::{CsvSource, Mapping};
use aspa_identity::extract::Pattern;
use aspa_identity::{
    Action, Audience, Contact, ContactKind, ContactRequest, DecidedBy, Decision, Disclosure,
    DisclosurePolicy, Evidence, EvidenceKind, Language, Leak, Link, LinkState, Linker, PrivateSlot,
    Proof, PublicText, Purpose, RefusedWhy, RequestBroken, RequestCommand, RequestEvent,
    RequestPolicy, RequestStatus, Settings, Speaker, Verdict, private_question, told_text,
};
use aspa_types::{AgentId, CustomerId, HandleKey, Network, SystemId};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::json;

const DAY: i64 = 86_400;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

fn day(n: i64) -> DateTime<Utc> {
    at(n * DAY)
}

fn id(text: &str) -> CustomerId {
    CustomerId::new(SystemId::new("crm").unwrap(), text).unwrap()
}

fn handle() -> HandleKey {
    HandleKey::new(Network::X, None, "4711").unwrap()
}

fn agent() -> DecidedBy {
    DecidedBy::Agent(AgentId::new("anna").unwrap())
}

fn decision(verdict: &serde_json::Value) -> Decision {
    let decision = json!({"verdict": verdict, "decided_by": {"by": "rule"}, "candidates": []});
    serde_json::from_value(decision).unwrap()
}

fn link() -> RequestCommand {
    let decision = decision(&json!({"verdict": "link", "customer": {"system": "crm", "id": "1"}}));
    RequestCommand::Propose { decision }
}

fn review() -> RequestCommand {
    let one = json!({"system": "crm", "id": "1"});
    let decision = decision(&json!({"verdict": "review", "candidates": [one]}));
    RequestCommand::Propose { decision }
}

fn nobody() -> RequestCommand {
    let decision = decision(&json!({"verdict": "none"}));
    RequestCommand::Propose { decision }
}

fn open(slot: PrivateSlot) -> RequestCommand {
    RequestCommand::Open { slot }
}

fn ask() -> RequestCommand {
    RequestCommand::Ask {
        kinds: vec![ContactKind::CustomerNumber, ContactKind::Email],
        consent: "To recognise you.".to_owned(),
    }
}

fn email() -> Contact {
    Contact::private(ContactKind::Email, "vaino@example.fi")
}

fn answer() -> RequestCommand {
    answer_with(vec![email()], true)
}

fn answer_with(contacts: Vec<Contact>, consented: bool) -> RequestCommand {
    let source = "m-1".to_owned();
    let told = revealed(contacts);
    RequestCommand::Answer {
        source,
        told,
        consented,
    }
}

fn revealed(contacts: Vec<Contact>) -> Vec<EvidenceKind> {
    let contacts = contacts.into_iter();
    contacts.map(EvidenceKind::ContactRevealed).collect()
}

fn confirm(by: DecidedBy) -> RequestCommand {
    RequestCommand::Confirm { by }
}

fn start(
    previous: Option<&ContactRequest>,
    now: DateTime<Utc>,
) -> Result<RequestEvent, RequestBroken> {
    let policy = RequestPolicy::default();
    ContactRequest::offer("r1", handle(), Language::Fi, previous, &policy, now)
}

/// Where commands lead, a second apart from second 1 on; or the first that is refused.
fn run(commands: &[RequestCommand]) -> Result<ContactRequest, RequestBroken> {
    let policy = RequestPolicy::default();
    let mut request = ContactRequest::of([&start(None, at(0)).unwrap()]).unwrap();
    for (second, command) in (1..).zip(commands) {
        for event in request.decide(command, &policy, at(second))? {
            request.apply(&event);
        }
    }
    Ok(request)
}

fn status(commands: &[RequestCommand]) -> String {
    match run(commands) {
        Ok(request) => request.status.to_string(),
        Err(broken) => format!("! {broken}"),
    }
}

#[test]
fn a_request_goes_step_by_step() {
    let direct = || open(PrivateSlot::Direct);
    let one = || open(PrivateSlot::OneReply { until: day(3) });
    let declined = || RequestCommand::Refuse {
        why: RefusedWhy::Declined,
    };
    let rule = || confirm(DecidedBy::Rule);
    let withdraw = || RequestCommand::Withdraw;
    let cases: Vec<(&str, Vec<RequestCommand>, &str)> = vec![
        ("offered", vec![], "offered"),
        ("opened", vec![direct()], "opened"),
        (
            "all the way",
            vec![direct(), ask(), answer(), link(), rule()],
            "confirmed",
        ),
        (
            "by one private reply",
            vec![one(), ask(), answer(), link(), rule()],
            "confirmed",
        ),
        ("there is no way", vec![open(PrivateSlot::None)], "offered"),
        (
            "and we cannot ask",
            vec![open(PrivateSlot::None), ask()],
            "! there is no way to write in private",
        ),
        (
            "until the person writes",
            vec![open(PrivateSlot::None), direct(), ask()],
            "asked",
        ),
        (
            "one reply is one",
            vec![one(), ask(), ask()],
            "! there is no way to write in private",
        ),
        (
            "a slot of yesterday",
            vec![open(PrivateSlot::OneReply { until: at(1) })],
            "! there is no way to write in private",
        ),
        (
            "asked before it is open",
            vec![ask()],
            "! there is no way to write in private",
        ),
        (
            "asked for nothing",
            vec![
                direct(),
                RequestCommand::Ask {
                    kinds: vec![],
                    consent: "x".into(),
                },
            ],
            "! nothing is asked for",
        ),
        (
            "asked without saying why",
            vec![
                direct(),
                RequestCommand::Ask {
                    kinds: vec![ContactKind::Email],
                    consent: " ".into(),
                },
            ],
            "! there is no consent",
        ),
        (
            "answered before asked",
            vec![direct(), answer()],
            "! not while the request is opened",
        ),
        (
            "answered without consent",
            vec![direct(), ask(), answer_with(vec![email()], false)],
            "! there is no consent",
        ),
        (
            "answered with nothing",
            vec![direct(), ask(), answer_with(vec![], true)],
            "! the answer tells nothing",
        ),
        (
            "answered in public",
            vec![
                direct(),
                ask(),
                answer_with(vec![email().in_public()], true),
            ],
            "! the answer is not private",
        ),
        (
            "a wrong answer",
            vec![direct(), ask(), answer(), nobody()],
            "asked",
        ),
        (
            "two wrong, then right",
            vec![
                direct(),
                ask(),
                answer(),
                nobody(),
                answer(),
                nobody(),
                answer(),
                link(),
            ],
            "proposed",
        ),
        (
            "three wrong",
            vec![
                direct(),
                ask(),
                answer(),
                nobody(),
                answer(),
                nobody(),
                answer(),
                nobody(),
            ],
            "refused",
        ),
        (
            "a review needs an agent",
            vec![direct(), ask(), answer(), review(), rule()],
            "! an agent has to confirm it",
        ),
        (
            "who confirms",
            vec![direct(), ask(), answer(), review(), confirm(agent())],
            "confirmed",
        ),
        (
            "proposed too early",
            vec![direct(), ask(), link()],
            "! not while the request is asked",
        ),
        (
            "confirmed too early",
            vec![direct(), ask(), answer(), rule()],
            "! not while the request is answered",
        ),
        ("declined", vec![direct(), ask(), declined()], "refused"),
        (
            "over is over",
            vec![declined(), direct()],
            "! not while the request is refused",
        ),
        (
            "consent withdrawn at the end",
            vec![direct(), ask(), answer(), link(), rule(), withdraw()],
            "withdrawn",
        ),
        (
            "and after a refusal",
            vec![direct(), ask(), answer(), declined(), withdraw()],
            "withdrawn",
        ),
        (
            "twice",
            vec![direct(), ask(), answer(), withdraw(), withdraw()],
            "! there is no consent to withdraw",
        ),
        (
            "nothing to withdraw",
            vec![direct(), ask(), withdraw()],
            "! there is no consent to withdraw",
        ),
        (
            "not yet expired",
            vec![RequestCommand::Expire],
            "! the request waits until 1970-01-08 00:00:00 UTC",
        ),
        (
            "nothing left to expire",
            vec![declined(), RequestCommand::Expire],
            "refused",
        ),
    ];
    for (what, commands, expected) in cases {
        assert_eq!(status(&commands), expected, "{what}");
    }
}

#[test]
fn what_is_not_used_expires() {
    let policy = RequestPolicy::default();
    let cases: [(&str, Vec<RequestCommand>, DateTime<Utc>); 5] = [
        ("an offer", vec![], day(7)),
        (
            "an open conversation",
            vec![open(PrivateSlot::Direct)],
            day(7) + TimeDelta::seconds(1),
        ),
        (
            "a slot",
            vec![open(PrivateSlot::OneReply { until: day(2) })],
            day(2),
        ),
        (
            "a question",
            vec![open(PrivateSlot::Direct), ask()],
            day(7) + TimeDelta::seconds(2),
        ),
        (
            "an answer",
            vec![open(PrivateSlot::Direct), ask(), answer()],
            day(3) + TimeDelta::seconds(3),
        ),
    ];
    for (what, commands, until) in cases {
        let request = run(&commands).unwrap();
        assert_eq!(request.until, until, "{what}");
        let before = request.decide(
            &RequestCommand::Expire,
            &policy,
            until - TimeDelta::seconds(1),
        );
        assert_eq!(before, Err(RequestBroken::NotYet { until }), "{what}");
        let late = request.decide(&open(PrivateSlot::Direct), &policy, until);
        assert_eq!(late, Err(RequestBroken::Expired), "{what}");
        let mut request = request;
        let events = request
            .decide(&RequestCommand::Expire, &policy, until)
            .unwrap();
        events.iter().for_each(|event| request.apply(event));
        assert_eq!(request.status, RequestStatus::Expired, "{what}");
    }
}

#[test]
fn nobody_is_asked_again_too_soon() {
    let direct = open(PrivateSlot::Direct);
    let open_one = run(std::slice::from_ref(&direct)).unwrap();
    assert_eq!(
        start(Some(&open_one), day(1)),
        Err(RequestBroken::StillOpen)
    );
    let declined = RequestCommand::Refuse {
        why: RefusedWhy::Declined,
    };
    let refused = run(&[declined]).unwrap();
    let from = day(30) + TimeDelta::seconds(1);
    assert_eq!(
        start(Some(&refused), day(29)),
        Err(RequestBroken::TooSoon { from })
    );
    assert!(start(Some(&refused), from).is_ok());
    let known = run(&[direct, ask(), answer(), link(), confirm(DecidedBy::Rule)]).unwrap();
    assert!(start(Some(&known), day(1)).is_ok());
}

#[test]
fn an_answer_is_evidence_for_its_purpose_and_withdrawing_voids_it() {
    let mut policy = RequestPolicy::default();
    policy.keep = Some(TimeDelta::days(365));
    let direct = open(PrivateSlot::Direct);
    let request = run(&[direct, ask(), answer(), link(), confirm(agent())]).unwrap();
    let contacts = vec![email(), email().in_public(), email().of(Speaker::OnBehalf)];
    let mut told = revealed(contacts);
    told.push(EvidenceKind::Erased);
    let mut evidence = request.evidence("m-1", told, &policy, day(1));
    assert_eq!(evidence.len(), 2, "only details that were told in private");
    let speakers: Vec<&Speaker> = evidence
        .iter()
        .filter_map(|piece| match &piece.kind {
            EvidenceKind::ContactRevealed(contact) => Some(&contact.speaker),
            _ => None,
        })
        .collect();
    assert_eq!(speakers, [&Speaker::Themself, &Speaker::OnBehalf]);
    assert_eq!(evidence[0].purpose, Some(Purpose::Identification));
    assert_eq!(evidence[0].expires_at, Some(day(366)));
    evidence.pop();
    evidence.extend(request.confirmation(&agent(), day(1)));
    let linker = linker();
    let verdict = |evidence: &[Evidence]| linker.decide(&handle(), evidence).verdict;
    assert_eq!(verdict(&evidence), Verdict::Link { customer: id("1") });
    assert_eq!(request.confirmation(&DecidedBy::Rule, day(1)), None);
    evidence.extend(request.withdrawal(day(2)));
    evidence.reverse();
    assert_eq!(verdict(&evidence), Verdict::None);
}

#[test]
fn a_text_becomes_evidence() {
    let text = "Asiakasnumeroni on 10000001, sähköposti vaino@example.fi.\nTerv. Väinö Mäkelä";
    let mut settings = Settings::default();
    settings.numbers = vec![Pattern::customer_number("10", 6..=6).unwrap()];
    let said = settings.extractor().read(text);
    let told = said.evidence(&Audience::Private);
    let written = serde_json::to_value(&told).unwrap();
    let expected = json!([
        {"type": "contact_revealed", "contact": "email", "value": "vaino@example.fi",
            "audience": "private", "speaker": "themself"},
        {"type": "contact_revealed", "contact": "customer_number", "value": "10000001",
            "audience": "private", "speaker": "themself"},
        {"type": "name_told", "name": "Väinö Mäkelä", "role": "own", "audience": "private"},
    ]);
    assert_eq!(written, expected);
    let source = "m-1".to_owned();
    let answer = RequestCommand::Answer {
        source,
        told,
        consented: true,
    };
    let direct = open(PrivateSlot::Direct);
    assert_eq!(status(&[direct, ask(), answer]), "answered");
}

#[test]
fn what_is_said_in_public_tells_nothing_of_anybody() {
    let languages: Vec<Language> = Language::KNOWN
        .iter()
        .map(|code| Language::from(*code))
        .collect();
    assert_eq!(languages.len(), 7);
    for language in languages.iter().chain([&Language::from("fr")]) {
        for text in [PublicText::offer(language), PublicText::received(language)] {
            let checked = PublicText::new(text.as_str(), &[]);
            assert_eq!(checked, Ok(text), "{language}");
        }
        let question = private_question(language, &[ContactKind::Email, ContactKind::Phone], None);
        assert!(
            question.len() > 60 && !question.contains("  "),
            "{question}"
        );
        assert!(!told_text(language).is_empty());
    }
    let offers: std::collections::BTreeSet<String> = languages
        .iter()
        .map(|language| PublicText::offer(language).to_string())
        .collect();
    assert_eq!(offers.len(), 7);
    let received = languages.iter().map(PublicText::received);
    let received: std::collections::BTreeSet<String> = received.map(|t| t.to_string()).collect();
    assert_eq!(received.len(), 7);
    let mine = private_question(&Language::En, &["iban".into()], Some("For refunds."));
    assert_eq!(
        mine,
        "So that we can find your details, please tell us one of these: iban. For refunds."
    );
    let cases = [
        ("Hello, please write to us.", Ok(())),
        ("  ", Err(Leak::Empty)),
        ("Hi {first_name}!", Err(Leak::Placeholder)),
        ("Hi {{ customer.name }}!", Err(Leak::Placeholder)),
        ("Hi %s!", Err(Leak::Placeholder)),
        ("Hi $NAME!", Err(Leak::Placeholder)),
        ("Hi <name>!", Err(Leak::Placeholder)),
        ("Hi [nimi]!", Err(Leak::Placeholder)),
        ("Hi __NAME__!", Err(Leak::Placeholder)),
        ("Order 17", Err(Leak::Number)),
        ("Tilaus ٣", Err(Leak::Number)),
        ("Write to care@shop.example", Err(Leak::Address)),
        ("See https://shop.example", Err(Leak::Address)),
        ("See WWW.shop.example", Err(Leak::Address)),
        ("Dear MATTI, write to us", Err(Leak::Word)),
    ];
    for (text, expected) in cases {
        assert_eq!(
            PublicText::new(text, &["Matti", " "]).map(|_| ()),
            expected,
            "{text}"
        );
    }
}

#[test]
fn a_request_in_newer_words_survives() {
    let json =
        json!({"at": "2026-01-01T00:00:00Z", "step": {"type": "called", "number": 1}, "x": 2});
    let event: RequestEvent = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&event).unwrap(), json);
    let mut request = run(&[]).unwrap();
    let before = request.clone();
    request.apply(&event);
    assert_eq!(request, before);
    let written = serde_json::to_string(&request).unwrap();
    assert_eq!(
        serde_json::from_str::<ContactRequest>(&written).unwrap(),
        request
    );
    assert_eq!(ContactRequest::of([&event]), None);
    let slot = json!({"slot": "carrier_pigeon"});
    let slot: PrivateSlot = serde_json::from_value(slot).unwrap();
    assert_eq!(
        status(&[open(slot), ask()]),
        "! there is no way to write in private"
    );
}

const CUSTOMERS: &str = "\
id,kind,first_name,last_name,company,emails,phones,customer_no,orders,city,website,handles
1,person,Väinö,Mäkelä,,vaino@example.fi,040 1234567,10000001,T500001,Oulu,,
";

fn customers() -> Vec<Customer> {
    let mapping = Mapping::usual(SystemId::new("crm").unwrap());
    let source = CsvSource::csv(mapping, CUSTOMERS.as_bytes(), at(0)).unwrap();
    source.customers().cloned().collect()
}

fn linker() -> Linker {
    let linker = Linker::new(Settings::default());
    customers().iter().for_each(|customer| {
        linker.put(customer);
    });
    linker
}

fn standing(state: LinkState, probability: f64, by: DecidedBy) -> Link {
    let linked = decision(&json!({"verdict": "link", "customer": {"system": "crm", "id": "1"}}));
    let mut link = Link::from_decision(handle(), linked, at(0));
    link.state = state;
    link.probability = probability;
    link.decided_by = by;
    link
}

fn proof(logged_in: bool, kinds: &[ContactKind]) -> Proof {
    let mut proof = Proof::default();
    proof.customer = Some(id("1"));
    proof.logged_in = logged_in;
    proof.details = kinds.iter().cloned().collect();
    proof
}

#[test]
fn what_proves_one_customer_proves_no_other() {
    let link = standing(LinkState::Linked, 1.0, DecidedBy::Host);
    let policy = DisclosurePolicy::default();
    let mut proof = proof(true, &[ContactKind::CustomerNumber, ContactKind::Email]);
    assert!(
        policy
            .allows(&Action::DiscloseData, &link, &proof)
            .is_allowed()
    );
    for other in [Some(id("2")), None] {
        proof.customer = other;
        assert_eq!(
            policy.allows(&Action::DiscloseData, &link, &proof),
            Disclosure::NeedsProof
        );
    }
}

#[test]
fn numbers_that_are_tried_out_prove_nothing() {
    let policy = DisclosurePolicy::default();
    let customer = &customers()[0];
    let proven = |wrong: u64| {
        let right = customer.value(&aspa_crm::Field::CustomerNumber).unwrap();
        let wrong = (0..wrong).map(|n| (77_000_000 + n).to_string());
        let numbers = std::iter::once(right.to_owned()).chain(wrong);
        let told = |value: String| {
            let own = Contact::private(ContactKind::CustomerNumber, value).of(Speaker::Themself);
            Evidence::new(day(9), "dm", EvidenceKind::ContactRevealed(own))
        };
        let evidence: Vec<Evidence> = numbers.map(told).collect();
        Proof::of(customer, &evidence, &Settings::default(), &policy, day(10))
            .details
            .len()
    };
    assert_eq!((proven(0), proven(3), proven(4)), (1, 1, 0));
}

#[test]
fn each_action_needs_more_than_the_one_before() {
    use Action::{DiscloseData, OpenCase, ShowName};
    use ContactKind::{CustomerNumber, Email, OrderNumber, Phone};
    use Disclosure::{Allowed, NeedsProof, NotLinked, TooUnsure};
    let rule = || DecidedBy::Rule;
    let sure = || standing(LinkState::Linked, 0.99, rule());
    let mut conflict = standing(LinkState::Linked, 0.99, rule());
    conflict.conflict = Some(id("2"));
    let none = || proof(false, &[]);
    let cases = [
        ("a link", sure(), none(), [Allowed, Allowed, NeedsProof]),
        (
            "a weak link",
            standing(LinkState::Linked, 0.9, rule()),
            none(),
            [Allowed, TooUnsure, TooUnsure],
        ),
        (
            "an agent's word",
            standing(LinkState::Linked, 0.1, agent()),
            none(),
            [Allowed, Allowed, NeedsProof],
        ),
        (
            "a review",
            standing(LinkState::Review, 0.9, rule()),
            none(),
            [Allowed, NotLinked, NotLinked],
        ),
        (
            "a poor review",
            standing(LinkState::Review, 0.4, rule()),
            none(),
            [TooUnsure, NotLinked, NotLinked],
        ),
        (
            "a refused one",
            standing(LinkState::Refused, 0.9, agent()),
            none(),
            [NotLinked; 3],
        ),
        ("a conflict", conflict, proof(true, &[]), [NotLinked; 3]),
        (
            "not a number",
            standing(LinkState::Linked, f64::NAN, rule()),
            none(),
            [TooUnsure; 3],
        ),
        ("logged in", sure(), proof(true, &[]), [Allowed; 3]),
        (
            "an e-mail",
            sure(),
            proof(false, &[Email]),
            [Allowed, Allowed, NeedsProof],
        ),
        (
            "e-mail and phone",
            sure(),
            proof(false, &[Email, Phone]),
            [Allowed, Allowed, NeedsProof],
        ),
        (
            "a number",
            sure(),
            proof(false, &[CustomerNumber]),
            [Allowed, Allowed, NeedsProof],
        ),
        (
            "number and e-mail",
            sure(),
            proof(false, &[OrderNumber, Email]),
            [Allowed; 3],
        ),
        (
            "a review, logged in",
            standing(LinkState::Review, 0.99, rule()),
            proof(true, &[]),
            [Allowed, NotLinked, NotLinked],
        ),
    ];
    let policy = DisclosurePolicy::default();
    for (what, link, proof, expected) in cases {
        let actions = [ShowName, OpenCase, DiscloseData];
        let may = actions.map(|action| policy.allows(&action, &link, &proof));
        assert_eq!(may, expected, "{what}");
        let unknown = policy.allows(&"sell_data".into(), &link, &proof);
        assert_eq!(unknown, expected[2], "{what}: an action that is not known");
    }
}

#[test]
fn only_what_was_told_in_private_lately_and_as_ones_own_proves_anything() {
    let policy = DisclosurePolicy::default();
    let own = |kind, value: &str| Contact::private(kind, value).of(Speaker::Themself);
    let told = |contact: Contact, n: i64| {
        Evidence::new(
            day(n),
            format!("m{n}"),
            EvidenceKind::ContactRevealed(contact),
        )
    };
    let number = || own(ContactKind::CustomerNumber, "10000001");
    let cases: Vec<(&str, Vec<Evidence>, usize)> = vec![
        ("nothing", vec![], 0),
        (
            "an e-mail",
            vec![told(own(ContactKind::Email, "Vaino+a@example.fi"), 9)],
            1,
        ),
        (
            "phone and number",
            vec![
                told(own(ContactKind::Phone, "040-1234567"), 9),
                told(number(), 9),
            ],
            2,
        ),
        (
            "another's e-mail",
            vec![told(own(ContactKind::Email, "x@example.fi"), 9)],
            0,
        ),
        ("long ago", vec![told(number(), 7)], 0),
        ("in public", vec![told(number().in_public(), 9)], 0),
        (
            "on behalf",
            vec![told(number().of(Speaker::OnBehalf), 9)],
            0,
        ),
        (
            "on behalf some day",
            vec![told(number().of(Speaker::OnBehalf), 1), told(number(), 9)],
            0,
        ),
        (
            "not said whose",
            vec![told(number().of(Speaker::Unknown), 9)],
            0,
        ),
        (
            "of somebody ruled out",
            vec![
                told(number(), 9),
                Evidence::new(
                    day(1),
                    "a",
                    EvidenceKind::AgentSaidNotSame {
                        customer: id("1"),
                        by: AgentId::new("anna").unwrap(),
                    },
                ),
            ],
            0,
        ),
    ];
    let customer = &customers()[0];
    for (what, evidence, expected) in cases {
        let proof = Proof::of(customer, &evidence, &Settings::default(), &policy, day(10));
        assert_eq!(proof.details.len(), expected, "{what}");
    }
    let host = EvidenceKind::HostAsserted { customer: id("1") };
    let logged = |n| [Evidence::new(day(n), "login", host.clone())];
    let of = |evidence: &[Evidence]| {
        Proof::of(customer, evidence, &Settings::default(), &policy, day(10))
    };
    assert!(of(&logged(9)).logged_in);
    assert!(!of(&logged(8)).logged_in, "the login is over");
}

fn commands() -> impl Strategy<Value = RequestCommand> {
    prop_oneof![
        3 => Just(open(PrivateSlot::Direct)),
        1 => Just(open(PrivateSlot::None)),
        1 => (0_i64..20).prop_map(|n| open(PrivateSlot::OneReply { until: day(n) })),
        4 => Just(ask()),
        4 => Just(answer()),
        1 => Just(answer_with(vec![email()], false)),
        2 => Just(link()),
        2 => Just(review()),
        4 => Just(nobody()),
        3 => Just(confirm(DecidedBy::Rule)),
        2 => Just(confirm(agent())),
        1 => Just(RequestCommand::Refuse { why: RefusedWhy::Declined }),
        1 => Just(RequestCommand::Withdraw),
        1 => Just(RequestCommand::Expire),
    ]
}

proptest! {
    #[test]
    fn no_way_leads_round_consent_deadline_or_the_limit_of_guesses(
        steps in prop::collection::vec((commands(), 0_i64..DAY), 0..30),
    ) {
        let policy = RequestPolicy::default();
        let mut events = vec![start(None, at(0)).unwrap()];
        let mut request = ContactRequest::of(&events).unwrap();
        let mut now = 0;
        for (command, passed) in steps {
            now += passed;
            let Ok(happened) = request.decide(&command, &policy, at(now)) else {
                continue;
            };
            let before = request.clone();
            happened.iter().for_each(|event| request.apply(event));
            if !before.is_open() && !happened.is_empty() {
                prop_assert_eq!(&request.status, &RequestStatus::Withdrawn);
            }
            if at(now) >= before.until && before.is_open() && !happened.is_empty() {
                let over = [RequestStatus::Expired, RequestStatus::Withdrawn];
                prop_assert!(over.contains(&request.status));
            }
            if !happened.is_empty() && !matches!(command, RequestCommand::Withdraw) {
                prop_assert_ne!(&request.status, &RequestStatus::Withdrawn);
            }
            if request.status == RequestStatus::Confirmed {
                prop_assert!(request.consent.is_some() && !request.answers.is_empty());
            }
            if !request.is_open() && request.status != RequestStatus::Confirmed {
                prop_assert_eq!(&request.customer, &None);
            }
            prop_assert!(request.wrong < policy.wrong_answers);
            events.extend(happened);
        }
        prop_assert!(request.answers.len() <= usize::from(policy.wrong_answers));
        let written = serde_json::to_string(&events).unwrap();
        prop_assert!(!written.contains("vaino"), "events hold nothing that was told");
        let read: Vec<RequestEvent> = serde_json::from_str(&written).unwrap();
        prop_assert_eq!(ContactRequest::of(&read), Some(request));
    }

    #[test]
    fn any_text_is_checked(text in ".{0,80}", word in ".{0,5}") {
        if let Ok(public) = PublicText::new(&text, &[&word]) {
            let leaks = public.as_str().contains(['{', '@', '0', '9', '%', '<']);
            prop_assert!(!leaks);
        }
    }

    /// Who may do more may do less.
    #[test]
    fn what_is_allowed_grows(p in 0.0_f64..1.0, state in 0_usize..4, by in 0_usize..2, logged_in in any::<bool>()) {
        let states = [LinkState::Linked, LinkState::Review, LinkState::Refused, LinkState::None];
        let by = if by == 0 { DecidedBy::Rule } else { agent() };
        let (link, proof) = (standing(states[state].clone(), p, by), proof(logged_in, &[]));
        let policy = DisclosurePolicy::default();
        let may = |action| policy.allows(&action, &link, &proof).is_allowed();
        prop_assert!(!may(Action::DiscloseData) || may(Action::OpenCase));
        prop_assert!(!may(Action::OpenCase) || may(Action::ShowName));
    }
}
