//! The reports of `check`: valid where there is a schema, harmless whatever the program said, whole in a browser.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;

use crate::run::{Outcome, Run, sockeye};
use crate::server::project;
use crate::tools::{find, python, skip};

/// A server that reads once, so that its framing fails.
const BROKEN: &str = "tests/gallery/bugs/reverse-lines/one_recv.py";
/// A server whose bytes try to be markup and to steer a terminal.
const HOSTILE: &str = "tests/reports/hostile.py";
/// What the browser would have to run, if the hostile server had its way.
const TAKEN: [&str; 3] = ["<script", "<img", "onerror=\"throw"];

/// The reports of one check, in a folder that goes with this.
struct Reports {
    folder: TempDir,
    outcome: Outcome,
}

impl Reports {
    /// Checks `reverse-lines`, with every report into a file and the text on standard output.
    fn of(server: &str, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("there is room for reports");
        let command = format!("python3 -B {} {{port}}", project(server));
        let mut all = vec!["check".to_owned(), "reverse-lines".to_owned()];
        all.extend(["--server-command".to_owned(), command, "--report".to_owned(), "text".to_owned()]);
        for kind in ["json", "junit", "html", "gradescope"] {
            let file = folder.path().join(kind);
            all.extend(["--report".to_owned(), format!("{kind}={}", file.display())]);
        }
        all.extend(arguments.iter().map(|&argument| argument.to_owned()));
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let outcome = sockeye(&all).finish();
        Self { folder, outcome }
    }

    fn path(&self, kind: &str) -> PathBuf {
        self.folder.path().join(kind)
    }

    fn read(&self, kind: &str) -> String {
        fs::read_to_string(self.path(kind)).expect("the report is there, in UTF-8")
    }

    fn json(&self, kind: &str) -> Value {
        serde_json::from_str(&self.read(kind)).expect("it is JSON")
    }
}

/// Has Python validate reports; nothing, and SKIPPED, where it lacks the libraries.
fn validate(kind: &str, schema: &str, reports: &[&Reports]) {
    let Some(mut probe) = python() else { return };
    let found = probe.args(["-c", "import jsonschema, xmlschema"]).stderr(Stdio::null()).status();
    if !found.is_ok_and(|status| status.success()) {
        return skip("jsonschema or xmlschema");
    }
    let Some(mut python) = python() else { return };
    python.args([project("tests/reports/valid.py"), kind.to_owned(), project(schema)]);
    python.args(reports.iter().map(|reports| reports.path(kind)));
    let outcome = Run::start(python).finish();
    assert_eq!(outcome.out, format!("valid {}\n", reports.len()), "{outcome:#?}");
}

/// All kinds of verdicts: a broken program, a hostile one, one that does not start.
fn of_all_kinds() -> [Reports; 3] {
    let broken = Reports::of(BROKEN, &["--only", "walks", "--only", "framing", "--only", "values/text-*"]);
    let hostile = Reports::of(HOSTILE, &["--only", "walks", "--only", "framing/*glued*"]);
    let none = Reports::of("tests/reports/no-such-program.py", &[]);
    assert_eq!([&broken, &hostile, &none].map(|one| one.outcome.code), [Some(1), Some(1), Some(3)]);
    [broken, hostile, none]
}

#[test]
fn json_and_junit_fit_their_schemas() {
    let reports = of_all_kinds();
    let reports: Vec<&Reports> = reports.iter().collect();
    validate("json", "docs/check.schema.json", &reports);
    validate("junit", "tests/reports/junit-10.xsd", &reports);
}

#[test]
fn a_program_that_does_not_start_is_told_in_each_report() {
    let none = Reports::of("tests/reports/no-such-program.py", &[]);
    assert_eq!(none.outcome.code, Some(3), "{:#?}", none.outcome);
    assert_eq!(none.outcome.out, "");
    none.outcome.says(&["does not listen", "hint:"]);
    for kind in ["json", "junit", "html", "gradescope"] {
        assert!(none.read(kind).contains("does not listen"), "{kind}: {}", none.read(kind));
    }
    let graded = none.json("gradescope");
    assert_eq!((&graded["score"], &graded["tests"][0]["status"]), (&0.0.into(), &"failed".into()));
}

#[test]
fn a_failure_explains_itself_in_each_report() {
    let reports = Reports::of(BROKEN, &["--only", "framing/line-7-cut-at-3"]);
    let repeat = "--only reverse-lines/framing/line-7-cut-at-3";
    for (kind, text) in ["json", "junit", "html", "gradescope"]
        .map(|kind| (kind, reports.read(kind)))
        .into_iter()
        .chain([("text", reports.outcome.out.clone())])
    {
        for part in ["{reverse(text)}", "cut after byte 3", "reads once", "recv(n)", "hel", repeat] {
            assert!(text.contains(part), "{part:?} is missing in {kind}: {text}");
        }
    }
}

#[test]
fn the_command_that_repeats_a_case_repeats_that_case_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = folder.path().join("it's a server.py");
    fs::copy(project(BROKEN), &server).expect("it can be copied");
    let command = format!("python3 -B \"{}\" {{port}}", server.display());
    let arguments =
        ["check", "reverse-lines", "--server-command", &command, "--seed", "3", "--report", "json"];
    let outcome = sockeye(&[&arguments[..], &["--only", "framing/*byte-by-byte"]].concat()).finish();
    let report: Value = serde_json::from_str(&outcome.out).expect("it is JSON");
    let repeat = report["cases"][0]["failure"]["repeat"].as_str().expect("it failed").to_owned();
    let repeat = repeat.replacen("sockeye", &format!("'{}'", env!("CARGO_BIN_EXE_sockeye")), 1);
    let Some(mut shell) = find("sh") else { return };
    shell.args(["-c", &format!("{repeat} --report json")]);
    let again = Run::start(shell).finish();
    let again: Value = serde_json::from_str(&again.out).unwrap_or_else(|why| panic!("{why}: {again:#?}"));
    let ids = |report: &Value| -> Vec<Value> {
        report["cases"].as_array().into_iter().flatten().map(|case| case["id"].clone()).collect()
    };
    assert_eq!(ids(&again), ids(&report), "{again:#}");
    assert_eq!((&again["summary"]["fail"], &again["seed"]), (&1.into(), &3.into()), "{again:#}");
}

#[test]
fn what_a_program_says_is_harmless_in_each_report() {
    let reports = Reports::of(HOSTILE, &["--only", "walks"]);
    assert_eq!(reports.outcome.code, Some(1), "{:#?}", reports.outcome);
    let steers = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202e}' | '\u{fffe}' | '\u{ffff}');
    for (kind, text) in [
        ("text", reports.outcome.out.clone()),
        ("junit", reports.read("junit")),
        ("html", reports.read("html")),
        (
            "gradescope",
            reports.json("gradescope")["tests"][0]["output"].as_str().unwrap_or_default().to_owned(),
        ),
    ] {
        assert!(!text.contains(steers), "{kind}: {text:?}");
        assert!(text.contains("\\0\\x01"), "{kind} hides what came: {text}");
    }
    for kind in ["junit", "html"] {
        let text = reports.read(kind);
        assert!(TAKEN.iter().all(|taken| !text.contains(taken)), "{kind}: {text}");
    }
}

#[test]
fn points_are_earned_by_cases_and_hidden_ones_are_not_shown_to_students() {
    let folder = tempfile::tempdir().expect("a folder");
    let points = folder.path().join("points.toml");
    let text = "[[points]]\ncases = \"walks\"\npoints = 4\ntitle = \"Talking\"\n\n\
                [[points]]\ncases = \"framing\"\npoints = 6\nhidden = true\n";
    fs::write(&points, text).expect("it can be written");
    let points = points.to_str().expect("a path of text");
    let reports = Reports::of(
        BROKEN,
        &[
            "--points",
            points,
            "--only",
            "walks",
            "--only",
            "framing/*cut-at-1",
            "--only",
            "values/text-blanks",
        ],
    );
    let graded = reports.json("gradescope");
    let test = |index: usize| &graded["tests"][index];
    assert_eq!((&graded["score"], &test(0)["name"]), (&4.0.into(), &"Talking".into()), "{graded:#}");
    assert_eq!((&test(0)["score"], &test(0)["visibility"]), (&4.0.into(), &"visible".into()), "{graded:#}");
    assert_eq!((&test(1)["score"], &test(1)["visibility"]), (&0.0.into(), &"hidden".into()), "{graded:#}");
    assert!(!test(0)["output"].to_string().contains("cut-at"), "{graded:#}");
    assert!(test(1)["output"].to_string().contains("reads once"), "{graded:#}");
    let page = reports.read("html");
    assert!(page.contains("4 of 4") && !page.contains("cut-at"), "{page}");
    assert!(page.contains("Tried, and not shown here: 1 case."), "{page}");
    assert!(reports.outcome.out.contains("cut-at-1"), "the instructor sees all: {}", reports.outcome.out);
}

/// What Gradescope's documentation says of `results.json`, field by field.
#[test]
fn gradescope_is_given_the_fields_that_it_documents() {
    for reports in of_all_kinds() {
        let graded = reports.json("gradescope");
        only(&graded, &["score", "execution_time", "output", "output_format", "visibility", "tests"]);
        assert!(graded["execution_time"].is_number() && graded["output"].is_string(), "{graded:#}");
        let tests = graded["tests"].as_array().expect("tests are a list");
        let mut sum = 0.0;
        for test in tests {
            only(test, &["name", "score", "max_score", "status", "output", "output_format", "visibility"]);
            let (score, max) = (test["score"].as_f64(), test["max_score"].as_f64());
            assert!(score.is_some() && max >= score && score >= Some(0.0), "{test:#}");
            assert!(["passed", "failed"].map(Value::from).contains(&test["status"]), "{test:#}");
            assert!(test["name"].is_string() && test["output"].is_string(), "{test:#}");
            sum += score.unwrap_or_default();
        }
        assert!((graded["score"].as_f64().unwrap_or(-1.0) - sum).abs() < 0.005, "{graded:#}");
        for part in tests.iter().chain([&graded]) {
            let formats = ["text", "html", "simple_format", "md", "ansi"].map(Value::from);
            let views = ["hidden", "after_due_date", "after_published", "visible"].map(Value::from);
            assert!(formats.contains(&part["output_format"]), "{part:#}");
            assert!(views.contains(&part["visibility"]), "{part:#}");
        }
    }
}

#[track_caller]
fn only(object: &Value, fields: &[&str]) {
    let unknown =
        object.as_object().expect("it is an object").keys().find(|key| !fields.contains(&key.as_str()));
    assert_eq!(unknown, None, "{object:#}");
}

#[test]
fn a_browser_shows_the_page_with_drawings_and_causes_and_fetches_nothing() {
    for reports in of_all_kinds() {
        let Some(mut browser) = find("chromium") else { return };
        let profile = tempfile::tempdir().expect("there is room for a profile");
        let page = reports.folder.path().join("page.html");
        fs::copy(reports.path("html"), &page).expect("the page can be copied");
        let log = reports.folder.path().join("net.json");
        browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--dump-dom"]);
        browser.args([
            "--disable-background-networking",
            "--disable-component-update",
            "--enable-logging=stderr",
        ]);
        browser.args([
            format!("--user-data-dir={}", profile.path().display()),
            format!("--log-net-log={}", log.display()),
            format!("file://{}", page.display()),
        ]);
        let shown = Run::start(browser).finish();
        assert_eq!(shown.code, Some(0), "{shown:#?}");
        assert!(shown.out.contains("<h1>reverse-lines</h1>"), "{shown:#?}");
        if reports.outcome.code == Some(1) {
            assert!(
                shown.out.contains("<svg class=\"talk\"") && shown.out.contains("marker-end"),
                "{shown:#?}"
            );
            assert!(shown.out.contains("Hint") && shown.out.contains("Repeat this case alone"), "{shown:#?}");
        }
        assert!(!shown.out.contains("<title>taken"), "{shown:#?}");
        // What a page does wrong: errors of its scripts, what it may not load, markup that does not parse.
        let complaints =
            shown.err.lines().find(|line| line.contains("CONSOLE") || line.contains("Content Security"));
        assert_eq!(complaints, None, "{shown:#?}");
        let asked = fs::read_to_string(&log).expect("the browser keeps a log of the network");
        assert!(!asked.contains("127.0.0.1:9"), "the page fetches what the program named");
    }
}

#[test]
fn what_cannot_be_written_is_said_before_anything_runs() {
    let nowhere =
        sockeye(&["check", "reverse-lines", "--server", ":1", "--report", "json=/no/such/folder/x"]).finish();
    assert_eq!(nowhere.code, Some(2), "{nowhere:#?}");
    nowhere.says(&["cannot write /no/such/folder/x", "hint:"]);
    let twice =
        sockeye(&["check", "reverse-lines", "--server", ":1", "--report", "html=x", "--report", "json=x"]);
    let twice = twice.finish();
    assert_eq!(twice.code, Some(2), "{twice:#?}");
    twice.says(&["two reports would go to x", "hint:"]);
}

#[test]
fn points_that_nobody_can_earn_are_a_slip_of_the_pen() {
    let folder = tempfile::tempdir().expect("a folder");
    let points = folder.path().join("points.toml");
    for (text, said) in [
        ("[[points]]\ncases = \"framign/*\"\npoints = 3\n", "no case is named like `framign/*`"),
        ("[[points]]\ncases = \"walks\"\npoints = -3\n", "`walks` brings -3"),
        ("[[points]]\ncase = \"walks\"\npoints = 3\n", "unknown field `case`"),
        ("", "says no points"),
    ] {
        fs::write(&points, text).expect("it can be written");
        let points = points.to_str().expect("a path of text");
        let outcome = sockeye(&["check", "reverse-lines", "--server", ":1", "--points", points]).finish();
        assert_eq!(outcome.code, Some(2), "{outcome:#?}");
        outcome.says(&[said, "hint:"]);
    }
}

/// The fenced block of docs/check.md that holds this.
#[track_caller]
fn documented(part: &str) -> String {
    let text = fs::read_to_string(project("docs/check.md")).expect("check is documented");
    let mut blocks = text.split("```").skip(1).step_by(2);
    let block =
        blocks.find(|block| block.contains(part)).unwrap_or_else(|| panic!("no example has {part:?}"));
    block.split_once('\n').expect("a block has lines").1.to_owned()
}

#[test]
fn the_course_of_the_documentation_is_graded_by_its_autograder() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |path: &str| folder.path().join(path);
    for name in ["source", "submission", "results"] {
        fs::create_dir(at(name)).expect("it can be made");
    }
    fs::write(at("source/add.convo"), documented("on C: ADD")).expect("it can be written");
    fs::write(at("source/points.toml"), documented("[[points]]")).expect("it can be written");
    // All cases take a minute.
    let some =
        "--report text --only walks --only framing/*cut-at-1 --only values/a--int-plus --only life/again";
    let script = documented("source/sockeye check").replace("--report text", some);
    fs::write(at("source/run_autograder"), script).expect("it can be written");
    fs::copy(project("tests/reports/adds.py"), at("submission/server.py")).expect("it can be copied");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_sockeye"), at("source/sockeye"))
        .expect("it can be linked");
    let Some(mut shell) = find("bash") else { return };
    shell.arg("source/run_autograder").current_dir(folder.path());
    let outcome = Run::start(shell).finish();
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    let graded = fs::read_to_string(at("results/results.json")).expect("there are results");
    let graded: Value = serde_json::from_str(&graded).expect("they are JSON");
    let tests = graded["tests"].as_array().expect("tests are a list");
    let scores: Vec<(&str, f64)> = tests
        .iter()
        .map(|test| (test["name"].as_str().unwrap_or_default(), test["score"].as_f64().unwrap_or(-1.0)))
        .collect();
    assert_eq!(scores[0], ("It talks", 40.0), "{graded:#}");
    assert!(scores[1].1 < 30.0 && tests[1]["output"].to_string().contains("reads once"), "{graded:#}");
    assert_eq!((scores[3].0, &tests[3]["visibility"]), ("life", &"hidden".into()), "{graded:#}");
}
