//! Crash injection: real desks in processes of their own, over SQLite or PostgreSQL, are killed at
//! random points while customers write, colleagues answer and a strict network loses answers.
//!
//! ```text
//! cargo run -p crash -- --kills 1000 --store sqlite
//! .ci/postgres cargo run -p crash -- --kills 1000 --store postgres
//! ```
//!
//! - `drive.rs` starts, feeds and kills; `check.rs` says at the end what is lost, doubled or stuck;
//! - `network.rs` is the far side, a process that is killed too, and keeps what it published in a file;
//! - `worker.rs` is a host: a desk, its webhook and its colleagues, over `line.rs`, the accounts;
//! - `broken.rs` breaks a worker on purpose, so that a run that finds nothing means something.

mod broken;
mod check;
mod drive;
mod feed;
mod fleet;
mod journal;
mod line;
mod network;
mod place;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::broken::Broken;

/// What went wrong, in one line.
type Error = Box<dyn std::error::Error + Send + Sync>;

/// Kills desks at random points of their work, then lets them finish, and checks that every delivery
/// that was acknowledged is applied once and every reply sent once where the network allows to know.
///
/// PostgreSQL: ASPA_POSTGRES_URL names the server, as `.ci/postgres` sets it; with ASPA_POSTGRES_HOME
/// the server itself is crashed now and then.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Command {
    #[command(flatten)]
    run: Run,
    #[command(subcommand)]
    role: Option<Role>,
}

/// A run.
#[derive(Args)]
struct Run {
    /// How many times a worker is killed
    #[arg(long, default_value_t = 100)]
    kills: u32,
    /// Where the desks keep everything
    #[arg(long, value_enum, default_value = "sqlite")]
    store: Kind,
    /// How many workers share the store; SQLite has one
    #[arg(long, default_value_t = 3)]
    workers: usize,
    /// Repeats what customers write and which points are aimed at in an earlier run
    #[arg(long)]
    seed: Option<u64>,
    /// Breaks the workers on purpose: the run has to find something
    #[arg(long, value_enum)]
    broken: Option<Broken>,
    /// Where to leave the files of the run, instead of below the temporary folder until it ends well
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

/// Which store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// One file, one worker.
    Sqlite,
    /// One schema, several workers.
    Postgres,
}

/// What this process is, where it is not the one that kills.
#[derive(Subcommand)]
enum Role {
    /// The network that the desks talk to
    #[command(hide = true)]
    Network(network::Options),
    /// A desk
    #[command(hide = true)]
    Worker(worker::Options),
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let command = Command::parse();
    let done = match command.role {
        Some(Role::Network(options)) => network::serve(options).await,
        Some(Role::Worker(options)) => worker::serve(options).await,
        None => drive::run(command.run).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("crash: {error}");
            ExitCode::FAILURE
        }
    }
}
