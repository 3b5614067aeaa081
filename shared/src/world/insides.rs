//! What a simulated kernel tells of its inside.

use crate::errno::Errno;
use crate::event::{CAPTURE_MAX, Doing, Inside};
use crate::ids::{Fd, FileId, PeerId, Seq, TaskId};
use crate::world::{File, FileKind, Impossible, Landed, Peer, Stream, TaskState, Tube, World};

impl World {
    pub(super) fn inside(&mut self, seq: Seq, task: TaskId, inside: Inside, payload: &[u8]) {
        self.sleep_is_told = true;
        match inside {
            Inside::Queued { listener, file, peer, recv_capacity, send_capacity } => {
                let (recv, send) = (Tube::told(recv_capacity), Tube::told(send_capacity));
                self.queued(listener, file, Stream { peer: Some(peer), recv, send, ..Stream::default() });
            }
            Inside::SynDropped { .. } => self.tally.syns_dropped += 1,
            Inside::Installed { fd, file } => self.install(task, fd, file),
            Inside::Arrived { file, bytes } => {
                let now = self.now;
                self.with_file(file, |stream| {
                    stream.arrived += u64::from(bytes);
                    stream.recv.push(bytes.into(), payload);
                    stream.waiting_since = stream.waiting_since.or(Some(now));
                });
            }
            Inside::Put { file, bytes } => {
                self.with_file(file, |stream| {
                    stream.send.push(bytes.into(), payload);
                    stream.put_ahead += u64::from(bytes);
                });
                if let Some(call) = &mut self.task_mut(task).call {
                    call.put += bytes;
                }
            }
            Inside::Drained { file, bytes } => {
                let mut short = false;
                self.with_file(file, |stream| {
                    stream.drained += u64::from(bytes);
                    short = !stream.send.pop(bytes.into());
                });
                if short {
                    self.violate(seq, Impossible::DrainedTooMuch(file));
                }
            }
            Inside::InputEnded { file } => self.with_file(file, |stream| stream.input_ended = true),
            Inside::Reset { file } => self.with_file(file, |stream| {
                stream.reset = true;
                stream.error = Some(Errno::ECONNRESET);
                // What was to be sent is thrown away.
                stream.drained += stream.send.level;
                stream.send.pop(stream.send.level);
            }),
            Inside::Ready { file, mask } => {
                if let Some(file) = self.files.get_mut(&file) {
                    file.ready = Some(mask);
                }
            }
            Inside::Listed { epoll, fd } => self.with_ready_list(epoll, |ready| ready.push(fd)),
            Inside::Unlisted { epoll, fd } => self.with_ready_list(epoll, |ready| {
                if let Some(place) = ready.iter().position(|listed| *listed == fd) {
                    ready.remove(place);
                }
            }),
            Inside::Established { file, recv_capacity, send_capacity } => {
                self.established(file, Tube::told(recv_capacity), Tube::told(send_capacity));
            }
            Inside::Completed { queue, user, file, taken, put } => {
                self.landed(seq, queue, Landed { user, file, taken, put, since: None });
            }
            Inside::Peer { peer, doing } => self.peer(peer, doing, payload),
            Inside::Blocked | Inside::Woken { .. } | Inside::Running { .. } | Inside::Preempted => {
                self.scheduled(task, inside);
            }
        }
    }

    /// A task sleeps, may run, runs, or must let others run.
    fn scheduled(&mut self, task: TaskId, inside: Inside) {
        let known = self.task_mut(task);
        match inside {
            Inside::Blocked => {
                known.state = TaskState::Blocked;
                if let Some(call) = &mut known.call {
                    call.slept = true;
                }
            }
            Inside::Woken { cause } => {
                known.state = TaskState::Runnable;
                known.woken_by = Some(cause);
            }
            Inside::Running { cpu } => {
                known.state = TaskState::Running;
                known.cpu = Some(cpu);
                self.tally.switches += 1;
            }
            Inside::Preempted => known.state = TaskState::Runnable,
            _ => {}
        }
    }

    /// A connection that the program itself asked for is there. What had come before is kept.
    fn established(&mut self, file: FileId, recv: Tube, send: Tube) {
        if self.stream_of(file).is_none() {
            let kind = FileKind::Stream(Box::default());
            self.files.get_or_insert_with(file, || File::new(FileKind::Unknown)).kind = kind;
        }
        if let Some(stream) = self.stream_mut(file) {
            stream.connecting = false;
            stream.own = true;
            (stream.recv, stream.send) = (recv, send);
        }
    }

    fn queued(&mut self, listener: FileId, file: FileId, stream: Stream) {
        self.files.insert(file, File::new(FileKind::Stream(Box::new(stream))));
        if let Some(File { kind: FileKind::Listener { queue, .. }, .. }) = self.files.get_mut(&listener) {
            queue.push(file);
        }
    }

    fn peer(&mut self, id: PeerId, doing: Doing, payload: &[u8]) {
        let since = self.now;
        let peer = self.peers.get_or_insert_with(id, || Peer {
            doing,
            since,
            sent: 0,
            received: 0,
            lines: 0,
            heard: Vec::new(),
            reading: true,
            host: None,
        });
        peer.doing = doing;
        peer.since = since;
        match doing {
            Doing::Sent { bytes } => peer.sent += u64::from(bytes),
            Doing::Received { bytes, lines } => {
                peer.received += u64::from(bytes);
                peer.lines += u64::from(lines);
                peer.heard.extend_from_slice(payload);
                let surplus = peer.heard.len().saturating_sub(CAPTURE_MAX);
                peer.heard.drain(..surplus);
            }
            // A client has no name.
            Doing::Connected if !payload.is_empty() => {
                peer.host = Some(String::from_utf8_lossy(payload).into_owned());
            }
            Doing::NotReading => peer.reading = false,
            Doing::Reading => peer.reading = true,
            _ => {}
        }
    }

    fn with_file(&mut self, file: FileId, act: impl FnOnce(&mut Stream)) {
        // A connection whose last descriptor is closed goes on in the kernel for a while; nobody sees it.
        if let Some(stream) = self.stream_mut(file) {
            act(stream);
        }
    }

    fn with_ready_list(&mut self, list: FileId, act: impl FnOnce(&mut Vec<Fd>)) {
        if let Some(registry) = self.registry_mut(list) {
            act(&mut registry.ready);
        }
    }
}
