//! Which policy holds for whom, and how policies are written.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aspa_hours::Hours;
use aspa_sla::{
    ChangeMode, ClockKind, Condition, Error, Escalation, Event, EventKind, Facts, Policies, Policy,
    Promise, ReopenMode, Target, Time, When,
};
use chrono::{DateTime, TimeDelta, Utc};

use ClockKind::{FirstResponse, Resolution};

fn plain(name: &str, when: When) -> Policy {
    Policy::new(when, Promise::new(name, None))
}

#[test]
fn the_first_policy_that_fits_holds() {
    let facebook = ["facebook", "instagram"];
    let policies = Policies::new()
        .policy(plain("crisis", When::new().tag(["outage"])))
        .policy(plain(
            "gold",
            When::new().tier(["gold", "platinum"]).channel(["email"]),
        ))
        .policy(plain(
            "public",
            When::new().channel(facebook).audience(["public"]),
        ))
        .policy(plain("delivery", When::new().tag(["delivery", "returns"])))
        .policy(plain("urgent", When::new().priority(["high"])))
        .policy(plain("english", When::new().language(["en"])))
        .policy(plain("everybody", When::new()));
    let facts = Facts::new;
    for (policy, facts) in [
        ("everybody", facts()),
        (
            "crisis",
            facts().tag("outage").tier("gold").channel("email"),
        ),
        (
            "gold",
            facts().tier("gold").channel("email").tag("delivery"),
        ),
        ("everybody", facts().tier("gold").channel("phone")),
        ("everybody", facts().tier("Gold").channel("email")),
        ("public", facts().channel("instagram").audience("public")),
        ("everybody", facts().channel("facebook").audience("direct")),
        ("everybody", facts().channel("facebook")),
        ("delivery", facts().tag("delivery")),
        ("delivery", facts().tag("delivery/late")),
        ("delivery", facts().tag("bill").tag("returns/lost/twice")),
        ("everybody", facts().tag("delivery2")),
        ("everybody", facts().tag("deliver")),
        ("everybody", facts().tag("late/delivery")),
        ("urgent", facts().priority("high").language("en")),
        ("english", facts().priority("low").language("en")),
        ("english", facts().language("EN-gb")),
        ("everybody", facts().language("eng")),
        ("everybody", facts().language("fi")),
        ("everybody", facts().language("ö")),
    ] {
        let choice = policies.choose(&facts);
        assert_eq!(choice.policy.as_deref(), Some(policy), "{facts:?}");
        let place = policies.policies.iter().position(|p| p.name() == policy);
        assert_eq!(Some(choice.misses.len()), place, "{facts:?}");
    }
}

#[test]
fn a_miss_says_in_words_which_condition_failed() {
    let policies = Policies::new().policy(plain(
        "office",
        When::new()
            .channel(["facebook", "email"])
            .tag(["delivery"])
            .language(["fi", "sv", "en"]),
    ));
    let facts = Facts::new();
    for (facts, words) in [
        (
            facts
                .clone()
                .channel("mastodon")
                .tag("delivery")
                .language("fi"),
            "office: channel is mastodon, not facebook or email",
        ),
        (
            facts.clone().channel("email").tag("bill").language("et"),
            "office: tag is bill, not delivery; language is et, not fi, sv or en",
        ),
        (
            facts
                .clone()
                .channel("email")
                .language("sv")
                .tag("a")
                .tag("b")
                .tag("c"),
            "office: tags are a, b and c, not delivery",
        ),
        (
            facts.clone().language("sv"),
            "office: channel is not known; facebook or email is asked for; there is no tag; delivery is asked for",
        ),
    ] {
        let choice = policies.choose(&facts);
        assert_eq!(choice.policy, None);
        assert_eq!(choice.misses.len(), 1);
        assert_eq!(choice.misses[0].to_string(), words);
    }
    let choice = policies.choose(&facts.channel("x").tag("delivery").language("fi"));
    let reason = &choice.misses[0].reasons[0];
    assert_eq!(reason.condition, Condition::Channel);
    let json = serde_json::to_value(&choice).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "policy": null,
            "misses": [{ "policy": "office", "reasons": [{
                "condition": "channel", "found": ["x"], "wanted": ["facebook", "email"],
            }]}],
        })
    );
    assert_eq!(
        serde_json::from_value::<aspa_sla::Choice>(json).unwrap(),
        choice
    );
}

const FILE: &str = r#"{
    "hours": { "zone": "Europe/Helsinki", "open": "Mo-Fr 08:00-18:00" },
    "policies": [
        {
            "name": "gold",
            "when": { "tier": ["gold"], "channel": ["email", "facebook_page"] },
            "hours": { "zone": "Europe/Helsinki", "open": "Mo-Su 07:00-22:00" },
            "targets": [
                { "clock": "first_response", "within": "1h", "warn": [50, 75] },
                { "clock": "first_response", "priority": ["high", "urgent"], "within": "15m",
                  "escalate": [{ "after": "0s", "to": ["team lead"] },
                               { "after": "1h 30m", "to": ["anna", "bo"] }] },
                { "clock": "custom:call back", "within": "4h", "time": "calendar" }
            ],
            "change_mode": "carry"
        },
        {
            "name": "everybody",
            "targets": [
                { "clock": "resolution", "within": "72h", "time": "calendar",
                  "pause_on": ["pending", "on_hold"] }
            ],
            "pause_on": [],
            "reopen_mode": "new_cycle",
            "holding_stops": true
        }
    ]
}"#;

fn file() -> Policies {
    let zone = chrono_tz::Europe::Helsinki;
    let hour = TimeDelta::hours(1);
    let first = |within| Target::new(FirstResponse, within, Time::Business);
    let gold = Promise::new("gold", Hours::new(zone).open("Mo-Su 07:00-22:00").unwrap())
        .target(first(hour).warn_at(50).warn_at(75))
        .target(
            first(hour / 4)
                .priority(["high", "urgent"])
                .escalate(TimeDelta::zero(), ["team lead"])
                .escalate(hour + hour / 2, ["anna", "bo"]),
        )
        .target(Target::new(
            ClockKind::custom("call back"),
            hour * 4,
            Time::Calendar,
        ))
        .change_mode(ChangeMode::Carry);
    let everybody = Promise::new("everybody", None)
        .target(
            Target::new(Resolution, hour * 72, Time::Calendar)
                .pause_on([aspa_sla::Status::Pending, aspa_sla::Status::OnHold]),
        )
        .pause_on([])
        .reopen_mode(ReopenMode::NewCycle)
        .holding_stops(true);
    let when = When::new()
        .tier(["gold"])
        .channel(["email", "facebook_page"]);
    Policies::new()
        .hours(Hours::new(zone).open("Mo-Fr 08:00-18:00").unwrap())
        .policy(Policy::new(when, gold))
        .policy(everybody)
}

#[test]
fn a_language_fits_by_basic_filtering() {
    for (wanted, found, fits) in [
        ("en", "en", true),
        ("en", "EN-gb", true),
        ("en-GB", "en", false),
        ("en", "eng", false),
        ("zh-Hant", "zh-hant-TW", true),
        ("*", "fi", true),
    ] {
        let facts = Facts::new().language(found);
        assert_eq!(
            When::new().language([wanted]).fits(&facts),
            fits,
            "{wanted} {found}"
        );
    }
    assert!(
        !When::new().language(["*"]).fits(&Facts::new()),
        "not known"
    );
}

#[test]
fn policies_are_written_by_hand_and_survive_json() {
    let read: Policies = serde_json::from_str(FILE).unwrap();
    assert_eq!(read, file());
    let json = serde_json::to_string(&read).unwrap();
    assert_eq!(serde_json::from_str::<Policies>(&json).unwrap(), read);
    assert!(
        json.contains(r#"{"after":"1h 30m","to":["anna","bo"]}"#),
        "{json}"
    );
    // Only a policy without hours of its own takes those of all.
    let sla = read.compile().unwrap();
    let hours = |name| {
        let sla = sla.under(name).unwrap();
        sla.calendar()
            .is_open("2026-11-22T12:00:00Z".parse::<DateTime<Utc>>().unwrap())
    };
    assert_eq!(
        (hours("gold"), hours("everybody")),
        (true, false),
        "a Sunday"
    );
}

#[test]
fn a_file_at_fault_says_where() {
    for (wrong, right, words) in [
        (
            r#""1h", "warn""#,
            r#""1 hour", "warn""#,
            r#"policies: targets: within: "1 hour" is not a length of time such as 24h, 1h 30m or 45s"#,
        ),
        (
            r#""1h", "warn""#,
            r#"3600, "warn""#,
            "within: invalid type: integer `3600`",
        ),
        (r#""tier""#, r#""teir""#, "when: unknown field `teir`"),
        (
            r#""targets": [
                { "clock": "resolution""#,
            r#""target": [
                { "clock": "resolution""#,
            "unknown field `target`",
        ),
        (
            r#""resolution""#,
            r#""resolutoin""#,
            r#"clock: "resolutoin" is no clock"#,
        ),
        (
            r#""custom:call back""#,
            r#""custom:""#,
            r#"clock: "custom:" is no clock"#,
        ),
        (
            r#""carry""#,
            r#""carry_over""#,
            "change_mode: unknown variant `carry_over`",
        ),
        (
            r#""to": ["anna""#,
            r#""who": ["anna""#,
            "escalate: unknown field `who`",
        ),
    ] {
        assert_eq!(FILE.matches(wrong).count(), 1, "{wrong}");
        let text = FILE.replace(wrong, right);
        let error = serde_json::from_str::<Policies>(&text)
            .unwrap_err()
            .to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn compiling_names_the_policy_and_the_field_at_fault() {
    let hour = TimeDelta::hours(1);
    let first = Target::new(FirstResponse, hour, Time::Calendar);
    let clock = FirstResponse;
    let promise = |targets: &[Target]| {
        let promise = Promise::new("p", None);
        let promise = targets.iter().cloned().fold(promise, Promise::target);
        promise.compile().map(|_| ())
    };
    let high = first.clone().priority(["high"]);
    let twice = |priority: Option<&str>| {
        Err(Error::TargetTwice {
            clock: FirstResponse,
            priority: priority.map(str::to_owned),
        })
    };
    assert_eq!(promise(&[first.clone(), high.clone()]), Ok(()));
    assert_eq!(promise(&[first.clone(), first.clone()]), twice(None));
    let both = first.clone().priority(["low", "high"]);
    assert_eq!(promise(&[high, both]), twice(Some("high")));
    for (warn, at_fault) in [
        (vec![0], 0),
        (vec![101], 101),
        (vec![75, 50], 50),
        (vec![50, 50], 50),
    ] {
        let mut target = first.clone();
        target.warn = warn;
        let percent = at_fault;
        assert_eq!(
            promise(&[target]),
            Err(Error::Warn {
                clock: clock.clone(),
                percent
            })
        );
    }
    for (after, step) in [(vec![-1], 1), (vec![60, 60], 2), (vec![0, 60, 30], 3)] {
        let mut target = first.clone();
        let steps = after
            .iter()
            .map(|s| Escalation::new(TimeDelta::seconds(*s), ["x"]));
        target.escalate = steps.collect();
        assert_eq!(
            promise(&[target]),
            Err(Error::Escalate {
                clock: clock.clone(),
                step
            })
        );
    }
    let mut broken = first.clone();
    broken.within = TimeDelta::milliseconds(1_500);
    assert_eq!(promise(&[broken]), Err(Error::Within(clock.clone())));

    assert_eq!(Policies::new().compile(), Err(Error::NoPolicy));
    let p = Promise::new("p", None);
    let twice = Policies::new().policy(p.clone()).policy(p).compile();
    assert_eq!(twice, Err(Error::PolicyTwice("p".into())));
    let business = Promise::new("b", None).target(Target::new(Resolution, hour, Time::Business));
    let error = Policies::new()
        .policy(Promise::new("a", None))
        .policy(business)
        .compile()
        .unwrap_err();
    assert_eq!(error.to_string(), r#"policy "b" cannot be kept track of"#);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(
        source,
        "targets: resolution counts business time, but the promise has no hours"
    );
}

#[test]
fn an_unknown_policy_changes_nothing_but_is_told() {
    let sla = file().compile().unwrap();
    let at: DateTime<Utc> = "2026-11-16T09:00:00Z".parse().unwrap();
    let mut state = sla.replay(&[Event::new(at, EventKind::Created)]).unwrap();
    let before = state.clone();
    let unknown = Error::UnknownPolicy("silver".into());
    for late in [0, 10] {
        let event = Event::new(
            at + TimeDelta::seconds(late - 5),
            EventKind::Policy("silver".into()),
        );
        assert_eq!(state.apply(&event), Err(unknown.clone()));
        assert_eq!(state, before);
        assert_eq!(sla.replay(&[event]), Err(unknown.clone()));
    }
    assert_eq!(sla.under("silver").unwrap_err(), unknown);
}

#[test]
fn the_target_that_names_the_priority_wins() {
    let sla = file().compile().unwrap();
    let at: DateTime<Utc> = "2026-11-16T09:00:00Z".parse().unwrap();
    for (priority, minutes) in [
        (None, 60),
        (Some("high"), 15),
        (Some("urgent"), 15),
        (Some("low"), 60),
    ] {
        let priority = EventKind::Priority(priority.map(Into::into));
        let events = [Event::new(at, priority), Event::new(at, EventKind::Created)];
        let clocks = sla.replay(&events).unwrap().clocks(at);
        assert_eq!(clocks[0].target, TimeDelta::minutes(minutes));
        assert_eq!(clocks.len(), 1, "no resolution is promised");
    }
}

#[test]
fn a_restart_with_other_policies_judges_all_by_the_new_ones() {
    let at = |minutes: i64| {
        "2026-11-16T09:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
    };
    let events = [
        Event::new(at(0), EventKind::Created),
        Event::new(at(30), EventKind::Reply(aspa_sla::ReplyKind::Answer)),
        Event::new(at(40), EventKind::Policy("everybody".into())),
    ];
    let old = file().compile().unwrap().replay(&events).unwrap();
    assert_eq!(old.breaches(at(60)), []);
    let mut policies = file();
    policies.policies[0].promise.targets[0].within = TimeDelta::minutes(20);
    let new = old.recompiled(&policies.compile().unwrap()).unwrap();
    assert_eq!(new.breaches(at(60)).len(), 1);
    assert!(new.clocks(at(60))[0].is_breached());
    policies.policies.remove(1);
    let gone = old.recompiled(&policies.compile().unwrap());
    assert_eq!(gone, Err(Error::UnknownPolicy("everybody".into())));
}
