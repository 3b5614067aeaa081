//! Calls as lines of text in which nothing differs from run to run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use loopscope_shared::event::{Call, Done, Event, Ret, What};
use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::{CtlOp, EpollEvent, FdSet, FdSets};

/// The calls of a server, told so that both kernels can be compared.
#[derive(Default)]
pub(crate) struct Transcript {
    /// One for each call that has returned.
    pub(crate) lines: Vec<String>,
    open: Option<(Call, Vec<u8>)>,
    names: BTreeMap<Fd, String>,
    clients: usize,
}

impl Transcript {
    /// Takes notice of what was told.
    pub(crate) fn record(&mut self, event: &Event, payload: &[u8]) {
        match event.what {
            What::Listening { fd, .. } => {
                self.names.insert(fd, "listener".to_owned());
            }
            What::Enter { call, .. } => self.open = Some((call, payload.to_vec())),
            What::Exit { ret, lines } => {
                let (call, down) = self.open.take().expect("a return follows a call");
                let line = self.told(call, &down, ret, payload);
                self.lines.push(format!("{line} ({lines} line feeds)"));
            }
            _ => {}
        }
    }

    fn told(&mut self, call: Call, down: &[u8], ret: Ret, up: &[u8]) -> String {
        let name = call.fd().map(|fd| self.name(fd)).unwrap_or_default();
        let mut line = match call {
            Call::Recv { len, .. } => {
                format!("recv({name}, {len}) = {ret:?} {:?}", up.escape_ascii().to_string())
            }
            Call::Send { len, .. } => {
                format!("send({name}, {len} {:?}) = {ret:?}", down.escape_ascii().to_string())
            }
            Call::Select { timeout, .. } => {
                format!("select({}, {timeout}) = {ret:?} {}", self.sets(down), self.sets(up))
            }
            Call::EpollCtl { op, events, .. } if op != CtlOp::Del => {
                format!("epoll_ctl({op:?}, {name}, {events})")
            }
            Call::EpollWait { most, timeout, .. } => {
                format!("epoll_wait({most}, {timeout}) = {ret:?}{}", self.events(up))
            }
            Call::RingEnter { submit, at_least, timeout, .. } => {
                let taken = self.completions(up);
                format!("io_uring_enter({submit}, {at_least}, {timeout}) = {ret:?}{taken}")
            }
            Call::Accept { .. } | Call::EpollCreate | Call::RingSetup { .. } => {
                format!("{}({name}) = {:?}", call.name(), ret.map(|_| "fd"))
            }
            _ => format!("{}({name}) = {ret:?}", call.name()),
        };
        match (call, ret) {
            (Call::Accept { .. }, Ok(fd)) => {
                self.clients += 1;
                let _ = write!(line, " client {}", self.clients);
                self.names.insert(Fd(fd as i32), format!("client {}", self.clients));
            }
            (Call::EpollCreate, Ok(fd)) => {
                self.names.insert(Fd(fd as i32), "epoll".to_owned());
            }
            (Call::RingSetup { .. }, Ok(fd)) => {
                self.names.insert(Fd(fd as i32), "ring".to_owned());
            }
            _ => {}
        }
        line
    }

    /// What was done, with a name for each client that is new.
    fn completions(&mut self, bytes: &[u8]) -> String {
        let mut told = String::new();
        for Done { ret, more, head, from, .. } in postcard::from_bytes::<Vec<Done>>(bytes).unwrap() {
            match (ret, from) {
                (Ok(fd), Some(_)) => {
                    self.clients += 1;
                    self.names.insert(Fd(fd as i32), format!("client {}", self.clients));
                    let _ = write!(told, " client {} more={more}", self.clients);
                }
                _ => {
                    let _ = write!(told, " {ret:?} {:?} more={more}", head.escape_ascii().to_string());
                }
            }
        }
        told
    }

    fn name(&self, fd: Fd) -> String {
        self.names.get(&fd).cloned().unwrap_or_else(|| format!("unknown {fd}"))
    }

    fn sets(&self, bytes: &[u8]) -> String {
        let sets = FdSets::from_bytes(bytes);
        let told = |set: &FdSet| {
            // In the order in which the program met them: numbers mean nothing here.
            let mut names: Vec<String> = set.iter().map(|fd| self.name(fd)).collect();
            names.sort();
            names.join(", ")
        };
        format!(
            "read {{{}}} write {{{}}} except {{{}}}",
            told(&sets.read),
            told(&sets.write),
            told(&sets.except)
        )
    }

    fn events(&self, bytes: &[u8]) -> String {
        let events = bytes.chunks(EpollEvent::SIZE).filter_map(EpollEvent::from_bytes);
        events.map(|event| format!(" {}: {}", self.name(event.fd()), event.events)).collect()
    }
}
