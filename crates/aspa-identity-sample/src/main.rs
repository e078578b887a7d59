//! Writes a synthetic world to files, and scores what a linker made of it.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aspa_identity_sample::{Config, Style, World};
use clap::{Parser, Subcommand};

/// Synthetic customers and social authors, and the figures of a linker.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes crm.jsonl, authors.jsonl and truth.csv.
    Generate {
        /// The folder, made where it is not there.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Records of the CRM.
        #[arg(long, default_value_t = 10_000)]
        customers: u64,
        /// Authors on the networks.
        #[arg(long, default_value_t = 10_000)]
        authors: u64,
        /// The same seed makes the same world.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// finland, europe or us.
        #[arg(long, default_value = "finland", value_parser = style)]
        style: Style,
    },
}

fn style(text: &str) -> Result<Style, String> {
    let named = Style::ALL.into_iter().find(|style| style.name() == text);
    named.ok_or_else(|| "finland, europe or us".to_owned())
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Generate {
            out,
            customers,
            authors,
            seed,
            style,
        } => {
            let world = World::new(Config::new(seed, customers, authors).style(style));
            generate(&world, &out).map_err(|error| format!("{}: {error}", out.display()))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("aspa-identity-sample: {why}");
            ExitCode::FAILURE
        }
    }
}

fn generate(world: &World, folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let file = |name: &str| {
        File::create(folder.join(name)).map(|file| BufWriter::with_capacity(1 << 20, file))
    };
    let mut crm = file("crm.jsonl")?;
    for customer in world.customers() {
        serde_json::to_writer(&mut crm, &customer)?;
        crm.write_all(b"\n")?;
    }
    crm.flush()?;
    let (mut authors, mut truth) = (file("authors.jsonl")?, file("truth.csv")?);
    writeln!(truth, "author_id,crm_ids,kind,evidence")?;
    for (author, who) in world.authors() {
        serde_json::to_writer(&mut authors, &author)?;
        authors.write_all(b"\n")?;
        writeln!(
            truth,
            "{},{},{},{}",
            who.author_id,
            who.crm_ids.join("|"),
            who.kind,
            who.evidence
        )?;
    }
    authors.flush()?;
    truth.flush()
}
