//! The convos that the tests run: those that ship, and the examples of known protocols.

use std::path::PathBuf;

use convo::{Convo, Reading};

/// A convo file.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// What ships with the program.
pub(crate) fn shipped() -> Vec<File> {
    folder("convos")
}

/// Every convo of the project, each name once.
pub(crate) fn all() -> Vec<File> {
    let mut all = shipped();
    for file in folder("tests/convos") {
        if !all.iter().any(|known| known.name == file.name) {
            all.push(file);
        }
    }
    all
}

/// One of them.
pub(crate) fn named(name: &str) -> Convo {
    let file = all().into_iter().find(|file| file.name == name).expect("a convo of this name");
    sound(&format!("{name}.convo"), &file.text)
}

/// A convo that has no errors.
pub(crate) fn read(text: &str) -> Convo {
    sound("test.convo", text)
}

fn sound(file: &str, text: &str) -> Convo {
    let Reading { convo, findings } = Convo::read(file, text);
    let told: Vec<_> = findings.iter().map(ToString::to_string).collect();
    convo.unwrap_or_else(|| panic!("a convo without errors\n{text}\n{}", told.join("\n")))
}

fn folder(folder: &str) -> Vec<File> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let mut files: Vec<File> = std::fs::read_dir(&root)
        .expect("a folder of convos")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "convo"))
        .map(|path| File {
            name: path.file_stem().expect("a name").to_string_lossy().into_owned(),
            text: std::fs::read_to_string(&path).expect("a text"),
        })
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

/// Rooms come with what sessions share.
pub(crate) fn has_rooms(file: &File) -> bool {
    file.text.lines().any(|line| matches!(line.split_whitespace().next(), Some("room" | "freely:")))
}
