//! What a mail is: a customer's, one of ours, a report, or one that no person wrote.

use crate::ids::{Ids, OwnId};
use crate::mail::Mail;

/// What a mail is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Somebody wrote to us.
    Customer,
    /// The copy of a mail that we sent.
    Own(OwnId),
    /// A mail of ours, by Message-ID, did not arrive.
    Bounce(String),
    /// A mail of ours, by Message-ID, arrived.
    Delivered(String),
    /// A mail of ours, by Message-ID, was opened.
    Read(String),
    /// Nobody waits for an answer to it, and why.
    Aside(&'static str),
}

/// Whom a mailbox belongs to, as far as sorting depends on it.
#[derive(Debug, Clone)]
pub(crate) struct Sorter {
    pub(crate) ids: Ids,
    /// Our addresses, in lower case.
    pub(crate) ours: Vec<String>,
    /// Lists by which our customers' mail reaches us, in lower case.
    pub(crate) lists: Vec<String>,
}

impl Sorter {
    /// Whether an address is ours, with or without a plus-part.
    pub(crate) fn is_ours(&self, address: &str) -> bool {
        let Some((local, host)) = address.rsplit_once('@') else {
            return false;
        };
        let plain = local.split('+').next().unwrap_or_default();
        let is = |ours: &String| {
            let (known, at) = ours.rsplit_once('@').unwrap_or_default();
            known == plain && at.eq_ignore_ascii_case(host)
        };
        self.ours.iter().any(is)
    }

    pub(crate) fn sort(&self, mail: &Mail) -> Sort {
        let from_us = mail
            .from
            .as_ref()
            .is_some_and(|from| self.is_ours(&from.address));
        let own = mail.id.as_deref().and_then(|id| self.ids.read(id));
        if let Some(own) = own.filter(|own| own.proven && from_us) {
            return Sort::Own(own);
        }
        let nobody = has_null_sender(mail);
        if let Some(sort) = self.report(mail, nobody) {
            return sort;
        }
        if is_automatic(mail) {
            return Sort::Aside("automatic reply");
        }
        if nobody {
            return Sort::Aside("null sender");
        }
        if self.is_list(mail) {
            return Sort::Aside("mailing list");
        }
        if from_us {
            return Sort::Aside("our own address");
        }
        Sort::Customer
    }

    fn report(&self, mail: &Mail, nobody: bool) -> Option<Sort> {
        if let Some(report) = &mail.report {
            let ours = |id: &String| self.ids.read(id).is_some_and(|own| own.proven);
            let Some(id) = report.original.clone().filter(ours) else {
                return Some(Sort::Aside("report about a mail that is not ours"));
            };
            // Our own copy may fail where the customer's did not.
            let others = report
                .recipients
                .iter()
                .filter(|r| !self.is_ours(&r.address));
            let actions: Vec<&str> = others.map(|r| r.action.as_str()).collect();
            return Some(if actions.contains(&"failed") {
                Sort::Bounce(id)
            } else if actions.contains(&"displayed") {
                Sort::Read(id)
            } else if actions.contains(&"delivered") {
                Sort::Delivered(id)
            } else {
                Sort::Aside("report without an end")
            });
        }
        // A bounce in words, as qmail and some appliances write it.
        let from = mail.from.as_ref().map(|from| from.address.as_str());
        let local = from
            .and_then(|from| from.split('@').next())
            .unwrap_or_default();
        let by_machine = matches!(local, "mailer-daemon" | "postmaster");
        let words = mail.text.whole.as_deref().unwrap_or(&mail.text.text);
        let (id, _) = self.ids.first_in(words).filter(|_| by_machine && nobody)?;
        Some(Sort::Bounce(id))
    }

    /// RFC 2369, RFC 2919, and what programs send who know neither.
    fn is_list(&self, mail: &Mail) -> bool {
        let list = mail.header("list-id").unwrap_or_default().to_lowercase();
        // Where the company's address is a list itself, all customers' mail comes so.
        let is_ours = self.lists.iter().any(|ours| {
            let bare = list.rsplit('<').next().unwrap_or_default();
            bare.trim().trim_end_matches('>') == ours
        });
        let bulk = mail
            .header("precedence")
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let is_bulk = matches!(bulk.as_str(), "bulk" | "list" | "junk");
        let is_list = mail.has("list-id") || mail.has("list-unsubscribe") || mail.has("list-post");
        !is_ours && (is_list || is_bulk)
    }
}

/// Whether the envelope named no sender. `Return-Path` is written by our own server, on top.
pub(crate) fn has_null_sender(mail: &Mail) -> bool {
    let path = mail.header("return-path");
    path.is_some_and(|path| path.trim() == "<>")
}

/// Whether its author wants no automatic answer to it, by a header that says nothing of who wrote it
/// (MS-OXCMAIL, section 2.1.3.2.20): help desks and travel agents mark their people's mail so, too. What it
/// says of reports and receipts is another matter.
pub(crate) fn wants_no_program(mail: &Mail) -> bool {
    let kinds = mail.header("x-auto-response-suppress").unwrap_or_default();
    let mut kinds = kinds.split([',', ';', ' ', '\t']).map(str::trim);
    kinds.any(|kind| {
        ["all", "autoreply", "oof"]
            .iter()
            .any(|known| kind.eq_ignore_ascii_case(known))
    })
}

/// Whether a program wrote it in answer to a mail: RFC 3834, section 5, and what older programs write.
/// A comment may follow the word: `auto-replied (vacation)`.
pub(crate) fn is_automatic(mail: &Mail) -> bool {
    let word = |name: &str| {
        let value = mail.header(name).unwrap_or_default();
        let ends = |c: char| c.is_whitespace() || matches!(c, ';' | '(');
        value
            .trim()
            .split(ends)
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let submitted = word("auto-submitted");
    let yes = |name: &str| {
        mail.header(name)
            .is_some_and(|value| !value.trim().eq_ignore_ascii_case("no"))
    };
    !matches!(submitted.as_str(), "" | "no")
        || word("precedence") == "auto_reply"
        || [
            "x-autoreply",
            "x-autorespond",
            "x-auto-reply",
            "x-autoresponder",
        ]
        .into_iter()
        .any(yes)
}
