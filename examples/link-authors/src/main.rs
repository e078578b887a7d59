//! Which social author is which customer.
//!
//! `link-authors --customers crm.jsonl --authors authors.jsonl --out links.csv` writes one row for
//! each author: the best candidate, its probability, and whether to link, to ask a person or neither.
//! `--explain AUTHOR_ID` tells why.

mod input;
mod lines;
mod link;
mod numbers;
mod output;
mod parallel;
mod progress;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aspa_crm::Customer;
use aspa_crm::normal::Region;
use aspa_identity::extract::Pattern;
use aspa_identity::{ContactKind, Settings};
use aspa_types::HandleKey;
use clap::Parser;

use crate::input::Labels;
use crate::output::Output;

/// Deciding allocates often and briefly on several threads: a sixth less time than with the system's. It
/// also asks for huge pages, which spare a fifth with millions of customers.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EXAMPLES: &str = r#"Examples:
  link-authors --customers crm.jsonl --authors authors.jsonl --out links.csv
  link-authors --customers crm.csv --authors authors.jsonl --explain A0000123
  link-authors --customers crm.jsonl --authors - --out - --order-number T:6 < authors.jsonl

Customers are JSON Lines, all but the id optional:
  {"id":"17","kind":"person","first":"Maija","last":"Meikäläinen","company":"","title":"",
   "emails":["maija@example.fi"],"phones":["040 1234567"],"street":"","postcode":"","city":"Lahti",
   "country":"FI","website":"","handles":[{"network":"x","handle":"maijam"}],
   "customer_no":"10012345","orders":["T500123"]}
or CSV with a heading of usual names (id, first_name, last_name, email, phone, company, city …).

Authors are JSON Lines, all but the id optional:
  {"author_id":"A1","network":"x","handle":"maijam82","display":"Maija M.","bio":"","location":"Lahti",
   "links":[],"verified_links":[],"dm_text":"numeroni on 040 1234567, t. Maija",
   "revealed":{"email":"","phone":"","customer_no":"","order_no":""}}
or CSV with these names as its heading, several links parted by |, email, phone, customer_no and
order_no for what was revealed.

Labels are CSV: author_id,crm_ids, several ids of one customer parted by |, none for no customer. They should
be a random sample of the authors: of hard cases only, probabilities would be learnt wrongly.

The result is CSV: author_id,crm_id,prob,decision, one row for each author in the order of the input.
crm_id is the best candidate, whatever the decision (link, review or none); empty: nobody.

Exit codes: 0 done; 2 wrong usage or unreadable input; 1 anything else."#;

/// Links social authors to customers, with a probability each, and explains it.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
struct Arguments {
    /// The customers: JSON Lines or CSV; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    customers: PathBuf,
    /// The authors: JSON Lines or CSV; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    authors: PathBuf,
    /// Where the result goes; `-` writes standard output.
    #[arg(long, value_name = "FILE", required_unless_present = "explain")]
    out: Option<PathBuf>,
    /// Who some of the authors are: CSV. They teach rates and probabilities, and decide nothing by
    /// themselves. From a file without rows it learns from the authors alone.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Tells why it decides so about this author; may be repeated.
    #[arg(long, value_name = "AUTHOR_ID")]
    explain: Vec<String>,
    /// Where phone numbers without a country code are from: FI, SE, NO, DK, EE, LV, DE, GB, ES, RU or US.
    #[arg(long, value_name = "COUNTRY", default_value = "FI", value_parser = region)]
    region: Region,
    /// How customer numbers look: what they start with, how many digits follow, and the check digit
    /// (luhn, mod11, mod97, finnish_reference, business_id) if any, as in 10:6-6 or K:7:luhn; may be
    /// repeated. Without it, as those in the CRM.
    #[arg(long, value_name = "PREFIX:MIN-MAX[:CHECK]", value_parser = customer_number)]
    customer_number: Vec<Pattern>,
    /// How order numbers look, in the same way.
    #[arg(long, value_name = "PREFIX:MIN-MAX[:CHECK]", value_parser = order_number)]
    order_number: Vec<Pattern>,
    /// What a false link costs, in the unit of the other costs.
    #[arg(long, value_name = "COST", default_value_t = 40.0, value_parser = cost)]
    cost_false_link: f64,
    /// What it costs that a person looks.
    #[arg(long, value_name = "COST", default_value_t = 1.0, value_parser = cost)]
    cost_review: f64,
    /// What a missed link costs.
    #[arg(long, value_name = "COST", default_value_t = 2.0, value_parser = cost)]
    cost_miss: f64,
    /// How many threads work; without it, as many as there are processors.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Tells how far it has got even where standard error is no terminal.
    #[arg(long)]
    progress: bool,
}

fn customer_number(text: &str) -> Result<Pattern, String> {
    numbers::pattern(&ContactKind::CustomerNumber, text)
}

fn order_number(text: &str) -> Result<Pattern, String> {
    numbers::pattern(&ContactKind::OrderNumber, text)
}

fn region(text: &str) -> Result<Region, String> {
    let code = serde_json::Value::String(text.to_uppercase());
    serde_json::from_value(code)
        .map_err(|_| "FI, SE, NO, DK, EE, LV, DE, GB, ES, RU or US".to_owned())
}

fn cost(text: &str) -> Result<f64, String> {
    let cost = text
        .parse::<f64>()
        .ok()
        .filter(|cost| cost.is_finite() && *cost > 0.0);
    cost.ok_or_else(|| "a number above 0".to_owned())
}

/// Wrong usage or unreadable input: what to do about it.
type Refused = String;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, why)) => {
            eprintln!("link-authors: {why}");
            ExitCode::from(code)
        }
    }
}

/// The exit code, and why.
type Failed = (u8, String);

fn run(arguments: &Arguments) -> Result<(), Failed> {
    let given = arguments
        .threads
        .and_then(|threads| NonZeroUsize::new(threads.into()));
    let threads = given
        .or_else(|| std::thread::available_parallelism().ok())
        .unwrap_or(NonZeroUsize::MIN);
    if arguments.customers == Path::new("-") && arguments.authors == Path::new("-") {
        return Err((
            2,
            "only one of --customers and --authors can be -".to_owned(),
        ));
    }
    let cannot_write =
        |out: &Path, error: &std::io::Error| (1, format!("{}: {error}", out.display()));
    let out = match &arguments.out {
        Some(path) => Some((
            path,
            Output::open(path).map_err(|e| cannot_write(path, &e))?,
        )),
        None => None,
    };
    let path = &arguments.customers;
    let customers = bytes(path)
        .and_then(|bytes| {
            let name = path.display().to_string();
            input::customers(&name, &bytes, arguments.region, threads.get())
        })
        .map_err(|why| refused("--customers", path, &why))?;
    let settings = settings(arguments, &customers);
    // One thread fills the linker while the others read the authors and what they say.
    let (presences, linker) = std::thread::scope(|scope| {
        let linker = scope.spawn(|| {
            let customers = customers;
            link::linker(settings.clone(), &customers, threads)
        });
        (presences(arguments, &settings, threads), linker.join())
    });
    let (authors, presences) = presences?;
    let mut linker = match linker {
        Ok(linker) => linker.map_err(|why| (1, why))?,
        Err(panic) => std::panic::resume_unwind(panic),
    };
    if arguments.labels.is_some() {
        let model = linker.learn(&presences, threads);
        linker = linker.model(model);
    }

    for wanted in &arguments.explain {
        let place = authors
            .iter()
            .position(|(_, a)| a.author_id.trim() == wanted.trim());
        let author = place.and_then(|place| presences.get(place));
        let author = author.ok_or_else(|| (2, format!("--explain {wanted}: no such author")))?;
        let why = linker.decide(&author.handle, &author.evidence).explain();
        print(&format!("{wanted}: {why}")).map_err(|error| (1, error.to_string()))?;
    }
    if let Some((path, out)) = out {
        let rows = progress::telling("authors", authors.len(), arguments.progress, |done| {
            link::decide(&linker, &presences, threads, done)
        });
        out.write(&authors, &rows)
            .map_err(|error| cannot_write(path, &error))?;
    }
    // The process ends: to part with every text by itself takes longer than to end.
    std::mem::forget((linker, authors, presences));
    Ok(())
}

fn refused(option: &str, path: &Path, why: &str) -> Failed {
    (2, format!("{option} {}: {why}", path.display()))
}

/// The authors, and what is known of each.
type Known = (Vec<(HandleKey, input::Author)>, Vec<link::Presence>);

fn presences(
    arguments: &Arguments,
    settings: &Settings,
    threads: NonZeroUsize,
) -> Result<Known, Failed> {
    let path = &arguments.authors;
    let authors = bytes(path)
        .and_then(|bytes| input::authors(&path.display().to_string(), &bytes, threads.get()))
        .map_err(|why| refused("--authors", path, &why))?;
    let labels = match &arguments.labels {
        Some(path) => bytes(path)
            .and_then(|bytes| input::labels(&bytes))
            .map_err(|why| refused("--labels", path, &why))?,
        None => Labels::new(),
    };
    let presences = link::presences(&authors, &labels, settings, threads);
    Ok((authors, presences))
}

fn settings(arguments: &Arguments, customers: &[Customer]) -> Settings {
    let mut settings = Settings::default();
    settings.region = arguments.region;
    settings.cost_false_link = arguments.cost_false_link;
    settings.cost_review = arguments.cost_review;
    settings.cost_miss = arguments.cost_miss;
    for (given, kind) in [
        (&arguments.customer_number, ContactKind::CustomerNumber),
        (&arguments.order_number, ContactKind::OrderNumber),
    ] {
        settings.numbers.extend(match given.is_empty() {
            true => numbers::learnt(customers, &kind),
            false => given.clone(),
        });
    }
    settings
}

/// A file, or standard input where it is called `-`.
fn bytes(path: &Path) -> Result<Vec<u8>, Refused> {
    use std::io::Read as _;
    if path != Path::new("-") {
        return std::fs::read(path).map_err(|error| error.to_string());
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// Writes to standard output; a reader that went away is no failure.
fn print(text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    match writeln!(std::io::stdout(), "{}", text.trim_end()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}
