//! Numbers, shares and durations as charts write them.

/// Three significant digits with k, M or G, trailing zeros dropped: `210k`, `53.9k`, `3.4k`, `0.25`.
pub fn compact(value: f64) -> String {
    let (sign, digits, exponent) = significant(value, 3);
    spelled(sign, digits, exponent, 3)
}

/// So many digits, of which the first stands at a power of ten, with k, M or G.
fn spelled(sign: &str, digits: u64, exponent: i32, count: i32) -> String {
    if digits == 0 {
        return "0".to_owned();
    }
    let group = exponent.div_euclid(3).clamp(0, 3);
    let suffix = ["", "k", "M", "G"][usize::try_from(group).unwrap_or(0)];
    format!("{sign}{}{suffix}", decimal(digits, exponent - 3 * group - (count - 1)))
}

/// What an axis says of a tick: as [`compact`], with all digits that the number has (twelve
/// at most, so that 3 x 0.1 is 0.3): `1.025`, `12.5k`.
pub fn exact(value: f64) -> String {
    let (sign, digits, exponent) = significant(value, 12);
    spelled(sign, digits, exponent, 12)
}

/// A ratio on an axis: `1.025 ×`.
pub fn exact_ratio(value: f64) -> String {
    format!("{} ×", exact(value))
}

/// A share of 1 on an axis, in percent: `2.5%`.
pub fn exact_percent(share: f64) -> String {
    format!("{}%", exact(share * 100.0))
}

/// A count in full, with commas: `9,850`, `120,000`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// From one number to another, as they print; the one that they are where they print alike.
pub fn from_to(low: &str, high: &str) -> String {
    if low == high { high.to_owned() } else { format!("{low} to {high}") }
}

/// A share of 1 in percent with at most one decimal: `24.8%`, `8%`, `<0.1%`.
pub fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).round();
    if tenths < 1.0 && share > 0.0 {
        return "<0.1%".to_owned();
    }
    if share < 1.0 && tenths >= 1000.0 {
        return ">99.9%".to_owned();
    }
    format!("{}%", decimal(tenths.max(0.0) as u64, -1))
}

/// The text with a capital at its start.
pub fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}

/// A ratio: `1.21 ×`.
pub fn ratio(value: f64) -> String {
    format!("{} ×", compact(value))
}

/// A length of time: `420 ms`, `1.4 s`, `12 s`, `2:31`, `3 h 20 min`, `12 d 6 h`.
pub fn duration(seconds: f64) -> String {
    if seconds <= 0.0 {
        return "0 s".to_owned();
    }
    if seconds < A_SECOND {
        return format!("{} ms", compact(seconds * 1000.0));
    }
    if seconds < 9.95 {
        return format!("{} s", decimal((seconds * 10.0).round() as u64, -1));
    }
    if seconds < 59.5 {
        return format!("{} s", seconds.round() as u64);
    }
    if seconds < 3599.5 {
        return clock(seconds);
    }
    if seconds >= TWO_DAYS {
        return days(seconds);
    }
    let minutes = (seconds / 60.0).round() as u64;
    match (minutes / 60, minutes % 60) {
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// A long span in words, for prose: `45 s`, `30 min`, `4 h`, `1 h 30 min`.
pub fn span(seconds: f64) -> String {
    let whole = seconds.round();
    if whole >= 3600.0 || seconds < 9.95 {
        return duration(seconds);
    }
    let whole = whole as u64;
    match (whole / 60, whole % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        _ => duration(seconds),
    }
}

/// An instant since the start of the run: `0:00`, `200 ms`, `0:30`, `5:00`, `1:02:30`, `12 d 6 h`.
pub fn clock(seconds: f64) -> String {
    if seconds >= TWO_DAYS {
        return days(seconds);
    }
    // As m:ss these would all be the start.
    if seconds > 0.0 && seconds < A_SECOND {
        return duration(seconds);
    }
    let whole = seconds.max(0.0).round() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// In seconds; what is less is told in ms. Half a ms below 1, as that is rounded to 1000 ms.
const A_SECOND: f64 = 0.9995;

/// In seconds; from here on minutes are noise.
const TWO_DAYS: f64 = 172_800.0;

fn days(seconds: f64) -> String {
    let hours = (seconds / 3600.0).round() as u64;
    match (hours / 24, hours % 24) {
        (days, 0) => format!("{days} d"),
        (days, hours) => format!("{days} d {hours} h"),
    }
}

/// `1 server`, `12 servers`.
pub fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
}

/// `digits` x 10^`exponent`, without trailing zeros after the point.
pub fn decimal(digits: u64, exponent: i32) -> String {
    let mut text = digits.to_string();
    if exponent >= 0 {
        text.extend(std::iter::repeat_n('0', usize::try_from(exponent).unwrap_or(0)));
        return text;
    }
    let places = usize::try_from(exponent.unsigned_abs()).unwrap_or(0);
    if text.len() <= places {
        text.insert_str(0, &"0".repeat(places + 1 - text.len()));
    }
    text.insert(text.len() - places, '.');
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Sign, the first digits and the power of ten of the first of them, from the correctly
/// rounded decimal that Rust prints.
fn significant(value: f64, count: usize) -> (&'static str, u64, i32) {
    if !value.is_finite() {
        return ("", 0, 0);
    }
    let sign = if value < 0.0 { "−" } else { "" };
    let text = format!("{:.*e}", count - 1, value.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = mantissa.replace('.', "").parse().unwrap_or(0);
    (sign, digits, exponent.parse().unwrap_or(0))
}
