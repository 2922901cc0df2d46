//! How numbers read in the table: one unit and one number of decimals for all values of a
//! metric, so that they can be compared by eye.

use super::line::Glyphs;
use crate::stats::{Metric, MetricResult};

/// How the values of one metric are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Format {
    /// What values are multiplied by.
    factor: f64,
    /// The unit that they are then in; none for counts.
    pub unit: &'static str,
    decimals: usize,
    /// Counted runs instead of a mean.
    of_runs: bool,
}

/// A cell of the table in its two columns: the value right-aligned, its uncertainty
/// left-aligned behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The value.
    pub value: String,
    /// ` ±` and half of its interval; empty where there is none.
    pub half_width: String,
}

impl Format {
    /// For these results of one metric.
    pub fn of(metric: &Metric, results: &[&MetricResult], glyphs: &Glyphs) -> Self {
        let means = || results.iter().filter_map(|result| result.mean.map(f64::abs));
        let largest = means().fold(0.0, f64::max);
        let smallest = means().filter(|mean| *mean > 0.0).fold(largest, f64::min);
        let (factor, unit) = scale(metric, largest, glyphs);
        let (largest, smallest) = (largest * factor, smallest * factor);
        let whole = |number: f64| (number * factor).fract() == 0.0;
        let decimals = if means().all(whole) && results.iter().all(|result| is_certain(result)) {
            0
        } else {
            // Three significant digits of the largest, two of the smallest as far as two
            // more decimals allow.
            let hidden = |half: f64| half > 0.0 && half * factor < 0.5;
            let halves = results.iter().filter_map(|result| result.ci95);
            let is_hidden = halves.map(|[low, high]| (high - low) / 2.0).any(hidden);
            let least = usize::from(metric.unit == "fraction" || (is_hidden && largest < 1e5));
            let decimals = decimals_for(largest, 3).max(least);
            decimals_for(smallest, 2).clamp(decimals, decimals + 2)
        };
        Self { factor, unit, decimals, of_runs: metric.is_yes_or_no() }
    }

    /// A result in its cell.
    pub fn write(&self, result: Option<&MetricResult>, glyphs: &Glyphs) -> Written {
        let Some(result) = result else {
            return Written { value: glyphs.missing.to_owned(), half_width: String::new() };
        };
        if self.of_runs {
            let yes = result.values.iter().flatten().filter(|value| **value > 0.5).count();
            let value = format!("{yes}/{}", result.values.iter().flatten().count());
            return Written { value, half_width: String::new() };
        }
        let Some(mean) = result.mean else {
            return Written { value: "not by end".to_owned(), half_width: String::new() };
        };
        let mean = grouped(mean * self.factor, self.decimals);
        if result.censored > 0 {
            // Every value that was cut off is longer than those that were not.
            return Written { value: format!(">{mean}"), half_width: String::new() };
        }
        Written { value: mean, half_width: self.half_width(result, glyphs) }
    }

    /// The bounds of a result's interval, where it has one that is not a point.
    pub fn interval(&self, result: &MetricResult) -> Option<[String; 2]> {
        if self.of_runs || result.mean.is_none() || result.censored > 0 {
            return None;
        }
        let [low, high] = result.ci95?;
        let written = |bound: f64| grouped(bound * self.factor, self.decimals);
        (high > low).then(|| [written(low), written(high)])
    }

    /// A difference of two values, with its sign; as many decimals as it takes to show it.
    pub fn difference(&self, difference: f64) -> String {
        let value = difference * self.factor;
        let decimals = self.decimals.max(decimals_for(value.abs(), 2)).min(self.decimals + 2);
        let text = grouped(value, decimals);
        if text.starts_with('-') || value == 0.0 { text } else { format!("+{text}") }
    }

    fn half_width(&self, result: &MetricResult, glyphs: &Glyphs) -> String {
        let Some([low, high]) = result.ci95 else { return String::new() };
        let half = (high - low) / 2.0 * self.factor;
        if half <= 0.0 {
            return String::new();
        }
        format!(" {}{}", glyphs.plus_minus, grouped(half, self.decimals))
    }
}

/// Whether every replication said the same.
fn is_certain(result: &MetricResult) -> bool {
    result.ci95.is_none_or(|[low, high]| high <= low)
}

/// The factor and the unit for values up to `largest`.
pub fn scale(metric: &Metric, largest: f64, glyphs: &Glyphs) -> (f64, &'static str) {
    match metric.unit {
        _ if metric.is_yes_or_no() => (1.0, ""),
        "fraction" => (100.0, "%"),
        "ratio" => (1.0, glyphs.times),
        "s" if largest > 0.0 && largest < 1.0 => (1e3, "ms"),
        "s" if largest >= 6000.0 => (1.0 / 60.0, "min"),
        "s" => (1.0, "s"),
        "per_s" if largest >= 1e8 => (1e-6, "M/s"),
        "per_s" if largest >= 1e5 => (1e-3, "k/s"),
        "per_s" => (1.0, "/s"),
        "count" if largest >= 1e8 => (1e-6, "M"),
        "count" if largest >= 1e5 => (1e-3, "k"),
        "count" => (1.0, ""),
        "hours" => (1.0, "h"),
        other => (1.0, other),
    }
}

/// Decimals that show so many significant digits of a number, 0 to 6.
pub fn decimals_for(number: f64, digits: usize) -> usize {
    let mut decimals = digits.saturating_sub(1);
    let mut bound = 10.0;
    while number >= bound && decimals > 0 {
        decimals -= 1;
        bound *= 10.0;
    }
    let mut bound = 1.0;
    while number > 0.0 && number < bound && decimals < 6 {
        decimals += 1;
        bound /= 10.0;
    }
    decimals
}

/// A number with decimals and with commas between thousands: `12,345.7`. What would be
/// too long to read is written as `1.23e15`.
pub fn grouped(number: f64, decimals: usize) -> String {
    if number.abs() >= 1e12 {
        return format!("{number:.2e}");
    }
    let text = format!("{:.decimals$}", number.abs());
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (index, digit) in whole.char_indices() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let negative = number < 0.0 && text.chars().any(|digit| ('1'..='9').contains(&digit));
    format!("{}{grouped}{fraction}", if negative { "-" } else { "" })
}

/// A number in three significant digits without trailing zeros: `53.9k`, `1.2M`, `0.25`.
pub fn short(number: f64) -> String {
    let (scaled, suffix) = match number.abs() {
        size if size >= 999_500_000.0 => (number / 1e9, "G"),
        size if size >= 999_500.0 => (number / 1e6, "M"),
        size if size >= 10_000.0 => (number / 1e3, "k"),
        size if size >= 1000.0 => return grouped(number, 0),
        _ => (number, ""),
    };
    let text = grouped(scaled, decimals_for(scaled.abs(), 3));
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text.as_str()
    };
    format!("{text}{suffix}")
}

/// Seconds as `2:31`, from an hour on as `3 h 20 min`, under a second as `250 ms`.
pub fn clock(seconds: f64) -> String {
    if seconds > 0.0 && seconds < 1.0 {
        return format!("{} ms", short(seconds * 1e3));
    }
    let whole = seconds.round() as u64;
    if whole >= 3600 {
        return format!("{} h {:02} min", whole / 3600, whole % 3600 / 60);
    }
    format!("{}:{:02}", whole / 60, whole % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(grouped(1_234_567.891, 1), "1,234,567.9");
        assert_eq!(grouped(999.0, 0), "999");
        assert_eq!(grouped(-0.001, 2), "0.00");
        assert_eq!(grouped(-1234.5, 1), "-1,234.5");
        assert_eq!(grouped(1e300, 2), "1.00e300");
        assert_eq!(short(53_912.0), "53.9k");
        assert_eq!(short(1_200_000.0), "1.2M");
        assert_eq!(short(999_999.0), "1M");
        assert_eq!(short(9850.0), "9,850");
        assert_eq!(short(0.25), "0.25");
        assert_eq!(short(100.0), "100");
        assert_eq!(short(0.0), "0");
    }

    #[test]
    fn times_read_as_a_clock_shows_them() {
        assert_eq!(clock(151.0), "2:31");
        assert_eq!(clock(0.0), "0:00");
        assert_eq!(clock(0.25), "250 ms");
        assert_eq!(clock(12_000.0), "3 h 20 min");
    }

    #[test]
    fn decimals_follow_the_size() {
        assert_eq!(decimals_for(1234.0, 3), 0);
        assert_eq!(decimals_for(12.34, 3), 1);
        assert_eq!(decimals_for(1.234, 3), 2);
        assert_eq!(decimals_for(0.1234, 3), 3);
        assert_eq!(decimals_for(0.0, 3), 2);
    }
}
