//! What the network saw and did, a line each, in a file that outlives it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// One line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum Entry {
    /// A request to do something came, and what became of it.
    Asked {
        account: String,
        key: String,
        then: String,
    },
    /// Something was published: customers see it, once for each such line.
    Published(Published),
    /// A request made no sense, and was refused.
    Nonsense { why: String },
}

/// Something that customers see.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Published {
    pub(crate) account: String,
    pub(crate) conversation: String,
    pub(crate) key: String,
    pub(crate) id: String,
    pub(crate) to: String,
    pub(crate) text: String,
}

/// A file to write to. A line is one write, so that a kill leaves it whole or not at all.
#[derive(Debug)]
pub(crate) struct Journal(File);

impl Journal {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(file))
    }

    pub(crate) fn write(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.0.write_all(&line)
    }
}

/// Everything written so far.
pub(crate) fn read(path: &Path) -> io::Result<Vec<Entry>> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        text => text?,
    };
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let entries = whole.lines().map(serde_json::from_str);
    Ok(entries.collect::<Result<_, _>>()?)
}
