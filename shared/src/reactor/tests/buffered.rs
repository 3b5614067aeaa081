//! Connections with buffers: marks, bounds, timeouts, ends.

use std::net::SocketAddr;

use super::*;
use crate::kernel::Connect as _;

/// What the callbacks of a test share.
type State = Diary;

fn note_read(connection: &mut BufferEvent<State>) {
    let count = connection.input.len();
    connection.context.note(format!("read {count}"));
    connection.input.drain(count);
}

fn note_write(connection: &mut BufferEvent<State>) {
    let left = connection.output.len();
    connection.context.note(format!("written, {left} left"));
}

fn note_event(connection: &mut BufferEvent<State>, happened: Happened) {
    connection.context.note(format!("{happened:?} {:?}", connection.error()));
    connection.free();
}

const NOTES: BufferCallbacks<State> =
    BufferCallbacks { read: Some(note_read), write: Some(note_write), event: Some(note_event) };

/// Puts buffers around the first client, lets `prepare` set them, and dispatches until nothing is left.
fn with_one_client(
    network: Network,
    steps: Vec<Step>,
    callbacks: BufferCallbacks<State>,
    prepare: impl FnOnce(&mut BufferEvent<State>) + 'static,
) -> Vec<String> {
    let diary = Diary::default();
    let own = diary.clone();
    simulate_over(network, vec![ClientSpec::one(Nanos(1), steps)], async move |k, listener| {
        k.sleep(millis(1)).await;
        let mut base = EventBase::new(&k, Backend::Best).await?;
        let fd = k.accept(listener, Mode::NonBlocking).await?.fd;
        let mut connection = BufferEvent::new(&mut base, fd, "client", callbacks, own.clone());
        connection.enable(On::READ | On::WRITE);
        prepare(&mut connection);
        connection.settle(&k, &mut base).await?;
        let mut each = program(async |k, base, due| {
            if connection.handle(k, base, due).await? == Fate::Freed {
                own.note(format!("freed at {}", k.now().0 / millis(1).0));
            }
            Ok(())
        });
        base.dispatch(&k, &mut each).await?;
        base.close(&k).await
    });
    diary.read()
}

fn send(text: &str) -> Step {
    Step::Send(text.to_owned())
}

#[test]
fn the_read_callback_waits_for_the_low_mark_and_the_end_is_told() {
    let steps = vec![send("abc"), Step::Think(millis(2)), send("defgh"), Step::Think(millis(2)), Step::Close];
    let told = with_one_client(Network::default(), steps, NOTES, |connection| {
        connection.set_read_marks(4, None);
    });
    assert_eq!(told, ["read 8", "READING | EOF None", "freed at 4"].map(rewritten));
}

/// How a test expects flags to be written.
fn rewritten(text: &str) -> String {
    text.replace("READING | EOF", &format!("{:?}", Happened::READING | Happened::EOF))
        .replace("READING | TIMEOUT", &format!("{:?}", Happened::READING | Happened::TIMEOUT))
        .replace("WRITING | TIMEOUT", &format!("{:?}", Happened::WRITING | Happened::TIMEOUT))
        .replace("READING | ERROR", &format!("{:?}", Happened::READING | Happened::ERROR))
}

#[test]
fn nothing_is_read_beyond_the_high_mark_until_it_is_used() {
    fn hoard(connection: &mut BufferEvent<State>) {
        let count = connection.input.len();
        connection.context.note(format!("read {count}"));
        if count == 10 {
            connection.set_timeouts(FOREVER, FOREVER);
            connection.input.drain(7);
        }
    }
    let callbacks = BufferCallbacks { read: Some(hoard), ..NOTES };
    let steps = vec![send("0123456789abcdef"), Step::HalfClose];
    let told = with_one_client(Network::default(), steps, callbacks, |connection| {
        connection.set_read_marks(0, Some(10));
    });
    // Ten fill it; seven are used and there is room for seven; six come; then the end.
    assert_eq!(told, ["read 10", "read 9", "READING | EOF None", "freed at 1"].map(rewritten));
}

#[test]
fn who_does_not_read_is_not_read_from() {
    fn echo(connection: &mut BufferEvent<State>) {
        let count = connection.input.len();
        connection.input.move_to(&mut connection.output, count);
        assert!(connection.output.len() < 1000 + 2000, "a bound and one read at most");
    }
    let callbacks = BufferCallbacks { read: Some(echo), write: None, event: Some(note_event) };
    let network = Network { recv_buffer: 2000, send_buffer: 2000, ..Network::default() };
    let line = format!("{}\n", "x".repeat(999));
    let mut steps = vec![Step::Read(false)];
    steps.extend((0..40).map(|_| send(&line)));
    steps.extend([Step::Think(millis(20)), Step::Read(true), Step::Think(millis(20)), Step::HalfClose]);
    let told = with_one_client(network, steps, callbacks, |connection| {
        connection.set_output_bound(Some(1000));
    });
    assert_eq!(told[0], rewritten("READING | EOF None"), "all of it came through in the end: {told:?}");
}

#[test]
fn the_write_callback_is_called_at_the_low_mark_and_the_end_is_sent_after_the_output() {
    let network = Network { recv_buffer: 4000, send_buffer: 4000, ..Network::default() };
    let steps = vec![Step::Read(false), Step::Think(millis(10)), Step::Read(true)];
    let told = with_one_client(network, steps, NOTES, |connection| {
        connection.set_write_mark(100);
        connection.output.add(&[b'x'; 20_000]);
        connection.finish();
        // What nobody asked for is nothing to wait for: the loop ends when the output is sent.
        connection.disable(On::READ);
    });
    assert!(told.iter().all(|line| line.starts_with("written, ")), "{told:?}");
    assert_eq!(told.last().map(String::as_str), Some("written, 0 left"));
}

#[test]
fn silence_and_a_full_socket_are_told_after_their_time() {
    let told = with_one_client(
        Network::default(),
        vec![Step::Think(millis(5)), send("x"), Step::Think(millis(100))],
        NOTES,
        |connection| connection.set_timeouts(after(millis(10)), FOREVER),
    );
    // What came at 5 began the time anew.
    assert_eq!(told, ["read 1", "READING | TIMEOUT None", "freed at 15"].map(rewritten));
    let network = Network { recv_buffer: 1000, send_buffer: 1000, ..Network::default() };
    let told = with_one_client(network, vec![Step::Read(false)], NOTES, |connection| {
        connection.set_timeouts(FOREVER, after(millis(10)));
        connection.output.add(&[b'x'; 10_000]);
    });
    let expected = ["WRITING | TIMEOUT None", "freed at 11"].map(rewritten);
    assert_eq!(told[told.len() - 2..], expected, "{told:?}");
}

#[test]
fn an_error_is_told_with_its_name() {
    let steps = vec![send("x"), Step::Think(millis(3)), Step::Reset];
    let told = with_one_client(Network::default(), steps, NOTES, |_| {});
    assert_eq!(told[..2], ["read 1", "READING | ERROR Some(ECONNRESET)"].map(rewritten));
}

/// What is told of a connection that is begun to an address of this machine, where somebody listens or nobody.
fn told_of_connecting(listening: bool) -> Vec<String> {
    let diary = Diary::default();
    let own = diary.clone();
    simulate(vec![], async move |k, _| {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = k.socket(any, Mode::NonBlocking).await?;
        let to = k.bind(server, any).await?;
        if listening {
            k.listen(server, 1).await?;
        }
        let mut base = EventBase::new(&k, Backend::Best).await?;
        let begun = BufferEvent::connect(&k, &mut base, to, "client", NOTES, own.clone());
        let mut connection = begun.await?;
        // It may be asked for anything at once: it is done when the connection is made.
        connection.enable(On::READ | On::WRITE);
        connection.output.add(b"hello\n");
        connection.settle(&k, &mut base).await?;
        let mut each = program(async |k, base, due| connection.handle(k, base, due).await.map(drop));
        base.dispatch(&k, &mut each).await?;
        base.close(&k).await
    });
    diary.read()
}

#[test]
fn a_connection_that_is_begun_is_told_when_it_is_made_or_refused() {
    assert_eq!(told_of_connecting(true), [format!("{:?} None", Happened::CONNECTED)]);
    let refused = Happened::WRITING | Happened::ERROR;
    assert_eq!(told_of_connecting(false), [format!("{refused:?} Some(ECONNREFUSED)")]);
}
