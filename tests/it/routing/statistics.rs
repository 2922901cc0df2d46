//! Closed forms of the validation catalogue; the ids in comments are its cases.

use ringstorm::routing::{
    BackendId, KeyHash, PowerOfTwoConfig, Ring, RingConfig, Scheme, SchemeConfig,
};

use super::{address, bits, chi_squared, cluster};

/// How often each size of the fullest backend occurs, over many fillings from empty.
fn maxima(config: &SchemeConfig, servers: usize, connections: u32, samples: u64) -> Vec<u64> {
    let empty = Scheme::build(config, &cluster(1, &vec![1; servers]));
    let mut seen = vec![0; connections as usize + 1];
    for sample in 0..samples {
        let mut scheme = empty.clone();
        for connection in 0..connections {
            let id = scheme.pick(b"any", bits(sample, u64::from(connection))).unwrap();
            scheme.opened(id);
        }
        let ids = (0..servers).map(|number| BackendId::new(number as u32));
        seen[ids.map(|id| scheme.connections(id)).max().unwrap() as usize] += 1;
    }
    seen
}

#[test]
fn the_fullest_backend_under_d_choices_follows_its_exact_law() {
    // B-DCHOICE-a to d: servers, connections, d, P(max) with replacement, P(max) distinct,
    // from the smallest possible maximum on.
    type Law = &'static [f64];
    let cases: [(usize, u32, u32, Law, Law); 4] = [
        (
            3,
            6,
            2,
            &[0.430_151_2, 0.537_045_5, 0.031_702_48, 0.001_100_781],
            &[0.641_975_3, 0.358_024_7],
        ),
        (
            4,
            8,
            2,
            &[0.248_366_5, 0.702_052_1, 0.047_940_19, 0.001_641_214],
            &[0.377_121_9, 0.621_142, 0.001_736_111],
        ),
        (5, 5, 2, &[0.185_794_6, 0.783_175_7, 0.030_597_12, 0.000_432_64], &[0.252, 0.747, 0.001]),
        (4, 6, 3, &[0.949_713_6, 0.050_060_2, 0.000_226_186], &[1.0]),
    ];
    // Chi-squared with k degrees of freedom exceeds this once in 10,000.
    let critical = [0.5, 15.14, 18.42, 21.11];
    for (servers, connections, choices, replaced, distinct) in cases {
        let least = connections.div_ceil(servers as u32) as usize;
        for (law, with_replacement) in [(replaced, true), (distinct, false)] {
            let config = SchemeConfig::PowerOfTwo(PowerOfTwoConfig { choices, with_replacement });
            let samples = 100_000;
            let mut seen = maxima(&config, servers, connections, samples).split_off(least);
            let tail: u64 = seen.drain(law.len()..).sum();
            *seen.last_mut().unwrap() += tail;
            let expected: Vec<f64> = law.iter().map(|p| p * samples as f64).collect();
            let statistic = chi_squared(&seen, &expected);
            assert!(statistic < critical[law.len() - 1], "{config:?}: {statistic} {seen:?}");
        }
    }
}

/// The shares of the first backend over rings of fresh addresses.
fn shares(virtual_nodes: u32, servers: usize, rings: u64) -> Vec<f64> {
    let config = RingConfig { virtual_nodes, ..RingConfig::default() };
    let of = |stream| Ring::build(&config, &cluster(stream, &vec![1; servers]));
    (0..rings).map(|stream| of(stream).share(BackendId::new(0))).collect()
}

fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, (squares / (count - 1.0)).sqrt())
}

#[test]
fn the_share_of_a_backend_has_the_mean_and_spread_of_a_beta_law() {
    // H-RING-a, d, g, h: Beta(v, v (n - 1)) has mean 1/n and sd = mean sqrt((n-1)/(vn+1)).
    for (virtual_nodes, servers) in [(100, 2), (100, 10), (1, 10), (40, 5)] {
        let rings = 2_000;
        let (mean, deviation) = mean_and_deviation(&shares(virtual_nodes, servers, rings));
        let n = servers as f64;
        let expected = ((n - 1.0) / (f64::from(virtual_nodes) * n + 1.0)).sqrt() / n;
        let error = expected / (rings as f64).sqrt();
        // 3.9 standard errors: once in 10,000. That of a deviation is at most
        // sd sqrt((kurtosis - 1) / 4 rings); the kurtosis of Beta(1, 9) is 7.0.
        assert!((mean - 1.0 / n).abs() < 3.9 * error, "{virtual_nodes} {servers}: mean {mean}");
        let kurtosis: f64 = if virtual_nodes == 1 { 7.0 } else { 3.2 };
        let error = error * ((kurtosis - 1.0) / 4.0).sqrt();
        assert!(
            (deviation - expected).abs() < 3.9 * error,
            "{virtual_nodes} {servers}: sd {deviation}"
        );
    }
}

#[cfg(feature = "sim")]
#[test]
fn the_share_of_a_backend_is_beta_distributed() {
    use statrs::distribution::{Beta, ContinuousCDF};
    // H-RING-a, d, e, g, h by Kolmogorov and Smirnov at 1e-4 (S-KS-a).
    for (virtual_nodes, servers) in [(100, 2), (100, 10), (160, 10), (1, 10), (40, 5)] {
        let mut sorted = shares(virtual_nodes, servers, 2_000);
        sorted.sort_unstable_by(f64::total_cmp);
        let v = f64::from(virtual_nodes);
        let law = Beta::new(v, v * (servers as f64 - 1.0)).unwrap();
        let count = sorted.len() as f64;
        let distance = sorted.iter().enumerate().fold(0.0_f64, |most, (rank, &share)| {
            let cdf = law.cdf(share);
            most.max(cdf - rank as f64 / count).max((rank as f64 + 1.0) / count - cdf)
        });
        assert!(distance < 2.225_251 / count.sqrt(), "{virtual_nodes} {servers}: {distance}");
    }
}

#[test]
fn a_joining_backend_takes_a_beta_binomial_number_of_keys_and_no_others_move() {
    // H-ADD-a and d: virtual nodes, servers, keys, mean and sd of the moved keys.
    let cases = [(100, 1, 1_000_u64, 500.0, 38.633_37), (160, 4, 10_000, 2_000.0, 146.877_6)];
    for (virtual_nodes, servers, keys, mean, deviation) in cases {
        let config = RingConfig { virtual_nodes, ..RingConfig::default() };
        let rings = 600;
        let moved: Vec<f64> = (0..rings)
            .map(|stream| {
                let mut cluster = cluster(stream, &vec![1; servers]);
                let old = Ring::build(&config, &cluster);
                let joined = cluster.join(&address(stream, servers as u64), 1, None);
                let new = old.updated(&cluster);
                let hashes = (0..keys).map(|key| KeyHash::from_bits(bits(stream, key)));
                let moved: Vec<KeyHash> =
                    hashes.filter(|&hash| old.owner(hash) != new.owner(hash)).collect();
                assert!(moved.iter().all(|&hash| new.owner(hash) == Some(joined)));
                moved.len() as f64
            })
            .collect();
        let (seen_mean, seen_deviation) = mean_and_deviation(&moved);
        let error = deviation / (rings as f64).sqrt();
        assert!((seen_mean - mean).abs() < 3.9 * error, "mean {seen_mean}");
        // The law is close to normal: the error of a deviation is sd / sqrt(2 rings).
        let error = error / 2_f64.sqrt();
        assert!((seen_deviation - deviation).abs() < 3.9 * error, "sd {seen_deviation}");
    }
}

#[test]
fn hash_modulo_n_moves_all_but_min_over_lcm() {
    // H-MOD-a.
    let cases = [
        (1, 2, 0.5),
        (2, 3, 2.0 / 3.0),
        (3, 4, 0.75),
        (4, 5, 0.8),
        (10, 11, 10.0 / 11.0),
        (4, 8, 0.5),
        (4, 6, 2.0 / 3.0),
        (6, 4, 2.0 / 3.0),
        (5, 4, 0.8),
        (10, 15, 2.0 / 3.0),
    ];
    for (from, to, share) in cases {
        let scheme =
            |servers| Scheme::build(&SchemeConfig::ModHash, &cluster(1, &vec![1; servers]));
        let (old, new) = (scheme(from), scheme(to));
        let keys = 20_000_u64;
        let moved = (0..keys)
            .filter(|key| old.owner(&key.to_le_bytes()) != new.owner(&key.to_le_bytes()))
            .count();
        let (mean, n): (f64, f64) = (share * keys as f64, keys as f64);
        let deviation = (n * share * (1.0 - share)).sqrt();
        assert!((moved as f64 - mean).abs() < 3.9 * deviation, "{from} to {to}: {moved}");
    }
}
