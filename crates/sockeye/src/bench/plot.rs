//! Line plots as SVG: a few curves over one axis, drawn for a page without any script.

use std::fmt::Write;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 260.0;
/// Room for the numbers on the left and below.
const LEFT: f64 = 70.0;
const BELOW: f64 = 30.0;
const ABOVE: f64 = 28.0;
const RIGHT: f64 = 26.0;
/// Lines across, at most.
const LINES: f64 = 6.0;
/// Between the names of curves.
const NAME: f64 = 130.0;
const COLOURS: [&str; 3] = ["#d1495b", "#00798c", "#edae49"];

/// A curve.
pub(super) struct Curve<'a> {
    /// What it is.
    pub(super) name: &'a str,
    /// Its points, from left to right.
    pub(super) points: Vec<(f64, f64)>,
}

/// A mark on the axis below.
pub(super) struct Mark {
    /// Where.
    pub(super) at: f64,
    /// What is written there.
    pub(super) text: String,
}

/// How values lie upwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Upwards {
    /// From 0, evenly.
    Even,
    /// Each line ten times the one below.
    Tens,
}

impl Upwards {
    /// The lines across, from the lowest to the highest; all values lie between.
    fn lines(self, values: impl Iterator<Item = f64> + Clone) -> Vec<f64> {
        let highest = values.clone().fold(f64::MIN_POSITIVE, f64::max);
        match self {
            Self::Even => {
                let step = step(highest / LINES);
                let count = (highest / step).ceil().max(1.0);
                (0..=count as u32).map(|number| f64::from(number) * step).collect()
            }
            Self::Tens => {
                let lowest = values.filter(|value| *value > 0.0).fold(highest, f64::min);
                let (first, last) = (lowest.log10().floor(), highest.log10().ceil());
                let count = (last - first).max(1.0) as u32;
                (0..=count).map(|number| 10f64.powf(first + f64::from(number))).collect()
            }
        }
    }

    /// How far up a value lies between two lines, from 0 to 1.
    fn part(self, value: f64, first: f64, last: f64) -> f64 {
        match self {
            Self::Even => (value - first) / (last - first),
            Self::Tens => (value.max(first) / first).log10() / (last / first).log10(),
        }
    }
}

/// The next 1, 2 or 5 of its power of ten.
fn step(at_least: f64) -> f64 {
    let power = 10f64.powf(at_least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|digit| digit * power)
        .into_iter()
        .find(|step| *step >= at_least)
        .unwrap_or(power)
}

/// Draws curves over the axis from the first of `marks` to the last.
pub(super) fn svg(
    curves: &[Curve<'_>],
    marks: &[Mark],
    upwards: Upwards,
    shown: impl Fn(f64) -> String,
) -> String {
    let lines = upwards.lines(curves.iter().flat_map(|curve| &curve.points).map(|(_, y)| *y));
    let (bottom, top) = (lines.first().copied().unwrap_or(0.0), lines.last().copied().unwrap_or(1.0));
    let first = marks.first().map_or(0.0, |mark| mark.at);
    let last = marks.last().map_or(1.0, |mark| mark.at);
    let across = |x: f64| LEFT + (x - first) / (last - first).max(f64::MIN_POSITIVE) * (WIDTH - LEFT - RIGHT);
    let up = |y: f64| HEIGHT - BELOW - upwards.part(y, bottom, top) * (HEIGHT - BELOW - ABOVE);
    let mut out = format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\n");
    // Writing to a string cannot fail.
    for y in lines {
        let (at, text) = (up(y), shown(y));
        let _ = writeln!(
            out,
            "<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{at:.1}\" y2=\"{at:.1}\" class=\"grid\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            at + 4.0
        );
    }
    for mark in marks {
        let (x, y) = (across(mark.at), HEIGHT - BELOW + 18.0);
        let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{}</text>", mark.text);
    }
    for (index, curve) in curves.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let mut path = String::new();
        for (x, y) in &curve.points {
            let _ = write!(path, "{:.1},{:.1} ", across(*x), up(*y));
        }
        let _ = writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\
             <text x=\"{}\" y=\"{}\" style=\"fill:{colour}\" class=\"name\">{}</text>",
            path.trim_end(),
            LEFT + NAME * index as f64,
            ABOVE - 12.0,
            curve.name
        );
    }
    out.push_str("</svg>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_across_are_round_and_hold_all_values() {
        let lines = |upwards: Upwards, values: &[f64]| upwards.lines(values.iter().copied());
        assert_eq!(lines(Upwards::Even, &[192_000.0, 7.0]), [0.0, 50_000.0, 100_000.0, 150_000.0, 200_000.0]);
        assert_eq!(lines(Upwards::Even, &[295.0]).last(), Some(&300.0));
        assert!(lines(Upwards::Even, &[]).iter().all(|line| line.is_finite()));
        assert_eq!(lines(Upwards::Tens, &[42.0, 8_910.0]), [10.0, 100.0, 1000.0, 10_000.0]);
        assert_eq!(lines(Upwards::Tens, &[0.0, 100.0]), [100.0, 1000.0]);
    }

    #[test]
    fn a_curve_runs_from_mark_to_mark_and_stays_inside() {
        let curve = Curve { name: "p99", points: vec![(0.0, 0.0), (5.0, 10.0), (10.0, 5.0)] };
        let marks = [0.0, 10.0].map(|at| Mark { at, text: at.to_string() });
        let svg = svg(&[curve], &marks, Upwards::Even, |y| format!("{y:.0}"));
        let points = svg.split("points=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a curve");
        let points: Vec<(f64, f64)> = points
            .split(' ')
            .map(|point| point.split_once(',').expect("x,y"))
            .map(|(x, y)| (x.parse().expect("a number"), y.parse().expect("a number")))
            .collect();
        assert_eq!(points[0], (LEFT, HEIGHT - BELOW));
        assert_eq!(points[2].0, WIDTH - RIGHT);
        assert!(points.iter().all(|(_, y)| (ABOVE..=HEIGHT - BELOW).contains(y)), "{points:?}");
    }
}
