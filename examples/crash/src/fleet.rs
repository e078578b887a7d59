//! Processes that are started and killed.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use crate::Error;

/// Where a process listens, once it does, and what is under way to it.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Door {
    pub(crate) port: Option<u16>,
    /// Whether it ever listened.
    pub(crate) opened: bool,
    pub(crate) deliveries: u32,
    pub(crate) replies: u32,
}

pub(crate) type Shared<T> = Arc<Mutex<T>>;

pub(crate) fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A process of this program.
pub(crate) struct Process {
    child: Child,
    /// It ends by itself when this is dropped.
    stdin: Option<ChildStdin>,
    pub(crate) door: Shared<Door>,
}

impl Process {
    /// Starts one, whose complaints go to a file.
    pub(crate) fn start(arguments: &[String], log: &Path) -> Result<Self, Error> {
        let log = OpenOptions::new().create(true).append(true).open(log)?;
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        let door = Shared::<Door>::default();
        let told = Arc::clone(&door);
        let stdout = child.stdout.take().ok_or("no way to hear from it")?;
        tokio::spawn(async move {
            let mut lines = BufReader::new(stdout).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(port) = line.strip_prefix("ready ") {
                    let mut door = lock(&told);
                    door.port = port.parse().ok();
                    door.opened = true;
                }
            }
            lock(&told).port = None;
        });
        let stdin = child.stdin.take();
        Ok(Self { child, stdin, door })
    }

    /// Ends it as a crash would, and waits until it is gone. Returns what was under way.
    pub(crate) async fn kill(mut self) -> Result<Door, Error> {
        let door = *lock(&self.door);
        self.child.start_kill()?;
        self.child.wait().await?;
        Ok(door)
    }

    /// Asks it to end, which it has to do by itself.
    pub(crate) async fn stop(mut self) -> Result<(), Error> {
        self.stdin = None;
        let ended = tokio::time::timeout(Duration::from_secs(20), self.child.wait()).await;
        let status = ended.map_err(|_| "a worker that was asked to stop did not")??;
        match status.success() {
            true => Ok(()),
            false => Err(format!("a worker that was asked to stop ended with {status}").into()),
        }
    }

    /// Whether it ended by itself, which it must not.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Whether it came as far as listening.
    pub(crate) fn has_listened(&self) -> bool {
        lock(&self.door).opened
    }

    /// Ends when it listens or has given up.
    pub(crate) async fn opens(&mut self) {
        while lock(&self.door).port.is_none() && !self.has_ended() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    pub(crate) async fn listens(&self) -> Result<u16, Error> {
        for _ in 0..2000 {
            if let Some(port) = lock(&self.door).port {
                return Ok(port);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err("a process that was started listens nowhere".into())
    }
}

/// Crashes the database's server and starts it again, where the environment says where it lives.
pub(crate) async fn crash_server() -> Result<bool, Error> {
    use std::os::unix::fs::MetadataExt;
    let (Some(home), Some(control)) = (
        std::env::var_os("ASPA_POSTGRES_HOME"),
        std::env::var_os("ASPA_POSTGRES_CTL"),
    ) else {
        return Ok(false);
    };
    let data = PathBuf::from(home).join("data");
    let owner = std::fs::metadata(&data)?;
    let mut command = Command::new(control);
    command
        .arg("--pgdata")
        .arg(&data)
        .arg("--log")
        .arg(data.join("server.log"))
        .args(["--mode=immediate", "--wait", "--silent", "restart"])
        .stdout(Stdio::null())
        .current_dir(&data);
    if std::fs::metadata("/proc/self")?.uid() != owner.uid() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    match command.status().await?.success() {
        true => Ok(true),
        false => Err("the server did not come back".into()),
    }
}
