//! In which language the program under test is written: told from its command, or the file that this names.

use std::fs;
use std::path::Path;

/// A language for which there are hints of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Language {
    Python,
    C,
    Java,
    Go,
    JavaScript,
    Rust,
    Any,
}

/// What of a binary is looked at, bytes.
const BINARY_BYTES_MAX: u64 = 8 << 20;

impl Language {
    /// Its name, for reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::C => "C",
            Self::Java => "Java",
            Self::Go => "Go",
            Self::JavaScript => "JavaScript",
            Self::Rust => "Rust",
            Self::Any => "any language",
        }
    }

    /// The language of the program that a command starts.
    pub(super) fn of(command: &str) -> Self {
        let words: Vec<&str> =
            command.split_whitespace().map(|word| word.trim_matches(['\'', '"'])).collect();
        words
            .iter()
            .find_map(|word| by_name(word))
            .or_else(|| words.iter().find_map(|word| by_file(word)))
            .unwrap_or(Self::Any)
    }
}

fn by_name(word: &str) -> Option<Language> {
    let name = word.rsplit('/').next().unwrap_or(word);
    let (stem, ending) = name.rsplit_once('.').map_or((name, ""), |(stem, ending)| (stem, ending));
    match ending {
        "py" => return Some(Language::Python),
        "c" => return Some(Language::C),
        "java" | "jar" | "class" => return Some(Language::Java),
        "go" => return Some(Language::Go),
        "js" | "mjs" | "cjs" | "ts" => return Some(Language::JavaScript),
        "rs" => return Some(Language::Rust),
        _ => {}
    }
    match stem {
        _ if stem.starts_with("python") || stem.starts_with("pypy") => Some(Language::Python),
        "java" => Some(Language::Java),
        "go" => Some(Language::Go),
        "node" | "nodejs" | "deno" | "bun" => Some(Language::JavaScript),
        "cargo" => Some(Language::Rust),
        "gcc" | "cc" | "clang" => Some(Language::C),
        _ => None,
    }
}

/// By what a binary holds.
fn by_file(word: &str) -> Option<Language> {
    use std::io::Read;
    let path = Path::new(word);
    if !word.contains('/') || !path.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(BINARY_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    if bytes.starts_with(b"#!") {
        let first = bytes.split(|byte| *byte == b'\n').next()?;
        return std::str::from_utf8(first)
            .ok()?
            .trim_start_matches("#!")
            .split_whitespace()
            .find_map(by_name);
    }
    if !bytes.starts_with(b"\x7fELF") {
        return None;
    }
    let holds = |part: &[u8]| memchr::memmem::find(&bytes, part).is_some();
    Some(match () {
        () if holds(b"/rustc/") || holds(b"RUST_BACKTRACE") => Language::Rust,
        () if holds(b"Go build ID") => Language::Go,
        () => Language::C,
    })
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn a_language_is_told_from_the_command() {
        let told = |command| Language::of(command);
        assert_eq!(told("python3 server.py {port}"), Language::Python);
        assert_eq!(told("java -jar chat.jar"), Language::Java);
        assert_eq!(told("go run ."), Language::Go);
        assert_eq!(told("/usr/bin/node server.mjs"), Language::JavaScript);
        assert_eq!(told("cargo run --release"), Language::Rust);
        assert_eq!(told("gcc -o s server.c && ./s"), Language::C);
        assert_eq!(told("./something"), Language::Any);
    }
}
