//! Every kind of store against a simple model, over seeded interleavings of adds and readings.

use super::*;

/// A list as anybody would write it down.
#[derive(Debug, Default)]
struct Model {
    items: Vec<(u64, String, String)>,
    last: u64,
}

impl Model {
    fn add(&mut self, key: Option<&str>, text: &str) -> u64 {
        self.last += 1;
        if key.is_none() {
            while self.at(&self.last.to_string()).is_some() {
                self.last += 1;
            }
        }
        let key = key.map_or_else(|| self.last.to_string(), str::to_owned);
        self.items.retain(|(_, known, _)| *known != key);
        self.items.push((self.last, key, text.to_owned()));
        self.last
    }

    fn at(&self, key: &str) -> Option<&str> {
        self.items.iter().find(|(_, known, _)| known == key).map(|(.., text)| text.as_str())
    }
}

/// A reading under way: what is still to come of it.
struct UnderWay {
    rest: Option<Reading>,
    seed: u64,
    expected: std::vec::IntoIter<(u64, String, String)>,
}

impl UnderWay {
    fn take(&mut self, page: Page) {
        for item in page.items {
            let expected = self.expected.next();
            assert_eq!(expected, Some((item.seq, item.key.clone(), item.text.clone())), "seed {}", self.seed);
        }
        self.rest = page.rest;
        assert!(
            self.rest.is_some() || self.expected.len() == 0,
            "seed {}: {} items missing",
            self.seed,
            self.expected.len()
        );
    }
}

async fn answer<T>(soon: Soon<Result<T, StoreError>>) -> T {
    let answer = match soon {
        Soon::Now(answer) => answer,
        Soon::Later(later) => later.await,
    };
    answer.expect("the store works")
}

async fn play(store: Store, seed: u64, steps: usize) {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut models = [Model::default(), Model::default()];
    let mut readings: Vec<UnderWay> = Vec::new();
    for step in 0..steps {
        let which = chance.usize(..2);
        let (model, list) = (&mut models[which], ["notes", "more"][which]);
        // Few keys, so that much is replaced; some look like the numbers of items without one.
        let key = chance.u64(1..20).to_string();
        match chance.u8(..10) {
            0..5 => {
                // Long texts make pages of one or two.
                let text = format!("{step} {}", "x".repeat([0, 40_000][chance.usize(..2)]));
                let key = chance.bool().then_some(key.as_str());
                let added = answer(store.add(Add { list, key, text: &text, from: "", at: 0 })).await;
                assert_eq!(added, model.add(key, &text), "seed {seed}");
            }
            5 => {
                let from = [1, chance.u64(..=model.last + 1)][chance.usize(..2)];
                let items: Vec<_> = model.items.iter().filter(|(seq, ..)| *seq >= from).cloned().collect();
                let mut reading = UnderWay { rest: None, seed, expected: items.into_iter() };
                reading.take(answer(store.begin(list, from)).await);
                readings.push(reading);
            }
            6 | 7 if !readings.is_empty() => {
                let which = chance.usize(..readings.len());
                if let Some(rest) = readings[which].rest.take() {
                    readings[which].take(answer(rest.page()).await);
                } else {
                    readings.swap_remove(which);
                }
            }
            8 if readings.len() > 5 => drop(readings.swap_remove(chance.usize(..readings.len()))),
            _ => {
                let found = answer(store.at(list, &key)).await;
                assert_eq!(found.as_ref().map(|item| item.text.as_str()), model.at(&key), "seed {seed}");
                assert_eq!(answer(store.count(list)).await, model.items.len() as u64, "seed {seed}");
            }
        }
    }
}

#[tokio::test]
async fn lists_in_memory_behave_as_the_model() {
    for seed in 0..50 {
        play(Store::memory(), seed, 300).await;
    }
}

#[tokio::test]
async fn lists_on_disk_behave_as_the_model() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for seed in 0..8 {
        let place = StorePlace::File(folder.path().join(format!("{seed}.sqlite")));
        let store = Store::open(&place).await.expect("it can be made");
        play(store, seed, 300).await;
    }
}

#[test]
fn places_are_read_as_they_are_written() {
    assert_eq!("memory".parse(), Ok(StorePlace::Memory));
    assert_eq!("./memory".parse(), Ok(StorePlace::File("./memory".into())));
    assert!("".parse::<StorePlace>().is_err());
    assert!("ftp://host".parse::<StorePlace>().is_err());
}
