//! Quantities in text and JSON.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use proptest::prelude::*;
use ringstorm::engine::units::{Quantity, QuantityError};
use ringstorm::engine::{Bytes, Fraction, Rate, SimDuration};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn nanos(text: &str) -> u64 {
    text.parse::<SimDuration>().unwrap().as_nanos()
}

#[test]
fn durations_are_read_to_the_nanosecond() {
    assert_eq!(nanos("0s"), 0);
    assert_eq!(nanos("7ns"), 7);
    assert_eq!(nanos("250us"), 250_000);
    assert_eq!(nanos("250ms"), 250_000_000);
    assert_eq!(nanos("1.5s"), 1_500_000_000);
    assert_eq!(nanos("0.1s"), 100_000_000);
    assert_eq!(nanos("5m"), 300_000_000_000);
    assert_eq!(nanos("12h"), 43_200_000_000_000);
    assert_eq!(nanos("2d"), 172_800_000_000_000);
    assert_eq!(nanos("007.500s"), 7_500_000_000);
    // Beyond the 53 bits of a float.
    assert_eq!(nanos("36524.999999999d"), 3_155_759_999_999_913_600);
    // A third of a nanosecond rounds down, the half up.
    assert_eq!((nanos("1.3333ns"), nanos("1.5ns")), (1, 2));
    assert_eq!(nanos("0.33333333333333333333333333333333m"), 20_000_000_000);
    assert_eq!(nanos("36525d"), 3_155_760_000_000_000_000);
}

#[test]
fn rates_fractions_and_sizes_are_read_as_written() {
    let rate = |text: &str| text.parse::<Rate>().unwrap().as_per_second();
    assert!(rate("200/s") == 200.0 && rate("30/m") == 0.5 && rate("0/s") == 0.0);
    assert!(rate("1.5k/s") == 1_500.0 && rate("2M/h") == 2e6 / 3_600.0 && rate("8640/d") == 0.1);
    // 0.0009 * 1000 is not the float nearest to 0.9.
    assert!(rate("0.0009k/s") == 0.9);
    let fraction = |text: &str| text.parse::<Fraction>().unwrap().as_f64();
    assert!(fraction("5%") == 0.05 && fraction("0.05") == 0.05 && fraction("7%") == 0.07);
    assert!(fraction("0%") == 0.0 && fraction("100%") == 1.0 && fraction("1") == 1.0);
    let bytes = |text: &str| text.parse::<Bytes>().unwrap().as_u64();
    assert_eq!((bytes("200B"), bytes("4MB"), bytes("16KiB")), (200, 4_000_000, 16_384));
    assert_eq!((bytes("1.5KiB"), bytes("0.5GB"), bytes("1024TiB")), (1_536, 500_000_000, 1 << 50));
}

#[test]
fn quantities_are_written_in_the_unit_that_fits() {
    let fraction = |share| Fraction::new(share).unwrap().to_string();
    assert_eq!(fraction(0.05), "5%");
    assert_eq!(fraction(0.07), "7%");
    assert_eq!(fraction(0.5), "50%");
    assert_eq!(fraction(0.0025), "0.25%");
    assert_eq!(
        (fraction(0.0), fraction(-0.0), fraction(1.0)),
        ("0%".into(), "0%".into(), "100%".into())
    );
    let bytes = |count| Bytes::new(count).to_string();
    assert_eq!((bytes(0), bytes(200), bytes(16_384)), ("0B".into(), "200B".into(), "16KiB".into()));
    assert_eq!((bytes(4_000_000), bytes(1 << 50)), ("4MB".into(), "1024TiB".into()));
}

fn message<T: FromStr<Err = QuantityError> + Debug>(text: &str) -> String {
    text.parse::<T>().unwrap_err().to_string()
}

#[test]
fn a_wrong_text_is_told_what_was_met_and_what_is_expected() {
    assert_eq!(
        message::<SimDuration>("30"),
        r#"duration without a unit: write "30s"; units are ns, us, ms, s, m, h, d"#
    );
    assert_eq!(
        message::<SimDuration>("30sec"),
        "unknown unit `sec` in the duration `30sec`; units are ns, us, ms, s, m, h, d"
    );
    assert_eq!(
        message::<SimDuration>("soon"),
        "`soon` is not a duration: expected a number and a unit, such as \"30s\"; \
         units are ns, us, ms, s, m, h, d"
    );
    assert_eq!(message::<SimDuration>("-5s"), "duration `-5s` is negative: expected 0 or more");
    assert_eq!(
        message::<SimDuration>("36525.1d"),
        "duration `36525.1d` is too large: the limit is 36525d (100 years)"
    );
    assert_eq!(message::<SimDuration>("0.4ns"), "duration `0.4ns` is too small to tell from 0");
    assert_eq!(
        message::<Rate>("200"),
        r#"rate without a unit: write "200/s"; units are /s, /m, /h, /d"#
    );
    assert_eq!(
        message::<Rate>("5/w"),
        "unknown unit `/w` in the rate `5/w`; units are /s, /m, /h, /d"
    );
    assert_eq!(
        message::<Rate>("2G/s"),
        "unknown unit `G/s` in the rate `2G/s`; units are /s, /m, /h, /d"
    );
    assert_eq!(
        message::<Rate>("2000M/s"),
        "rate `2000M/s` is too large: the limit is 1000000000/s"
    );
    assert_eq!(
        message::<Fraction>("5"),
        "fraction `5` is too large: the limit is 1, which is 100%"
    );
    assert_eq!(message::<Fraction>("5x"), "unknown unit `x` in the fraction `5x`; units are %");
    assert_eq!(
        message::<Bytes>("16KB"),
        "unknown unit `KB` in the size `16KB`; units are B, kB, MB, GB, TB, KiB, MiB, GiB, TiB"
    );
}

#[test]
fn what_is_no_plain_decimal_number_is_no_quantity() {
    for text in [
        "", "s", ".5s", "5.s", "1.2.3s", "NaN", "NaNs", "inf", "infs", "+5s", "--5s", " 5s",
        "5\u{b5}",
    ] {
        let error = text.parse::<SimDuration>().unwrap_err();
        assert!(
            matches!(error, QuantityError::NotANumber { .. } | QuantityError::UnknownUnit { .. }),
            "{text:?}: {error}"
        );
    }
    for text in ["5 s", "5S", "1es", "5s ", "1m30s", "1_000s", "1,5s"] {
        let error = text.parse::<SimDuration>().unwrap_err();
        assert!(matches!(error, QuantityError::UnknownUnit { .. }), "{text:?}: {error}");
    }
    for text in ["1e3s", "1E+3s", "1e-3", "2.5e30d"] {
        let error = text.parse::<SimDuration>().unwrap_err();
        assert!(matches!(error, QuantityError::Exponent { .. }), "{text:?}: {error}");
    }
    let digits = "9".repeat(60);
    for unit in ["ns", "d"] {
        let error = format!("{digits}{unit}").parse::<SimDuration>().unwrap_err();
        assert!(matches!(error, QuantityError::TooLarge { expected: Quantity::Duration, .. }));
    }
    let tiny = format!("0.{}1/d", "0".repeat(400));
    assert!(matches!(tiny.parse::<Rate>(), Err(QuantityError::TooSmall { .. })));
    let huge = format!("1{}/s", "0".repeat(400));
    assert!(matches!(huge.parse::<Rate>(), Err(QuantityError::TooLarge { .. })));
}

fn json_message<T: DeserializeOwned + Debug>(json: &str) -> String {
    serde_json::from_str::<T>(json).unwrap_err().to_string()
}

#[test]
fn json_of_another_kind_is_told_what_to_write() {
    assert_eq!(
        json_message::<SimDuration>("30"),
        "duration without a unit: write \"30s\"; units are ns, us, ms, s, m, h, d at line 1 column 2"
    );
    assert_eq!(
        json_message::<SimDuration>("[]"),
        "invalid type: sequence, expected a duration such as \"30s\" \
         (units: ns, us, ms, s, m, h, d) at line 1 column 2"
    );
    assert!(json_message::<SimDuration>("-1.5").starts_with("duration `-1.5` is negative"));
    assert!(json_message::<Rate>("0.5").starts_with("rate without a unit: write \"0.5/s\""));
    assert!(json_message::<Bytes>("16").starts_with("size without a unit: write \"16B\""));
    assert!(json_message::<Rate>("\"often\"").starts_with("`often` is not a rate"));
    assert!(json_message::<Fraction>("1.01").starts_with("fraction `1.01` is too large"));
    assert!(json_message::<Fraction>("-1").starts_with("fraction `-1` is negative"));
    assert!(json_message::<Fraction>("null").starts_with(
        "invalid type: null, expected a fraction: a number from 0 to 1, or a percentage such as \"5%\""
    ));
}

#[test]
fn fractions_in_json_are_numbers_or_percentages() {
    for (json, share) in [("0.05", 0.05), ("\"5%\"", 0.05), ("0", 0.0), ("1", 1.0), ("\"1\"", 1.0)]
    {
        let read: Fraction = serde_json::from_str(json).unwrap();
        assert!(read.as_f64() == share, "{json}");
    }
    // Off by the last bit unless serde_json has its feature `float_roundtrip`.
    let read: Fraction = serde_json::from_str("0.9483948101308811").unwrap();
    assert!(read.as_f64() == 0.948_394_810_130_881_1);
}

/// Text and JSON give back the same value.
fn returns<T>(value: T) -> Result<(), TestCaseError>
where
    T: FromStr<Err = QuantityError> + Display + Serialize + DeserializeOwned,
    T: PartialEq + Debug + Copy,
{
    prop_assert_eq!(value.to_string().parse::<T>(), Ok(value));
    let json = serde_json::to_string(&value).unwrap();
    prop_assert_eq!(serde_json::from_str::<T>(&json).unwrap(), value, "{}", json);
    Ok(())
}

/// The texts that the schema of `T` lets pass.
fn schema_texts<T: JsonSchema>() -> impl Strategy<Value = String> {
    let schema = schemars::schema_for!(T);
    let pattern = schema.get("pattern").or_else(|| schema.get("anyOf")?.get(1)?.get("pattern"));
    let pattern = pattern.unwrap().as_str().unwrap();
    let pattern = pattern.trim_start_matches('^').trim_end_matches('$');
    proptest::string::string_regex(pattern).unwrap()
}

/// What passes the schema is a quantity, or one out of range.
fn agrees_with_schema<T: FromStr<Err = QuantityError>>(text: &str) -> Result<(), TestCaseError> {
    if let Err(error) = text.parse::<T>() {
        let is_range =
            matches!(error, QuantityError::TooLarge { .. } | QuantityError::TooSmall { .. });
        prop_assert!(is_range, "{}", error);
    }
    Ok(())
}

proptest! {
    #![proptest_config(super::seeded())]

    #[test]
    fn durations_return(nanos in 0..=3_155_760_000_000_000_000_u64, round in 0_u32..15) {
        returns(SimDuration::from_nanos(nanos))?;
        let size = 10_u64.pow(round);
        returns(SimDuration::from_nanos(nanos / size * size))?;
    }

    #[test]
    fn rates_return(times in 0.0..1e9_f64, shrink in -300..0_i32) {
        returns(Rate::per_second(times).unwrap())?;
        returns(Rate::per_second(times * 10.0_f64.powi(shrink)).unwrap())?;
    }

    #[test]
    fn fractions_return(share in 0.0..=1.0_f64, percent in 0_u32..=10_000) {
        returns(Fraction::new(share).unwrap())?;
        returns(Fraction::new(f64::from(percent) / 10_000.0).unwrap())?;
        let text = Fraction::new(share).unwrap().to_string();
        prop_assert!(text.ends_with('%'));
    }

    #[test]
    fn sizes_return(bytes in 0..=1_u64 << 50, shift in 0_u32..50) {
        returns(Bytes::new(bytes))?;
        returns(Bytes::new(bytes >> shift << shift))?;
    }

    #[test]
    fn nine_decimals_of_a_second_are_exact(secs in 0..3_155_760_000_u64, nanos in 0..1_000_000_000_u64) {
        let read: SimDuration = format!("{secs}.{nanos:09}s").parse().unwrap();
        prop_assert_eq!(read.as_nanos(), secs * 1_000_000_000 + nanos);
    }

    #[test]
    fn the_schemas_pass_what_is_read(
        duration in schema_texts::<SimDuration>(),
        rate in schema_texts::<Rate>(),
        fraction in schema_texts::<Fraction>(),
        size in schema_texts::<Bytes>(),
    ) {
        agrees_with_schema::<SimDuration>(&duration)?;
        agrees_with_schema::<Rate>(&rate)?;
        agrees_with_schema::<Fraction>(&fraction)?;
        agrees_with_schema::<Bytes>(&size)?;
    }

    #[test]
    fn no_text_is_too_strange_to_be_answered(text in "[0-9.a-zA-Z%/+\\-\u{b5} ]{0,12}|\\PC*") {
        let errors = [
            text.parse::<SimDuration>().err(),
            text.parse::<Rate>().err(),
            text.parse::<Fraction>().err(),
            text.parse::<Bytes>().err(),
        ];
        for error in errors.into_iter().flatten() {
            let message = error.to_string();
            prop_assert!(message.contains(&text) && !message.ends_with('.'), "{}", message);
        }
    }
}
