//! What colleagues are told, as mail.

use std::fmt;

use aspa_channel::{Error, ErrorKind, Notification, Notifier};
use async_trait::async_trait;
use lettre::Address;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};

use crate::compose::{lines, plain};
use crate::config::{ConfigError, Login, Security, Server};
use crate::smtp::Submission;
use crate::tls::parameters;

/// Mails what colleagues are told, over SMTP. Its Message-ID is made of the notification's id, and it
/// says that a program wrote it (RFC 3834), so that nobody's absence answers it.
pub struct EmailNotifier {
    from: Mailbox,
    login: Login,
    submission: Submission,
}

/// `Debug` shows where it hands mail in, and no name.
impl fmt::Debug for EmailNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailNotifier")
            .field("smtp", &self.submission.server)
            .finish_non_exhaustive()
    }
}

impl EmailNotifier {
    /// Writes as `address`, handed in at `smtp`. `certificate` is one in PEM that is trusted besides those
    /// of the system.
    ///
    /// # Errors
    ///
    /// When the address is none, the certificate cannot be read, or mail would leave this machine without
    /// TLS.
    pub fn new(
        address: &str,
        smtp: Server,
        login: Login,
        certificate: Option<&str>,
    ) -> Result<Self, ConfigError> {
        let no_address = ConfigError::NoAddress { field: "address" };
        let address: Address = address.trim().parse().map_err(|_| no_address)?;
        if smtp.security == Security::Plain && !smtp.is_here() {
            return Err(ConfigError::NoTls { field: "smtp" });
        }
        let submission = Submission {
            tls: parameters(&smtp.host, certificate)?,
            server: smtp,
            hello: address.domain().to_owned(),
        };
        Ok(Self {
            from: Mailbox::new(None, address),
            login,
            submission,
        })
    }

    /// The same, with this name in front of the address.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.from.name = Some(name.into());
        self
    }

    fn compose(&self, told: &Notification, to: &Address) -> Result<Vec<u8>, Error> {
        let id = format!("<{}@{}>", told.id, self.from.email.domain());
        let subject: Vec<&str> = told.subject.split_whitespace().collect();
        let mail = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.clone()))
            .date(told.at.into())
            .message_id(Some(id))
            .subject(subject.join(" "))
            .raw_header(plain("Auto-Submitted", "auto-generated"))
            .header(ContentType::TEXT_PLAIN)
            .body(lines(&told.text));
        let invalid = |_| Error::new(ErrorKind::Invalid, "notify").with("field", "mail");
        Ok(mail.map_err(invalid)?.formatted())
    }
}

#[async_trait]
impl Notifier for EmailNotifier {
    async fn notify(&self, notification: &Notification) -> Result<(), Error> {
        let invalid = |_| Error::new(ErrorKind::Invalid, "notify").with("field", "to");
        let to: Address = notification.to.trim().parse().map_err(invalid)?;
        let mail = self.compose(notification, &to)?;
        let (submission, from) = (&self.submission, &self.from.email);
        submission.send(&self.login, from, &[to], None, &mail).await
    }
}
