//! The convos that ship: the folder `convos/`, held inside the program.

use std::borrow::Cow;

use rust_embed::Embed;

#[derive(Embed)]
#[folder = "../../convos"]
struct Folder;

/// A convo that ships.
#[derive(Debug, Clone)]
pub(crate) struct Shipped {
    /// Its name, as `serve` and `call` take it.
    pub(crate) name: String,
    /// What stands in its file.
    pub(crate) text: String,
}

/// All of them, by name.
pub(crate) fn all() -> Vec<Shipped> {
    let mut all: Vec<Shipped> = names().filter_map(|name| find(&name)).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// The one of this name.
pub(crate) fn find(name: &str) -> Option<Shipped> {
    let file = Folder::get(&format!("{name}.convo"))?;
    Some(Shipped { name: name.to_owned(), text: String::from_utf8_lossy(&file.data).into_owned() })
}

/// The name most like `name`, if one is like it at all.
pub(crate) fn nearest(name: &str) -> Option<String> {
    names()
        .map(|known| (strsim::jaro_winkler(name, &known), known))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}

fn names() -> impl Iterator<Item = String> {
    Folder::iter().filter_map(|file: Cow<'static, str>| file.strip_suffix(".convo").map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::{all, find, nearest};

    #[test]
    fn every_file_of_the_folder_ships_under_its_name() {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../convos"));
        let mut files: Vec<String> = folder
            .expect("the folder is there")
            .map(|file| file.expect("it can be read").file_name().to_string_lossy().into_owned())
            .filter_map(|file| file.strip_suffix(".convo").map(str::to_owned))
            .collect();
        files.sort();
        let shipped: Vec<String> = all().into_iter().map(|shipped| shipped.name).collect();
        assert_eq!(shipped, files);
    }

    #[test]
    fn a_slip_finds_the_name_meant_and_nonsense_none() {
        assert!(find("reverse").is_some() && find("revrese").is_none());
        assert_eq!(nearest("revrese").as_deref(), Some("reverse"));
        assert_eq!(nearest("sum_json").as_deref(), Some("sum-json"));
        assert_eq!(nearest("xyzzy"), None);
    }
}
