//! Pipes (`pipe(7)`): a buffer, an end that writes and an end that reads.

use std::collections::VecDeque;

use crate::errno::Errno;
use crate::ids::{Fd, FileId};
use crate::kernel::Mask;
use crate::sim::files::{File, Kind};
use crate::sim::machine::Machine;
use crate::sim::waitq::STATE_CHANGE;

/// How many bytes a pipe holds (`pipe(7)`).
const CAPACITY: usize = 65_536;

/// The end of a pipe that is read, with the bytes in it.
#[derive(Debug)]
pub(super) struct Reader {
    bytes: VecDeque<u8>,
    /// The other end, while it is open.
    writer: Option<FileId>,
}

impl Reader {
    /// How many bytes wait.
    pub(super) fn len(&self) -> u32 {
        self.bytes.len() as u32
    }

    pub(super) fn ready(&self) -> Mask {
        let mut ready = Mask::empty();
        ready.set(Mask::IN, !self.bytes.is_empty());
        ready.set(Mask::HUP, self.writer.is_none());
        ready
    }
}

impl Machine {
    /// `pipe2(2)`: the end that reads and the end that writes; neither blocks.
    pub(super) fn pipe(&mut self) -> Result<(Fd, Fd), Errno> {
        let reader =
            self.add_file(File::new(Kind::PipeRead(Reader { bytes: VecDeque::new(), writer: None }), None));
        let writer = self.add_file(File::new(Kind::PipeWrite(Some(reader)), None));
        if let Some(Kind::PipeRead(end)) = self.files.get_mut(reader).map(|file| &mut file.kind) {
            end.writer = Some(writer);
        }
        self.set_nonblocking(reader, true);
        self.set_nonblocking(writer, true);
        let fds = self.install(reader).and_then(|read| Ok((read, self.install(writer)?)));
        if fds.is_err() {
            self.files.remove(reader);
            self.files.remove(writer);
        }
        fds
    }

    /// What a wait would say of the end that writes.
    pub(super) fn pipe_writable(&self, reader: Option<FileId>) -> Mask {
        let reader = reader.and_then(|reader| self.files.get(reader)).map(|file| &file.kind);
        match reader {
            Some(Kind::PipeRead(end)) if end.bytes.len() < CAPACITY => Mask::OUT,
            Some(_) => Mask::empty(),
            None => Mask::OUT | Mask::ERR,
        }
    }

    /// `read(2)` of a pipe: what is in it; the end once nobody writes any more.
    pub(super) fn pipe_read(&mut self, id: FileId, buffer: &mut [u8]) -> Result<usize, Errno> {
        let Some(Kind::PipeRead(end)) = self.files.get_mut(id).map(|file| &mut file.kind) else {
            return Err(Errno::EBADF);
        };
        if end.bytes.is_empty() {
            return if end.writer.is_none() || buffer.is_empty() { Ok(0) } else { Err(Errno::EAGAIN) };
        }
        let (was_full, writer) = (end.bytes.len() == CAPACITY, end.writer);
        let count = buffer.len().min(end.bytes.len());
        for (to, from) in buffer.iter_mut().zip(end.bytes.drain(..count)) {
            *to = from;
        }
        self.changed();
        if let (true, Some(writer)) = (was_full, writer) {
            self.wake(writer, Mask::OUT);
        }
        Ok(count)
    }

    /// `write(2)` to a pipe.
    pub(super) fn pipe_write(&mut self, id: FileId, bytes: &[u8]) -> Result<usize, Errno> {
        let Some(Kind::PipeWrite(reader)) = self.files.get(id).map(|file| &file.kind) else {
            return Err(Errno::EBADF);
        };
        if bytes.is_empty() {
            return Ok(0);
        }
        let reader = reader.ok_or(Errno::EPIPE)?;
        let Some(Kind::PipeRead(end)) = self.files.get_mut(reader).map(|file| &mut file.kind) else {
            return Err(Errno::EPIPE);
        };
        let count = bytes.len().min(CAPACITY - end.bytes.len());
        end.bytes.extend(&bytes[..count]);
        if count == 0 {
            return Err(Errno::EAGAIN);
        }
        self.wake(reader, Mask::IN);
        Ok(count)
    }

    /// An end of a pipe is closed: the other one sees it.
    pub(super) fn pipe_ended(&mut self, id: FileId) {
        let other = match self.files.remove(id).map(|file| file.kind) {
            Some(Kind::PipeRead(end)) => end.writer,
            Some(Kind::PipeWrite(reader)) => reader,
            _ => None,
        };
        let Some(other) = other else { return };
        match self.files.get_mut(other).map(|file| &mut file.kind) {
            Some(Kind::PipeRead(end)) => end.writer = None,
            Some(Kind::PipeWrite(reader)) => *reader = None,
            _ => return,
        }
        self.wake(other, STATE_CHANGE);
    }
}
