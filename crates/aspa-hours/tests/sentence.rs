//! Opening hours in words, in three languages.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aspa_hours::Language::{En, Fi, Sv};
use aspa_hours::{Calendar, Hours, Language, Schedule};
use chrono::{DateTime, TimeZone, Utc};
use proptest::prelude::*;

/// Hours in Helsinki, from the other fields of the config.
fn hours(fields: &str) -> Hours {
    serde_json::from_str(&format!(r#"{{"zone": "Europe/Helsinki", {fields}}}"#)).unwrap()
}

fn calendar(fields: &str) -> Calendar {
    hours(fields).build().unwrap()
}

/// An instant by the wall clock of Helsinki.
fn at(text: &str) -> DateTime<Utc> {
    let naive = format!("{text}:00")
        .parse::<chrono::NaiveDateTime>()
        .unwrap();
    let zone = chrono_tz::Europe::Helsinki;
    zone.from_local_datetime(&naive)
        .earliest()
        .unwrap()
        .to_utc()
}

#[test]
fn hours_on_the_door() {
    let cases = [
        (
            r#""open": "Mo-Fr 08:00-18:00""#,
            "Open Mon-Fri 8-18",
            "Avoinna ma–pe 8–18",
            "Öppet mån–fre 8–18",
        ),
        (
            r#""open": "Mo-Fr 08:30-16:00""#,
            "Open Mon-Fri 8:30-16",
            "Avoinna ma–pe 8.30–16",
            "Öppet mån–fre 8.30–16",
        ),
        (
            r#""open": "Mo-Fr 08:00-18:00; Sa 10:00-14:00""#,
            "Open Mon-Fri 8-18, Sat 10-14",
            "Avoinna ma–pe 8–18, la 10–14",
            "Öppet mån–fre 8–18, lör 10–14",
        ),
        (
            r#""open": "Mo-Fr 08:00-12:00,13:00-18:00""#,
            "Open Mon-Fri 8-12 and 13-18",
            "Avoinna ma–pe 8–12 ja 13–18",
            "Öppet mån–fre 8–12 och 13–18",
        ),
        (
            r#""open": "Mo-Fr 08:00-18:00", "breaks": [{"at": "Mo-Fr 11:30-12:00", "name": "lunch"}]"#,
            "Open Mon-Fri 8-11:30 and 12-18",
            "Avoinna ma–pe 8–11.30 ja 12–18",
            "Öppet mån–fre 8–11.30 och 12–18",
        ),
        (
            r#""open": "Mo,We,Fr 09:00-15:00; Tu 12:00-18:00""#,
            "Open Mon, Wed and Fri 9-15, Tue 12-18",
            "Avoinna ma, ke ja pe 9–15, ti 12–18",
            "Öppet mån, ons och fre 9–15, tis 12–18",
        ),
        (
            r#""open": "Mo-Fr 08:00-18:00; PH off""#,
            "Open Mon-Fri 8-18, closed on public holidays",
            "Avoinna ma–pe 8–18, suljettu pyhäpäivinä",
            "Öppet mån–fre 8–18, stängt på helgdagar",
        ),
        (
            r#""open": "Mo-Fr 08:00-18:00", "holiday_sets": ["FI"]"#,
            "Open Mon-Fri 8-18, closed on public holidays",
            "Avoinna ma–pe 8–18, suljettu pyhäpäivinä",
            "Öppet mån–fre 8–18, stängt på helgdagar",
        ),
        (
            r#""open": "Mo-Fr 08:00-18:00; PH 10:00-14:00""#,
            "Open Mon-Fri 8-18, public holidays 10-14",
            "Avoinna ma–pe 8–18, pyhäpäivinä 10–14",
            "Öppet mån–fre 8–18, helgdagar 10–14",
        ),
        (
            r#""open": "Mo-Sa 08:00-21:00; Su,PH 12:00-18:00""#,
            "Open Mon-Sat 8-21, Sun and public holidays 12-18",
            "Avoinna ma–la 8–21, su ja pyhäpäivinä 12–18",
            "Öppet mån–lör 8–21, sön och helgdagar 12–18",
        ),
        (
            r#""open": "24/7""#,
            "Open around the clock",
            "Avoinna ympäri vuorokauden",
            "Öppet dygnet runt",
        ),
        (
            r#""open": "24/7", "holiday_sets": ["FI"]"#,
            "Open around the clock, closed on public holidays",
            "Avoinna ympäri vuorokauden, suljettu pyhäpäivinä",
            "Öppet dygnet runt, stängt på helgdagar",
        ),
        (
            r#""open": "Mo-Su 10:00-20:00""#,
            "Open every day 10-20",
            "Avoinna joka päivä 10–20",
            "Öppet alla dagar 10–20",
        ),
        (
            r#""open": "Mo-Fr 00:00-24:00""#,
            "Open Mon-Fri around the clock",
            "Avoinna ma–pe ympäri vuorokauden",
            "Öppet mån–fre dygnet runt",
        ),
        (
            r#""open": "Fr-Sa 18:00-02:00""#,
            "Open Fri-Sat 18-2",
            "Avoinna pe–la 18–2",
            "Öppet fre–lör 18–2",
        ),
        (
            r#""open": "Sa-Mo 18:00-24:00""#,
            "Open Sat-Mon 18-24",
            "Avoinna la–ma 18–24",
            "Öppet lör–mån 18–24",
        ),
        (
            r#""open": "Mo 08:00-32:30""#,
            "Open Mon 8-8:30 the next day",
            "Avoinna ma 8–8.30 seuraavana päivänä",
            "Öppet mån 8–8.30 nästa dag",
        ),
        (
            r#""open": "Mo-Fr 20:00-04:00", "breaks": [{"at": "Mo-Su 00:00-01:00", "name": "maintenance"}]"#,
            "Open Mon-Fri 20-24 and 1-4",
            "Avoinna ma–pe 20–24 ja 1–4",
            "Öppet mån–fre 20–24 och 1–4",
        ),
        (r#""open": "off""#, "Closed", "Suljettu", "Stängt"),
        (
            r#""open": "Mo-Fr 08:00-18:00", "seasons": [{"from": "--06-15", "through": "--08-15", "open": "Mo-Fr 09:00-15:00", "name": ""}]"#,
            "Open Mon-Fri 8-18; from 15 June to 15 August open Mon-Fri 9-15",
            "Avoinna ma–pe 8–18; 15.6.–15.8. avoinna ma–pe 9–15",
            "Öppet mån–fre 8–18; 15 juni–15 augusti öppet mån–fre 9–15",
        ),
        (
            r#""open": "Mo-Fr 08:00-18:00", "seasons": [{"from": "2026-07-01", "through": "2026-07-31", "open": "off", "name": "remont"}]"#,
            "Open Mon-Fri 8-18; closed from 1 July to 31 July 2026 (remont)",
            "Avoinna ma–pe 8–18; 1.7.–31.7.2026 suljettu (remont)",
            "Öppet mån–fre 8–18; 1 juli–31 juli 2026 stängt (remont)",
        ),
        (
            r#""open": "Mo-Fr 08:00-18:00", "seasons": [{"from": "2026-12-20", "through": "2027-01-06", "open": "Mo-Fr 10:00-14:00", "name": ""}]"#,
            "Open Mon-Fri 8-18; from 20 December 2026 to 6 January 2027 open Mon-Fri 10-14",
            "Avoinna ma–pe 8–18; 20.12.2026–6.1.2027 avoinna ma–pe 10–14",
            "Öppet mån–fre 8–18; 20 december 2026–6 januari 2027 öppet mån–fre 10–14",
        ),
        (
            r#""open": "off", "seasons": [{"from": "--06-01", "through": "--08-31", "open": "Mo-Su 10:00-20:00", "name": ""}]"#,
            "Closed; from 1 June to 31 August open every day 10-20",
            "Suljettu; 1.6.–31.8. avoinna joka päivä 10–20",
            "Stängt; 1 juni–31 augusti öppet alla dagar 10–20",
        ),
        (
            r#""open": "Mo-Fr 08:00-16:00", "exceptions": [{"date": "2026-12-24", "open": ["08:00-12:00"], "name": "Noel"}]"#,
            "Open Mon-Fri 8-16; on 24 December 2026 open 8-12 (Noel)",
            "Avoinna ma–pe 8–16; 24.12.2026 avoinna 8–12 (Noel)",
            "Öppet mån–fre 8–16; den 24 december 2026 öppet 8–12 (Noel)",
        ),
        (
            r#""open": "Mo-Fr 08:00-16:00", "exceptions": [{"date": "2026-12-31", "open": [], "name": "Audit"}]"#,
            "Open Mon-Fri 8-16; closed on 31 December 2026 (Audit)",
            "Avoinna ma–pe 8–16; 31.12.2026 suljettu (Audit)",
            "Öppet mån–fre 8–16; den 31 december 2026 stängt (Audit)",
        ),
        (
            r#""open": "Mo-Fr 08:00-16:00", "breaks": [{"at": "Mo-Fr 11:00-11:30", "name": "lunch"}], "exceptions": [{"date": "2026-12-23", "open": ["10:00-12:00"], "name": ""}]"#,
            "Open Mon-Fri 8-11 and 11:30-16; on 23 December 2026 open 10-11 and 11:30-12",
            "Avoinna ma–pe 8–11 ja 11.30–16; 23.12.2026 avoinna 10–11 ja 11.30–12",
            "Öppet mån–fre 8–11 och 11.30–16; den 23 december 2026 öppet 10–11 och 11.30–12",
        ),
        (
            r#""open": "Mo-Fr 08:00-16:00", "exceptions": [{"date": "2026-01-02", "name": "a"}, {"date": "2026-01-03", "name": "b"}, {"date": "2026-01-05", "name": "c"}, {"date": "2026-01-07", "name": "d"}]"#,
            "Open Mon-Fri 8-16; other hours on 4 dates",
            "Avoinna ma–pe 8–16; poikkeava aukiolo 4 päivänä",
            "Öppet mån–fre 8–16; avvikande öppettider 4 dagar",
        ),
        (
            r#""open": "Mo-Fr 08:00-16:00", "holidays": [{"date": "2026-12-25", "name": "Yule"}, {"date": "2026-01-01", "name": "Day One"}]"#,
            "Open Mon-Fri 8-16; closed on 1 January 2026 (Day One); closed on 25 December 2026 (Yule)",
            "Avoinna ma–pe 8–16; 1.1.2026 suljettu (Day One); 25.12.2026 suljettu (Yule)",
            "Öppet mån–fre 8–16; den 1 januari 2026 stängt (Day One); den 25 december 2026 stängt (Yule)",
        ),
        (
            r#""open": "Mo-Fr 08:00-16:00", "holidays": [{"date": "2026-01-01", "name": "a"}, {"date": "2026-01-06", "name": "b"}, {"date": "2026-04-03", "name": "c"}, {"date": "2026-04-06", "name": "d"}]"#,
            "Open Mon-Fri 8-16, closed on public holidays",
            "Avoinna ma–pe 8–16, suljettu pyhäpäivinä",
            "Öppet mån–fre 8–16, stängt på helgdagar",
        ),
        (
            r#""open": "Mo-Fr 08:00-17:00", "holiday_sets": [{"region": "SE", "categories": ["public", "half_day"]}], "half_day_open": ["08:00-13:00"]"#,
            "Open Mon-Fri 8-17, closed on public holidays, half-days 8-13",
            "Avoinna ma–pe 8–17, suljettu pyhäpäivinä, aattoina 8–13",
            "Öppet mån–fre 8–17, stängt på helgdagar, halvdagar 8–13",
        ),
        (
            r#""open": "Mo-Fr 08:00-17:00", "holiday_sets": [{"region": "EE", "categories": ["half_day"]}], "half_day_open": []"#,
            "Open Mon-Fri 8-17, closed on half-days",
            "Avoinna ma–pe 8–17, suljettu aattoina",
            "Öppet mån–fre 8–17, stängt på halvdagar",
        ),
        (
            r#""open": "Mo-Fr 08:00-16:00; PH Mo-Fr 10:00-12:00""#,
            "Open Mon-Fri 8-16, on public holidays Mon-Fri 10-12",
            "Avoinna ma–pe 8–16, pyhäpäivinä ma–pe 10–12",
            "Öppet mån–fre 8–16, på helgdagar mån–fre 10–12",
        ),
        (
            r#""open": "Mo[1] 10:00-12:00""#,
            "Open Mo[1] 10:00-12:00",
            "Avoinna Mo[1] 10:00-12:00",
            "Öppet Mo[1] 10:00-12:00",
        ),
        (
            r#""open": "Mo-Fr 08:00-16:00", "breaks": [{"at": "Mo[1] 09:00-10:00", "name": "meeting"}]"#,
            "Open Mon-Fri 8-16; break Mo[1] 09:00-10:00 (meeting)",
            "Avoinna ma–pe 8–16; tauko Mo[1] 09:00-10:00 (meeting)",
            "Öppet mån–fre 8–16; paus Mo[1] 09:00-10:00 (meeting)",
        ),
    ];
    for (fields, en, fi, sv) in cases {
        let hours = hours(fields);
        assert_eq!(hours.describe(En), en, "{fields}");
        assert_eq!(hours.describe(Fi), fi, "{fields}");
        assert_eq!(hours.describe(Sv), sv, "{fields}");
    }
}

const OFFICE: &str = r#""open": "Mo-Fr 08:00-18:00", "holiday_sets": ["FI"]"#;

#[test]
fn now() {
    let half_past = r#""open": "Mo-Fr 08:30-16:15""#;
    let lunch =
        r#""open": "Mo-Fr 08:00-18:00", "breaks": [{"at": "Mo-Fr 12:00-13:00", "name": "lunch"}]"#;
    let bar = r#""open": "Fr-Sa 18:00-02:00""#;
    let late = r#""open": "Mo-Fr 16:00-24:00""#;
    let nights = r#""open": "Tu 00:00-06:00""#;
    let weekdays = r#""open": "Mo-Fr 00:00-24:00""#;
    let summer = r#""open": "off", "seasons": [{"from": "--06-01", "through": "--08-31", "open": "Mo-Su 10:00-20:00", "name": ""}]"#;
    let audit =
        r#""open": "Mo-Fr 08:00-18:00", "exceptions": [{"date": "2026-11-18", "name": "audit"}]"#;
    let far = r#""open": "off", "exceptions": [{"date": "2028-02-01", "open": ["08:00-12:00"], "name": ""}]"#;
    let cases = [
        // 2026-11-17 is a Tuesday.
        (
            OFFICE,
            "2026-11-17T10:00",
            "open now, closes today at 18",
            "avoinna nyt, sulkeutuu tänään klo 18",
            "öppet nu, stänger i dag kl. 18",
        ),
        (
            OFFICE,
            "2026-11-17T08:00",
            "open now, closes today at 18",
            "avoinna nyt, sulkeutuu tänään klo 18",
            "öppet nu, stänger i dag kl. 18",
        ),
        (
            OFFICE,
            "2026-11-17T18:00",
            "closed, opens again tomorrow at 8",
            "suljettu, avautuu huomenna klo 8",
            "stängt, öppnar igen i morgon kl. 8",
        ),
        (
            OFFICE,
            "2026-11-17T07:59",
            "closed, opens again today at 8",
            "suljettu, avautuu tänään klo 8",
            "stängt, öppnar igen i dag kl. 8",
        ),
        (
            OFFICE,
            "2026-11-18T00:00",
            "closed, opens again today at 8",
            "suljettu, avautuu tänään klo 8",
            "stängt, öppnar igen i dag kl. 8",
        ),
        (
            OFFICE,
            "2026-11-20T20:00",
            "closed, opens again on Monday at 8",
            "suljettu, avautuu maanantaina klo 8",
            "stängt, öppnar igen på måndag kl. 8",
        ),
        (
            OFFICE,
            "2026-11-22T20:00",
            "closed, opens again tomorrow at 8",
            "suljettu, avautuu huomenna klo 8",
            "stängt, öppnar igen i morgon kl. 8",
        ),
        // Independence Day 2027 is a Monday.
        (
            OFFICE,
            "2027-12-06T10:00",
            "closed (Independence Day), opens again tomorrow at 8",
            "suljettu (itsenäisyyspäivä), avautuu huomenna klo 8",
            "stängt (självständighetsdagen), öppnar igen i morgon kl. 8",
        ),
        (
            OFFICE,
            "2027-12-03T19:00",
            "closed, opens again on Tuesday at 8",
            "suljettu, avautuu tiistaina klo 8",
            "stängt, öppnar igen på tisdag kl. 8",
        ),
        // Maundy Thursday, then Good Friday to Easter Monday.
        (
            OFFICE,
            "2026-04-02T18:30",
            "closed, opens again on Tuesday at 8",
            "suljettu, avautuu tiistaina klo 8",
            "stängt, öppnar igen på tisdag kl. 8",
        ),
        (
            half_past,
            "2026-11-17T06:00",
            "closed, opens again today at 8:30",
            "suljettu, avautuu tänään klo 8.30",
            "stängt, öppnar igen i dag kl. 8.30",
        ),
        (
            half_past,
            "2026-11-17T12:00",
            "open now, closes today at 16:15",
            "avoinna nyt, sulkeutuu tänään klo 16.15",
            "öppet nu, stänger i dag kl. 16.15",
        ),
        (
            lunch,
            "2026-11-17T12:10",
            "closed (lunch), opens again today at 13",
            "suljettu (lunch), avautuu tänään klo 13",
            "stängt (lunch), öppnar igen i dag kl. 13",
        ),
        (
            lunch,
            "2026-11-17T11:10",
            "open now, closes today at 12",
            "avoinna nyt, sulkeutuu tänään klo 12",
            "öppet nu, stänger i dag kl. 12",
        ),
        (
            bar,
            "2026-11-20T23:00",
            "open now, closes tomorrow at 2",
            "avoinna nyt, sulkeutuu huomenna klo 2",
            "öppet nu, stänger i morgon kl. 2",
        ),
        (
            bar,
            "2026-11-21T01:00",
            "open now, closes today at 2",
            "avoinna nyt, sulkeutuu tänään klo 2",
            "öppet nu, stänger i dag kl. 2",
        ),
        (
            bar,
            "2026-11-18T12:00",
            "closed, opens again on Friday at 18",
            "suljettu, avautuu perjantaina klo 18",
            "stängt, öppnar igen på fredag kl. 18",
        ),
        (
            late,
            "2026-11-17T20:00",
            "open now, closes today at midnight",
            "avoinna nyt, sulkeutuu tänään klo 24",
            "öppet nu, stänger i dag kl. 24",
        ),
        (
            nights,
            "2026-11-16T12:00",
            "closed, opens again tomorrow at 0:00",
            "suljettu, avautuu huomenna klo 0.00",
            "stängt, öppnar igen i morgon kl. 0.00",
        ),
        (
            nights,
            "2026-11-17T07:00",
            "closed, opens again on 24 November at 0:00",
            "suljettu, avautuu 24. marraskuuta klo 0.00",
            "stängt, öppnar igen den 24 november kl. 0.00",
        ),
        (
            weekdays,
            "2026-11-17T07:00",
            "open now, closes on Friday at midnight",
            "avoinna nyt, sulkeutuu perjantaina klo 24",
            "öppet nu, stänger på fredag kl. 24",
        ),
        (
            summer,
            "2026-11-17T07:00",
            "closed, opens again on 1 June 2027 at 10",
            "suljettu, avautuu 1. kesäkuuta 2027 klo 10",
            "stängt, öppnar igen den 1 juni 2027 kl. 10",
        ),
        (
            summer,
            "2027-04-17T07:00",
            "closed, opens again on 1 June at 10",
            "suljettu, avautuu 1. kesäkuuta klo 10",
            "stängt, öppnar igen den 1 juni kl. 10",
        ),
        (
            audit,
            "2026-11-18T07:00",
            "closed (audit), opens again tomorrow at 8",
            "suljettu (audit), avautuu huomenna klo 8",
            "stängt (audit), öppnar igen i morgon kl. 8",
        ),
        (
            far,
            "2026-11-18T07:00",
            "closed, opens again on 1 February 2028 at 8",
            "suljettu, avautuu 1. helmikuuta 2028 klo 8",
            "stängt, öppnar igen den 1 februari 2028 kl. 8",
        ),
        (
            far,
            "2028-11-18T07:00",
            "closed, does not open again",
            "suljettu, ei avaudu enää",
            "stängt, öppnar inte igen",
        ),
        (
            r#""open": "off""#,
            "2026-11-18T07:00",
            "closed, does not open again",
            "suljettu, ei avaudu enää",
            "stängt, öppnar inte igen",
        ),
        (
            r#""open": "24/7""#,
            "2026-11-18T07:00",
            "open around the clock",
            "avoinna ympäri vuorokauden",
            "öppet dygnet runt",
        ),
    ];
    for (fields, now, en, fi, sv) in cases {
        let calendar = calendar(fields);
        assert_eq!(calendar.when(at(now), En), en, "{fields} at {now}");
        assert_eq!(calendar.when(at(now), Fi), fi, "{fields} at {now}");
        assert_eq!(calendar.when(at(now), Sv), sv, "{fields} at {now}");
        let opens = calendar.opens(at(now), En);
        let closed = en
            .split_once(", ")
            .filter(|(word, _)| word.starts_with("closed"));
        assert_eq!(
            opens.as_deref(),
            closed.map(|(_, opens)| opens),
            "{fields} at {now}"
        );
    }
}

#[test]
fn today_is_the_day_of_the_calendar() {
    let auckland = Hours::new(chrono_tz::Pacific::Auckland)
        .open("Mo-Fr 08:00-18:00")
        .unwrap();
    // 03:00 on Tuesday in Auckland is Monday afternoon in London.
    let now: DateTime<Utc> = "2026-11-16T14:00:00Z".parse().unwrap();
    let calendar = auckland.build().unwrap();
    assert_eq!(calendar.when(now, En), "closed, opens again today at 8");
    let london = now.with_timezone(&chrono_tz::Europe::London);
    assert_eq!(calendar.when(london, En), "closed, opens again today at 8");
    assert_eq!(
        calendar.when(now.timestamp(), En),
        "closed, opens again today at 8"
    );
}

#[test]
fn both_in_one_sentence() {
    let dates = r#""open": "Mo-Fr 08:00-18:00", "exceptions": [
        {"date": "2026-11-10", "name": "over"},
        {"date": "2026-11-24", "open": ["10:00-12:00"], "name": "audit"},
        {"date": "2026-12-24", "name": "too far ahead"}]"#;
    let years =
        r#""open": "Mo-Fr 08:00-18:00", "exceptions": [{"date": "2027-01-04", "name": "audit"}]"#;
    let season = r#""open": "Mo-Fr 08:00-18:00", "seasons": [
        {"from": "2026-06-01", "through": "2026-08-31", "open": "off", "name": "over"},
        {"from": "2026-12-21", "through": "2027-01-05", "open": "off", "name": "break"}]"#;
    let ended = r#""open": "Mo-Fr 08:00-18:00", "seasons": [{"from": "2026-01-01", "through": "2099-12-31", "open": "off", "name": ""}]"#;
    let cases = [
        (
            OFFICE,
            "2026-11-17T19:00",
            En,
            "Open Mon-Fri 8-18, closed on public holidays; opens again tomorrow at 8",
        ),
        (
            OFFICE,
            "2026-11-17T19:00",
            Fi,
            "Avoinna ma–pe 8–18, suljettu pyhäpäivinä; avautuu huomenna klo 8",
        ),
        (
            OFFICE,
            "2026-11-17T19:00",
            Sv,
            "Öppet mån–fre 8–18, stängt på helgdagar; öppnar igen i morgon kl. 8",
        ),
        (
            OFFICE,
            "2026-11-17T09:00",
            En,
            "Open Mon-Fri 8-18, closed on public holidays; open now, closes today at 18",
        ),
        (
            OFFICE,
            "2027-12-06T09:00",
            Fi,
            "Avoinna ma–pe 8–18, suljettu pyhäpäivinä; suljettu (itsenäisyyspäivä), avautuu huomenna klo 8",
        ),
        (
            dates,
            "2026-11-17T19:00",
            En,
            "Open Mon-Fri 8-18; on 24 November open 10-12 (audit); opens again tomorrow at 8",
        ),
        (
            years,
            "2026-12-30T19:00",
            Fi,
            "Avoinna ma–pe 8–18; 4.1. suljettu (audit); avautuu huomenna klo 8",
        ),
        (
            season,
            "2026-11-17T19:00",
            Sv,
            "Öppet mån–fre 8–18; 21 december–5 januari stängt (break); öppnar igen i morgon kl. 8",
        ),
        (
            ended,
            "2026-11-17T19:00",
            En,
            "Open Mon-Fri 8-18; closed from 1 January 2026 to 31 December 2099; does not open again",
        ),
        (
            r#""open": "24/7""#,
            "2026-11-17T19:00",
            En,
            "Open around the clock",
        ),
        (r#""open": "off""#, "2026-11-17T19:00", Sv, "Stängt"),
    ];
    for (fields, now, language, expected) in cases {
        assert_eq!(
            calendar(fields).sentence(at(now), language),
            expected,
            "{fields} at {now}"
        );
    }
}

#[test]
fn several_schedules() {
    let helpers = r#"{ "any_of": [
        { "name": "Oulu", "zone": "Europe/Helsinki", "open": "Mo-Fr 08:00-16:00", "holiday_sets": ["FI"] },
        { "name": "Austin", "zone": "America/Chicago", "open": "Mo-Fr 08:00-16:00" }
    ] }"#;
    let pair = r#"{ "minus": {
        "from": { "all_of": [
            { "zone": "Europe/Helsinki", "open": "Mo-Su 08:00-16:00", "holiday_sets": ["FI"] },
            { "zone": "Europe/Helsinki", "open": "Mo-Fr 00:00-24:00" }
        ] },
        "take": { "name": "maintenance", "zone": "Europe/Helsinki", "open": "Tu 12:00-14:00" }
    } }"#;
    let calendar = |text: &str| {
        let schedule: Schedule = serde_json::from_str(text).unwrap();
        schedule.build().unwrap()
    };
    let cases = [
        (
            helpers,
            En,
            "2026-11-17T10:00",
            "Open while one of these is: Oulu: open Mon-Fri 8-16, closed on public holidays | Austin: open Mon-Fri 8-16 (America/Chicago); open now, closes today at midnight",
        ),
        (
            helpers,
            Fi,
            "2026-12-06T10:00",
            "Avoinna, kun jokin näistä on: Oulu: avoinna ma–pe 8–16, suljettu pyhäpäivinä | Austin: avoinna ma–pe 8–16 (America/Chicago); suljettu (itsenäisyyspäivä), avautuu huomenna klo 8",
        ),
        (
            pair,
            Sv,
            "2026-11-17T12:30",
            "Öppet när det första av dessa är det och det andra inte: (öppet när alla dessa är det: öppet alla dagar 8–16, stängt på helgdagar | öppet mån–fre dygnet runt) | maintenance: öppet tis 12–14; stängt (maintenance), öppnar igen i dag kl. 14",
        ),
    ];
    for (text, language, now, expected) in cases {
        assert_eq!(calendar(text).sentence(at(now), language), expected);
    }
    let told = calendar(pair).schedule().describe(Fi);
    assert!(
        told.starts_with("Avoinna, kun ensimmäinen näistä on ja toinen ei: (avoinna, kun"),
        "{told}"
    );
}

#[test]
fn every_month_and_weekday() {
    let day = |date: &str, language: Language| {
        let fields = format!(
            r#""open": "off", "exceptions": [{{"date": "{date}", "open": ["08:00-12:00"], "name": ""}}]"#
        );
        calendar(&fields)
            .opens(at("2026-01-01T12:00"), language)
            .unwrap()
    };
    let months = [
        ("2026-01-20", "20. tammikuuta", "20 januari"),
        ("2026-02-01", "1. helmikuuta", "1 februari"),
        ("2026-03-01", "1. maaliskuuta", "1 mars"),
        ("2026-04-01", "1. huhtikuuta", "1 april"),
        ("2026-05-01", "1. toukokuuta", "1 maj"),
        ("2026-06-01", "1. kesäkuuta", "1 juni"),
        ("2026-07-01", "1. heinäkuuta", "1 juli"),
        ("2026-08-01", "1. elokuuta", "1 augusti"),
        ("2026-09-01", "1. syyskuuta", "1 september"),
        ("2026-10-01", "1. lokakuuta", "1 oktober"),
        ("2026-11-01", "1. marraskuuta", "1 november"),
        ("2026-12-01", "1. joulukuuta", "1 december"),
    ];
    for (date, fi, sv) in months {
        assert_eq!(day(date, Fi), format!("avautuu {fi} klo 8"));
        assert_eq!(day(date, Sv), format!("öppnar igen den {sv} kl. 8"));
    }
    // The first of January 2026 is a Thursday.
    let weekdays = [
        ("2026-01-03", "lauantaina", "på lördag"),
        ("2026-01-04", "sunnuntaina", "på söndag"),
        ("2026-01-05", "maanantaina", "på måndag"),
        ("2026-01-06", "tiistaina", "på tisdag"),
        ("2026-01-07", "keskiviikkona", "på onsdag"),
        ("2026-01-08", "8. tammikuuta", "den 8 januari"),
    ];
    for (date, fi, sv) in weekdays {
        assert_eq!(day(date, Fi), format!("avautuu {fi} klo 8"));
        assert_eq!(day(date, Sv), format!("öppnar igen {sv} kl. 8"));
    }
    assert_eq!(
        serde_json::to_string(&Language::ALL).unwrap(),
        r#"["en","fi","sv"]"#
    );
    assert_eq!(serde_json::from_str::<Language>(r#""fi""#).unwrap(), Fi);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Any plan can be told at any time, and the day and the clock in it are those of the answer.
    #[test]
    fn the_answer_is_that_of_the_calendar(
        days in prop::collection::vec((0..24_u32, 1..30_u32), 7),
        now in 1_700_000_000_i64..2_000_000_000,
    ) {
        let names = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
        let rules: Vec<_> = names
            .iter()
            .zip(&days)
            .map(|(name, (start, long))| format!("{name} {start:02}:00-{:02}:00", (start + long).min(48)))
            .collect();
        let calendar = calendar(&format!(r#""open": "{}""#, rules.join("; ")));
        for language in Language::ALL {
            let told = calendar.sentence(now, language);
            prop_assert!(!told.is_empty());
            prop_assert_eq!(calendar.opens(now, language).is_some(), !calendar.is_open(now));
            if let Ok(change) = calendar.next_change(now) {
                let wall = DateTime::<Utc>::from_timestamp(change, 0).unwrap()
                    .with_timezone(&calendar.zone());
                let hour = wall.format("%-H").to_string();
                let told = calendar.when(now, language);
                let end = told.rsplit(' ').next().unwrap();
                prop_assert!(
                    end == hour || hour == "0" && ["0:00", "0.00", "24", "midnight"].contains(&end),
                    "{} {}", told, wall
                );
            }
        }
    }
}
