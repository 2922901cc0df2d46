//! Samples that never change: committed results rest on them, on every platform.

use std::fmt::Write as _;

use ringstorm::engine::math;
use ringstorm::engine::{Draw, Draws, Purpose};

use super::every_law;

/// Nanoseconds of a sample, its seconds as bits, and nanoseconds of a residual: at three
/// addresses, and for a draw in the tail (0.0044).
#[test]
fn samples_and_residuals_are_the_same_bits_for_ever() {
    let draws = Draws::new(1, 0);
    let at = |entity, index| draws.at(Purpose::new(1), entity, index);
    let tail = Draw::from_bits(0x0123_4567_89AB_CDEF);
    let mut seen = String::new();
    for (name, law) in every_law() {
        for draw in [at(7, 0), at(7, 1), at(1_000_000, 2), tail] {
            let (sample, residual) = (law.sample(draw).as_nanos(), law.residual(draw).as_nanos());
            let bits = law.sample_secs(draw).to_bits();
            writeln!(seen, "{name}: {sample} {bits:016x} {residual}").unwrap();
        }
    }
    insta::assert_snapshot!(seen, @r"
    constant: 250000000 3fd0000000000000 108296983
    constant: 250000000 3fd0000000000000 155042031
    constant: 250000000 3fd0000000000000 195235581
    constant: 250000000 3fd0000000000000 1111111
    exponential: 1135454961 3ff22ad2d22ed2d6 1135454961
    exponential: 1936053115 3ffefa12d4c574bc 1936053115
    exponential: 3036840437 40084b72ffbccf42 3036840437
    exponential: 8908701 3f823eb991354e4b 8908701
    uniform from 0: 1299563797 3ff4cb036867c5d4 741392329
    uniform from 0: 1860504374 3ffdc4a03c07657e 1151084946
    uniform from 0: 2342826969 4002be1c10de1507 1595892065
    uniform from 0: 13333333 3f8b4e81b4e81ac0 6674091
    uniform: 1216593966 3ff3772b3c114ba3 541484915
    uniform: 1310084062 3ff4f61ab4abe640 775210156
    uniform: 1390471161 3ff63f5eb04a0702 976177904
    uniform: 1002222222 3ff0091a2b3c4d5e 5555556
    log-normal: 36772402 3fa2d3d5127f034c 36657385
    log-normal: 46611190 3fa7dd6c013e7db7 41786668
    log-normal: 58942906 3fae2dc3bb82f053 70624789
    log-normal: 10812797 3f862505107ae4c1 5210452
    wide log-normal: 24309514375 40384f3c5587e512 90038297512
    wide log-normal: 43974079072 4045fcae9f80091e 146472403593
    wide log-normal: 79076991125 4053c4ed6c2ee126 352036148406
    wide log-normal: 1139767879 3ff23c7d3e706f1b 2040634841
    falling Weibull: 9669434761 402356c027297dc6 101046647227
    falling Weibull: 28112262481 403c1cbd3be63f35 129948405403
    falling Weibull: 69167998793 40514ac07e02cdea 196202518672
    falling Weibull: 595237 3f438135f6712854 278377673688
    rising Weibull: 23920883794 4037ebbf0a52a726 20361439978
    rising Weibull: 29612574313 403d9cd1ab922446 20579772676
    rising Weibull: 35455045406 4041ba3eed88dc79 28594938067
    rising Weibull: 3440606487 400b865cb19b7c30 16782341635
    Pareto: 7529664317 401e1e60529ce4da 4331879323
    Pareto: 8837200069 4021aca57ccb6680 6210553483
    Pareto: 11013563477 402606f1cac5e45c 8963664493
    Pareto: 6010699970 40180af4eed9dfc6 44444444
    one-phase Erlang: 759398112 3fe84cfd450fff1c 759398112
    one-phase Erlang: 1077789927 3ff13ea0a6864c8c 1077789927
    one-phase Erlang: 207564253 3fca917727c960c1 207564253
    one-phase Erlang: 2940191013 40078582dd9b358a 2940191013
    Erlang: 2569232760 40048dc9e7c21b98 935863364
    Erlang: 2847523067 4006c7ba2c76a0e0 1683594302
    Erlang: 3088288654 4008b4d0ae962bcf 2291088518
    Erlang: 3202622939 40099ef8c6732a37 73504775
    hyperexponential: 748869671 3fe7f6bd872a6a37 11981914734
    hyperexponential: 598979607 3fe32ad747b0940e 9583673706
    hyperexponential: 21642569711 4035a47f72d551b7 21642569711
    hyperexponential: 235231630 3fce1c11eeee6814 235231630
    quantiles: 30323155 3f9f0d08809af7a3 53168530
    quantiles: 48518914 3fa8d77899f46550 109230528
    quantiles: 66606011 3fb10d177066a898 266953361
    quantiles: 311111 3f3463940c326cb9 2210339
    samples: 1250000000 3ff4000000000000 6210918786
    samples: 3000000000 4008000000000000 5585523898
    samples: 3000000000 4008000000000000 7465209219
    samples: 500000000 3fe0000000000000 187643602
    ");
}

#[test]
fn functions_are_the_same_bits_for_ever() {
    let values = [
        math::ln(0.3),
        math::ln_1p(-1e-9),
        math::exp(-7.25),
        math::exp_m1(1e-9),
        math::pow(0.3, 1.7),
        math::cos(1.25),
        math::sqrt(0.3),
        math::gamma_ln(3.3),
        math::normal_cdf(-1.1),
        math::normal_quantile(1e-20),
        math::gamma_p(2.5, 1.5),
        math::gamma_p(2.5, 7.5),
    ];
    let bits: Vec<String> =
        values.iter().map(|value| format!("{:016x}", value.to_bits())).collect();
    insta::assert_snapshot!(bits.join("\n"), @r"
    bff34378fcbda721
    be112e0be84bbb51
    3f47455fe323fafe
    3e112e0be84bbb51
    3fc08819f76d9f8d
    3fd42e3dd88bd952
    3fe186f174f88472
    3fef964fc1bf8d41
    3fc15d8167788ebe
    c022865170b43a4b
    3fd3336e9bcf3c93
    3fefab1c9a3154c2
    ");
}
