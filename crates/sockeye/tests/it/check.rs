//! `check`: our own convos in both roles, wrong programs named, what the command line promises. Its reports are in
//! `reports.rs`.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::heard::DEADLINE;
use crate::run::{Outcome, sockeye};
use crate::server::{Server, project};

/// A check ends within 180 s whatever it checks.
const CHECK_MAX: Duration = Duration::from_secs(190);
/// This program, as a command under test.
const SELF: &str = env!("CARGO_BIN_EXE_sockeye");

fn check(arguments: &[&str]) -> Outcome {
    let mut all = vec!["check"];
    all.extend(arguments);
    sockeye(&all).finish_within(CHECK_MAX)
}

/// The report of a check as JSON, which must fit the schema's words.
#[track_caller]
fn report(arguments: &[&str]) -> Value {
    let mut all = arguments.to_vec();
    all.extend(["--report", "json"]);
    let outcome = check(&all);
    serde_json::from_str(&outcome.out).unwrap_or_else(|why| panic!("{why}: {outcome:#?}"))
}

/// The cases of a verdict.
fn of<'a>(report: &'a Value, verdict: &str) -> Vec<&'a Value> {
    let cases = report["cases"].as_array().expect("a report has cases");
    cases.iter().filter(|case| case["verdict"] == verdict).collect()
}

#[track_caller]
fn innocent(arguments: &[&str]) {
    let report = report(arguments);
    for verdict in ["fail", "warn"] {
        assert_eq!(of(&report, verdict), Vec::<&Value>::new(), "{arguments:?}");
    }
    assert!(!of(&report, "pass").is_empty(), "{report:#}");
}

macro_rules! innocents {
    ($($test:ident: $role:literal $convo:literal $place:literal;)*) => {
        /// Which roles of which convos are checked whole, and over what.
        const INNOCENTS: &[(&str, &str, &str)] = &[$(($role, $convo, $place)),*];
        $(
            #[test]
            fn $test() {
                whole($role, $convo, $place);
            }
        )*
    };
}

innocents! {
    our_board_is_innocent: "server" "board" "udp";
    our_board_client_is_innocent: "client" "board" "udp";
    our_board_from_is_innocent: "server" "board-from" "udp";
    our_board_from_client_is_innocent: "client" "board-from" "udp";
    our_board_paged_is_innocent: "server" "board-paged" "tcp";
    our_board_paged_client_is_innocent: "client" "board-paged" "tcp";
    our_board_tcp_is_innocent: "server" "board-tcp" "tcp";
    our_board_tcp_client_is_innocent: "client" "board-tcp" "tcp";
    our_chat_is_innocent: "server" "chat" "tcp";
    our_chat_client_is_innocent: "client" "chat" "tcp";
    our_chat_rsa_is_innocent: "server" "chat-rsa" "tcp";
    our_chat_rsa_client_is_innocent: "client" "chat-rsa" "tcp";
    our_chat_turns_is_innocent: "server" "chat-turns" "tcp";
    our_chat_turns_client_is_innocent: "client" "chat-turns" "tcp";
    our_lobby_is_innocent: "server" "lobby" "tcp";
    our_lobby_client_is_innocent: "client" "lobby" "tcp";
    our_reverse_is_innocent: "server" "reverse" "tcp";
    our_reverse_client_is_innocent: "client" "reverse" "tcp";
    our_reverse_lines_is_innocent: "server" "reverse-lines" "tcp";
    our_reverse_lines_client_is_innocent: "client" "reverse-lines" "tcp";
    our_sum_greeting_is_innocent: "server" "sum-greeting" "tcp";
    our_sum_greeting_client_is_innocent: "client" "sum-greeting" "tcp";
    our_sum_json_is_innocent: "server" "sum-json" "tcp";
    our_sum_json_client_is_innocent: "client" "sum-json" "tcp";
    our_sum_prompt_is_innocent: "server" "sum-prompt" "tcp";
    our_sum_prompt_over_udp_is_innocent: "server" "sum-prompt" "udp";
    our_sum_prompt_client_is_innocent: "client" "sum-prompt" "tcp";
}

/// All cases against our own program.
fn whole(role: &str, convo: &str, transport: &str) {
    let place = format!("{transport}://127.0.0.1:{{port}}");
    if role == "client" {
        innocent(&[convo, "--client-command", &format!("{SELF} call {convo} --to {place}")]);
    } else {
        let command = format!("{SELF} serve {convo} --listen {place}");
        innocent(&[convo, "--server", &place, "--server-command", &command]);
    }
}

#[test]
fn every_convo_that_ships_is_checked_in_both_roles() {
    for entry in std::fs::read_dir(project("convos")).expect("the convos can be read") {
        let path = entry.expect("the convos can be read").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("names are text");
        for role in ["server", "client"] {
            let listed = INNOCENTS.iter().any(|(of, convo, _)| (*of, *convo) == (role, name));
            assert!(listed, "no test checks the {role} of {name}");
        }
    }
}

#[test]
fn a_server_that_runs_already_is_checked_where_it_is() {
    let server = Server::tcp(&["reverse-lines"]);
    innocent(&["reverse-lines", "--server", server.to(), "--only", "framing/*glued*"]);
    server.stop();
}

#[test]
fn a_server_of_one_conversation_fails_once_and_is_judged_on_its_merits_else() {
    let command = format!("python3 {} {{port}}", project("tests/gallery/bugs/reverse/one_conversation.py"));
    let report = report(&["reverse", "--server-command", &command, "--skip", "framing", "--skip", "endless"]);
    let failed: Vec<&Value> = of(&report, "fail").iter().map(|case| &case["id"]).collect();
    assert_eq!(failed, ["reverse/life/again"], "{report:#}");
    assert!(of(&report, "pass").len() > 10, "{report:#}");
}

#[test]
fn a_server_is_checked_over_the_transport_that_its_address_names() {
    let command = format!("python3 {} {{port}}", project("tests/gallery/sound/sum_prompt_udp.py"));
    let place = "udp://127.0.0.1:{port}";
    innocent(&["sum-prompt", "--server", place, "--server-command", &command, "--only", "walks"]);
    let other = check(&["sum-prompt", "--server", "udp://:1", "--server-command", &command]);
    assert_eq!(other.code, Some(2), "{other:#?}");
    other.says(&["different ports", "hint:"]);
}

#[test]
fn one_who_reads_once_is_told_so_with_hint_and_command() {
    let command = format!("python3 {} {{port}}", project("tests/gallery/bugs/reverse-lines/one_recv.py"));
    let outcome = check(&["reverse-lines", "--server-command", &command, "--only", "framing/*cut-at-*"]);
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    for part in
        ["FAIL", "reads once", "recv(n)", "repeat  sockeye check reverse-lines --server-command", "(Python)"]
    {
        assert!(outcome.out.contains(part), "{part:?} is missing in {}", outcome.out);
    }
}

/// Two lines turned round as one look like their answers in the other order.
#[test]
fn one_who_reads_once_is_not_said_to_answer_in_another_order() {
    let command = format!("python3 {} {{port}}", project("tests/gallery/bugs/reverse-lines/one_recv.py"));
    let report = report(&["reverse-lines", "--server-command", &command, "--only", "framing"]);
    let failed = of(&report, "fail");
    let glued = failed.iter().find(|case| case["id"] == "reverse-lines/framing/two-glued");
    let cause = glued.expect("it takes two lines for one")["failure"]["cause"].as_str();
    assert!(cause.is_some_and(|cause| cause.contains("takes all that one read delivers")), "{cause:?}");
}

#[test]
fn listing_runs_nothing_and_the_same_seed_lists_the_same() {
    let list = |seed| check(&["sum-json", "--server", ":1", "--list", "--seed", seed]);
    let first = list("7");
    assert_eq!(first.code, Some(0), "{first:#?}");
    assert!(first.out.contains("sum-json/walks/number=100  "), "{}", first.out);
    assert_eq!(first.out, list("7").out);
    assert_eq!(
        check(&["sum-json", "--list", "--seed", "7"]).out,
        first.out,
        "a server's, unless a client is named"
    );
}

#[test]
fn only_what_no_case_reaches_is_said_not_to_be_tried() {
    let untried = |role: &str| -> Vec<String> {
        let outcome = check(&["lobby", role, "none {port}", "--list"]);
        let untried = outcome.out.lines().filter_map(|line| line.strip_prefix("# not tried: S: of line "));
        untried.map(str::to_owned).collect()
    };
    let text = std::fs::read_to_string(project("convos/lobby.convo")).expect("it ships");
    let refusals = text.lines().zip(1..).filter(|(line, _)| line.contains("perhaps nobody was told"));
    let refusals: Vec<String> = refusals.map(|(_, number): (_, usize)| number.to_string()).collect();
    assert_eq!(
        untried("--server-command"),
        refusals,
        "what others hear is tried; that nobody can be told is not"
    );
    assert_eq!(untried("--client-command"), [""; 0]);
}

#[test]
fn a_udp_client_hears_all_that_may_happen_to_datagrams() {
    let outcome = check(&["board", "--client-command", "none {port}", "--list"]);
    for case in ["stranger", "lost", "garbage", "doubled-last", "reordered", "late", "slow"] {
        assert!(outcome.out.contains(&format!("board/clients/{case}  ")), "{case}: {}", outcome.out);
    }
}

#[test]
fn what_cannot_be_reached_or_started_is_no_failure_of_a_case() {
    let refused = check(&["reverse-lines", "--server", "127.0.0.1:1"]);
    assert_eq!(refused.code, Some(3), "{refused:#?}");
    refused.says(&["cannot connect", "hint:"]);
    let ended = check(&["reverse-lines", "--server-command", "echo no server {port}"]);
    assert_eq!(ended.code, Some(3), "{ended:#?}");
    ended.says(&["does not listen", "its last line: no server", "hint:"]);
    let never = check(&["reverse-lines", "--client-command", "echo no client {port}"]);
    assert_eq!(never.code, Some(3), "{never:#?}");
    never.says(&["does not connect", "hint:"]);
}

#[test]
fn wrong_options_are_usage() {
    check(&["reverse-lines"]).says(&["--server"]);
    let both = check(&["reverse-lines", "--server", ":1", "--server-command", "x"]);
    assert_eq!(both.code, Some(2), "{both:#?}");
    let kind = check(&["reverse-lines", "--server", ":1", "--report", "pdf"]);
    assert_eq!(kind.code, Some(2), "{kind:#?}");
    kind.says(&["there is no report `pdf`", "hint:"]);
    let none = check(&["reverse-lines", "--server", ":1", "--only", "nothing-of-this-name"]);
    assert_eq!(none.code, Some(2), "{none:#?}");
}

/// Reverses lines. It never answers one of which the first byte came by itself; one that came in two pieces otherwise it
/// overlooks the first time.
const HICCUPS: &str = r#"
import os, socket, sys, threading
def serve(conn):
    first = data = conn.recv(1024)
    while data and not data.endswith(b"\n"):
        more = conn.recv(1024)
        data = data + more if more else b""
    mark = os.path.join(sys.argv[2], str(len(first)))
    overlooked = data != first and (len(first) == 1 or not os.path.exists(mark))
    open(mark, "w").close()
    while data and not overlooked:
        conn.sendall(data.strip()[::-1] + b"\n")
        data = conn.recv(1024)
    while data:
        data = conn.recv(1024)
    conn.close()
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"#;

#[test]
fn each_case_that_hangs_on_time_is_tried_again_before_it_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("server.py");
    std::fs::write(&program, HICCUPS).expect("it can be written");
    let command = format!("python3 {} {{port}} {}", program.display(), folder.path().display());
    let mut arguments = vec!["reverse-lines", "--server-command", &command, "--timeout", "1s"];
    for case in ["*-cut-at-1", "*-cut-at-2", "*-cut-at-3", "*-cut-at-4", "*-cut-at-5"] {
        arguments.extend(["--only", case]);
    }
    let report = report(&arguments);
    let failed: Vec<&str> = of(&report, "fail").iter().filter_map(|case| case["id"].as_str()).collect();
    assert!(matches!(failed[..], [one] if one.ends_with("-cut-at-1")), "{report:#}");
    assert_eq!(of(&report, "pass").len(), 4, "{report:#}");
}

#[test]
fn a_client_that_once_did_not_connect_is_started_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let mark = folder.path().join("mark");
    let client = project("tests/gallery/sound/reverse_lines_client.py");
    let command = format!(
        "if test -e {mark}; then python3 {client} {{port}}; else touch {mark}; fi",
        mark = mark.display()
    );
    innocent(&["reverse-lines", "--client-command", &command, "--only", "clients/walk-*"]);
}

#[test]
fn what_only_waits_does_so_beside_others_where_there_is_one_port() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = port.expect("a port was free").port();
    let text = std::fs::read_to_string(project("convos/sum-prompt.convo")).expect("it ships");
    let text = text.replace("12345", &port.to_string()).replace("idle 10s", "idle 3s");
    let folder = tempfile::tempdir().expect("a folder");
    let convo = folder.path().join("sum.convo");
    std::fs::write(&convo, text).expect("it can be written");
    let convo = convo.to_str().expect("the folder's path is text");
    let command = format!("{SELF} serve {convo} --listen tcp://127.0.0.1:{port}");
    let only = ["--only", "walks", "--only", "framing/*glued*", "--only", "life/idle"];
    let report = report(&[&[convo, "--server-command", &command], &only[..]].concat());
    assert_eq!(of(&report, "fail"), Vec::<&Value>::new(), "{report:#}");
    assert!(of(&report, "pass").iter().any(|case| case["id"] == "sum/life/idle"), "{report:#}");
    let cases = report["cases"].as_array().expect("a report has cases");
    let one_by_one: f64 = cases.iter().filter_map(|case| case["seconds"].as_f64()).sum();
    let all = report["seconds"].as_f64().expect("a report says how long it took");
    assert!(all < one_by_one - 1.0, "{all} s for what takes {one_by_one} s one by one");
}

/// A server that leaves its process group and its terminal at once: only who adopts orphans finds it again.
const DAEMON: &str = r#"
import os, socket, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print("daemon", os.getpid(), flush=True)
        open(sys.argv[2], "w").write(str(os.getpid()))
        time.sleep(600)
    os._exit(0)
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
connections = []
while True:
    connections.append(listener.accept())
"#;

#[test]
fn a_check_that_is_ended_leaves_nothing_behind() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let folder = tempfile::tempdir().expect("a folder");
        let (program, pid) = (folder.path().join("daemon.py"), folder.path().join("pid"));
        std::fs::write(&program, DAEMON).expect("it can be written");
        let command = format!("python3 {} {{port}} {}", program.display(), pid.display());
        let check = sockeye(&["check", "reverse-lines", "--server-command", &command, "--timeout", "20s"]);
        let daemon = wait_for(|| std::fs::read_to_string(&pid).ok().filter(|text| !text.is_empty()));
        let daemon = format!("/proc/{daemon}");
        assert!(std::path::Path::new(&daemon).exists());
        check.signal(signal);
        let outcome = check.finish();
        assert_eq!(outcome.code, Some(130), "{outcome:#?}");
        wait_for(|| (!std::path::Path::new(&daemon).exists()).then_some(()));
    }
}

/// What this gives, once it gives something.
#[track_caller]
fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let due = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < due, "nothing came of it within {DEADLINE:?}");
        std::thread::yield_now();
    }
}
