//! Measures on real conversations what `aspa-ticket` suggests and finds. The book's page on teamwork says
//! what the figures mean.
//!
//! `cargo run --release -p measure-teamwork -- tweets.csv`, and with `--labels` and `--companies` the
//! figures that need a reader.

mod grace;
mod helped;
mod history;
mod score;
mod suggest;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::history::{History, Labels};

/// Measures suggestions and answers by customers on a CSV of "Customer Support on Twitter".
#[derive(Debug, Parser)]
struct Arguments {
    /// The CSV.
    tweets: PathBuf,
    /// Which messages answer another customer's: a CSV of `tweet_id,label`, 1 or 0.
    #[arg(long)]
    labels: Option<PathBuf>,
    /// Ids of authors that are companies though the file calls them customers, one a line.
    #[arg(long)]
    companies: Option<PathBuf>,
    /// Measure on the half that may be tuned on: suggestions learn from a half of it.
    #[arg(long)]
    tune: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("measure-teamwork: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let labels = Labels::read(arguments.labels.as_deref(), arguments.companies.as_deref())?;
    let history = History::read(&arguments.tweets, &labels)?;
    println!("{}", suggest::measure(&history, arguments.tune));
    println!("{}", helped::measure(&history, &labels, arguments.tune));
    println!("{}", grace::measure(&history, &labels));
    Ok(())
}
