//! The page in a browser, as a test speaks of it: what it shows, what one does to it, waiting until it is so.

use std::path::Path;
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::driver::{Chrome, Driver};

/// How long a condition may take to become true. Generous: a machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait between two looks at a condition.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Steps back that are enough to come from a client's goodbye to its hello.
const STEPS_BACK_MAX: usize = 200;

/// Short names for every script: `$` finds an element, `$$` all of them, `app` is the page's main element.
const SCRIPT: &str = "const $ = css => document.querySelector(css); \
                      const $$ = css => [...document.querySelectorAll(css)]; \
                      const app = $('#app'); return ";

/// All that a test compares of an instant: if two pictures are equal, the reader sees the same.
const PICTURE: &str = "({ seq: app.dataset.seq, program: app.dataset.program, \
                       position: $('#position').textContent, why: $('#why').textContent, \
                       lit: $$('.code-line.now').map(line => line.dataset.line), stage: $('#stage').outerHTML })";

/// A page in a browser of its own.
#[derive(Debug)]
pub(crate) struct Page {
    client: Client,
    // After the client, so that the browser goes last.
    _driver: Driver,
}

/// What the page shows of an instant.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub(crate) struct Picture {
    /// The number of events that have happened.
    pub(crate) seq: String,
    /// The program.
    pub(crate) program: String,
    /// Where the reader is, in words.
    pub(crate) position: String,
    /// What happened, in a sentence.
    pub(crate) why: String,
    /// The lines of source that are lit.
    pub(crate) lit: Vec<String>,
    /// The stage, as it stands in the document.
    pub(crate) stage: String,
}

impl Page {
    /// Opens an address and waits until the page is ready.
    pub(crate) async fn open(url: &str) -> Self {
        let page = Self::open_unready(url).await;
        page.until_ready().await;
        page
    }

    /// Opens an address at which the page may have nothing to show.
    pub(crate) async fn open_unready(url: &str) -> Self {
        Self::open_in(Driver::start(), false, url).await
    }

    /// Opens an address in a browser that traces what it does.
    pub(crate) async fn open_traced(url: &str) -> Self {
        Self::open_in(Driver::start(), true, url).await
    }

    async fn open_in(driver: Driver, traced: bool, url: &str) -> Self {
        let page = Self { client: driver.browser(traced).await, _driver: driver };
        page.client.goto(url).await.expect("the address can be opened");
        page
    }

    /// What the browser has traced until now.
    pub(crate) async fn trace(&self) -> Vec<Value> {
        let log = self.client.issue_cmd(Chrome::performance()).await.expect("the browser traces");
        let entries = log.as_array().cloned().unwrap_or_default();
        let message = |entry: &Value| serde_json::from_str::<Value>(entry["message"].as_str()?).ok();
        let told = entries.iter().filter_map(message).map(|mut told| told["message"].take());
        told.filter(|told| told["method"] == "Tracing.dataCollected")
            .map(|mut told| told["params"].take())
            .collect()
    }

    /// Loads the page anew.
    pub(crate) async fn reload(&self) {
        self.client.refresh().await.expect("the page can be loaded anew");
        self.until_ready().await;
    }

    /// Waits until there is something to look at.
    pub(crate) async fn until_ready(&self) {
        self.until("the page is ready", "app?.dataset.ready === 'true'").await;
    }

    /// The address in the bar.
    pub(crate) async fn address(&self) -> String {
        self.client.current_url().await.expect("a page has an address").to_string()
    }

    /// The value of an expression.
    pub(crate) async fn value<T: DeserializeOwned>(&self, expression: &str) -> T {
        let value = self.script(expression).await;
        serde_json::from_value(value.clone())
            .unwrap_or_else(|error| panic!("{expression} is {value}: {error}"))
    }

    async fn script(&self, expression: &str) -> Value {
        let found = self.client.execute(&format!("{SCRIPT}{expression};"), vec![]).await;
        found.unwrap_or_else(|error| panic!("cannot evaluate {expression}: {error}"))
    }

    /// Waits until an expression is true, and fails with what the page shows if it does not become so.
    pub(crate) async fn until(&self, what: &str, expression: &str) {
        self.until_within(PATIENCE, what, expression).await;
    }

    /// The same, with another patience.
    pub(crate) async fn until_within(&self, patience: Duration, what: &str, expression: &str) {
        let end = Instant::now() + patience;
        while self.script(&format!("Boolean({expression})")).await != Value::Bool(true) {
            if Instant::now() > end {
                let shown = self.shown().await;
                panic!("{what}: not so after {patience:?} ({expression}). The page shows: {shown}");
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// What the page shows of the instant at which it is.
    pub(crate) async fn picture(&self) -> Picture {
        self.value(PICTURE).await
    }

    /// How many events have happened at the instant that the page shows.
    pub(crate) async fn seq(&self) -> u64 {
        let seq: String = self.value("app.dataset.seq").await;
        seq.parse().expect("the page says the number of events")
    }

    /// Steps back to the last instant at which an expression was true.
    pub(crate) async fn step_back_until(&self, expression: &str) {
        for _ in 0..STEPS_BACK_MAX {
            if self.value(expression).await {
                return;
            }
            let before = self.seq().await;
            self.click("step-back").await;
            self.until("the page is a step back", &format!("Number(app.dataset.seq) < {before}")).await;
        }
        panic!("{expression} was not so at any of the last {STEPS_BACK_MAX} instants");
    }

    /// Clicks on the element of that id.
    pub(crate) async fn click(&self, id: &str) {
        self.element(&format!("#{id}"))
            .await
            .click()
            .await
            .unwrap_or_else(|error| panic!("cannot click #{id}: {error}"));
    }

    /// Chooses a value in the list of that id.
    pub(crate) async fn choose(&self, id: &str, value: &str) {
        let list = self.element(&format!("#{id}")).await;
        list.select_by_value(value)
            .await
            .unwrap_or_else(|error| panic!("cannot choose {value} in #{id}: {error}"));
    }

    /// Types into an element.
    pub(crate) async fn type_into(&self, css: &str, text: &str) {
        let element = self.element(css).await;
        element.send_keys(text).await.unwrap_or_else(|error| panic!("cannot type into {css}: {error}"));
    }

    /// Types into a field in the place of what is there, and leaves it.
    pub(crate) async fn type_over(&self, css: &str, text: &str) {
        // All at once: a field that follows what is shown would be filled again in between.
        let (control, release, tab) = (char::from(Key::Control), char::from(Key::Null), char::from(Key::Tab));
        self.type_into(css, &format!("{control}a{release}{text}{tab}")).await;
    }

    /// Presses a key outside of every field.
    pub(crate) async fn press(&self, key: Key) {
        self.press_text(&char::from(key).to_string()).await;
    }

    /// Presses keys with letters on them outside of every field.
    pub(crate) async fn press_text(&self, keys: &str) {
        let _: Value = self.value("document.activeElement?.blur()").await;
        self.type_into("body", keys).await;
    }

    /// Strikes keys one after the other while those before are held, wherever the focus is.
    pub(crate) async fn strike(&self, keys: &str) {
        let down = keys.chars().map(|value| KeyAction::Down { value });
        let up = keys.chars().rev().map(|value| KeyAction::Up { value });
        let actions = down.chain(up).fold(KeyActions::new("keyboard".into()), KeyActions::then);
        self.client.perform_actions(actions).await.expect("keys can be struck");
    }

    async fn element(&self, css: &str) -> Element {
        let found = self.client.find(Locator::Css(css)).await;
        found.unwrap_or_else(|error| panic!("there is no {css} on the page: {error}"))
    }

    /// Gives the page a window of that size, as a telephone has.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &size).await;
        self.until("the window has its size", &format!("innerWidth === {width}")).await;
    }

    /// Makes the system prefer `light` or `dark`.
    pub(crate) async fn prefer(&self, scheme: &str) {
        self.prefer_all(scheme, "no-preference").await;
    }

    /// Makes the system prefer `light` or `dark`, and that nothing moves.
    pub(crate) async fn prefer_still(&self, scheme: &str) {
        self.prefer_all(scheme, "reduce").await;
    }

    async fn prefer_all(&self, scheme: &str, motion: &str) {
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": motion },
        ] });
        self.devtools("Emulation.setEmulatedMedia", &media).await;
        self.until("the scheme is known", &format!("matchMedia('(prefers-color-scheme: {scheme})').matches"))
            .await;
    }

    /// Keeps a picture of the window, if `LOOPSCOPE_PICTURES` names a folder for them.
    pub(crate) async fn keep_picture(&self, name: &str) {
        let Ok(folder) = std::env::var("LOOPSCOPE_PICTURES") else { return };
        let picture = self.client.screenshot().await.expect("a picture can be taken");
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), picture).expect("it can be kept");
    }

    /// Ends the test: nothing must have gone wrong that only the console tells.
    pub(crate) async fn close(self) {
        self.close_but(None).await;
    }

    /// The same, but for what the browser itself says of what the test has broken: the messages with these words.
    pub(crate) async fn close_but(self, broken: Option<&str>) {
        let log = self.console().await;
        let severe = log.iter().filter(|entry| entry["level"] == "SEVERE" || entry["level"] == "WARNING");
        let severe = severe.map(|entry| entry["message"].to_string());
        let severe: Vec<String> =
            severe.filter(|message| broken.is_none_or(|broken| !message.contains(broken))).collect();
        assert!(severe.is_empty(), "the console tells of trouble:\n{}", severe.join("\n"));
    }

    async fn console(&self) -> Vec<Value> {
        let log = self.client.issue_cmd(Chrome::console()).await.expect("the console can be read");
        log.as_array().cloned().unwrap_or_default()
    }

    /// A command of the DevTools protocol.
    pub(crate) async fn devtools(&self, command: &str, parameters: &Value) {
        self.client
            .issue_cmd(Chrome::devtools(command, parameters))
            .await
            .expect("DevTools does as it is told");
    }

    /// For a message: where the page is and what went wrong.
    async fn shown(&self) -> String {
        let state = "({ ...app?.dataset, position: $('#position')?.textContent, why: $('#why')?.textContent, \
                     banner: $('#banner')?.textContent, live: $('#live-status')?.textContent, \
                     body: app ? undefined : document.body.innerText })";
        let state = self.script(state).await;
        format!("{state:#}\nthe console: {:#}", Value::from(self.console().await))
    }
}
