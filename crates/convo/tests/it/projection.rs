//! What a convo says of itself: its top, and each role's part in words.

use std::time::Duration;

use convo::Role::{Client, Server};
use convo::{Listen, Transport};

use crate::convos::{named, read};

#[test]
fn the_top_is_told() {
    let convo = named("sum-prompt");
    assert_eq!(convo.title(), "Sum of two numbers asked for one by one; limit, idle time, TCP and UDP.");
    let listens = [Transport::Tcp, Transport::Udp].map(|transport| Listen { transport, port: 12345 });
    assert_eq!(convo.listens(), listens);
    let limit = convo.limit().expect("a limit");
    assert_eq!((limit.sessions, limit.busy.as_slice()), (4, &b"Server Is Busy"[..]));
    assert_eq!(convo.idle(), Some(Duration::from_secs(10)));
    let bare = read("C: hi\n");
    assert!(
        bare.listens().is_empty()
            && bare.limit().is_none()
            && bare.idle().is_none()
            && bare.title().is_empty()
    );
}

#[test]
fn a_program_tells_what_its_role_does() {
    let convo = read(
        "given C name: word = ask \"Name: \"\ngiven S greeting = \"hi\"\nS: hello\nC: {name}\nS: {greeting}\nC> done\n",
    );
    let (client, server) = (convo.program(Client), convo.program(Server));
    assert_eq!((client.role(), server.role()), (Client, Server));
    assert_eq!((client.asks(), server.asks()), (true, false));
    assert_eq!((client.shows(), server.shows()), (true, false));
    assert_eq!((client.speaks_first(), server.speaks_first()), (false, true));
    assert_eq!((client.secures(), named("chat-rsa").program(Server).secures()), (false, true));
    assert_eq!(
        (client.givens().collect::<Vec<_>>(), server.givens().collect::<Vec<_>>()),
        (vec!["name"], vec!["greeting"])
    );
}

#[test]
fn the_busy_message_has_the_framing_of_the_first() {
    let busy = |framing: &str| {
        let text = format!(
            "{framing}limit 1 busy \"full\"\nS: {}\n",
            if framing.contains("json") { "[1]" } else { "a" }
        );
        read(&text).program(Server).busy(b"full")
    };
    assert_eq!(busy(""), b"full\n");
    assert_eq!(busy("framing line crlf\n"), b"full\r\n");
    assert_eq!(busy("framing chunk\n"), b"full");
    assert_eq!(busy("framing counted\n"), b"4full");
    assert_eq!(busy("framing length u32\n"), b"\0\0\0\x04full");
}

#[test]
fn each_role_is_told_in_words() {
    let login = named("login");
    assert_eq!(
        login.projection(Client),
        "from here on messages are framed by line
ask our person \"login: \": user
send {user}
for try in 1..3:
    wait for password?
    ask our person \"password: \": password
    send {password}
    go by what comes:
        either
            wait for welcome, {user} and verify user
            leave the loop
        either
            wait for wrong
            if try == 3:
                wait for the server to close, and close
again and again:
    ask our person \"$ \": command; \"exit\" leaves
    send {command}
    wait for you said {command} and verify command
"
    );
    let board = named("board");
    assert_eq!(
        board.projection(Server),
        "from here on messages are framed by chunk
again and again:
    wait for one of:
        GET
            for note in notes:
                send {note.text}
            send <<--bye-->>
        POST {text}
            if text != \"<<--bye-->>\":
                add text to notes
"
    );
    let acknowledged = named("board-tcp");
    assert!(acknowledged.projection(Server).ends_with(
        "            add text to notes as number
            if that was done:
                send OK {number}
            else:
                send ERR may not be kept
"
    ));
    assert!(acknowledged.projection(Client).ends_with(
        "            go by what comes:
                either
                    wait for OK {number} and learn number
                either
                    wait for ERR may not be kept
"
    ));
    assert!(board.projection(Client).contains("for note in notes, until what follows comes:"));
}

#[test]
fn a_client_whose_turns_are_alike_is_known() {
    let alike = |body: &str| {
        let body: String = body.lines().map(|line| format!("    {line}\n")).collect();
        read(&format!("framing line\nlet first = 1\nlet n = 0\nlet last = \"\"\nloop:\n{body}"))
            .program(Client)
            .turns_are_alike()
    };
    for body in [
        "C: PING\nS: PONG",
        "given C t = ask \"Say: \"\nC: {t}\nS: {reverse(t)}\nC> {reverse(t)}",
        "given C t: int = ask \"Say: \"\nlet u = t + first\ngiven S m: int = random(1..6)\nC: {u}\nS: {m} of {u}",
        "given C t = ask \"Say: \"\ngiven S u: int = random(1..6)\nC: {t}\nS: {u} {u}",
    ] {
        assert!(alike(body), "{body}");
    }
    for body in [
        // Each turn hangs on the one before.
        "let n = n + 1\nC: {n}\nS: {n}",
        "C: {n}\nS: {n + 1}\nlet n = n + 1",
        "given C t = ask \"Say: \"\nC: {t}\nS: {t} {last}\nlet last = t",
        // There is more in a turn, or another way through it.
        "given C t = ask \"Say: \"\nC: {t}\nS: {t}\nS: {t}",
        "given C t = ask \"Say: \"\nC: {t}\nif t == \"end\":\n    S: bye\n    end\nS: {t}",
        // It hangs on chance, the time, or who is called.
        "given C t: int = random(1..6)\nC: {t}\nS: {t}",
        "given C t = ask \"Say: \"\nC: {t} {now}\nS: {t}",
        "given C t = ask \"Say: \"\nC: {t} {peer}\nS: {t}",
    ] {
        assert!(!alike(body), "{body}");
    }
    let limited = read("limit 2 busy \"no\"\nframing line\nloop:\n    C: PING\n    S: PONG\n");
    assert!(!limited.program(Client).turns_are_alike(), "the first answer may be that it is busy");
    let convo = read("framing line\ngiven C t = ask \"Say: \"\nC: {t}\nS: {t}\n");
    assert!(!convo.program(Client).turns_are_alike(), "it is no loop");
    assert!(!named("reverse-lines").program(Server).turns_are_alike(), "it is no client");
}
