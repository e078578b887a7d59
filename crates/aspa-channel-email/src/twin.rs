//! Different mails under one Message-ID, and copies of one mail.
//!
//! A Message-ID should be the only one of its kind (RFC 5322, section 3.6.4); some forms and devices
//! give the same to all they send. The first mail in the mailbox bears it as its name. A later one that is
//! another mail is named by it and a digest of its own, which a restored mailbox does not change.

use aspa_types::DeliveryId;

use crate::mail::Mail;

/// Whether two mails under one Message-ID are copies of one. They were written at the same time, by
/// their `Date`, by the same author: a list leaves the one as it is, and may write itself in place of
/// the other. Text and subject do not count, for gateways and lists add to both.
pub(crate) fn same(one: &Mail, other: &Mail) -> bool {
    let by_list = one.has("list-") || other.has("list-");
    time(one) == time(other) && (by_list || author(one) == author(other))
}

/// The name of a mail that is not the first under its Message-ID. No Message-ID holds a space.
pub(crate) fn name(id: &str, mail: &Mail) -> String {
    format!("{id} {}", mark(mail))
}

/// The Message-ID in a name, and the mark of a mail that is not the first under it.
pub(crate) fn parts(name: &str) -> (&str, Option<&str>) {
    match name.split_once(' ') {
        Some((id, mark)) => (id, Some(mark)),
        None => (name, None),
    }
}

/// What tells a mail from others under its Message-ID.
pub(crate) fn mark(mail: &Mail) -> String {
    let id = DeliveryId::derive(&["mail twin", &time(mail), author(mail)]);
    id.as_str().trim_start_matches("d-").to_owned()
}

/// When it was written, by its author's claim; of one that does not say, its subject.
fn time(mail: &Mail) -> String {
    match mail.written {
        Some(at) => at.to_string(),
        None => format!("- {}", mail.subject.as_deref().unwrap_or_default()),
    }
}

fn author(mail: &Mail) -> &str {
    mail.from.as_ref().map_or("", |from| from.address.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(headers: &str) -> Mail {
        Mail::read(format!("{headers}\r\n\r\nx\r\n").as_bytes())
    }

    #[test]
    fn what_copies_differ_in_does_not_count() {
        let first =
            "From: Aino <a@b.example>\r\nDate: Mon, 2 Nov 2026 08:00:00 +0000\r\nSubject: x";
        for (other, expected) in [
            (
                "Received: by mx\r\nFrom: a@b.example\r\nDate: 2 Nov 2026 10:00:00 +0200",
                true,
            ),
            (
                "From: A@B.example\r\nDate: 2 Nov 2026 08:00:00 +0000\r\nSubject: [x] y",
                true,
            ),
            (
                "From: l@c.example\r\nList-Id: <l>\r\nDate: 2 Nov 2026 08:00:00 +0000",
                true,
            ),
            (
                "From: l@c.example\r\nDate: 2 Nov 2026 08:00:00 +0000",
                false,
            ),
            (
                "From: a@b.example\r\nDate: 2 Nov 2026 08:00:01 +0000",
                false,
            ),
            ("From: a@b.example\r\nDate: never", false),
            ("From: a@b.example\r\nSubject: x", false),
        ] {
            assert_eq!(same(&mail(first), &mail(other)), expected, "{other}");
        }
        let undated = |subject: &str| mail(&format!("From: a@b.example\r\nSubject: {subject}"));
        assert!(same(&undated("x"), &undated("x")));
        assert!(!same(&undated("x"), &undated("y")));
    }

    #[test]
    fn a_name_is_taken_apart_again() {
        let mail = mail("From: a@b.example");
        let named = name("form@x.example", &mail);
        assert_eq!(parts(&named), ("form@x.example", Some(&*mark(&mail))));
        assert_eq!(parts("form@x.example"), ("form@x.example", None));
    }
}
