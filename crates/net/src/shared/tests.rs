//! Lists kept, read page by page, replaced.

use super::*;

fn add(shared: &Shared, key: Option<&str>, text: &str) -> u64 {
    let add = Add { list: "notes", key, text, from: "127.0.0.1:5000", at: 7 };
    shared.add(add).expect("the lists have room")
}

fn texts(mut reading: Reading) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let mut page = Vec::new();
        let more = reading.page(&mut page);
        assert!(page.len() <= PAGE_ITEMS_MAX);
        assert!(!more || !page.is_empty(), "a page before the last has something");
        all.extend(page.iter().map(|item| item.text.clone()));
        if !more {
            return all;
        }
    }
}

#[test]
fn a_list_is_read_in_the_order_of_adding() {
    let shared = Shared::default();
    let expected: Vec<String> = (1..=600).map(|n| format!("note {n}")).collect();
    for (n, text) in expected.iter().enumerate() {
        assert_eq!(add(&shared, None, text), n as u64 + 1);
    }
    assert_eq!(texts(shared.begin("notes")), expected);
    assert_eq!(shared.count("notes"), 600);
    assert_eq!(shared.count("others"), 0);
    assert!(texts(shared.begin("others")).is_empty());
}

#[test]
fn a_page_ends_when_it_has_enough_bytes() {
    let shared = Shared::default();
    let long = "x".repeat(PAGE_BYTES_MAX);
    add(&shared, None, &long);
    add(&shared, None, "short");
    let (mut reading, mut page) = (shared.begin("notes"), Vec::new());
    assert!(reading.page(&mut page));
    assert_eq!(page.len(), 1);
}

#[test]
fn a_reading_sees_the_list_as_it_was_when_it_began() {
    let shared = Shared::default();
    add(&shared, Some("a"), "one");
    add(&shared, None, "two");
    let before = shared.begin("notes");
    add(&shared, Some("a"), "three");
    assert_eq!(texts(before), ["one", "two"]);
    assert_eq!(texts(shared.begin("notes")), ["two", "three"]);
}

#[test]
fn a_key_finds_what_was_added_last_under_it() {
    let shared = Shared::default();
    add(&shared, Some("a"), "one");
    add(&shared, Some("a"), "two");
    assert_eq!(shared.at("notes", "a").map(|item| item.text.clone()).as_deref(), Some("two"));
    assert_eq!(shared.at("notes", "b"), None);
    assert_eq!(shared.count("notes"), 1);
}

#[test]
fn without_a_key_the_number_is_the_key_and_replaces_nothing() {
    let shared = Shared::default();
    add(&shared, Some("2"), "named");
    let seq = add(&shared, None, "numbered");
    assert_eq!(seq, 3);
    assert_eq!(shared.at("notes", "2").map(|item| item.text.clone()).as_deref(), Some("named"));
    assert_eq!(shared.at("notes", "3").map(|item| item.text.clone()).as_deref(), Some("numbered"));
}

#[test]
fn full_lists_refuse_and_lose_nothing() {
    let shared = Shared::new(1_000);
    let huge = "x".repeat(500);
    add(&shared, Some("a"), &huge);
    let second = Add { list: "notes", key: Some("b"), text: &huge, from: "", at: 0 };
    assert!(shared.add(second).is_err());
    add(&shared, Some("a"), &huge);
    assert_eq!(shared.count("notes"), 1);
}
