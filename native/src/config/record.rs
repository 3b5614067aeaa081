//! What is meant by `loopscope record`.

use std::time::Duration;

use super::{Misuse, Watched, one_server};
use crate::cli::RecordArgs;
use crate::record::{From, Record};

/// What `loopscope record` means.
///
/// # Errors
/// As [`super::server`].
pub fn record(args: RecordArgs) -> Result<Record, Misuse> {
    let RecordArgs { out, attach, server, server_listen, level, max_size, max_time, last, mut common } = args;
    // A picture can do without most of a burst, a record cannot.
    common.burst_bytes = common.burst_bytes.or(Some(common.ring_bytes));
    let from = match attach {
        Some(gateway) => From::Gateway(gateway),
        None => {
            let server = one_server(server, server_listen, level.into(), Watched::ByGateway, &common)?;
            From::Server(Box::new(server))
        }
    };
    let time_max = max_time.map(|span| Duration::from_nanos(span.0));
    Ok(Record { from, out, bytes_max: max_size, time_max, last })
}
