use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex as Lock, PoisonError, RwLock};
use std::time::Duration;

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Cursor, Effect, EffectKind, EffectName, Error,
    ErrorKind, Event, EventKind, Fetch, Fetched, Idempotency, Media, MediaLimit, Message,
    MessageKey, Page, Probe, Receipt, Rejected, ReplyKind, Status, Support, TextUnit,
};
use aspa_types::{AccountId, HandleKey, Network, Secret};
use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use lettre::Address;
use rustls::ClientConfig;
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

use crate::compose::{Letter, Sender};
use crate::config::{ConfigError, EmailConfig, Login, Server};
use crate::cursor::{Place, Places};
use crate::event::{Folder, Reader, Thread};
use crate::files::{Files, enclosed};
use crate::ids::{Ids, is_token, token};
use crate::imap::{Imap, Trouble};
use crate::limits::{Limit, Sent};
use crate::mail::{Mail, content};
use crate::smtp::Submission;
use crate::sort::{Sort, Sorter, wants_no_program};
use crate::tls::{parameters, trust};
use crate::{trouble, twin};

/// The most mails of one page.
pub(crate) const PAGE: usize = 50;
/// The most bytes of mails in one page, but for one mail alone.
const PAGE_BYTES: u64 = 16 << 20;
/// The longest text, in bytes: servers take mails of 10 MB and more, and people read less.
const MOST_TEXT: usize = 500_000;
/// The most files of one mail.
const MOST_ENCLOSED: usize = 20;
/// How many mails back a thread is followed that names none of ours.
const DEEPEST_THREAD: usize = 8;
/// IDLE is asked for anew before servers hang up (RFC 2177: 29 minutes).
const IDLE: Duration = Duration::from_secs(28 * 60);

/// One mailbox, read over IMAP and answered from over SMTP.
///
/// A conversation is a thread of mails, named by 16 characters; a message is a mail, named by its
/// Message-ID, and by a mark behind it where another mail bears the same. Reading changes nothing in the mailbox.
pub struct EmailChannel {
    network: Network,
    capabilities: Capabilities,
    reader: Reader,
    sender: Sender,
    submission: Submission,
    imap: Server,
    tls: Arc<ClientConfig>,
    login: RwLock<Login>,
    inbox: String,
    sent: Option<String>,
    since: Option<DateTime<Utc>>,
    copies: bool,
    most_bytes: u32,
    /// The connection that polls and looks things up, while it lasts.
    reading: Mutex<Option<Imap>>,
    /// The connection that waits.
    waiting: Mutex<Option<Imap>>,
    per_conversation: Lock<Limit>,
    per_address: Lock<Limit>,
    files: Option<Arc<dyn Files>>,
    most_enclosed: u64,
}

/// What outlives a restart.
#[derive(Serialize, Deserialize)]
struct Snapshot {
    conversations: Sent,
    addresses: Sent,
}

/// A mail, when it came and where it is.
type Found = (Vec<u8>, DateTime<Utc>, Folder);

/// A mail that was read, and what of it decides.
struct Read {
    mail: Mail,
    name: String,
    at: DateTime<Utc>,
    cut: bool,
}

impl EmailChannel {
    pub(crate) fn new(config: EmailConfig) -> Result<Self, ConfigError> {
        let no_address = ConfigError::NoAddress { field: "address" };
        let address: Address = config.address.parse().map_err(|_| no_address)?;
        let tls = trust(config.certificate.as_deref())?;
        // Where there is neither a copy nor a mailbox of what was sent, nothing gives our key back.
        let idempotency = match config.copies {
            true => Idempotency::ByEcho,
            false => Idempotency::None,
        };
        let checked = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap_or_default();
        let capabilities = Capabilities::new(
            checked,
            "Postfix 3.7 and Dovecot 2.3, measured; RFC 3501, RFC 5321",
        )
        .with(EffectName::Send, Support::Full)
        .with_text(MOST_TEXT, TextUnit::Bytes)
        .with_idempotency(idempotency);
        let capabilities = match config.files {
            None => capabilities,
            Some(_) => {
                let mut files = MediaLimit::new(MOST_ENCLOSED);
                files.bytes = Some(config.most_enclosed);
                capabilities.with_media(files)
            }
        };
        let ours = std::iter::once(config.address.clone()).chain(config.aliases);
        let sorter = Sorter {
            ids: Ids::new(config.key, address.domain()),
            ours: ours.collect(),
            lists: config.lists.into_iter().collect(),
        };
        let submission = Submission {
            tls: parameters(&config.smtp.host, config.certificate.as_deref())?,
            server: config.smtp,
            hello: address.domain().to_owned(),
        };
        Ok(Self {
            network: Network::EMAIL,
            capabilities,
            reader: Reader {
                account: config.account,
                sorter,
                server: config.server,
            },
            sender: Sender {
                name: config.name,
                address,
                plus: config.plus,
            },
            submission,
            imap: config.imap,
            tls,
            login: RwLock::new(config.login),
            inbox: config.inbox,
            sent: config.sent,
            since: config.since,
            copies: config.copies,
            most_bytes: config.most_bytes,
            reading: Mutex::default(),
            waiting: Mutex::default(),
            per_conversation: Lock::new(Limit::new(
                config.per_conversation,
                Duration::from_secs(3_600),
            )),
            per_address: Lock::new(Limit::new(config.per_address, Duration::from_secs(86_400))),
            files: config.files,
            most_enclosed: config.most_enclosed,
        })
    }

    /// A conversation that we begin: the same `cause`, the same conversation. What is sent into it
    /// needs somebody to go to, and its subject as `subject` in the `extra` of the effect.
    #[must_use]
    pub fn conversation(&self, cause: &str) -> Option<ConversationKey> {
        ConversationKey::new(
            self.reader.account.clone(),
            &token(&format!("begun by us {cause}")),
        )
        .ok()
    }

    /// Puts another password or access token in the place of the one that is there.
    pub fn renew(&self, secret: Secret) {
        self.login
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .secret = secret;
    }

    /// What a mail becomes that reached the host by another way, such as a file or a pipe of its mail
    /// server; `at` is when it came. Pure: threads are found by what the mail itself says. None: it has
    /// nothing to say.
    #[must_use]
    pub fn read(&self, raw: &[u8], at: DateTime<Utc>) -> Option<Event> {
        let mail = Mail::read(raw);
        let name = Reader::name(&mail, raw);
        let conversation = self.reader.thread(&mail, &name).guess();
        self.reader
            .event(&mail, &name, &conversation, at, Folder::Inbox)
    }

    /// The content of a file that came along with a mail, as a part of a message names it. None: the
    /// mail is not there any more.
    ///
    /// # Errors
    ///
    /// What the server says.
    pub async fn file(&self, media: &Media) -> Result<Option<Vec<u8>>, Error> {
        let named = media.id.as_deref().and_then(|id| id.split_once('/'));
        let Some((Ok(place), id)) = named.map(|(place, id)| (place.parse::<usize>(), id)) else {
            return Ok(None);
        };
        let found = self.look("file", id).await?;
        Ok(found.and_then(|(raw, ..)| content(&raw, place)))
    }

    fn login(&self) -> Login {
        self.login
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn connect(&self) -> Result<Imap, Trouble> {
        Imap::connect(&self.imap, &self.login(), &self.tls).await
    }

    /// The right to use the connection that reads.
    async fn turn(&self) -> Turn<'_> {
        Turn {
            channel: self,
            kept: self.reading.lock().await,
            imap: None,
            fresh: false,
        }
    }

    /// The mailboxes that are read.
    fn folders(&self) -> impl Iterator<Item = (&str, Folder)> {
        let sent = self.sent.iter().map(|name| (name.as_str(), Folder::Sent));
        std::iter::once((self.inbox.as_str(), Folder::Inbox)).chain(sent)
    }

    /// A mail by its name, when it came and where it is.
    async fn look(&self, operation: &'static str, id: &str) -> Result<Option<Found>, Error> {
        let mut turn = self.turn().await;
        loop {
            match self.look_over(turn.imap(operation).await?, id).await {
                Ok(found) => return Ok(turn.done(found)),
                Err(trouble) => turn.failed(operation, &trouble)?,
            }
        }
    }

    async fn look_over(&self, imap: &mut Imap, name: &str) -> Result<Option<Found>, Trouble> {
        let (id, mark) = twin::parts(name);
        for (mailbox, folder) in self.folders() {
            imap.examine(mailbox).await?;
            let uids = imap.named(id).await?;
            // Of several with one Message-ID the first that is there was read first.
            for uid in uids.into_iter().take(PAGE) {
                let items = format!("UID INTERNALDATE BODY.PEEK[]<0.{}>", self.most_bytes);
                for mail in imap.fetch(&[uid], &items).await? {
                    let (Some(body), Some(at)) = (mail.body, mail.at) else {
                        continue;
                    };
                    // The server looks for a part of the Message-ID.
                    let mail = Mail::read(&body);
                    let is_it = mark.is_none_or(|mark| twin::mark(&mail) == mark);
                    if is_it && mail.id.as_deref() == Some(id) {
                        return Ok(Some((body, at, folder)));
                    }
                }
            }
        }
        Ok(None)
    }

    /// One page of all mailboxes.
    async fn page(&self, imap: &mut Imap, start: Places) -> Result<Page, Trouble> {
        let (mut page, mut places) = (Page::default(), start);
        for folder in self.folders() {
            let room = PAGE.saturating_sub(page.events.len() + page.rejected.len());
            if room == 0 {
                page.more = true;
                break;
            }
            let place = match folder.1 {
                Folder::Inbox => &mut places.inbox,
                Folder::Sent => &mut places.sent,
            };
            self.news(imap, folder, place, &mut page, room).await?;
        }
        page.next = Some(places.cursor());
        Ok(page)
    }

    /// One mailbox from a place on: what is new, at most `room` mails, and whether there is more.
    async fn news(
        &self,
        imap: &mut Imap,
        (mailbox, folder): (&str, Folder),
        place: &mut Place,
        page: &mut Page,
        room: usize,
    ) -> Result<(), Trouble> {
        let opened = imap.examine(mailbox).await?;
        *place = place.within(opened.validity);
        if opened
            .next
            .is_some_and(|next| next <= place.last.saturating_add(1))
            || place.last == u32::MAX
        {
            return Ok(());
        }
        let mut criteria = format!("UID {}:*", place.last + 1);
        if let Some(since) = self.since {
            criteria.push_str(&since.format(" SINCE %-d-%b-%Y").to_string());
        }
        let mut uids = imap.search(&criteria).await?;
        // `n:*` brings the last mail, whatever n is (RFC 3501, section 6.4.8).
        uids.retain(|uid| *uid > place.last);
        let waiting = uids.len();
        uids.truncate(room);
        let sizes = imap.fetch(&uids, "UID RFC822.SIZE").await?;
        let mut bytes = 0;
        let fits = sizes.iter().take_while(|mail| {
            let is_first = bytes == 0;
            bytes += u64::from(mail.size.unwrap_or(0).min(self.most_bytes)).max(1);
            is_first || bytes <= PAGE_BYTES
        });
        let taken: Vec<u32> = fits.map(|mail| mail.uid).collect();
        let items = format!(
            "UID RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.{}>",
            self.most_bytes
        );
        let mails = imap.fetch(&taken, &items).await?;
        let mut reads = Vec::new();
        for mail in mails {
            let (Some(raw), Some(at)) = (mail.body, mail.at) else {
                let reason = "the server gave no content".to_owned();
                page.rejected.push(Rejected {
                    place: format!("uid {}", mail.uid),
                    reason,
                });
                continue;
            };
            if self.since.is_some_and(|since| at < since) {
                continue;
            }
            let cut = mail.size.is_some_and(|size| size > self.most_bytes);
            reads.push((mail.uid, Read::new(&raw, at, cut)));
        }
        if folder == Folder::Inbox {
            self.tell_apart(imap, &mut reads).await?;
        }
        let mut conversations = BTreeMap::new();
        for (_, read) in reads {
            let conversation = self
                .thread(imap, &read.mail, &read.name, &mut conversations)
                .await?;
            page.events.extend(self.event(&read, &conversation, folder));
        }
        // What was there when the sizes were asked for and is gone now was taken away by somebody.
        let all = taken.len() == sizes.len();
        let last = if all { uids.last() } else { taken.last() };
        place.last = last.copied().unwrap_or(place.last).max(place.last);
        if !all || waiting > uids.len() {
            page.more = true;
        } else if let Some(next) = opened.next {
            // Nothing below it will come any more.
            place.last = place.last.max(next.saturating_sub(1));
        }
        Ok(())
    }

    /// Gives each mail a name of its own that is another than the first in the mailbox under its
    /// Message-ID. A mail of ours that was handed in twice has one name, whatever its date.
    async fn tell_apart(&self, imap: &mut Imap, reads: &mut [(u32, Read)]) -> Result<(), Trouble> {
        let is_ours = |mail: &Mail| matches!(self.reader.sorter.sort(mail), Sort::Own(_));
        let (mut firsts, mut again) = (BTreeMap::<String, Option<Mail>>::new(), false);
        for (_, read) in reads.iter() {
            if read.mail.id.as_ref() == Some(&read.name) && !is_ours(&read.mail) {
                again |= firsts.insert(read.name.clone(), None).is_some();
            }
        }
        let ids: Vec<&str> = firsts.keys().map(String::as_str).collect();
        let uids = match imap.named_any(&ids).await {
            // A server that knows no such search.
            Err(Trouble::Refused(_) | Trouble::Senseless) => None,
            uids => Some(uids?),
        };
        let is_new = |uid: &u32| reads.iter().any(|(new, _)| new == uid);
        if uids.is_some_and(|uids| !again && uids.iter().all(is_new)) {
            return Ok(());
        }
        for (id, first) in &mut firsts {
            let uids = imap.named(id).await?;
            // Of two that bear it alone one is read now. The search finds parts of Message-IDs too.
            let some: Vec<u32> = uids.into_iter().take(3).collect();
            if some.len() > 1 {
                let mails = imap.fetch(&some, "UID BODY.PEEK[HEADER]").await?;
                let heads = mails.into_iter().filter_map(|mail| mail.body);
                let mut heads = heads.map(|head| Mail::read(&head));
                *first = heads.find(|head| head.id.as_ref() == Some(id));
            }
        }
        for (_, read) in reads {
            if let Some(Some(first)) = firsts.get(&read.name)
                && !is_ours(&read.mail)
                && !twin::same(first, &read.mail)
            {
                read.name = twin::name(&read.name, &read.mail);
            }
        }
        Ok(())
    }

    /// What a mail becomes that was read from a mailbox.
    fn event(&self, read: &Read, conversation: &str, folder: Folder) -> Option<Event> {
        let mut event = self
            .reader
            .event(&read.mail, &read.name, conversation, read.at, folder)?;
        if let (true, EventKind::Message(message)) = (read.cut, &mut event.kind) {
            let why = format!(
                "longer than {} bytes: the rest is in the mailbox",
                self.most_bytes
            );
            message.parts.push(aspa_channel::Part::unreadable(why));
        }
        Some(event)
    }

    /// The conversation of a mail. Where it names none of ours, that of the last mail it names which is
    /// in the mailbox; so a thread stays whole whose first names nobody here ever saw.
    async fn thread(
        &self,
        imap: &mut Imap,
        mail: &Mail,
        name: &str,
        known: &mut BTreeMap<String, String>,
    ) -> Result<String, Trouble> {
        let mut way = vec![name.to_owned()];
        let mut thread = self.reader.thread(mail, name);
        let found = loop {
            let (ids, fallback) = match thread {
                Thread::Known(conversation) => break conversation,
                Thread::Asked(ids, fallback) => (ids, fallback),
            };
            if let Some(conversation) = ids.iter().find_map(|id| known.get(id)) {
                break conversation.clone();
            }
            let mut parent = None;
            for id in ids.iter().take(DEEPEST_THREAD) {
                if way.contains(id) || way.len() > DEEPEST_THREAD {
                    continue;
                }
                let uids = imap.named(id).await?;
                let uids: Vec<u32> = uids.into_iter().take(3).collect();
                let mails = imap.fetch(&uids, "UID BODY.PEEK[HEADER]").await?;
                let heads = mails.into_iter().filter_map(|mail| mail.body);
                let mut heads = heads.map(|head| Mail::read(&head));
                if let Some(head) = heads.find(|head| head.id.as_deref() == Some(id)) {
                    parent = Some((id.clone(), head));
                    break;
                }
            }
            match parent {
                Some((id, head)) => {
                    thread = self.reader.thread(&head, &id);
                    way.push(id);
                }
                None => break fallback,
            }
        };
        for id in way {
            known.insert(id, found.clone());
        }
        Ok(found)
    }

    async fn send(&self, effect: &Effect) -> Result<Receipt, Error> {
        const OPERATION: &str = "send";
        let EffectKind::Send {
            text,
            in_reply_to,
            to,
            reply,
            media,
            extra,
            ..
        } = &effect.kind
        else {
            return Err(Error::new(ErrorKind::Unsupported, OPERATION));
        };
        let invalid =
            |field: &'static str| Error::new(ErrorKind::Invalid, OPERATION).with("field", field);
        let conversation = &*effect.conversation.id;
        if !is_token(conversation) {
            let remedy = "begin it with EmailChannel::conversation";
            return Err(invalid("conversation").with_remedy(remedy));
        }
        let answers = in_reply_to.as_ref().map(|key| twin::parts(&key.id).0);
        if let (Some(key), Some(id)) = (in_reply_to, answers)
            && (key.account != self.reader.account || !is_id(id))
        {
            return Err(invalid("in_reply_to"));
        }
        let parent = match in_reply_to {
            Some(key) => self
                .look(OPERATION, &key.id)
                .await?
                .map(|(raw, ..)| Mail::read(&raw)),
            None => None,
        };
        if *reply == ReplyKind::Automatic {
            // RFC 3834, section 2: a program answers what a person wrote, or not at all.
            let by_person = |mail: &&Mail| self.reader.sorter.sort(mail) == Sort::Customer;
            let refused = match parent.as_ref().filter(by_person) {
                None => Some("a program answers no program, and nothing that is gone"),
                Some(mail) => wants_no_program(mail).then_some("its author wants no such answer"),
            };
            if let Some(remedy) = refused {
                return Err(Error::new(ErrorKind::Forbidden, OPERATION)
                    .with_status(Status::Permanent)
                    .with_remedy(remedy));
            }
        }
        let to = self.recipients(to, parent.as_ref())?;
        let files = enclosed(self.files.as_deref(), media, self.most_enclosed).await?;
        let id = self.reader.sorter.ids.of(&effect.key, conversation);
        let subject = extra.get("subject").or_else(|| effect.extra.get("subject"));
        let mail = self.sender.compose(&Letter {
            id: &id,
            effect: &effect.key,
            conversation,
            to: &to,
            text,
            files: &files,
            reply,
            answers,
            parent: parent.as_ref(),
            subject: subject.and_then(serde_json::Value::as_str),
        })?;
        self.limit(conversation, &to, reply, effect)?;
        let copy = self.copies.then(|| match self.sender.plus {
            true => self.sender.plus_address(conversation),
            false => Some(self.sender.address.clone()),
        });
        let copy = copy.flatten();
        self.submission
            .send(
                &self.login(),
                &self.sender.address,
                &to,
                copy.as_ref(),
                &mail,
            )
            .await?;
        self.receipt(effect, &id)
    }

    fn receipt(&self, effect: &Effect, id: &str) -> Result<Receipt, Error> {
        let mut receipt = Receipt::new(effect.key.clone());
        let key = MessageKey::new(self.reader.account.clone(), id);
        receipt
            .messages
            .push(key.map_err(|_| Error::new(ErrorKind::Invalid, "send"))?);
        Ok(receipt)
    }

    /// Whom it goes to: where the author of what is answered wants answers (RFC 5322, section 3.6.2),
    /// or those that are named.
    fn recipients(&self, to: &[HandleKey], parent: Option<&Mail>) -> Result<Vec<Address>, Error> {
        let invalid = || Error::new(ErrorKind::Invalid, "send").with("field", "to");
        let sorter = &self.reader.sorter;
        let from = parent
            .and_then(|parent| parent.from.as_ref())
            .map(|from| from.address.as_str());
        let asked = parent
            .and_then(|parent| parent.reply_to.as_ref())
            .map(|to| to.address.as_str());
        let asked = asked.filter(|asked| !sorter.is_ours(asked));
        let mut addresses: Vec<&str> = to.iter().map(HandleKey::id).collect();
        if to.iter().any(|to| *to.network() != Network::EMAIL) {
            return Err(invalid().with_remedy("name handles of e-mail"));
        }
        if addresses.is_empty() {
            match (from, parent) {
                // We go on after a mail of our own.
                (Some(from), Some(parent)) if sorter.is_ours(from) => {
                    addresses.extend(parent.to.iter().map(|to| to.address.as_str()));
                }
                (from, _) => addresses.extend(from),
            }
        }
        for address in &mut addresses {
            if let (Some(from), Some(asked)) = (from, asked)
                && address.eq_ignore_ascii_case(from)
                && !sorter.is_ours(from)
            {
                *address = asked;
            }
        }
        addresses.retain(|address| !sorter.is_ours(address));
        addresses.dedup();
        if addresses.is_empty() {
            return Err(invalid().with_remedy("name somebody else than us, or what is answered"));
        }
        let parse = |address: &&str| address.parse::<Address>();
        let parsed: Result<Vec<Address>, _> = addresses.iter().map(parse).collect();
        parsed.map_err(|_| invalid().with_remedy("the address is none"))
    }

    fn limit(
        &self,
        conversation: &str,
        to: &[Address],
        reply: &ReplyKind,
        effect: &Effect,
    ) -> Result<(), Error> {
        let (now, key) = (Instant::now(), effect.key.as_str());
        if *reply == ReplyKind::Automatic {
            let mut limit = self
                .per_address
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            for to in to {
                limit.take(now, to.as_ref(), key)?;
            }
        }
        let mut limit = self
            .per_conversation
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        limit.take(now, conversation, key)
    }

    async fn message(&self, id: &str) -> Result<Option<Message>, Error> {
        let Some((raw, at, folder)) = self.look("fetch", id).await? else {
            return Ok(None);
        };
        let mut read = Read::new(&raw, at, false);
        id.clone_into(&mut read.name);
        let mut turn = self.turn().await;
        let conversation = loop {
            let imap = turn.imap("fetch").await?;
            let mut known = BTreeMap::new();
            match self.thread(imap, &read.mail, &read.name, &mut known).await {
                Ok(conversation) => break turn.done(conversation),
                Err(trouble) => turn.failed("fetch", &trouble)?,
            }
        };
        Ok(
            match self
                .event(&read, &conversation, folder)
                .map(|event| event.kind)
            {
                Some(EventKind::Message(message)) => Some(*message),
                _ => None,
            },
        )
    }
}

/// The use of the connection that reads, which is connected again once where it had ended: reading twice
/// is reading once. Given up half-way, the connection goes.
struct Turn<'a> {
    channel: &'a EmailChannel,
    kept: MutexGuard<'a, Option<Imap>>,
    imap: Option<Imap>,
    /// Whether it was connected in this turn.
    fresh: bool,
}

impl Turn<'_> {
    async fn imap(&mut self, operation: &'static str) -> Result<&mut Imap, Error> {
        if self.imap.is_none() {
            self.imap = self.kept.take();
        }
        if self.imap.is_none() {
            self.fresh = true;
            let connected = self.channel.connect().await;
            self.imap = Some(connected.map_err(|trouble| trouble::imap(operation, &trouble))?);
        }
        let gone = || trouble::imap(operation, &Trouble::Senseless);
        self.imap.as_mut().ok_or_else(gone)
    }

    /// Keeps the connection for the next turn.
    fn done<T>(&mut self, done: T) -> T {
        *self.kept = self.imap.take();
        done
    }

    /// Lets a connection go that may have ended long ago; what else fails is an error.
    fn failed(&mut self, operation: &'static str, trouble: &Trouble) -> Result<(), Error> {
        self.imap = None;
        match trouble {
            Trouble::Gone(_) if !self.fresh => Ok(()),
            trouble => Err(trouble::imap(operation, trouble)),
        }
    }
}

impl Read {
    fn new(raw: &[u8], at: DateTime<Utc>, cut: bool) -> Self {
        let mail = Mail::read(raw);
        let name = Reader::name(&mail, raw);
        Self {
            mail,
            name,
            at,
            cut,
        }
    }
}

/// Whether a Message-ID can stand in a header.
fn is_id(id: &str) -> bool {
    id.bytes()
        .all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>'))
}

#[async_trait]
impl Channel for EmailChannel {
    fn account(&self) -> &AccountId {
        &self.reader.account
    }

    fn network(&self) -> &Network {
        &self.network
    }

    fn capabilities(&self, _: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.capabilities)
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let start = Places::read(cursor);
        let mut turn = self.turn().await;
        loop {
            match self.page(turn.imap("poll").await?, start).await {
                Ok(page) => return Ok(turn.done(page)),
                Err(trouble) => turn.failed("poll", &trouble)?,
            }
        }
    }

    async fn changed(&self) -> Result<(), Error> {
        let mut kept = self.waiting.lock().await;
        // Given up while it waits, the connection goes with it.
        let Some(mut imap) = kept.take() else {
            let connecting = async {
                let mut imap = self.connect().await?;
                imap.examine(&self.inbox).await?;
                Ok(imap)
            };
            // Before it was connected something may have come.
            *kept = Some(
                connecting
                    .await
                    .map_err(|trouble| trouble::imap("changed", &trouble))?,
            );
            return Ok(());
        };
        loop {
            match imap.idle(IDLE).await {
                Ok(false) => {}
                Ok(true) => {
                    *kept = Some(imap);
                    return Ok(());
                }
                Err(trouble) => return Err(trouble::imap("changed", &trouble)),
            }
        }
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        match what {
            Fetch::Message(key) if key.account == self.reader.account => {
                let found = self.message(&key.id).await?;
                Ok(found.map_or(Fetched::Nothing, |message| {
                    Fetched::Message(Box::new(message))
                }))
            }
            Fetch::Message(_) => Ok(Fetched::Nothing),
            _ => Err(Error::new(ErrorKind::Unsupported, "fetch")),
        }
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        self.capabilities.check(effect)?;
        self.send(effect).await
    }

    /// How much was sent lately, by digests: two programs that answer each other come to an end also where we
    /// are started anew each time.
    fn snapshot(&self) -> Option<String> {
        let now = Instant::now();
        let of = |limit: &Lock<Limit>| {
            let limit = limit.lock().unwrap_or_else(PoisonError::into_inner);
            limit.sent(now)
        };
        let kept = Snapshot {
            conversations: of(&self.per_conversation),
            addresses: of(&self.per_address),
        };
        let is_empty = kept.conversations.is_empty() && kept.addresses.is_empty();
        serde_json::to_string(&kept).ok().filter(|_| !is_empty)
    }

    /// The time for which nobody counted is taken for none.
    fn restore(&self, snapshot: &str) {
        let Ok(kept) = serde_json::from_str::<Snapshot>(snapshot) else {
            return;
        };
        let now = Instant::now();
        for (limit, sent) in [
            (&self.per_conversation, kept.conversations),
            (&self.per_address, kept.addresses),
        ] {
            let mut limit = limit.lock().unwrap_or_else(PoisonError::into_inner);
            limit.restore(now, sent);
        }
    }

    /// Looks for the copy that comes back to us. That there is none yet tells nothing: mail takes its
    /// time.
    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        let conversation = &*effect.conversation.id;
        let can_tell = self.copies || self.sent.is_some();
        if effect.kind.name() != EffectName::Send || !is_token(conversation) || !can_tell {
            return Ok(Probe::CannotTell);
        }
        let id = self.reader.sorter.ids.of(&effect.key, conversation);
        match self.look("probe", &id).await? {
            Some((raw, _, folder)) => {
                let ours = matches!(self.reader.sorter.sort(&Mail::read(&raw)), Sort::Own(_));
                match ours || folder == Folder::Sent {
                    true => Ok(Probe::Found(self.receipt(effect, &id)?)),
                    false => Ok(Probe::CannotTell),
                }
            }
            None => Ok(Probe::CannotTell),
        }
    }
}

/// `Debug` shows the account and the servers, and nothing else.
impl fmt::Debug for EmailChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailChannel")
            .field("account", &self.reader.account)
            .field("imap", &self.imap)
            .field("smtp", &self.submission.server)
            .finish_non_exhaustive()
    }
}
