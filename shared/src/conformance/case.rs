//! A script with what is expected behind its steps, as a file holds it.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::expect::holds;
use super::reply::Reply;
use super::step::Step;

/// A case of the suite.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Its name, unique in the suite.
    pub name: String,
    /// What it is about: the first word of its name.
    #[serde(default)]
    pub topic: String,
    /// The rule that it pins down, in a sentence.
    #[serde(default)]
    pub why: String,
    /// Where the rule was found.
    #[serde(default)]
    pub source: String,
    /// On which kernel it was observed, and how often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<Value>,
    /// The script.
    pub steps: Vec<Step>,
}

/// What became of a case.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Everything came back as expected.
    Passed,
    /// Something did not.
    Failed(Miss),
}

/// The first step that returned something else.
#[derive(Clone, Debug)]
pub struct Miss {
    /// Its number, from 0.
    pub step: usize,
    /// The step, as the file writes it.
    pub what: String,
    /// What it should have returned.
    pub expected: String,
    /// What it returned.
    pub got: String,
}

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    /// What is wrong with the text, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The case as its file is written: one step a line.
    pub fn to_text(&self) -> String {
        let mut text = String::from("{\n");
        for (key, value) in
            [("name", &self.name), ("topic", &self.topic), ("why", &self.why), ("source", &self.source)]
        {
            let _ = writeln!(text, " {}: {},", line(&key), line(value));
        }
        if let Some(observed) = &self.observed {
            let _ = writeln!(text, " \"observed\": {},", line(observed));
        }
        text.push_str(" \"steps\": [\n");
        let steps: Vec<String> = self.steps.iter().map(|step| format!("  {}", line(step))).collect();
        text.push_str(&steps.join(",\n"));
        text.push_str("\n ]\n}\n");
        text
    }

    /// Why the simulated kernel cannot be asked for this case, if it cannot: what ARCHITECTURE.md lists as left
    /// out of it.
    pub fn beyond_the_simulator(&self) -> Option<&'static str> {
        self.steps
            .iter()
            .any(|step| step.op.is_urgent())
            .then_some("the simulator has no urgent (out-of-band) data")
    }

    /// Compares what came back with what is expected. A step that could not be done fails whatever is expected.
    pub fn judge(&self, replies: &[Reply]) -> Verdict {
        for (number, step) in self.steps.iter().enumerate() {
            let got = replies.get(number).map(Reply::to_json);
            let impossible = matches!(replies.get(number), None | Some(Reply::Impossible(_)));
            let as_expected = match (&step.expect, &got) {
                (Some(expected), Some(got)) => holds(expected, got),
                _ => true,
            };
            if impossible || !as_expected {
                let said = |value: Option<&Value>| {
                    value.map_or_else(|| "nothing in particular".to_owned(), Value::to_string)
                };
                return Verdict::Failed(Miss {
                    step: number,
                    what: line(&step.op),
                    expected: said(step.expect.as_ref()),
                    got: got.map_or_else(
                        || "nothing: the step did not come back".to_owned(),
                        |got| got.to_string(),
                    ),
                });
            }
        }
        Verdict::Passed
    }
}

/// A line of JSON.
fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("names, numbers and lists of them are JSON")
}
