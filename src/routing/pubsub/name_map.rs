//! Values by name, each name with a small number.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Values by name; each name has an id as long as it is here, and the ids of names that
/// have gone are given again, last one first.
///
/// Open addressing with linear probing, at most three quarters full, on XXH3-64 under a
/// seed of the caller's. Against a `BTreeMap` of names, a look-up among a million takes
/// two or three cache misses, not some thirty, and this is once a message. Nothing that
/// callers can see depends on the hash: ids go by the order of calls alone.
///
/// Memory: 8 bytes a place (11 to 21 a name), 16 and the value an entry, and the name.
/// Room that names have left is used again and not given back.
#[derive(Clone, Debug)]
pub(super) struct NameMap<V> {
    seed: u64,
    most: u32,
    entries: Vec<Option<Entry<V>>>,
    free: Vec<u32>,
    places: Vec<Place>,
    name_bytes: usize,
}

#[derive(Clone, Debug)]
struct Entry<V> {
    name: Box<[u8]>,
    value: V,
}

/// Where a name would be looked for: a part of its hash, and its id.
#[derive(Clone, Copy, Debug)]
struct Place {
    tag: u32,
    id: u32,
}

const VACANT: Place = Place { tag: 0, id: u32::MAX };

impl Place {
    const fn is_vacant(self) -> bool {
        self.id == VACANT.id
    }
}

impl<V> NameMap<V> {
    /// An empty map of at most so many names, below 2^32 - 1.
    pub(super) const fn new(seed: u64, most: u32) -> Self {
        Self {
            seed,
            most,
            entries: Vec::new(),
            free: Vec::new(),
            places: Vec::new(),
            name_bytes: 0,
        }
    }

    fn tag(&self, name: &[u8]) -> u32 {
        xxh3_64_with_seed(name, self.seed) as u32
    }

    /// The place of a name that is here.
    fn place(&self, name: &[u8]) -> Option<usize> {
        let mask = self.places.len().checked_sub(1)?;
        let tag = self.tag(name);
        let mut at = tag as usize & mask;
        loop {
            let place = self.places[at];
            if place.is_vacant() {
                return None;
            }
            if place.tag == tag && self.name(place.id) == Some(name) {
                return Some(at);
            }
            at = (at + 1) & mask;
        }
    }

    /// The id of a name. O(1).
    pub(super) fn id(&self, name: &[u8]) -> Option<u32> {
        self.place(name).map(|at| self.places[at].id)
    }

    /// The name of an id.
    pub(super) fn name(&self, id: u32) -> Option<&[u8]> {
        Some(&self.entries.get(id as usize)?.as_ref()?.name)
    }

    /// The value of an id.
    pub(super) fn get(&self, id: u32) -> Option<&V> {
        Some(&self.entries.get(id as usize)?.as_ref()?.value)
    }

    /// The value of an id.
    pub(super) fn get_mut(&mut self, id: u32) -> Option<&mut V> {
        Some(&mut self.entries.get_mut(id as usize)?.as_mut()?.value)
    }

    /// The id of a name, which is added with this value if it is not here; `None` if it
    /// is not and the map is full.
    pub(super) fn intern(&mut self, name: &[u8], value: impl FnOnce() -> V) -> Option<u32> {
        if let Some(id) = self.id(name) {
            return Some(id);
        }
        if self.len() >= self.most as usize {
            return None;
        }
        if (self.len() + 1) * 4 > self.places.len() * 3 {
            self.grow();
        }
        let entry = Some(Entry { name: name.into(), value: value() });
        let id = self.free.pop().unwrap_or(self.entries.len() as u32);
        match self.entries.get_mut(id as usize) {
            Some(vacant) => *vacant = entry,
            None => self.entries.push(entry),
        }
        self.name_bytes += name.len();
        let tag = self.tag(name);
        self.settle(Place { tag, id });
        Some(id)
    }

    /// Puts a name that is nowhere to the first vacant place; there is one.
    fn settle(&mut self, place: Place) {
        let mask = self.places.len() - 1;
        let mut at = place.tag as usize & mask;
        while !self.places[at].is_vacant() {
            at = (at + 1) & mask;
        }
        self.places[at] = place;
    }

    fn grow(&mut self) {
        let larger = vec![VACANT; (self.places.len() * 2).max(8)];
        for place in std::mem::replace(&mut self.places, larger) {
            if !place.is_vacant() {
                self.settle(place);
            }
        }
    }

    /// Removes a name by its id. O(1).
    pub(super) fn remove(&mut self, id: u32) -> Option<V> {
        let at = self.place(self.name(id)?)?;
        let entry = self.entries.get_mut(id as usize)?.take()?;
        self.free.push(id);
        self.name_bytes -= entry.name.len();
        self.vacate(at);
        Some(entry.value)
    }

    /// Empties a place and moves up those behind it that a search could no longer reach.
    fn vacate(&mut self, at: usize) {
        let mask = self.places.len() - 1;
        let (mut vacant, mut next) = (at, (at + 1) & mask);
        while !self.places[next].is_vacant() {
            let wanted = self.places[next].tag as usize & mask;
            if (next.wrapping_sub(wanted) & mask) >= (next.wrapping_sub(vacant) & mask) {
                self.places[vacant] = self.places[next];
                vacant = next;
            }
            next = (next + 1) & mask;
        }
        self.places[vacant] = VACANT;
    }

    /// Ids, names and values, ids ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &[u8], &V)> {
        let entries = self.entries.iter().enumerate();
        entries.filter_map(|(id, entry)| {
            let entry = entry.as_ref()?;
            Some((id as u32, &*entry.name, &entry.value))
        })
    }

    /// How many names are here.
    pub(super) fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    /// Heap memory.
    pub(super) fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Option<Entry<V>>>()
            + self.free.capacity() * size_of::<u32>()
            + self.places.capacity() * size_of::<Place>()
            + self.name_bytes
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_map_is_a_tree_of_names_whatever_comes_and_goes(
            steps in prop::collection::vec((any::<bool>(), 0_u8..40), 0..400),
            seed in any::<u64>(),
        ) {
            let mut map = NameMap::new(seed, 30);
            let mut oracle = BTreeMap::new();
            for (step, (adds, name)) in steps.into_iter().enumerate() {
                let text = [b'n', name];
                if adds {
                    let id = map.intern(&text, || step);
                    prop_assert_eq!(id.is_some(), oracle.contains_key(&name) || oracle.len() < 30);
                    if id.is_some() {
                        oracle.entry(name).or_insert(step);
                    }
                } else {
                    let removed = map.id(&text).and_then(|id| map.remove(id));
                    prop_assert_eq!(removed, oracle.remove(&name));
                }
                prop_assert_eq!(map.len(), oracle.len());
                for name in 0..40 {
                    let found = map.id(&[b'n', name]).and_then(|id| map.get(id));
                    prop_assert_eq!(found, oracle.get(&name));
                }
            }
        }
    }

    #[test]
    fn ids_do_not_depend_on_the_seed() {
        let ids = |seed| {
            let mut map = NameMap::new(seed, 100);
            let mut ids: Vec<_> = (0..20_u8).map(|name| map.intern(&[name], || ())).collect();
            map.remove(7);
            map.remove(3);
            ids.extend([200, 201, 202].map(|name: u8| map.intern(&[name], || ())));
            ids
        };
        assert_eq!(ids(0), ids(99));
        assert_eq!(ids(0)[20..], [Some(3), Some(7), Some(20)], "last gone, first given");
    }
}
