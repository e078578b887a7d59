//! A browser by WebDriver (W3C Recommendation of 2018-06-05), spoken in plain JSON.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aspa::http::{HttpClient, ReqwestClient};
use axum::body::Bytes;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A process that ends with the test.
pub(crate) struct Ends(pub(crate) Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) struct Browser {
    runtime: Runtime,
    client: ReqwestClient,
    session: String,
    _driver: Ends,
    _profile: tempfile::TempDir,
}

impl Browser {
    pub(crate) fn open(width: u32, height: u32) -> Self {
        let port = free_port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed (.ci/browser)");
        let profile = tempfile::tempdir().unwrap();
        let mut browser = Self {
            runtime: Runtime::new().unwrap(),
            client: ReqwestClient::new().unwrap(),
            session: format!("http://127.0.0.1:{port}"),
            _driver: Ends(driver),
            _profile: profile,
        };
        let began = Instant::now();
        while browser
            .try_send(Method::GET, "/status", &Value::Null)
            .is_err()
        {
            assert!(began.elapsed() < PATIENCE, "chromedriver does not answer");
            std::thread::sleep(Duration::from_millis(100));
        }
        let folder = browser._profile.path().display().to_string();
        let options = json!({ "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--no-first-run", "--lang=en-US", "--force-color-profile=srgb",
            format!("--window-size={width},{height}"), format!("--user-data-dir={folder}"),
        ]});
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
        }}});
        let session = browser.send(Method::POST, "/session", &wanted);
        let id = session["sessionId"].as_str().unwrap().to_owned();
        browser.session = format!("{}/session/{id}", browser.session);
        browser
    }

    fn try_send(&self, method: Method, path: &str, body: &Value) -> Result<Value, String> {
        let mut request = Request::new(match body {
            Value::Null => Bytes::new(),
            body => body.to_string().into(),
        });
        *request.method_mut() = method;
        *request.uri_mut() = format!("{}{path}", self.session).parse().unwrap();
        let json = "application/json".parse().unwrap();
        request.headers_mut().insert(header::CONTENT_TYPE, json);
        let answer = self.runtime.block_on(self.client.send(request));
        let answer = answer.map_err(|error| error.to_string())?;
        let mut value: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        match answer.status().is_success() {
            true => Ok(value["value"].take()),
            false => Err(format!("{path}: {}", value["value"]["message"])),
        }
    }

    fn send(&self, method: Method, path: &str, body: &Value) -> Value {
        self.try_send(method, path, body).unwrap()
    }

    pub(crate) fn go(&self, url: &str) {
        self.send(Method::POST, "/url", &json!({ "url": url }));
    }

    pub(crate) fn reload(&self) {
        self.send(Method::POST, "/refresh", &json!({}));
    }

    /// Runs a script in the page. `$` is the chat's shadow root.
    pub(crate) fn run(&self, script: &str) -> Value {
        let script = format!("const $ = document.querySelector('aspa-chat')?.shadowRoot; {script}");
        let body = json!({ "script": script, "args": [] });
        self.send(Method::POST, "/execute/sync", &body)
    }

    /// Waits until a script gives something true.
    pub(crate) fn until(&self, script: &str) -> Value {
        let began = Instant::now();
        loop {
            let value = self.run(script);
            if !matches!(value, Value::Null | Value::Bool(false)) {
                return value;
            }
            if began.elapsed() > PATIENCE {
                self.picture("stuck");
                panic!("never: {script}\n{}", self.run("return $?.textContent"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Types on the keyboard, whatever has the focus. Special keys by their WebDriver code points.
    pub(crate) fn keys(&self, text: &str) {
        let keys = text.chars().flat_map(|key| {
            let key = key.to_string();
            ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key }))
        });
        self.actions(&keys.collect::<Vec<_>>());
    }

    /// Presses a key while shift is held.
    pub(crate) fn shifted(&self, key: char) {
        let of = |kind: &str, key: char| json!({ "type": kind, "value": key.to_string() });
        let shift = '\u{e008}';
        self.actions(&[
            of("keyDown", shift),
            of("keyDown", key),
            of("keyUp", key),
            of("keyUp", shift),
        ]);
    }

    fn actions(&self, keys: &[Value]) {
        let body = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": keys }] });
        self.send(Method::POST, "/actions", &body);
    }

    /// A command of the browser's own protocol.
    pub(crate) fn cdp(&self, command: &str, params: &Value) -> Value {
        let body = json!({ "cmd": command, "params": params });
        self.send(Method::POST, "/goog/cdp/execute", &body)
    }

    pub(crate) fn offline(&self, offline: bool) {
        self.cdp("Network.enable", &json!({}));
        let throughput = if offline { 0 } else { -1 };
        self.cdp(
            "Network.emulateNetworkConditions",
            &json!({ "offline": offline, "latency": 0, "downloadThroughput": throughput,
                     "uploadThroughput": throughput }),
        );
    }

    pub(crate) fn window(&self) -> String {
        let handle = self.send(Method::GET, "/window", &Value::Null);
        handle.as_str().unwrap().to_owned()
    }

    pub(crate) fn new_window(&self) -> String {
        let opened = self.send(Method::POST, "/window/new", &json!({ "type": "tab" }));
        let handle = opened["handle"].as_str().unwrap().to_owned();
        self.switch(&handle);
        handle
    }

    pub(crate) fn switch(&self, window: &str) {
        self.send(Method::POST, "/window", &json!({ "handle": window }));
    }

    /// Keeps a picture where `ASPA_PICTURES` says, for people to look at.
    pub(crate) fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("ASPA_PICTURES") else {
            return;
        };
        let png = self.send(Method::GET, "/screenshot", &Value::Null);
        let file = std::path::Path::new(&folder).join(format!("{name}.png.base64"));
        std::fs::write(file, png.as_str().unwrap()).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.try_send(Method::DELETE, "", &Value::Null);
    }
}
