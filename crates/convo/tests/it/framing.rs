//! Framings: any cut of the same bytes gives the same messages, and no peer makes us hold more than the limit.

use convo::{Convo, Input, Role, ViolationKind};
use proptest::prelude::*;

use crate::convos::read;
use crate::kept::Kept;
use crate::play::framed;
use crate::side::{Side, Terms};

const LIMIT: usize = 4096;

/// Framings that promise that cuts do not matter, each with a convo that takes any message.
const SOUND: [(&str, &str); 7] = [
    ("line", "on C: {m: bytes}"),
    ("line crlf", "on C: {m: bytes}"),
    ("exact", "on C: {n: u16}{m: bytes n}"),
    ("json", "on C: {\"m\": m}"),
    ("json line", "on C: {\"m\": m}"),
    ("length u16", "on C: {m: bytes}"),
    ("length u32", "on C: {m: bytes}"),
];

fn convo(framing: &str, row: &str) -> Convo {
    read(&format!("framing {framing}\nloop:\n    {row}\n"))
}

/// What a server hears of these reads, and how it broke, if it did.
fn hear<'r>(
    convo: &Convo,
    reads: impl IntoIterator<Item = &'r [u8]>,
) -> (Vec<Vec<u8>>, Option<ViolationKind>) {
    let terms = Terms { message_bytes_max: LIMIT, ..Terms::default() };
    let mut side = Side::new(convo, Role::Server, &terms, &[]);
    let mut kept = Kept::default();
    side.run(&mut kept);
    for read in reads {
        side.hear(Input::Bytes(read));
        side.run(&mut kept);
    }
    side.hear(Input::End);
    side.run(&mut kept);
    let broke = side.broke();
    (side.heard, broke)
}

/// The same bytes, cut at `cuts` (anything, taken modulo what is there).
fn cut<'b>(bytes: &'b [u8], cuts: &[usize]) -> Vec<&'b [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.dedup();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

/// A message that this framing carries.
fn message(framing: &str) -> BoxedStrategy<Vec<u8>> {
    let bytes = proptest::collection::vec(any::<u8>(), 0..40);
    match framing {
        "line" | "line crlf" => bytes
            .prop_map(|bytes| bytes.into_iter().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect())
            .boxed(),
        "exact" => bytes
            .prop_map(|bytes| {
                let length = u16::try_from(bytes.len()).expect("short");
                [&length.to_be_bytes()[..], &bytes].concat()
            })
            .boxed(),
        "json" | "json line" => (any::<String>(), any::<String>(), "[ \t\r\n]{0,3}")
            .prop_map(|(text, more, space)| {
                let (text, more) = (serde_json::json!(text), serde_json::json!([{ "}": more }]));
                format!("{{{space}\"x\":{more},{space}\"m\"{space}: {text}}}").into_bytes()
            })
            .boxed(),
        _ => bytes.boxed(),
    }
}

fn messages() -> impl Strategy<Value = (usize, Vec<Vec<u8>>, Vec<usize>)> {
    (0..SOUND.len()).prop_flat_map(|index| {
        let messages = proptest::collection::vec(message(SOUND[index].0), 0..6);
        (Just(index), messages, proptest::collection::vec(any::<usize>(), 0..12))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn any_cut_of_the_same_bytes_gives_the_same_messages((index, messages, cuts) in messages()) {
        let (framing, row) = SOUND[index];
        let wire: Vec<u8> = messages.iter().flat_map(|message| framed(framing, message, convo::Link::Stream).concat()).collect();
        let (heard, broke) = hear(&convo(framing, row), cut(&wire, &cuts));
        prop_assert_eq!(heard, messages);
        prop_assert_eq!(broke, None);
    }

    #[test]
    fn any_cut_of_any_bytes_has_one_meaning(
        index in 0..SOUND.len(),
        bytes in proptest::collection::vec(prop_oneof![3 => any::<u8>(), 1 => Just(b'\n'), 1 => Just(b'\r'), 1 => Just(0), 1 => Just(b'{'), 1 => Just(b'"'), 1 => Just(b'}')], 0..60),
        cuts in proptest::collection::vec(any::<usize>(), 0..12),
    ) {
        let (framing, row) = SOUND[index];
        let convo = convo(framing, row);
        prop_assert_eq!(hear(&convo, cut(&bytes, &cuts)), hear(&convo, [&bytes[..]]));
    }

    #[test]
    fn a_counted_text_may_be_glued_apart_or_cut_anywhere(
        texts in proptest::collection::vec((any::<String>(), any::<bool>(), proptest::collection::vec(any::<usize>(), 0..4)), 1..5),
    ) {
        let convo = convo("counted", "on C: {m}");
        let mut reads: Vec<Vec<u8>> = Vec::new();
        for (text, glued, cuts) in &texts {
            let count = text.chars().count().to_string().into_bytes();
            reads.push(count);
            let mut pieces = cut(text.as_bytes(), cuts).into_iter();
            // Digits after a count would be read as its own.
            if *glued && !text.starts_with(|c: char| c.is_ascii_digit()) {
                let first = pieces.next().unwrap_or_default();
                reads.last_mut().expect("the count").extend_from_slice(first);
            }
            reads.extend(pieces.map(<[u8]>::to_vec));
        }
        let (heard, broke) = hear(&convo, reads.iter().map(Vec::as_slice));
        let said: Vec<_> = texts.iter().map(|(text, ..)| text.clone().into_bytes()).collect();
        prop_assert_eq!(heard, said);
        prop_assert_eq!(broke, None);
    }
}

#[test]
fn every_cut_of_twelve_bytes_gives_the_same_messages() {
    let wires: [(&str, &str, &[u8]); 5] = [
        ("line", "on C: {m: bytes}", b"ab\r\n\n\r\r\ncd\n"),
        ("exact", "on C: {n: u16}{m: bytes n}", b"\0\x03abc\0\0\0\x01x\0\0"),
        ("json", "on C: {\"m\": m}", b"{\"m\":\"}\\\"\"} "),
        ("length u16", "on C: {m: bytes}", b"\0\x01a\0\0\0\x05hello"),
        ("length u32", "on C: {m: bytes}", b"\0\0\0\x03abc\0\0\0\0\0"),
    ];
    for (framing, row, wire) in wires {
        let convo = convo(framing, row);
        let whole = hear(&convo, [wire]);
        for places in 0..1u32 << (wire.len() - 1) {
            let cuts: Vec<usize> = (1..wire.len()).filter(|at| places >> (at - 1) & 1 == 1).collect();
            assert_eq!(hear(&convo, cut(wire, &cuts)), whole, "framing {framing}, cut at {cuts:?}");
        }
    }
}

#[test]
fn a_message_of_the_limit_is_taken_and_a_longer_one_is_not() {
    for (framing, row) in SOUND.into_iter().chain([("counted", "on C: {m}"), ("chunk", "on C: {m}")]) {
        let convo = convo(framing, row);
        let fill = |bytes: usize| match framing {
            "json" | "json line" => format!("{{\"m\": \"{}\"}}", "x".repeat(bytes - 9)).into_bytes(),
            "exact" => {
                let length = u16::try_from(bytes - 2).expect("short");
                [&length.to_be_bytes()[..], "x".repeat(bytes - 2).as_bytes()].concat()
            }
            _ => "x".repeat(bytes).into_bytes(),
        };
        let reads = |message: &[u8]| framed(framing, message, convo::Link::Stream);
        let whole = reads(&fill(LIMIT));
        let (heard, broke) = hear(&convo, whole.iter().map(Vec::as_slice));
        assert_eq!((heard.len(), broke), (1, None), "framing {framing}");
        let longer = reads(&fill(LIMIT + 1));
        let (heard, broke) = hear(&convo, longer.iter().map(Vec::as_slice));
        assert_eq!((heard.len(), broke), (0, Some(ViolationKind::TooLong)), "framing {framing}");
    }
}

#[test]
fn the_limit_holds_before_memory_is_used() {
    let endless: [(&str, &str, &[u8], u8); 9] = [
        ("line", "on C: {m: bytes}", b"", b'x'),
        ("line", "on C: {w: word} {m: bytes 3}", b"", b'x'),
        ("exact", "on C: {n: u32}{m: bytes n}", b"\0\x0f\xff\xff", b'x'),
        ("json", "on C: {\"m\": m}", b"{\"m\": \"", b'x'),
        ("json", "on C: {\"m\": m}", b"", b' '),
        ("counted", "on C: {m}", b"4097", b'x'),
        ("counted", "on C: {m}", b"", b'9'),
        ("length u32", "on C: {m: bytes}", b"\0\0\x10\x01", b'x'),
        ("chunk", "on C: {m}", b"", b'x'),
    ];
    for (framing, row, head, byte) in endless {
        let terms = Terms { message_bytes_max: LIMIT, ..Terms::default() };
        let mut side = Side::new(&convo(framing, row), Role::Server, &terms, &[]);
        let mut kept = Kept::default();
        let mut held = 0;
        let piece = [byte; 256];
        for read in std::iter::once(head).chain(std::iter::repeat(&piece[..])) {
            side.hear(Input::Bytes(read));
            side.run(&mut kept);
            held += read.len();
            if side.over || framing == "chunk" && !side.heard.is_empty() {
                break;
            }
            // White space before JSON is not kept.
            if byte == b' ' && held > 8 * LIMIT {
                side.hear(Input::Bytes(b"{\"m\": \"x\"}"));
                side.run(&mut kept);
                assert_eq!(side.heard.len(), 1, "framing {framing}: a message after white space");
                break;
            }
            assert!(
                byte == b' ' || held <= 2 * LIMIT + 512,
                "framing {framing}, {row}: {held} bytes are held"
            );
        }
        if framing != "chunk" && byte != b' ' {
            assert_eq!(side.broke(), Some(ViolationKind::TooLong), "framing {framing}, {row}");
        }
    }
}
