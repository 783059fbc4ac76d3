//! Goes through one hot path so often: `instructions PATH TURNS`; without arguments it names the paths, with how many
//! messages a turn of each has. Run under valgrind by `scripts/instructions`, which takes the difference of two runs.

mod paths;

use paths::PATHS;

#[allow(clippy::print_stdout, reason = "its output is its purpose")]
fn main() {
    // The harness adds `--bench`.
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(name) = arguments.next() else {
        for path in PATHS {
            println!("{} {}", path.name, path.messages);
        }
        return;
    };
    let path = PATHS.iter().find(|path| path.name == name).expect("the name of a path");
    let turns: u64 = arguments.next().and_then(|turns| turns.parse().ok()).expect("a number of turns");
    let mut server = path.server();
    let bytes: usize = (0..turns).map(|_| server.turn()).sum();
    assert!(bytes > 0, "it answers");
}
