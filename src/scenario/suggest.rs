//! The nearest valid name.

/// The valid name that is nearest to what was typed, if one is near enough to be meant. That is
/// one at an edit distance of at most a third of its length, of which some letter is then left,
/// or that differs only in case or in `-`, `_` and blanks; or the only one that has all that was
/// typed among its words, where no other is nearer than two edits. Ties go to the first.
///
/// Cost: O(valid names x their lengths squared); only ever on an error.
pub fn nearest<'a, I>(typed: &str, valid: I) -> Option<&'a str>
where
    I: IntoIterator<Item = &'a str>,
{
    // Longer words are no misspelling of anything, and would cost quadratic time.
    if typed.len() > 64 {
        return None;
    }
    let names: Vec<&str> = valid.into_iter().collect();
    let plain_typed = plain(typed);
    let by_edits = names.iter().filter_map(|name| {
        let plain_name = plain(name);
        let distance = strsim::damerau_levenshtein(&plain_typed, &plain_name);
        let allowed = (name.chars().count() / 3).max(1);
        let shorter = plain_typed.chars().count().min(plain_name.chars().count());
        (distance <= allowed && distance < shorter).then_some((distance, *name))
    });
    match by_edits.min_by_key(|&(distance, _)| distance) {
        Some((0 | 1, name)) => Some(name),
        other => with_words(typed, &names).or(other.map(|(_, name)| name)),
    }
}

/// The only name that has what was typed among its words: `envoy_ring_hash` for `ring-hash`.
fn with_words<'a>(typed: &str, names: &[&'a str]) -> Option<&'a str> {
    /// A word as short as this stands in names by chance.
    const SHORT: usize = 3;
    let typed = words(typed);
    if typed.iter().map(String::len).sum::<usize>() <= SHORT {
        return None;
    }
    let has = |name: &&&str| words(name).windows(typed.len()).any(|part| part == typed);
    let mut found = names.iter().filter(has);
    let name = found.next()?;
    found.next().is_none().then_some(*name)
}

fn words(name: &str) -> Vec<String> {
    let parts = name.split(|c: char| !c.is_alphanumeric());
    parts.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// A sentence that offers the nearest name, or else lists what there is.
pub fn help<'a, I>(what: &str, typed: &str, valid: I) -> Option<String>
where
    I: IntoIterator<Item = &'a str> + Clone,
{
    help_among(what, typed, valid.clone(), valid)
}

/// The same where the names that are `open` come first: the others have been given already.
pub fn help_among<'a, O, V>(what: &str, typed: &str, open: O, valid: V) -> Option<String>
where
    O: IntoIterator<Item = &'a str>,
    V: IntoIterator<Item = &'a str> + Clone,
{
    if let Some(name) = nearest(typed, open).or_else(|| nearest(typed, valid.clone())) {
        let article = if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        return Some(format!("there is {article} {what} with a similar name: `{name}`"));
    }
    let names: Vec<String> = valid.into_iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => None,
        [only] => Some(format!("the only {what} is {only}")),
        many => Some(format!("the {} are {}", plural(what), many.join(", "))),
    }
}

fn plural(noun: &str) -> String {
    match noun.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{noun}s"),
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_its_neighbour_and_a_strange_one_finds_nothing() {
        let names = ["round_robin", "ring", "random"];
        assert_eq!(nearest("rond_robin", names), Some("round_robin"));
        assert_eq!(nearest("Round-Robin", names), Some("round_robin"));
        assert_eq!(nearest("rign", names), Some("ring"));
        assert_eq!(nearest("maglev", names), None);
        assert_eq!(nearest(&"r".repeat(10_000), names), None);
        assert_eq!(nearest("c", ["a", "b"]), None, "nothing of it is left");
        assert_eq!(nearest("a1", ["a", "a2"]), Some("a2"));
    }

    #[test]
    fn a_part_of_one_name_alone_finds_it() {
        let names = ["nginx_hash", "ring", "envoy_ring_hash", "nginx_consistent"];
        assert_eq!(nearest("ring_hash", names), Some("envoy_ring_hash"));
        assert_eq!(nearest("Envoy-Ring", names), Some("envoy_ring_hash"));
        assert_eq!(nearest("hash", names), None, "it may be either");
        assert_eq!(nearest("rin", names), Some("ring"));
    }
}
