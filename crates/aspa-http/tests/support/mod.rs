//! A server that does to a connection what a test asks for.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

/// What to do with a connection.
#[derive(Clone)]
pub(crate) enum Act {
    /// Read the request, write these bytes, close.
    Write(Vec<u8>),
    /// Close without reading.
    CutAtOnce,
    /// Read the request, write these bytes with so long a wait after each, close.
    Slowly(Vec<Vec<u8>>, Duration),
    /// Read the request and say nothing.
    Hang,
}

/// Where it listens, and the requests that it has read whole.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) seen: Receiver<String>,
}

impl Server {
    /// Does the same to every connection.
    pub(crate) fn that(act: Act) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (send, seen) = mpsc::channel();
        std::thread::spawn(move || {
            let mut open = Vec::new();
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                if let Act::CutAtOnce = act {
                    continue;
                }
                // A request cut short is not passed on.
                if let Ok(request) = read(&connection) {
                    let _ = send.send(request);
                }
                match &act {
                    Act::Write(bytes) => {
                        // Whoever gave up in the meantime reads nothing.
                        let _ = connection.write_all(bytes);
                        let _ = connection.shutdown(Shutdown::Both);
                    }
                    Act::Slowly(pieces, wait) => {
                        for piece in pieces {
                            let _ = connection.write_all(piece);
                            std::thread::sleep(*wait);
                        }
                        let _ = connection.shutdown(Shutdown::Both);
                    }
                    _ => open.push(connection),
                }
            }
        });
        Self { url, seen }
    }

    /// The next request read, if one comes soon.
    pub(crate) fn request(&self) -> Result<String, RecvTimeoutError> {
        self.seen.recv_timeout(Duration::from_millis(500))
    }
}

fn read(connection: &TcpStream) -> std::io::Result<String> {
    connection.set_read_timeout(Some(Duration::from_millis(500)))?;
    let mut reader = BufReader::new(connection);
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") {
        if reader.read_line(&mut text)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    let length = text.to_lowercase().lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name == "content-length").then(|| value.trim().parse().unwrap())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    Ok(text + &String::from_utf8_lossy(&body))
}
