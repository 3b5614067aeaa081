//! The code panel: source text in tokens, the lines at which tasks are, and the calls of a line.

mod calls;

use loopscope_shared::event::{Call, Ret};
use loopscope_shared::ids::{Fd, TaskId};
use loopscope_shared::servers::SOURCES;
use loopscope_shared::world::{Task, TaskState, World};

use crate::messages as m;

pub use calls::{LineCall, LineCalls, calls_of};

/// What a piece of source is, as far as colours need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything else.
    Plain,
    /// A word of the language.
    Keyword,
    /// A type, a trait, a constant: a word that begins with a capital.
    Type,
    /// A name before an opening parenthesis.
    Function,
    /// A string, a character or a number.
    Literal,
    /// A comment, to the end of the line.
    Comment,
}

/// The words of the language that the servers use.
const KEYWORDS: &[&str] = &[
    "as", "async", "await", "break", "const", "continue", "crate", "else", "enum", "false", "fn", "for",
    "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "Self",
    "static", "struct", "super", "trait", "true", "type", "use", "where", "while",
];

/// A line of source, in pieces.
pub fn tokens(line: &str) -> Vec<(Kind, &str)> {
    let mut pieces: Vec<(Kind, &str)> = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = token(rest, first);
        let (piece, after) = rest.split_at(length);
        pieces.push((kind, piece));
        rest = after;
    }
    pieces
}

/// What stands at the beginning of a text that begins with `first`, and how many bytes it has.
fn token(text: &str, first: char) -> (Kind, usize) {
    let word = |text: &str| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    if text.starts_with("//") {
        return (Kind::Comment, text.len());
    }
    if first == '"' {
        return (Kind::Literal, text[1..].find('"').map_or(text.len(), |end| end + 2));
    }
    if first == '\'' && text[1..].find('\'').is_some_and(|end| end == 1 || text[1..].starts_with('\\')) {
        return (Kind::Literal, text[1..].find('\'').map_or(text.len(), |end| end + 2));
    }
    if first.is_ascii_digit() {
        return (Kind::Literal, word(text));
    }
    if first.is_alphabetic() || first == '_' {
        let length = word(text);
        let kind = match &text[..length] {
            name if KEYWORDS.contains(&name) => Kind::Keyword,
            _ if first.is_uppercase() => Kind::Type,
            _ if text[length..].starts_with('(') || text[length..].starts_with("::<") => Kind::Function,
            _ => Kind::Plain,
        };
        return (kind, length);
    }
    let plain = text.find(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '\'' | '/'));
    (Kind::Plain, plain.filter(|end| *end > 0).unwrap_or_else(|| first.len_utf8()))
}

/// Where a task is, and what its call has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// The task.
    pub task: TaskId,
    /// The source in which it is: its index in [`SOURCES`].
    pub source: usize,
    /// The line, from 1.
    pub line: u32,
    /// What the call has come to: `= 3`, or that it sleeps.
    pub note: String,
    /// Whether it sleeps in the call.
    pub asleep: bool,
}

/// Where the program is in its source, if it has made a call yet: the task that the reader has chosen, or that acted
/// last, else the first.
pub fn running(world: &World, acting: TaskId) -> Option<Running> {
    let first = || world.tasks.iter().find(|(_, task)| task.place().is_some());
    let acts = world.tasks.get_key_value(&acting).filter(|(_, task)| task.place().is_some());
    let (id, task) = acts.or_else(first)?;
    place_of(*id, task)
}

/// Where the other tasks are that live, in the order of their lines; only those in this source.
pub fn others(world: &World, of: &Running) -> Vec<Running> {
    let alive = world.tasks.iter().filter(|(id, task)| **id != of.task && task.state.is_alive());
    let places = alive.filter_map(|(id, task)| place_of(*id, task));
    let mut places: Vec<Running> = places.filter(|place| place.source == of.source).collect();
    places.sort_by_key(|place| (place.line, place.task));
    places
}

fn place_of(id: TaskId, task: &Task) -> Option<Running> {
    let place = task.place()?;
    let source = usize::from(place.source);
    SOURCES.get(source)?;
    let asleep = task.state == TaskState::Blocked;
    Some(Running { task: id, source, line: place.line, note: note(task), asleep })
}

fn note(task: &Task) -> String {
    match (&task.call, &task.last, task.state) {
        (Some(_), _, TaskState::Blocked) => m::code_asleep().to_owned(),
        (Some(_), _, TaskState::Runnable) => m::code_woken().to_owned(),
        (Some(_), ..) => m::code_in_kernel().to_owned(),
        (None, Some(last), _) => {
            format!("{} · {}", result(last.call, last.ret), last.left.since(last.entered))
        }
        (None, None, _) => String::new(),
    }
}

/// What a call returned, in short: `= 6`, `= fd 7`, `EAGAIN`.
pub fn result(call: Call, ret: Ret) -> String {
    match (call, ret) {
        (_, Err(errno)) => format!("= {errno}"),
        (
            Call::Accept { .. }
            | Call::EpollCreate
            | Call::Kqueue
            | Call::PortCreate
            | Call::DevPollOpen
            | Call::RingSetup { .. }
            | Call::CompletionPortCreate
            | Call::Socket
            | Call::Dup { .. },
            Ok(fd),
        ) => format!("= fd {}", Fd(fd as i32)),
        (Call::Fork | Call::SpawnThread, Ok(task)) => format!("= task {task}"),
        (_, Ok(value)) => format!("= {value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_falls_into_its_tokens_and_none_is_lost() {
        let line = r#"    let Some(x) = k.recv(fd, "a // b").await?; // 12 'q'"#;
        let pieces = tokens(line);
        assert_eq!(pieces.iter().map(|(_, text)| *text).collect::<String>(), line);
        let of = |kind: Kind| -> Vec<&str> {
            pieces.iter().filter(|(k, _)| *k == kind).map(|(_, text)| *text).collect()
        };
        assert_eq!(of(Kind::Keyword), ["let", "await"]);
        assert_eq!(of(Kind::Type), ["Some"]);
        assert_eq!(of(Kind::Function), ["recv"]);
        assert_eq!(of(Kind::Literal), [r#""a // b""#]);
        assert_eq!(of(Kind::Comment), ["// 12 'q'"]);
    }

    #[test]
    fn every_source_comes_out_as_it_went_in() {
        for line in SOURCES.iter().flat_map(|source| source.text.lines()) {
            assert_eq!(tokens(line).into_iter().map(|(_, text)| text).collect::<String>(), line);
        }
    }

    #[test]
    fn a_lifetime_is_no_character() {
        assert_eq!(tokens("'a '\\n' 'x'")[..2], [(Kind::Plain, "'"), (Kind::Plain, "a")]);
        assert!(tokens("'\\n'").contains(&(Kind::Literal, "'\\n'")));
    }

    #[test]
    fn a_result_says_what_the_number_is() {
        assert_eq!(result(Call::Accept { fd: Fd(3) }, Ok(7)), "= fd 7");
        assert_eq!(result(Call::EpollCreate, Err(loopscope_shared::errno::Errno::EMFILE)), "= EMFILE");
    }
}
