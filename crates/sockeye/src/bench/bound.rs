//! Bounds as they are written on the command line: `p99<10ms`, `throughput>50000`.

use std::fmt;
use std::str::FromStr;

/// What a bound is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// A latency, microseconds.
    Latency(&'static str),
    /// Requests a second.
    Throughput,
    /// Requests that failed.
    Failed,
    /// Datagrams that were lost.
    Lost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Below,
    Above,
}

/// A bound that a run keeps or misses.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bound {
    measure: Measure,
    side: Side,
    /// In the measure's unit.
    limit: f64,
    text: String,
}

const LATENCIES: [&str; 6] = ["p50", "p90", "p99", "p99.9", "max", "mean"];
const EXPECTED: &str = "expected p50, p90, p99, p99.9, max or mean `<` a time (`p99<10ms`), `throughput>50000`, `failed<1` or `lost<1`";

impl Bound {
    /// What it is about.
    pub(super) fn measure(&self) -> Measure {
        self.measure
    }

    /// Whether a value of its measure keeps it.
    pub(super) fn holds(&self, value: f64) -> bool {
        match self.side {
            Side::Below => value < self.limit,
            Side::Above => value > self.limit,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || EXPECTED.to_owned();
        let at = text.find(['<', '>']).ok_or_else(expected)?;
        let (name, limit) = (text[..at].trim(), text[at + 1..].trim());
        let side = if text[at..].starts_with('<') { Side::Below } else { Side::Above };
        let measure = match name {
            "throughput" => Measure::Throughput,
            "failed" => Measure::Failed,
            "lost" => Measure::Lost,
            _ => Measure::Latency(LATENCIES.into_iter().find(|known| *known == name).ok_or_else(expected)?),
        };
        let limit = match measure {
            Measure::Latency(_) => time_us(limit),
            Measure::Throughput => rate(limit).ok(),
            Measure::Failed | Measure::Lost => limit.parse().ok(),
        };
        Ok(Self { measure, side, limit: limit.ok_or_else(expected)?, text: text.to_owned() })
    }
}

/// `2.5ms`, `800us`, `1s` in microseconds.
fn time_us(text: &str) -> Option<f64> {
    let unit = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let factor = match &text[unit..] {
        "us" | "µs" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        _ => return None,
    };
    text[..unit].parse::<f64>().ok().map(|number| number * factor)
}

/// Requests a second, above zero: `1000`, `1000/s`, `50k`.
///
/// # Errors
/// What was expected instead.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    let text = text.strip_suffix("/s").unwrap_or(text);
    let (number, factor) = match text.strip_suffix('k') {
        Some(number) => (number, 1e3),
        None => (text, 1.0),
    };
    let rate = number.parse::<f64>().ok().map(|number| number * factor);
    rate.filter(|rate| rate.is_finite() && *rate > 0.0)
        .ok_or_else(|| "expected requests a second, such as 1000/s or 50k/s".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_read() {
        for (text, limit) in [("p99<10ms", 10_000.0), ("p99.9 < 2.5ms", 2_500.0), ("max<800us", 800.0)] {
            let bound: Bound = text.parse().expect("a bound");
            assert_eq!((bound.limit, bound.side), (limit, Side::Below), "{text}");
        }
        let bound: Bound = "throughput>50k".parse().expect("a bound");
        assert_eq!((bound.limit, bound.side, bound.measure), (50_000.0, Side::Above, Measure::Throughput));
    }

    #[test]
    fn what_is_no_bound_is_refused_with_what_is() {
        for text in ["", "p99", "p98<1ms", "p99<10", "p99<fast", "throughput<quick"] {
            assert!(text.parse::<Bound>().is_err_and(|why| why.contains("p99<10ms")), "{text}");
        }
    }

    #[test]
    fn rates_are_read() {
        assert_eq!(rate("1000/s"), Ok(1000.0));
        assert_eq!(rate("1.5k"), Ok(1500.0));
        for text in ["", "0", "-1", "fast", "inf"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }
}
