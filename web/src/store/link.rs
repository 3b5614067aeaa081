//! Permalinks: the state of the page as a versioned hash, such as
//! `#/v2/simulate/select?scenario=slow-reader&seed=7&at=123&fd=7.2`.
//!
//! What is as usual is left out. Each field is read leniently: what cannot be understood is as usual, and the
//! reader is told, so that a damaged link still opens something. Links of older versions are upgraded here, for
//! good.

mod injection;
mod own;
mod run;
mod scaling;

use std::fmt;

use loopscope_shared::ids::{PeerId, Seq, TaskId};
use loopscope_shared::servers::Program;
use loopscope_shared::sorted::SortedSet;
use loopscope_shared::time::Nanos;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str};

use crate::messages as m;
use crate::model::selection::{Name, Selection};
use crate::model::tour::{self, STATIONS};
use crate::store::{BESIDE_MAX, Cursor, Mode, Pace, Race, Run, Scaling};

/// How many additions to a scenario a link may bring: enough for a session by hand, few enough that a link
/// cannot keep the browser busy.
pub const INJECTIONS_MAX: usize = 200;

/// How many marks a link may bring: an address of a few hundred letters can still be sent about.
pub const MARKS_MAX: usize = 50;

/// The value of the field `mode` of a page that is a part of another one.
const EMBEDDED: &str = "embedded";

/// The version that is written.
const VERSION: &str = "v2";

/// The versions that are read, each as long as there may be links of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    /// Did not tell the lives of a number apart: `fd=7` was whichever there is.
    V1,
    /// Names descriptors with the life of their number.
    V2,
}

impl Version {
    fn named(name: &str) -> Option<Self> {
        match name {
            "v1" => Some(Self::V1),
            VERSION => Some(Self::V2),
            _ => None,
        }
    }

    /// The value of a field as the version says it that is written today.
    fn upgraded(self, name: &str, value: &str) -> String {
        match (self, name) {
            (Self::V1, "fd") => format!("{value}.0"),
            _ => value.to_owned(),
        }
    }
}

/// What a link says.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Where the events come from.
    pub mode: Mode,
    /// What is simulated.
    pub run: Run,
    /// The runs beside it.
    pub beside: Vec<Run>,
    /// How far compared runs are.
    pub race: Race,
    /// Which costs are shown against the number of connections.
    pub scaling: Scaling,
    /// The cursor.
    pub at: Cursor,
    /// What is chosen.
    pub selected: Option<Selection>,
    /// The places that are marked.
    pub marks: SortedSet<Seq>,
    /// Whether the page is a part of another one, and shows the stage and the transport alone.
    pub embedded: bool,
    /// The station of the guided tour, by its index.
    pub tour: Option<usize>,
    /// Where on the page's host a file is to be opened from.
    pub from: Option<String>,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            mode: Mode::Simulate,
            run: Run::default(),
            beside: Vec::new(),
            race: Race::default(),
            scaling: Scaling::default(),
            at: Cursor::Home,
            selected: None,
            marks: SortedSet::new(),
            embedded: false,
            tour: None,
            from: None,
        }
    }
}

/// All that is not to be taken literally in a value.
const ESCAPED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b':').remove(b',');

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#/{VERSION}/{}", self.mode.name())?;
        let mut fields = match self.mode {
            Mode::Live => Vec::new(),
            Mode::Trace => {
                let from = self.from.iter().map(|from| ("from", from.clone()));
                from.chain(self.cursor_field()).collect()
            }
            Mode::Scale => scaling::fields(&self.scaling),
            Mode::Simulate | Mode::Compare => {
                write!(f, "/{}", self.run.program.name())?;
                self.fields()
            }
        };
        fields.extend(self.embedded.then(|| ("mode", EMBEDDED.to_owned())));
        f.write_str(&run::query(&fields))
    }
}

impl Link {
    /// The fields of one or more simulated runs.
    fn fields(&self) -> Vec<run::Field> {
        let mut fields = run::fields(&self.run);
        match self.mode {
            Mode::Compare => {
                let Race { pace, at } = self.race;
                fields.extend((pace != Pace::default()).then(|| ("by", pace.name().to_owned())));
                fields.extend((at > 0).then(|| ("at", at.to_string())));
            }
            _ => fields.extend(self.cursor_field()),
        }
        fields.extend(self.selected.map(selected_field));
        let marks: Vec<String> = self.marks.iter().map(Seq::to_string).collect();
        fields.extend((!marks.is_empty()).then(|| ("marks", marks.join(","))));
        fields.extend(self.beside.iter().map(|run| run::beside(run, &self.run)));
        fields.extend(self.tour.map(|at| ("tour", STATIONS[at].program.name().to_owned())));
        fields
    }

    /// The field that says where the cursor is.
    fn cursor_field(&self) -> Option<run::Field> {
        match self.at {
            Cursor::Home => None,
            Cursor::At(at) => Some(("at", at.to_string())),
            Cursor::Time(now) => Some(("at", format!("{}ns", now.0))),
            Cursor::End => Some(("at", "end".to_owned())),
        }
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
    let Some(version) = Version::named(version) else {
        let warning = m::link_version(version);
        return Opened { link, says_mode: false, warning: Some(warning) };
    };
    let mut warnings = Vec::new();
    let mode = parts.next().unwrap_or_default();
    let known = if mode.is_empty() { Some(Mode::Simulate) } else { Mode::named(mode) };
    link.mode = known.unwrap_or_default();
    match known {
        Some(Mode::Live | Mode::Trace) => read_fields(&mut link, version, query, &mut warnings),
        Some(Mode::Simulate | Mode::Compare | Mode::Scale) => {
            // `select,epoll` are compared.
            let names = parts.next().unwrap_or_default().split(',').filter(|name| !name.is_empty());
            let (known, unknown): (Vec<&str>, Vec<&str>) =
                names.partition(|name| Program::named(name).is_some());
            warnings.extend((!unknown.is_empty()).then(|| m::link_program(unknown.join(", "))));
            let mut programs = known.into_iter().filter_map(Program::named);
            link.run.program = programs.next().unwrap_or(link.run.program);
            read_fields(&mut link, version, query, &mut warnings);
            let load = link.run.load.clone();
            let others =
                programs.map(|program| Run { program, tuning: Default::default(), load: load.clone() });
            let room =
                if link.mode == Mode::Compare { BESIDE_MAX.saturating_sub(link.beside.len()) } else { 0 };
            link.beside.extend(others.take(room));
        }
        None => {
            let known = Mode::ALL.map(Mode::name).join(", ");
            let warning = m::link_mode(mode, known);
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
fn read_fields(link: &mut Link, version: Version, query: &str, warnings: &mut Vec<String>) {
    let (mut unread, mut unknown) = (Vec::new(), Vec::new());
    let fields =
        || query.split('&').filter_map(|field| field.split_once('=')).filter(|(name, _)| !name.is_empty());
    // What is beside a run refers to it, wherever it stands.
    let (beside, first): (Vec<_>, Vec<_>) = fields().partition(|(name, _)| *name == "with");
    for (name, value) in first.into_iter().chain(beside) {
        let value = percent_decode_str(value).decode_utf8_lossy();
        let read = read_field(link, name, &version.upgraded(name, &value));
        if read == Some(true) {
            continue;
        }
        if read == Some(false) {
            unknown.push(shortened(name));
        } else if name == "scenario" {
            warnings.push(m::link_scenario(value));
        } else {
            unread.push(format!("{}={}", shortened(name), shortened(&value)));
        }
    }
    warnings.extend(some(unread).map(|(named, more)| m::link_unread(named, more)));
    warnings.extend(some(unknown).map(|(named, more)| m::link_unknown(named, more)));
}

/// The beginning of something that came with a link.
fn shortened(text: &str) -> String {
    text.chars().take(UNREAD_SHOWN).collect()
}

/// The first of these, and how many more there are, in words; `None` if there are none.
fn some(mut these: Vec<String>) -> Option<(String, String)> {
    let more = match these.len().saturating_sub(UNREAD_NAMED) {
        0 => String::new(),
        more => m::link_more(more),
    };
    these.truncate(UNREAD_NAMED);
    (!these.is_empty()).then(|| (these.join(", "), more))
}

/// Reads one field into the link: whether its name is known, and `None` if it cannot be read.
fn read_field(link: &mut Link, name: &str, value: &str) -> Option<bool> {
    match name {
        "at" if link.mode == Mode::Compare => link.race.at = value.parse().ok()?,
        "at" if value == "end" => link.at = Cursor::End,
        "at" => link.at = read_cursor(value)?,
        "by" => link.race.pace = Pace::named(value)?,
        // One thing is chosen at a time: the first that a link names.
        "fd" => choose(link, Selection::Descriptor(Name::read(value)?)),
        "task" => choose(link, Selection::Task(TaskId(value.parse().ok()?))),
        "client" => choose(link, Selection::Client(PeerId(value.parse().ok()?))),
        "marks" => link.marks = read_marks(value)?,
        "mode" if value == EMBEDDED => link.embedded = true,
        "mode" => return None,
        // A path on the page's own host, and nowhere else: what a link opens is never sent anywhere.
        "from" if value.starts_with('/') && !value.starts_with("//") => link.from = Some(value.to_owned()),
        "from" => return None,
        "tour" => link.tour = Some(tour::station(value)?),
        "with" if link.beside.len() >= BESIDE_MAX => return None,
        "with" => link.beside.push(run::read_beside(value, &link.run)?),
        _ if link.mode == Mode::Scale => return scaling::read(&mut link.scaling, name, value),
        _ => return run::read(&mut link.run, name, value),
    }
    Some(true)
}

fn choose(link: &mut Link, selection: Selection) {
    link.selected = link.selected.or(Some(selection));
}

/// The field that says what is chosen.
fn selected_field(selected: Selection) -> run::Field {
    match selected {
        Selection::Descriptor(name) => ("fd", name.to_string()),
        Selection::Task(task) => ("task", task.to_string()),
        Selection::Client(peer) => ("client", peer.to_string()),
    }
}

/// `12,345` are two places, with commas between them.
fn read_marks(value: &str) -> Option<SortedSet<Seq>> {
    let marks =
        value.split(',').map(|mark| Some(Seq(mark.parse().ok()?))).collect::<Option<SortedSet<Seq>>>()?;
    (marks.len() <= MARKS_MAX).then_some(marks)
}

/// `123` is a number of events, `1834000ns` an instant.
fn read_cursor(value: &str) -> Option<Cursor> {
    match value.strip_suffix("ns") {
        Some(nanos) => Some(Cursor::Time(Nanos(nanos.parse().ok()?))),
        None => Some(Cursor::At(Seq(value.parse().ok()?))),
    }
}

#[cfg(test)]
mod tests;
