//! The nearest valid name.

/// The valid name that is nearest to what was typed, if one is near enough to
/// be meant: an edit distance of at most a third of its length, or one that
/// differs only in case or in `-`, `_` and blanks. Ties go to the first.
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
    let plain_typed = plain(typed);
    valid
        .into_iter()
        .filter_map(|name| {
            let distance = strsim::damerau_levenshtein(&plain_typed, &plain(name));
            let allowed = (name.chars().count() / 3).max(1);
            (distance <= allowed).then_some((distance, name))
        })
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name)
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
    }
}
