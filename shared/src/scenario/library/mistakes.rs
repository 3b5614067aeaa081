//! Presets in which one of the chapter's mistakes bites. Each has the mistake's own name; the mistakes that are
//! not here have a preset among the others.

use super::{LOOPS, TASKS, micros, millis, scenario, send};
use crate::messages;
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
        messages::preset_drop_overflow(),
        messages::preset_drop_overflow_look_for(),
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
        messages::preset_creeping_indices(),
        messages::preset_creeping_indices_look_for(),
        Program::Select,
        vec![ClientSpec::one(micros(100), steps)],
    )
    .suits(&[TASKS, LOOPS])
    .with(Quirks::CREEPING_INDICES)
}

pub(super) fn reset_to_one() -> Scenario {
    let steps = vec![line(FULL), Step::Await, Step::Think(millis(1)), line(FULL), Step::Await, Step::Close];
    scenario(
        messages::preset_reset_to_one(),
        messages::preset_reset_to_one_look_for(),
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
        messages::preset_read_on(),
        messages::preset_read_on_look_for(),
        Program::Select,
        does_not_read(),
    )
    .suits(&[TASKS, LOOPS])
    .with(Quirks::READ_ON)
}

pub(super) fn unlimited_output() -> Scenario {
    scenario(
        messages::preset_unlimited_output(),
        messages::preset_unlimited_output_look_for(),
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
        messages::preset_free_on_eof(),
        messages::preset_free_on_eof_look_for(),
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
        messages::preset_leak_descriptor(),
        messages::preset_leak_descriptor_look_for(),
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
        messages::preset_off_by_one(),
        messages::preset_off_by_one_look_for(),
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
        messages::preset_byte_reads(),
        messages::preset_byte_reads_look_for(),
        Program::Fork,
        a_line_at_a_time(),
    )
    .suits(&[TASKS, LOOPS])
    .with(Quirks::BYTE_READS)
}

pub(super) fn write_interest_first() -> Scenario {
    scenario(
        messages::preset_write_interest_first(),
        messages::preset_write_interest_first_look_for(),
        Program::Event,
        a_line_at_a_time(),
    )
    .suits(&[TASKS, LOOPS])
    .with(Quirks::WRITE_INTEREST_FIRST)
}

pub(super) fn flush_overlong() -> Scenario {
    scenario(
        messages::preset_flush_overlong(),
        messages::preset_flush_overlong_look_for(),
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
        messages::preset_sigpipe(),
        messages::preset_sigpipe_look_for(),
        Program::Bufferevent,
        vec![ClientSpec::one(Nanos::ZERO, stays), ClientSpec::one(millis(1), leaves)],
    )
    .suits(&[TASKS, LOOPS])
    .with(Quirks::SIGPIPE)
}
