//! Permalinks: the state of the page as a versioned hash, such as
//! `#/v1/simulate/select?scenario=slow-reader&seed=7&at=123&fd=7`.
//!
//! What is as usual is left out. Each field is read leniently: what cannot be understood is as usual, and the
//! reader is told, so that a damaged link still opens something. Links of older versions are upgraded here, for
//! good.

use std::fmt;

use loopscope_shared::ids::{Fd, Seq};
use loopscope_shared::scenario::{Injection, PRESETS, Step};
use loopscope_shared::servers::Program;
use loopscope_shared::time::Nanos;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::model::tour::{self, STATIONS};
use crate::store::tuning::Tuning;
use crate::store::{Cursor, Mode, default_scenario};

/// How many additions to a scenario a link may bring: enough for a session by hand, few enough that a link
/// cannot keep the browser busy.
pub const INJECTIONS_MAX: usize = 200;

/// What a link says.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Where the events come from.
    pub mode: Mode,
    /// The program that is simulated.
    pub program: Program,
    /// The scenario.
    pub scenario: String,
    /// What the reader sets of the program.
    pub tuning: Tuning,
    /// The seed, if it is not the scenario's own.
    pub seed: Option<u64>,
    /// The cursor.
    pub at: Cursor,
    /// The chosen descriptor.
    pub fd: Option<Fd>,
    /// What was added to the scenario.
    pub injections: Vec<Injection>,
    /// The station of the guided tour, by its index.
    pub tour: Option<usize>,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            mode: Mode::Simulate,
            program: Program::Select,
            scenario: default_scenario(),
            tuning: Tuning::default(),
            seed: None,
            at: Cursor::Home,
            fd: None,
            injections: Vec::new(),
            tour: None,
        }
    }
}

/// All that is not to be taken literally in a value.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b':');

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#/v1/{}", self.mode.name())?;
        if !self.mode.is_simulated() {
            return Ok(());
        }
        write!(f, "/{}", self.program.name())?;
        let mut fields = Vec::new();
        if self.scenario != default_scenario() {
            fields.push(("scenario", self.scenario.clone()));
        }
        fields.extend(self.tuning.fields());
        fields.extend(self.seed.map(|seed| ("seed", seed.to_string())));
        match self.at {
            Cursor::Home => {}
            Cursor::At(at) => fields.push(("at", at.to_string())),
            Cursor::End => fields.push(("at", "end".to_owned())),
        }
        fields.extend(self.fd.map(|fd| ("fd", fd.to_string())));
        fields.extend(self.injections.iter().map(|injection| ("add", injection_text(injection))));
        fields.extend(self.tour.map(|at| ("tour", STATIONS[at].program.name().to_owned())));
        for (index, (name, value)) in fields.iter().enumerate() {
            let sign = if index == 0 { '?' } else { '&' };
            write!(f, "{sign}{name}={}", utf8_percent_encode(value, ESCAPED))?;
        }
        Ok(())
    }
}

/// What reading a hash gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// The link, as usual where the hash says nothing that can be understood.
    pub link: Link,
    /// Whether the hash says where the events come from.
    pub says_mode: bool,
    /// What the reader must know of it.
    pub warning: Option<String>,
}

/// Reads the hash of an address, with or without its `#`.
pub fn open(hash: &str) -> Opened {
    let text = hash.trim_start_matches('#').trim_start_matches('/');
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let mut parts = path.split('/');
    let version = parts.next().unwrap_or_default();
    let mut link = Link::default();
    if version.is_empty() {
        return Opened { link, says_mode: false, warning: None };
    }
    if version != "v1" {
        let warning = format!(
            "This link is of a version ({version}) that this page does not know: it shows what it usually shows. \
             A newer build of Loopscope may open it."
        );
        return Opened { link, says_mode: false, warning: Some(warning) };
    }
    let mut warnings = Vec::new();
    let mode = parts.next().unwrap_or_default();
    let known = if mode.is_empty() { Some(Mode::Simulate) } else { Mode::named(mode) };
    link.mode = known.unwrap_or_default();
    match known {
        Some(Mode::Live | Mode::Trace) => {}
        Some(Mode::Simulate | Mode::Compare | Mode::Scale) => {
            let name = parts.next().unwrap_or_default();
            match Program::named(name) {
                Some(program) => link.program = program,
                None if name.is_empty() => {}
                None => warnings.push(format!("This link names a server that this page lacks: {name}.")),
            }
            read_fields(&mut link, query, &mut warnings);
        }
        None => {
            let known = Mode::ALL.map(Mode::name).join(", ");
            let warning = format!(
                "This link asks for {mode}, and this page knows {known}: it shows what it usually shows."
            );
            return Opened { link, says_mode: false, warning: Some(warning) };
        }
    }
    let warning = (!warnings.is_empty()).then(|| warnings.join(" "));
    Opened { link, says_mode: true, warning }
}

/// How many fields that cannot be read are named to the reader: the rest is counted.
const UNREAD_NAMED: usize = 3;

/// How much of such a field is shown, in characters: enough to find it again.
const UNREAD_SHOWN: usize = 40;

/// Reads the fields of a query into the link, and adds what the reader must know of them.
fn read_fields(link: &mut Link, query: &str, warnings: &mut Vec<String>) {
    let mut unread = Vec::new();
    for (name, value) in query.split('&').filter_map(|field| field.split_once('=')) {
        let value = percent_decode_str(value).decode_utf8_lossy();
        if name == "scenario" && !PRESETS.contains(&&*value) {
            warnings.push(format!("This link names a scenario that this page lacks: {value}."));
        } else if read_field(link, name, &value).is_none() {
            let value: String = value.chars().take(UNREAD_SHOWN).collect();
            unread.push(format!("{name}={value}"));
        }
    }
    if !unread.is_empty() {
        let more = match unread.len().saturating_sub(UNREAD_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        unread.truncate(UNREAD_NAMED);
        let named = unread.join(", ");
        warnings.push(format!("What cannot be read in this link is left out: {named}{more}."));
    }
}

/// Reads one field into the link; `None` if it cannot be read. Names that are not known are of no concern: a
/// newer page may have written them.
fn read_field(link: &mut Link, name: &str, value: &str) -> Option<()> {
    match name {
        "scenario" => value.clone_into(&mut link.scenario),
        "seed" => link.seed = Some(value.parse().ok()?),
        "at" if value == "end" => link.at = Cursor::End,
        "at" => link.at = Cursor::At(Seq(value.parse().ok()?)),
        "fd" => link.fd = Some(Fd(value.parse().ok()?)),
        "tour" => link.tour = Some(tour::station(value)?),
        "add" if link.injections.len() >= INJECTIONS_MAX => return None,
        "add" => link.injections.push(read_injection(value)?),
        _ => {
            link.tuning.read(name, value)?;
        }
    }
    Some(())
}

/// `1834000:4:send:hello`: when in nanoseconds, which client, what, and with what.
fn injection_text(injection: &Injection) -> String {
    let step = match &injection.step {
        Step::Send(text) => format!("send:{text}"),
        Step::SendLines { lines, bytes } => format!("lines:{lines}:{bytes}"),
        Step::Think(span) => format!("think:{}", span.0),
        Step::Await => "await".to_owned(),
        Step::Read(true) => "read".to_owned(),
        Step::Read(false) => "stop-reading".to_owned(),
        Step::HalfClose => "half-close".to_owned(),
        Step::Close => "close".to_owned(),
        Step::Reset => "reset".to_owned(),
    };
    format!("{}:{}:{step}", injection.at.0, injection.client)
}

fn read_injection(text: &str) -> Option<Injection> {
    let mut parts = text.splitn(4, ':');
    let at = Nanos(parts.next()?.parse().ok()?);
    let client = parts.next()?.parse().ok()?;
    let (name, rest) = (parts.next()?, parts.next().unwrap_or_default());
    let step = match name {
        "send" => Step::Send(rest.to_owned()),
        "lines" => {
            let (lines, bytes) = rest.split_once(':')?;
            Step::SendLines { lines: lines.parse().ok()?, bytes: bytes.parse().ok()? }
        }
        "think" => Step::Think(Nanos(rest.parse().ok()?)),
        "await" => Step::Await,
        "read" => Step::Read(true),
        "stop-reading" => Step::Read(false),
        "half-close" => Step::HalfClose,
        "close" => Step::Close,
        "reset" => Step::Reset,
        _ => return None,
    };
    Some(Injection { at, client, step })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_of_version_1_is_read() {
        let opened =
            open("#/v1/simulate/epoll?scenario=slow-reader&seed=7&at=123&fd=7&add=1834000:4:send:hi%0A");
        let link = Link {
            mode: Mode::Simulate,
            program: Program::Epoll,
            scenario: "slow-reader".into(),
            tuning: Tuning::default(),
            seed: Some(7),
            at: Cursor::At(Seq(123)),
            fd: Some(Fd(7)),
            injections: vec![Injection { at: Nanos(1_834_000), client: 4, step: Step::Send("hi\n".into()) }],
            tour: None,
        };
        assert_eq!(opened, Opened { link, says_mode: true, warning: None });
        assert_eq!(open("#/v1/live").link.mode, Mode::Live);
        let tour = open("#/v1/simulate/select?scenario=many-idle&tour=select").link;
        assert_eq!(tour.tour.map(|at| STATIONS[at].program), Some(Program::Select));
        assert_eq!(open(&tour.to_string()).link, tour);
    }

    #[test]
    fn what_is_as_usual_is_left_out() {
        assert_eq!(Link::default().to_string(), "#/v1/simulate/select");
        assert_eq!(open("#/v1/simulate/select").link, Link::default());
        assert!(!open("").says_mode);
        let end = Link { at: Cursor::End, ..Link::default() };
        assert_eq!(open(&end.to_string()).link, end);
    }

    #[test]
    fn every_step_comes_back_from_its_link() {
        let steps = [
            Step::Send("a:b & c=d?\n%é".into()),
            Step::SendLines { lines: 3, bytes: 64 },
            Step::Think(Nanos(5)),
            Step::Await,
            Step::Read(true),
            Step::Read(false),
            Step::HalfClose,
            Step::Close,
            Step::Reset,
        ];
        let inject = |step: &Step| Injection { at: Nanos(10), client: 2, step: step.clone() };
        let link = Link { injections: steps.iter().map(inject).collect(), ..Link::default() };
        assert_eq!(open(&link.to_string()).link, link);
    }

    #[test]
    fn a_field_that_cannot_be_read_is_as_usual() {
        let opened = open("#/v1/simulate/select?at=many&fd=-&add=1:2&add=x&colour=red&seed=9&&=");
        assert_eq!(opened.link, Link { seed: Some(9), ..Link::default() });
        let warning = opened.warning.unwrap();
        assert!(warning.contains("at=many, fd=-, add=1:2 and 1 more"), "{warning}");
        assert!(!warning.contains("colour"), "a newer page may know it: {warning}");
    }

    #[test]
    fn what_a_link_asks_for_in_vain_is_said() {
        assert!(open("#/v9/simulate/select").warning.unwrap().contains("v9"));
        assert!(open("#/v1/simulate/nonesuch").warning.unwrap().contains("nonesuch"));
        let recorded = open("#/v1/recorded/foo");
        assert!(
            recorded
                .warning
                .unwrap()
                .contains("asks for recorded, and this page knows simulate, live, trace")
        );
        assert_eq!((recorded.link, recorded.says_mode), (Link::default(), false));
        let opened = open("#/v1/simulate/mio?scenario=nonsense");
        assert_eq!(opened.link.program, Program::Mio);
        assert!(opened.warning.unwrap().contains("nonsense"));
    }

    #[test]
    fn a_link_brings_no_more_than_the_limit() {
        let many = "&add=1:2:close".repeat(INJECTIONS_MAX + 10);
        let opened = open(&format!("#/v1/simulate/select?at=1{many}"));
        assert_eq!(opened.link.injections.len(), INJECTIONS_MAX);
        assert!(opened.warning.unwrap().contains("and 7 more"));
    }
}
