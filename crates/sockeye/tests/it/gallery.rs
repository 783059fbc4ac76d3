//! The gallery judges `sockeye check`: in each program of `tests/gallery/bugs` it must find the bug and name its cause, and
//! in those of `tests/gallery/sound` it must find nothing.
//!
//! The sound programs are checked [`RUNS`] times in all, each time with another seed, without the cases that wait.
//! `SOCKEYE_GALLERY_RUNS=1000` has that done so often, and each program checked once as a whole besides, all beside two
//! busy loops.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::Value;
use tempfile::TempDir;

use crate::server::{project, test_convo};
use crate::tools::{find, python, python_with_rsa};

/// Checks of sound programs with a seed of their own, unless the environment says how many: one for each.
const RUNS: usize = SOUND.len();
/// Checks that run side by side in one test: most of their time is waiting.
const BESIDE: usize = 3;
/// What a check of many seeds leaves out: these wait, or take as long as all others together.
const SLOW: [&str; 6] =
    ["life/idle", "life/leaks", "life/endless", "life/slow-reader", "life/restart", "life/limit-freed"];

/// A program of the gallery, ready to run.
struct Program {
    /// Its file, for messages.
    file: String,
    convo: String,
    /// `--server-command` or `--client-command`.
    option: &'static str,
    command: String,
    /// Where it stands.
    _folder: TempDir,
}

/// A line of `bugs.toml`.
struct Bug {
    file: String,
    /// The program of which it is a change, and what stands there instead of what.
    changed: Option<(String, Vec<[String; 2]>)>,
    bug: String,
    case: String,
    cause: String,
    verdict: String,
}

/// A report of `sockeye check`.
struct Report {
    code: Option<i32>,
    json: Value,
}

macro_rules! bugs {
    ($($test:ident: $folder:literal $role:literal;)*) => {
        /// Which bugs each test looks at.
        const BUGS: &[(&str, &str)] = &[$(($folder, $role)),*];
        $(
            #[test]
            fn $test() {
                find_bugs($folder, $role);
            }
        )*
    };
}

bugs! {
    bugs_in_board_servers_are_found: "board" "server";
    bugs_in_board_clients_are_found: "board" "client";
    bugs_in_boards_with_senders_are_found: "board-from" "server";
    bugs_in_paged_board_servers_are_found: "board-paged" "server";
    bugs_in_tcp_board_servers_are_found: "board-tcp" "server";
    bugs_in_free_chat_clients_are_found: "chat" "client";
    bugs_in_lobby_clients_are_found: "lobby" "client";
    bugs_in_lobby_servers_are_found: "lobby" "server";
    bugs_in_encrypted_chat_servers_are_found: "chat-rsa" "server";
    bugs_in_encrypted_chat_clients_are_found: "chat-rsa" "client";
    bugs_in_chat_servers_are_found: "chat-turns" "server";
    bugs_in_chat_clients_are_found: "chat-turns" "client";
    bugs_in_packed_servers_are_found: "packed" "server";
    bugs_in_calculators_are_found: "calc" "server";
    bugs_in_reverse_servers_are_found: "reverse" "server";
    bugs_in_reverse_clients_are_found: "reverse" "client";
    bugs_in_reverse_line_servers_are_found: "reverse-lines" "server";
    bugs_in_reverse_line_clients_are_found: "reverse-lines" "client";
    bugs_in_encrypted_greeting_clients_are_found: "secret" "client";
    bugs_in_sum_greeting_servers_are_found: "sum-greeting" "server";
    bugs_in_sum_greeting_clients_are_found: "sum-greeting" "client";
    bugs_in_sum_json_servers_are_found: "sum-json" "server";
    bugs_in_sum_json_clients_are_found: "sum-json" "client";
    bugs_in_sum_prompt_servers_are_found: "sum-prompt" "server";
    bugs_in_sum_prompt_clients_are_found: "sum-prompt" "client";
    bugs_in_sum_prompt_udp_servers_are_found: "sum-prompt-udp" "server";
}

macro_rules! sound {
    ($($test:ident: $file:literal $convo:literal;)*) => {
        /// The files that the tests look at.
        const SOUND: &[&str] = &[$($file),*];
        $(
            #[test]
            fn $test() {
                accuse_nobody($file, $convo);
            }
        )*
    };
}

sound! {
    a_board_that_keeps_any_bytes_is_not_accused: "board_bytes.c" "board";
    a_board_client_is_not_accused: "board_client.py" "board";
    a_board_with_senders_is_not_accused: "board_from.py" "board-from";
    a_paged_board_is_not_accused: "board_paged_threads.py" "board-paged";
    a_plain_board_is_not_accused: "board_plain.c" "board";
    a_board_with_selectors_is_not_accused: "board_selectors.py" "board";
    a_tcp_board_that_refuses_long_notes_is_not_accused: "board_tcp_threads.py" "board-tcp";
    a_free_chat_client_is_not_accused: "chat_client.py" "chat";
    an_encrypted_chat_client_is_not_accused: "chat_rsa_client.py" "chat-rsa";
    an_encrypted_chat_server_is_not_accused: "chat_rsa_server.py" "chat-rsa";
    a_lobby_client_is_not_accused: "lobby_client.py" "lobby";
    a_lobby_is_not_accused: "lobby_threads.py" "lobby";
    a_chat_client_is_not_accused: "chat_turns_client.py" "chat-turns";
    a_packed_server_is_not_accused: "packed_server.py" "packed";
    a_calculator_is_not_accused: "calc_udp.py" "calc";
    a_server_of_chunks_is_not_accused: "reverse_chunks.py" "reverse";
    an_asyncio_server_is_not_accused: "reverse_lines_asyncio.py" "reverse-lines";
    a_client_in_c_is_not_accused: "reverse_lines_client.c" "reverse-lines";
    a_client_in_python_is_not_accused: "reverse_lines_client.py" "reverse-lines";
    a_client_that_writes_in_pieces_is_not_accused: "reverse_lines_client_pieces.py" "reverse-lines";
    a_client_that_reconnects_is_not_accused: "reverse_lines_client_reconnects.py" "reverse-lines";
    a_client_that_tries_again_is_not_accused: "reverse_lines_client_retries.py" "reverse-lines";
    a_daemon_is_not_accused: "reverse_lines_daemon.py" "reverse-lines";
    a_forking_server_is_not_accused: "reverse_lines_fork.c" "reverse-lines";
    a_slow_server_is_not_accused: "reverse_lines_pieces.py" "reverse-lines";
    a_server_with_pthreads_is_not_accused: "reverse_lines_pthreads.c" "reverse-lines";
    a_server_with_selectors_is_not_accused: "reverse_lines_selectors.py" "reverse-lines";
    a_server_with_threads_is_not_accused: "reverse_lines_threads.py" "reverse-lines";
    a_server_in_rust_is_not_accused: "reverse_lines_threads.rs" "reverse-lines";
    an_encrypted_greeting_is_not_accused: "secret_threads.py" "secret";
    a_greeting_client_is_not_accused: "sum_greeting_client.py" "sum-greeting";
    a_server_that_closes_early_is_not_accused: "sum_greeting_early_close.py" "sum-greeting";
    a_json_server_that_says_more_is_not_accused: "sum_json_asyncio.py" "sum-json";
    a_json_client_is_not_accused: "sum_json_client.py" "sum-json";
    a_json_server_is_not_accused: "sum_json_threads.py" "sum-json";
    a_prompting_client_is_not_accused: "sum_prompt_client.py" "sum-prompt";
    a_prompting_client_in_colours_is_not_accused: "sum_prompt_client_colours.py" "sum-prompt";
    a_client_that_asks_for_all_at_once_is_not_accused: "sum_prompt_client_asks_both.py" "sum-prompt";
    a_server_with_poll_is_not_accused: "sum_prompt_poll.c" "sum-prompt";
    a_server_with_a_limit_is_not_accused: "sum_prompt_threads.py" "sum-prompt";
    a_udp_server_with_a_limit_is_not_accused: "sum_prompt_udp.py" "sum-prompt-udp";
}

#[test]
fn every_program_of_the_gallery_is_looked_at() {
    let whole = table().into_iter().filter(|bug| bug.changed.is_none());
    let listed: BTreeSet<String> = whole.map(|bug| format!("bugs/{}", bug.file)).collect();
    let tested: BTreeSet<String> = SOUND.iter().map(|file| format!("sound/{file}")).collect();
    let mut there = BTreeSet::new();
    gather(Path::new(&project("tests/gallery")), &mut there);
    assert_eq!(listed.union(&tested).cloned().collect::<BTreeSet<_>>(), there);
    for bug in table() {
        let (folder, _) = bug.file.split_once('/').expect("a bug lies in its convo's folder");
        assert!(BUGS.contains(&(folder, role(&bug.file))), "no test looks at {}", bug.file);
    }
}

#[test]
fn a_short_idle_time_is_the_cause_wherever_it_closes() {
    let bug = table().into_iter().find(|bug| bug.file == "sum-prompt/idle_in_ms.py").expect("it is there");
    let Some(program) = Program::new(&bug.file, bug.text(), "sum-prompt") else { return };
    let report = program.check(&["--only", "sum-prompt/life/limit-busy", "--only", "sum-prompt/life/idle"]);
    let causes: Vec<&str> = report.verdicts("fail").map(|case| told(case, "cause")).collect();
    assert_eq!(causes.len(), 2, "{}", report.accusations());
    assert!(causes.iter().all(|cause| cause.contains("before the idle time")), "{causes:?}");
}

fn find_bugs(folder: &str, of: &str) {
    let bugs = table()
        .into_iter()
        .filter(|bug| bug.file.starts_with(&format!("{folder}/")) && role(&bug.file) == of);
    let missed = beside(bugs.collect(), |bug| missed(&bug, folder));
    let missed: Vec<String> = missed.into_iter().flatten().collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// Why a bug does not count as found, if it does not.
fn missed(bug: &Bug, convo: &str) -> Option<String> {
    let program = Program::new(&bug.file, bug.text(), convo)?;
    let only = format!("{convo}/{}", bug.case);
    let report = program.check(&["--only", &only]);
    let cause = bug.cause.to_lowercase();
    let named = report.verdicts(&bug.verdict).any(|case| told(case, "cause").to_lowercase().contains(&cause));
    let exits = if bug.verdict == "fail" { 1 } else { 0 };
    (!named || report.code != Some(exits)).then(|| {
        format!(
            "{}: {} It should {} in {only}, for {:?}; exit {:?}\n{}",
            bug.file,
            bug.bug,
            bug.verdict,
            bug.cause,
            report.code,
            report.accusations()
        )
    })
}

fn accuse_nobody(file: &str, convo: &str) {
    let Some(program) = Program::new(file, text_of(&format!("sound/{file}")), convo) else { return };
    let load = whole_too().then(Load::begin);
    let runs = runs().div_ceil(SOUND.len());
    let skip: Vec<&str> = SLOW.iter().flat_map(|case| ["--skip", case]).collect();
    let wholes = usize::from(whole_too());
    // The first is whole, where that is wanted.
    let seeds: Vec<usize> = (1 - wholes..=runs).collect();
    let accused = beside(seeds, |seed| {
        let text = seed.to_string();
        let report = if seed == 0 {
            program.check(&[])
        } else {
            program.check(&[&skip[..], &["--seed", &text]].concat())
        };
        (report.code != Some(0))
            .then(|| format!("seed {seed}: exit {:?}\n{}", report.code, report.accusations()))
    });
    drop(load);
    let accused: Vec<String> = accused.into_iter().flatten().collect();
    assert!(
        accused.is_empty(),
        "{} of {} checks accuse {file}:\n{}",
        accused.len(),
        runs + wholes,
        accused.join("\n")
    );
    let said = format!("{file}: no false alarm in {runs} seeded checks and {wholes} whole\n");
    // The print macros would be captured by the test runner.
    drop(std::io::stderr().write_all(said.as_bytes()));
}

/// Whether each sound program is also checked with the cases that wait.
fn whole_too() -> bool {
    std::env::var_os("SOCKEYE_GALLERY_RUNS").is_some()
}

fn runs() -> usize {
    let said = std::env::var("SOCKEYE_GALLERY_RUNS").ok();
    said.map_or(RUNS, |text| text.parse().expect("SOCKEYE_GALLERY_RUNS is a number"))
}

impl Program {
    /// A program of this name and text, compiled where it must be; none, and SKIPPED, where the machine lacks what it needs.
    fn new(file: &str, text: String, convo: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("there is room for a program");
        let path = folder.path().join(Path::new(file).file_name().expect("it has a name"));
        fs::write(&path, &text).expect("there is room for a program");
        let path = path.to_str().expect("the folder's path is text");
        let compiled = folder.path().join("program");
        let command = match Path::new(file).extension().and_then(|end| end.to_str()) {
            Some("py") => {
                let python = if text.contains("from Crypto") { python_with_rsa()? } else { python()? };
                let python = python.get_program().to_str().expect("Python's path is text").to_owned();
                format!("{} -B -u {} {{port}}", quoted(&python), quoted(path))
            }
            Some("c") => compile(find("cc")?.args(["-O1", "-pthread", "-w", "-o"]), &compiled, path),
            Some("rs") => compile(find("rustc")?.args(["-O", "--edition", "2021", "-o"]), &compiled, path),
            other => panic!("{file}: nobody knows how to run {other:?}"),
        };
        let option = if role(file) == "client" { "--client-command" } else { "--server-command" };
        Some(Self { file: file.to_owned(), convo: convo_of(convo), option, command, _folder: folder })
    }

    fn check(&self, arguments: &[&str]) -> Report {
        let mut check = Command::new(env!("CARGO_BIN_EXE_sockeye"));
        check.args(["check", &self.convo, self.option, &self.command, "--report", "json"]).args(arguments);
        let output = check.env_remove("RUST_LOG").stdin(Stdio::null()).output().expect("sockeye runs");
        let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|why| {
            panic!("{}: {why}: {}", self.file, String::from_utf8_lossy(&output.stderr))
        });
        Report { code: output.status.code(), json }
    }
}

fn compile(compiler: &mut Command, to: &Path, source: &str) -> String {
    let output = compiler.arg(to).arg(source).output().expect("the compiler runs");
    assert!(output.status.success(), "{source}: {}", String::from_utf8_lossy(&output.stderr));
    format!("{} {{port}}", quoted(to.to_str().expect("the folder's path is text")))
}

impl Bug {
    /// The program.
    fn text(&self) -> String {
        let Some((of, changes)) = &self.changed else { return text_of(&format!("bugs/{}", self.file)) };
        changes.iter().fold(text_of(of), |text, [from, to]| {
            assert_eq!(text.matches(from).count(), 1, "{}: {from:?} stands once in {of}", self.file);
            text.replace(from, to)
        })
    }
}

/// A program as it stands in the gallery.
fn text_of(file: &str) -> String {
    fs::read_to_string(project(&format!("tests/gallery/{file}")))
        .unwrap_or_else(|why| panic!("{file}: {why}"))
}

impl Report {
    fn cases(&self) -> impl Iterator<Item = &Value> {
        self.json["cases"].as_array().into_iter().flatten()
    }

    fn verdicts(&self, verdict: &str) -> impl Iterator<Item = &Value> {
        self.cases().filter(move |case| case["verdict"] == verdict)
    }

    /// What it says against the program, a line a case.
    fn accusations(&self) -> String {
        let against = self.cases().filter(|case| case["verdict"] != "pass" && case["verdict"] != "skipped");
        let line = |case: &Value| {
            let (id, verdict) = (case["id"].as_str(), case["verdict"].as_str());
            let (id, verdict) = (id.unwrap_or_default(), verdict.unwrap_or_default());
            format!("    {verdict} {id}: {}; {}", told(case, "seen"), told(case, "cause"))
        };
        against.map(line).collect::<Vec<_>>().join("\n")
    }
}

/// What the explanation of a failure says.
fn told<'a>(case: &'a Value, part: &str) -> &'a str {
    case["failure"][part].as_str().unwrap_or_default()
}

/// Two loops that take all the processor they get, until this is dropped.
struct Load {
    over: &'static AtomicBool,
}

impl Load {
    fn begin() -> Self {
        let over: &'static AtomicBool = Box::leak(Box::new(AtomicBool::new(false)));
        for _ in 0..2 {
            thread::spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        Self { over }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

/// Does this with all of them, [`BESIDE`] at a time.
fn beside<T: Send, R: Send>(all: Vec<T>, act: impl Fn(T) -> R + Sync) -> Vec<R> {
    let waiting = Mutex::new(all);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..BESIDE {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().expect("no other thread failed").pop();
                    let Some(next) = next else { break };
                    let result = act(next);
                    done.lock().expect("no other thread failed").push(result);
                }
            });
        }
    });
    done.into_inner().expect("no thread failed")
}

fn table() -> Vec<Bug> {
    let text = fs::read_to_string(project("tests/gallery/bugs.toml")).expect("the table is there");
    let table: toml::Table = text.parse().expect("the table is TOML");
    let bugs = table["bug"].as_array().expect("[[bug]] is repeated");
    let bug = |entry: &toml::Value| {
        let word = |name: &str| entry.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        let must = |name: &str| word(name).unwrap_or_else(|| panic!("{entry} has no {name}"));
        let verdict = word("verdict").unwrap_or_else(|| "fail".to_owned());
        let changes = || entry["changes"].clone().try_into().expect("changes are pairs of texts");
        let changed = word("of").map(|of| (of, changes()));
        Bug {
            file: must("file"),
            changed,
            bug: must("bug"),
            case: must("case"),
            cause: must("cause"),
            verdict,
        }
    };
    bugs.iter().map(bug).collect()
}

fn role(file: &str) -> &'static str {
    let name = Path::new(file).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if name.contains("client") { "client" } else { "server" }
}

/// A convo that ships, one that the gallery brings, or one of the tests'.
fn convo_of(name: &str) -> String {
    let own = project(&format!("tests/gallery/{name}.convo"));
    if Path::new(&project(&format!("convos/{name}.convo"))).is_file() {
        name.to_owned()
    } else if Path::new(&own).is_file() {
        own
    } else {
        test_convo(name)
    }
}

/// The programs in `folder` and those in it, named from the gallery on.
fn gather(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("the gallery can be read") {
        let path = entry.expect("the gallery can be read").path();
        if path.is_dir() {
            gather(&path, found);
        } else if path.extension().is_some_and(|end| end == "py" || end == "c" || end == "rs") {
            let name = path.strip_prefix(project("tests/gallery")).expect("it lies in the gallery");
            found.insert(name.to_str().expect("names are text").to_owned());
        }
    }
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
