//! A Postfix and a Dovecot that really run: `.ci/email` starts them.

use std::path::PathBuf;
use std::process::Command;

use async_trait::async_trait;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::Place;

/// The servers of `.ci/email`.
#[derive(Debug, Clone)]
pub struct Real {
    pub home: PathBuf,
    password: String,
    mx: u16,
    imap: u16,
    submission: u16,
    pub imaps: u16,
    pub smtps: u16,
}

impl Real {
    /// None where nobody started them.
    pub fn from_env() -> Option<Self> {
        let read = |name: &str| std::env::var(format!("ASPA_MAIL_{name}")).ok();
        let port = |name| read(name)?.parse().ok();
        Some(Self {
            home: read("HOME")?.into(),
            password: read("PASSWORD")?,
            mx: port("MX")?,
            imap: port("IMAP")?,
            submission: port("SUBMISSION")?,
            imaps: port("IMAPS")?,
            smtps: port("SMTPS")?,
        })
    }

    /// Another UIDVALIDITY for somebody's box, as after a restore from a backup.
    pub fn renumber(&self, address: &str) {
        let config = self.home.join("dovecot.conf");
        let mut command = Command::new("doveadm");
        command
            .arg("-c")
            .arg(config)
            .args(["mailbox", "update", "-u", address]);
        let done = command
            .args(["--uid-validity", "4000000", "INBOX"])
            .status()
            .unwrap();
        assert!(done.success());
    }
}

#[async_trait]
impl Place for Real {
    fn ports(&self) -> (u16, u16) {
        (self.imap, self.submission)
    }

    fn password(&self) -> String {
        self.password.clone()
    }

    async fn hand_in(&self, from: &str, to: &str, raw: &[u8]) {
        let stream = TcpStream::connect(("127.0.0.1", self.mx)).await.unwrap();
        let mut stream = BufReader::new(stream);
        let content = raw
            .split(|b| *b == b'\n')
            .fold(Vec::new(), |mut content, line| {
                if line.starts_with(b".") {
                    content.push(b'.');
                }
                content.extend_from_slice(line);
                content.push(b'\n');
                content
            });
        let content = [content.strip_suffix(b"\n").unwrap(), b".\r\n"].concat();
        let steps = [
            Vec::new(),
            b"HELO customer.example\r\n".to_vec(),
            format!("MAIL FROM:<{from}>\r\n").into_bytes(),
            format!("RCPT TO:<{to}>\r\n").into_bytes(),
            b"DATA\r\n".to_vec(),
            content,
            b"QUIT\r\n".to_vec(),
        ];
        for step in steps {
            stream.write_all(&step).await.unwrap();
            let mut line = String::new();
            stream.read_line(&mut line).await.unwrap();
            assert!(line.starts_with(['2', '3']), "{line}");
        }
    }

    fn mails(&self, address: &str) -> Vec<Vec<u8>> {
        let (user, domain) = address.split_once('@').unwrap();
        let home = self.home.join("mail").join(domain).join(user);
        let mut files: Vec<PathBuf> = ["new", "cur"]
            .into_iter()
            .filter_map(|folder| std::fs::read_dir(home.join(folder)).ok())
            .flatten()
            .map(|file| file.unwrap().path())
            .collect();
        files.sort_by_key(|file| file.file_name().map(std::ffi::OsStr::to_owned));
        files.dedup_by_key(|file| file.file_name().map(std::ffi::OsStr::to_owned));
        // One that was moved meanwhile is in the other folder.
        files
            .iter()
            .filter_map(|file| std::fs::read(file).ok())
            .collect()
    }
}
