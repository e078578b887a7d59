//! What went wrong, as callers know it. What a server says in words can name people: only codes are kept.

use aspa_channel::{Error, ErrorKind, Landed, Status};
use lettre::transport::smtp::Error as SmtpError;

use crate::imap::Trouble;

/// An error of the IMAP server. Reading changes nothing: nothing landed.
pub(crate) fn imap(operation: &'static str, trouble: &Trouble) -> Error {
    let error = |kind| Error::new(kind, operation).with("server", "imap");
    match trouble {
        Trouble::Gone(kind) => error(ErrorKind::Unavailable).with("io", kind),
        Trouble::Late => error(ErrorKind::Unavailable).with("io", "timed out"),
        Trouble::Senseless => error(ErrorKind::Protocol),
        Trouble::NotLetIn(code) => match code.as_deref() {
            // RFC 5530: the password may be right.
            Some(code @ ("UNAVAILABLE" | "INUSE" | "LIMIT" | "SERVERBUG")) => {
                error(ErrorKind::Unavailable).with_code(code)
            }
            code => coded(error(ErrorKind::Unauthorized), code)
                .with_remedy("enter the user name and password, or the access token, again"),
        },
        Trouble::Refused(code) => match code.as_deref() {
            Some(code @ "NONEXISTENT") => error(ErrorKind::NotFound)
                .with_code(code)
                .with_remedy("name a mailbox that is there"),
            Some(code @ "NOPERM") => error(ErrorKind::Forbidden).with_code(code),
            Some(code @ "LIMIT") => error(ErrorKind::Throttled).with_code(code),
            code => coded(error(ErrorKind::Unavailable), code),
        },
    }
}

fn coded(error: Error, code: Option<&str>) -> Error {
    match code {
        Some(code) => error.with_code(code),
        None => error,
    }
}

/// How far sending a mail got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Connecting and saying hello.
    Hello,
    /// Logging in.
    Login,
    /// Naming the sender.
    From,
    /// Naming whom it is for.
    To,
    /// Before its content is sent.
    Data,
    /// From the first byte of its content until the server has said what came of it (RFC 5321, section
    /// 4.2.5).
    Content,
}

/// An error of the SMTP server, or its silence: what it means depends on how far it got.
pub(crate) fn smtp(phase: Phase, error: Option<&SmtpError>) -> Error {
    let status = error.and_then(SmtpError::status);
    let Some(code) = status.map(|code| code.to_string()) else {
        let kind = match error {
            Some(error) if error.is_response() || error.is_client() => ErrorKind::Protocol,
            _ => ErrorKind::Unavailable,
        };
        let landed = match phase {
            Phase::Content => Landed::Maybe,
            _ => Landed::No,
        };
        return Error::new(kind, "send")
            .with("server", "smtp")
            .with("phase", format!("{phase:?}").to_lowercase())
            .with_landed(landed);
    };
    let enhanced = error.and_then(enhanced).unwrap_or_default();
    let (kind, remedy) = kind_of(phase, &code, &enhanced);
    let status = match (&kind, code.starts_with('4')) {
        (_, true) => Status::Temporary,
        (ErrorKind::Unauthorized, _) => Status::Persistent,
        _ => Status::Permanent,
    };
    let said = match enhanced.is_empty() {
        true => code,
        false => format!("{code} {enhanced}"),
    };
    let error = Error::new(kind, "send")
        .with_code(said)
        .with_status(status)
        .with("server", "smtp");
    match remedy {
        Some(remedy) => error.with_remedy(remedy),
        None => error,
    }
}

/// What a reply code (RFC 5321, section 4.2.3) with its enhanced one (RFC 3463) means.
fn kind_of(phase: Phase, code: &str, enhanced: &str) -> (ErrorKind, Option<&'static str>) {
    let detail = enhanced.split_once('.').map_or("", |(_, detail)| detail);
    if matches!(code, "530" | "534" | "535" | "538")
        || phase == Phase::Login && code.starts_with('5')
    {
        let remedy = "enter the user name and password, or the access token, again";
        return (ErrorKind::Unauthorized, Some(remedy));
    }
    if matches!(detail, "3.4" | "2.3") || code == "552" {
        return (ErrorKind::TooLong, Some("send less"));
    }
    if code.starts_with('4') {
        let busy = detail.starts_with("7.") || code == "421" || detail == "3.2";
        let kind = if busy {
            ErrorKind::Throttled
        } else {
            ErrorKind::Unavailable
        };
        return (kind, None);
    }
    match phase {
        Phase::To
            if detail.starts_with("1.")
                || matches!(code, "550" | "551" | "553") && detail.is_empty() =>
        {
            (
                ErrorKind::NotFound,
                Some("the address takes no mail: ask for another one"),
            )
        }
        Phase::Hello | Phase::From | Phase::To | Phase::Data | Phase::Content | Phase::Login => (
            ErrorKind::Forbidden,
            Some("ask the postmaster why the server refuses"),
        ),
    }
}

/// The enhanced code at the start of what the server says, and nothing else of it.
fn enhanced(error: &SmtpError) -> Option<String> {
    let said = std::error::Error::source(error)?.to_string();
    let word = said.split_whitespace().next()?;
    let digits =
        |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = word.split('.').collect();
    (parts.len() == 3 && parts.iter().all(|part| digits(part))).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_what_to_do() {
        for (phase, code, enhanced, kind) in [
            (Phase::Login, "535", "5.7.8", ErrorKind::Unauthorized),
            (Phase::To, "550", "5.1.1", ErrorKind::NotFound),
            (Phase::To, "550", "", ErrorKind::NotFound),
            (Phase::To, "554", "5.7.1", ErrorKind::Forbidden),
            (Phase::To, "550", "5.7.1", ErrorKind::Forbidden),
            (Phase::From, "552", "5.3.4", ErrorKind::TooLong),
            (Phase::Content, "554", "5.6.0", ErrorKind::Forbidden),
            (Phase::To, "450", "4.2.0", ErrorKind::Unavailable),
            (Phase::To, "451", "4.7.1", ErrorKind::Throttled),
            (Phase::Hello, "421", "", ErrorKind::Throttled),
        ] {
            assert_eq!(kind_of(phase, code, enhanced).0, kind, "{code} {enhanced}");
        }
    }

    #[test]
    fn silence_after_the_content_leaves_it_open() {
        assert_eq!(smtp(Phase::Content, None).landed(), Landed::Maybe);
        assert_eq!(smtp(Phase::Data, None).landed(), Landed::No);
        assert!(smtp(Phase::Data, None).is_retryable());
    }

    #[test]
    fn a_server_that_is_busy_is_not_a_wrong_password() {
        let wrong = imap(
            "poll",
            &Trouble::NotLetIn(Some("AUTHENTICATIONFAILED".to_owned())),
        );
        assert_eq!(*wrong.kind(), ErrorKind::Unauthorized);
        let busy = imap("poll", &Trouble::NotLetIn(Some("UNAVAILABLE".to_owned())));
        assert_eq!(*busy.kind(), ErrorKind::Unavailable);
    }
}
