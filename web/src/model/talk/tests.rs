//! What the send panel says and asks for.

use loopscope_shared::scenario::preset;
use loopscope_shared::world::Peer;

use super::*;

#[test]
fn a_line_goes_out_with_its_line_feed() {
    assert_eq!(Act::Line("hi".into()).step(), Step::Send("hi\n".into()));
    let (message, line) = Act::Line("hi".into()).message(ClientId(3));
    assert_eq!(message, ToGateway::Send(ClientId(3), b"hi\n".to_vec()));
    assert_eq!(line, Line::Said("hi".into()));
}

#[test]
fn a_slow_reader_stops_reading_before_it_sends() {
    let steps: Vec<Step> = Act::SlowReader.parts().into_iter().map(Act::step).collect();
    assert_eq!(steps, [Step::Read(false), Step::SendLines { lines: SLOW_READER_LINES, bytes: LINE_BYTES }]);
    let (message, _) = Act::Burst.parts().remove(0).message(ClientId(2));
    let ToGateway::Send(ClientId(2), bytes) = message else { panic!("{message:?}") };
    assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), BURST_LINES as usize);
}

#[test]
fn an_answer_stands_behind_its_line() {
    let exchange = Exchange {
        client: 4,
        at: Nanos(1_000),
        said: "hi".into(),
        asks: true,
        done: true,
        answer: Some("uv".into()),
    };
    let waiting = Exchange { answer: None, ..exchange.clone() };
    let talk = simulated(&World::new(), &[exchange, waiting], false);
    assert_eq!(talk.targets, [4]);
    assert_eq!(talk.items.len(), 3);
    assert_eq!(talk.items[1], Item::Answer { who: 4, text: "uv".into() });
    assert!(matches!(&talk.items[2], Item::Said { note, .. } if note.contains("no answer yet")));
}

#[test]
fn a_client_that_has_gone_is_neither_waited_for_nor_offered() {
    let asked =
        |at, done| Exchange { client: 4, at: Nanos(at), said: "hi".into(), asks: true, done, answer: None };
    let mut world = World::new();
    let note = |world: &World, exchange: Exchange, over| {
        let talk = simulated(world, &[exchange], over);
        let Some(Item::Said { note, .. }) = talk.items.into_iter().next() else { panic!("a line") };
        (note.rsplit(": ").next().map(str::to_owned).unwrap_or_default(), talk.targets)
    };
    let said = |text: &str, targets: &[u32]| (text.to_owned(), targets.to_vec());
    assert_eq!(note(&world, asked(10, true), false), said("no answer yet, play on", &[4]));
    assert_eq!(note(&world, asked(10, true), true), said("no answer, the run is over", &[4]));
    assert_eq!(note(&world, asked(99, false), false), said("still to come, press play", &[4]));
    let peer = Peer { doing: Doing::Reset, since: Nanos(20), ..peer() };
    world.peers.insert(PeerId(4), peer);
    assert_eq!(note(&world, asked(10, true), true), said("no answer, the client went", &[]));
    assert_eq!(note(&world, asked(30, true), false), said("not sent, the client had gone", &[]));
    assert_eq!(note(&world, asked(30, false), true), said("not sent, the client had gone", &[]));
}

fn peer() -> Peer {
    Peer {
        doing: Doing::Connected,
        since: Nanos::ZERO,
        sent: 0,
        received: 0,
        lines: 0,
        heard: Vec::new(),
        reading: true,
        host: None,
    }
}

#[test]
fn the_newest_entry_is_found_wherever_it_stands() {
    let note = |who, text: &str| Item::Note { who, text: text.into() };
    let before = [note(1, "a"), note(1, "b"), note(2, "c")];
    assert_eq!(newest(&[], &before), Some(2));
    assert_eq!(newest(&before, &before), None);
    let answered = [note(1, "a"), note(1, "b"), note(1, "new"), note(2, "c")];
    assert_eq!(newest(&before, &answered), Some(2));
    let noted = [note(1, "a"), note(1, "other"), note(2, "c")];
    assert_eq!(newest(&before, &noted), Some(1));
    assert_eq!(newest(&before, &[]), None);
    assert_eq!(newest(&before, &before[1..]), None, "what went is not new");
    let again = vec![note(1, "a"); 3];
    assert_eq!(newest(&again[..2], &again), Some(2));
}

#[test]
fn a_line_without_a_connection_opens_one_first() {
    let mut conversation = Conversation::default();
    let mut number = 0;
    let messages = tell_live(&mut conversation, None, Act::Line("a".into()), &mut number);
    let id = ClientId(1);
    assert_eq!(messages, [ToGateway::Open(id), ToGateway::Send(id, b"a\n".to_vec())]);
    assert_eq!(number, 1);
    assert_eq!(tell_live(&mut conversation, Some(1), Act::Close, &mut number), [ToGateway::Close(id)]);
}

#[test]
fn a_new_client_has_a_number_of_its_own() {
    let scenario = preset("three-clients").unwrap();
    assert_eq!(next_client(&scenario, &[]), 4);
    let injection = Injection { at: Nanos(1), client: 9, step: Step::Close };
    assert_eq!(next_client(&scenario, &[injection]), 10);
}

#[test]
fn nothing_can_be_sent_without_a_gateway() {
    let mut conversation = Conversation::default();
    conversation.open();
    assert_eq!(live(&conversation, true).targets, [1]);
    assert!(!live(&conversation, false).usable);
}
