//! Lists kept, read page by page, replaced.

use super::*;

fn add(memory: &Memory, key: Option<&str>, text: &str) -> u64 {
    let add = Add { list: "notes", key, text, from: "127.0.0.1:5000", at: 7 };
    memory.add(add).expect("the lists have room")
}

fn next(reading: super::super::Reading) -> Page {
    let ReadingKind::Memory(reading) = reading.0 else { panic!("it began in memory") };
    reading.page()
}

fn texts(reading: Reading) -> Vec<String> {
    let (mut all, mut page) = (Vec::new(), reading.page());
    loop {
        assert!(page.items.len() <= PAGE_ITEMS_MAX);
        assert!(page.rest.is_none() || !page.items.is_empty(), "a page before the last has something");
        all.extend(page.items.iter().map(|item| item.text.clone()));
        let Some(rest) = page.rest else { return all };
        page = next(rest);
    }
}

#[test]
fn a_list_is_read_in_the_order_of_adding() {
    let memory = Memory::default();
    let expected: Vec<String> = (1..=600).map(|n| format!("note {n}")).collect();
    for (n, text) in expected.iter().enumerate() {
        assert_eq!(add(&memory, None, text), n as u64 + 1);
    }
    assert_eq!(texts(memory.begin("notes", 1)), expected);
    assert_eq!(memory.count("notes"), 600);
    assert_eq!(memory.count("others"), 0);
    assert!(texts(memory.begin("others", 1)).is_empty());
}

#[test]
fn a_page_ends_when_it_has_enough_bytes() {
    let memory = Memory::default();
    let long = "x".repeat(PAGE_BYTES_MAX);
    add(&memory, None, &long);
    add(&memory, None, "short");
    let page = memory.begin("notes", 1).page();
    assert!(page.rest.is_some());
    assert_eq!(page.items.len(), 1);
}

#[test]
fn a_reading_sees_the_list_as_it_was_when_it_began() {
    let memory = Memory::default();
    add(&memory, Some("a"), "one");
    add(&memory, None, "two");
    let before = memory.begin("notes", 1);
    add(&memory, Some("a"), "three");
    assert_eq!(texts(before), ["one", "two"]);
    assert_eq!(texts(memory.begin("notes", 1)), ["two", "three"]);
}

#[test]
fn a_key_finds_what_was_added_last_under_it() {
    let memory = Memory::default();
    add(&memory, Some("a"), "one");
    add(&memory, Some("a"), "two");
    assert_eq!(memory.at("notes", "a").map(|item| item.text.clone()).as_deref(), Some("two"));
    assert_eq!(memory.at("notes", "b"), None);
    assert_eq!(memory.count("notes"), 1);
}

#[test]
fn without_a_key_the_number_is_the_key_and_replaces_nothing() {
    let memory = Memory::default();
    add(&memory, Some("2"), "named");
    let seq = add(&memory, None, "numbered");
    assert_eq!(seq, 3);
    assert_eq!(memory.at("notes", "2").map(|item| item.text.clone()).as_deref(), Some("named"));
    assert_eq!(memory.at("notes", "3").map(|item| item.text.clone()).as_deref(), Some("numbered"));
}

#[test]
fn full_lists_refuse_and_lose_nothing() {
    let memory = Memory::new(1_000);
    let huge = "x".repeat(500);
    add(&memory, Some("a"), &huge);
    let second = Add { list: "notes", key: Some("b"), text: &huge, from: "", at: 0 };
    assert!(memory.add(second).is_err());
    add(&memory, Some("a"), &huge);
    assert_eq!(memory.count("notes"), 1);
}
