//! Columns for people.

/// A heading, then rows, each as wide as the widest cell of its column.
pub(crate) struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    pub(crate) fn new(heading: [&str; N]) -> Self {
        Self { rows: vec![heading.map(str::to_owned)] }
    }

    pub(crate) fn row(&mut self, cells: [String; N]) {
        // A line feed in a cell would let one row look like two.
        self.rows.push(cells.map(|cell| if cell.contains('\n') { cell.replace('\n', "\\n") } else { cell }));
    }

    /// Lines without spaces at their ends.
    pub(crate) fn render(&self) -> String {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: [usize; N] = std::array::from_fn(width);
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(widths) {
                line.push_str(cell);
                let padding = (width + GAP).saturating_sub(cell.chars().count());
                line.extend(std::iter::repeat_n(' ', padding));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

const GAP: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_lines_end_where_text_does() {
        let mut table = Table::new(["NAME", "STATE", ""]);
        table.row(["a".into(), "live".into(), String::new()]);
        table.row(["longer_name".into(), "deleted".into(), "x".into()]);
        assert_eq!(table.render(), "NAME         STATE\na            live\nlonger_name  deleted  x\n");
    }

    #[test]
    fn a_cell_is_counted_in_characters_and_stays_on_its_line() {
        let mut table = Table::new(["A", "B"]);
        table.row(["é".into(), "one\ntwo".into()]);
        assert_eq!(table.render(), "A  B\né  one\\ntwo\n");
    }
}
