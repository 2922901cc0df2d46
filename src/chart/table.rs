//! The data behind a chart, as CSV.

use super::cases::Case;

/// Lines of as many fields as the header has.
pub struct Table {
    writer: csv::Writer<Vec<u8>>,
    columns: usize,
    row: Vec<String>,
}

impl Table {
    /// Only a header.
    pub fn new(header: &[&str]) -> Self {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(header).expect("a Vec takes all that is written");
        Self { writer, columns: header.len(), row: Vec::new() }
    }

    /// Begins a line: number of the point from 1, the policy, what the line is of.
    pub fn key(&mut self, case: &Case<'_>, kind: &str) {
        self.named(case.index + 1, &case.found.policy, kind);
    }

    /// The same of a point by number.
    pub fn named(&mut self, point: usize, policy: &str, kind: &str) {
        self.field(point.to_string());
        self.field(policy.to_owned());
        self.field(kind.to_owned());
    }

    /// Appends texts.
    pub fn texts<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) {
        for text in texts {
            self.field(text.to_owned());
        }
    }

    /// Appends numbers; what is not finite becomes an empty field.
    pub fn values(&mut self, values: impl IntoIterator<Item = f64>) {
        for value in values {
            self.field(if value.is_finite() { value.to_string() } else { String::new() });
        }
    }

    /// Appends so many empty fields.
    pub fn blanks(&mut self, count: usize) {
        for _ in 0..count {
            self.field(String::new());
        }
    }

    /// The whole text.
    pub fn finish(self) -> String {
        let bytes = self.writer.into_inner().unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }

    fn field(&mut self, field: String) {
        self.row.push(field);
        if self.row.len() == self.columns {
            self.writer.write_record(&self.row).expect("each line has the header's length");
            self.row.clear();
        }
    }
}
