//! The running server, through the gateway's WebSocket. A connection that breaks is made again, each time a
//! little later; dropping the handle ends it for good.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use js_sys::{ArrayBuffer, Uint8Array};
use loopscope_shared::probe::Level;
use loopscope_shared::trace::wire::{self, ToGateway, ToViewer};
use wasm_bindgen::JsCast;
use web_sys::{BinaryType, MessageEvent, WebSocket};
use yew::Callback;

use crate::browser;
use crate::messages as m;
use crate::model::session::{Connection, Update};

/// How long to wait before the first new attempt, in milliseconds; each further one waits twice as long.
const RETRY_MS: u32 = 500;

/// The longest wait between two attempts: a server that comes back is seen soon.
const RETRY_MS_MAX: u32 = 8_000;

/// How often it is said how long it is until the next attempt.
const SECOND_MS: u32 = 1_000;

/// A connection to the gateway, or the attempts at one.
#[derive(Debug)]
pub struct Handle {
    link: Rc<Link>,
}

#[derive(Debug)]
struct Link {
    tell: Callback<Update>,
    socket: RefCell<Option<Socket>>,
    retry: RefCell<Option<Timeout>>,
    wait_ms: RefCell<u32>,
}

#[derive(Debug)]
struct Socket {
    socket: WebSocket,
    _listeners: Vec<EventListener>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        // It fails only for codes and reasons, which are not given.
        let _ = self.socket.close();
    }
}

/// Starts to connect.
pub(super) fn start(gateway: bool, tell: Callback<Update>) -> Handle {
    let (socket, retry) = (RefCell::new(None), RefCell::new(None));
    let link = Rc::new(Link { tell, socket, retry, wait_ms: RefCell::new(RETRY_MS) });
    if gateway {
        connect(&link);
    } else {
        link.tell.emit(Update::Connection(Connection::Lost, Some(m::source_no_gateway().to_owned())));
    }
    Handle { link }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.link.retry.take();
        self.link.socket.take();
    }
}

impl Handle {
    /// Does not wait any longer for the next attempt.
    pub(super) fn retry(&self) {
        if self.link.retry.take().is_some() {
            connect(&self.link);
        }
    }

    /// Sends a message; nothing happens while there is no connection.
    pub(super) fn ask(&self, message: &ToGateway) {
        if let Some(open) = self.link.socket.borrow().as_ref() {
            // If the socket closes just now, its close is told.
            let _ = open.socket.send_with_u8_array(&wire::encode(message));
        }
    }
}

fn connect(link: &Rc<Link>) {
    link.tell.emit(Update::Connection(Connection::Connecting, None));
    let Ok(socket) = WebSocket::new(&browser::socket_address()) else {
        return lost(link, m::source_no_address());
    };
    socket.set_binary_type(BinaryType::Arraybuffer);
    let on_open = {
        let socket = socket.clone();
        move |_: &web_sys::Event| {
            // As above: a close is told.
            let _ = socket.send_with_u8_array(&wire::greeting());
        }
    };
    let on_message = {
        let (link, mut greeted) = (Rc::downgrade(link), false);
        move |event: &web_sys::Event| {
            let Some(link) = link.upgrade() else { return };
            let Some(buffer) =
                event.dyn_ref::<MessageEvent>().and_then(|m| m.data().dyn_into::<ArrayBuffer>().ok())
            else {
                return;
            };
            let bytes = Uint8Array::new(&buffer).to_vec();
            if greeted {
                received(&link, &bytes);
            } else {
                greeted = true;
                greet(&link, &bytes);
            }
        }
    };
    let on_close = {
        let link = Rc::downgrade(link);
        move |_: &web_sys::Event| {
            let Some(link) = link.upgrade() else { return };
            lost(&link, m::source_lost());
        }
    };
    let listeners = vec![
        EventListener::new(&socket, "open", on_open),
        EventListener::new(&socket, "message", on_message),
        EventListener::new(&socket, "close", on_close),
    ];
    *link.socket.borrow_mut() = Some(Socket { socket, _listeners: listeners });
}

/// The gateway has said which version it is.
fn greet(link: &Rc<Link>, bytes: &[u8]) {
    match wire::check_greeting(bytes) {
        Ok(()) => {
            link.wait_ms.replace(RETRY_MS);
            link.tell.emit(Update::Connection(Connection::Connected, None));
            if let Some(open) = link.socket.borrow().as_ref() {
                // The tubes need levels. A close is told.
                let _ = open.socket.send_with_u8_array(&wire::encode(&ToGateway::Level(Level::Buffers)));
            }
        }
        Err(error) => {
            // Another attempt would meet the same version: it is the reader's turn.
            let reason = m::source_unfit(error);
            link.tell.emit(Update::Connection(Connection::Lost, Some(reason)));
            drop_later(link);
        }
    }
}

fn received(link: &Rc<Link>, bytes: &[u8]) {
    let update = match wire::decode::<ToViewer>(bytes) {
        Ok(ToViewer::Server(status)) => Update::Server(status),
        Ok(ToViewer::Snapshot(world)) => Update::Begin(world),
        Ok(ToViewer::Batch(batch)) => Update::Batch(batch),
        Ok(ToViewer::Gap { from }) => Update::Gap(from),
        Ok(ToViewer::Client(client, event)) => Update::Client(client, event),
        Ok(ToViewer::Refused(why)) => Update::Problem(m::source_refused(why)),
        Err(error) => Update::Problem(m::source_unread(error)),
    };
    link.tell.emit(update);
}

fn lost(link: &Rc<Link>, reason: &str) {
    link.tell.emit(Update::Connection(Connection::Lost, Some(reason.to_owned())));
    let wait_ms = *link.wait_ms.borrow();
    link.wait_ms.replace((wait_ms * 2).min(RETRY_MS_MAX));
    wait(link, wait_ms);
}

/// Connects again after so long, and says each second how long that is.
fn wait(link: &Rc<Link>, left_ms: u32) {
    link.tell.emit(Update::Retry(left_ms.div_ceil(SECOND_MS)));
    let (step, again) = (left_ms.min(SECOND_MS), Rc::downgrade(link));
    let retry = Timeout::new(step, move || {
        let Some(link) = again.upgrade() else { return };
        match left_ms - step {
            0 => connect(&link),
            left_ms => wait(&link, left_ms),
        }
    });
    *link.retry.borrow_mut() = Some(retry);
}

/// Closes the socket once its own listener, which is running, has returned.
fn drop_later(link: &Rc<Link>) {
    let later = Rc::downgrade(link);
    let close = Timeout::new(0, move || {
        if let Some(link) = later.upgrade() {
            link.socket.take();
        }
    });
    *link.retry.borrow_mut() = Some(close);
}
