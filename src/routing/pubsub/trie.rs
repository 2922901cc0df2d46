//! Which patterns match a channel.

use std::collections::BTreeMap;

use super::topic::{Pattern, TopicId, is_subject, tokens};

/// Patterns by their tokens. A match visits only prefixes that agree with the channel:
/// at most 2^tokens of them, and no more than there are. No allocation to match.
///
/// Memory: about 300 bytes a token that no other pattern shares.
#[derive(Clone, Debug)]
pub(super) struct PatternTrie<S> {
    nodes: Vec<Node<S>>,
    free: Vec<u32>,
    patterns: usize,
}

/// A prefix of patterns.
#[derive(Clone, Debug)]
struct Node<S> {
    literals: BTreeMap<Box<[u8]>, u32>,
    one: Option<u32>,
    tail: Option<u32>,
    ending: Option<Ending<S>>,
}

/// The pattern that ends at a node.
#[derive(Clone, Debug)]
struct Ending<S> {
    text: Box<[u8]>,
    subscribers: Vec<S>,
}

/// Where all patterns begin; no pattern ends there.
const ROOT: u32 = 0;

impl<S> Node<S> {
    const fn new() -> Self {
        Self { literals: BTreeMap::new(), one: None, tail: None, ending: None }
    }

    fn next(&self, token: &[u8]) -> Option<u32> {
        match token {
            b"*" => self.one,
            b">" => self.tail,
            literal => self.literals.get(literal).copied(),
        }
    }

    fn set_next(&mut self, token: &[u8], next: Option<u32>) {
        match (token, next) {
            (b"*", next) => self.one = next,
            (b">", next) => self.tail = next,
            (literal, Some(next)) => drop(self.literals.insert(literal.into(), next)),
            (literal, None) => drop(self.literals.remove(literal)),
        }
    }

    fn is_useless(&self) -> bool {
        let leads_on = !self.literals.is_empty() || self.one.is_some() || self.tail.is_some();
        !leads_on && self.ending.is_none()
    }
}

impl<S> PatternTrie<S> {
    pub(super) fn new() -> Self {
        Self { nodes: vec![Node::new()], free: Vec::new(), patterns: 0 }
    }

    fn node(&self, id: u32) -> Option<&Node<S>> {
        self.nodes.get(id as usize)
    }

    fn ending(&self, id: u32) -> Option<&Ending<S>> {
        self.node(id)?.ending.as_ref()
    }

    /// The id of a pattern that is here.
    pub(super) fn id(&self, pattern: Pattern) -> Option<u32> {
        let mut id = ROOT;
        for token in tokens(pattern.text()) {
            id = self.node(id)?.next(token)?;
        }
        self.ending(id).map(|_| id)
    }

    /// The pattern of an id.
    pub(super) fn pattern(&self, id: u32) -> Option<Pattern<'_>> {
        self.ending(id).map(|ending| Pattern::known(&ending.text))
    }

    /// Who subscribes to a pattern.
    pub(super) fn subscribers(&self, id: u32) -> &[S] {
        self.ending(id).map_or(&[], |ending| &ending.subscribers)
    }

    /// The same, to be changed.
    pub(super) fn subscribers_mut(&mut self, id: u32) -> Option<&mut Vec<S>> {
        Some(&mut self.nodes.get_mut(id as usize)?.ending.as_mut()?.subscribers)
    }

    /// The id of a pattern, which is added if it is not here; `None` if it is not and
    /// the trie might become too large.
    pub(super) fn intern(&mut self, pattern: Pattern) -> Option<u32> {
        if self.nodes.len() + Pattern::MAX_TOKENS > TopicId::MOST as usize {
            return self.id(pattern);
        }
        let mut id = ROOT;
        for token in tokens(pattern.text()) {
            id = match self.node(id)?.next(token) {
                Some(next) => next,
                None => self.extend(id, token),
            };
        }
        let ending = &mut self.nodes.get_mut(id as usize)?.ending;
        if ending.is_none() {
            *ending = Some(Ending { text: pattern.text().into(), subscribers: Vec::new() });
            self.patterns += 1;
        }
        Some(id)
    }

    fn extend(&mut self, from: u32, token: &[u8]) -> u32 {
        let id = self.free.pop().unwrap_or(self.nodes.len() as u32);
        if id as usize == self.nodes.len() {
            self.nodes.push(Node::new());
        }
        self.nodes[from as usize].set_next(token, Some(id));
        id
    }

    /// Removes a pattern by its id, and the prefixes that only it had.
    pub(super) fn remove(&mut self, id: u32) {
        let ending = self.nodes.get_mut(id as usize).and_then(|node| node.ending.take());
        let Some(ending) = ending else { return };
        self.patterns -= 1;
        self.prune(ROOT, Some(&ending.text));
    }

    /// Removes what is useless along the rest of a pattern's text. As deep as the
    /// pattern has tokens.
    fn prune(&mut self, id: u32, rest: Option<&[u8]>) {
        let Some((token, rest)) = rest.map(split) else { return };
        let Some(next) = self.nodes[id as usize].next(token) else { return };
        self.prune(next, rest);
        if self.nodes[next as usize].is_useless() {
            self.nodes[id as usize].set_next(token, None);
            self.free.push(next);
        }
    }

    /// Calls with the id of each pattern that matches a channel, each once.
    pub(super) fn each_match(&self, channel: &[u8], mut found: impl FnMut(u32)) {
        if self.patterns > 0 && is_subject(channel) {
            self.walk(ROOT, Some(channel), &mut found);
        }
    }

    /// From a node on, with what is left of the channel; as deep as patterns have tokens.
    fn walk(&self, id: u32, rest: Option<&[u8]>, found: &mut impl FnMut(u32)) {
        let Some(node) = self.node(id) else { return };
        let Some((token, rest)) = rest.map(split) else {
            if node.ending.is_some() {
                found(id);
            }
            return;
        };
        if let Some(tail) = node.tail {
            found(tail);
        }
        if let Some(&next) = node.literals.get(token) {
            self.walk(next, rest, found);
        }
        if let Some(next) = node.one {
            self.walk(next, rest, found);
        }
    }

    /// The ids of all patterns, ascending.
    pub(super) fn ids(&self) -> impl Iterator<Item = u32> {
        let nodes = self.nodes.iter().enumerate();
        nodes.filter_map(|(id, node)| node.ending.as_ref().map(|_| id as u32))
    }

    /// How many patterns are here.
    pub(super) const fn len(&self) -> usize {
        self.patterns
    }

    /// Heap memory, estimated for what lies in trees.
    pub(super) fn bytes(&self) -> usize {
        const LITERAL: usize = 48;
        let endings = self.nodes.iter().flat_map(|node| &node.ending);
        self.nodes.capacity() * size_of::<Node<S>>()
            + self.nodes.len() * LITERAL
            + self.free.capacity() * size_of::<u32>()
            + endings
                .map(|ending| ending.text.len() + ending.subscribers.capacity() * size_of::<S>())
                .sum::<usize>()
    }
}

/// The first token, and what follows its dot.
fn split(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&byte| byte == b'.') {
        Some(dot) => (&text[..dot], Some(&text[dot + 1..])),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_goes_takes_its_own_prefixes_along_and_no_others() {
        let mut trie = PatternTrie::<u32>::new();
        let parse = |text: &'static str| Pattern::parse(text.as_bytes()).unwrap();
        let kept = trie.intern(parse("a.b.>")).unwrap();
        let gone = trie.intern(parse("a.b.*.c.d")).unwrap();
        trie.remove(gone);
        assert_eq!(trie.nodes.len() - trie.free.len(), 4, "the root, a, b and >");
        assert_eq!(trie.id(parse("a.b.>")), Some(kept));
        assert_eq!(trie.id(parse("a.b.*.c.d")), None);
        trie.remove(kept);
        assert_eq!(trie.nodes.len() - trie.free.len(), 1);
        assert!(trie.nodes[0].is_useless());
    }
}
