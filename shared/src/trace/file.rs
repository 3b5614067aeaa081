//! Traces as files: versioned, in chunks, each with a checksum, compressed, and with a copy of the [`World`] to
//! begin from.
//!
//! [`Writer`] makes one of events as they come, [`Reader`] opens one that lies in memory or in a file, of any size.
//! `docs/trace-format.md` says what every byte means, for readers in other languages.
//!
//! A file is a preamble and chunks. The first chunk is the [`Header`], the last one the [`Closing`] with an index,
//! and those between are *spans*: some thousand events, and the world before the first of them. So any instant is
//! reached from one span, and a span that is damaged takes nothing with it but itself.
//!
//! [`World`]: crate::world::World

mod chunk;
mod cutter;
mod header;
mod reader;
mod span;
mod writer;

use std::io;

use crc::{CRC_32_ISO_HDLC, Crc, Table};
use thiserror::Error;

pub use chunk::{HEAD_BYTES, Head, Kind};
pub use cutter::{Chunk, Cutter, EVENTS_A_SPAN};
pub use header::{Header, Machine, Origin, SourceText};
pub use reader::{Damage, Located, Reader, Why};
pub use span::{BLOCK_MAX, Piece};
pub use writer::{Closing, Writer};

use crate::trace::wire::PROTOCOL_VERSION;

/// The version of the layout: of the preamble, the chunks and the blocks in them. What is in the blocks has the
/// version of the wire, [`PROTOCOL_VERSION`], because it is made of the same types.
pub const LAYOUT_VERSION: u16 = 1;

/// What the name of a trace file ends with.
pub const EXTENSION: &str = "loopscope";

/// The first bytes of every trace file. The first is no ASCII, and there are both kinds of line ends: whoever
/// takes a trace for text and changes it is found out.
pub const MAGIC: [u8; 8] = *b"\x89LSCP\r\n\x1a";

/// How long the preamble is: the magic, the version of the layout, that of the contents, and their checksum.
pub const PREAMBLE_BYTES: usize = 16;

/// Why a file cannot be opened at all, or no longer be read.
#[derive(Debug, Error)]
pub enum FileError {
    /// It does not begin as a trace does.
    #[error("this is no trace of Loopscope, or its first {PREAMBLE_BYTES} bytes are damaged")]
    NotATrace,
    /// It was written by another version.
    #[error(
        "this trace was written by {by} (layout {layout}, events {events}); this is Loopscope {}, which reads layout \
         {LAYOUT_VERSION} and events {PROTOCOL_VERSION}: open it with that version",
        env!("CARGO_PKG_VERSION")
    )]
    Version {
        /// The version of its layout.
        layout: u16,
        /// The version of its contents.
        events: u16,
        /// Who wrote it, as far as that can be read.
        by: String,
    },
    /// The system could not read it.
    #[error("the trace cannot be read: {0}")]
    Io(#[from] io::Error),
    /// This part of it is damaged.
    #[error("{0}")]
    Damaged(Damage),
}

/// The checksum of bytes in a file: CRC-32 as gzip has it. With more tables it is quicker; each is 1 KB that cannot be
/// compressed, and the page has to be small.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    const TABLES: usize = if cfg!(target_arch = "wasm32") { 1 } else { 16 };
    static CRC: Crc<u32, Table<TABLES>> = Crc::<u32, Table<TABLES>>::new(&CRC_32_ISO_HDLC);
    CRC.checksum(bytes)
}

/// The first bytes of a file.
pub(crate) fn preamble() -> [u8; PREAMBLE_BYTES] {
    let mut bytes = [0; PREAMBLE_BYTES];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..10].copy_from_slice(&LAYOUT_VERSION.to_le_bytes());
    bytes[10..12].copy_from_slice(&PROTOCOL_VERSION.to_le_bytes());
    let sum = checksum(&bytes[..12]);
    bytes[12..].copy_from_slice(&sum.to_le_bytes());
    bytes
}
