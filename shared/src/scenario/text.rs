//! Scenarios as text: TOML for people, JSON with the same names. Written, what is as usual is left out.

use serde::Serialize;
use toml::{Table, Value};

use crate::scenario::{ClientSpec, HostSpec, Scenario, Step};

impl Scenario {
    /// Reads TOML.
    ///
    /// # Errors
    /// What it says wrongly, with the line and the column. Limits are another matter: [`Scenario::check`].
    pub fn from_toml(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())
    }

    /// Reads JSON.
    ///
    /// # Errors
    /// What it says wrongly, with the line and the column. Limits are another matter: [`Scenario::check`].
    pub fn from_json(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// Writes TOML that [`Scenario::from_toml`] reads.
    pub fn to_toml(&self) -> String {
        let table = self.unusual();
        let text = toml::to_string_pretty(&table).unwrap_or_default();
        let flat = on_one_line(&text);
        let same = toml::from_str::<Table>(&flat).is_ok_and(|read| read == table);
        if same { flat } else { text }
    }

    /// Writes JSON that [`Scenario::from_json`] reads, on one line.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.unusual()).unwrap_or_default()
    }

    /// What is not as usual in it.
    fn unusual(&self) -> Table {
        let mut table = table_of(self);
        strip(&mut table, &table_of(&Self::default()));
        for (list, usual) in
            [("clients", table_of(&ClientSpec::default())), ("hosts", table_of(&HostSpec::default()))]
        {
            for item in table.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                if let Value::Table(item) = item {
                    strip(item, &usual);
                }
            }
        }
        table
    }
}

/// Steps are written as in a file, one a line and without quotes around a lone word: `await`,
/// `send = "Hello\n"`.
impl Step {
    /// Reads one line.
    ///
    /// # Errors
    /// What it says wrongly.
    pub fn from_line(line: &str) -> Result<Self, String> {
        let line = line.trim();
        let word = line.chars().all(|letter| letter.is_ascii_alphabetic() || letter == '_');
        let text = if word { format!("step = \"{line}\"") } else { format!("step = {{ {line} }}") };
        let read = toml::from_str::<Line>(&text);
        read.map(|line| line.step).map_err(|error| error.message().to_owned())
    }

    /// Writes a line that [`Step::from_line`] reads.
    pub fn to_line(&self) -> String {
        if let Self::Send(text) = self {
            return format!("send = {}", quoted(text));
        }
        let text = match Value::try_from(self) {
            Ok(Value::String(word)) => return word,
            Ok(table) => table.to_string(),
            Err(_) => String::new(),
        };
        let inner = text.trim().strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        inner.map_or_else(|| text.clone(), |inner| inner.trim().to_owned())
    }
}

/// A text as TOML writes it on one line.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            control if control.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(control))),
            letter => out.push(letter),
        }
    }
    out + "\""
}

/// A line of steps, for the reader of TOML.
#[derive(serde::Deserialize)]
struct Line {
    step: Step,
}

/// Writes strings with line feeds in them on one line, `"Hello\n"`: here a line feed is a byte that is sent, and
/// not for the eye.
fn on_one_line(text: &str) -> String {
    let mut flat = String::with_capacity(text.len());
    for (index, part) in text.split("\"\"\"").enumerate() {
        match index % 2 {
            0 => flat.push_str(part),
            _ => {
                let content = part.strip_prefix('\n').unwrap_or(part);
                let content = content.replace('"', r#"\""#).replace('\n', r"\n");
                flat.push_str(&format!("\"{content}\""));
            }
        }
    }
    flat
}

/// A part of a scenario as a table. All of it consists of what TOML can say.
fn table_of(value: &impl Serialize) -> Table {
    Table::try_from(value).unwrap_or_default()
}

/// Takes out of a table what is as in the other.
fn strip(table: &mut Table, usual: &Table) {
    table.retain(|key, value| {
        if let (Value::Table(inner), Some(Value::Table(usual))) = (&mut *value, usual.get(key)) {
            strip(inner, usual);
            return !inner.is_empty();
        }
        usual.get(key) != Some(value)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{PRESETS, preset};
    use crate::time::Nanos;

    fn presets() -> impl Iterator<Item = Scenario> {
        PRESETS.iter().filter_map(|name| preset(name))
    }

    #[test]
    fn a_preset_comes_back_from_its_file_in_either_form() {
        for scenario in presets() {
            let toml = scenario.to_toml();
            assert_eq!(Scenario::from_toml(&toml).as_ref(), Ok(&scenario), "{toml}");
            assert!(!toml.contains("\"\"\""), "{toml}");
            let json = serde_json::to_string_pretty(&scenario).unwrap();
            assert_eq!(Scenario::from_json(&json).as_ref(), Ok(&scenario), "{json}");
            let json = scenario.to_json();
            assert_eq!(Scenario::from_json(&json).as_ref(), Ok(&scenario), "{json}");
            assert_eq!(scenario.check(), Ok(()));
        }
    }

    #[test]
    fn what_is_not_known_is_refused_with_its_place() {
        let unknown = Scenario::from_toml("name = \"x\"\n\n[network]\nlatency_ms = 3\n").unwrap_err();
        for part in ["line 4", "column 1", "latency_ms", "latency_us"] {
            assert!(unknown.contains(part), "{unknown}");
        }
        let unknown =
            Scenario::from_toml("[[clients]]\nsteps = [\"await\", { thinks_us = 3 }]\n").unwrap_err();
        assert!(unknown.contains("line 2") && unknown.contains("thinks_us"), "{unknown}");
        let unknown = Scenario::from_json("{\n  \"clients\": [{\n    \"colour\": 1 }]\n}").unwrap_err();
        assert!(unknown.contains("line 3") && unknown.contains("colour"), "{unknown}");
        let negative = Scenario::from_toml("[[clients]]\nstart_us = -1\n").unwrap_err();
        assert!(negative.contains("line 2") && negative.contains("microseconds"), "{negative}");
    }

    #[test]
    fn any_text_comes_back_from_its_file_and_from_its_line() {
        for text in ["a\n", "\n", "\"\n", "\"\"\"\n\"\"\"\"", "'''\n\"\"\"\n'''", "\\n\n", "\r\n\t\u{1}\n"] {
            let step = Step::Send(text.to_owned());
            assert_eq!(Step::from_line(&step.to_line()).as_ref(), Ok(&step), "{}", step.to_line());
            let clients = vec![ClientSpec { steps: vec![step], ..ClientSpec::default() }];
            let scenario = Scenario { clients, ..Scenario::default() };
            let toml = scenario.to_toml();
            assert_eq!(Scenario::from_toml(&toml), Ok(scenario), "{toml}");
        }
    }

    #[test]
    fn every_step_has_its_line() {
        for step in [
            Step::Send("Hello\n".into()),
            Step::SendLines { lines: 3, bytes: 64 },
            Step::Think(Nanos(1_500)),
            Step::Await,
            Step::Read(false),
            Step::HalfClose,
            Step::Close,
            Step::Reset,
        ] {
            let line = step.to_line();
            assert!(!line.contains('\n'), "{line}");
            assert_eq!(Step::from_line(&line), Ok(step), "{line}");
        }
        assert_eq!(Step::from_line("half_close"), Ok(Step::HalfClose));
        assert_eq!(
            Step::from_line(" send_lines = { lines = 2, bytes = 9 }"),
            Ok(Step::SendLines { lines: 2, bytes: 9 })
        );
        assert!(Step::from_line("halfclose").unwrap_err().contains("half_close"));
        assert!(Step::from_line("read = maybe").is_err());
    }

    #[test]
    fn a_span_may_be_finer_than_its_unit() {
        let scenario = Scenario::from_toml("until_us = 0.25\n[[clients]]\nstart_us = 1.5\n").unwrap();
        assert_eq!(scenario.clients[0].start.0, 1_500);
        assert_eq!(scenario.until.map(|until| until.0), Some(250));
    }
}
