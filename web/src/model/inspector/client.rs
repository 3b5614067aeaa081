//! The inspector of a client, and what is said of the client at the far end of a connection.

use loopscope_shared::ids::PeerId;
use loopscope_shared::world::{FileKind, Peer, Stream, World};

use super::{Field, Inspection, buffer, field};
use crate::messages as m;
use crate::model::selection::{Selection, connection};
use crate::model::stage::doing;
use crate::model::text::grouped;

/// Who is at the far end, and what has gone to and fro there, as far as it is known.
pub(super) fn fields(world: &World, stream: &Stream) -> Vec<Field> {
    let address = stream.from.map(|from| from.to_string());
    let who = match (stream.peer, address) {
        (Some(peer), Some(address)) => Some(format!("{peer} · {address}")),
        (Some(peer), None) => Some(peer.to_string()),
        (None, address) => address,
    };
    let did = stream.peer.and_then(|peer| world.peers.get(&peer)).map(bytes);
    let who = who.map(|who| field(m::inspect_client(), who));
    who.into_iter().chain(did.map(|did| field(m::inspect_client_did(), did))).collect()
}

/// A client by itself: what it does, its bytes, and the server's side of its connection.
pub(super) fn inspect_client(world: &World, peer: PeerId) -> Inspection {
    let title = m::inspect_client_title(peer);
    let Some(known) = world.peers.get(&peer) else {
        let fields = vec![field(m::inspect_state(), m::inspect_client_not_yet())];
        return Inspection { title, fields, buffers: Vec::new() };
    };
    let mut fields =
        vec![field(m::inspect_state(), doing(known)), field(m::inspect_client_did(), bytes(known))];
    let file = connection(peer, world).and_then(|file| world.files.get(&file));
    let Some(FileKind::Stream(stream)) = file.map(|file| &file.kind) else {
        fields.push(field(m::inspect_client_connection(), m::inspect_client_none()));
        return Inspection { title, fields, buffers: Vec::new() };
    };
    let fd = Selection::Client(peer).fd(world);
    let at = fd.map_or_else(|| m::inspect_client_queued().to_owned(), m::inspect_fd);
    fields.push(field(m::inspect_client_connection(), at));
    fields.extend(stream.from.map(|from| field(m::inspect_address(), from.to_string())));
    let (coming, unread) =
        (known.sent.saturating_sub(stream.arrived), stream.drained.saturating_sub(known.received));
    fields
        .push(field(m::inspect_client_way(), m::inspect_client_on_the_way(grouped(coming), grouped(unread))));
    let buffers = vec![
        buffer(m::inspect_receive_buffer(), &stream.recv),
        buffer(m::inspect_send_buffer(), &stream.send),
    ];
    Inspection { title, fields, buffers }
}

/// How much it has sent and read.
fn bytes(peer: &Peer) -> String {
    let (sent, received, lines) = (grouped(peer.sent), grouped(peer.received), grouped(peer.lines));
    match peer.reading {
        true => m::inspect_client_bytes(sent, received, lines),
        false => m::inspect_client_deaf(sent, received, lines),
    }
}
