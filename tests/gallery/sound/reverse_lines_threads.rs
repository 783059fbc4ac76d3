//! Reverse echo server: the standard library alone, a thread for each client.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

const MAX_LINE: u64 = 64 * 1024;

fn serve(stream: TcpStream) -> io::Result<()> {
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        reader.by_ref().take(MAX_LINE + 2).read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Ok(());
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        let Ok(text) = String::from_utf8(line) else {
            return Ok(());
        };
        let mut answer: String = text.chars().rev().collect();
        answer.push('\n');
        writer.write_all(answer.as_bytes())?;
    }
}

fn main() -> io::Result<()> {
    let port = env::args().nth(1).map_or(7201, |port| port.parse().expect("the port is a number"));
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    for stream in listener.incoming() {
        match stream {
            Ok(stream) => {
                thread::spawn(move || {
                    if let Err(error) = serve(stream) {
                        eprintln!("client: {error}");
                    }
                });
            }
            Err(error) => eprintln!("accept: {error}"),
        }
    }
    Ok(())
}
