//! Reverse echo server.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

fn handle(stream: TcpStream) {
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        let n = reader.by_ref().take(65538).read_until(b'\n', &mut line).unwrap();
        if n == 0 || line.pop() != Some(b'\n') {
            break;
        }
        if line.ends_with(b"\r") {
            line.pop();
        }
        let Ok(text) = String::from_utf8(line) else { break };
        let answer: String = text.chars().rev().collect();
        writer.write_all(format!("{answer}\n").as_bytes()).unwrap();
    }
}

fn main() {
    let port: u16 = env::args().nth(1).map_or(7201, |p| p.parse().unwrap());
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let mut workers = Vec::new();
    for stream in listener.incoming() {
        let stream = stream.unwrap();
        workers.push(thread::spawn(move || handle(stream)));
        // Clear away the threads that are done.
        while let Some(done) = workers.iter().position(|worker| worker.is_finished()) {
            workers.swap_remove(done).join().unwrap();
        }
    }
}
