//! A headless Chromium of a test's own, driven through chromedriver (WebDriver).
//!
//! `CHROMEDRIVER` names another driver than the one on `PATH`, `CHROME` another browser than the driver's own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::http::Method;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

/// How the browser is started: with nothing of the user's, and without calls home.
const FLAGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1440,900",
];

/// What is traced: tasks, frames, and marks of the page's own.
const TRACED: &str = "toplevel,devtools.timeline,blink.user_timing";

/// What chromedriver says once it listens, before the port.
const STARTED: &str = "was started successfully on port ";

/// How often to start a driver that ends at once: the port that it found free may just have been taken.
const ATTEMPTS: usize = 5;

/// How long the driver may take to end its browser and itself.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// A chromedriver. Dropping it ends it and its browser, also when the test has failed.
#[derive(Debug)]
pub(crate) struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    /// Starts it on a port that is free.
    pub(crate) fn start() -> Self {
        (0..ATTEMPTS).find_map(|_| Self::attempt()).expect("chromedriver ends before it listens, each time")
    }

    fn attempt() -> Option<Self> {
        let program = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
        let mut command = Command::new(&program);
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("cannot start {program}: {error}; `cargo xtask test` installs it or says how")
        });
        let said = BufReader::new(child.stdout.take().expect("its output is piped"));
        let mut lines = said.lines().map_while(Result::ok);
        let port = lines.find_map(|line| line.split_once(STARTED)?.1.trim_end_matches('.').parse().ok());
        let Some(port) = port else {
            child.wait().expect("a child that has ended can be waited for");
            return None;
        };
        // It must not block on a full pipe while the test runs.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { child, port })
    }

    /// Opens a browser; one that traces what it does, if that is to be measured.
    pub(crate) async fn browser(&self, traced: bool) -> Client {
        let mut chrome = json!({ "args": FLAGS });
        if let Ok(binary) = std::env::var("CHROME") {
            chrome["binary"] = binary.into();
        }
        let mut logs = json!({ "browser": "ALL" });
        if traced {
            logs["performance"] = "ALL".into();
            chrome["perfLoggingPrefs"] =
                json!({ "enableNetwork": false, "enablePage": false, "traceCategories": TRACED });
        }
        let wanted = json!({ "goog:chromeOptions": chrome, "goog:loggingPrefs": logs });
        let wanted = wanted.as_object().expect("it is written as an object above").clone();
        let url = format!("http://127.0.0.1:{}", self.port);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wanted).connect(&url).await.expect("chromedriver opens a browser")
    }

    fn shut_down(&self) -> std::io::Result<()> {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port))?;
        connection.set_read_timeout(Some(SHUTDOWN))?;
        write!(connection, "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        connection.read_to_end(&mut Vec::new()).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Asked like this it closes its browser first; killed, it would leave the browser behind.
        if self.shut_down().is_err() {
            drop(self.child.kill());
        }
        drop(self.child.wait());
    }
}

/// A command of chromedriver beyond the WebDriver standard.
#[derive(Debug)]
pub(crate) struct Chrome {
    path: &'static str,
    body: Value,
}

impl Chrome {
    /// Takes what was written to the console since the last time.
    pub(crate) fn console() -> Self {
        Self { path: "se/log", body: json!({ "type": "browser" }) }
    }

    /// Takes what was traced since the browser began; with that it begins anew.
    pub(crate) fn performance() -> Self {
        Self { path: "se/log", body: json!({ "type": "performance" }) }
    }

    /// A command of the DevTools protocol.
    pub(crate) fn devtools(command: &str, parameters: &Value) -> Self {
        Self { path: "goog/cdp/execute", body: json!({ "cmd": command, "params": parameters }) }
    }
}

impl WebDriverCompatibleCommand for Chrome {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _url: &url::Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
