use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use aspa_types::{AccountId, Secret};
use chrono::{DateTime, Utc};

use crate::channel::EmailChannel;
use crate::files::Files;

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Security {
    /// TLS from the first byte: ports 993 and 465.
    Tls,
    /// TLS after a plain greeting: ports 143 and 587. Without it nothing is sent.
    StartTls,
    /// No protection: to this machine only.
    Plain,
}

/// Where a mail server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Server {
    /// Its name, which its certificate has to bear, or its address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
}

impl Server {
    /// A server with TLS from the first byte.
    #[must_use]
    pub fn tls(host: impl Into<String>, port: u16) -> Self {
        Self::new(host, port, Security::Tls)
    }

    /// A server, protected so.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16, security: Security) -> Self {
        let host = host.into();
        Self {
            host,
            port,
            security,
        }
    }

    pub(crate) fn is_here(&self) -> bool {
        let address = self.host.parse::<std::net::IpAddr>();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }
}

/// How we log in, at both servers.
#[derive(Clone)]
#[non_exhaustive]
pub struct Login {
    /// The user name, often the address.
    pub user: String,
    /// The password or access token.
    pub secret: Secret,
    /// Whether the secret is an access token of OAuth 2, for `XOAUTH2`.
    pub oauth: bool,
}

impl Login {
    /// With a password, or an app password.
    #[must_use]
    pub fn password(user: impl Into<String>, secret: Secret) -> Self {
        let user = user.into();
        Self {
            user,
            secret,
            oauth: false,
        }
    }

    /// With an access token of OAuth 2, as Gmail and Microsoft 365 want it. It is short-lived:
    /// [`EmailChannel::renew`] puts the next one in its place.
    #[must_use]
    pub fn oauth(user: impl Into<String>, token: Secret) -> Self {
        Self {
            oauth: true,
            ..Self::password(user, token)
        }
    }
}

/// `Debug` shows no name and no secret.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("oauth", &self.oauth)
            .finish_non_exhaustive()
    }
}

/// What is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// An address is none.
    #[error("{field} is no e-mail address")]
    NoAddress {
        /// Which.
        field: &'static str,
    },
    /// A connection to another machine would be readable by everybody.
    #[error("{field} has no TLS, and is not on this machine")]
    NoTls {
        /// Which.
        field: &'static str,
    },
    /// The key is shorter than 16 bytes.
    #[error("key has fewer than 16 bytes")]
    ShortKey,
    /// A certificate cannot be read.
    #[error("certificate is none in PEM")]
    BadCertificate,
    /// The system's certificates cannot be used.
    #[error("the system's certificates cannot be used")]
    NoTrust,
}

/// One mailbox and the address that it answers as.
#[derive(Clone)]
pub struct EmailConfig {
    pub(crate) account: AccountId,
    pub(crate) address: String,
    pub(crate) name: Option<String>,
    pub(crate) key: Secret,
    pub(crate) imap: Server,
    pub(crate) smtp: Server,
    pub(crate) login: Login,
    pub(crate) aliases: BTreeSet<String>,
    pub(crate) lists: BTreeSet<String>,
    pub(crate) server: Option<String>,
    pub(crate) inbox: String,
    pub(crate) sent: Option<String>,
    pub(crate) since: Option<DateTime<Utc>>,
    pub(crate) plus: bool,
    pub(crate) copies: bool,
    pub(crate) certificate: Option<String>,
    pub(crate) most_bytes: u32,
    pub(crate) per_conversation: usize,
    pub(crate) per_address: usize,
    pub(crate) files: Option<Arc<dyn Files>>,
    pub(crate) most_enclosed: u64,
}

impl EmailConfig {
    /// The mailbox of `address`, read at `imap` and answered from at `smtp`.
    ///
    /// `key` is 16 bytes or more that nobody else knows, and stays the same for ever: it marks our own
    /// Message-IDs, so that a bounce or a copy of a mail that we never sent is known for forged. With
    /// another key, mail sent before is not known as ours any longer; answers to it still find their
    /// conversation.
    #[must_use]
    pub fn new(
        account: AccountId,
        address: impl Into<String>,
        key: Secret,
        imap: Server,
        smtp: Server,
        login: Login,
    ) -> Self {
        Self {
            account,
            address: address.into().trim().to_lowercase(),
            name: None,
            key,
            imap,
            smtp,
            login,
            aliases: BTreeSet::new(),
            lists: BTreeSet::new(),
            server: None,
            inbox: "INBOX".to_owned(),
            sent: None,
            since: None,
            plus: false,
            copies: true,
            certificate: None,
            most_bytes: 10 << 20,
            per_conversation: 30,
            per_address: 5,
            files: None,
            most_enclosed: 7 << 20,
        }
    }

    /// The name in front of the address in what we send.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Another address whose mail comes into this mailbox. Mail from it is ours.
    #[must_use]
    pub fn alias(mut self, address: impl AsRef<str>) -> Self {
        self.aliases.insert(address.as_ref().trim().to_lowercase());
        self
    }

    /// A list, by its `List-Id`, through which customers' mail reaches us, as where the address is a
    /// group. Mail of other lists opens no ticket.
    #[must_use]
    pub fn through_list(mut self, id: impl AsRef<str>) -> Self {
        self.lists.insert(id.as_ref().trim().to_lowercase());
        self
    }

    /// The name that our own mail server writes into `Authentication-Results` (RFC 8601), where it also
    /// takes those out that came with a mail under this name (section 5 there). Without it no address
    /// is vouched for.
    #[must_use]
    pub fn vouched_by(mut self, server: impl Into<String>) -> Self {
        self.server = Some(server.into());
        self
    }

    /// The mailbox that mail comes into, as IMAP names it: `INBOX`, unless told otherwise.
    #[must_use]
    pub fn inbox(mut self, mailbox: impl Into<String>) -> Self {
        self.inbox = mailbox.into();
        self
    }

    /// A mailbox that keeps what colleagues send with other programs, as IMAP names it: `Sent`,
    /// `[Gmail]/Sent Mail`. Their answers count as ours.
    #[must_use]
    pub fn sent(mut self, mailbox: impl Into<String>) -> Self {
        self.sent = Some(mailbox.into());
        self
    }

    /// Leaves alone what our server took in before this.
    #[must_use]
    pub fn since(mut self, since: DateTime<Utc>) -> Self {
        self.since = Some(since);
        self
    }

    /// The server delivers `support+anything@` to `support@`, and so answers are asked for at an
    /// address that names the conversation. Try it before it is said: without it they would bounce.
    #[must_use]
    pub fn with_plus_addresses(mut self) -> Self {
        self.plus = true;
        self
    }

    /// Sends no copy of our mails to ourselves. Then nothing tells what became of one whose sending
    /// was cut off, unless the server keeps what it sends in [`sent`](Self::sent).
    #[must_use]
    pub fn without_copies(mut self) -> Self {
        self.copies = false;
        self
    }

    /// A certificate in PEM that is trusted besides those of the system, such as of a company's own
    /// authority.
    #[must_use]
    pub fn trusting(mut self, pem: impl Into<String>) -> Self {
        self.certificate = Some(pem.into());
        self
    }

    /// The most bytes of one mail that are read; 10 MiB unless told otherwise. Of a longer one its
    /// beginning is read, which holds the text, and the mail says so.
    #[must_use]
    pub fn most_bytes(mut self, bytes: u32) -> Self {
        self.most_bytes = bytes.max(1 << 10);
        self
    }

    /// How many mails we send into one conversation within an hour (30 unless told otherwise), and how
    /// many automatic ones to one address within a day (5). What is more is refused as throttled: two
    /// programs that answer each other come to an end.
    #[must_use]
    pub fn at_most(mut self, per_conversation: usize, per_address: usize) -> Self {
        (self.per_conversation, self.per_address) = (per_conversation, per_address);
        self
    }

    /// Lets files go along with what is sent, which the host keeps there. Without it none do.
    #[must_use]
    pub fn with_files(mut self, files: impl Files) -> Self {
        self.files = Some(Arc::new(files));
        self
    }

    /// The most bytes of all files of one mail together: 7 MiB unless told otherwise, which becomes a mail of
    /// not quite the 10,240,000 bytes that Postfix takes unless told otherwise.
    #[must_use]
    pub fn most_enclosed(mut self, bytes: u64) -> Self {
        self.most_enclosed = bytes;
        self
    }

    /// The channel. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names what is wrong.
    pub fn build(self) -> Result<EmailChannel, ConfigError> {
        for (field, address) in std::iter::once(("address", &self.address))
            .chain(self.aliases.iter().map(|alias| ("alias", alias)))
        {
            if address.parse::<lettre::Address>().is_err() {
                return Err(ConfigError::NoAddress { field });
            }
        }
        for (field, server) in [("imap", &self.imap), ("smtp", &self.smtp)] {
            if server.security == Security::Plain && !server.is_here() {
                return Err(ConfigError::NoTls { field });
            }
        }
        if self.key.expose().len() < 16 {
            return Err(ConfigError::ShortKey);
        }
        EmailChannel::new(self)
    }
}

/// `Debug` shows where it reads and answers, and no name.
impl fmt::Debug for EmailConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailConfig")
            .field("account", &self.account)
            .field("imap", &self.imap)
            .field("smtp", &self.smtp)
            .finish_non_exhaustive()
    }
}
