//! The conversations of the file, and what a reader said of them.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::Path;

use aspa_channel::{Channel, Direction, EventKind, Message};
use aspa_channel_archive::{Archive, Format};
use aspa_types::{AccountId, HandleKey};

/// What a reader said.
#[derive(Default)]
pub(crate) struct Labels {
    /// Of a message by its id: whether it answers another customer's.
    pub(crate) helps: BTreeMap<String, bool>,
    /// Authors that are companies.
    pub(crate) companies: BTreeSet<String>,
}

impl Labels {
    pub(crate) fn read(
        labels: Option<&Path>,
        companies: Option<&Path>,
    ) -> Result<Self, Box<dyn Error>> {
        let text = |file: Option<&Path>| match file {
            Some(file) => fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display())),
            None => Ok(String::new()),
        };
        let (labels, companies) = (text(labels)?, text(companies)?);
        let helps = labels.lines().skip(1).filter_map(|line| {
            let (id, label) = line.split_once(',')?;
            Some((id.trim().to_owned(), label.trim() == "1"))
        });
        let companies = companies
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty());
        Ok(Self {
            helps: helps.collect(),
            companies: companies.map(str::to_owned).collect(),
        })
    }
}

/// All conversations, each in the order of time, by the id of its earliest message.
pub(crate) struct History {
    pub(crate) threads: BTreeMap<String, Vec<Message>>,
}

impl History {
    pub(crate) fn read(file: &Path, labels: &Labels) -> Result<Self, Box<dyn Error>> {
        let bytes = fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
        let account = AccountId::new("history")?;
        let archive = Archive::read(account, Format::Tweets, &bytes, &mut |_| {})?;
        let mut threads: BTreeMap<String, Vec<Message>> = BTreeMap::new();
        let mut cursor = None;
        loop {
            let page = futures_executor::block_on(archive.poll(cursor.as_ref()))?;
            for event in page.events {
                if let EventKind::Message(mut message) = event.kind {
                    let author = message.author.as_ref();
                    if author.is_some_and(|author| labels.companies.contains(author.id())) {
                        message.direction = Direction::Outbound;
                    }
                    message.to = named(&message);
                    let thread = threads.entry(message.conversation.id.to_string());
                    thread.or_default().push(*message);
                }
            }
            cursor = page.next;
            if !page.more {
                return Ok(Self { threads });
            }
        }
    }
}

/// Whom a tweet names: `@115712`.
fn named(message: &Message) -> Vec<HandleKey> {
    let Some(author) = &message.author else {
        return Vec::new();
    };
    let text = message.text();
    let names = text
        .split_whitespace()
        .filter_map(|word| word.strip_prefix('@'));
    let bare = names.map(|name| name.trim_matches(|c: char| !c.is_alphanumeric() && c != '_'));
    bare.filter_map(|name| HandleKey::new(author.network().clone(), None, name).ok())
        .collect()
}

/// Which half a conversation is in, for good: by the FNV-1a hash of its name.
pub(crate) fn half(name: &str, bit: u32) -> bool {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // The low bits of this hash are even for names that differ in few digits; the high ones are not.
    (hash ^ (hash >> 32)) >> bit & 1 == 1
}
