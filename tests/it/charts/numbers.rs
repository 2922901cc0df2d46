//! Ticks and the forms of numbers, as tables.

use ringstorm::chart::axis::{TimeStyle, cut_axis, log_ticks, range_ticks, time_axis, value_axis};
use ringstorm::chart::words::{clock, compact, counted, duration, grouped, percent, ratio, span};

#[test]
fn numbers_have_three_significant_digits_and_no_trailing_zeros() {
    for (value, text) in [
        (0.0, "0"),
        (-0.0, "0"),
        (0.25, "0.25"),
        (0.012_345, "0.0123"),
        (1.0, "1"),
        (7.5, "7.5"),
        (999.4, "999"),
        (999.6, "1k"),
        (3_400.0, "3.4k"),
        (9_850.0, "9.85k"),
        (53_900.0, "53.9k"),
        (210_000.0, "210k"),
        (999_950.0, "1M"),
        (1_200_000.0, "1.2M"),
        (2.5e9, "2.5G"),
        (7.5e12, "7500G"),
        (-250.0, "−250"),
    ] {
        assert_eq!(compact(value), text, "{value}");
    }
}

#[test]
fn shares_ratios_and_counts_have_their_forms() {
    for (share, text) in [
        (0.0, "0%"),
        (0.000_1, "<0.1%"),
        (0.08, "8%"),
        (0.248_4, "24.8%"),
        (0.999_9, ">99.9%"),
        (1.0, "100%"),
        (1.012, "101.2%"),
    ] {
        assert_eq!(percent(share), text, "{share}");
    }
    assert_eq!(ratio(1.214), "1.21 ×");
    assert_eq!(grouped(9_850), "9,850");
    assert_eq!(grouped(1_000_000), "1,000,000");
    assert_eq!(grouped(850), "850");
    assert_eq!(counted(1, "server"), "1 server");
    assert_eq!(counted(1_200, "server"), "1,200 servers");
}

#[test]
fn durations_are_read_at_a_glance() {
    for (seconds, text) in [
        (0.0, "0 s"),
        (0.42, "420 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1 s"),
        (1.44, "1.4 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1:00"),
        (151.0, "2:31"),
        (3_599.4, "59:59"),
        (3_599.6, "1 h"),
        (12_000.0, "3 h 20 min"),
        (172_800.0, "2 d"),
        (1_058_400.0, "12 d 6 h"),
    ] {
        assert_eq!(duration(seconds), text, "{seconds}");
    }
    for (seconds, text) in [
        (0.0, "0:00"),
        (0.2, "200 ms"),
        (0.9994, "999 ms"),
        (0.9996, "0:01"),
        (30.0, "0:30"),
        (300.0, "5:00"),
        (3_750.0, "1:02:30"),
        (31_536_000.0, "365 d"),
    ] {
        assert_eq!(clock(seconds), text, "{seconds}");
    }
    for (seconds, text) in [
        (4.0, "4 s"),
        (45.0, "45 s"),
        (90.0, "1:30"),
        (1_800.0, "30 min"),
        (14_400.0, "4 h"),
        (5_400.0, "1 h 30 min"),
    ] {
        assert_eq!(span(seconds), text, "{seconds}");
    }
}

#[test]
fn value_axes_start_at_zero_and_end_on_a_tick_above_the_data() {
    for (max, whole, height, labels) in [
        (11_000.0, true, 140.0, "0 2.5k 5k 7.5k 10k 12.5k"),
        (12_000.0, true, 120.0, "0 5k 10k 15k"),
        (12_000.0, true, 64.0, "0 10k 20k"),
        (300_000.0, true, 120.0, "0 100k 200k 300k 400k"),
        (0.3, false, 140.0, "0 0.1 0.2 0.3 0.4"),
        (1.0, true, 140.0, "0 1 2"),
        (3.0, true, 140.0, "0 1 2 3 4"),
        (0.0, true, 140.0, "0 1"),
        (f64::NAN, true, 140.0, "0 1"),
        (f64::INFINITY, false, 140.0, "0 1"),
    ] {
        let axis = value_axis(max, whole, height);
        let found: Vec<&str> = axis.ticks.iter().map(|tick| &*tick.label).collect();
        assert_eq!(found.join(" "), labels, "{max} on {height} px");
        assert_eq!(axis.ticks.last().map(|tick| tick.value), Some(axis.top));
        assert!(!max.is_finite() || axis.top > max);
    }
}

#[test]
fn a_tick_says_all_its_digits() {
    for (low, high, labels) in [
        (1.0, 1.09, "1 1.025 1.05 1.075 1.1"),
        (0.98, 1.02, "0.98 0.99 1 1.01 1.02"),
        (1_000.0, 1_090.0, "1k 1.025k 1.05k 1.075k 1.1k"),
        (-0.004, 0.004, "−0.004 −0.002 0 0.002 0.004"),
    ] {
        let ticks = range_ticks(low, high, 4);
        let found: Vec<&str> = ticks.iter().map(|tick| &*tick.label).collect();
        assert_eq!(found.join(" "), labels, "{low} to {high}");
    }
}

#[test]
fn ticks_are_exact_decimals() {
    let ticks = value_axis(0.28, false, 140.0).ticks;
    assert!(ticks.iter().any(|tick| tick.value.to_string() == "0.3"), "{ticks:?}");
}

#[test]
fn a_cut_axis_ends_at_four_times_the_capacity() {
    for (capacity, labels) in
        [(4_000.0, "0 4k 8k 12k 16k"), (2_800.0, "0 2.8k 5.6k 8.4k 11.2k"), (3_333.0, "0 5k 10k")]
    {
        let axis = cut_axis(capacity);
        let found: Vec<&str> = axis.ticks.iter().map(|tick| &*tick.label).collect();
        assert_eq!(found.join(" "), labels, "{capacity}");
        assert!((axis.top - 4.0 * capacity).abs() < 1e-9);
    }
}

#[test]
fn a_cut_axis_of_an_odd_capacity_has_round_ticks() {
    let labels: Vec<String> = cut_axis(3.003).ticks.into_iter().map(|tick| tick.label).collect();
    assert_eq!(labels, ["0", "2.5", "5", "7.5", "10"]);
}

#[test]
fn a_logarithmic_axis_has_two_ticks_at_least() {
    let labels = |low: f64, high: f64, most: usize| {
        let ticks = log_ticks(low, high, most).into_iter();
        ticks.map(|tick| tick.label).collect::<Vec<_>>()
    };
    assert_eq!(labels(0.1, 10.0, 8), ["0.1", "0.2", "0.5", "1", "2", "5", "10"]);
    assert_eq!(labels(0.32, 0.78, 6), ["0.4", "0.5", "0.6", "0.7"]);
    assert_eq!(labels(0.42, 0.43, 3), ["0.42", "0.425", "0.43"]);
}

#[test]
fn time_axes_count_in_units_people_use() {
    use TimeStyle::{Clock, Elapsed};
    for (start, end, most, style, labels) in [
        (0.0, 1_800.0, 5, Elapsed, "0 10 20 30 min"),
        (0.0, 1_800.0, 7, Elapsed, "0 5 10 15 20 25 30 min"),
        (0.0, 120.0, 6, Elapsed, "0 30 60 90 120 s"),
        (0.0, 0.3, 4, Elapsed, "0 0.1 0.2 0.3 s"),
        (0.0, 86_400.0, 5, Elapsed, "0 6 12 18 24 h"),
        (0.0, 300.0, 6, Clock, "0:00 1:00 2:00 3:00 4:00 5:00"),
        (570.0, 840.0, 5, Clock, "10:00 11:00 12:00 13:00 14:00"),
        (3_500.0, 3_700.0, 4, Clock, "59:00 1:00:00 1:01:00"),
        (10.0, 30.0, 5, Clock, "10 15 20 25 30 s"),
    ] {
        let axis = time_axis(start, end, most, style);
        let found: Vec<&str> = axis.ticks.iter().map(|tick| &*tick.label).collect();
        assert_eq!(found.join(" "), labels, "{start} to {end}");
    }
}
