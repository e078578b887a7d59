//! The mail that an effect becomes.

use aspa_channel::{Error, ErrorKind, ReplyKind};
use aspa_types::EffectKey;
use lettre::Address;
use lettre::message::header::{
    ContentDisposition, ContentTransferEncoding, ContentType, HeaderName, HeaderValue,
};
use lettre::message::{Body, Mailbox, Message, MultiPart, SinglePart};

use crate::files::Enclosed;
use crate::ids::PLUS;
use crate::mail::Mail;

/// The most ids in References: the first, and the last of these (RFC 5322, section 3.6.4, lets them be
/// fewer).
const MOST_REFERENCES: usize = 20;

/// Who writes.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    pub(crate) name: Option<String>,
    pub(crate) address: Address,
    /// Whether answers are asked for at an address that names the conversation.
    pub(crate) plus: bool,
}

/// What is written.
#[derive(Debug)]
pub(crate) struct Letter<'a> {
    pub(crate) id: &'a str,
    pub(crate) effect: &'a EffectKey,
    pub(crate) conversation: &'a str,
    pub(crate) to: &'a [Address],
    pub(crate) text: &'a str,
    pub(crate) files: &'a [Enclosed],
    pub(crate) reply: &'a ReplyKind,
    /// The Message-ID of what it answers.
    pub(crate) answers: Option<&'a str>,
    /// What it answers, where that is still there.
    pub(crate) parent: Option<&'a Mail>,
    pub(crate) subject: Option<&'a str>,
}

impl Sender {
    /// The address that answers to this conversation come to.
    pub(crate) fn plus_address(&self, conversation: &str) -> Option<Address> {
        let local = format!("{}+{PLUS}{conversation}", self.address.user());
        Address::new(local, self.address.domain()).ok()
    }

    /// The mail, as bytes.
    pub(crate) fn compose(&self, letter: &Letter<'_>) -> Result<Vec<u8>, Error> {
        let from = Mailbox::new(self.name.clone(), self.address.clone());
        let mut mail = Message::builder()
            .from(from)
            .message_id(Some(format!("<{}>", letter.id)))
            .subject(subject(letter));
        for to in letter.to {
            mail = mail.to(Mailbox::new(None, to.clone()));
        }
        if let Some(address) = self.plus_address(letter.conversation).filter(|_| self.plus) {
            mail = mail.reply_to(Mailbox::new(self.name.clone(), address));
        }
        if let Some(answers) = letter.answers {
            mail = mail.in_reply_to(format!("<{answers}>"));
            mail = mail.references(references(answers, letter.parent));
        }
        if *letter.reply == ReplyKind::Automatic {
            mail = mail.raw_header(plain("Auto-Submitted", "auto-replied"));
        }
        let key = letter.effect.as_str();
        if key.len() <= 200 && key.bytes().all(|b| b.is_ascii_graphic()) {
            mail = mail.raw_header(plain("X-Aspa-Effect", key));
        }
        let text = lines(letter.text);
        let whole = match letter.files {
            [] => mail.header(ContentType::TEXT_PLAIN).body(text),
            files => {
                let plain = SinglePart::plain(text);
                let parts = files
                    .iter()
                    .fold(MultiPart::mixed().singlepart(plain), |parts, file| {
                        parts.singlepart(part(file))
                    });
                mail.multipart(parts)
            }
        };
        let whole =
            whole.map_err(|_| Error::new(ErrorKind::Invalid, "send").with("field", "mail"))?;
        Ok(whole.formatted())
    }
}

/// A line of a mail ends with CR LF, and with nothing else (RFC 5322, section 2.3).
pub(crate) fn lines(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('\n', "\r\n")
}

/// A file as a part of a mail. Mail programs show an image below the text, where it is said to be inline (RFC 2183,
/// section 2.1), and keep everything else for those who open it.
fn part(file: &Enclosed) -> SinglePart {
    let kind = ContentType::parse(&file.media_type);
    let kind = kind.or_else(|_| ContentType::parse("application/octet-stream"));
    let shown = match file.media_type.starts_with("image/") {
        true => ContentDisposition::inline_with_name(&file.name),
        false => ContentDisposition::attachment(&file.name),
    };
    let part = SinglePart::builder().header(kind.unwrap_or(ContentType::TEXT_PLAIN));
    // As bytes, also where it is a text: nothing of it is changed on the way.
    let content = Body::new_with_encoding(file.content.to_vec(), ContentTransferEncoding::Base64);
    let part = part.header(shown);
    match content {
        Ok(content) => part.body(content),
        Err(bytes) => part.body(bytes),
    }
}

pub(crate) fn plain(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// `Re:` and the subject of what is answered, once.
fn subject(letter: &Letter<'_>) -> String {
    let of_parent = letter.parent.and_then(|parent| parent.subject.as_deref());
    let Some(subject) = letter.subject.or(of_parent) else {
        return if letter.answers.is_some() { "Re:" } else { "" }.to_owned();
    };
    let start: String = subject.chars().take(4).collect();
    let is_answer = ["re:", "vs:", "sv:", "aw:"]
        .iter()
        .any(|known| start.to_lowercase().starts_with(known));
    let one_line = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    match letter.answers.is_some() && letter.subject.is_none() && !is_answer {
        true => format!("Re: {one_line}"),
        false => one_line,
    }
}

/// The thread so far: the first mail of it, the last, and what is answered.
fn references(answers: &str, parent: Option<&Mail>) -> String {
    let known = parent.and_then(|parent| {
        parent
            .header("references")
            .or_else(|| parent.header("in-reply-to"))
    });
    let mut ids = known.map(crate::mail::ids).unwrap_or_default();
    ids.retain(|id| id != answers && id.is_ascii() && id.len() <= 250);
    if ids.len() >= MOST_REFERENCES {
        let last = ids.split_off(ids.len() - (MOST_REFERENCES - 2));
        ids.truncate(1);
        ids.extend(last);
    }
    ids.push(answers.to_owned());
    let ids: Vec<String> = ids.iter().map(|id| format!("<{id}>")).collect();
    ids.join(" ")
}
