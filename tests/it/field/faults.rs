//! Servers that die, and why they die again.

use super::support::Answers;

#[test]
fn hypha_938_is_killed_again_and_again_until_set_ups_are_limited() {
    let answers = Answers::of("field/hypha-938.json", 3, &[]);
    let limited = "10 at once, 30 s in line, 1013";
    assert!(answers.mean("as it was", "liveness_kills") > 20.0);
    assert_eq!(answers.mean("as it was", "recovered"), 0.0);
    assert_eq!(answers.mean(limited, "liveness_kills"), 0.0);
    assert_eq!(answers.mean(limited, "recovered"), 1.0);
    assert!(answers.mean(limited, "rejected") > 10.0, "closed with 1013 after 30 s");
}
