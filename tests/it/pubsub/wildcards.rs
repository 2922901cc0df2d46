use proptest::prelude::*;
use ringstorm::routing::pubsub::{ConnectionId, InterestTable, Pattern, PatternError, Topic};

/// Subscription, channel, whether it is delivered.
///
/// Sources: NATS documentation, "Subject-Based Messaging" (the `time` names) and the C
/// client's page on wildcards (`foo.*` and `foo.>`); nats-server
/// `server/sublist_test.go`, `TestSublistMatchLiterals` (the rest).
const TABLE: [(&str, &str, bool); 50] = [
    ("time.*.east", "time.us.east", true),
    ("time.*.east", "time.eu.east", true),
    ("time.*.east", "time.us.east.atlanta", false),
    ("time.*.east", "time.us", false),
    ("time.us.*", "time.us.east", true),
    ("time.us.*", "time.us.east.atlanta", false),
    ("time.us.>", "time.us.east", true),
    ("time.us.>", "time.us.east.atlanta", true),
    ("time.us.>", "time.us", false),
    ("time.us.>", "time.eu.east", false),
    ("*.*.east.>", "time.us.east.atlanta", true),
    ("*.*.east.>", "time.us.east", false),
    (">", "time", true),
    (">", "time.us.east.atlanta", true),
    ("foo.*", "foo.bar", true),
    ("foo.*", "foo.baz", true),
    ("foo.*", "foo.bar.baz", false),
    ("foo.*", "bar.foo", false),
    ("foo.*", "foo", false),
    ("foo.>", "foo.bar", true),
    ("foo.>", "foo.bar.baz", true),
    ("foo.>", "foo", false),
    ("foo.>", "bar.baz", false),
    ("foo", "foo", true),
    ("bar", "foo", false),
    ("*", "foo", true),
    ("*", "foo.bar", false),
    (">", "foo", true),
    (">", "foo.bar", true),
    ("bar.>", "foo.bar", false),
    ("stats.>", "stats.test.22", true),
    ("stats.*.*", "stats.test.22", true),
    ("foo", "foo.bar", false),
    ("stats.test.foos", "stats.test.foos", true),
    ("stats.test.foo", "stats.test.foos", false),
    ("stats.test.*", "stats.test", false),
    ("stats.*", "stats.test.foos", false),
    ("stats.*.*.foos", "stats.test.foos", false),
    // Wildcards stand for whole tokens; elsewhere they are letters like others.
    ("*bar", "*bar", true),
    ("foo*", "foo*", true),
    ("foo*bar", "foo*bar", true),
    ("foo.***.bar", "foo.***.bar", true),
    (">bar", ">bar", true),
    ("foo>", "foo>", true),
    ("foo.>bar", "foo.>bar", true),
    ("foo*", "foot", false),
    ("foo>", "foo.bar", false),
    // Names are case-sensitive.
    ("Time.*", "time.us", false),
    // Channels that are no subjects are matched by no pattern.
    (">", "foo..bar", false),
    ("*", "", false),
];

fn delivers(subscription: &str, channel: &str) -> bool {
    let topic = Topic::parse(subscription.as_bytes()).unwrap();
    let mut table = InterestTable::new();
    table.subscribe(ConnectionId::new(0), topic);
    let mut recipients = Vec::new();
    table.recipients(channel.as_bytes(), &mut recipients);
    assert_eq!(topic.matches(channel.as_bytes()), !recipients.is_empty(), "trie and text differ");
    !recipients.is_empty()
}

#[test]
fn wildcards_mean_what_they_mean_to_nats() {
    for (subscription, channel, expected) in TABLE {
        assert_eq!(delivers(subscription, channel), expected, "`{subscription}`, `{channel}`");
    }
}

/// Source: nats-server `server/sublist_test.go`, `TestSublistValidSubjects` and
/// `TestSublistBadSubjectOnRemove`.
#[test]
fn what_nats_refuses_is_refused_and_says_where() {
    let valid = ["foo", "foo.bar.*", "foo.bar.>", "*", ">", "foo*", "foo**", "foo.**", "foo*bar"];
    let valid_too = ["foo.*bar", "*bar", "foo>", "foo.>>", "foo>bar", "foo.>bar", "foo>.bar"];
    for text in valid.into_iter().chain(valid_too) {
        assert!(Topic::parse(text.as_bytes()).is_ok(), "{text}");
    }
    let empty = |token| PatternError::EmptyToken { token };
    for (text, error) in [
        ("", empty(0)),
        (".foo", empty(0)),
        ("foo.", empty(1)),
        ("a.b..d", empty(2)),
        (".", empty(0)),
        ("a.>.b", PatternError::TailNotLast { token: 1 }),
        (">.", PatternError::TailNotLast { token: 0 }),
        (">.>", PatternError::TailNotLast { token: 0 }),
    ] {
        assert_eq!(Topic::parse(text.as_bytes()), Err(error), "{text}");
    }
    assert_eq!(empty(2).to_string(), "token 3 is empty");
}

#[test]
fn only_whole_tokens_make_a_pattern() {
    assert_eq!(Topic::parse(b"a.b*"), Ok(Topic::Channel(b"a.b*")));
    assert!(matches!(Topic::parse(b"a.*"), Ok(Topic::Pattern(_))));
}

#[test]
fn a_pattern_has_at_most_64_tokens_and_a_channel_as_many_as_it_likes() {
    let of = |tokens: usize, last: &str| format!("{}{last}", "a.".repeat(tokens - 1));
    assert!(delivers(&of(64, "*"), &of(64, "a")));
    assert!(delivers(&of(64, ">"), &of(10_000, "a")));
    let channel = of(65, "a");
    assert_eq!(Topic::parse(channel.as_bytes()), Ok(Topic::Channel(channel.as_bytes())));
    let gap = PatternError::EmptyToken { token: 64 };
    assert_eq!(Topic::parse(of(65, "").as_bytes()), Err(gap));
    let error = Pattern::parse(of(65, ">").as_bytes()).unwrap_err();
    assert_eq!(error, PatternError::TooManyTokens { tokens: 65 });
    assert_eq!(error.to_string(), "65 tokens, but a pattern has at most 64");
}

/// Whether tokens match, by the definition.
fn matches(pattern: &[&str], channel: &[&str]) -> bool {
    match (pattern, channel) {
        ([], []) | ([">"], [_, ..]) => true,
        ([first, pattern @ ..], [token, channel @ ..]) => {
            (*first == "*" || first == token) && matches(pattern, channel)
        }
        _ => false,
    }
}

proptest! {
    #[test]
    fn a_trie_of_many_patterns_finds_those_that_match_and_no_others(
        patterns in prop::collection::btree_set(
            prop::collection::vec(prop::sample::select(vec!["a", "b", "*", ">"]), 1..6), 0..40),
        removed in any::<u64>(),
        channel in prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 1..6),
    ) {
        let mut table = InterestTable::new();
        let mut expected = Vec::new();
        for (place, pattern) in patterns.iter().enumerate() {
            let text = pattern.join(".");
            let Ok(topic) = Topic::parse(text.as_bytes()) else { continue };
            let by = ConnectionId::new(place as u32);
            table.subscribe(by, topic);
            if removed >> (place % 64) & 1 == 1 {
                table.unsubscribe(by, topic);
            } else if matches(pattern, &channel) {
                expected.push(by);
            }
        }
        let mut recipients = Vec::new();
        table.recipients(channel.join(".").as_bytes(), &mut recipients);
        prop_assert_eq!(recipients, expected);
    }
}
