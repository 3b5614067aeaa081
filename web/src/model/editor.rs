//! The scenario editor: a scenario as the texts of its fields, which may be wrong, and what is wrong in them.
//!
//! A [`Draft`] keeps what was typed, letter by letter, whatever it means; reading it gives a scenario, or what
//! is wrong and where. Limits are those of [`Scenario::check`].

mod clients;
mod fields;

use loopscope_shared::scenario::Scenario;

pub use clients::{GROUP_FIELDS, Group, GroupKind, STEPS, StepLine};
pub use fields::{FIELDS, Field, Section, Unit, limits_text};

/// Something that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field: its key, or for a group of clients `clients.` with the group's index and the key.
    pub place: String,
    /// What is wrong.
    pub text: String,
}

/// A scenario as it is being edited.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What has no field of its own stays as it is here.
    base: Scenario,
    /// What stands in each of [`FIELDS`].
    pub values: Vec<String>,
    /// Whether the server's sockets hold small segments back.
    pub nagle: bool,
    /// The groups of clients.
    pub groups: Vec<Group>,
}

impl Draft {
    /// A scenario, to be edited.
    pub fn of(scenario: &Scenario) -> Self {
        Self {
            base: scenario.clone(),
            values: FIELDS.iter().map(|field| (field.get)(scenario)).collect(),
            nagle: scenario.network.nagle,
            groups: scenario.clients.iter().map(Group::of).collect(),
        }
    }

    /// Whether nothing of a scenario was changed in it, in whatever language it was begun.
    pub fn is_of(&self, scenario: &Scenario) -> bool {
        let Self { base: _, values, nagle, groups } = Self::of(scenario);
        (&self.values, self.nagle, &self.groups) == (&values, nagle, &groups)
    }

    /// What stands in the field of that key.
    pub fn value(&self, key: &str) -> &str {
        let index = FIELDS.iter().position(|field| field.key == key);
        index.and_then(|index| self.values.get(index)).map_or("", String::as_str)
    }

    /// The scenario that is meant.
    ///
    /// # Errors
    /// All that is wrong, each with its field.
    pub fn read(&self) -> Result<Scenario, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut scenario = self.base.clone();
        scenario.network.nagle = self.nagle;
        for (field, value) in FIELDS.iter().zip(&self.values) {
            if let Err(text) = tried(&self.base, |base| (field.set)(base, value)) {
                faults.push(Fault { place: field.key.to_owned(), text });
            } else if let Err(text) = (field.set)(&mut scenario, value) {
                faults.push(Fault { place: field.key.to_owned(), text });
            }
        }
        let mut clients = Vec::new();
        for (index, group) in self.groups.iter().enumerate() {
            match group.read() {
                Ok(spec) => {
                    let alone = tried(&self.base, |base| {
                        base.clients = vec![spec.clone()];
                        Ok(())
                    });
                    match alone {
                        Ok(()) => clients.push(spec),
                        Err(text) => faults.push(Fault { place: format!("clients.{index}"), text }),
                    }
                }
                Err(wrong) => faults.extend(
                    wrong
                        .into_iter()
                        .map(|(key, text)| Fault { place: format!("clients.{index}.{key}"), text }),
                ),
            }
        }
        scenario.clients = clients;
        if faults.is_empty()
            && let Err(error) = scenario.check()
        {
            faults.push(Fault { place: String::new(), text: error.to_string() });
        }
        if faults.is_empty() { Ok(scenario) } else { Err(faults) }
    }

    /// What is wrong at that place, if anything.
    pub fn fault<'a>(faults: &'a [Fault], place: &str) -> Option<&'a str> {
        faults.iter().find(|fault| fault.place == place).map(|fault| fault.text.as_str())
    }
}

/// Makes one change to a scenario that is in order, so that its limit is told with its own field.
fn tried(base: &Scenario, change: impl FnOnce(&mut Scenario) -> Result<(), String>) -> Result<(), String> {
    let mut scenario = base.clone();
    change(&mut scenario)?;
    scenario.check().map_err(|error| error.limit().to_owned())
}

/// The scenario that a text says, which is JSON.
///
/// # Errors
/// What is wrong in it, with its place.
pub fn from_text(text: &str) -> Result<Scenario, String> {
    let scenario = Scenario::from_json(text)?;
    scenario.check().map_err(|error| error.to_string())?;
    Ok(scenario)
}

#[cfg(test)]
mod tests {
    use loopscope_shared::scenario::{PRESETS, Step, preset};

    use super::*;

    fn draft() -> Draft {
        Draft::of(&preset("many-idle").unwrap())
    }

    fn set(draft: &mut Draft, key: &str, value: &str) {
        let index = FIELDS.iter().position(|field| field.key == key).unwrap();
        value.clone_into(&mut draft.values[index]);
    }

    #[test]
    fn what_is_not_touched_stays_as_it_is() {
        for name in PRESETS {
            let scenario = preset(name).unwrap();
            assert_eq!(Draft::of(&scenario).read().as_ref(), Ok(&scenario), "{name}");
        }
    }

    #[test]
    fn what_is_typed_is_meant() {
        let mut draft = draft();
        set(&mut draft, "network.latency_us", "1500.5");
        set(&mut draft, "network.bandwidth_bytes_per_s", "9000");
        set(&mut draft, "machine.cpus", "2");
        draft.nagle = false;
        "12".clone_into(&mut draft.groups[0].values[0]);
        "send_lines = { lines = 3, bytes = 9 }\n\n half_close".clone_into(&mut draft.groups[0].steps);
        let scenario = draft.read().unwrap();
        assert_eq!(scenario.network.latency.0, 1_500_500);
        assert_eq!((scenario.network.bandwidth, scenario.machine.cpus), (Some(9_000), 2));
        assert!(!scenario.network.nagle);
        assert_eq!(scenario.clients[0].count, 12);
        assert_eq!(scenario.clients[0].steps, [Step::SendLines { lines: 3, bytes: 9 }, Step::HalfClose]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_field_and_nothing_typed_is_lost() {
        let mut draft = draft();
        set(&mut draft, "network.latency_us", "soon");
        set(&mut draft, "machine.cpus", "1000");
        set(&mut draft, "network.recv_buffer_bytes", "0");
        "9999999".clone_into(&mut draft.groups[0].values[0]);
        "await\nsned = \"x\"".clone_into(&mut draft.groups[1].steps);
        let before = draft.clone();
        let faults = draft.read().unwrap_err();
        let at = |place: &str| Draft::fault(&faults, place).unwrap_or_else(|| panic!("{place}: {faults:?}"));
        assert!(at("network.latency_us").contains("soon"));
        assert!(at("machine.cpus").contains("CPUS_MAX"));
        assert!(at("network.recv_buffer_bytes").contains('1'));
        assert!(at("clients.0").contains("CLIENTS_MAX"));
        assert!(at("clients.1.steps").contains('2') && at("clients.1.steps").contains("sned"));
        assert_eq!(faults.len(), 5, "{faults:?}");
        assert_eq!(draft, before);
    }

    #[test]
    fn too_many_altogether_is_told_too() {
        let mut draft = draft();
        for group in &mut draft.groups {
            "60000".clone_into(&mut group.values[0]);
        }
        let faults = draft.read().unwrap_err();
        assert!(faults[0].text.contains("CLIENTS_MAX"), "{faults:?}");
    }

    #[test]
    fn every_kind_of_group_and_every_step_can_be_read() {
        for kind in GroupKind::ALL {
            let group = kind.group();
            assert!(group.read().is_ok(), "{kind:?}: {:?}", group.read());
        }
        for (_, line) in STEPS {
            assert!(Step::from_line(line).is_ok(), "{line}");
        }
    }

    #[test]
    fn a_text_is_a_scenario_or_says_what_is_wrong() {
        let scenario = preset("burst").unwrap();
        assert_eq!(from_text(&scenario.to_pretty_json()).as_ref(), Ok(&scenario));
        assert!(from_text("{\n\"network\": { \"latency_ms\": 1 } }").unwrap_err().contains("line 2"));
        assert!(from_text(r#"{"machine":{"cpus":0}}"#).unwrap_err().contains("machine.cpus"));
    }

    #[test]
    fn every_limit_can_be_told() {
        for field in FIELDS {
            let text = limits_text(field);
            assert!(!text.is_empty(), "{}", field.key);
        }
    }
}
