//! Scenarios as text: JSON, in which what is as usual is left out, and the steps of clients as lines.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::scenario::{ClientSpec, HostSpec, Scenario, Step};

impl Scenario {
    /// Reads JSON.
    ///
    /// # Errors
    /// What it says wrongly, with the line and the column. Limits are another matter: [`Scenario::check`].
    pub fn from_json(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// Writes JSON that [`Scenario::from_json`] reads, on one line.
    pub fn to_json(&self) -> String {
        Value::Object(self.unusual()).to_string()
    }

    /// The same on several lines, for people.
    pub fn to_pretty_json(&self) -> String {
        format!("{:#}", Value::Object(self.unusual()))
    }

    /// What is not as usual in it.
    fn unusual(&self) -> Map<String, Value> {
        let mut map = map_of(self);
        strip(&mut map, &map_of(&Self::default()));
        for (list, usual) in
            [("clients", map_of(&ClientSpec::default())), ("hosts", map_of(&HostSpec::default()))]
        {
            for item in map.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                if let Value::Object(item) = item {
                    strip(item, &usual);
                }
            }
        }
        map
    }
}

/// Steps are written one a line, as they stand in a scenario's file (TOML) but for quotes around a lone word:
/// `await`, `send = "Hello\n"`, `send_lines = { lines = 3, bytes = 64 }`.
impl Step {
    /// Reads one line.
    ///
    /// # Errors
    /// What it says wrongly.
    pub fn from_line(line: &str) -> Result<Self, String> {
        let json = match line.trim().split_once('=') {
            None => Value::String(line.trim().to_owned()).to_string(),
            Some((name, value)) => {
                let (name, value) = (Value::String(name.trim().to_owned()), value.trim());
                let inner = value.strip_prefix('{').and_then(|value| value.strip_suffix('}'));
                let value = inner.map_or_else(|| value.to_owned(), object);
                format!("{{{name}:{value}}}")
            }
        };
        serde_json::from_str(&json).map_err(|error| {
            let text = error.to_string();
            text.split(" at line ").next().unwrap_or_default().to_owned()
        })
    }

    /// Writes a line that [`Step::from_line`] reads.
    pub fn to_line(&self) -> String {
        match serde_json::to_value(self) {
            Ok(Value::String(word)) => word,
            Ok(Value::Object(step)) => {
                step.iter().map(|(name, value)| format!("{name} = {}", flat(value))).collect()
            }
            _ => String::new(),
        }
    }
}

/// `lines = 3, bytes = 64` as JSON.
fn object(inner: &str) -> String {
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, value)) => format!("{}:{}", Value::String(name.trim().to_owned()), value.trim()),
        None => pair.to_owned(),
    };
    let pairs: Vec<String> = inner.split(',').map(pair).collect();
    format!("{{{}}}", pairs.join(","))
}

/// A value as in TOML.
fn flat(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let pairs: Vec<String> = map.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        value => value.to_string(),
    }
}

/// A part of a scenario as an object. All of it consists of what JSON can say.
fn map_of(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// Takes out of an object what is as in the other.
fn strip(map: &mut Map<String, Value>, usual: &Map<String, Value>) {
    map.retain(|key, value| {
        if let (Value::Object(inner), Some(Value::Object(usual))) = (&mut *value, usual.get(key)) {
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

    #[test]
    fn a_preset_comes_back_from_its_json() {
        for scenario in PRESETS.iter().filter_map(|name| preset(name)) {
            let whole = serde_json::to_string_pretty(&scenario).unwrap();
            for json in [whole, scenario.to_json(), scenario.to_pretty_json()] {
                assert_eq!(Scenario::from_json(&json).as_ref(), Ok(&scenario), "{json}");
            }
            assert_eq!(scenario.check(), Ok(()));
        }
    }

    #[test]
    fn what_is_not_known_is_refused_with_its_place() {
        let unknown = Scenario::from_json("{\n  \"clients\": [{\n    \"colour\": 1 }]\n}").unwrap_err();
        assert!(unknown.contains("line 3") && unknown.contains("colour"), "{unknown}");
    }

    #[test]
    fn every_step_has_its_line() {
        let texts = ["Hello\n", "\n", "a = {b}, \"c\"\n", "\\n\n", "\r\n\t\u{1}\n"];
        let mut steps: Vec<Step> = texts.map(|text| Step::Send(text.to_owned())).to_vec();
        steps.extend([
            Step::SendLines { lines: 3, bytes: 64 },
            Step::Think(Nanos(1_500)),
            Step::Await,
            Step::Read(false),
            Step::HalfClose,
            Step::Close,
            Step::Reset,
        ]);
        for step in steps {
            let line = step.to_line();
            assert!(!line.contains('\n'), "{line}");
            assert_eq!(Step::from_line(&line), Ok(step), "{line}");
        }
        let read = Step::from_line(" send_lines = { lines = 2, bytes = 9 }");
        assert_eq!(read, Ok(Step::SendLines { lines: 2, bytes: 9 }));
        assert!(Step::from_line("halfclose").unwrap_err().contains("half_close"));
        assert!(Step::from_line("read = maybe").is_err());
        assert!(Step::from_line("sned = \"x\"").unwrap_err().contains("sned"));
    }
}
