//! Scenarios as TOML: for people, and so only where a command line is. The page does without a reader of it.

use serde::Serialize;
use toml::{Table, Value};

use crate::scenario::{ClientSpec, HostSpec, Scenario};

impl Scenario {
    /// Reads TOML.
    ///
    /// # Errors
    /// What it says wrongly, with the line and the column. Limits are another matter: [`Scenario::check`].
    pub fn from_toml(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())
    }

    /// Writes TOML that [`Scenario::from_toml`] reads.
    pub fn to_toml(&self) -> String {
        let table = self.table();
        let text = toml::to_string_pretty(&table).unwrap_or_default();
        let flat = on_one_line(&text);
        let same = toml::from_str::<Table>(&flat).is_ok_and(|read| read == table);
        if same { flat } else { text }
    }

    /// What is not as usual in it.
    fn table(&self) -> Table {
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
    use crate::scenario::{PRESETS, Step, preset};

    #[test]
    fn a_preset_comes_back_from_its_file() {
        for scenario in PRESETS.iter().filter_map(|name| preset(name)) {
            let toml = scenario.to_toml();
            assert_eq!(Scenario::from_toml(&toml).as_ref(), Ok(&scenario), "{toml}");
            assert!(!toml.contains("\"\"\""), "{toml}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused_with_its_place_in_toml() {
        let unknown = Scenario::from_toml("name = \"x\"\n\n[network]\nlatency_ms = 3\n").unwrap_err();
        for part in ["line 4", "column 1", "latency_ms", "latency_us"] {
            assert!(unknown.contains(part), "{unknown}");
        }
        let unknown =
            Scenario::from_toml("[[clients]]\nsteps = [\"await\", { thinks_us = 3 }]\n").unwrap_err();
        assert!(unknown.contains("line 2") && unknown.contains("thinks_us"), "{unknown}");
        let negative = Scenario::from_toml("[[clients]]\nstart_us = -1\n").unwrap_err();
        assert!(negative.contains("line 2") && negative.contains("microseconds"), "{negative}");
    }

    #[test]
    fn any_text_comes_back_from_its_file() {
        for text in ["a\n", "\n", "\"\n", "\"\"\"\n\"\"\"\"", "'''\n\"\"\"\n'''", "\\n\n", "\r\n\t\u{1}\n"] {
            let steps = vec![Step::Send(text.to_owned())];
            let clients = vec![ClientSpec { steps, ..ClientSpec::default() }];
            let scenario = Scenario { clients, ..Scenario::default() };
            let toml = scenario.to_toml();
            assert_eq!(Scenario::from_toml(&toml), Ok(scenario), "{toml}");
        }
    }

    #[test]
    fn a_span_may_be_finer_than_its_unit() {
        let scenario = Scenario::from_toml("until_us = 0.25\n[[clients]]\nstart_us = 1.5\n").unwrap();
        assert_eq!(scenario.clients[0].start.0, 1_500);
        assert_eq!(scenario.until.map(|until| until.0), Some(250));
    }
}
