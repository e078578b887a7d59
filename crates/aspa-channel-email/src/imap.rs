//! As much of an IMAP client (RFC 3501, RFC 2177) as reading a mailbox takes. It changes nothing there:
//! mailboxes are opened with EXAMINE and mails read with PEEK.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::config::{Login, Security, Server};
use crate::wire::{LONGEST_LINE, Piece, Value, code, literal, quoted, values};

/// How long the server has for a command.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many Message-IDs are looked for at once, and in how many bytes.
const MOST_NAMED: usize = 25;
const LONGEST_SEARCH: usize = 6_000;
/// The most bytes of one response, literals and all, beyond what was asked for.
const LARGEST: usize = 64 << 20;

/// Why the server did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// No connection, or it ended.
    Gone(std::io::ErrorKind),
    /// No answer in time.
    Late,
    /// It said no, and by what code.
    Refused(Option<String>),
    /// It did not let us in, and by what code.
    NotLetIn(Option<String>),
    /// It said what makes no sense.
    Senseless,
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::Gone(error.kind())
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// What a mailbox was like when it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Opened {
    /// While it stays the same, so do the UIDs.
    pub(crate) validity: u32,
    /// What the next mail gets at least, where the server says.
    pub(crate) next: Option<u32>,
}

/// A mail as the server gave it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Fetched {
    pub(crate) uid: u32,
    pub(crate) size: Option<u32>,
    pub(crate) at: Option<DateTime<Utc>>,
    pub(crate) body: Option<Vec<u8>>,
}

/// A connection that is logged in.
pub(crate) struct Imap {
    stream: BufReader<Box<dyn Stream>>,
    tag: u32,
    /// Whether the server told of new mail since it was last asked.
    news: bool,
    idles: bool,
}

impl fmt::Debug for Imap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Imap").finish_non_exhaustive()
    }
}

impl Imap {
    /// Connects and logs in.
    pub(crate) async fn connect(
        server: &Server,
        login: &Login,
        tls: &Arc<ClientConfig>,
    ) -> Result<Self, Trouble> {
        let connecting = Self::begin(server, login, tls);
        timeout(PATIENCE, connecting)
            .await
            .map_err(|_| Trouble::Late)?
    }

    async fn begin(
        server: &Server,
        login: &Login,
        tls: &Arc<ClientConfig>,
    ) -> Result<Self, Trouble> {
        let tcp = TcpStream::connect((server.host.as_str(), server.port)).await?;
        let _ = tcp.set_nodelay(true);
        let name = || ServerName::try_from(server.host.clone()).map_err(|_| Trouble::Senseless);
        let connector = TlsConnector::from(Arc::clone(tls));
        let stream: Box<dyn Stream> = match server.security {
            Security::Tls => Box::new(connector.connect(name()?, tcp).await?),
            Security::Plain => Box::new(tcp),
            Security::StartTls => {
                let mut plain = Self::over(Box::new(tcp));
                plain.greeting().await?;
                plain.command("STARTTLS").await?;
                // What came before TLS was not protected and counts for nothing.
                if !plain.stream.buffer().is_empty() {
                    return Err(Trouble::Senseless);
                }
                Box::new(
                    connector
                        .connect(name()?, plain.stream.into_inner())
                        .await?,
                )
            }
        };
        let mut imap = Self::over(stream);
        if server.security != Security::StartTls {
            imap.greeting().await?;
        }
        imap.log_in(login).await?;
        imap.idles = imap.command("CAPABILITY").await?.iter().any(|line| {
            let mut words = line.iter().filter_map(Value::word);
            words.any(|word| word.eq_ignore_ascii_case("IDLE"))
        });
        Ok(imap)
    }

    fn over(stream: Box<dyn Stream>) -> Self {
        Self {
            stream: BufReader::with_capacity(32 << 10, stream),
            tag: 0,
            news: false,
            idles: false,
        }
    }

    async fn greeting(&mut self) -> Result<(), Trouble> {
        let greeting = values(&self.response().await?);
        match greeting.get(1).and_then(Value::word) {
            Some("OK") => Ok(()),
            Some("BYE") => Err(Trouble::Refused(None)),
            _ => Err(Trouble::Senseless),
        }
    }

    async fn log_in(&mut self, login: &Login) -> Result<(), Trouble> {
        let secret = login.secret.expose();
        let (mechanism, said) = match login.oauth {
            true => (
                "XOAUTH2",
                format!("user={}\x01auth=Bearer {secret}\x01\x01", login.user),
            ),
            false => ("PLAIN", format!("\0{}\0{secret}", login.user)),
        };
        let tag = self.send(&format!("AUTHENTICATE {mechanism}")).await?;
        let mut said = Some(STANDARD.encode(said));
        loop {
            let pieces = self.response().await?;
            match Line::of(&pieces, &tag) {
                // Asked again, XOAUTH2 tells why it refuses, and wants an empty line.
                Line::Continue => self.write(&said.take().unwrap_or_default()).await?,
                Line::Done("OK", _) => return Ok(()),
                Line::Done(_, code) => return Err(Trouble::NotLetIn(code)),
                Line::Untagged => {}
            }
        }
    }

    /// Opens a mailbox for reading.
    pub(crate) async fn examine(&mut self, mailbox: &str) -> Result<Opened, Trouble> {
        let mailbox = quoted(mailbox).ok_or(Trouble::Senseless)?;
        let answer = self.command(&format!("EXAMINE {mailbox}")).await?;
        let mut opened = Opened::default();
        for line in &answer {
            // `* OK [UIDVALIDITY 1] ...`: brackets make one word of it.
            for word in line.iter().filter_map(Value::word) {
                let number = |name: &str| -> Option<u32> {
                    let inner = word.strip_prefix('[')?.trim_end_matches(']');
                    let (known, number) = inner.split_once(' ')?;
                    known
                        .eq_ignore_ascii_case(name)
                        .then(|| number.trim().parse().ok())?
                };
                opened.validity = number("UIDVALIDITY").unwrap_or(opened.validity);
                opened.next = number("UIDNEXT").or(opened.next);
            }
        }
        // How many there are is no news here.
        self.news = false;
        Ok(opened)
    }

    /// The UIDs of the open mailbox that answer to this, in order.
    pub(crate) async fn search(&mut self, criteria: &str) -> Result<Vec<u32>, Trouble> {
        let answer = self.command(&format!("UID SEARCH {criteria}")).await?;
        let found = answer
            .iter()
            .filter(|line| line.get(1).and_then(Value::word) == Some("SEARCH"));
        let mut uids: Vec<u32> = found.flatten().filter_map(Value::number).collect();
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// The UIDs of the mails with this Message-ID.
    pub(crate) async fn named(&mut self, id: &str) -> Result<Vec<u32>, Trouble> {
        // Nothing that cannot stand in quotes is a Message-ID (RFC 5322, section 3.6.4).
        match quoted(&format!("<{id}>")) {
            Some(id) => self.search(&format!("HEADER Message-ID {id}")).await,
            None => Ok(Vec::new()),
        }
    }

    /// The UIDs of the mails with any of these Message-IDs: `OR a OR b c`, in lines that servers take
    /// (RFC 7162, section 4: 8,192 bytes).
    pub(crate) async fn named_any(&mut self, ids: &[&str]) -> Result<Vec<u32>, Trouble> {
        let (mut uids, mut criteria, mut many) = (Vec::new(), String::new(), 0);
        for id in ids {
            let Some(id) = quoted(&format!("<{id}>")) else {
                continue;
            };
            let term = format!("HEADER Message-ID {id}");
            if many == MOST_NAMED || many > 0 && criteria.len() + term.len() > LONGEST_SEARCH {
                uids.extend(self.search(&criteria).await?);
                many = 0;
            }
            criteria = match many {
                0 => term,
                _ => format!("OR {term} {criteria}"),
            };
            many += 1;
        }
        if many > 0 {
            uids.extend(self.search(&criteria).await?);
        }
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// What the server knows of these mails.
    pub(crate) async fn fetch(
        &mut self,
        uids: &[u32],
        items: &str,
    ) -> Result<Vec<Fetched>, Trouble> {
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        let set: Vec<String> = uids.iter().map(u32::to_string).collect();
        let answer = self
            .command(&format!("UID FETCH {} ({items})", set.join(",")))
            .await?;
        let mut mails: Vec<Fetched> = answer.iter().filter_map(|line| fetched(line)).collect();
        // A server may tell of other mails in between.
        mails.retain(|mail| uids.binary_search(&mail.uid).is_ok());
        mails.sort_by_key(|mail| mail.uid);
        Ok(mails)
    }

    /// Waits until the server tells of new mail in the open mailbox, at most so long. Whether it did.
    pub(crate) async fn idle(&mut self, most: Duration) -> Result<bool, Trouble> {
        if !self.idles {
            tokio::time::sleep(most.min(PATIENCE)).await;
            self.command("NOOP").await?;
            return Ok(std::mem::take(&mut self.news));
        }
        if std::mem::take(&mut self.news) {
            return Ok(true);
        }
        let tag = self.send("IDLE").await?;
        let waited = timeout(most, self.hear(&tag)).await;
        if let Ok(heard) = waited {
            heard?;
        }
        let ended = timeout(PATIENCE, async {
            self.write("DONE").await?;
            loop {
                let pieces = self.response().await?;
                match Line::of(&pieces, &tag) {
                    Line::Done("OK", _) => return Ok(()),
                    Line::Done(_, code) => return Err(Trouble::Refused(code)),
                    _ => {}
                }
            }
        });
        ended.await.map_err(|_| Trouble::Late)??;
        Ok(std::mem::take(&mut self.news))
    }

    async fn hear(&mut self, tag: &str) -> Result<(), Trouble> {
        while !self.news {
            let pieces = self.response().await?;
            if let Line::Done(_, code) = Line::of(&pieces, tag) {
                return Err(Trouble::Refused(code));
            }
        }
        Ok(())
    }

    async fn command(&mut self, command: &str) -> Result<Vec<Vec<Value>>, Trouble> {
        let doing = async {
            let tag = self.send(command).await?;
            let mut lines = Vec::new();
            loop {
                let pieces = self.response().await?;
                match Line::of(&pieces, &tag) {
                    Line::Done("OK", _) => return Ok(lines),
                    Line::Done("NO", code) => return Err(Trouble::Refused(code)),
                    Line::Done(..) | Line::Continue => return Err(Trouble::Senseless),
                    Line::Untagged => lines.push(values(&pieces)),
                }
            }
        };
        timeout(PATIENCE, doing).await.map_err(|_| Trouble::Late)?
    }

    async fn send(&mut self, command: &str) -> Result<String, Trouble> {
        self.tag += 1;
        let tag = format!("a{}", self.tag);
        self.write(&format!("{tag} {command}")).await?;
        Ok(tag)
    }

    async fn write(&mut self, line: &str) -> Result<(), Trouble> {
        self.stream
            .write_all(format!("{line}\r\n").as_bytes())
            .await?;
        Ok(self.stream.flush().await?)
    }

    /// One response: a line with the literals in it.
    async fn response(&mut self) -> Result<Vec<Piece>, Trouble> {
        let (mut pieces, mut bytes) = (Vec::new(), 0);
        loop {
            let mut line = Vec::new();
            let mut limited = (&mut self.stream).take(LONGEST_LINE as u64);
            limited.read_until(b'\n', &mut line).await?;
            if line.is_empty() {
                return Err(Trouble::Gone(std::io::ErrorKind::UnexpectedEof));
            }
            let is_whole = line.pop() == Some(b'\n');
            if !is_whole {
                // It ended in the middle, or never ends.
                return Err(match line.len() + 1 < LONGEST_LINE {
                    true => Trouble::Gone(std::io::ErrorKind::UnexpectedEof),
                    false => Trouble::Senseless,
                });
            }
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            let follows = literal(&line);
            pieces.push(Piece::Text(line));
            let Some(length) = follows else {
                break;
            };
            bytes += length;
            if bytes > LARGEST || pieces.len() > 1_000 {
                return Err(Trouble::Senseless);
            }
            let mut content = Vec::new();
            let read = (&mut self.stream)
                .take(length as u64)
                .read_to_end(&mut content)
                .await?;
            if read < length {
                return Err(Trouble::Gone(std::io::ErrorKind::UnexpectedEof));
            }
            pieces.push(Piece::Literal(content));
        }
        if let Some(Piece::Text(line)) = pieces.first() {
            self.news |= line.starts_with(b"* ") && line.ends_with(b" EXISTS");
        }
        Ok(pieces)
    }
}

/// What a response is to the command that waits.
enum Line<'a> {
    Continue,
    Untagged,
    /// The command is done: its status, and the code behind it.
    Done(&'a str, Option<String>),
}

impl<'a> Line<'a> {
    fn of(pieces: &'a [Piece], tag: &str) -> Self {
        let Some(Piece::Text(line)) = pieces.first() else {
            return Self::Untagged;
        };
        if line.starts_with(b"+") {
            return Self::Continue;
        }
        let line = std::str::from_utf8(line).unwrap_or_default();
        let Some(rest) = line
            .strip_prefix(tag)
            .and_then(|rest| rest.strip_prefix(' '))
        else {
            return Self::Untagged;
        };
        let (status, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        Self::Done(status, code(rest).map(str::to_owned))
    }
}

fn fetched(line: &[Value]) -> Option<Fetched> {
    let [_, _, Value::Word(word), Value::List(items)] = line else {
        return None;
    };
    if word != "FETCH" {
        return None;
    }
    let mut mail = Fetched::default();
    for pair in items.chunks_exact(2) {
        let name = pair[0].word().unwrap_or_default().to_ascii_uppercase();
        match (name.as_str(), &pair[1]) {
            ("UID", value) => mail.uid = value.number()?,
            ("RFC822.SIZE", value) => mail.size = value.number(),
            ("INTERNALDATE", Value::Bytes(date)) => mail.at = date_of(date),
            (body, Value::Bytes(bytes)) if body.starts_with("BODY[") => {
                mail.body = Some(bytes.clone())
            }
            _ => {}
        }
    }
    (mail.uid > 0).then_some(mail)
}

/// `17-Jul-1996 02:44:25 -0700`, with a space in front of a short day.
fn date_of(date: &[u8]) -> Option<DateTime<Utc>> {
    let date = std::str::from_utf8(date).ok()?.trim();
    let date = DateTime::parse_from_str(date, "%d-%b-%Y %H:%M:%S %z").ok()?;
    Some(date.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_when_our_server_took_the_mail_in() {
        let at = date_of(b" 2-Nov-2026 09:12:33 +0200").unwrap();
        assert_eq!(at.to_rfc3339(), "2026-11-02T07:12:33+00:00");
        assert_eq!(date_of(b"yesterday"), None);
    }
}
