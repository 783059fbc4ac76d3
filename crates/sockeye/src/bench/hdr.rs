//! `--hdr`: latencies over time in HdrHistogram's log format, which its tools and others' read.

use std::time::{Duration, SystemTime};

use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::IntervalLogWriterBuilder;

/// Values in the log are nanoseconds; its maxima are printed in milliseconds.
const NANOS_IN_MILLI: f64 = 1e6;

/// Stretches of a run, to be written when it is over.
#[derive(Debug, Default)]
pub(super) struct HdrLog {
    stretches: Vec<(f64, Histogram<u64>)>,
}

impl HdrLog {
    /// Adds a stretch that ended so many seconds after the start.
    pub(super) fn add(&mut self, ended: f64, latencies: &Histogram<u64>) {
        self.stretches.push((ended, latencies.clone()));
    }

    /// The whole log.
    ///
    /// # Errors
    /// A histogram that cannot be written.
    pub(super) fn text(&self) -> Result<Vec<u8>, String> {
        let mut text = Vec::new();
        let mut serializer = V2DeflateSerializer::new();
        let mut writer = IntervalLogWriterBuilder::new()
            .add_comment(" sockeye bench: latencies in nanoseconds")
            .with_start_time(SystemTime::now())
            .with_max_value_divisor(NANOS_IN_MILLI)
            .begin_log_with(&mut text, &mut serializer)
            .map_err(|error| error.to_string())?;
        let mut since = 0.0;
        for (ended, latencies) in &self.stretches {
            let (start, length) = (Duration::from_secs_f64(since), Duration::from_secs_f64(ended - since));
            writer.write_histogram(latencies, start, length, None).map_err(|error| format!("{error:?}"))?;
            since = *ended;
        }
        Ok(text)
    }
}
