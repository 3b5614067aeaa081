//! What serves the page in a test: the real program, or a plain host of static files.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::{SinkExt, StreamExt};
use hyper_util::rt::TokioIo;
use loopscope_shared::trace::wire;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::Role;

/// The program under test: the release binary, which holds the page, if `cargo xtask test` names it; else the
/// one that cargo built for the tests.
pub(crate) fn binary() -> PathBuf {
    std::env::var_os("LOOPSCOPE_BIN").map_or_else(|| env!("CARGO_BIN_EXE_loopscope").into(), PathBuf::from)
}

/// `loopscope serve`, on ports that are free. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Gateway {
    child: Child,
    _stdout: BufReader<ChildStdout>,
    /// Where the page is.
    pub(crate) page: String,
    /// Where the ROT13 server listens.
    pub(crate) server: SocketAddr,
}

impl Gateway {
    /// The process of the server.
    pub(crate) fn server_pid(&self) -> i32 {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("the gateway runs");
        // Whichever of its threads has started it.
        let children = threads.filter_map(|thread| {
            let children = std::fs::read_to_string(thread.ok()?.path().join("children")).ok()?;
            children.split_whitespace().next()?.parse().ok()
        });
        children.into_iter().next().expect("the gateway has a server")
    }

    /// Kills the server, as if it had crashed.
    pub(crate) fn kill_server(&self) {
        let pid = rustix::process::Pid::from_raw(self.server_pid()).expect("it is the number of a process");
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it runs");
    }

    /// Starts it, with these arguments besides the ports.
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut command = Command::new(binary());
        command.args(["serve", "--listen", "127.0.0.1:0", "--server-listen", "127.0.0.1:0"]).args(args);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program can be started");
        let mut stdout = BufReader::new(child.stdout.take().expect("its output is piped"));
        let (mut page, mut server) = (None, None);
        let mut said = String::new();
        while page.is_none() || server.is_none() {
            let before = said.len();
            let read = stdout.read_line(&mut said).expect("what it says is text");
            assert!(read > 0, "it ended before it served; it said:\n{said}");
            let mut words = said[before..].split_whitespace();
            let address =
                words.find_map(|word| word.trim_start_matches("http://").trim_end_matches('/').parse().ok());
            let Some(address) = address else { continue };
            if said[before..].contains("http://") {
                page = Some(format!("http://{address}/"));
            } else {
                server = Some(address);
            }
        }
        let (page, server) = page.zip(server).expect("the loop above ends when both are known");
        Self { child, _stdout: stdout, page, server }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // As a user ends it: it then ends its server too.
        let pid = rustix::process::Pid::from_child(&self.child);
        if rustix::process::kill_process(pid, rustix::process::Signal::TERM).is_err() {
            drop(self.child.kill());
        }
        drop(self.child.wait());
    }
}

/// A host that only hands out the files of the built page, as any static host does.
#[derive(Debug)]
pub(crate) struct StaticHost {
    /// Where the page is.
    pub(crate) page: String,
}

impl StaticHost {
    /// Starts it, on a port that is free; it ends with the test.
    pub(crate) async fn start() -> Self {
        Self::of(Router::new().fallback(file)).await
    }

    /// The same, but at this path it has that text, or nothing at all.
    pub(crate) async fn with(path: &str, text: Option<&'static str>) -> Self {
        let answer = async move || text.ok_or(StatusCode::NOT_FOUND);
        Self::of(Router::new().route(path, get(answer)).fallback(file)).await
    }

    /// The same, with a gateway that speaks another version of the protocol than the page.
    pub(crate) async fn with_gateway_of_another_version() -> Self {
        let claim = map_response(async |mut response: Response| {
            response.headers_mut().insert("x-loopscope-gateway", HeaderValue::from_static("another"));
            response
        });
        Self::of(Router::new().route("/ws", get(greet_in_another_version)).fallback(file).layer(claim)).await
    }

    async fn of(routes: Router) -> Self {
        assert!(folder().join("index.html").is_file(), "the page is not built: run `cargo xtask build`");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a listener has an address");
        tokio::spawn(axum::serve(listener, routes).into_future());
        Self { page: format!("http://{address}/") }
    }
}

async fn greet_in_another_version(mut request: Request) -> Response {
    let response = create_response_with_body(&request, Body::empty).expect("the page asks for a WebSocket");
    let upgrading = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let Ok(upgraded) = upgrading.await else { return };
        let mut socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
        let mut greeting = wire::greeting();
        let version = greeting.last_mut().expect("a greeting ends with its version");
        *version = version.wrapping_add(1);
        // The page may leave at once, having seen enough: then neither of these matters.
        let _ = socket.send(Message::binary(greeting)).await;
        while let Some(Ok(_)) = socket.next().await {}
    });
    response
}

/// Where the built page is.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist")
}

async fn file(uri: Uri) -> Response {
    let name = if uri.path() == "/" { "index.html" } else { uri.path().trim_start_matches('/') };
    let kind = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    match std::fs::read(folder().join(name)) {
        Ok(bytes) if !name.contains("..") => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
