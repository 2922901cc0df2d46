//! Which cases a pattern means: an id, its start, or a glob.

use super::case::Case;
use crate::scenario::nearest;

/// A pattern that means no case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoCase {
    /// The pattern.
    pub pattern: String,
    /// The nearest id.
    pub nearest: Option<String>,
}

/// The cases that any of the patterns means, in the catalogue's order; all without patterns.
/// Long ones are left out unless `long` is set, or their id is a pattern.
///
/// # Errors
/// The first pattern that means no case, long or not.
pub fn select<'a>(
    catalogue: &'a [Case],
    patterns: &[String],
    long: bool,
) -> Result<Vec<&'a Case>, NoCase> {
    for pattern in patterns {
        if !catalogue.iter().any(|case| is_meant(pattern, &case.id)) {
            let nearest = nearest(pattern, catalogue.iter().map(|case| case.id.as_str()));
            return Err(NoCase { pattern: pattern.clone(), nearest: nearest.map(str::to_owned) });
        }
    }
    let is_asked = |case: &&Case| {
        let is_named = patterns.contains(&case.id);
        let is_any = patterns.is_empty() || patterns.iter().any(|one| is_meant(one, &case.id));
        is_any && (long || is_named || !case.long)
    };
    Ok(catalogue.iter().filter(is_asked).collect())
}

/// Whether a pattern means an id: with `*` (any text) or `?` (any character) as a whole, else as its start.
fn is_meant(pattern: &str, id: &str) -> bool {
    if pattern.contains(['*', '?']) {
        is_like(pattern.as_bytes(), id.as_bytes())
    } else {
        id.starts_with(pattern)
    }
}

/// A glob, in O(pattern x text): after a mismatch the last `*` takes one character more.
fn is_like(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(sign) if *sign == b'?' || *sign == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((before, taken)) = star else { return false };
                star = Some((before, taken + 1));
                p = before + 1;
                t = taken + 1;
            }
        }
    }
    pattern[p..].iter().all(|sign| *sign == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_start_or_a_glob_of_the_whole() {
        for (pattern, id, meant) in [
            ("Q-MMc", "Q-MMc-a", true),
            ("MMc", "Q-MMc-a", false),
            ("*MMc*", "Q-MMc-a", true),
            ("Q-*-a", "Q-MMc-a", true),
            ("Q-*-a", "Q-MMc-b", false),
            ("Q-MM?-a", "Q-MM1-a", true),
            ("*-a*a", "Q-a-a-b-a", true),
            ("", "Q-MM1-a", true),
        ] {
            assert_eq!(is_meant(pattern, id), meant, "{pattern} {id}");
        }
    }
}
