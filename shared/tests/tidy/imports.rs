//! Rules about who may import whom. ARCHITECTURE.md says why.

use std::collections::BTreeSet;

use crate::repository::File;

/// What each module of `shared` may see of the others. The longest name that fits a file counts.
const SHARED: &[(&str, &[&str])] = &[
    ("ids", &[]),
    ("errno", &["messages"]),
    ("time", &["sorted"]),
    ("shelf", &["sorted"]),
    // Like the collections of the standard library, it is for everyone.
    ("sorted", &[]),
    ("rot13", &[]),
    // Who speaks, speaks one of the languages.
    ("language", &[]),
    ("messages", &["language"]),
    ("quirks", &["messages"]),
    ("line", &["quirks", "rot13"]),
    ("kernel", &["errno", "ids", "sorted", "time"]),
    ("reactor", &["errno", "ids", "kernel", "sorted", "time"]),
    (
        "servers",
        &["errno", "ids", "kernel", "line", "messages", "quirks", "reactor", "rot13", "sorted", "time"],
    ),
    ("event", &["errno", "ids", "kernel", "messages", "sorted", "time"]),
    // A sentence about an event names the source line and what the world knows of a descriptor.
    ("event/describe", &["errno", "event", "ids", "kernel", "messages", "servers", "time", "world"]),
    ("probe", &["errno", "event", "ids", "kernel", "servers", "sorted", "time"]),
    ("world", &["errno", "event", "ids", "kernel", "messages", "shelf", "sorted", "time"]),
    ("trace", &["event", "ids", "time", "world"]),
    // The messages carry what is watched of which program.
    ("trace/wire", &["errno", "ids", "probe", "servers", "trace", "world"]),
    // A trace says of itself what it is of.
    ("trace/file", &["event", "ids", "probe", "scenario", "servers", "time", "trace", "world"]),
    ("findings", &["errno", "event", "ids", "kernel", "messages", "sorted", "time", "trace", "world"]),
    ("import", &["errno", "event", "ids", "kernel", "sorted", "time", "trace", "world"]),
    ("scenario", &["messages", "quirks", "servers", "time"]),
    (
        "sim",
        &[
            "errno", "event", "ids", "kernel", "probe", "rot13", "scenario", "servers", "sorted", "time",
            "trace",
        ],
    ),
    ("scale", &["scenario", "servers", "sim", "time", "trace", "world"]),
    ("conformance", &["errno", "ids", "kernel", "time"]),
    // A script is carried out on a machine of its own.
    ("sim/lab", &["conformance", "errno", "ids", "kernel", "scenario", "time"]),
];

/// The side of the native program that serves, in the child process. It has no async runtime …
const SERVING: &[&str] = &["server", "os", "tap", "ring", "forward"];

/// … and does not know the side that observes.
const NOT_FOR_SERVING: &[&str] =
    &["crate::collector", "crate::gateway", "crate::supervisor", "tokio::", "axum::", "hyper::"];

/// The part of the page that is tested natively: it sees no browser at all …
const WITHOUT_BROWSER: &[&str] = &["model", "store", "commands"];

/// … which is these crates.
const BROWSER: &[&str] = &["web_sys", "js_sys", "wasm_bindgen", "gloo_"];

/// What is drawn may name the elements and events of the browser, and do nothing with it: these crates do.
const EFFECTS: &[&str] = &["js_sys", "gloo_"];

/// The crates of the workspace, and which of the others each may depend on.
const CRATES: &[(&str, &[&str])] = &[
    // At build time alone: it makes functions of message catalogues.
    ("shared/messages", &[]),
    ("shared", &["loopscope-messages"]),
    ("native", &["loopscope-shared"]),
    ("web", &["loopscope-shared", "loopscope-messages"]),
    ("xtask", &[]),
];

/// Modules of `shared` see only what lies below them.
pub(crate) fn of_shared(file: &File) -> Vec<String> {
    let Some(name) = inside(file, "shared/src/") else { return vec![] };
    if name == "lib" {
        return vec![];
    }
    let rows = SHARED.iter().filter(|(module, _)| is_or_is_in(name, module));
    let Some((module, allowed)) = rows.max_by_key(|(module, _)| module.len()) else {
        return vec!["is not in the table of imports of the tidy test: say there what it may see".to_owned()];
    };
    let own = module.split('/').next().unwrap_or(module);
    let foreign = names_after(&file.code(), "crate::");
    let foreign = foreign.iter().filter(|seen| *seen != own && !allowed.contains(&seen.as_str()));
    foreign.map(|seen| format!("`{module}` may not see `{seen}`")).collect()
}

/// The side that serves knows nothing of the side that observes.
pub(crate) fn of_native(file: &File) -> Vec<String> {
    let Some(name) = inside(file, "native/src/") else { return vec![] };
    if !SERVING.iter().any(|module| is_or_is_in(name, module)) {
        return vec![];
    }
    let code = file.code();
    let seen = NOT_FOR_SERVING.iter().filter(|word| code.contains(**word));
    seen.map(|word| format!("the serving side may not use `{word}`")).collect()
}

/// What can be tested without a browser sees none, and what is drawn has no effects.
pub(crate) fn of_web(file: &File) -> Vec<String> {
    let Some(name) = inside(file, "web/src/") else { return vec![] };
    let code = file.code();
    let seen = |crates: &[&str]| -> Vec<String> {
        crates
            .iter()
            .filter(|word| code.contains(**word))
            .map(|word| format!("may not use `{word}`"))
            .collect()
    };
    if WITHOUT_BROWSER.iter().any(|module| is_or_is_in(name, module)) {
        return seen(BROWSER);
    }
    if !is_or_is_in(name, "views") {
        return vec![];
    }
    let types = names_after(&code, "web_sys::");
    // A file that was chosen is what an element holds, as its value is; and a canvas is painted where it is drawn.
    let is_value = |name: &str| ["File", "CanvasRenderingContext2d"].contains(&name);
    let is_drawn = |name: &str| name.ends_with("Element") || name.ends_with("Event");
    let types = types.iter().filter(|name| !is_drawn(name) && !is_value(name));
    seen(EFFECTS).into_iter().chain(types.map(|name| format!("may not use `web_sys::{name}`"))).collect()
}

/// The crates depend on `shared`, and on nothing else of the workspace.
pub(crate) fn of_manifest(file: &File) -> Vec<String> {
    let Some(folder) = file.path.strip_suffix("/Cargo.toml") else { return vec![] };
    let Some((_, allowed)) = CRATES.iter().find(|(name, _)| *name == folder) else {
        return vec!["is not in the table of crates of the tidy test: say there what it may see".to_owned()];
    };
    let sections = file.text.split("\n[").filter(|section| section.contains("dependencies]"));
    let names = sections.flat_map(str::lines).filter_map(|line| line.split(['.', ' ', '=']).next());
    let seen = names.filter(|name| name.starts_with("loopscope") && !allowed.contains(name));
    seen.map(|name| format!("{folder} may not depend on {name}")).collect()
}

/// The name of the module that a file holds, if the file lies in that folder: `event/syscall`.
fn inside<'a>(file: &'a File, folder: &str) -> Option<&'a str> {
    file.path.strip_prefix(folder)?.strip_suffix(".rs")
}

fn is_or_is_in(name: &str, module: &str) -> bool {
    name.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What a text names directly after this prefix: the modules of its own crate after `crate::`.
fn names_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for rest in code.split(prefix).skip(1) {
        let group = rest.strip_prefix('{').and_then(|rest| rest.split_once("};"));
        let names = group.map_or(rest, |(group, _)| group);
        // In a group only the names at its top level are modules: `{a::{b, c}, d}`.
        let mut depth = 0_i32;
        let mut top = String::new();
        for letter in names.chars() {
            depth += i32::from(letter == '{') - i32::from(letter == '}');
            if depth == 0 {
                top.push(letter);
            }
        }
        let most = if group.is_some() { usize::MAX } else { 1 };
        seen.extend(top.split(',').take(most).map(first_word).filter(|word| !word.is_empty()));
    }
    seen
}

fn first_word(text: &str) -> String {
    text.trim_start().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

#[test]
fn imports_are_found_in_every_form() {
    let code =
        "use crate::ids::Fd;\nuse crate::{event::{Call, Ret}, world};\nfn f() -> crate::time::Nanos {}\n";
    let seen = names_after(code, "crate::");
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), ["event", "ids", "time", "world"]);
}

#[test]
fn an_import_upwards_is_seen() {
    let good = "use crate::event::Event;\n// crate::sim\n#[cfg(test)]\nmod tests {\n use crate::sim;\n}\n";
    assert_eq!(of_shared(&File::new("shared/src/world/tasks.rs", good)), [""; 0]);
    let bad = "use crate::sim::Simulation;\n";
    assert_eq!(of_shared(&File::new("shared/src/world/tasks.rs", bad)), ["`world` may not see `sim`"]);
    assert_eq!(of_shared(&File::new("shared/src/line.rs", "use crate::ids::Fd;")).len(), 1);
    assert_eq!(of_shared(&File::new("shared/src/novel.rs", "")).len(), 1);
    // What `describe` may, the rest of `event` may not.
    assert_eq!(of_shared(&File::new("shared/src/event/describe.rs", "use crate::world::World;")), [""; 0]);
    assert_eq!(of_shared(&File::new("shared/src/event/inside.rs", "use crate::world::World;")).len(), 1);
}

#[test]
fn the_two_sides_of_the_native_program_are_kept_apart() {
    let bad = "use crate::gateway::Session;\nuse tokio::net::TcpStream;\n";
    assert_eq!(of_native(&File::new("native/src/os/sys.rs", bad)).len(), 2);
    assert_eq!(of_native(&File::new("native/src/collector.rs", bad)), [""; 0]);
}

#[test]
fn a_stray_use_of_the_browser_is_seen() {
    let element = "use web_sys::{HtmlElement, MouseEvent};\n";
    assert_eq!(of_web(&File::new("web/src/model/stage.rs", element)).len(), 1);
    assert_eq!(of_web(&File::new("web/src/views/stage.rs", element)), [""; 0]);
    let effect = "use gloo_timers::callback::Timeout;\nuse web_sys::{HtmlElement, Window};\n";
    assert_eq!(of_web(&File::new("web/src/views/stage.rs", effect)).len(), 2);
    assert_eq!(of_web(&File::new("web/src/hooks/keys.rs", effect)), [""; 0]);
}

#[test]
fn a_dependency_between_crates_is_seen() {
    let good = "[package]\nname = \"loopscope\"\n\n[dependencies]\nloopscope-shared.workspace = true\n";
    assert_eq!(of_manifest(&File::new("native/Cargo.toml", good)), [""; 0]);
    let bad = "[package]\n\n[dev-dependencies]\nloopscope = { path = \"../native\" }\n";
    assert_eq!(of_manifest(&File::new("shared/Cargo.toml", bad)).len(), 1);
}
