//! When customers wrote: from a file, or from the sample.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use aspa_channel::{Channel, Direction, EventKind};
use aspa_channel_archive::{Archive, Format};
use aspa_types::AccountId;
use chrono::{DateTime, Utc};
use indicatif::{ProgressBar, ProgressStyle};

use crate::arguments::Arguments;
use crate::{Failure, sample, tell};

/// When each message of a customer was written, ascending.
pub(crate) struct History {
    pub(crate) times: Vec<DateTime<Utc>>,
    /// Where it came from, for people.
    pub(crate) source: String,
    /// How many rows could not be read.
    pub(crate) rejected: usize,
}

pub(crate) fn read(arguments: &Arguments) -> Result<History, Failure> {
    let (archive, source) = match (&arguments.tweets, &arguments.archive) {
        (Some(file), _) => (parse(Format::Tweets, file)?, file.display().to_string()),
        (_, Some(file)) => (parse(Format::JsonLines, file)?, file.display().to_string()),
        _ => {
            let account = AccountId::new("sample")?;
            let lines = sample::lines();
            let archive = Archive::read_json_lines(account, lines.as_bytes())?;
            (archive, "a made-up history".to_owned())
        }
    };
    let rejected = archive.rejected();
    if !rejected.is_empty() {
        tell(&format!(
            "{} rows could not be read and were left out:",
            rejected.len()
        ));
        rejected
            .iter()
            .take(10)
            .for_each(|row| tell(&format!("  {row}")));
    }
    let rejected = rejected.len();
    let times = times(&archive)?;
    if times.is_empty() {
        return Err(Failure::Input(format!(
            "{source} has no message of a customer; lines need \"type\":\"message\", \
             \"direction\":\"in\" and a time \"at\""
        )));
    }
    Ok(History {
        times,
        source,
        rejected,
    })
}

fn parse(format: Format, file: &Path) -> Result<Archive, Failure> {
    let place = file.display();
    let bytes = std::fs::read(file)
        .map_err(|e| Failure::Input(format!("cannot read {place}: {e}; is the path right?")))?;
    let bar = bar(bytes.len(), "reading {bytes}/{total_bytes} {bar:30}");
    let archive = Archive::read(AccountId::new("history")?, format, &bytes, &mut |done| {
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    archive.map_err(|e| Failure::Input(format!("cannot read {place}: {e}")))
}

/// Customers' messages that people wrote, each once, edits and repeats left out.
fn times(archive: &Archive) -> Result<Vec<DateTime<Utc>>, Failure> {
    let bar = bar(archive.events(), "counting {pos}/{len} {bar:30}");
    let (mut seen, mut times) = (HashSet::new(), Vec::new());
    let mut cursor = None;
    loop {
        let page = futures_executor::block_on(archive.poll(cursor.as_ref()))?;
        bar.inc(page.events.len() as u64);
        for event in page.events {
            let EventKind::Message(message) = event.kind else {
                continue;
            };
            let when = message.times.source.or(message.times.received);
            let counts = message.direction == Direction::Inbound && !message.automatic;
            if let (true, Some(when)) = (counts, when)
                && seen.insert(message.key)
            {
                times.push(when);
            }
        }
        cursor = page.next;
        if !page.more {
            break;
        }
    }
    bar.finish_and_clear();
    times.sort_unstable();
    Ok(times)
}

/// Progress on standard error, where that is a terminal.
fn bar(length: usize, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(length as u64);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
