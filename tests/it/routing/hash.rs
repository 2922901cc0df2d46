//! Golden values: a change here makes every deployed router disagree with its neighbours.

use ringstorm::routing::KeyHash;

#[test]
fn the_hash_of_a_key_is_xxh3_64_with_seed_0() {
    // From the reference C implementation (xxHash 0.8), by way of its Python binding.
    let golden: [(&str, u64); 6] = [
        ("", 0x2d06_8005_38d3_94c2),
        ("a", 0xe6c6_32b6_1e96_4e1f),
        ("user-0", 0xf92b_cd19_1370_a1e0),
        ("client-0", 0x33b4_e191_2be6_4d62),
        ("10.0.0.1:8080", 0xb655_a4a4_783c_5011),
        (
            "a key that is longer than sixteen bytes, so that another path of the hash is met",
            0xc9af_459d_40b3_4489,
        ),
    ];
    for (key, hash) in golden {
        assert_eq!(KeyHash::of(key.as_bytes()).bits(), hash, "{key:?}");
    }
}

#[test]
fn long_keys_take_the_long_path_of_the_hash() {
    let key: Vec<u8> = (0..1000_u32).map(|index| index as u8).collect();
    assert_eq!(KeyHash::of(&key).bits(), 0xd33d_d80b_46f6_0e50);
}
