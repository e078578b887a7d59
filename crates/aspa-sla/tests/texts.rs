//! What customers are told, in their language.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aspa_hours::{Hours, Language};
use aspa_sla::figures::Share;
use aspa_sla::{
    ClockKind, Error, Period, Promise, ReplyKind, Sla, Target, TextError, Texts, Time, Verdict,
};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Thursday after closing time, in Helsinki.
fn evening() -> DateTime<Utc> {
    at("2026-11-19T20:00:00+02:00")
}

fn hours() -> Hours {
    Hours::new(chrono_tz::Europe::Helsinki)
        .open("Mo-Fr 08:00-18:00; PH off")
        .unwrap()
}

fn promise() -> Promise {
    Promise::answer_within(TimeDelta::hours(2), hours())
}

fn with(texts: Texts) -> Promise {
    let mut promise = promise();
    promise.texts = texts;
    promise
}

fn error(promise: &Promise) -> TextError {
    match promise.compile() {
        Err(Error::Text(error)) => error,
        other => panic!("{other:?}"),
    }
}

fn share(met: usize, breached: usize) -> Share {
    let verdict = |verdict, n| std::iter::repeat_n(verdict, n);
    verdict(Verdict::Met, met)
        .chain(verdict(Verdict::Breached, breached))
        .chain([Verdict::Undecided])
        .collect()
}

#[test]
fn away_texts_stand_in_where_a_promise_has_none() {
    let sla = promise().compile().unwrap();
    for (language, text) in [
        (
            "en",
            "Thank you for your message. Our customer service is closed now and opens again tomorrow \
             at 8. Open Mon-Fri 8-18, closed on public holidays. We answer within 2 hours during our \
             opening hours.",
        ),
        (
            "fi",
            "Kiitos viestistäsi. Asiakaspalvelumme on nyt suljettu ja avautuu huomenna klo 8. \
             Avoinna ma–pe 8–18, suljettu pyhäpäivinä. Vastaamme aukioloaikana 2 tunnin kuluessa.",
        ),
        (
            "sv",
            "Tack för ditt meddelande. Vår kundtjänst är stängd just nu och öppnar igen i morgon \
             kl. 8. Öppet mån–fre 8–18, stängt på helgdagar. Vi svarar inom 2 timmar under våra \
             öppettider.",
        ),
    ] {
        assert_eq!(sla.away_text(evening(), language).as_deref(), Some(text));
    }
}

#[test]
fn nobody_is_away_while_it_is_open() {
    let sla = promise().compile().unwrap();
    let opens = at("2026-11-20T08:00:00+02:00");
    let closes = at("2026-11-20T18:00:00+02:00");
    let second = TimeDelta::seconds(1);
    for (now, away) in [
        (opens - second, true),
        (opens, false),
        (closes - second, false),
        (closes, true),
    ] {
        assert_eq!(sla.away_text(now, "en").is_some(), away, "{now}");
    }
    let always = Promise::new("always", None).compile().unwrap();
    assert_eq!(always.away_text(evening(), "en"), None);
    assert_eq!(always.profile_text("en"), "Open around the clock.");
}

#[test]
fn hours_that_never_open_again_are_told_so() {
    let never = Promise::new("over", Hours::new(chrono_tz::Europe::Helsinki));
    let told = never.compile().unwrap().away_text(evening(), "en").unwrap();
    assert!(
        told.contains("is closed now and does not open again."),
        "{told}"
    );
}

#[test]
fn profile_texts_publish_hours_and_targets() {
    let sla = promise().compile().unwrap();
    for (language, text) in [
        (
            "en",
            "Open Mon-Fri 8-18, closed on public holidays. We answer within 2 hours during our \
             opening hours.",
        ),
        (
            "fi",
            "Avoinna ma–pe 8–18, suljettu pyhäpäivinä. Vastaamme aukioloaikana 2 tunnin kuluessa.",
        ),
        (
            "sv",
            "Öppet mån–fre 8–18, stängt på helgdagar. Vi svarar inom 2 timmar under våra öppettider.",
        ),
    ] {
        assert_eq!(sla.profile_text(language), text);
    }
}

#[test]
fn how_soon_is_told_as_people_say_it() {
    use Time::{Business, Calendar};
    let (m, h, d) = (60, 3_600, 86_400);
    for (seconds, time, en, fi, sv) in [
        (
            h,
            Calendar,
            "within an hour",
            "tunnin kuluessa",
            "inom en timme",
        ),
        (
            m,
            Calendar,
            "within a minute",
            "minuutin kuluessa",
            "inom en minut",
        ),
        (
            45,
            Calendar,
            "within 45 seconds",
            "45 sekunnin kuluessa",
            "inom 45 sekunder",
        ),
        (
            90 * m,
            Calendar,
            "within 1 hour 30 minutes",
            "1 tunnin 30 minuutin kuluessa",
            "inom 1 timme 30 minuter",
        ),
        (
            24 * h,
            Calendar,
            "within 24 hours",
            "24 tunnin kuluessa",
            "inom 24 timmar",
        ),
        (
            48 * h,
            Calendar,
            "within 48 hours",
            "48 tunnin kuluessa",
            "inom 48 timmar",
        ),
        (
            3 * d,
            Calendar,
            "within 3 days",
            "3 vuorokauden kuluessa",
            "inom 3 dygn",
        ),
        (
            3 * d + h,
            Calendar,
            "within 73 hours",
            "73 tunnin kuluessa",
            "inom 73 timmar",
        ),
        // A day of business time is no day of the week.
        (
            3 * d,
            Business,
            "within 72 hours during our opening hours",
            "aukioloaikana 72 tunnin kuluessa",
            "inom 72 timmar under våra öppettider",
        ),
        (
            h,
            Business,
            "within an hour during our opening hours",
            "aukioloaikana tunnin kuluessa",
            "inom en timme under våra öppettider",
        ),
    ] {
        let within = TimeDelta::seconds(seconds);
        let texts = Language::ALL
            .into_iter()
            .fold(Texts::new(), |texts, language| {
                texts.profile(language, "{answer_within}|{resolve_within}")
            });
        let mut promise = Promise::new("any", hours())
            .target(Target::new(ClockKind::FirstResponse, within, time))
            .target(Target::new(
                ClockKind::Resolution,
                TimeDelta::days(7),
                Calendar,
            ));
        promise.texts = texts;
        let sla = promise.compile().unwrap();
        assert_eq!(sla.profile_text("en"), format!("{en}|within 7 days"));
        assert_eq!(
            sla.profile_text("fi"),
            format!("{fi}|7 vuorokauden kuluessa")
        );
        assert_eq!(sla.profile_text("sv"), format!("{sv}|inom 7 dygn"));
    }
}

#[test]
fn texts_that_stand_in_leave_out_what_is_not_promised() {
    // Only urgent matters have a target: that is no promise to everybody.
    let urgent = Target::new(
        ClockKind::FirstResponse,
        TimeDelta::hours(1),
        Time::Business,
    );
    let promise = Promise::new("urgent", hours()).target(urgent.priority(["urgent"]));
    let sla = promise.compile().unwrap();
    assert_eq!(
        sla.profile_text("en"),
        "Open Mon-Fri 8-18, closed on public holidays."
    );
    let away = sla.away_text(evening(), "fi").unwrap();
    assert!(away.ends_with("suljettu pyhäpäivinä."), "{away}");
}

#[test]
fn how_well_it_was_kept_is_told_rounded_down_and_never_of_nothing() {
    let sla = promise().compile().unwrap();
    let kept = |share: &Share, language| sla.kept_text(share, Period::LastMonth, language);
    for (met, breached, percent) in [(24, 1, "96"), (1999, 1, "99"), (1, 0, "100"), (0, 3, "0")] {
        let share = share(met, breached);
        let en = format!("We answered {percent}% of messages in time last month.");
        assert_eq!(kept(&share, "en"), Some(en));
        let fi = format!("Vastasimme viime kuussa ajoissa {percent}\u{a0}%:iin viesteistä.");
        assert_eq!(kept(&share, "fi"), Some(fi));
        let sv = format!("Vi svarade i tid på {percent}\u{a0}% av meddelandena förra månaden.");
        assert_eq!(kept(&share, "sv"), Some(sv));
    }
    assert_eq!(kept(&share(0, 0), "en"), None);
    let mut most = Share::default();
    (most.met, most.breached) = (u64::MAX, u64::MAX);
    assert!(kept(&most, "en").unwrap().contains("50%"));
}

#[test]
fn periods_are_named_in_each_language() {
    let texts = Language::ALL
        .into_iter()
        .fold(Texts::new(), |texts, language| {
            texts.kept(language, "{period}, {met}/{decided}")
        });
    let sla = with(texts).compile().unwrap();
    for (period, en, fi, sv) in [
        (
            Period::LastWeek,
            "last week",
            "viime viikolla",
            "förra veckan",
        ),
        (
            Period::LastMonth,
            "last month",
            "viime kuussa",
            "förra månaden",
        ),
        (Period::LastYear, "last year", "viime vuonna", "förra året"),
        (
            Period::Days(1),
            "in the last 24 hours",
            "viime vuorokauden aikana",
            "det senaste dygnet",
        ),
        (
            Period::Days(30),
            "in the last 30 days",
            "viimeisten 30 päivän aikana",
            "de senaste 30 dagarna",
        ),
    ] {
        for (language, told) in [("en", en), ("fi", fi), ("sv", sv)] {
            let text = sla.kept_text(&share(3, 1), period, language);
            assert_eq!(text, Some(format!("{told}, 3/4")));
        }
    }
}

#[test]
fn a_language_falls_back_by_its_tag_then_to_the_one_named() {
    let texts = Texts::new()
        .profile(Language::Fi, "suomeksi")
        .profile(Language::Sv, "på svenska")
        .fallback(Language::Sv);
    let sla = with(texts).compile().unwrap();
    for (tag, told) in [
        ("fi", "suomeksi"),
        ("fi-FI", "suomeksi"),
        ("FI", "suomeksi"),
        ("sv-FI", "på svenska"),
        ("de", "på svenska"),
        ("", "på svenska"),
        ("fil", "på svenska"),
    ] {
        assert_eq!(sla.profile_text(tag), told, "{tag:?}");
    }
    assert!(
        sla.profile_text("en-US").starts_with("Open Mon-Fri"),
        "ours, in the language asked for"
    );
}

#[test]
fn braces_are_written_twice() {
    let texts = Texts::new().profile(Language::En, "{{{hours}}} }}{{");
    let sla = with(texts).compile().unwrap();
    assert_eq!(
        sla.profile_text("en"),
        "{Open Mon-Fri 8-18, closed on public holidays} }{"
    );
}

#[test]
fn an_unknown_placeholder_is_refused_and_named() {
    let texts = Texts::new().away(Language::Fi, "Avaamme {open}.");
    assert_eq!(
        error(&with(texts)).to_string(),
        "texts.away.fi: there is no placeholder {open}; there are {opens}, {hours}, {answer_within}, \
         {resolve_within}"
    );
    for (texts, field) in [
        // Those of one text are not those of another.
        (
            Texts::new().profile(Language::En, "{opens}"),
            "texts.profile.en",
        ),
        (Texts::new().kept(Language::Sv, "{hours}"), "texts.kept.sv"),
        (Texts::new().away(Language::En, "{kept}"), "texts.away.en"),
        (Texts::new().away(Language::En, "{}"), "texts.away.en"),
        (
            Texts::new().away(Language::En, "{ hours }"),
            "texts.away.en",
        ),
    ] {
        match error(&with(texts)) {
            TextError::UnknownPlaceholder { field: named, .. } => assert_eq!(named, field),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_brace_without_its_other_half_is_refused_where_it_stands() {
    for (text, byte) in [
        ("{", 0),
        ("}", 0),
        ("ä{hours", 2),
        ("hours} more", 5),
        ("{hours}}", 7),
        ("{opens {hours}", 0),
        ("{{hours}", 7),
        ("{{{", 2),
    ] {
        let texts = Texts::new().away(Language::En, text);
        let field = "texts.away.en".to_owned();
        let expected = TextError::UnbalancedBrace { field, at: byte };
        assert_eq!(error(&with(texts)), expected, "{text}");
    }
}

#[test]
fn a_text_cannot_speak_of_a_target_that_there_is_not() {
    let texts = Texts::new().kept(Language::En, "{kept} within {resolve_within}");
    assert_eq!(
        error(&with(texts)).to_string(),
        "texts.kept.en: {resolve_within} needs a target of its clock that names no priority"
    );
}

#[test]
fn texts_are_part_of_the_promise_in_json() {
    let promise: Promise = serde_json::from_str(
        r#"{
            "name": "shop", "hours": {"zone": "Europe/Helsinki", "open": "Mo-Fr 08:00-18:00"},
            "targets": [{"clock": "first_response", "within": "1h"}],
            "texts": {"fallback": "fi", "away": {"en": "Back soon: {opens}", "sv": "Vi {opens}"}}
        }"#,
    )
    .unwrap();
    let sla: Sla = promise.compile().unwrap();
    assert_eq!(
        sla.away_text(evening(), "en").as_deref(),
        Some("Back soon: opens again tomorrow at 8")
    );
    let json = serde_json::to_string(&promise).unwrap();
    assert_eq!(serde_json::from_str::<Promise>(&json).unwrap(), promise);
    for wrong in [
        r#"{"texts": {"gone": {}}}"#,
        r#"{"texts": {"away": {"xx": ""}}}"#,
    ] {
        let text = wrong.replacen('{', r#"{"name": "shop", "#, 1);
        assert!(serde_json::from_str::<Promise>(&text).is_err(), "{text}");
    }
    // Whoever gives no texts has none written.
    assert!(
        !serde_json::to_string(&self::promise())
            .unwrap()
            .contains("texts")
    );
    // A reply of a machine is what an away text is sent as.
    assert_eq!(
        serde_json::to_string(&ReplyKind::Automatic).unwrap(),
        "\"automatic\""
    );
}

proptest! {
    /// A text of well-formed pieces is told piece by piece.
    #[test]
    fn what_is_well_formed_is_told_as_it_is(
        pieces in proptest::collection::vec(proptest::sample::select(&[
            ("{hours}", "Open Mon-Fri 8-18, closed on public holidays"),
            ("{{", "{"),
            ("}}", "}"),
            ("ä", "ä"),
            (" hours", " hours"),
        ][..]), 0..8)
    ) {
        let (text, told): (String, String) = pieces.into_iter().unzip();
        let sla = with(Texts::new().profile(Language::En, text)).compile().unwrap();
        prop_assert_eq!(sla.profile_text("en"), told);
    }

    /// Any other text is refused, if at all, for its braces.
    #[test]
    fn any_text_is_told_or_refused(text in "[ao{}ä ]{0,12}") {
        match with(Texts::new().profile(Language::En, text.clone())).compile() {
            Ok(sla) => {
                let braces = text.matches(['{', '}']).count() / 2;
                prop_assert_eq!(sla.profile_text("en").len(), text.len() - braces);
            }
            Err(error) => {
                let for_a_brace = matches!(error, Error::Text(_)) && text.contains(['{', '}']);
                prop_assert!(for_a_brace);
            }
        }
    }
}
