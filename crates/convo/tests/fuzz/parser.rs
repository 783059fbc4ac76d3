//! Any text is read, refused with findings that can be printed, or runs; none makes the reader panic or hang.

use std::time::{Duration, Instant};

use convo::transcript::Transcript;
use convo::{Convo, Role};

use crate::edit::{Edit, FILES, edited};
use crate::kept::Kept;
use crate::side::{Side, Terms};

/// A convo of one page is read in milliseconds; a debug build on a busy machine is given this.
const READ_TIME_MAX: Duration = Duration::from_secs(20);

#[expect(clippy::disallowed_methods, reason = "the time that reading takes is what is tested")]
fn read(text: &str) -> Option<Convo> {
    let start = Instant::now();
    let reading = Convo::read("fuzz.convo", text);
    assert!(start.elapsed() < READ_TIME_MAX, "reading takes too long");
    for finding in &reading.findings {
        let told = finding.to_string();
        assert!(told.starts_with(&format!("fuzz.convo:{}:{}: ", finding.line, finding.column)), "{told}");
        assert!(told.contains("\nhint: ") && finding.line >= 1 && finding.column >= 1, "{told}");
    }
    assert_eq!(
        reading.convo.is_none(),
        reading.findings.iter().any(|finding| finding.severity == convo::Severity::Error)
    );
    reading.convo
}

#[test]
fn fuzz_reads_any_bytes() {
    bolero::check!().for_each(|bytes| {
        read(&String::from_utf8_lossy(bytes));
        if let Ok(transcript) = Transcript::parse(&String::from_utf8_lossy(bytes)) {
            assert_eq!(Transcript::parse(&transcript.to_string()).as_ref(), Ok(&transcript));
        }
    });
}

#[test]
fn fuzz_reads_and_starts_edited_convos() {
    bolero::check!().with_type::<(u8, Vec<Edit>)>().for_each(|(index, edits)| {
        let text = edited(&FILES[usize::from(*index) % FILES.len()].text, edits);
        let Some(convo) = read(&text) else { return };
        for role in [Role::Client, Role::Server] {
            let mut side = Side::new(&convo, role, &Terms::default(), &["1".to_owned(), "GET".to_owned()]);
            side.run_briefly(&mut Kept::default(), 1000);
            assert!(convo.projection(role).is_empty() || convo.projection(role).ends_with('\n'));
        }
    });
}
