//! A headless Chromium, driven over its `DevTools` protocol.
//!
//! Source: <https://chromedevtools.github.io/devtools-protocol/tot/>.

use std::process::Stdio;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long any one answer may take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The browser's names on the systems that tests run on.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The path of a Chromium; `None` where there is none.
pub fn installed() -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let candidates = NAMES.iter().flat_map(|name| folders.iter().map(move |f| f.join(name)));
    candidates.into_iter().find(|candidate| candidate.is_file())
}

/// One page of one browser. The browser ends with the value.
pub struct Page {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: String,
    asked: u64,
    /// What the page did: method and parameters, in order.
    pub events: Vec<(String, Value)>,
    browser: Child,
    _profile: TempDir,
}

impl Page {
    /// Starts a browser with an empty profile and opens a blank page that reports its
    /// messages, errors and requests.
    pub async fn open(path: &std::path::Path) -> Self {
        let profile = TempDir::new().unwrap();
        let mut browser = Command::new(path)
            // Tests run as root in containers, where the sandbox cannot; they show our pages only.
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--remote-debugging-port=0", "--hide-scrollbars", "--no-first-run"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(browser.stderr.take().unwrap()).lines();
        let address = timeout(PATIENCE, async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some(address) = line.strip_prefix("DevTools listening on ") {
                    return address.to_owned();
                }
            }
            panic!("Chromium ended without an address");
        });
        let address = address.await.unwrap();
        // What it says later must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let (socket, _) = connect_async(&address).await.unwrap();
        let session = String::new();
        let events = Vec::new();
        let mut page = Self { socket, session, asked: 0, events, browser, _profile: profile };
        let target = page.call("Target.createTarget", json!({"url": "about:blank"})).await;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = page.call("Target.attachToTarget", attach).await;
        page.session = attached["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            page.call(&format!("{domain}.enable"), json!({})).await;
        }
        page
    }

    /// Asks for something and waits for the answer.
    pub async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        let mut message = json!({"id": id, "method": method, "params": parameters});
        if !self.session.is_empty() {
            message["sessionId"] = self.session.as_str().into();
        }
        self.socket.send(Message::text(message.to_string())).await.unwrap();
        loop {
            let message = self.next().await;
            if message["id"] == id {
                assert!(message.get("error").is_none(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            self.note(&message);
        }
    }

    /// Opens a file and waits until it is loaded, fonts included.
    pub async fn show(&mut self, file: &std::path::Path) {
        self.events.clear();
        self.call("Page.navigate", json!({"url": format!("file://{}", file.display())})).await;
        while !self.events.iter().any(|(method, _)| method == "Page.loadEventFired") {
            let message = self.next().await;
            self.note(&message);
        }
        self.run("document.fonts.ready.then(function () { return true; })").await;
    }

    /// The value of a script's last expression.
    pub async fn run(&mut self, script: &str) -> Value {
        let ask = json!({"expression": script, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", ask).await;
        let fault = answer.get("exceptionDetails");
        assert!(fault.is_none(), "{script}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// Ends the browser.
    pub async fn close(mut self) {
        self.browser.kill().await.unwrap();
    }

    async fn next(&mut self) -> Value {
        let message = timeout(PATIENCE, self.socket.next()).await.unwrap().unwrap().unwrap();
        serde_json::from_str(message.to_text().unwrap()).unwrap_or(Value::Null)
    }

    fn note(&mut self, message: &Value) {
        if let Some(method) = message["method"].as_str() {
            self.events.push((method.to_owned(), message["params"].clone()));
        }
    }
}
