//! What the command says of what was typed: that it cannot be, where, and what may be meant.

use std::fs;

use super::{SMALL, folder, ringstorm, text};

#[test]
fn a_swept_field_cannot_be_set_but_what_is_around_it_can() {
    let folder = folder();
    let swept = SMALL
        .replace("\"events\"", "\"sweep\": {\"servers.handshake.workers\": [1, 2]}, \"events\"");
    fs::write(folder.path().join("small.json"), swept).unwrap();
    let check = |set: &str| ringstorm(folder.path(), &["check", "small.json", "--set", set]);
    let refused = check("servers.handshake.workers=4");
    assert_eq!(refused.status.code(), Some(2));
    let said = text(&refused.stderr);
    assert!(said.contains("the sweep of `servers.handshake.workers`"), "{said}");
    for (set, points) in [
        ("servers.handshake={\"workers\": 9, \"cost\": \"1ms\"}", 2),
        ("servers.handshake.cost=1ms", 2),
        ("sweep={}", 0),
    ] {
        let output = check(set);
        assert_eq!(output.status.code(), Some(0), "{set}: {}", text(&output.stderr));
        let shown = text(&output.stdout);
        assert_eq!(shown.matches("  at servers.handshake.workers").count(), points, "{shown}");
    }
}
