//! Opening hours and the clocks of a promise, from the command line.
//!
//! `promise --hours "Mo-Fr 08:00-18:00; PH off" --tz Europe/Helsinki --holidays FI --add 4h` tells
//! whether it is open, what changes next and when four open hours have passed. With `--target` or
//! `--policy` and `--events` it replays a ticket and explains its clocks. `--json` is for scripts.

mod answer;
mod events;
mod show;
mod when;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aspa_hours::Language;
use aspa_hours::holidays::{Category, HolidayError, HolidaySet, Region};
use chrono_tz::Tz;
use clap::Parser;

const EXAMPLES: &str = r#"Examples:
  promise --hours "Mo-Fr 08:00-18:00; PH off" --tz Europe/Helsinki --holidays FI --add 4h
  promise --hours "Mo-Fr 08:00-18:00" --tz Europe/Berlin --holidays DE-BY \
          --at 2026-11-20T17:30 --between 2026-11-23T09:00
  promise --hours "Mo-Fr 08:00-18:00" --tz Europe/Helsinki --target 1h --events ticket.jsonl --json

Times: 2026-11-20T17:30:00+02:00, 2026-11-20T17:30 (wall clock of the zone), Unix seconds, now.
Lengths: 90m, 1h 30m or 45s of open time; 3bd for the end of the third business day.

A line of --events is an object with `at` and `event`:
  {"at":"2026-11-20T17:30","event":"created","channel":"email","priority":"high","tags":["b2b"]}
  {"at":"2026-11-20T17:40","event":"agent_reply","kind":"holding"}       (answer | holding | automatic)
  {"at":"2026-11-20T17:45","event":"status","status":"pending"}
              (new | open | pending | on_hold | snoozed | solved | closed)
  {"at":"2026-11-23T08:10","event":"customer_reply"}
  {"at":"2026-11-23T08:12","event":"assign","to":"anna"}                 (null: nobody)
  {"at":"2026-11-23T08:15","event":"priority","priority":"urgent"}
  {"at":"2026-11-23T08:20","event":"policy","policy":"gold"}
  {"at":"2026-11-23T08:30","event":"commit","name":"call back","due":"2026-11-27T12:00"}
  {"at":"2026-11-27T11:00","event":"kept","name":"call back"}            (or called_off)

A --calendar file (also any_of, all_of and minus of several; `cargo doc -p aspa-hours` has it all):
  {"zone":"Europe/Helsinki","open":"Mo-Fr 08:00-18:00; Sa 22:00-26:00","holiday_sets":["FI"],
   "holiday_mode":"calendar_date","breaks":[{"at":"Mo-Fr 12:00-12:30","name":"lunch"}],
   "seasons":[{"from":"--06-01","through":"--08-31","open":"Mo-Fr 09:00-16:00","name":"summer"}],
   "exceptions":[{"date":"2026-12-23","open":["08:00-12:00"],"name":"a party"}],
   "clock_changes":"wall_set"}

A --policy file, a list of which the first that fits holds, or one promise by itself:
  {"policies":[
    {"name":"gold","when":{"channel":["email"],"tier":["gold"],"tag":["delivery"]},
     "change_mode":"carry","reopen_mode":"new_cycle","pause_on":["pending","on_hold"],
     "targets":[{"clock":"first_response","priority":["urgent"],"within":"30m","time":"calendar"},
                {"clock":"first_response","within":"1h 30m","warn":[50,75],
                 "escalate":[{"after":"30m","to":["team lead"]}]},
                {"clock":"resolution","within":"16h"}]},
    {"name":"everybody","targets":[{"clock":"next_response","within":"24h"}]}]}
  (change_mode: retroactive | keep | carry | fresh; reopen_mode: resume | new_cycle; time: business | calendar)

Exit codes: 0 done; 2 wrong usage or unreadable input; 1 anything else."#;

/// Tells opening hours and the clocks of a promise: open or not, the next change, due times, and why.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
struct Arguments {
    /// The opening hours, as OpenStreetMap writes them: "Mo-Fr 08:00-18:00; PH off".
    #[arg(long, value_name = "OSM", conflicts_with = "calendar")]
    hours: Option<String>,
    /// The opening hours, as JSON: the form that aspa-hours reads, also several calendars combined.
    #[arg(long, value_name = "FILE")]
    calendar: Option<PathBuf>,
    /// The time zone of --hours, and of times without an offset.
    #[arg(long, value_name = "ZONE")]
    tz: Option<Tz>,
    /// Public holidays that close: FI, DE-BY, GB-SCT, US-CA … Several with commas, or repeated.
    /// Others than the public ones are named behind it: SE+de_facto, EE+half_day.
    #[arg(long, value_name = "REGION", value_delimiter = ',', value_parser = holidays)]
    holidays: Vec<HolidaySet>,
    /// The instant asked about.
    #[arg(
        long,
        value_name = "TIME",
        default_value = "now",
        allow_negative_numbers = true
    )]
    at: String,
    /// When has so much open time passed from then on?
    #[arg(long, value_name = "LENGTH")]
    add: Option<String>,
    /// Since when has so much open time passed until then?
    #[arg(long, value_name = "LENGTH")]
    sub: Option<String>,
    /// How much open time lies between --at and this time?
    #[arg(long, value_name = "TIME", allow_negative_numbers = true)]
    between: Option<String>,
    /// Lists the stretches between --at and this time, each closed one with its reason.
    #[arg(long, value_name = "TIME", allow_negative_numbers = true)]
    list: Option<String>,
    /// A promise to answer every message within so much open time.
    #[arg(long, value_name = "LENGTH", conflicts_with = "policy")]
    target: Option<String>,
    /// A promise, or a list of policies, as JSON: the form that aspa-sla reads. One without hours has
    /// those of --hours or --calendar.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// What happened to a ticket: JSON Lines; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// The language of sentences: en, fi or sv.
    #[arg(long, value_name = "LANGUAGE", default_value = "en", value_parser = language)]
    language: Language,
    /// Prints JSON, and nothing else, on standard output.
    #[arg(long)]
    json: bool,
}

fn language(text: &str) -> Result<Language, String> {
    Language::from_tag(text).ok_or_else(|| "en, fi or sv".to_owned())
}

fn holidays(text: &str) -> Result<HolidaySet, String> {
    let mut words = text.split('+');
    let region = words.next().unwrap_or_default();
    let region: Region = region.parse().map_err(|e: HolidayError| e.to_string())?;
    let mut categories = vec![Category::Public];
    for word in words {
        categories.push(match word {
            "public" => Category::Public,
            "de_facto" => Category::DeFacto,
            "half_day" => Category::HalfDay,
            _ => return Err(format!("{word:?}: public, de_facto or half_day")),
        });
    }
    Ok(HolidaySet::new(region).categories(categories))
}

/// Wrong usage or unreadable input: what to do about it.
type Refused = String;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let answer = match answer::answer(&arguments) {
        Ok(answer) => answer,
        Err(why) => {
            eprintln!("promise: {why}");
            return ExitCode::from(2);
        }
    };
    let text = if arguments.json {
        serde_json::to_string_pretty(&answer).map_err(|e| e.to_string())
    } else {
        Ok(show::text(&answer))
    };
    match text.and_then(|text| print(&text)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("promise: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Writes to standard output; a reader that went away is no failure.
fn print(text: &str) -> Result<(), String> {
    use std::io::Write as _;
    match writeln!(std::io::stdout(), "{}", text.trim_end()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    }
}

/// The text of a file, or of standard input where it is called `-`.
fn read(path: &Path, option: &str) -> Result<String, Refused> {
    let read = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    read.map_err(|error| format!("{option} {}: {error}", path.display()))
}
