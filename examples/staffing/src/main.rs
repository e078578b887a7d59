//! How many people a service needs for an answer within an hour, and within a day, and what each costs.
//!
//! `cargo run -p staffing` answers that for a history that was made up for this; with `--archive` or
//! `--tweets` it takes one of your own.

mod answer;
mod arguments;
mod heatmap;
mod history;
mod plan;
mod rota;
mod sample;
mod service;
mod show;
mod size;
mod text;
mod week;

use std::process::ExitCode;

use clap::Parser;

use answer::Answer;
use arguments::Arguments;

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
        let causes = std::iter::successors(error.source(), |error| error.source());
        let all = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
        Self::Other(all)
    }
}

fn main() -> ExitCode {
    let (why, code) = match run(&Arguments::parse()) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Input(why)) => (why, 2),
        Err(Failure::Other(why)) => (why, 1),
    };
    tell(&format!("staffing: {why}"));
    ExitCode::from(code)
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    if let Some(file) = &arguments.write_sample {
        return write(file, &sample::lines());
    }
    let answer = Answer::new(arguments, history::read(arguments)?)?;
    if let Some(file) = &arguments.svg {
        write(file, &heatmap::draw(&answer)?)?;
    }
    match arguments.json {
        true => print(&serde_json::to_string_pretty(&answer.json())?),
        false => print(&answer.text()?),
    }
}

fn write(file: &std::path::Path, text: &str) -> Result<(), Failure> {
    std::fs::write(file, text)
        .map_err(|e| Failure::Input(format!("cannot write {}: {e}", file.display())))
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
