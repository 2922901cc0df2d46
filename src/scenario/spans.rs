//! The byte range of every value and name in a JSON text.

use std::ops::Range;

use super::path::Step;

/// One value of a JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its bytes, quotes and brackets included.
    pub range: Range<usize>,
    parts: Parts,
}

/// One field of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name, unescaped.
    pub name: String,
    /// The bytes of its name, quotes included.
    pub name_range: Range<usize>,
    /// Its value.
    pub value: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Parts {
    None,
    Elements(Vec<Place>),
    Fields(Vec<Field>),
}

impl Place {
    /// The places in a text that has been found to be valid JSON, `offset`
    /// being added to each. Of a text that is not, the places mean nothing.
    ///
    /// It only has to find where values begin and end, for a strict parser has
    /// checked the text before: also that it is not nested so deep that the
    /// recursion here could overflow the stack. O(bytes).
    pub fn of_valid_json(text: &str, offset: usize) -> Self {
        Scanner { text, at: 0, offset }.value()
    }

    /// A value without parts.
    pub const fn leaf(range: Range<usize>) -> Self {
        Self { range, parts: Parts::None }
    }

    /// The part that a step leads to.
    pub fn step(&self, step: &Step) -> Option<&Self> {
        match step {
            Step::Field(name) => self.field(name).map(|field| &field.value),
            Step::Index(index) => self.elements().get(*index),
        }
    }

    /// The place of a field's name.
    pub fn name(&self, name: &str) -> Option<Range<usize>> {
        self.field(name).map(|field| field.name_range.clone())
    }

    /// The fields, as they stand; none unless this is an object.
    pub fn fields(&self) -> &[Field] {
        match &self.parts {
            Parts::Fields(fields) => fields,
            Parts::None | Parts::Elements(_) => &[],
        }
    }

    /// The elements; none unless this is a list.
    pub fn elements(&self) -> &[Self] {
        match &self.parts {
            Parts::Elements(elements) => elements,
            Parts::None | Parts::Fields(_) => &[],
        }
    }

    fn field(&self, name: &str) -> Option<&Field> {
        self.fields().iter().find(|field| field.name == name)
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    offset: usize,
}

impl Scanner<'_> {
    fn value(&mut self) -> Place {
        self.skip_blanks();
        let start = self.at;
        let parts = match self.peek() {
            Some(b'{') => Parts::Fields(self.fields()),
            Some(b'[') => Parts::Elements(self.elements()),
            Some(b'"') => {
                self.string();
                Parts::None
            }
            _ => {
                self.skip_while(|byte| !matches!(byte, b',' | b']' | b'}') && !is_blank(byte));
                Parts::None
            }
        };
        Place { range: self.range_from(start), parts }
    }

    fn fields(&mut self) -> Vec<Field> {
        let mut fields = Vec::new();
        while self.goes_on(b'}') {
            let start = self.at;
            self.string();
            let name = serde_json::from_str(&self.text[start..self.at]).unwrap_or_default();
            let name_range = self.range_from(start);
            self.skip_while(|byte| is_blank(byte) || byte == b':');
            fields.push(Field { name, name_range, value: self.value() });
        }
        fields
    }

    fn elements(&mut self) -> Vec<Place> {
        let mut elements = Vec::new();
        while self.goes_on(b']') {
            elements.push(self.value());
        }
        elements
    }

    /// Steps over an opening bracket or a comma, or over the closing bracket; whether more follows.
    fn goes_on(&mut self, close: u8) -> bool {
        self.skip_blanks();
        if self.peek() != Some(close) {
            self.at += 1;
            self.skip_blanks();
        }
        match self.peek() {
            None => false,
            Some(byte) if byte == close => {
                self.at += 1;
                false
            }
            Some(_) => true,
        }
    }

    fn string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
    }

    fn skip_blanks(&mut self) {
        self.skip_while(is_blank);
    }

    fn skip_while(&mut self, skip: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&skip) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn range_from(&self, start: usize) -> Range<usize> {
        start + self.offset..self.at + self.offset
    }
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<'a>(text: &'a str, place: &Place) -> &'a str {
        &text[place.range.clone()]
    }

    #[test]
    fn every_value_and_name_has_the_bytes_that_it_was_written_with() {
        let text = r#" { "a" : [1, -2.5e3 , "x\"]"],"b\u0063":{}, "é": {"d": true }, "e": [] } "#;
        let root = Place::of_valid_json(text, 0);
        assert_eq!(at(text, &root), text.trim());
        let names: Vec<&str> = root.fields().iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["a", "bc", "é", "e"]);
        let elements: Vec<&str> =
            root.fields()[0].value.elements().iter().map(|place| at(text, place)).collect();
        assert_eq!(elements, ["1", "-2.5e3", r#""x\"]""#]);
        assert_eq!(&text[root.fields()[1].name_range.clone()], r#""b\u0063""#);
        assert_eq!(at(text, &root.fields()[2].value.fields()[0].value), "true");
        assert_eq!(root.fields()[3].value.elements(), []);
    }
}
