//! What has to be installed, and installing it where that can be done: the compiler's wasm target, Trunk and
//! wasm-bindgen (into a folder of the project, so that nothing of the user's changes), and from the system's
//! packages what the tests need.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::command::{TOOLS, ask, cargo, command, find, run};

/// The target that the page is compiled for.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// The version of Trunk that builds the page. Pinned, so that a page built tomorrow is the one built today.
const TRUNK_VERSION: &str = "0.21.14";

/// A program that the tests need, and the Debian package that holds it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needed {
    program: &'static str,
    package: &'static str,
}

/// Counts system calls, in tests of how many a server needs.
pub(crate) const STRACE: Needed = Needed { program: "strace", package: "strace" };

/// Programs whose logs of strace are imported, in tests. Some names of packages are Debian's alone.
pub(crate) const PROGRAMS: [Needed; 4] = [
    Needed { program: "nginx", package: "nginx-light" },
    Needed { program: "redis-server", package: "redis-server" },
    Needed { program: "python3", package: "python3" },
    Needed { program: "node", package: "nodejs" },
];

/// Drives Chromium; its package brings Chromium along.
pub(crate) const CHROMEDRIVER: Needed = Needed { program: "chromedriver", package: "chromium-driver" };

/// Fetches axe-core.
pub(crate) const NPM: Needed = Needed { program: "npm", package: "npm" };

/// The version of axe-core, which finds what of a page not everybody can use. Pinned: a newer one finds more.
const AXE_VERSION: &str = "4.14.1";

/// Sees to axe-core, for the browser tests: into the project's own folder, from npm's registry.
///
/// # Errors
/// If it cannot be fetched or unpacked.
pub(crate) fn axe() -> Result<()> {
    let folder = Path::new(TOOLS).join("axe-core");
    let script = std::fs::read_to_string(folder.join("package/axe.min.js")).unwrap_or_default();
    if script.starts_with(&format!("/*! axe v{AXE_VERSION}\n")) {
        return Ok(());
    }
    from_the_system(&[NPM])?;
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let package = format!("axe-core@{AXE_VERSION}");
    run(command("npm").args(["pack", "--silent", &package, "--pack-destination"]).arg(&folder))?;
    let archive = folder.join(format!("axe-core-{AXE_VERSION}.tgz"));
    run(command("tar").arg("-xzf").arg(&archive).arg("-C").arg(&folder).arg("package/axe.min.js"))?;
    std::fs::remove_file(&archive).with_context(|| format!("cannot remove {}", archive.display()))
}

/// Sees to everything that building the page takes.
///
/// # Errors
/// If something is missing and cannot be installed; the message says what to do.
pub(crate) fn for_the_page() -> Result<()> {
    target(WASM)?;
    let trunk = ["trunk", "--no-default-features", "--features", "rustls"];
    cargo_tool("trunk", TRUNK_VERSION, &trunk)?;
    let lock = std::fs::read_to_string("Cargo.lock").context("cannot read Cargo.lock")?;
    let version = locked_version(&lock, "wasm-bindgen").context("Cargo.lock has no wasm-bindgen")?;
    cargo_tool("wasm-bindgen", version, &["wasm-bindgen-cli", "--bin", "wasm-bindgen"])
}

/// Makes the compiler able to build for a target.
pub(crate) fn target(name: &str) -> Result<()> {
    let sysroot = ask(command("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(name).is_dir() {
        return Ok(());
    }
    if find("rustup").is_none() {
        bail!(
            "the compiler cannot build for {name} and there is no rustup to add it: install rustup \
             (https://rustup.rs), or your system's package of Rust's standard library for {name}"
        );
    }
    run(command("rustup").args(["target", "add", name]))
}

/// Installs a program from crates.io into the project's own folder unless that version is there or on `PATH`.
fn cargo_tool(program: &str, version: &str, package: &[&str]) -> Result<()> {
    let found = find(program).and_then(|_| ask(command(program).arg("--version")).ok());
    if found.is_some_and(|answer| answer.split_whitespace().nth(1) == Some(version)) {
        return Ok(());
    }
    println!("{program} {version} is missing: building it into {TOOLS}, once (some minutes)");
    let build = format!("{TOOLS}/build");
    let attempt = |locked: &[&str]| {
        let mut install = cargo();
        install.arg("install").args(package).args(["--version", version, "--debug", "--force"]).args(locked);
        install.args(["--root", TOOLS, "--target-dir", &build]);
        // Quick to build and small to keep: nobody debugs these.
        install.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_PROFILE_DEV_STRIP", "symbols");
        run(&mut install)
    };
    // With the dependencies that its authors have tried; where the registry lacks one of those, with newer ones.
    attempt(&["--locked"])
        .or_else(|_| attempt(&[]))
        .with_context(|| format!("cannot install {program} {version}"))?;
    std::fs::remove_dir_all(&build).with_context(|| format!("cannot remove {build}"))
}

/// Sees to programs of the system.
///
/// # Errors
/// If one is missing and cannot be installed; the message says how to install it.
pub(crate) fn from_the_system(needed: &[Needed]) -> Result<()> {
    let missing: Vec<&Needed> = needed.iter().filter(|needed| find(needed.program).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let programs = missing.iter().map(|needed| needed.program).collect::<Vec<_>>().join(", ");
    let packages: Vec<&str> = missing.iter().map(|needed| needed.package).collect();
    let advice = format!(
        "the tests need {programs}: on Debian run `sudo apt-get install {}`; elsewhere install them with your \
         system's package manager so that they are on PATH (chromedriver of the same version as Chromium or \
         Chrome). `cargo xtask test --quick` does without the browser",
        packages.join(" ")
    );
    let root = ask(command("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !root || find("apt-get").is_none() {
        bail!(advice);
    }
    let mut install = command("apt-get");
    install.args(["install", "--yes", "--no-install-recommends"]).args(&packages);
    install.env("DEBIAN_FRONTEND", "noninteractive");
    if run(&mut install).is_err() {
        // Most often the list of packages is old or was never fetched.
        run(command("apt-get").arg("update")).with_context(|| advice.clone())?;
        run(&mut install).context(advice)?;
    }
    Ok(())
}

/// The version of a package in `Cargo.lock`.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_tells_the_version() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.1.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "trunk"), None);
    }
}
