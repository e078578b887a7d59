//! A day of a web shop's customer service: messages in; tickets, links, clocks and a report out.
//!
//! `cargo run -p quickstart` takes a day that was made up for this, makes an SQLite file, and prints
//! what a team lead wants to read in the morning. With `--tweets` or `--archive` it takes history of
//! your own.

mod input;
mod records;
mod serve;
mod show;
mod who;

use std::path::PathBuf;
use std::process::ExitCode;

use aspa_report::{Report, Work};
use aspa_sla::figures::Rate;
use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser;

/// Reads conversations, opens tickets, links authors to customers, runs the clocks of the promise
/// "Mo-Fr 08:00-18:00 Europe/Helsinki, answer within 1 h", and prints a report.
///
/// Without arguments: a made-up day of a Finnish web shop. A second run says that nothing is new.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done, also where rows were rejected; 2 wrong usage or unreadable input; 1 anything else."
)]
struct Arguments {
    /// Conversations to read: the CSV of the data set "Customer Support on Twitter".
    #[arg(long, value_name = "FILE", conflicts_with = "archive")]
    tweets: Option<PathBuf>,
    /// Conversations to read: aspa's JSON Lines (crates/aspa-channel-archive/FORMAT.md).
    #[arg(long, value_name = "FILE")]
    archive: Option<PathBuf>,
    /// Customers to link authors to: CSV, or JSON Lines (.jsonl, .json).
    #[arg(long, value_name = "FILE")]
    customers: Option<PathBuf>,
    /// Write what is decided back beside the customers: confirmed handles into FILE.handles.csv, tickets of
    /// known customers into FILE.cases.csv. Of the CSV of --customers itself only a `website` that is empty is
    /// filled in, where one is offered.
    #[arg(long, requires = "customers")]
    write_back: bool,
    /// Where to keep everything. Without it: one file per input, in the current folder.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// As of when clocks and lists are read, as 2026-11-20T10:00:00Z. Without it: the newest time in
    /// the input.
    #[arg(long, value_name = "TIME")]
    now: Option<DateTime<Utc>>,
    /// Show one ticket: messages, what happened, clocks and link explained. The first characters of
    /// its id will do.
    #[arg(long, value_name = "ID", conflicts_with_all = ["reply", "json"])]
    ticket: Option<String>,
    /// Reply to a ticket, through the outbox, on a network that lives in memory.
    #[arg(long, num_args = 2, value_names = ["ID", "TEXT"], conflicts_with = "json")]
    reply: Option<Vec<String>>,
    /// Show who writes: links and why they were made, what waits for review, whom an agent ruled out,
    /// and what to ask of whom nobody knows.
    #[arg(long, conflicts_with_all = ["reply", "json", "ticket"])]
    who: bool,
    /// Say that a handle, as --who names it, is this customer.
    #[arg(long, num_args = 2, value_names = ["HANDLE", "CUSTOMER"], conflicts_with_all = ["reply", "json", "ticket", "refuse"])]
    confirm: Option<Vec<String>>,
    /// Say that a handle is not this customer, which undoes a link.
    #[arg(long, num_args = 2, value_names = ["HANDLE", "CUSTOMER"], conflicts_with_all = ["reply", "json", "ticket"])]
    refuse: Option<Vec<String>>,
    /// Offer a fresher value of a customer's field, as a profile shows it: --offer crm:1001 email VALUE. The
    /// customers' file owns its fields: what it has stays, and the value becomes a proposal.
    #[arg(long, num_args = 3, value_names = ["CUSTOMER", "FIELD", "VALUE"], requires = "write_back", conflicts_with_all = ["reply", "json", "ticket"])]
    offer: Option<Vec<String>>,
    /// List what was proposed and not written.
    #[arg(long, requires = "write_back", conflicts_with_all = ["reply", "json", "ticket", "offer"])]
    proposals: bool,
    /// Agree with the proposal of this number, once its value was entered in the customers' file.
    #[arg(
        long,
        value_name = "NUMBER",
        requires = "proposals",
        conflicts_with = "dismiss"
    )]
    accept: Option<usize>,
    /// Dismiss the proposal of this number.
    #[arg(long, value_name = "NUMBER", requires = "proposals")]
    dismiss: Option<usize>,
    /// Erase a person: a handle as --who names it, or a customer with all handles. Shows the receipts.
    #[arg(long, value_name = "WHO", requires = "key", conflicts_with_all = ["reply", "json", "ticket"])]
    erase: Option<String>,
    /// A file with a secret of yours, under which those who were erased are known again. Once somebody was
    /// erased, each run needs it.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Minutes and euros in the report: a reply takes so many minutes, and an hour costs so many
    /// euros, as in --cost 6 25.50.
    #[arg(long, num_args = 2, value_names = ["MINUTES", "EUROS"])]
    cost: Option<Vec<String>>,
    /// Print the report as JSON, and nothing else on standard output.
    #[arg(long)]
    json: bool,
}

/// Why it ends early, and with which exit code.
#[derive(Debug)]
enum Failure {
    /// Wrong usage or unreadable input: 2.
    Input(String),
    /// Anything else: 1.
    Other(String),
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Other(whole(&error))
    }
}

/// An error with all its causes.
fn whole(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let causes: Vec<String> = causes.map(ToString::to_string).collect();
    causes.join(": ")
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run(arguments)),
        Err(error) => Err(Failure::from(error)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Input(why)) => {
            tell(&format!("quickstart: {why}"));
            ExitCode::from(2)
        }
        Err(Failure::Other(why)) => {
            tell(&format!("quickstart: {why}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let work = arguments.cost.as_deref().map(work).transpose()?;
    let input = input::read(&arguments)?;
    let desk = serve::open(&arguments, &input)?;
    let rejected = serve::import(&desk, input, arguments.json).await?;
    if let Some(id) = &arguments.ticket {
        return show::ticket(&desk.desk, id).await;
    }
    if let Some([id, text]) = arguments.reply.as_deref() {
        return serve::reply(&desk, id, text).await;
    }
    if let Some([handle, customer]) = arguments.confirm.as_deref() {
        who::answer(&desk.desk, handle, customer, true).await?;
        return serve::write_back(&desk).await;
    }
    if let Some([handle, customer]) = arguments.refuse.as_deref() {
        who::answer(&desk.desk, handle, customer, false).await?;
        return serve::write_back(&desk).await;
    }
    if let Some([customer, field, value]) = arguments.offer.as_deref() {
        records::offer(&desk.desk, customer, field, value).await?;
        serve::write_back(&desk).await?;
        return records::proposals(&desk.desk).await;
    }
    if arguments.proposals {
        if let Some(number) = arguments.accept.or(arguments.dismiss) {
            records::settle(&desk.desk, number, arguments.accept.is_some()).await?;
        }
        return records::proposals(&desk.desk).await;
    }
    if let Some(who) = &arguments.erase {
        return records::erase(&desk.desk, who).await;
    }
    if arguments.who {
        return who::show(&desk.desk).await;
    }
    let report = match work {
        Some(work) => Report::read_with_work(&desk.desk, work).await?,
        None => Report::read(&desk.desk).await?,
    }
    .with_rejected_rows(rejected);
    if arguments.json {
        print(&serde_json::to_string_pretty(&report)?)
    } else {
        print(&report.to_string())
    }
}

/// What a reply takes and costs, of the two values of --cost.
fn work(cost: &[String]) -> Result<Work, Failure> {
    let [minutes, euros] = cost else {
        return Err(Failure::Input("--cost needs minutes and euros".to_owned()));
    };
    let bad = |text: &str, what| Failure::Input(format!("--cost: {text:?} is no {what}"));
    let reply = minutes
        .parse()
        .ok()
        .and_then(TimeDelta::try_minutes)
        .filter(|reply| *reply > TimeDelta::zero())
        .ok_or_else(|| bad(minutes, "number of minutes, such as 6"))?;
    let cents = || {
        let (whole, part) = euros.split_once('.').unwrap_or((euros, "00"));
        let part = if part.len() == 2 { part } else { return None };
        let (whole, part): (u64, u64) = (whole.parse().ok()?, part.parse().ok()?);
        whole.checked_mul(100)?.checked_add(part)
    };
    let cents = cents().ok_or_else(|| bad(euros, "amount of euros, such as 25 or 25.50"))?;
    Ok(Work::new(reply, Rate::per_hour(cents)))
}

/// Writes to standard output; a reader that went away is no failure.
fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    match writeln!(std::io::stdout(), "{}", text.trim_end()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Writes a line to standard error, for whoever still reads it.
fn tell(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{line}");
}
