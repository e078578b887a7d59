//! One mail, taken apart: pure, and whatever the bytes are, something comes out.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Addr, Encoding, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use crate::charset::{guess, headers_end, with_readable_headers};
use crate::flowed::unflow;
use crate::html::{CITE_MARK, QUOTE_MARK, text_of};
use crate::report::Report;
use crate::strip::{Stripped, is_forward, strip};

/// The most ids of References that are looked at: the first, and the last of these.
const MOST_REFERENCES: usize = 100;
/// The most files that one mail is taken to have.
const MOST_FILES: usize = 200;

/// Somebody in a header: an address in lower case, and the name in front of it, which is free text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mailbox {
    pub(crate) address: String,
    pub(crate) name: Option<String>,
}

/// A file that came along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// Its place among all files of the mail.
    pub(crate) place: usize,
    pub(crate) name: Option<String>,
    pub(crate) media_type: String,
    pub(crate) bytes: usize,
    /// Whether it is shown within the text.
    pub(crate) inline: bool,
    pub(crate) content_id: Option<String>,
}

/// A mail, as far as it can be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mail {
    /// Header lines from the top: names in lower case, values unfolded and raw.
    headers: Vec<(String, String)>,
    /// Without angle brackets.
    pub(crate) id: Option<String>,
    /// What it says it answers: In-Reply-To first, then References from the last.
    pub(crate) answers: Vec<String>,
    /// The first of References, or In-Reply-To: what the thread began with.
    pub(crate) root: Option<String>,
    pub(crate) from: Option<Mailbox>,
    pub(crate) reply_to: Option<Mailbox>,
    pub(crate) to: Vec<Mailbox>,
    pub(crate) cc: Vec<Mailbox>,
    pub(crate) subject: Option<String>,
    /// Unix seconds of Date, its author's claim.
    pub(crate) written: Option<i64>,
    pub(crate) language: Option<String>,
    pub(crate) text: Stripped,
    /// Its text with all that is quoted, as it came.
    pub(crate) plain: String,
    /// Where the text was made from HTML.
    pub(crate) html: Option<String>,
    pub(crate) files: Vec<File>,
    pub(crate) report: Option<Report>,
    /// Whether something of it cannot be read here, and why.
    pub(crate) unreadable: Option<&'static str>,
}

impl Mail {
    /// Takes a mail apart.
    pub(crate) fn read(raw: &[u8]) -> Self {
        let raw = with_readable_headers(raw);
        let headers = headers(&raw);
        let parsed = MessageParser::default().parse(&*raw);
        let first = |name: &str| first_of(&headers, name);
        let in_reply_to = first("in-reply-to").map(ids).unwrap_or_default();
        let references = first("references").map(ids).unwrap_or_default();
        let root = references.first().or(in_reply_to.first()).cloned();
        let last = references.into_iter().rev().take(MOST_REFERENCES);
        let mut answers: Vec<String> = in_reply_to.into_iter().take(1).collect();
        answers.extend(last);
        let id = first("message-id").and_then(|value| ids(value).into_iter().next());
        let language = first("content-language").map(|tag| tag.trim().to_owned());
        let mut mail = Self {
            id,
            answers,
            root,
            from: None,
            reply_to: None,
            to: Vec::new(),
            cc: Vec::new(),
            subject: None,
            written: None,
            language: language.filter(|tag| is_tag(tag)),
            text: Stripped {
                text: String::new(),
                whole: None,
            },
            plain: String::new(),
            html: None,
            files: Vec::new(),
            report: None,
            unreadable: None,
            headers,
        };
        match parsed {
            Some(parsed) => mail.take(&parsed, &raw),
            None => mail.text.text = guess(&raw[headers_end(&raw)..]).trim().to_owned(),
        }
        mail
    }

    fn take(&mut self, parsed: &Message<'_>, raw: &[u8]) {
        let of = |address: Option<&mail_parser::Address<'_>>| -> Vec<Mailbox> {
            let all = address.map(|all| all.iter().filter_map(mailbox).take(100).collect());
            all.unwrap_or_default()
        };
        self.from = of(parsed.from()).into_iter().next();
        self.reply_to = of(parsed.reply_to()).into_iter().next();
        (self.to, self.cc) = (of(parsed.to()), of(parsed.cc()));
        let subject = parsed.subject().map(str::trim).filter(|s| !s.is_empty());
        self.subject =
            subject.map(|subject| subject.split_whitespace().collect::<Vec<_>>().join(" "));
        let date = parsed.date().filter(|date| date.is_valid());
        self.written = date.map(mail_parser::DateTime::to_timestamp);
        self.report = Report::read(parsed);
        self.unreadable = encrypted(parsed);
        self.body(parsed, raw);
        self.files = parsed
            .attachments()
            .take(MOST_FILES)
            .enumerate()
            .map(file)
            .collect();
    }

    fn body(&mut self, parsed: &Message<'_>, raw: &[u8]) {
        let readable = |part: &MessagePart<'_>| match &part.body {
            PartType::Text(text) => Some(plain(part, text, raw)),
            PartType::Html(html) => Some(text_of(&legible(part, html, raw))),
            _ => None,
        };
        let mut texts: Vec<String> = parsed.text_bodies().filter_map(readable).collect();
        texts.retain(|text| !text.trim().is_empty());
        let is_html = |part: &&MessagePart<'_>| matches!(part.body, PartType::Html(_));
        let from_html = texts.is_empty() || parsed.text_bodies().any(|part| is_html(&part));
        if texts.is_empty() {
            texts.extend(parsed.html_bodies().filter_map(readable));
        }
        if from_html {
            let html = parsed.html_bodies().find(is_html);
            self.html = html.and_then(|part| match &part.body {
                PartType::Html(html) => Some(legible(part, html, raw).into_owned()),
                _ => None,
            });
        }
        let forwards = self.subject.as_deref().is_some_and(is_forward);
        let text = texts.join("\n\n");
        self.text = strip(&text, self.root.is_some(), forwards);
        let unmarked = text.replace(QUOTE_MARK, "").replace(CITE_MARK, "");
        self.plain = unmarked
            .strip_suffix('\n')
            .map(str::to_owned)
            .unwrap_or(unmarked);
    }

    /// The raw value of the first header of this name, in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        first_of(&self.headers, name)
    }

    /// The raw values of the headers of this name, from the top.
    pub(crate) fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.headers.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }

    /// Whether there is a header whose name begins so.
    pub(crate) fn has(&self, beginning: &str) -> bool {
        self.headers
            .iter()
            .any(|(name, _)| name.starts_with(beginning))
    }
}

/// The content of a file of a mail, by its place.
pub(crate) fn content(raw: &[u8], place: usize) -> Option<Vec<u8>> {
    let raw = with_readable_headers(raw);
    let parsed = MessageParser::default().parse(&*raw)?;
    let part = parsed.attachments().take(MOST_FILES).nth(place)?;
    Some(match &part.body {
        PartType::Message(inner) => inner.raw_message().to_vec(),
        _ => part.contents().to_vec(),
    })
}

fn first_of<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

/// The header lines, unfolded.
fn headers(raw: &[u8]) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in raw[..headers_end(raw)].split(|b| *b == b'\n') {
        let line = guess(line.strip_suffix(b"\r").unwrap_or(line));
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = headers.last_mut() {
                value.push_str(&line);
            }
        } else if let Some((name, value)) = line.split_once(':') {
            let name = name.trim_end().to_ascii_lowercase();
            headers.push((name, value.trim().to_owned()));
        }
    }
    headers
}

/// The Message-IDs in a header, without angle brackets.
pub(crate) fn ids(value: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = value;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let Some(end) = rest.find('>') else {
            break;
        };
        // One that never ended, and another after it.
        let id = rest[..end].rsplit('<').next().unwrap_or_default();
        let id: String = id.split_ascii_whitespace().collect();
        if !id.is_empty() {
            found.push(id);
        }
        rest = &rest[end + 1..];
    }
    if found.is_empty() {
        // Without brackets, as some programs write it.
        let bare = value
            .split_ascii_whitespace()
            .filter(|word| word.contains('@'));
        found.extend(bare.map(str::to_owned));
    }
    found
}

fn mailbox(addr: &Addr<'_>) -> Option<Mailbox> {
    let address = addr.address()?.trim();
    let (local, host) = address.rsplit_once('@')?;
    let whole = !local.is_empty() && !host.is_empty();
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '<' | '>');
    if !whole || address.len() > 320 || !address.chars().all(plain) {
        return None;
    }
    let name = addr.name().map(str::trim).filter(|name| !name.is_empty());
    Some(Mailbox {
        address: address.to_lowercase(),
        name: name.map(str::to_owned),
    })
}

fn is_tag(tag: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    (2..=35).contains(&tag.len()) && tag.bytes().all(fits)
}

/// The text of a part as it was meant: what names no character set, or the wrong one, is not UTF-8 for
/// that.
fn legible<'a>(part: &MessagePart<'_>, text: &'a str, raw: &[u8]) -> Cow<'a, str> {
    let named = part
        .content_type()
        .and_then(|kind| kind.attribute("charset"));
    let is_known = named.is_some_and(|name| {
        let utf8 = name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("us-ascii");
        !utf8 && charset_decoder(name.as_bytes()).is_some()
    });
    if is_known || !text.contains(char::REPLACEMENT_CHARACTER) {
        return Cow::Borrowed(text);
    }
    let (start, end) = (part.offset_body as usize, part.offset_end as usize);
    let Some(body) = raw.get(start..end) else {
        return Cow::Borrowed(text);
    };
    let decoded = match part.encoding {
        Encoding::None => Some(Cow::Borrowed(body)),
        Encoding::QuotedPrintable => quoted_printable_decode(body).map(Cow::Owned),
        Encoding::Base64 => base64_decode(body).map(Cow::Owned),
    };
    match decoded {
        Some(bytes) => Cow::Owned(guess(&bytes).into_owned()),
        None => Cow::Borrowed(text),
    }
}

/// A text part, its lines joined where they flow.
fn plain(part: &MessagePart<'_>, text: &str, raw: &[u8]) -> String {
    let text = legible(part, text, raw);
    let parameter = |name| part.content_type().and_then(|kind| kind.attribute(name));
    let is = |name, value| parameter(name).is_some_and(|v: &str| v.eq_ignore_ascii_case(value));
    match is("format", "flowed") {
        true => unflow(&text, is("delsp", "yes")),
        false => text.replace("\r\n", "\n"),
    }
}

fn file((place, part): (usize, &MessagePart<'_>)) -> File {
    let kind = part.content_type();
    let media_type = match (kind, &part.body) {
        (Some(kind), _) => format!(
            "{}/{}",
            kind.ctype(),
            kind.subtype().unwrap_or("octet-stream")
        ),
        (None, PartType::Message(_)) => "message/rfc822".to_owned(),
        (None, PartType::Text(_)) => "text/plain".to_owned(),
        (None, _) => "application/octet-stream".to_owned(),
    };
    let disposition = part.content_disposition();
    let attached = disposition.is_some_and(mail_parser::ContentType::is_attachment);
    let content_id = part.content_id().map(str::to_owned);
    let shown =
        disposition.is_some_and(mail_parser::ContentType::is_inline) || content_id.is_some();
    let bytes = match &part.body {
        PartType::Message(inner) => inner.raw_message().len(),
        _ => part.len(),
    };
    File {
        place,
        name: part.attachment_name().map(str::to_owned),
        media_type: media_type.to_ascii_lowercase(),
        bytes,
        inline: shown && !attached,
        content_id,
    }
}

/// Why the content cannot be read here, where it is encrypted.
fn encrypted(parsed: &Message<'_>) -> Option<&'static str> {
    let kind = parsed.content_type()?;
    let subtype = kind.subtype().unwrap_or_default();
    let is = |ctype: &str, name: &str| {
        kind.ctype().eq_ignore_ascii_case(ctype) && subtype.eq_ignore_ascii_case(name)
    };
    let smime = is("application", "pkcs7-mime") || is("application", "x-pkcs7-mime");
    let enveloped = kind.attribute("smime-type") != Some("signed-data");
    (is("multipart", "encrypted") || smime && enveloped).then_some("encrypted mail")
}
