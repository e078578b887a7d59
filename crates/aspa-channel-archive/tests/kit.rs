//! The contract of channels, run on [`Archive`]: it can be polled, claims nothing and refuses all.
#![expect(
    clippy::unwrap_used,
    reason = "a test, which clippy cannot see without the harness"
)]

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Cursor, Effect, Error, Fetch, Fetched, MessageKey,
    Page, Probe, Receipt,
};
use aspa_channel_archive::{Archive, Format};
use aspa_testkit::libtest_mimic::{self, Arguments};
use aspa_testkit::{ChannelFixture, FarSide, Seen, channel_trials};
use aspa_types::{AccountId, Network};
use async_trait::async_trait;
use serde_json::json;

const PAGE: usize = 7;

fn main() {
    let mut trials = Vec::new();
    for (name, format) in [
        ("JSON Lines", Format::JsonLines),
        ("tweets", Format::Tweets),
    ] {
        trials.extend(channel_trials(name, async move || fixture(format)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn account() -> AccountId {
    AccountId::new("x-shop").unwrap()
}

fn fixture(format: Format) -> ChannelFixture {
    let text = match format {
        Format::Tweets => {
            "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id\n"
        }
        _ => "a line that is broken\n",
    };
    let file = Arc::new(File {
        format,
        content: Mutex::new(Content {
            text: text.to_owned(),
            seen: Vec::new(),
            lines: 0,
        }),
    });
    let read = Arc::clone(&file);
    let import = move || -> Arc<dyn Channel> {
        Arc::new(Import {
            first: read.read(),
            file: Arc::clone(&read),
        })
    };
    let conversation = ConversationKey::new(account(), "1").unwrap();
    ChannelFixture::new(import(), conversation, file).with_restart(import)
}

/// A file that is written again and again, such as the export of every night. Tweets go on at its
/// end; JSON Lines go back further each time, so that every position moves.
#[derive(Debug)]
struct File {
    format: Format,
    content: Mutex<Content>,
}

#[derive(Debug)]
struct Content {
    text: String,
    seen: Vec<Seen>,
    lines: usize,
}

impl File {
    fn read(&self) -> Archive {
        let text = self.content().text.clone();
        let archive = Archive::read(account(), self.format, text.as_bytes(), &mut |_| {});
        archive.unwrap().with_page_size(PAGE)
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap()
    }
}

impl File {
    /// Writes that a message is shown so from now on.
    fn shown(&self, message: &MessageKey, how: &str) -> bool {
        if self.format != Format::JsonLines {
            return false;
        }
        let mut content = self.content();
        let second = content.text.lines().count() % 60;
        let at = format!("2026-03-02T12:00:{second:02}Z");
        let line = json!({ "type": how, "id": message.id, "at": at });
        writeln!(content.text, "{line}").is_ok()
    }
}

impl Content {
    /// The number of the next line, and its minute: two lines a minute, so that some share their time.
    fn next_line(&mut self) -> (String, usize) {
        self.lines += 1;
        (self.lines.to_string(), self.lines / 2)
    }
}

/// The import of that file: read anew for each poll, with the cursor that came of the last.
#[derive(Debug)]
struct Import {
    first: Archive,
    file: Arc<File>,
}

#[async_trait]
impl Channel for Import {
    fn account(&self) -> &AccountId {
        self.first.account()
    }

    fn network(&self) -> &Network {
        self.first.network()
    }

    fn capabilities(&self, conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        self.first.capabilities(conversation)
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        self.file.read().poll(cursor).await
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        self.file.read().fetch(what).await
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        self.file.read().perform(effect).await
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        self.file.read().probe(effect).await
    }
}

#[async_trait]
impl FarSide for File {
    async fn seen(&self) -> Vec<Seen> {
        self.content().seen.clone()
    }

    async fn customer_writes(
        &self,
        conversation: &ConversationKey,
        text: &str,
    ) -> Option<MessageKey> {
        let mut content = self.content();
        let (id, minute) = content.next_line();
        match self.format {
            // As Twitter gave texts: with these three characters named.
            Format::Tweets => writeln!(
                content.text,
                "{id},42,True,Tue Oct 31 22:{minute:02}:00 +0000 2017,\"{}\",,",
                text.replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('>', "&gt;")
                    .replace('"', "\"\"")
            ),
            _ => {
                let minute = 59 - minute;
                let line = json!({
                    "type": "message", "network": "x", "id": id, "conversation": conversation.id,
                    "author": "42", "direction": "in", "at": format!("2026-03-02T09:{minute:02}:00Z"),
                    "text": text,
                });
                writeln!(content.text, "{line}")
            }
        }
        .unwrap();
        content.seen.push(Seen::theirs(&id, text));
        MessageKey::new(account(), &id).ok()
    }

    async fn customer_edits(&self, message: &MessageKey, text: &str) -> bool {
        if self.format != Format::JsonLines {
            return false;
        }
        let mut content = self.content();
        let second = content.text.lines().count() % 60;
        let at = format!("2026-03-02T10:00:{second:02}Z");
        let line = json!({ "type": "edit", "id": message.id, "at": at, "text": text });
        writeln!(content.text, "{line}").is_ok()
    }

    async fn customer_answers(&self, message: &MessageKey, text: &str) -> Option<MessageKey> {
        if self.format != Format::JsonLines {
            return None;
        }
        let mut content = self.content();
        let (id, minute) = content.next_line();
        let line = json!({
            "type": "message", "network": "x", "id": id, "conversation": "1", "author": "42",
            "direction": "in", "at": format!("2026-03-02T11:{minute:02}:00Z"),
            "in_reply_to": message.id, "text": text,
        });
        writeln!(content.text, "{line}").ok()?;
        content.seen.push(Seen::theirs(&id, text));
        MessageKey::new(account(), &id).ok()
    }

    async fn customer_deletes(&self, message: &MessageKey) -> bool {
        self.shown(message, "delete")
    }

    async fn moderator_hides(&self, message: &MessageKey, hidden: bool) -> bool {
        self.shown(message, if hidden { "hide" } else { "show" })
    }

    async fn other_conversation(&self) -> Option<ConversationKey> {
        // Tweets thread by what they answer.
        let other = ConversationKey::new(account(), "another").ok();
        other.filter(|_| self.format == Format::JsonLines)
    }

    fn page(&self) -> Option<usize> {
        Some(PAGE)
    }

    async fn unheard_of(&self, _conversation: &ConversationKey) -> bool {
        if self.format != Format::JsonLines {
            return false;
        }
        let mut content = self.content();
        let line = json!({ "type": "kit_unheard_of", "at": "2026-03-02T09:00:00Z" });
        writeln!(content.text, "{line}").is_ok()
    }
}
