//! The files of the repository, read once a test.

use std::fs;
use std::path::Path;

/// Folders that are made and not written.
const MADE: &[&str] = &["target", "dist", "artefacts", "node_modules"];

/// Files of these kinds are read; the others (pictures, fonts) are only known to be there.
const TEXT: &[&str] = &["rs", "md", "toml", "html", "css", "js", "sh", "run", "py"];

/// A text file.
#[derive(Debug)]
pub(crate) struct File {
    /// Its path from the root of the repository, with `/` between the names.
    pub(crate) path: String,
    /// What it holds.
    pub(crate) text: String,
}

/// The repository.
#[derive(Debug)]
pub(crate) struct Repository {
    /// Its text files, in the order of their paths.
    pub(crate) files: Vec<File>,
    /// The paths of all files and folders.
    pub(crate) paths: Vec<String>,
}

impl Repository {
    /// Reads it.
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in the repository");
        let mut repository = Self { files: Vec::new(), paths: Vec::new() };
        repository.walk(root, "");
        repository.files.sort_by(|one, other| one.path.cmp(&other.path));
        assert!(
            repository.file("shared/src/lib.rs").is_some(),
            "the repository is not where it was expected"
        );
        repository
    }

    /// A repository of these files, to try a rule on.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let paths = files.iter().map(|(path, _)| (*path).to_owned()).collect();
        Self { files: files.iter().map(|(path, text)| File::new(path, text)).collect(), paths }
    }

    /// The file of that path.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether there is such a file or folder.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.paths.iter().any(|known| known == path.trim_end_matches('/'))
    }

    /// The Rust sources.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }

    /// The documents.
    pub(crate) fn markdown(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".md"))
    }

    fn walk(&mut self, folder: &Path, prefix: &str) {
        for entry in fs::read_dir(folder).expect("a folder of the repository can be read").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            let kind = entry.file_type().expect("the kind of a file can be read");
            let hidden = name.starts_with('.') && name != ".ci" && name != ".cargo";
            if hidden || MADE.contains(&name.as_str()) {
                continue;
            }
            if kind.is_dir() {
                self.walk(&entry.path(), &format!("{path}/"));
            } else if TEXT.contains(&name.rsplit('.').next().unwrap_or_default()) {
                // A file may go while we look, under an editor that saves; then it is not there.
                let Ok(text) = fs::read_to_string(entry.path()) else { continue };
                self.files.push(File { path: path.clone(), text });
            }
            self.paths.push(path);
        }
    }
}

impl File {
    /// A file, to try a rule on.
    #[cfg(test)]
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// The program without its tests and without comments.
    pub(crate) fn code(&self) -> String {
        let lines = self.text.lines().take(self.code_lines());
        let code = lines.map(|line| line.split_once("//").map_or(line, |(code, _)| code));
        code.collect::<Vec<_>>().join("\n")
    }

    /// Its tests.
    pub(crate) fn tests(&self) -> String {
        self.text.lines().skip(self.code_lines()).collect::<Vec<_>>().join("\n")
    }

    /// How many lines come before the tests, which are the last thing in a file, or all of it.
    fn code_lines(&self) -> usize {
        if self.path.contains("/tests/") || self.path.ends_with("/tests.rs") {
            return 0;
        }
        let lines: Vec<&str> = self.text.lines().collect();
        let tests =
            lines.windows(2).position(|two| two[0] == "#[cfg(test)]" && two[1].starts_with("mod tests"));
        tests.unwrap_or(lines.len())
    }
}

#[test]
fn code_and_tests_are_told_apart() {
    let text = "use crate::a; // crate::b\n/// crate::c\n#[cfg(test)]\nmod tests {\n    use crate::d;\n}\n";
    let file = File::new("shared/src/x.rs", text);
    assert!(file.code().contains("crate::a"));
    assert!(!file.code().contains("crate::b") && !file.code().contains("crate::c"));
    assert!(!file.code().contains("crate::d") && file.tests().contains("crate::d"));
    for path in ["shared/tests/y.rs", "shared/src/x/tests.rs"] {
        assert!(File::new(path, text).tests().contains("crate::a"));
        assert_eq!(File::new(path, text).code(), "");
    }
}
