//! What the gateway refuses: other sites, other versions, broken messages and too much of anything. Each
//! refusal says why, and the service goes on.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use futures_util::SinkExt as _;
use loopscope_shared::trace::wire::{
    CLIENTS_MAX, ClientEvent, ClientId, PROTOCOL_VERSION, TO_GATEWAY_MAX, ToGateway, greeting,
};
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::process::PATIENCE;
use crate::viewer::{Gateway, Viewer, closed, next, open};

/// Asks for a path over plain HTTP, with these headers beside `Host`.
pub(crate) fn get(page: SocketAddr, path: &str, host: &str, more: &str) -> String {
    let mut stream = TcpStream::connect(page).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn only_its_own_page_is_answered_and_everything_has_a_policy() {
    let gateway = Gateway::start(&[]);
    let own = gateway.page.to_string();
    let health = get(gateway.page, "/health", &own, "");
    assert!(health.starts_with("HTTP/1.1 200") && health.contains("ok "), "{health}");
    let foreign = get(gateway.page, "/", "evil.example:8013", "");
    assert!(foreign.starts_with("HTTP/1.1 421") && foreign.contains(&own), "{foreign}");
    let from_afar = get(gateway.page, "/health", &own, "Origin: http://evil.example\r\n");
    assert!(from_afar.starts_with("HTTP/1.1 403") && from_afar.contains("evil.example"), "{from_afar}");
    let absent = get(gateway.page, "/no-such-file", &own, "");
    assert!(absent.starts_with("HTTP/1.1 404"), "{absent}");
    let page = get(gateway.page, "/", &own, "");
    for answer in [&health, &foreign, &from_afar, &absent, &page] {
        let head = answer.split("\r\n\r\n").next().unwrap().to_lowercase();
        for part in [
            "content-security-policy: default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "frame-ancestors 'none'",
            &format!("connect-src 'self' ws://{own}"),
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
        ] {
            assert!(head.contains(part), "no {part} in {head}");
        }
    }
}

#[tokio::test]
async fn no_other_site_may_open_a_session() {
    let gateway = Gateway::start(&[]);
    for (origin, allowed) in [
        (None, true),
        (Some(format!("http://localhost:{}", gateway.page.port())), true),
        (Some("http://evil.example".to_owned()), false),
        (Some("null".to_owned()), false),
        (Some(format!("https://{}", gateway.page)), false),
    ] {
        match open(gateway.page, origin.as_deref()).await {
            Ok(_) => assert!(allowed, "{origin:?} was let in"),
            Err(Error::Http(answer)) => assert!(!allowed && answer.status() == 403, "{origin:?}: {answer:?}"),
            Err(other) => panic!("{origin:?}: {other}"),
        }
    }
}

#[tokio::test]
async fn a_page_of_another_version_is_told_so() {
    let gateway = Gateway::start(&[]);
    let mut other = greeting();
    other[4..].copy_from_slice(&(PROTOCOL_VERSION + 1).to_le_bytes());
    for (first, words) in [(other, "version"), (b"GET / HTTP/1.1".to_vec(), "no greeting")] {
        let mut socket = open(gateway.page, None).await.unwrap();
        assert_eq!(next(&mut socket).await.into_data(), greeting());
        socket.send(Message::Binary(first.into())).await.unwrap();
        let reason = closed(&mut socket).await.reason;
        assert!(reason.contains(words) && reason.contains("reload the page"), "{reason}");
    }
    // The service goes on.
    Viewer::join(gateway.page).await.until_running().await;
}

#[tokio::test]
async fn a_frame_against_the_protocol_is_told_so() {
    let gateway = Gateway::start(&[]);
    // An opcode that does not exist; and data that is not masked, as a client's has to be (RFC 6455, 5.1, 5.2).
    for frame in [&[0x8b, 0x80, 0, 0, 0, 0][..], &[0x82, 0x01, b'x']] {
        let mut socket = open(gateway.page, None).await.unwrap();
        socket.send(Message::Binary(greeting().into())).await.unwrap();
        socket.get_mut().write_all(frame).await.unwrap();
        let reason = closed(&mut socket).await.reason;
        assert!(reason.contains("against the protocol"), "{reason}");
    }
    Viewer::join(gateway.page).await.until_running().await;
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_and_the_session_goes_on() {
    let gateway = Gateway::start(&[]);
    let mut viewer = Viewer::join(gateway.page).await;
    viewer.until_running().await;
    viewer.send(Message::Binary(vec![0xff; 40].into())).await;
    assert!(viewer.until_refused().await.contains("could not be read"));
    viewer.send(Message::Text("hello".into())).await;
    assert!(viewer.until_refused().await.contains("binary"));
    viewer.ask(&ToGateway::Send(ClientId(5), b"x\n".to_vec())).await;
    assert!(viewer.until_refused().await.contains("open it first"));
    for id in 0..CLIENTS_MAX as u32 {
        viewer.ask(&ToGateway::Open(ClientId(id))).await;
    }
    viewer.ask(&ToGateway::Open(ClientId(0))).await;
    assert!(viewer.until_refused().await.contains("open already"));
    viewer.ask(&ToGateway::Open(ClientId(1000))).await;
    assert!(viewer.until_refused().await.contains("close one first"));
    viewer.ask(&ToGateway::Send(ClientId(3), b"still here\n".to_vec())).await;
    loop {
        if let ClientEvent::Received(bytes) = viewer.until_client(ClientId(3)).await {
            assert_eq!(bytes, b"fgvyy urer\n");
            break;
        }
    }
}

#[tokio::test]
async fn what_the_server_does_not_read_is_bounded() {
    let gateway = Gateway::start(&[]);
    let (mut viewer, id) = Viewer::with_deaf_connection(gateway.page).await;
    // The server stops reading from a client that does not read, and then the gateway stops taking.
    let chunk = b"much more than anybody reads\n".repeat(30_000);
    let mut refused = None;
    for _ in 0..40 {
        viewer.ask(&ToGateway::Send(id, chunk.clone())).await;
        viewer.ask(&ToGateway::Read(ClientId(2), true)).await;
        // The second request is refused in any case: what comes before that is about the first.
        let why = viewer.until_refused().await;
        if why.contains("wait to be sent") {
            refused = Some(why);
            break;
        }
    }
    assert!(refused.is_some(), "the gateway took {} bytes", 40 * chunk.len());
}

#[tokio::test]
async fn there_is_an_end_to_viewers() {
    let gateway = Gateway::start(&[]);
    let mut viewers = Vec::new();
    let refused = loop {
        match open(gateway.page, None).await {
            Ok(viewer) => viewers.push(viewer),
            Err(Error::Http(answer)) => break answer,
            Err(other) => panic!("{other}"),
        }
        assert!(viewers.len() < 100, "a hundred viewers were let in");
    };
    assert_eq!(refused.status(), 503);
    drop(viewers.pop());
    // The place is free as soon as the gateway notices; a page would try again, too.
    while open(gateway.page, None).await.is_err() {}
}

#[tokio::test]
async fn a_message_that_is_too_long_ends_only_its_own_session() {
    let gateway = Gateway::start(&[]);
    let mut socket = open(gateway.page, None).await.unwrap();
    socket.send(Message::Binary(greeting().into())).await.unwrap();
    // The gateway may close before it has read everything.
    let _ = socket.send(Message::Binary(vec![0; TO_GATEWAY_MAX + 1].into())).await;
    drop(socket);
    Viewer::join(gateway.page).await.until_running().await;
}
