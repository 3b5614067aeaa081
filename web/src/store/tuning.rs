//! What the reader sets of the program, beside what the scenario sets.

use loopscope_shared::servers::{Backend, Quirks, Settings};

/// Settings that the reader has chosen; what is `None` is as the scenario has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tuning {
    /// How many clients `sequential` takes.
    pub clients: Option<u32>,
    /// How many workers there are.
    pub workers: Option<u32>,
    /// How many loops share the listener.
    pub loops: Option<u32>,
    /// What the event loop waits with.
    pub backend: Option<Backend>,
    /// Which mistakes are made.
    pub quirks: Option<Quirks>,
}

/// The most workers, loops or clients that can be set by hand: enough for every lesson, few enough to be drawn.
pub const NUMBER_MAX: u32 = 64;

impl Tuning {
    /// The settings of a scenario with what the reader has chosen in their place.
    pub fn over(self, mut settings: Settings) -> Settings {
        settings.clients = self.clients.unwrap_or(settings.clients);
        settings.workers = self.workers.unwrap_or(settings.workers);
        settings.loops = self.loops.unwrap_or(settings.loops);
        settings.backend = self.backend.unwrap_or(settings.backend);
        settings.quirks = self.quirks.unwrap_or(settings.quirks);
        settings
    }

    /// The fields of a link.
    pub(super) fn fields(self) -> Vec<(&'static str, String)> {
        let mut fields = Vec::new();
        fields.extend(self.clients.map(|clients| ("clients", clients.to_string())));
        fields.extend(self.workers.map(|workers| ("workers", workers.to_string())));
        fields.extend(self.loops.map(|loops| ("loops", loops.to_string())));
        fields.extend(self.backend.map(|backend| ("backend", backend.name().to_owned())));
        fields.extend(self.quirks.map(|quirks| ("quirks", quirks.to_string())));
        fields
    }

    /// Reads a field of a link: whether it is one of these, and can be read.
    pub(super) fn read(&mut self, name: &str, value: &str) -> Option<bool> {
        match name {
            "clients" => self.clients = Some(number(value)?),
            "workers" => self.workers = Some(number(value)?),
            "loops" => self.loops = Some(number(value)?),
            "backend" => self.backend = Some(backend(value)?),
            "quirks" if value.is_empty() => self.quirks = Some(Quirks::empty()),
            "quirks" => self.quirks = Some(value.parse().ok()?),
            _ => return Some(false),
        }
        Some(true)
    }
}

/// A number in the bounds in which it can be set.
pub fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number| (1..=NUMBER_MAX).contains(number))
}

/// The back-end of that name.
pub fn backend(name: &str) -> Option<Backend> {
    Backend::ALL.into_iter().chain([Backend::Best]).find(|backend| backend.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_takes_the_place_of_what_the_scenario_sets() {
        let scenario = Settings { workers: 9, ..Settings::default() };
        let tuned = Tuning { backend: Some(Backend::Poll), ..Tuning::default() }.over(scenario);
        assert_eq!((tuned.workers, tuned.backend), (9, Backend::Poll));
    }

    #[test]
    fn settings_come_back_from_their_link_and_wrong_ones_do_not() {
        let set = Tuning {
            workers: Some(2),
            backend: Some(Backend::Select),
            quirks: Some(Quirks::FREE_ON_EOF | Quirks::READ_ON),
            ..Tuning::default()
        };
        let mut read = Tuning::default();
        for (name, value) in set.fields() {
            assert_eq!(read.read(name, &value), Some(true), "{name}={value}");
        }
        assert_eq!(read, set);
        for (name, value) in
            [("workers", "0"), ("workers", "1000"), ("backend", "x"), ("quirks", "none-such")]
        {
            assert_eq!(read.read(name, value), None, "{name}={value}");
        }
        assert_eq!(read.read("colour", "red"), Some(false));
    }
}
