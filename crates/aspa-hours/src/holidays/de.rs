//! Germany and its sixteen states.
//!
//! - The whole country: 3 October (Einigungsvertrag of 31 August 1990, article 2); the other nine
//!   days stand in the act of each state. Repentance Day was one of them until 1994, when it paid for
//!   the care insurance (SGB XI § 58); Saxony kept it. Reformation Day of 2017 was a holiday in every
//!   state.
//! - Acts: BB FTG of 21 March 1991; BE of 28 October 1954; BW FTG in the version of 8 May 1995; BY
//!   FTG of 21 May 1980; HB of 12 November 1954; HE in the version of 29 December 1971; HH of 16
//!   October 1953; MV FTG in the version of 8 March 2002; NI of 7 March 1995; NW in the version of 23
//!   April 1989; RP LFtG of 15 July 1970; SH SFTG of 28 June 2004; SL SFG of 18 February 1976; SN
//!   SächsSFG of 10 November 1992; ST FeiertG LSA of 22 May 1992; TH ThürFtG of 21 December 1994.
//! - Later: Reformation Day in HB, HH, NI and SH from 2018; Women's Day in BE from 2019 and in MV from
//!   2023; Children's Day in TH from 2019; single days in BE on 8 May 2020, 8 May 2025 and 17 June
//!   2028.
//! - Parts of states: Assumption Day is a holiday in Bavarian municipalities with more Catholics than
//!   Protestants (most of them, Munich included), Corpus Christi in a few of Saxony and in the
//!   Eichsfeld of Thuringia. `DE-BY`, `DE-SN` and `DE-TH` leave them out, `DE-BY-CATHOLIC` and so on
//!   hold them; `DE-BY-AUGSBURG` holds the Peace Festival of that city as well (FTG of BY, article 1).
//! - Easter and Whit Sunday are named only by Brandenburg; elsewhere they are Sundays as others are.
//! - Shops close at 14:00 on Christmas Eve (Ladenschlussgesetz § 3 and the acts of the states).

use chrono::Weekday::Wed;

use super::region::Place;
use super::rule::{Rule, date, easter, from, half_day, public};

pub(super) const PLACES: [Place; 21] = [
    state("DE", "Germany", &[ALL], &[]),
    state(
        "DE-BB",
        "Brandenburg",
        &[ALL],
        &[EASTER_SUNDAY, WHIT_SUNDAY, REFORMATION_DAY],
    ),
    state("DE-BE", "Berlin", &[ALL], BERLIN),
    state(
        "DE-BW",
        "Baden-Württemberg",
        &[ALL],
        &[EPIPHANY, CORPUS_CHRISTI, ALL_SAINTS],
    ),
    state("DE-BY", "Bavaria", &[ALL], BAVARIA),
    state(
        "DE-BY-AUGSBURG",
        "Augsburg",
        &[ALL, BAVARIA],
        &[ASSUMPTION, PEACE_FESTIVAL],
    ),
    state(
        "DE-BY-CATHOLIC",
        "Bavaria (Catholic municipalities)",
        &[ALL, BAVARIA],
        &[ASSUMPTION],
    ),
    state("DE-HB", "Bremen", &[ALL], &[REFORMATION_DAY.since(2018)]),
    state("DE-HE", "Hesse", &[ALL], &[CORPUS_CHRISTI]),
    state("DE-HH", "Hamburg", &[ALL], &[REFORMATION_DAY.since(2018)]),
    state(
        "DE-MV",
        "Mecklenburg-Western Pomerania",
        &[ALL],
        &[WOMENS_DAY.since(2023), REFORMATION_DAY],
    ),
    state(
        "DE-NI",
        "Lower Saxony",
        &[ALL],
        &[REFORMATION_DAY.since(2018)],
    ),
    state(
        "DE-NW",
        "North Rhine-Westphalia",
        &[ALL],
        &[CORPUS_CHRISTI, ALL_SAINTS],
    ),
    state(
        "DE-RP",
        "Rhineland-Palatinate",
        &[ALL],
        &[CORPUS_CHRISTI, ALL_SAINTS],
    ),
    state(
        "DE-SH",
        "Schleswig-Holstein",
        &[ALL],
        &[REFORMATION_DAY.since(2018)],
    ),
    state(
        "DE-SL",
        "Saarland",
        &[ALL],
        &[CORPUS_CHRISTI, ASSUMPTION, ALL_SAINTS],
    ),
    state("DE-SN", "Saxony", &[ALL], SAXONY),
    state(
        "DE-SN-CATHOLIC",
        "Saxony (Catholic municipalities)",
        &[ALL, SAXONY],
        &[CORPUS_CHRISTI],
    ),
    state(
        "DE-ST",
        "Saxony-Anhalt",
        &[ALL],
        &[EPIPHANY, REFORMATION_DAY],
    ),
    state("DE-TH", "Thuringia", &[ALL], THURINGIA),
    state(
        "DE-TH-CATHOLIC",
        "Thuringia (Catholic municipalities)",
        &[ALL, THURINGIA],
        &[CORPUS_CHRISTI],
    ),
];

/// Germany is one country since 3 October 1990.
const fn state(
    code: &'static str,
    name: &'static str,
    shared: &'static [&'static [Rule]],
    own: &'static [Rule],
) -> Place {
    Place {
        code,
        name,
        since: 1991,
        shared,
        own,
    }
}

const ALL: &[Rule] = &[
    public("New Year's Day", date(1, 1)).called(&[("de", "Neujahr")]),
    public("Good Friday", easter(-2)).called(&[("de", "Karfreitag")]),
    public("Easter Monday", easter(1)).called(&[("de", "Ostermontag")]),
    public("Labour Day", date(5, 1)).called(&[("de", "Tag der Arbeit")]),
    public("Ascension Day", easter(39)).called(&[("de", "Christi Himmelfahrt")]),
    public("Whit Monday", easter(50)).called(&[("de", "Pfingstmontag")]),
    public("German Unity Day", date(10, 3)).called(&[("de", "Tag der Deutschen Einheit")]),
    public("Reformation Day", date(10, 31))
        .called(REFORMATION)
        .only(2017),
    REPENTANCE_DAY.until(1994),
    half_day("Christmas Eve", date(12, 24)).called(&[("de", "Heiligabend")]),
    public("Christmas Day", date(12, 25)).called(&[("de", "1. Weihnachtstag")]),
    public("Second Day of Christmas", date(12, 26)).called(&[("de", "2. Weihnachtstag")]),
];

const BERLIN: &[Rule] = &[
    WOMENS_DAY.since(2019),
    public("Liberation Day", date(5, 8))
        .called(LIBERATION)
        .in_years(&[2020, 2025]),
    public("Uprising of 17 June 1953", date(6, 17))
        .called(&[("de", "75. Jahrestag des Aufstands vom 17. Juni 1953")])
        .only(2028),
];

const BAVARIA: &[Rule] = &[EPIPHANY, CORPUS_CHRISTI, ALL_SAINTS];

const SAXONY: &[Rule] = &[REFORMATION_DAY, REPENTANCE_DAY.since(1995)];

const THURINGIA: &[Rule] = &[
    public("Children's Day", date(9, 20))
        .called(&[("de", "Weltkindertag")])
        .since(2019),
    REFORMATION_DAY,
];

const EPIPHANY: Rule = public("Epiphany", date(1, 6)).called(&[("de", "Heilige Drei Könige")]);
const WOMENS_DAY: Rule =
    public("Women's Day", date(3, 8)).called(&[("de", "Internationaler Frauentag")]);
const EASTER_SUNDAY: Rule = public("Easter Sunday", easter(0)).called(&[("de", "Ostersonntag")]);
const WHIT_SUNDAY: Rule = public("Whit Sunday", easter(49)).called(&[("de", "Pfingstsonntag")]);
const CORPUS_CHRISTI: Rule = public("Corpus Christi", easter(60)).called(&[("de", "Fronleichnam")]);
const PEACE_FESTIVAL: Rule =
    public("Peace Festival", date(8, 8)).called(&[("de", "Hohes Friedensfest")]);
const ASSUMPTION: Rule =
    public("Assumption Day", date(8, 15)).called(&[("de", "Mariä Himmelfahrt")]);
/// Where it is a holiday every year; that of 2017 is everybody's.
const REFORMATION_DAY: Rule = public("Reformation Day", date(10, 31))
    .called(REFORMATION)
    .except(&[2017]);
const ALL_SAINTS: Rule = public("All Saints' Day", date(11, 1)).called(&[("de", "Allerheiligen")]);
/// The Wednesday before 23 November.
const REPENTANCE_DAY: Rule =
    public("Repentance Day", from(Wed, 11, 16)).called(&[("de", "Buß- und Bettag")]);

const REFORMATION: &[(&str, &str)] = &[("de", "Reformationstag")];
const LIBERATION: &[(&str, &str)] = &[("de", "Tag der Befreiung")];
