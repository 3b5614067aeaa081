//! Presets in which one of the chapter's mistakes bites. Each has the mistake's own name; the mistakes that are
//! not here have a preset among the others.

use super::{LOOPS, TASKS, micros, millis, scenario, send};
use crate::quirks::Quirks;
use crate::scenario::{ClientSpec, Scenario, Step};
use crate::servers::{Backend, Program};
use crate::time::Nanos;

/// A line of so many bytes, its line feed included.
fn line(bytes: u32) -> Step {
    Step::SendLines { lines: 1, bytes }
}

/// The longest line that fits the buffer of the printed programs, its line feed included.
const FULL: u32 = 16_384;

pub(super) fn drop_overflow() -> Scenario {
    let many = vec![Step::SendLines { lines: 1_024, bytes: 64 }, Step::Await, Step::Close];
    let long = vec![line(20_000), Step::Await, Step::Close];
    scenario(
        "What overflows is dropped",
        "One client sends 64 KiB of lines at once, the other a line of 20,000 bytes: what does not fit a buffer of \
         16,384 is thrown away, and both wait for the rest.",
        Program::Select,
        vec![ClientSpec::one(micros(100), many), ClientSpec::one(millis(20), long)],
    )
    .suits(&[&[Program::Pool], TASKS, LOOPS])
    .with(Quirks::DROP_OVERFLOW)
}

pub(super) fn creeping_indices() -> Scenario {
    let part = format!("{}\n{}", "x".repeat(49), "y".repeat(9));
    let mut steps: Vec<Step> = (0..400).flat_map(|_| [send(&part), Step::Think(millis(1))]).collect();
    steps.extend([send("\n"), Step::Await, Step::Close]);
    scenario(
        "The indices creep",
        "Each piece ends with the beginning of the next line, so the buffer is never empty, its indices never go \
         back to 0, and after 16,384 bytes there is no room any more.",
        Program::Select,
        vec![ClientSpec::one(micros(100), steps)],
    )
    .suits(&[TASKS, LOOPS])
    .with(Quirks::CREEPING_INDICES)
}

pub(super) fn reset_to_one() -> Scenario {
    let steps = vec![line(FULL), Step::Await, Step::Think(millis(1)), line(FULL), Step::Await, Step::Close];
    scenario(
        "Back to one instead of zero",
        "Two lines fill the buffer to the last byte, one after the other: the second finds one byte less, and its \
         line feed is dropped.",
        Program::Event,
        vec![ClientSpec::one(micros(100), steps)],
    )
    .suits(&[TASKS, LOOPS])
    .with(Quirks::DROP_OVERFLOW | Quirks::RESET_TO_ONE)
}

/// A client that sends 640 kB and does not read for a while.
fn does_not_read() -> Vec<ClientSpec> {
    let steps = vec![
        Step::Read(false),
        Step::SendLines { lines: 10_000, bytes: 64 },
        Step::Think(millis(40)),
        Step::Read(true),
        Step::Await,
        Step::Close,
    ];
    vec![ClientSpec::one(micros(100), steps)]
}

pub(super) fn read_on() -> Scenario {
    scenario(
        "Nothing stops the reading",
        "A client sends 640 kB and takes no answers: a server that reads on has all of it in its memory, another \
         stops, and TCP holds the client back.",
        Program::Select,
        does_not_read(),
    )
    .suits(&[TASKS, LOOPS])
    .with(Quirks::READ_ON)
}

pub(super) fn unlimited_output() -> Scenario {
    scenario(
        "An output buffer without limit",
        "A client sends 640 kB and takes no answers: they gather in the output buffer, since its high-water mark \
         is only advice.",
        Program::Bufferevent,
        does_not_read(),
    )
    .suits(&[TASKS, LOOPS])
    .with(Quirks::UNLIMITED_OUTPUT)
}

pub(super) fn free_on_eof() -> Scenario {
    let steps = vec![
        Step::Read(false),
        Step::SendLines { lines: 100, bytes: 500 },
        Step::HalfClose,
        Step::Think(millis(20)),
        Step::Read(true),
    ];
    let mut scenario = scenario(
        "The end of input ends everything",
        "A client says all that it has to say, and ends: a server that frees the connection at the end of input \
         still owes it answers.",
        Program::Select,
        vec![ClientSpec::one(micros(100), steps)],
    )
    .suits(&[TASKS, LOOPS])
    .with(Quirks::FREE_ON_EOF);
    // With room for all that comes, and not for the answers.
    scenario.network.recv_buffer = 20_000;
    scenario.network.send_buffer = 10_000;
    scenario
}

pub(super) fn leak_descriptor() -> Scenario {
    let steps = vec![send("in and out\n"), Step::Await, Step::Close];
    let mut scenario = scenario(
        "Descriptors that nobody closes",
        "Twenty clients come and go, one after the other, and each leaves an open descriptor behind: of twelve \
         none is left before the last has come, and nobody is let in any more.",
        Program::Event,
        vec![ClientSpec::many(20, micros(100), millis(1), steps)],
    )
    .suits(&[TASKS, LOOPS])
    .with(Quirks::LEAK_DESCRIPTOR);
    scenario.machine.descriptors_max = 12;
    // It would ask for a descriptor for ever.
    scenario.until = Some(millis(300));
    scenario
}

pub(super) fn off_by_one() -> Scenario {
    let talks = vec![send("in time\n"), Step::Await];
    let silent = ClientSpec::many(1_030, millis(1), Nanos::ZERO, Vec::new());
    let mut scenario = scenario(
        "One slot past the end",
        "More clients come than the sets of select have bits: the one with number 1,024 is to be turned away like \
         those after it, and is taken instead, though it can never be watched.",
        Program::Select,
        vec![ClientSpec::one(micros(100), talks), silent],
    )
    .suits(&[&[Program::Select, Program::Event, Program::Bufferevent]])
    .with(Quirks::OFF_BY_ONE);
    scenario.settings.backend = Backend::Select;
    scenario.machine.descriptors_max = 2_000;
    scenario.network.backlog = 2_000;
    scenario
}

/// A client that sends a line of sixteen bytes and waits for the answer, twenty times.
fn a_line_at_a_time() -> Vec<ClientSpec> {
    vec![ClientSpec { repeat: 20, ..ClientSpec::one(micros(100), vec![line(16), Step::Await]) }]
}

pub(super) fn byte_reads() -> Scenario {
    scenario(
        "A call for each byte",
        "Lines of sixteen bytes are read a byte at a time: sixteen calls and one more for the answer, where two \
         would do.",
        Program::Fork,
        a_line_at_a_time(),
    )
    .suits(&[TASKS, LOOPS])
    .with(Quirks::BYTE_READS)
}

pub(super) fn write_interest_first() -> Scenario {
    scenario(
        "May I write?",
        "Before each answer the kernel is asked whether there is room for it, and there always is: the question \
         costs calls for each line.",
        Program::Event,
        a_line_at_a_time(),
    )
    .suits(&[TASKS, LOOPS])
    .with(Quirks::WRITE_INTEREST_FIRST)
}

pub(super) fn flush_overlong() -> Scenario {
    scenario(
        "A line feed too many",
        "A line of 20,001 bytes is answered in two pieces, each with a line feed of its own: more comes back than \
         was sent.",
        Program::Bufferevent,
        vec![ClientSpec::one(micros(100), vec![line(20_001), Step::Await, Step::Close])],
    )
    .suits(&[TASKS, LOOPS])
    .with(Quirks::FLUSH_OVERLONG)
}

pub(super) fn sigpipe() -> Scenario {
    let leaves = vec![Step::SendLines { lines: 4_000, bytes: 50 }, Step::Close];
    let stays = vec![Step::Think(millis(100)), send("are you there?\n"), Step::Await, Step::Close];
    scenario(
        "One leaves, and all are gone",
        "A client leaves while it is being answered, and the next send raises SIGPIPE: a process that does not \
         ignore it is killed, and the other client's connection with it.",
        Program::Bufferevent,
        vec![ClientSpec::one(Nanos::ZERO, stays), ClientSpec::one(millis(1), leaves)],
    )
    .suits(&[TASKS, LOOPS])
    .with(Quirks::SIGPIPE)
}
