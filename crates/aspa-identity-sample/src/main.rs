//! Writes a synthetic world to files, and scores what a linker made of it.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aspa_identity_sample::{
    Config, Costs, Decision, Row, Score, Style, Truth, World, read_rows, read_truth,
};
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
    /// Scores a result: author_id,crm_id,prob,decision.
    Score {
        /// The truth.csv of the world.
        #[arg(long, value_name = "FILE")]
        truth: PathBuf,
        /// What the linker made of it.
        #[arg(long, value_name = "FILE")]
        links: PathBuf,
        /// Scores the authors of this file only, as those that were no labels: a truth.csv to leave out.
        #[arg(long, value_name = "FILE")]
        without: Option<PathBuf>,
        /// Tells only the authors that are linked wrongly, for `link-authors --explain`.
        #[arg(long)]
        wrong: bool,
        /// What a false link costs.
        #[arg(long, default_value_t = 40.0)]
        cost_false_link: f64,
        /// What a review costs.
        #[arg(long, default_value_t = 1.0)]
        cost_review: f64,
        /// What a missed customer costs.
        #[arg(long, default_value_t = 2.0)]
        cost_miss: f64,
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
        Command::Score {
            truth,
            links,
            without,
            wrong,
            cost_false_link,
            cost_review,
            cost_miss,
        } => {
            let mut costs = Costs::default();
            (costs.false_link, costs.review, costs.miss) =
                (cost_false_link, cost_review, cost_miss);
            read_both(&truth, &links, without.as_deref()).and_then(|(truth, rows)| {
                match wrong {
                    true => print!("{}", wrong_links(&truth, &rows)),
                    false => {
                        let score = Score::of(&truth, &rows).map_err(|error| error.to_string())?;
                        print!("{}", told(&score, costs));
                    }
                }
                Ok(())
            })
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

/// The truth and the result, without the authors of a third file.
fn read_both(
    truth: &Path,
    links: &Path,
    without: Option<&Path>,
) -> Result<(Vec<Truth>, Vec<Row>), String> {
    let (mut truth, mut rows) = (read(truth, read_truth)?, read(links, read_rows)?);
    if let Some(path) = without {
        let left_out = read(path, read_truth)?;
        let left_out: HashSet<&str> = left_out.iter().map(|who| who.author_id.as_str()).collect();
        truth.retain(|who| !left_out.contains(who.author_id.as_str()));
        rows.retain(|row| !left_out.contains(row.author_id.as_str()));
    }
    Ok((truth, rows))
}

fn wrong_links(truth: &[Truth], rows: &[Row]) -> String {
    let right: HashSet<(&str, &str)> = truth
        .iter()
        .flat_map(|who| {
            who.crm_ids
                .iter()
                .map(|id| (who.author_id.as_str(), id.as_str()))
        })
        .collect();
    let wrong = rows.iter().filter(|row| {
        row.decision == Decision::Link && !right.contains(&(&*row.author_id, &*row.crm_id))
    });
    wrong.fold(String::new(), |out, row| out + &row.author_id + "\n")
}

fn read<T>(path: &Path, how: impl Fn(File) -> Result<T, String>) -> Result<T, String> {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    how(file).map_err(|why| format!("{}: {why}", path.display()))
}

fn told(score: &Score, costs: Costs) -> String {
    let all = &score.all;
    let mut out = String::new();
    for (what, value) in [
        ("authors", all.authors as f64),
        ("customers", all.customers as f64),
        ("precision", all.precision()),
        ("recall", all.recall()),
        ("F1", all.f1()),
        ("false links on non-customers", all.false_link_rate()),
        ("wrong person", all.wrong_person_rate()),
        ("recall at precision .99", score.recall_at_99),
        ("recall at precision .95", score.recall_at_95),
        ("reviews per 1000", all.reviews_per_1000()),
        ("review precision", all.review_precision()),
        ("recall of link and review", all.recall_with_review()),
        ("Brier", score.brier),
        ("calibration error, equal width", score.calibration_error),
        (
            "calibration error, equal mass",
            score.calibration_error_equal_mass,
        ),
        ("cost per 1000", all.cost_per_1000(costs)),
    ] {
        let digits = if value.fract() == 0.0 && value > 1.0 {
            0
        } else {
            4
        };
        let _ = writeln!(out, "{what:32} {value:12.digits$}");
    }
    for (by, counts) in [("kind", &score.by_kind), ("evidence", &score.by_evidence)] {
        let _ = writeln!(
            out,
            "\n{by:24} authors customers | right person? stranger | review wrong |   cost"
        );
        for (name, of) in counts {
            let _ = writeln!(
                out,
                "{name:24} {:7} {:9} | {:5} {:7} {:8} | {:6} {:5} | {:6.0}",
                of.authors,
                of.customers,
                of.links_right,
                of.links_wrong_person,
                of.links_stranger,
                of.reviews_right,
                of.reviews_wrong,
                of.cost_per_1000(costs)
            );
        }
    }
    out
}
