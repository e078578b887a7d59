//! The other side of a mailbox, on the server within the test or on one that really runs.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may panic"
)]

pub mod fake;
pub mod real;

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Cursor, Effect, Error, Fetch, Fetched, Media,
    MediaKind, MessageKey, Page, Probe, Receipt,
};
use aspa_channel_email::{EmailChannel, EmailConfig, Files, Login, Security, Server};
use aspa_testkit::{Attachment, ChannelFixture, FarSide, Seen};
use aspa_types::{AccountId, HandleKey, Network, Secret};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use mail_parser::{MessageParser, MimeHeaders, PartType};

/// What marks our Message-IDs.
pub const KEY: &str = "a key of the tests, long enough";

/// Numbers that no other test of this process uses.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A mail server, as tests use it.
#[async_trait]
pub trait Place: fmt::Debug + Send + Sync + 'static {
    /// Where IMAP and SMTP listen, both without TLS.
    fn ports(&self) -> (u16, u16);
    /// The password of every box.
    fn password(&self) -> String;
    /// Hands a mail in as a stranger does.
    async fn hand_in(&self, from: &str, to: &str, raw: &[u8]);
    /// What is in somebody's box.
    fn mails(&self, address: &str) -> Vec<Vec<u8>>;
}

/// The files of the company, by id, name and content.
#[derive(Debug, Clone, Default)]
pub struct Shelf(Arc<Mutex<Vec<(String, String, Bytes)>>>);

impl Shelf {
    /// Keeps a file; how an effect names it.
    pub fn keep(&self, file: &Attachment) -> Media {
        let mut files = self.0.lock().unwrap();
        let id = format!("file-{}", files.len());
        let name = format!("{} {}", files.len(), file.name);
        files.push((id.clone(), name.clone(), file.content.clone()));
        let mut media = Media::new(MediaKind::Image);
        (media.id, media.name) = (Some(id), Some(name));
        media.media_type = Some(file.media_type.clone());
        media.bytes = u64::try_from(file.content.len()).ok();
        media
    }

    /// Which file it is that somebody has.
    fn id(&self, named: &str, holds: &[u8]) -> String {
        let files = self.0.lock().unwrap();
        let found = files
            .iter()
            .find(|(_, name, content)| name == named && **content == *holds);
        found.map_or_else(|| "another file".to_owned(), |(id, ..)| id.clone())
    }
}

#[async_trait]
impl Files for Shelf {
    async fn content(&self, file: &Media) -> Result<Option<Bytes>, Error> {
        let files = self.0.lock().unwrap();
        let found = files.iter().find(|(id, ..)| Some(id) == file.id.as_ref());
        Ok(found.map(|(.., content)| content.clone()))
    }
}

/// One company's box and one customer's.
#[derive(Debug, Clone)]
pub struct Net {
    pub place: Arc<dyn Place>,
    pub ours: String,
    pub theirs: String,
    pub shelf: Shelf,
    name: Arc<Mutex<String>>,
    written: Arc<Mutex<Vec<Seen>>>,
}

impl Net {
    pub fn at(place: Arc<dyn Place>) -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let mark = format!("{}-{number}", std::process::id());
        Self {
            place,
            ours: format!("box-{mark}@aurinko.example"),
            theirs: format!("c-{mark}@example.fi"),
            shelf: Shelf::default(),
            name: Arc::new(Mutex::new("Aino".to_owned())),
            written: Arc::default(),
        }
    }

    pub fn account() -> AccountId {
        AccountId::new("mail").unwrap()
    }

    pub fn config(&self) -> EmailConfig {
        self.config_with(Login::password(
            &self.ours,
            Secret::new(self.place.password()),
        ))
    }

    pub fn config_with(&self, login: Login) -> EmailConfig {
        let (imap, smtp) = self.place.ports();
        let here = |port| Server::new("127.0.0.1", port, Security::Plain);
        EmailConfig::new(
            Self::account(),
            &self.ours,
            Secret::new(KEY),
            here(imap),
            here(smtp),
            login,
        )
        .with_plus_addresses()
        .with_files(self.shelf.clone())
        .at_most(10_000, 10_000)
    }

    pub fn channel(&self) -> EmailChannel {
        self.config().build().unwrap()
    }

    pub fn thread(&self, cause: &str) -> ConversationKey {
        self.channel().conversation(cause).unwrap()
    }

    pub fn customer(&self) -> HandleKey {
        HandleKey::new(Network::EMAIL, None, &self.theirs).unwrap()
    }

    /// A customer's mail with these headers; its Message-ID.
    pub async fn writes(&self, to: &str, headers: &str, text: &str) -> String {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let id = format!("m{number}.{}", self.theirs);
        let name = self.name.lock().unwrap().clone();
        let raw = format!(
            "From: {name} <{}>\r\nTo: {to}\r\nMessage-ID: <{id}>\r\nMIME-Version: 1.0\r\n{headers}\
             Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n",
            self.theirs
        );
        self.place.hand_in(&self.theirs, to, raw.as_bytes()).await;
        self.arrives(&self.ours, &id).await;
        id
    }

    /// Waits until a mail is in somebody's box.
    pub async fn arrives(&self, address: &str, id: &str) {
        for _ in 0..600 {
            if self.count(address, id) > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("a mail does not arrive");
    }

    /// How many mails in somebody's box have this Message-ID.
    pub fn count(&self, address: &str, id: &str) -> usize {
        let named = format!("<{id}>");
        let is = |raw: &Vec<u8>| {
            let parsed = MessageParser::default().parse(raw);
            parsed.is_some_and(|mail| mail.message_id() == Some(id)) || {
                let raw = String::from_utf8_lossy(raw);
                raw.lines().any(|line| {
                    line.to_lowercase().starts_with("message-id:") && line.contains(&named)
                }) && !raw.contains("multipart/report")
            }
        };
        self.place
            .mails(address)
            .iter()
            .filter(|raw| is(raw))
            .count()
    }

    fn key(&self, id: &str) -> MessageKey {
        MessageKey::new(Self::account(), id).unwrap()
    }

    fn saw(&self, id: &str, text: &str, in_reply_to: Option<String>) {
        let mut seen = Seen::theirs(id, text);
        seen.in_reply_to = in_reply_to;
        self.written.lock().unwrap().push(seen);
    }
}

#[async_trait]
impl FarSide for Net {
    async fn seen(&self) -> Vec<Seen> {
        let mut seen = self.written.lock().unwrap().clone();
        for raw in self.place.mails(&self.theirs) {
            let mail = MessageParser::default().parse(&raw).unwrap();
            let text = mail.text_bodies().find_map(|part| match &part.body {
                PartType::Text(text) => Some(text.replace("\r\n", "\n")),
                _ => None,
            });
            let text = text.unwrap_or_default();
            let text = text.strip_suffix('\n').unwrap_or(&text);
            let mut ours = Seen::ours(mail.message_id().unwrap_or_default(), text);
            ours.in_reply_to = mail.in_reply_to().as_text().map(str::to_owned);
            let enclosed = mail.attachments().map(|file| {
                let name = file.attachment_name().unwrap_or_default();
                self.shelf.id(name, file.contents())
            });
            ours.media = enclosed.collect();
            seen.push(ours);
        }
        seen
    }

    async fn customer_writes(
        &self,
        conversation: &ConversationKey,
        text: &str,
    ) -> Option<MessageKey> {
        let to = self
            .ours
            .replacen('@', &format!("+c-{}@", conversation.id), 1);
        let id = self.writes(&to, "Subject: sää\r\n", text).await;
        self.saw(&id, text, None);
        Some(self.key(&id))
    }

    async fn customer_attaches(
        &self,
        conversation: &ConversationKey,
        text: &str,
        file: &Attachment,
    ) -> Option<(MessageKey, Media)> {
        let to = self
            .ours
            .replacen('@', &format!("+c-{}@", conversation.id), 1);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let id = format!("m{number}.{}", self.theirs);
        let content = STANDARD.encode(&file.content);
        let name: String = { file.name.bytes() }.map(|b| format!("%{b:02X}")).collect();
        let raw = format!(
            "From: Aino <{from}>\r\nTo: {to}\r\nMessage-ID: <{id}>\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/mixed; boundary=\"kit\"\r\n\r\n\
             --kit\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n\
             --kit\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename*=utf-8''{name}\r\n\r\n{content}\r\n--kit--\r\n",
            from = self.theirs,
            kind = file.media_type,
        );
        self.place.hand_in(&self.theirs, &to, raw.as_bytes()).await;
        self.arrives(&self.ours, &id).await;
        self.saw(&id, text, None);
        let mut media = Media::new(MediaKind::Image);
        media.media_type = Some(file.media_type.clone());
        media.name = Some(file.name.clone());
        media.bytes = u64::try_from(file.content.len()).ok();
        Some((self.key(&id), media))
    }

    async fn content(&self, media: &Media) -> Option<Bytes> {
        let content = self.channel().file(media).await.ok()?;
        content.map(Bytes::from)
    }

    async fn our_media(&self, file: &Attachment) -> Option<Media> {
        Some(self.shelf.keep(file))
    }

    async fn customer_answers(&self, message: &MessageKey, text: &str) -> Option<MessageKey> {
        let headers = format!(
            "Subject: Re: saa\r\nIn-Reply-To: <{0}>\r\nReferences: <unknown@x.example> <{0}>\r\n",
            message.id
        );
        let id = self.writes(&self.ours, &headers, text).await;
        self.saw(&id, text, Some(message.id.to_string()));
        Some(self.key(&id))
    }

    async fn customer_renames(&self, name: &str) -> bool {
        name.clone_into(&mut self.name.lock().unwrap());
        true
    }

    async fn other_conversation(&self) -> Option<ConversationKey> {
        Some(self.thread("another"))
    }

    async fn unheard_of(&self, _: &ConversationKey) -> bool {
        self.writes(
            &self.ours,
            "Auto-Submitted: auto-invented-tomorrow\r\n",
            "x",
        )
        .await;
        true
    }

    fn shows_replies(&self) -> bool {
        true
    }

    fn page(&self) -> Option<usize> {
        Some(50)
    }
}

/// A channel whose mails have arrived when it says that it sent them: a server takes its time.
pub struct Settled {
    pub net: Net,
    pub right: EmailChannel,
}

impl fmt::Debug for Settled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.right.fmt(f)
    }
}

#[async_trait]
impl Channel for Settled {
    fn account(&self) -> &AccountId {
        self.right.account()
    }

    fn network(&self) -> &Network {
        self.right.network()
    }

    fn capabilities(&self, conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        self.right.capabilities(conversation)
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        self.right.poll(cursor).await
    }

    async fn changed(&self) -> Result<(), Error> {
        self.right.changed().await
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        self.right.fetch(what).await
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        let receipt = self.right.perform(effect).await?;
        for key in &receipt.messages {
            self.net.arrives(&self.net.theirs, &key.id).await;
            self.net.arrives(&self.net.ours, &key.id).await;
        }
        Ok(receipt)
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        self.right.probe(effect).await
    }
}

/// The kit's fixture.
pub fn fixture(
    net: &Net,
    channel: impl Fn(&Net) -> Arc<dyn Channel> + Send + Sync + 'static,
) -> ChannelFixture {
    let far_side = Arc::new(net.clone());
    let fixture = ChannelFixture::new(channel(net), net.thread("kit"), far_side);
    let again = net.clone();
    fixture
        .to(net.customer())
        .with_secret(net.place.password())
        .with_secret(KEY)
        .with_restart(move || channel(&again))
}

/// The channel, as it is.
pub fn right(net: &Net) -> Arc<dyn Channel> {
    Arc::new(Settled {
        net: net.clone(),
        right: net.channel(),
    })
}

#[async_trait]
impl Place for fake::Fake {
    fn ports(&self) -> (u16, u16) {
        (self.imap, self.smtp)
    }

    fn password(&self) -> String {
        fake::PASSWORD.to_owned()
    }

    async fn hand_in(&self, from: &str, to: &str, raw: &[u8]) {
        self.deliver(from, to, raw);
    }

    fn mails(&self, address: &str) -> Vec<Vec<u8>> {
        Self::mails(self, address)
    }
}
