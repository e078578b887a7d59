//! Reports about a mail of ours: that it could not be delivered (RFC 3464) or was read (RFC 8098).

use mail_parser::{Message, MimeHeaders, PartType};

/// Most recipients that one report is read for.
const MOST_RECIPIENTS: usize = 100;

/// What a report says of one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recipient {
    /// The address, in lower case.
    pub(crate) address: String,
    /// `failed`, `delayed`, `delivered`, `relayed`, `expanded` or `displayed`.
    pub(crate) action: String,
    /// The status code, such as `5.1.1`.
    pub(crate) status: String,
}

/// A report, and which mail it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) recipients: Vec<Recipient>,
    /// The Message-ID of the mail it is about, as the returned header says.
    pub(crate) original: Option<String>,
}

impl Report {
    /// The report that a mail is, if it is one.
    pub(crate) fn read(mail: &Message<'_>) -> Option<Self> {
        let mut report = Self {
            recipients: Vec::new(),
            original: None,
        };
        let mut is_report = false;
        for part in &mail.parts {
            let kind = part.content_type();
            let ctype = kind.map_or("", |kind| kind.ctype());
            let subtype = kind.and_then(|kind| kind.subtype()).unwrap_or_default();
            let subtype = subtype.to_ascii_lowercase();
            if let PartType::Message(inner) = &part.body
                && report.original.is_none()
                && is_report
            {
                report.original = inner.message_id().map(str::to_owned);
                continue;
            }
            let text = match &part.body {
                PartType::Text(text) | PartType::Html(text) => text.as_ref(),
                PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                    std::str::from_utf8(bytes).unwrap_or_default()
                }
                PartType::Message(inner) => {
                    std::str::from_utf8(inner.raw_message()).unwrap_or_default()
                }
                PartType::Multipart(_) => continue,
            };
            if !ctype.eq_ignore_ascii_case("message") && !ctype.eq_ignore_ascii_case("text") {
                continue;
            }
            match subtype.as_str() {
                "delivery-status" | "global-delivery-status" => {
                    is_report = true;
                    report.recipients.extend(delivery(text));
                }
                "disposition-notification" | "global-disposition-notification" => {
                    is_report = true;
                    report.read_receipt(text);
                }
                "rfc822-headers" | "global-headers" if report.original.is_none() => {
                    report.original = field(text, "message-id").and_then(bare);
                }
                _ => {}
            }
        }
        is_report.then_some(report)
    }

    fn read_receipt(&mut self, text: &str) {
        let said = field(text, "disposition").unwrap_or_default();
        let kind = said.rsplit(';').next().unwrap_or_default();
        let kind = kind.split('/').next().unwrap_or_default().trim();
        self.original = field(text, "original-message-id").and_then(bare);
        self.recipients.push(Recipient {
            address: field(text, "final-recipient")
                .map(address)
                .unwrap_or_default(),
            action: kind.to_ascii_lowercase(),
            status: String::new(),
        });
    }
}

/// The recipients of a delivery status: fields in groups that empty lines part (RFC 3464, section 2.1).
fn delivery(text: &str) -> Vec<Recipient> {
    let text = text.replace("\r\n", "\n");
    let groups = text.split("\n\n").filter_map(|group| {
        Some(Recipient {
            address: field(group, "final-recipient")
                .or_else(|| field(group, "original-recipient"))
                .map(address)?,
            action: field(group, "action")?.trim().to_ascii_lowercase(),
            status: field(group, "status").unwrap_or_default().trim().to_owned(),
        })
    });
    groups.take(MOST_RECIPIENTS).collect()
}

/// The value of a field, in text of header form.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.trim().eq_ignore_ascii_case(name).then_some(value)
    })
}

/// The address of `rfc822; somebody@example.org`.
fn address(value: &str) -> String {
    let bare = value.split_once(';').map_or(value, |(_, address)| address);
    bare.trim().trim_matches(['<', '>']).to_lowercase()
}

fn bare(id: &str) -> Option<String> {
    crate::mail::ids(id).into_iter().next()
}
