//! A mail server within the test: as much of IMAP and SMTP as the channel speaks, strict where real ones
//! are, and with the answers that real ones gave. Connections can be cut at any line.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The password of every box.
pub const PASSWORD: &str = "pass-word-1";
const START: &str = "2026-11-02T08:00:00Z";

/// Which of the two servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Imap,
    Smtp,
}

/// A cut: at the so-many-th line of the client from now on, before or after the server acts on it.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    pub door: Door,
    pub line: usize,
    pub after: bool,
}

#[derive(Debug, Clone)]
struct Kept {
    uid: u32,
    at: DateTime<Utc>,
    raw: Vec<u8>,
}

#[derive(Debug)]
struct State {
    boxes: BTreeMap<String, Vec<Kept>>,
    validity: u32,
    clock: DateTime<Utc>,
    cut: Option<Cut>,
    lines: usize,
    password: String,
    /// What each SMTP step is answered with instead, by the word it begins with.
    refusals: BTreeMap<&'static str, &'static str>,
    /// Whether a search of several Message-IDs is refused.
    no_or: bool,
    commands: Vec<String>,
}

/// The server. It lasts as long as its runtime.
#[derive(Debug, Clone)]
pub struct Fake {
    state: Arc<Mutex<State>>,
    pub imap: u16,
    pub smtp: u16,
}

impl Fake {
    pub async fn start() -> Self {
        let state = State {
            boxes: BTreeMap::new(),
            validity: 7,
            clock: START.parse().unwrap(),
            cut: None,
            lines: 0,
            password: PASSWORD.to_owned(),
            refusals: BTreeMap::new(),
            no_or: false,
            commands: Vec::new(),
        };
        let state = Arc::new(Mutex::new(state));
        let mut ports = [0; 2];
        for (door, port) in [Door::Imap, Door::Smtp].into_iter().zip(&mut ports) {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            *port = listener.local_addr().unwrap().port();
            let state = Arc::clone(&state);
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let mut talk = Talk {
                        stream: BufReader::new(stream),
                        state: Arc::clone(&state),
                        door,
                    };
                    tokio::spawn(async move {
                        // None: the connection was cut.
                        let _ = match door {
                            Door::Imap => talk.imap().await,
                            Door::Smtp => talk.smtp().await,
                        };
                    });
                }
            });
        }
        let [imap, smtp] = ports;
        Self { state, imap, smtp }
    }

    fn with<T>(&self, doing: impl FnOnce(&mut State) -> T) -> T {
        doing(&mut self.state.lock().unwrap())
    }

    /// Puts a mail into the box of an address.
    pub fn deliver(&self, from: &str, to: &str, raw: &[u8]) {
        self.with(|state| state.deliver(from, to, raw));
    }

    /// Puts a mail into another mailbox of an address, as a mail program does.
    pub fn keep(&self, address: &str, mailbox: &str, raw: &[u8]) {
        let name = format!("{}/{mailbox}", plain(address));
        self.with(|state| state.put(name, raw.to_vec()));
    }

    /// When the server began; it takes one mail in each second from then on.
    pub fn started(&self) -> DateTime<Utc> {
        START.parse().unwrap()
    }

    /// Refuses to look for several Message-IDs at once.
    pub fn refuse_or(&self) {
        self.with(|state| state.no_or = true);
    }

    /// The mails in the box of an address.
    pub fn mails(&self, address: &str) -> Vec<Vec<u8>> {
        self.with(|state| {
            let kept = state.boxes.get(&plain(address));
            kept.into_iter()
                .flatten()
                .map(|mail| mail.raw.clone())
                .collect()
        })
    }

    /// Gives every mail another UID, as after a restore from a backup.
    pub fn renumber(&self) {
        self.with(|state| {
            state.validity += 1;
            for mail in state.boxes.values_mut().flatten() {
                mail.uid += 100;
            }
        });
    }

    pub fn cut(&self, cut: Cut) {
        self.with(|state| (state.cut, state.lines) = (Some(cut), 0));
    }

    /// Whether the cut is still to come; then it comes no more.
    pub fn uncut(&self) -> bool {
        self.with(|state| state.cut.take()).is_some()
    }

    pub fn change_password(&self, password: &str) {
        self.with(|state| password.clone_into(&mut state.password));
    }

    /// Answers an SMTP step with this.
    pub fn refuse(&self, step: &'static str, answer: &'static str) {
        self.with(|state| state.refusals.insert(step, answer));
    }

    /// What clients asked of IMAP and SMTP, without what they logged in with.
    pub fn commands(&self) -> Vec<String> {
        self.with(|state| state.commands.clone())
    }
}

/// An address without its plus-part.
fn plain(address: &str) -> String {
    let (local, host) = address.rsplit_once('@').unwrap();
    format!("{}@{host}", local.split('+').next().unwrap()).to_lowercase()
}

impl State {
    fn deliver(&mut self, from: &str, to: &str, raw: &[u8]) {
        let mut whole = format!("Return-Path: <{from}>\r\nDelivered-To: {to}\r\n").into_bytes();
        whole.extend_from_slice(raw);
        self.put(plain(to), whole);
    }

    fn put(&mut self, mailbox: String, raw: Vec<u8>) {
        self.clock += TimeDelta::seconds(1);
        let kept = self.boxes.entry(mailbox).or_default();
        let uid = kept.last().map_or(1, |mail| mail.uid + 1);
        kept.push(Kept {
            uid,
            at: self.clock,
            raw,
        });
    }
}

struct Talk {
    stream: BufReader<TcpStream>,
    state: Arc<Mutex<State>>,
    door: Door,
}

impl Talk {
    async fn say(&mut self, text: &str) -> Option<()> {
        self.stream.write_all(text.as_bytes()).await.ok()
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line).await.ok()?;
        (read > 0).then(|| line.trim_end().to_owned())
    }

    /// Counts a line: None where the connection is cut before the server acts; whether it is cut after.
    fn counts(&self) -> Option<bool> {
        let mut state = self.state.lock().unwrap();
        let Some(cut) = state.cut.filter(|cut| cut.door == self.door) else {
            return Some(false);
        };
        state.lines += 1;
        if state.lines < cut.line {
            return Some(false);
        }
        state.cut = None;
        cut.after.then_some(true)
    }

    fn let_in(&self, said: &str) -> Option<String> {
        let said = STANDARD.decode(said).ok()?;
        let said = String::from_utf8(said).ok()?;
        if let Some(said) = said.strip_prefix("user=") {
            let (user, token) = said.split_once("\x01auth=Bearer ")?;
            let token = token.strip_suffix("\x01\x01")?;
            let known = self.state.lock().unwrap().password.clone();
            return (token == known).then(|| user.to_owned());
        }
        let mut parts = said.split('\0').skip(1);
        let (user, password) = (parts.next()?, parts.next()?);
        let known = self.state.lock().unwrap().password.clone();
        (password == known).then(|| user.to_owned())
    }

    fn note(&self, command: &str) {
        self.state.lock().unwrap().commands.push(command.to_owned());
    }

    async fn imap(&mut self) -> Option<()> {
        self.say("* OK [CAPABILITY IMAP4rev1] ready\r\n").await?;
        // The mailboxes of whom, and the one that is open.
        let (mut user, mut open) = (String::new(), String::new());
        loop {
            let line = self.line().await?;
            let cut = self.counts()?;
            let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
            self.note(command);
            let mut answer = String::new();
            let mut status = "OK done";
            let mut bodies = Vec::new();
            let rest = |start: &str| command.strip_prefix(start);
            if command == "AUTHENTICATE PLAIN" {
                self.say("+ \r\n").await?;
                let said = self.line().await?;
                match self.let_in(&said) {
                    Some(name) => user = plain(&name),
                    None => status = "NO [AUTHENTICATIONFAILED] Authentication failed.",
                }
            } else if command == "AUTHENTICATE XOAUTH2" {
                self.say("+ \r\n").await?;
                let said = self.line().await?;
                match self.let_in(&said) {
                    Some(name) => user = plain(&name),
                    None => {
                        // Why, in base64; then it wants an empty line.
                        self.say("+ eyJzdGF0dXMiOiI0MDAifQ==\r\n").await?;
                        assert_eq!(self.line().await?, "");
                        status = "NO [AUTHENTICATIONFAILED] Invalid credentials";
                    }
                }
            } else if command == "CAPABILITY" {
                answer.push_str("* CAPABILITY IMAP4rev1 IDLE\r\n");
            } else if user.is_empty() {
                status = "BAD not logged in";
            } else if let Some(name) = rest("EXAMINE ") {
                if matches!(name, "\"INBOX\"" | "\"Sent\"") {
                    open = match name {
                        "\"Sent\"" => format!("{user}/Sent"),
                        _ => user.clone(),
                    };
                    let state = self.state.lock().unwrap();
                    let kept = state.boxes.get(&open).map_or(&[][..], |kept| kept);
                    let next = kept.last().map_or(1, |mail| mail.uid + 1);
                    answer = format!(
                        "* FLAGS (\\Seen)\r\n* {} EXISTS\r\n* OK [UIDVALIDITY {}] valid\r\n* OK [UIDNEXT {next}] next\r\n",
                        kept.len(),
                        state.validity
                    );
                } else {
                    status = "NO [NONEXISTENT] no such mailbox";
                }
            } else if let Some(criteria) = rest("UID SEARCH ") {
                let no_or = self.state.lock().unwrap().no_or;
                match no_or && criteria.contains("OR ") {
                    true => status = "BAD Could not parse command",
                    false => answer = self.search(&open, criteria),
                }
            } else if let Some(what) = rest("UID FETCH ") {
                bodies = self.fetch(&open, what);
            } else if command == "IDLE" {
                self.say("+ idling\r\n").await?;
                let count = || {
                    self.state
                        .lock()
                        .unwrap()
                        .boxes
                        .get(&user)
                        .map_or(0, Vec::len)
                };
                let before = count();
                loop {
                    let mut line = String::new();
                    let now = count();
                    let waited = tokio::time::timeout(
                        Duration::from_millis(10),
                        self.stream.read_line(&mut line),
                    );
                    if waited.await.is_ok() {
                        break;
                    }
                    if now > before {
                        self.say(&format!("* {now} EXISTS\r\n")).await?;
                        self.line().await?;
                        break;
                    }
                }
            } else if command != "NOOP" {
                status = "BAD unknown";
            }
            if cut {
                // Half of the answer arrives.
                let half = bodies.first().map_or(0, |first: &Vec<u8>| first.len() / 2);
                if let Some(first) = bodies.first() {
                    self.stream.write_all(&first[..half]).await.ok()?;
                }
                return None;
            }
            self.say(&answer).await?;
            for body in bodies {
                self.stream.write_all(&body).await.ok()?;
            }
            self.say(&format!("{tag} {status}\r\n")).await?;
        }
    }

    fn search(&self, user: &str, criteria: &str) -> String {
        let state = self.state.lock().unwrap();
        let kept = state.boxes.get(user).map_or(&[][..], |kept| kept);
        let mut found: Vec<u32> = Vec::new();
        let mut ids: Vec<String> = Vec::new();
        for said in criteria.split("HEADER Message-ID ").skip(1) {
            let end = 1 + said[1..].replace("\\\"", "__").find('"').unwrap();
            let id = said[1..end].replace("\\\"", "\"").replace("\\\\", "\\");
            ids.push(id.to_lowercase());
        }
        if let Some(range) = criteria.strip_prefix("UID ") {
            let from: u32 = range.split(':').next().unwrap().parse().unwrap();
            found.extend(kept.iter().map(|mail| mail.uid).filter(|uid| *uid >= from));
            // The last mail is always in the range.
            if found.is_empty() {
                found.extend(kept.last().map(|mail| mail.uid));
            }
            if let Some((_, day)) = range.split_once(" SINCE ") {
                let day = chrono::NaiveDate::parse_from_str(day, "%d-%b-%Y").unwrap();
                let is_since = |mail: &Kept| mail.at.date_naive() >= day;
                found.retain(|uid| kept.iter().any(|mail| mail.uid == *uid && is_since(mail)));
            }
        } else {
            let has = |mail: &&Kept| {
                let raw = String::from_utf8_lossy(&mail.raw).to_lowercase();
                let mut head = raw.split("\r\n\r\n").next().unwrap().lines();
                head.any(|line| {
                    line.starts_with("message-id:") && ids.iter().any(|id| line.contains(id))
                })
            };
            found.extend(kept.iter().filter(has).map(|mail| mail.uid));
        }
        let found: Vec<String> = found.iter().map(u32::to_string).collect();
        format!("* SEARCH {}\r\n", found.join(" "))
    }

    fn fetch(&self, user: &str, what: &str) -> Vec<Vec<u8>> {
        let state = self.state.lock().unwrap();
        let (set, items) = what.split_once(' ').unwrap();
        let set: Vec<u32> = set.split(',').map(|uid| uid.parse().unwrap()).collect();
        let kept = state.boxes.get(user).map_or(&[][..], |kept| kept);
        let mut lines = Vec::new();
        for (place, mail) in kept
            .iter()
            .enumerate()
            .filter(|(_, mail)| set.contains(&mail.uid))
        {
            let mut line = format!("* {} FETCH (UID {}", place + 1, mail.uid).into_bytes();
            if items.contains("RFC822.SIZE") {
                line.extend(format!(" RFC822.SIZE {}", mail.raw.len()).bytes());
            }
            if items.contains("INTERNALDATE") {
                line.extend(
                    mail.at
                        .format(" INTERNALDATE \"%e-%b-%Y %H:%M:%S +0000\"")
                        .to_string()
                        .bytes(),
                );
            }
            let head = mail
                .raw
                .windows(4)
                .position(|four| four == b"\r\n\r\n")
                .map_or(mail.raw.len(), |at| at + 4);
            let body = match items {
                items if items.contains("BODY.PEEK[HEADER]") => {
                    Some(("BODY[HEADER]", &mail.raw[..head]))
                }
                items if items.contains("BODY.PEEK[]<0.") => {
                    let most = items
                        .split("<0.")
                        .nth(1)
                        .unwrap()
                        .split('>')
                        .next()
                        .unwrap();
                    let most: usize = most.parse().unwrap();
                    Some(("BODY[]<0>", &mail.raw[..mail.raw.len().min(most)]))
                }
                _ => None,
            };
            if let Some((name, body)) = body {
                line.extend(format!(" {name} {{{}}}\r\n", body.len()).bytes());
                line.extend_from_slice(body);
            }
            line.extend_from_slice(b")\r\n");
            lines.push(line);
        }
        lines
    }

    async fn smtp(&mut self) -> Option<()> {
        self.say("220 fake ESMTP\r\n").await?;
        let (mut from, mut to) = (String::new(), Vec::<String>::new());
        let mut user = None;
        loop {
            let line = self.line().await?;
            let cut = self.counts()?;
            let word = line.split([' ', ':']).next().unwrap().to_uppercase();
            if word != "AUTH" {
                self.note(&line);
            }
            let address = || {
                let inner = line.split('<').nth(1).unwrap_or_default();
                inner.split('>').next().unwrap_or_default().to_owned()
            };
            let refused = self
                .state
                .lock()
                .unwrap()
                .refusals
                .get(word.as_str())
                .copied();
            let mut answer = refused.unwrap_or("250 2.0.0 Ok").to_owned();
            let done = refused.is_none();
            match word.as_str() {
                "EHLO" if done => {
                    "250-fake\r\n250-AUTH PLAIN LOGIN XOAUTH2\r\n250-SMTPUTF8\r\n250 8BITMIME"
                        .clone_into(&mut answer);
                }
                "AUTH" if done => {
                    user = line.split(' ').nth(2).and_then(|said| self.let_in(said));
                    let text = if user.is_some() {
                        "235 2.7.0 Ok"
                    } else {
                        "535 5.7.8 Error: authentication failed"
                    };
                    text.clone_into(&mut answer);
                }
                "MAIL" if done && user.is_none() => {
                    "530 5.7.0 Log in first".clone_into(&mut answer)
                }
                "MAIL" if done => from = address(),
                "RCPT" if done && address().starts_with("nobody@") => {
                    "550 5.1.1 <somebody@example.org>: User unknown".clone_into(&mut answer);
                }
                "RCPT" if done => to.push(address()),
                "DATA" if done => {
                    self.say("354 go on\r\n").await?;
                    let raw = self.content().await?;
                    let cut = self.counts()?;
                    let refused = self.state.lock().unwrap().refusals.get(".").copied();
                    if refused.is_none() {
                        let mut state = self.state.lock().unwrap();
                        for to in &to {
                            state.deliver(&from, to, &raw);
                        }
                    }
                    if cut {
                        return None;
                    }
                    refused
                        .unwrap_or("250 2.0.0 Ok: queued as 1")
                        .clone_into(&mut answer);
                    to.clear();
                }
                "QUIT" => "221 2.0.0 Bye".clone_into(&mut answer),
                _ => {}
            }
            if cut {
                return None;
            }
            self.say(&format!("{answer}\r\n")).await?;
            if word == "QUIT" {
                return None;
            }
        }
    }

    /// The content of a mail, up to the dot.
    async fn content(&mut self) -> Option<Vec<u8>> {
        let mut raw: Vec<u8> = Vec::new();
        loop {
            let mut line = Vec::new();
            let read = (&mut self.stream)
                .take(1 << 20)
                .read_until(b'\n', &mut line)
                .await
                .ok()?;
            if read == 0 {
                return None;
            }
            if line == b".\r\n" {
                return Some(raw);
            }
            raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }
}
