//! Line plots as SVG: a few curves over one axis, drawn for a page without any script.

use std::fmt::Write;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 260.0;
/// Room for the numbers on the left and below.
const LEFT: f64 = 70.0;
const BELOW: f64 = 30.0;
const ABOVE: f64 = 12.0;
const RIGHT: f64 = 12.0;
const LINES: u32 = 4;
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

/// Draws curves over the axis from the first of `marks` to the last; upwards from 0.
pub(super) fn svg(curves: &[Curve<'_>], marks: &[Mark], shown: impl Fn(f64) -> String) -> String {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let top = points().fold(f64::MIN_POSITIVE, |top, (_, y)| top.max(*y)) * 1.05;
    let first = marks.first().map_or(0.0, |mark| mark.at);
    let last = marks.last().map_or(1.0, |mark| mark.at);
    let across = |x: f64| LEFT + (x - first) / (last - first).max(f64::MIN_POSITIVE) * (WIDTH - LEFT - RIGHT);
    let up = |y: f64| HEIGHT - BELOW - y / top * (HEIGHT - BELOW - ABOVE);
    let mut out = format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\n");
    // Writing to a string cannot fail.
    for line in 0..=LINES {
        let y = top * f64::from(line) / f64::from(LINES);
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
             <text x=\"{}\" y=\"{}\" fill=\"{colour}\" class=\"name\">{}</text>",
            path.trim_end(),
            LEFT + 10.0,
            ABOVE + 14.0 + 16.0 * index as f64,
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
    fn a_curve_runs_from_mark_to_mark_and_stays_inside() {
        let curve = Curve { name: "p99", points: vec![(0.0, 0.0), (5.0, 10.0), (10.0, 5.0)] };
        let marks = [0.0, 10.0].map(|at| Mark { at, text: at.to_string() });
        let svg = svg(&[curve], &marks, |y| format!("{y:.0}"));
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
