//! A store's file: who may open it, what it holds after it was closed, what stays for readers.

use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("of/lists.sqlite");
    (folder, path)
}

fn add<'a>(key: Option<&'a str>, text: &'a str) -> Add<'a> {
    Add { list: "notes", key, text, from: "127.0.0.1:5000", at: 7 }
}

async fn texts(disk: &Disk) -> Vec<String> {
    let (mut all, mut page) = (Vec::new(), disk.begin("notes", 1).await.expect("it can be read"));
    loop {
        all.extend(page.items.iter().map(|item| item.text.clone()));
        let Some(rest) = page.rest else { return all };
        let ReadingKind::Disk(rest) = rest.0 else { panic!("it began on disk") };
        page = rest.page().await.expect("it can be read");
    }
}

#[tokio::test]
async fn what_was_added_is_there_when_the_file_is_opened_again() {
    let (_folder, path) = place();
    let disk = Disk::open(&path).expect("it can be made");
    assert_eq!(disk.add(add(None, "one")).await, Ok(1));
    assert_eq!(disk.add(add(Some("k"), "two")).await, Ok(2));
    assert_eq!(disk.add(add(Some("k"), "three")).await, Ok(3));
    drop(disk);
    let disk = Disk::open(&path).expect("it can be opened");
    assert_eq!(texts(&disk).await, ["one", "three"]);
    assert_eq!(disk.count("notes").await, Ok(2));
    assert_eq!(disk.count("others").await, Ok(0));
    assert_eq!(disk.add(add(None, "four")).await, Ok(4));
    let item = disk.at("notes", "4").await.expect("it can be read").expect("it is there");
    assert_eq!((item.text.as_str(), item.from.as_str(), item.at), ("four", "127.0.0.1:5000", 7));
}

#[tokio::test]
async fn adds_of_the_same_moment_get_one_number_each() {
    let (_folder, path) = place();
    let disk = Disk::open(&path).expect("it can be made");
    let adds: Vec<_> = (0..500).map(|_| disk.add(add(None, "note"))).collect();
    for (n, added) in adds.into_iter().enumerate() {
        assert_eq!(added.await, Ok(n as u64 + 1));
    }
    assert_eq!(disk.count("notes").await, Ok(500));
}

#[test]
fn a_store_that_is_open_is_opened_by_nobody_else() {
    let (_folder, path) = place();
    let _disk = Disk::open(&path).expect("it can be made");
    assert!(matches!(Disk::open(&path), Err(OpenError::InUse(_))));
    assert!(matches!(Archive::open(&path), Err(OpenError::InUse(_))));
}

#[test]
fn a_store_has_one_lock_by_whatever_name_it_was_made() {
    let (_folder, path) = place();
    drop(Disk::open(&path).expect("it can be made"));
    let [link, real] = ["link.sqlite", "real.sqlite"].map(|name| path.with_file_name(name));
    std::os::unix::fs::symlink(&real, &link).expect("a link can be made");
    let _disk = Disk::open(&link).expect("what the link leads to can be made");
    assert!(matches!(Disk::open(&real), Err(OpenError::InUse(_))));
}

#[tokio::test]
async fn a_file_that_was_taken_away_or_replaced_takes_no_more_and_is_read_on() {
    for (ending, replaced) in [("", false), ("", true), ("-wal", false)] {
        let (_folder, path) = place();
        let disk = Disk::open(&path).expect("it can be made");
        disk.add(add(None, "one")).await.expect("there is room");
        let gone = path.with_file_name(format!("lists.sqlite{ending}"));
        std::fs::remove_file(&gone).expect("it is there");
        if replaced {
            std::fs::write(&gone, "").expect("another one can be made");
        }
        let refused = disk.add(add(None, "two")).await.expect_err("it would be lost");
        assert!(refused.to_string().contains("removed, replaced or emptied"), "{refused}");
        assert_eq!(texts(&disk).await, ["one"]);
        // Also beside somebody who reads, where no further file can be opened, and beside the writer.
        let file = &disk.kept.file;
        let _writing = file.begin().expect("the open file can be written");
        let count = || file.read(|tables| tables.count("notes"));
        let (one, other) = std::thread::scope(|scope| {
            let beside = || file.read(|tables| Ok((tables.count("notes")?, scope.spawn(count))));
            let (one, other) = beside().expect("it can be read");
            (one, other.join().expect("it does not panic"))
        });
        assert_eq!((one, other), (1, Ok(1)));
    }
}

#[tokio::test]
async fn a_file_that_was_emptied_takes_no_more() {
    let (_folder, path) = place();
    let disk = Disk::open(&path).expect("it can be made");
    disk.add(add(None, "one")).await.expect("there is room");
    std::fs::write(&path, "").expect("it can be emptied");
    let refused = disk.add(add(None, "two")).await.expect_err("it would be lost");
    assert!(refused.to_string().contains("removed, replaced or emptied"), "{refused}");
}

#[test]
fn a_store_of_a_newer_format_is_refused_each_time() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("lists.sqlite");
    let newer = rusqlite::Connection::open(&path).expect("it can be made");
    file::fill(&newer, tables::FORMAT + 1).expect("it can be filled");
    drop(newer);
    for _ in 0..2 {
        let refused = Disk::open(&path).expect_err("it is newer");
        assert!(
            matches!(refused, OpenError::Newer { found, .. } if found == tables::FORMAT + 1),
            "{refused}"
        );
    }
}

/// A store of format 1, and what was in it.
const FIRST: &str = "
CREATE TABLE lists (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, last INTEGER NOT NULL, items INTEGER NOT NULL
) STRICT;
CREATE TABLE items (
    list INTEGER NOT NULL, number INTEGER NOT NULL, key TEXT, sender TEXT NOT NULL, at INTEGER NOT NULL,
    replaced INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (list, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX keys ON items (list, key) WHERE key IS NOT NULL AND replaced = 0;
CREATE INDEX leavings ON items (list, number) WHERE replaced > 0;
INSERT INTO lists VALUES (1, 'notes', 7, 2), (2, 'others', 3, 0);
INSERT INTO items VALUES
    (1, 5, NULL, 'a', 1, 0, 'five'), (1, 6, 'k', 'a', 2, 7, 'six'), (1, 7, 'k', 'b', 3, 0, 'seven');
PRAGMA application_id = 0x736f636b; PRAGMA user_version = 1;
";

#[tokio::test]
async fn a_store_of_format_1_goes_on_in_this_one() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("lists.sqlite");
    let first = rusqlite::Connection::open(&path).expect("it can be made");
    first.execute_batch(&format!("PRAGMA journal_mode = WAL; {FIRST}")).expect("it can be filled");
    drop(first);
    let disk = Disk::open(&path).expect("it can be opened");
    assert_eq!(texts(&disk).await, ["five", "seven"]);
    assert_eq!((disk.count("notes").await, disk.count("others").await), (Ok(2), Ok(0)));
    assert_eq!(disk.add(add(None, "eight")).await, Ok(8));
    assert_eq!(disk.add(Add { list: "others", ..add(None, "four") }).await, Ok(4));
    drop(disk);
    let archive = Archive::open(&path).expect("it can be opened again");
    let summary = |list: &str, items, last| Summary { list: list.to_owned(), items, last };
    assert_eq!(archive.lists(), Ok(vec![summary("notes", 3, 8), summary("others", 1, 4)]));
    assert_eq!(archive.trim("notes", Trim::KeepLast(1)), Ok(2));
    assert_eq!(archive.lists(), Ok(vec![summary("notes", 1, 8), summary("others", 1, 4)]));
}

#[test]
fn a_file_of_another_kind_is_refused_and_an_empty_one_taken() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("lists.sqlite");
    std::fs::write(&path, "not a store ".repeat(1000)).expect("it can be written");
    assert!(matches!(Disk::open(&path), Err(OpenError::NotAStore { .. })));
    std::fs::write(&path, "").expect("it can be written");
    drop(Disk::open(&path).expect("it can be made"));
    assert!(matches!(Archive::open(&folder.path().join("none")), Err(OpenError::System { .. })));
}

#[tokio::test]
async fn trimmed_lists_go_on_with_higher_numbers() {
    let (_folder, path) = place();
    let disk = Disk::open(&path).expect("it can be made");
    for n in 1..=5 {
        let key = (n == 2).then_some("k");
        let added = Add { at: n * 10, ..add(key, "note") };
        disk.add(added).await.expect("there is room");
    }
    drop(disk);
    let archive = Archive::open(&path).expect("it can be opened");
    assert_eq!(archive.trim("notes", Trim::AddedBefore(20)), Ok(1));
    assert_eq!(archive.trim("notes", Trim::KeepLast(2)), Ok(2));
    assert_eq!(archive.trim("others", Trim::KeepLast(2)), Ok(0));
    let summary = Summary { list: "notes".to_owned(), items: 2, last: 5 };
    assert_eq!(archive.lists(), Ok(vec![summary]));
    let (items, more) = archive.page("notes", 4).expect("it can be read");
    assert_eq!((items.len(), items[0].seq, more), (1, 5, false));
    drop(archive);
    let disk = Disk::open(&path).expect("it can be opened");
    assert_eq!(disk.at("notes", "k").await, Ok(None));
    assert_eq!(disk.add(add(None, "six")).await, Ok(6));
    assert_eq!(disk.add(add(Some("6"), "six again")).await, Ok(7));
    assert_eq!(disk.count("notes").await, Ok(3));
    drop(disk);
    // Down to nothing.
    let archive = Archive::open(&path).expect("it can be opened");
    assert_eq!(archive.trim("notes", Trim::KeepLast(0)), Ok(3));
    assert_eq!(archive.lists(), Ok(vec![Summary { list: "notes".to_owned(), items: 0, last: 7 }]));
    drop(archive);
    let disk = Disk::open(&path).expect("it can be opened");
    assert_eq!(disk.count("notes").await, Ok(0));
    assert_eq!(disk.add(add(None, "eight")).await, Ok(8));
    assert_eq!((disk.count("notes").await, texts(&disk).await), (Ok(1), vec!["eight".to_owned()]));
}

#[tokio::test]
async fn what_was_looked_up_ahead_holds_until_something_is_added() {
    let (_folder, path) = place();
    let disk = Disk::open(&path).expect("it can be made");
    disk.add(add(None, "one")).await.expect("there is room");
    let adds = [None, Some("5"), None, Some("one")].map(|key| tables::Addition::from(add(key, "note")));
    let numbers = |n: usize| {
        let mut writing = disk.kept.file.begin().expect("it can be written");
        writing.look_ahead("notes").expect("it can be read");
        writing.look_ahead("none").expect("it can be read");
        writing.write(|changes| {
            adds[..n].iter().map(|add| Ok(changes.add(add)?.0)).collect::<Result<Vec<_>, _>>()
        })
    };
    drop(disk.kept.file.begin().expect("it can be written"));
    assert_eq!(numbers(1), Ok(vec![2]));
    // What stands under "5" keeps that name to itself.
    assert_eq!(numbers(4), Ok(vec![3, 4, 6, 7]));
    assert_eq!(disk.kept.file.read(|tables| Ok(tables.all()?.len())), Ok(1));
}

#[test]
fn nothing_is_begun_ahead_while_another_program_writes() {
    let (_folder, path) = place();
    let file = StoreFile::open_or_make(&path).expect("it can be made");
    let other = rusqlite::Connection::open(&path).expect("it can be read");
    other.execute_batch("BEGIN IMMEDIATE").expect("nobody else writes");
    let before = tokio::time::Instant::now();
    assert!(file.begin_at_once().is_none());
    assert!(before.elapsed().as_secs() < 4, "it was waited for");
    other.execute_batch("ROLLBACK").expect("it was begun");
    let mut begun = file.begin_at_once().expect("nobody else writes");
    begun.look_ahead("notes").expect("it can be read");
    let locked = other.execute_batch("PRAGMA busy_timeout = 0; BEGIN IMMEDIATE");
    assert!(locked.is_err(), "it was begun");
    drop(begun);
    other.execute_batch("BEGIN IMMEDIATE").expect("it is taken back");
}

#[tokio::test]
async fn replaced_items_go_once_nobody_reads_them() {
    let (_folder, path) = place();
    let disk = Disk::open(&path).expect("it can be made");
    let long = "x".repeat(super::super::PAGE_BYTES_MAX);
    disk.add(add(None, &long)).await.expect("there is room");
    disk.add(add(Some("k"), "first")).await.expect("there is room");
    let page = disk.begin("notes", 1).await.expect("it can be read");
    for n in 0..50 {
        disk.add(add(Some("k"), &n.to_string())).await.expect("there is room");
    }
    let rows = |disk: &Disk| {
        let all = disk.kept.file.read(|tables| tables.has_replaced());
        all.expect("it can be read")
    };
    assert!(rows(&disk));
    let ReadingKind::Disk(rest) = page.rest.expect("the first was long").0 else { panic!("it is on disk") };
    let page = rest.page().await.expect("it can be read");
    assert_eq!(page.items.iter().map(|item| item.text.as_str()).collect::<Vec<_>>(), ["first"]);
    assert!(page.rest.is_none());
    // The next write drops what was replaced before.
    disk.add(add(None, "last")).await.expect("there is room");
    assert!(!rows(&disk));
    assert_eq!(texts(&disk).await, [long.as_str(), "49", "last"]);
}
