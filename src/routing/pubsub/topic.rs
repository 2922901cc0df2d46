//! What a subscription asks for: a channel, or a pattern of channels.

use std::fmt;

/// Names a topic of one [`InterestTable`](super::InterestTable), as long as somebody
/// subscribes to it; afterwards the number is given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicId(u32);

impl TopicId {
    pub(super) const FIRST: Self = Self(0);
    pub(super) const LAST: Self = Self(u32::MAX);

    /// How many channels, and how many places of patterns, there can be at a time.
    pub(super) const MOST: u32 = 1 << 31;

    pub(super) const fn of_channel(index: u32) -> Self {
        Self(index)
    }

    pub(super) const fn of_pattern(index: u32) -> Self {
        Self(index | Self::MOST)
    }

    /// Whether it names a pattern, and its index among its kind.
    pub(super) const fn parts(self) -> (bool, u32) {
        (self.0 & Self::MOST != 0, self.0 & !Self::MOST)
    }

    /// Its number: small for channels, above 2^31 for patterns.
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// What a subscription asks for. Names are bytes, as keys are.
///
/// ```
/// use ringstorm::routing::pubsub::{PatternError, Topic};
///
/// assert_eq!(Topic::parse(b"room.7"), Ok(Topic::Channel(b"room.7")));
/// let pattern = Topic::parse(b"room.*.typing").unwrap();
/// assert!(pattern.matches(b"room.7.typing") && !pattern.matches(b"room.7"));
/// let error = Topic::parse(b"room.>.typing").unwrap_err();
/// assert_eq!(error, PatternError::TailNotLast { token: 1 });
/// assert_eq!(error.to_string(), "`>` is token 2, but must be the last one");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic<'a> {
    /// The channel of exactly this name, whatever bytes are in it.
    Channel(&'a [u8]),
    /// All channels that a pattern matches.
    Pattern(Pattern<'a>),
}

impl<'a> Topic<'a> {
    /// Reads a subscription as NATS does: a pattern if a token is `*` or the last one is
    /// `>`, else a channel, which may have any number of tokens.
    ///
    /// # Errors
    /// It is no valid subject: see [`PatternError`].
    pub fn parse(subject: &'a [u8]) -> Result<Self, PatternError> {
        if tokens(subject).any(|token| matches!(token, b"*" | b">")) {
            return Pattern::parse(subject).map(Self::Pattern);
        }
        check_tokens(subject)?;
        Ok(Self::Channel(subject))
    }

    /// The channel's name or the pattern's text.
    pub const fn name(self) -> &'a [u8] {
        match self {
            Self::Channel(name) | Self::Pattern(Pattern(name)) => name,
        }
    }

    /// Whether a publish to this channel is meant.
    pub fn matches(self, channel: &[u8]) -> bool {
        match self {
            Self::Channel(name) => name == channel,
            Self::Pattern(pattern) => pattern.matches(channel),
        }
    }
}

/// Channels by their tokens, which dots separate: `*` stands for exactly one token, `>`
/// at the end for one or more.
///
/// Both are wildcards only as whole tokens: `a*` and `a>` are names. A channel with an
/// empty token (`a..b`, `.a`, the empty name) is matched by no pattern.
/// Source: NATS documentation, "Subject-Based Messaging"; nats-server `server/sublist.go`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern<'a>(&'a [u8]);

/// Why a text is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// Nothing before, between or after dots.
    EmptyToken {
        /// Which token, from 0.
        token: usize,
    },
    /// `>` with tokens after it.
    TailNotLast {
        /// Which token, from 0.
        token: usize,
    },
    /// More tokens than [`Pattern::MAX_TOKENS`].
    TooManyTokens {
        /// How many there are.
        tokens: usize,
    },
}

impl<'a> Pattern<'a> {
    /// The most tokens of a pattern. Channels may have more: `>` takes them all.
    pub const MAX_TOKENS: usize = 64;

    /// Reads a pattern. One without wildcards matches the channel of its name.
    ///
    /// # Errors
    /// An empty token, a `>` that is not the last token, too many tokens: the first
    /// fault from the left, the number of tokens before all others.
    pub fn parse(text: &'a [u8]) -> Result<Self, PatternError> {
        let count = tokens(text).count();
        if count > Self::MAX_TOKENS {
            return Err(PatternError::TooManyTokens { tokens: count });
        }
        check_tokens(text)?;
        Ok(Self(text))
    }

    /// Text that [`Pattern::parse`] has accepted before.
    pub(super) const fn known(text: &'a [u8]) -> Self {
        Self(text)
    }

    /// Its text.
    pub const fn text(self) -> &'a [u8] {
        self.0
    }

    /// Whether it matches a channel. O(length).
    pub fn matches(self, channel: &[u8]) -> bool {
        if !is_subject(channel) {
            return false;
        }
        let mut rest = tokens(channel);
        for wanted in tokens(self.0) {
            match (wanted, rest.next()) {
                (_, None) => return false,
                (b">", Some(_)) => return true,
                (b"*", Some(_)) => {}
                (wanted, Some(token)) if wanted != token => return false,
                _ => {}
            }
        }
        rest.next().is_none()
    }
}

/// Refuses an empty token and a `>` that is not the last one, the first fault from the left.
fn check_tokens(text: &[u8]) -> Result<(), PatternError> {
    let mut rest = tokens(text).enumerate().peekable();
    while let Some((token, name)) = rest.next() {
        match name {
            b"" => return Err(PatternError::EmptyToken { token }),
            b">" if rest.peek().is_some() => return Err(PatternError::TailNotLast { token }),
            _ => {}
        }
    }
    Ok(())
}

/// What dots separate.
pub(super) fn tokens(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    name.split(|&byte| byte == b'.')
}

/// Whether a pattern can match this channel: no token is empty.
pub(super) fn is_subject(channel: &[u8]) -> bool {
    tokens(channel).all(|token| !token.is_empty())
}

impl fmt::Display for PatternError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyToken { token } => write!(out, "token {} is empty", token + 1),
            Self::TailNotLast { token } => {
                write!(out, "`>` is token {}, but must be the last one", token + 1)
            }
            Self::TooManyTokens { tokens } => {
                write!(out, "{tokens} tokens, but a pattern has at most {}", Pattern::MAX_TOKENS)
            }
        }
    }
}

impl std::error::Error for PatternError {}
