//! What is read: conversations and customers, from files or from the sample.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aspa_channel_archive::{Archive, Format};
use aspa_crm::{Field, Policies};
use aspa_crm_csv::{CsvCrm, CsvSource, Mapping, Settings};
use aspa_desk::CrmAccount;
use aspa_types::{AccountId, DeliveryId, Secret, SystemId};
use chrono::{DateTime, Utc};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{Arguments, Failure, tell};

/// What the file of customers is called as a system.
pub(crate) const SYSTEM: &str = "crm";

const SAMPLE: &[u8] = include_bytes!("../data/day.jsonl");
const SAMPLE_CUSTOMERS: &[u8] = include_bytes!("../data/customers.csv");

pub(crate) struct Input {
    pub(crate) archive: Archive,
    pub(crate) customers: Option<CsvSource>,
    /// The file of customers as a CRM that is written into.
    pub(crate) crm: Option<CrmAccount>,
    /// What the erased are known by.
    pub(crate) key: Option<Secret>,
    pub(crate) database: PathBuf,
    pub(crate) now: DateTime<Utc>,
}

pub(crate) fn read(arguments: &Arguments) -> Result<Input, Failure> {
    let account = |name| AccountId::new(name).map_err(Failure::from);
    let (archive, stem) = match (&arguments.tweets, &arguments.archive) {
        (Some(file), _) => (
            parse(account("tweets")?, Format::Tweets, &bytes(file)?, file)?,
            stem(file),
        ),
        (_, Some(file)) => (
            parse(account("archive")?, Format::JsonLines, &bytes(file)?, file)?,
            stem(file),
        ),
        _ => {
            let name = Path::new("the sample");
            (
                parse(account("archive")?, Format::JsonLines, SAMPLE, name)?,
                "sample-day".to_owned(),
            )
        }
    };
    let now = arguments
        .now
        .or(archive.newest())
        .ok_or_else(|| Failure::Input("no message has a time; say --now TIME".to_owned()))?;
    let sample = arguments.tweets.is_none() && arguments.archive.is_none();
    let customers = match &arguments.customers {
        Some(file) => Some(customers(file, &bytes(file)?, now)?),
        None if sample => Some(customers(
            Path::new("customers.csv"),
            SAMPLE_CUSTOMERS,
            now,
        )?),
        None => None,
    };
    let named = || PathBuf::from(format!("quickstart-{stem}.sqlite"));
    Ok(Input {
        archive,
        customers,
        crm: crm(arguments)?,
        key: arguments.key.as_deref().map(key).transpose()?,
        database: arguments.db.clone().unwrap_or_else(named),
        now,
    })
}

fn key(file: &Path) -> Result<Secret, Failure> {
    let text = String::from_utf8(bytes(file)?);
    let text = text.map_err(|_| Failure::Input(format!("{} is no text", file.display())))?;
    Ok(Secret::new(text.trim()))
}

fn crm(arguments: &Arguments) -> Result<Option<CrmAccount>, Failure> {
    let Some(file) = arguments
        .customers
        .as_ref()
        .filter(|_| arguments.write_back)
    else {
        return Ok(None);
    };
    if is_json(file) {
        let place = file.display();
        return Err(Failure::Input(format!(
            "cannot write back beside {place}: that takes a CSV file"
        )));
    }
    let system = SystemId::new(SYSTEM)?;
    let mut settings = Settings::new(Mapping::usual(system.clone()));
    settings.keeps_files = true;
    settings.writes = vec![Field::Website];
    let crm = Arc::new(CsvCrm::new(file, settings));
    let account = CrmAccount::new(crm, Policies::usual(&system));
    Ok(Some(account.with_handles().with_cases()))
}

fn is_json(file: &Path) -> bool {
    file.extension()
        .is_some_and(|end| end == "jsonl" || end == "json")
}

fn bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |e| Failure::Input(format!("cannot read {}: {e}", file.display()));
    std::fs::read(file).map_err(unreadable)
}

/// The file's name, and what tells it from others of that name in other folders.
fn stem(file: &Path) -> String {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let place = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let digest = DeliveryId::derive(&[&place.to_string_lossy()]);
    format!(
        "{name}-{}",
        digest.as_str().chars().skip(2).take(6).collect::<String>()
    )
}

fn parse(
    account: AccountId,
    format: Format,
    bytes: &[u8],
    file: &Path,
) -> Result<Archive, Failure> {
    let bar = bar(bytes.len(), "reading {bytes}/{total_bytes} {bar:30}");
    let read = Archive::read(account, format, bytes, &mut |done| {
        bar.set_position(done as u64)
    });
    bar.finish_and_clear();
    read.map_err(|e| Failure::Input(format!("cannot read {}: {e}", file.display())))
}

fn customers(file: &Path, bytes: &[u8], now: DateTime<Utc>) -> Result<CsvSource, Failure> {
    if bytes.is_empty() {
        // A list of nobody would take everybody away.
        let place = file.display();
        return Err(Failure::Input(format!(
            "cannot read {place}: the file is empty"
        )));
    }
    let mapping = Mapping::usual(SystemId::new(SYSTEM)?);
    let source = match is_json(file) {
        true => CsvSource::json_lines(mapping, bytes, now),
        false => CsvSource::csv(mapping, bytes, now)
            .map_err(|e| Failure::Input(format!("cannot read {}: {e}", file.display())))?,
    };
    let malformed = source.malformed();
    if !malformed.is_empty() {
        let (rows, place) = (malformed.len(), file.display());
        tell(&format!("rows of {place} that could not be read: {rows}"));
        malformed
            .iter()
            .take(10)
            .for_each(|row| tell(&format!("  line {}: {}", row.line, row.reason)));
    }
    Ok(source)
}

/// Progress on standard error, where that is a terminal.
pub(crate) fn bar(length: usize, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(length as u64);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
