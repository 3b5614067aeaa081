//! `cargo xtask build`: the page, then the release binary, which holds it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::command::{TOOLS, ask, cargo, command, run};
use crate::{order, tools};

/// What the page is made of. If none of it is newer than the last build, there is nothing to do.
const PAGE_INPUTS: &[&str] = &[
    "index.html",
    "Trunk.toml",
    "Cargo.toml",
    "Cargo.lock",
    "shared/locales",
    "shared/messages",
    "shared/src",
    "web",
];

/// The first file of the built page.
const PAGE: &str = "dist/index.html";

/// Builds what is not built yet, and installs what that takes.
///
/// # Errors
/// If a tool is missing and cannot be installed, or something does not compile.
pub(crate) fn build() -> Result<()> {
    tools::for_the_page()?;
    page()?;
    binary()?;
    println!("built {}", binary_path()?.display());
    Ok(())
}

/// Builds the page into `dist/`, unless it is there and nothing has changed since.
///
/// # Errors
/// If it does not compile.
pub(crate) fn page() -> Result<()> {
    // Trunk rewrites all of `dist/`, and then the binary has to be linked anew: hence our own look at the times.
    // The stamp tells a page of ours from one that someone built by hand, perhaps unoptimized.
    let stamp = Path::new(TOOLS).join("page-built");
    let built = modified(&stamp);
    let inputs = PAGE_INPUTS.iter().filter_map(|input| newest(Path::new(input))).max();
    if built.is_some() && inputs <= built && modified(Path::new(PAGE)).is_some_and(|page| Some(page) <= built)
    {
        println!("the page in dist/ is up to date");
        return Ok(());
    }
    run(command("trunk").args(["build", "--release"]))?;
    order_modules()?;
    fs::create_dir_all(TOOLS)
        .and_then(|()| fs::write(&stamp, ""))
        .with_context(|| format!("cannot write {}", stamp.display()))
}

/// What a first visit may load of WebAssembly, in bytes as gzip makes of them.
const BUDGET: usize = 800_000;

/// Brings the functions of the modules in `dist/` into an order that compresses well, and looks at what is then
/// to be loaded.
fn order_modules() -> Result<()> {
    let page = fs::read_to_string(PAGE).with_context(|| format!("cannot read {PAGE}"))?;
    let folder = Path::new(PAGE).parent().unwrap_or_else(|| Path::new("."));
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "wasm") {
            continue;
        }
        let module = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let ordered = order::ordered(&module)?;
        fs::write(&path, &ordered).with_context(|| format!("cannot write {}", path.display()))?;
        let (before, after) = (gzipped(&module)?, gzipped(&ordered)?);
        println!("{}: {} bytes, gzipped {before}, in order {after}", path.display(), ordered.len());
        // What the page does not name is loaded only when it is needed.
        let is_first = path.file_name().is_some_and(|name| page.contains(&*name.to_string_lossy()));
        ensure!(after <= BUDGET || !is_first, "that is more than the {BUDGET} bytes that a visit may load");
    }
    Ok(())
}

/// How many bytes gzip makes of these, when it takes its time.
///
/// # Errors
/// Never: it writes into memory.
pub(crate) fn gzipped(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

/// Builds the release binary. The page has to be there: it is embedded.
///
/// # Errors
/// If it does not compile.
pub(crate) fn binary() -> Result<()> {
    run(cargo().args(["build", "--release", "--package", "loopscope"]))
}

/// Where the release binary is.
///
/// # Errors
/// If cargo does not tell.
pub(crate) fn binary_path() -> Result<PathBuf> {
    Ok(target()?.join("release").join("loopscope"))
}

/// Where cargo puts what it builds.
///
/// # Errors
/// If cargo does not tell.
pub(crate) fn target() -> Result<PathBuf> {
    let answer = ask(cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: serde_json::Value =
        serde_json::from_str(&answer).context("cannot read what `cargo metadata` says")?;
    let target = metadata["target_directory"].as_str().context("`cargo metadata` names no target folder")?;
    Ok(target.into())
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

/// When this file was changed, or the newest in this folder, or the folder itself (a file may be gone).
fn newest(path: &Path) -> Option<SystemTime> {
    let inside = fs::read_dir(path).into_iter().flatten().flatten();
    inside.filter_map(|entry| newest(&entry.path())).chain(modified(path)).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_the_page_is_made_of_is_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for input in PAGE_INPUTS {
            assert!(newest(&root.join(input)).is_some(), "{input} is no longer there");
        }
        assert!(newest(&root.join("xtask")) >= modified(&root.join("xtask/src/build.rs")));
    }
}
