//! How long the hot paths take on this machine: `cargo bench -p convo --bench micro`.

mod paths;

use divan::Bencher;
use divan::counter::ItemsCount;
use paths::PATHS;

fn main() {
    divan::main();
}

#[divan::bench(args = PATHS.iter().map(|path| path.name))]
fn turn(bencher: Bencher<'_, '_>, name: &str) {
    let path = PATHS.iter().find(|path| path.name == name).expect("one of them");
    let mut server = path.server();
    bencher.counter(ItemsCount::new(path.messages)).bench_local(|| server.turn());
}

#[divan::bench]
fn read_a_convo() -> bool {
    let text = divan::black_box(include_str!("../../../convos/sum-json.convo"));
    convo::Convo::read("sum-json.convo", text).convo.is_some()
}
