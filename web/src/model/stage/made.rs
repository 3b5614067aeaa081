//! Worlds for the tests of the stage, made by hand from events, without a simulator.

use loopscope_shared::errno::Errno;
use loopscope_shared::event::{Call, Doing, Event, Inside, Place, Ret, What};
use loopscope_shared::ids::{Fd, FileId, PeerId, TaskId};
use loopscope_shared::kernel::{CtlOp, EpollEvent, FOREVER, FdSets, Levels, Mask};
use loopscope_shared::time::Nanos;
use loopscope_shared::world::World;

use super::Stage;

/// The capacity of the tubes of connections made here.
pub(super) const CAPACITY: u32 = 1_000;

/// A world in the making: one task, a listener as descriptor 3.
pub(super) struct Made {
    pub(super) world: World,
}

impl Made {
    pub(super) fn new(name: &str) -> Self {
        let mut made = Self { world: World::new() };
        made.tell(What::TaskBegin { parent: TaskId::KERNEL, thread: false }, name.as_bytes());
        made.tell(What::Inside(Inside::Installed { fd: Fd(3), file: FileId(3) }), &[]);
        made.tell(What::Listening { fd: Fd(3), backlog: 16 }, &[]);
        made
    }

    /// The stage, as it is simulated, with nothing chosen.
    pub(super) fn stage(&self) -> Stage {
        Stage::of(&self.world, TaskId::FIRST, None, false)
    }

    pub(super) fn tell(&mut self, what: What, payload: &[u8]) {
        self.world.now += Nanos(100);
        self.tell_at_once(what, payload);
    }

    /// Tells something that happens at the same instant as what was told before.
    pub(super) fn tell_at_once(&mut self, what: What, payload: &[u8]) {
        let at = self.world.now;
        let event = Event { at, task: TaskId::FIRST, what, payload_len: payload.len() as u32 };
        self.world.apply(&event, payload);
    }

    pub(super) fn inside(&mut self, inside: Inside) {
        self.tell(What::Inside(inside), &[]);
    }

    pub(super) fn enter(&mut self, call: Call, down: &[u8]) {
        self.tell(What::Enter { call, place: Place::ELSEWHERE }, down);
    }

    pub(super) fn exit(&mut self, ret: Ret, up: &[u8]) {
        let lines = up.iter().filter(|byte| **byte == b'\n').count() as u32;
        self.tell(What::Exit { ret, lines }, up);
    }

    pub(super) fn end(&mut self, status: i32) {
        self.tell(What::TaskEnd { status }, &[]);
    }

    /// A client connects, and waits to be accepted. Its number, and its connection's, is the descriptor that
    /// it will get.
    pub(super) fn queued(&mut self, fd: i32) {
        let (file, peer) = (FileId(fd as u32), PeerId(fd as u32));
        self.inside(Inside::Peer { peer, doing: Doing::Connected });
        self.inside(Inside::Queued {
            listener: FileId(3),
            file,
            peer,
            recv_capacity: CAPACITY,
            send_capacity: CAPACITY,
        });
        self.inside(Inside::Ready { file, mask: Mask::OUT });
    }

    pub(super) fn accepted(&mut self, fd: i32) {
        self.queued(fd);
        self.enter(Call::Accept { fd: Fd(3) }, &[]);
        self.inside(Inside::Installed { fd: Fd(fd), file: FileId(fd as u32) });
        self.exit(Ok(fd as u32), &[]);
    }

    pub(super) fn arrived(&mut self, fd: i32, bytes: &[u8]) {
        let file = FileId(fd as u32);
        self.tell(What::Inside(Inside::Arrived { file, bytes: bytes.len() as u32 }), bytes);
        self.inside(Inside::Ready { file, mask: Mask::IN | Mask::OUT });
    }

    /// The same, with its readiness told at the same instant.
    pub(super) fn arrived_at_once(&mut self, fd: i32, bytes: &[u8]) {
        let file = FileId(fd as u32);
        self.tell(What::Inside(Inside::Arrived { file, bytes: bytes.len() as u32 }), bytes);
        self.tell_at_once(What::Inside(Inside::Ready { file, mask: Mask::IN | Mask::OUT }), &[]);
    }

    pub(super) fn recv(&mut self, fd: i32, result: Result<&[u8], Errno>) {
        self.enter(Call::Recv { fd: Fd(fd), len: 16_384 }, &[]);
        match result {
            Ok(bytes) => self.exit(Ok(bytes.len() as u32), bytes),
            Err(errno) => self.exit(Err(errno), &[]),
        }
    }

    pub(super) fn sample(&mut self, fd: i32, recv: u32, head: &[u8]) {
        let levels = Levels { recv, send: 0, peeked: head.len() as u32 };
        self.tell(What::Sample { fd: Fd(fd), levels }, head);
    }

    pub(super) fn select_enter(&mut self, read: &[i32], write: &[i32]) {
        let sets = sets(read, write);
        let mut down = Vec::new();
        sets.to_bytes(sets.nfds(), &mut down);
        self.enter(Call::Select { nfds: sets.nfds() as u32, timeout: FOREVER }, &down);
    }

    pub(super) fn select_exit(&mut self, read: &[i32], write: &[i32]) {
        let nfds = match self.world.tasks[&TaskId::FIRST].call.as_ref().map(|open| open.call) {
            Some(Call::Select { nfds, .. }) => nfds as usize,
            other => panic!("the task is in {other:?}, not in select"),
        };
        let sets = sets(read, write);
        let mut up = Vec::new();
        sets.to_bytes(nfds, &mut up);
        self.exit(Ok(sets.bits() as u32), &up);
    }

    /// An epoll instance, which watches the listener.
    pub(super) fn epoll(&mut self, fd: i32) {
        self.enter(Call::EpollCreate, &[]);
        self.inside(Inside::Installed { fd: Fd(fd), file: FileId(fd as u32) });
        self.exit(Ok(fd as u32), &[]);
        self.watch(fd, 3, Mask::IN);
    }

    pub(super) fn watch(&mut self, epoll: i32, fd: i32, events: Mask) {
        let event = EpollEvent::of(Fd(fd), events);
        self.enter(
            Call::EpollCtl { epoll: Fd(epoll), op: CtlOp::Add, fd: Fd(fd), events },
            &event.to_bytes(),
        );
        self.exit(Ok(0), &[]);
    }

    pub(super) fn listed(&mut self, epoll: i32, fd: i32) {
        self.inside(Inside::Listed { epoll: FileId(epoll as u32), fd: Fd(fd) });
    }

    pub(super) fn wait_enter(&mut self, epoll: i32) {
        self.enter(Call::EpollWait { epoll: Fd(epoll), most: 256, timeout: FOREVER }, &[]);
    }

    pub(super) fn wait_exit(&mut self, events: &[(i32, Mask)]) {
        let up: Vec<u8> =
            events.iter().flat_map(|(fd, mask)| EpollEvent::of(Fd(*fd), *mask).to_bytes()).collect();
        self.exit(Ok(events.len() as u32), &up);
    }
}

fn sets(read: &[i32], write: &[i32]) -> FdSets {
    let mut sets = FdSets::new();
    for fd in read {
        sets.read.insert(Fd(*fd)).unwrap();
    }
    for fd in write {
        sets.write.insert(Fd(*fd)).unwrap();
    }
    sets
}
