//! What can be typed after `loopscope record`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use loopscope_shared::servers::Program;
use loopscope_shared::time::Nanos;

use super::{CommonArgs, LevelArg, address, program};
use crate::cli::simulate::span;

/// `loopscope record`.
#[derive(Debug, Args)]
pub struct RecordArgs {
    /// The file to write; none of that name may be there
    #[arg(long, short, value_name = "FILE")]
    pub out: PathBuf,
    /// Record the server that the gateway at this address shows, such as ws://127.0.0.1:8013, until that server
    /// ends. Without it, a server is started
    #[arg(long, value_name = "ADDR:PORT", value_parser = gateway, conflicts_with_all = ["server", "server_listen", "level"])]
    pub attach: Option<SocketAddr>,
    /// The server that is started
    #[arg(long, value_name = "NAME", default_value = "mio", value_parser = program)]
    pub server: Program,
    /// Where it listens; port 0 for any that is free
    #[arg(long, value_name = "ADDR:PORT", value_parser = address, default_value = "127.0.0.1:40713")]
    pub server_listen: SocketAddr,
    /// How much it tells
    #[arg(long, value_enum, default_value_t = LevelArg::Buffers)]
    pub level: LevelArg,
    /// The most bytes that the file may have, or, with --last, that may be kept in memory, such as 500MB
    /// [default: no limit; with --last, 256MiB]
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub max_size: Option<u64>,
    /// How long it goes on, such as 90s
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub max_time: Option<Nanos>,
    /// Keep only so much of what happened last, in memory, and write it at the end
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub last: Option<Nanos>,
    // Not a doc comment, which would take the place of the command's own.
    #[allow(missing_docs, reason = "the fields say it")]
    #[command(flatten)]
    pub common: CommonArgs,
}

/// The address of a gateway, as it prints it or as the page's address.
fn gateway(text: &str) -> Result<SocketAddr, String> {
    let plain = ["ws://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text);
    let authority = plain.split('/').next().unwrap_or(plain);
    address(authority).map_err(|_| {
        "write where the gateway offers its page, such as ws://127.0.0.1:8013 or http://localhost:8013/"
            .to_owned()
    })
}

/// A number of bytes, with a unit or without.
fn bytes(text: &str) -> Result<u64, String> {
    let units = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("", 1),
    ];
    let read = |(unit, bytes): (&str, u64)| {
        let number: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        number.checked_mul(bytes)
    };
    units
        .into_iter()
        .find_map(read)
        .ok_or_else(|| "write a number with kB, MB, GB, KiB, MiB or GiB, such as 500MB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_is_found_by_whatever_it_is_called() {
        let expect = Ok("127.0.0.1:8013".parse().unwrap());
        for name in
            ["ws://127.0.0.1:8013", "ws://localhost:8013/ws", "http://127.0.0.1:8013/", "127.0.0.1:8013"]
        {
            assert_eq!(gateway(name), expect, "{name}");
        }
        assert!(gateway("ws://example.org:80").is_err());
        assert!(gateway("").is_err());
    }

    #[test]
    fn a_size_has_its_unit() {
        assert_eq!(bytes("17"), Ok(17));
        assert_eq!(bytes("2MB"), Ok(2_000_000));
        assert_eq!(bytes("2 MiB"), Ok(2 << 20));
        for nonsense in ["", "MB", "-1", "1.5MB", "99999999999GB"] {
            assert!(bytes(nonsense).is_err(), "{nonsense}");
        }
    }
}
