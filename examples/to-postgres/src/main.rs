//! Moves a desk from its SQLite file to a PostgreSQL server: `cargo run -p to-postgres -- --help`.
//!
//! Everything is copied in one transaction, read back and compared; the file is left as it is. The whole
//! of it is [`SqliteSource::open`] and [`PostgresStore::copy_from`]; the rest tells how far it is.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use aspa_store::copy::Progress;
use aspa_store_postgres::tokio_postgres::{Config, NoTls};
use aspa_store_postgres::{Options, PostgresStore};
use aspa_store_sqlite::SqliteSource;
use clap::Parser;

/// Copies everything that a desk keeps in a SQLite file into an empty schema of a PostgreSQL database,
/// all of it or nothing.
///
/// Stop whatever writes to the file first; what tries to meanwhile is refused. The file stays as it is:
/// start with the server then, and never with the file again.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// The file
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The database: a URL, or words such as `host=/run/postgresql dbname=desk`; without TLS
    #[arg(
        long,
        value_name = "URL",
        env = "ASPA_POSTGRES_URL",
        hide_env_values = true
    )]
    to: String,
    /// The schema, which is made if it is not there
    #[arg(long, default_value = "aspa")]
    schema: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("to-postgres: {error}; nothing was copied");
            let mut source = error.source();
            while let Some(error) = source {
                eprintln!("  {error}");
                source = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), Box<dyn Error + Send + Sync>> {
    let begin = Instant::now();
    let source = SqliteSource::open(&args.from)?;
    // The driver's error could quote the password.
    let config: Config = args
        .to
        .parse()
        .map_err(|_| "the connection string cannot be read")?;
    let options = Options::default().schema(&args.schema);
    let store = PostgresStore::connect_with(config, NoTls, &options).await?;
    let mut told = Instant::now();
    let tell = |progress: Progress| {
        if told.elapsed() >= Duration::from_secs(1) {
            told = Instant::now();
            let Progress {
                kind, done, all, ..
            } = progress;
            eprintln!("{:>3} % of {all} rows: {kind}", done * 100 / all.max(1));
        }
    };
    let sums = store.copy_from(source, tell).await?;
    let mut rows = 0;
    for (kind, sum) in &sums {
        println!("{kind:<12} {:>10}  {sum}", sum.rows);
        rows += sum.rows;
    }
    let seconds = begin.elapsed().as_secs_f64();
    let rate = rows as f64 / seconds.max(0.001);
    println!("{rows} rows in {seconds:.1} s, {rate:.0} a second, the same on both sides");
    Ok(())
}
