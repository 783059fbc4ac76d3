//! `bench`: what it counts, what it refuses, what it writes.

use std::io::{BufRead, BufReader, Lines, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::run::{Outcome, sockeye};
use crate::server::{Server, project, test_convo};

/// Runs `bench` with these arguments and reads its JSON, which must be as its schema says.
fn bench(arguments: &[&str]) -> (Outcome, Value) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("run.json");
    let mut all = vec!["bench"];
    all.extend(arguments);
    all.extend(["--json", path.to_str().expect("the path is text")]);
    let outcome = sockeye(&all).finish();
    let text = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{why}: {outcome:#?}"));
    let report: Value = serde_json::from_str(&text).expect("it is JSON");
    let schema = std::fs::read_to_string(project("docs/bench.schema.json")).expect("the schema is published");
    check(&serde_json::from_str(&schema).expect("the schema is JSON"), &report, "$");
    (outcome, report)
}

/// As much of JSON Schema as docs/bench.schema.json uses.
fn check(schema: &Value, value: &Value, at: &str) {
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => panic!("{at}: the schema says no type"),
    };
    let fits = types.iter().any(|ty| match *ty {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{at}: the schema's type {other} is unknown here"),
    });
    assert!(fits, "{at} is no {types:?}: {value}");
    if let Value::Object(members) = value {
        for required in schema["required"].as_array().into_iter().flatten() {
            let name = required.as_str().expect("a name");
            assert!(members.contains_key(name), "{at}.{name} is missing");
        }
        for (name, member) in members {
            let further = &schema["additionalProperties"];
            let part = schema["properties"].get(name).unwrap_or(further);
            assert!(part.is_object(), "{at}.{name} is not in the schema");
            check(part, member, &format!("{at}.{name}"));
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check(&schema["items"], item, &format!("{at}[{index}]"));
    }
}

fn count(report: &Value, name: &str) -> u64 {
    report["requests"][name].as_u64().unwrap_or_else(|| panic!("{name} is a count: {report}"))
}

/// A server that is no sockeye: answers each line of one connection with what `answer` makes of it.
fn lines(connections: usize, answer: fn(usize, &str) -> String) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let to = format!("tcp://{}", listener.local_addr().expect("an address"));
    let serving = std::thread::spawn(move || {
        for _ in 0..connections {
            let (mut stream, _) = listener.accept().expect("a client");
            let reader = BufReader::new(stream.try_clone().expect("a second handle"));
            for (number, line) in reader.lines().map_while(Result::ok).enumerate() {
                if stream.write_all(answer(number, &line).as_bytes()).is_err() {
                    break;
                }
            }
        }
    });
    (to, serving)
}

fn reversed(line: &str) -> String {
    let reversed: String = line.chars().rev().collect();
    reversed + "\n"
}

#[test]
fn a_closed_loop_counts_what_it_was_told_to() {
    let server = Server::tcp(&["reverse-lines"]);
    let (outcome, report) = bench(&["reverse-lines", "--to", server.to(), "-c", "4", "-n", "200"]);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    assert_eq!((count(&report, "answered"), count(&report, "failed")), (200, 0));
    assert_eq!(count(&report, "connections"), 4);
    for part in ["throughput", "p50", "p99.9", "errors      none", "of a processor"] {
        assert!(outcome.out.contains(part), "{part:?} is missing in {}", outcome.out);
    }
    outcome.is_quiet();
}

#[test]
fn a_wrong_answer_is_an_error_with_an_example_and_the_exit_is_1() {
    let (to, serving) =
        lines(2, |number, line| if number == 7 { "wrong\n".to_owned() } else { reversed(line) });
    let (outcome, report) = bench(&["reverse-lines", "--to", &to, "-c", "1", "-n", "12"]);
    serving.join().expect("the server ends with its clients");
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert_eq!((count(&report, "answered"), count(&report, "failed")), (11, 1));
    assert_eq!(report["errors"]["differs"]["count"], 1, "{report}");
    assert!(report["errors"]["differs"]["example"].as_str().is_some_and(|text| text.contains("wrong")));
}

#[test]
fn a_right_answer_may_come_in_pieces_and_end_otherwise_than_most() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let to = format!("tcp://{}", listener.local_addr().expect("an address"));
    let serving = std::thread::spawn(move || {
        let (mut one, _) = listener.accept().expect("a client");
        let (mut other, _) = listener.accept().expect("another");
        let of = |stream: &TcpStream| BufReader::new(stream.try_clone().expect("a second handle")).lines();
        let (mut asked, mut others) = (of(&one), of(&other));
        let ask = |lines: &mut Lines<BufReader<TcpStream>>| {
            lines.next().and_then(Result::ok).map(|line| reversed(&line))
        };
        for turn in 0..4 {
            let Some(mut answer) = ask(&mut asked) else { return };
            match turn {
                1 => answer = answer.replace('\n', "\r\n"),
                3 => answer.insert(40, '?'),
                _ => {}
            }
            let (first, rest) = answer.split_at(30);
            one.write_all(first.as_bytes()).expect("it is sent");
            // Who asks on has read what was sent to it, and to the first one before.
            let Some(answer) = ask(&mut others) else { return };
            other.write_all(answer.as_bytes()).expect("it is sent");
            one.write_all(rest.as_bytes()).expect("it is sent");
        }
    });
    let (outcome, report) = bench(&["reverse-lines", "--to", &to, "-c", "2", "-n", "8"]);
    serving.join().expect("the server ends with its clients");
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert_eq!(
        (count(&report, "answered"), report["errors"]["differs"]["count"].as_u64()),
        (7, Some(1)),
        "{report}"
    );
    let example = report["errors"]["differs"]["example"].as_str().expect("there is one");
    assert!(example.contains('?') && example.contains("reverse(text) is"), "{example}");
}

#[test]
fn at_depth_every_answer_is_verified_in_its_place() {
    let server = Server::tcp(&["reverse-lines"]);
    let (outcome, report) =
        bench(&["reverse-lines", "--to", server.to(), "-c", "2", "--depth", "16", "-n", "2000"]);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    assert_eq!((count(&report, "answered"), count(&report, "failed")), (2000, 0));
    let (to, serving) = lines(1, |number, line| if number == 40 { "x\n".to_owned() } else { reversed(line) });
    let (outcome, report) = bench(&["reverse-lines", "--to", &to, "-c", "1", "--depth", "8", "-n", "44"]);
    serving.join().expect("the server ends with its client");
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert_eq!(count(&report, "answered"), 40, "{report}");
    assert_eq!(count(&report, "failed"), 4, "those on the way are lost with the connection: {report}");
}

#[test]
fn answers_that_came_with_what_broke_the_conversation_are_counted() {
    // All eight answers, the last of them wrong, come in one read.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let to = format!("tcp://{}", listener.local_addr().expect("an address"));
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let reader = BufReader::new(stream.try_clone().expect("a second handle"));
        let lines = reader.lines().take(8).map(|line| reversed(&line.expect("a question")));
        let mut answers: Vec<String> = lines.collect();
        answers[7] = "x\n".to_owned();
        stream.write_all(answers.concat().as_bytes()).expect("they are sent");
    });
    let (outcome, report) = bench(&["reverse-lines", "--to", &to, "-c", "1", "--depth", "8", "-n", "8"]);
    serving.join().expect("the server ends with its client");
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert_eq!((count(&report, "answered"), count(&report, "failed")), (7, 1), "{report}");
}

#[test]
fn a_depth_is_refused_where_questions_cannot_be_asked_ahead() {
    for (convo, why) in [("reverse", "single writes"), ("sum-prompt", "begin with a question")] {
        let refused = sockeye(&["bench", convo, "--depth", "2", "--to", ":1"]).finish();
        refused.is(2, "");
        refused.says(&["--depth 2", why, "hint: "]);
    }
}

#[test]
fn a_connection_each_is_one_for_every_request() {
    let server = Server::tcp(&["reverse-lines"]);
    let to = server.to();
    let (outcome, report) = bench(&["reverse-lines", "--to", to, "-c", "2", "-n", "20", "--connect-each"]);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    assert_eq!((count(&report, "answered"), count(&report, "connections")), (20, 20));
}

#[test]
fn conversations_that_end_are_begun_anew() {
    let server = Server::tcp(&["sum-json"]);
    let (outcome, report) = bench(&["sum-json", "--to", server.to(), "-c", "2", "-n", "10"]);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    assert_eq!((count(&report, "answered"), count(&report, "failed")), (10, 0));
    let daytime = Server::tcp(&[&test_convo("daytime")]);
    let (outcome, report) = bench(&[&test_convo("daytime"), "--to", daytime.to(), "-c", "2", "-n", "10"]);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    assert_eq!(count(&report, "answered"), 10, "the server alone speaks: {report}");
}

#[test]
fn a_conversation_of_several_questions_counts_each() {
    let server = Server::tcp(&["sum-prompt"]);
    let (outcome, report) = bench(&["sum-prompt", "--to", server.to(), "-c", "2", "-n", "10"]);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    assert_eq!((count(&report, "answered"), count(&report, "failed")), (10, 0));
}

#[test]
fn messages_that_have_no_answer_are_counted_as_such() {
    let (discard, lobby) = (Server::tcp(&[&test_convo("discard")]), Server::tcp(&["lobby"]));
    let (outcome, report) = bench(&[&test_convo("discard"), "--to", discard.to(), "-c", "2", "-n", "20"]);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    assert_eq!(["answered", "unanswered", "failed"].map(|name| count(&report, name)), [0, 20, 0]);
    let values = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    std::fs::write(values.path(), "ann\nhello\n").expect("it can be written");
    let path = values.path().to_str().expect("the path is text");
    let (outcome, report) =
        bench(&["lobby", "--to", lobby.to(), "-c", "1", "-n", "20", "--rate", "1000/s", "--values", path]);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    let counts = ["answered", "unanswered", "failed"].map(|name| count(&report, name));
    assert_eq!(counts, [1, 19, 0], "the name alone is answered: {report}");
}

#[test]
fn an_open_loop_counts_from_when_a_request_was_due() {
    // One answer is held back for 300 ms: those due meanwhile waited, though they were sent later.
    let (to, serving) = lines(1, |number, line| {
        if number == 5 {
            std::thread::park_timeout(Duration::from_millis(300));
        }
        reversed(line)
    });
    let (outcome, report) = bench(&["reverse-lines", "--to", &to, "-c", "1", "-n", "40", "--rate", "100/s"]);
    serving.join().expect("the server ends with its client");
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    assert_eq!(count(&report, "answered"), 40);
    let p90 = report["latency_us"]["p90"].as_f64().expect("a number");
    assert!(p90 > 50_000.0, "a pause of 300 ms is felt by 30 requests: {report}");
}

#[test]
fn datagrams_that_are_lost_doubled_or_late_are_counted_as_such() {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let to = format!("udp://{}", socket.local_addr().expect("an address"));
    socket.set_read_timeout(Some(Duration::from_secs(20))).expect("a deadline");
    let serving = std::thread::spawn(move || {
        let mut held = None;
        let mut bytes = [0; 2048];
        // Sixty questions: one is never answered, one answered twice, one after its successor.
        for number in 0..60 {
            let (length, from) = socket.recv_from(&mut bytes).expect("a question");
            let line = std::str::from_utf8(&bytes[..length]).expect("text").trim_end();
            let answer = reversed(line);
            let say = |answer: &str| socket.send_to(answer.as_bytes(), from).map(drop).expect("it is sent");
            match number {
                10 => {}
                20 => {
                    say(&answer);
                    say(&answer);
                }
                30 => held = Some(answer),
                _ => say(&answer),
            }
            if number == 31 {
                say(&held.take().expect("it was held back"));
            }
        }
    });
    let (outcome, report) =
        bench(&["reverse-lines", "--to", &to, "-c", "1", "--depth", "4", "-n", "60", "--timeout", "500ms"]);
    serving.join().expect("all came");
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    let counts = ["answered", "lost", "doubled", "reordered", "failed"].map(|name| count(&report, name));
    assert_eq!(counts, [59, 1, 1, 1, 0], "{report}");
}

#[test]
fn what_is_expected_decides_the_exit_code() {
    let server = Server::tcp(&["reverse-lines"]);
    let run = |bound: &str| {
        bench(&["reverse-lines", "--to", server.to(), "-n", "50", "-c", "1", "--expect", bound])
    };
    let (met, report) = run("p50<10s");
    assert_eq!((met.code, &report["expectations"][0]["met"]), (Some(0), &Value::Bool(true)), "{met:#?}");
    let (missed, report) = run("throughput>1000000k");
    assert_eq!((missed.code, &report["expectations"][0]["met"]), (Some(1), &Value::Bool(false)));
    assert!(missed.out.contains("MISSED"), "{}", missed.out);
    let wrong = sockeye(&["bench", "reverse-lines", "--expect", "p98<1ms"]).finish();
    assert_eq!(wrong.code, Some(2), "{wrong:#?}");
    wrong.says(&["p99<10ms"]);
}

#[test]
fn a_rate_is_found_that_holds_a_bound() {
    let server = Server::tcp(&["reverse-lines"]);
    let to = server.to();
    let arguments = ["reverse-lines", "--to", to, "-c", "2", "-d", "100ms", "--find-rate", "p50<5s"];
    let (outcome, report) = bench(&arguments);
    let steps = report["search"]["steps"].as_array().expect("rates were tried");
    assert!(!steps.is_empty() && outcome.out.contains("p50<5s"), "{outcome:#?}");
    let found = report["search"]["found"].as_f64();
    assert_eq!(outcome.code, Some(if found.is_some() { 0 } else { 1 }), "{outcome:#?}");
}

#[test]
fn reports_are_written_and_compared() {
    let server = Server::tcp(&["reverse-lines"]);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = |name: &str| folder.path().join(name).to_str().expect("the path is text").to_owned();
    let (json, html, hdr) = (path("run.json"), path("run.html"), path("run.hlog"));
    let all = ["bench", "reverse-lines", "--to", server.to(), "-n", "100", "-c", "2"];
    let first = [&all[..], &["--json", &json, "--html", &html, "--hdr", &hdr]].concat();
    assert_eq!(sockeye(&first).finish().code, Some(0));
    let page = std::fs::read_to_string(&html).expect("the page was written");
    assert_eq!(page.matches("<svg").count(), 3, "{page}");
    assert!(!page.contains("http") && !page.contains("<script"), "the page needs nothing else: {page}");
    let log = std::fs::read_to_string(&hdr).expect("the log was written");
    assert!(log.lines().any(|line| line.contains("HISTF")), "{log}");
    let compared = sockeye(&[&all[..], &["--compare", &json]].concat()).finish();
    assert_eq!(compared.code, Some(0), "{compared:#?}");
    assert!(compared.out.contains("compared") && compared.out.contains(" %"), "{}", compared.out);
}

#[test]
fn a_report_that_cannot_be_written_is_refused_before_the_run() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for name in ["missing/run.json", "."] {
        let path = folder.path().join(name);
        let path = path.to_str().expect("the path is text");
        // Nobody is there: the run itself would end with 3.
        let outcome =
            sockeye(&["bench", "reverse-lines", "--to", "tcp://127.0.0.1:1", "--json", path]).finish();
        outcome.is(2, "");
        outcome.says(&["cannot write", "hint: "]);
    }
}

#[test]
fn values_come_from_a_file_or_are_made_again_by_the_seed() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("values.txt");
    std::fs::write(&path, "one\ntwo\n").expect("it can be written");
    let values = path.to_str().expect("the path is text");
    let (to, serving) = lines(1, |number, line| {
        assert_eq!(line, ["one", "two"][number % 2]);
        reversed(line)
    });
    let (outcome, _) = bench(&["reverse-lines", "--to", &to, "-c", "1", "-n", "6", "--values", values]);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    serving.join().expect("each value in turn");
    let (_, report) = {
        let server = Server::tcp(&["reverse-lines"]);
        bench(&["reverse-lines", "--to", server.to(), "-c", "1", "-n", "3", "--seed", "7"])
    };
    assert_eq!(report["seed"], 7);
}

#[test]
fn nobody_there_is_3() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let outcome = sockeye(&["bench", "reverse-lines", "--to", &format!("tcp://{port}")]).finish();
    outcome.is(3, "");
    outcome.says(&["cannot connect to", "hint: "]);
    let port = UdpSocket::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    for (convo, depth) in
        [("reverse-lines", "1"), ("reverse-lines", "4"), ("sum-greeting", "1"), ("board", "1")]
    {
        let outcome = sockeye(&["bench", convo, "--to", &format!("udp://{port}"), "--depth", depth]).finish();
        outcome.is(3, "");
        outcome.says(&["nobody listens at udp://", "hint: "]);
    }
}

#[test]
fn a_run_in_which_nothing_was_answered_is_1_and_says_so() {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let to = format!("udp://{}", socket.local_addr().expect("an address"));
    let (outcome, report) =
        bench(&["reverse-lines", "--to", &to, "-c", "1", "-n", "1", "--timeout", "100ms"]);
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert_eq!(["answered", "lost", "failed"].map(|name| count(&report, name)), [0, 1, 0], "{report}");
    assert!(outcome.out.contains("no request was answered"), "{}", outcome.out);
}

#[test]
fn what_a_room_is_told_is_counted_as_heard() {
    let (lobby, values) =
        (Server::tcp(&["lobby"]), tempfile::NamedTempFile::new().expect("a temporary file"));
    std::fs::write(values.path(), "ann\n").expect("it can be written");
    let path = values.path().to_str().expect("the path is text");
    let arguments =
        ["lobby", "--to", lobby.to(), "-c", "3", "-n", "300", "--rate", "3000/s", "--values", path];
    let (outcome, report) = bench(&arguments);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    assert!(count(&report, "heard") > 3, "others were heard, besides three welcomes: {report}");
    assert!(outcome.out.contains("heard "), "{}", outcome.out);
}
