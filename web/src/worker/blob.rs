//! A file of the reader's as something to read and seek in, without having all of it in memory. In a worker alone:
//! a page may not wait for a file.

use std::io::{self, Read, Seek, SeekFrom};

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_sys::{Blob, FileReaderSync};

/// A file that the browser holds.
#[derive(Debug)]
pub(super) struct BlobFile {
    blob: Blob,
    reader: FileReaderSync,
    at: u64,
    len: u64,
}

impl BlobFile {
    /// A file at its beginning.
    ///
    /// # Errors
    /// If the browser lets no worker read files.
    pub(super) fn new(blob: Blob) -> io::Result<Self> {
        let len = blob.size() as u64;
        Ok(Self { blob, reader: FileReaderSync::new().map_err(failed)?, at: 0, len })
    }
}

impl Read for BlobFile {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let end = self.len.min(self.at + buf.len() as u64);
        if end <= self.at {
            return Ok(0);
        }
        // Numbers of JavaScript hold lengths of files exactly: they are far below 2^53.
        let slice = self.blob.slice_with_f64_and_f64(self.at as f64, end as f64).map_err(failed)?;
        let bytes = Uint8Array::new(&self.reader.read_as_array_buffer(&slice).map_err(failed)?.into());
        let len = (bytes.length() as usize).min(buf.len());
        bytes.subarray(0, len as u32).copy_to(&mut buf[..len]);
        self.at += len as u64;
        Ok(len)
    }
}

impl Seek for BlobFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (from, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::Current(by) => (self.at, by),
            SeekFrom::End(by) => (self.len, by),
        };
        self.at = from.checked_add_signed(by).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// What the browser says of a file that it cannot read: most often that it has changed since it was chosen.
fn failed(error: JsValue) -> io::Error {
    let text = js_sys::Reflect::get(&error, &"message".into()).ok().and_then(|text| text.as_string());
    io::Error::other(text.unwrap_or_else(|| "the browser does not say why".to_owned()))
}
