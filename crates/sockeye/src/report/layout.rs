//! How a line lies on the screen: rows of a width, and where the cursor is in them.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Rows on the screen and the cursor in them, both counted from 0.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) rows: Vec<String>,
    /// Row and column.
    pub(super) cursor: (usize, usize),
    /// The byte of its row that the cursor is at.
    at: usize,
}

impl Layout {
    /// Lays `lines` out, the last of them with the cursor at this byte; of more rows than fit those around the cursor.
    pub(super) fn new(lines: &[String], cursor: usize, columns: usize, rows_max: usize) -> Self {
        let mut layout = Self::default();
        let last = lines.len().saturating_sub(1);
        for (index, line) in lines.iter().enumerate() {
            layout.line(line, (index == last).then_some(cursor), columns.max(2));
        }
        let first = layout.cursor.0.saturating_sub(rows_max.saturating_sub(1));
        layout.rows.drain(..first);
        layout.rows.truncate(rows_max.max(1));
        layout.cursor.0 -= first;
        layout
    }

    fn line(&mut self, line: &str, cursor: Option<usize>, columns: usize) {
        let (mut row, mut column) = (String::new(), 0);
        for (at, shown) in line.grapheme_indices(true) {
            // A tab or a control character of our own person takes one place.
            let shown = if shown.chars().any(char::is_control) { " " } else { shown };
            let width = shown.width();
            if column + width > columns {
                self.rows.push(std::mem::take(&mut row));
                column = 0;
            }
            if cursor == Some(at) {
                (self.cursor, self.at) = ((self.rows.len(), column), row.len());
            }
            row.push_str(shown);
            column += width;
        }
        if cursor.is_some_and(|cursor| cursor >= line.len()) {
            if column == columns {
                // The cursor waits where the next character will be.
                self.rows.push(std::mem::take(&mut row));
                column = 0;
            }
            (self.cursor, self.at) = ((self.rows.len(), column), row.len());
        }
        self.rows.push(row);
    }

    /// How many rows are above the cursor once a terminal of so many columns has folded those that are too long for it.
    pub(super) fn rows_above(&self, columns: usize) -> usize {
        let (row, columns) = (self.cursor.0, columns.max(2));
        let above = self.rows.iter().take(row).map(|row| last_fold(row, row.len(), columns) + 1);
        above.sum::<usize>() + self.rows.get(row).map_or(0, |row| last_fold(row, self.at, columns))
    }
}

/// In which of the rows that a row is folded to this byte of it lies. Behind its end the cursor stays where it is.
fn last_fold(row: &str, at: usize, columns: usize) -> usize {
    let (mut folds, mut column) = (0, 0);
    for (begin, shown) in row.grapheme_indices(true) {
        let width = shown.width();
        if column + width > columns {
            folds += 1;
            column = 0;
        }
        if begin >= at {
            break;
        }
        column += width;
    }
    folds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(line: &str, cursor: usize, columns: usize, rows_max: usize) -> (Vec<String>, (usize, usize)) {
        let Layout { rows, cursor, .. } = Layout::new(&[line.to_owned()], cursor, columns, rows_max);
        (rows, cursor)
    }

    #[test]
    fn a_wide_character_is_not_cut_in_two() {
        assert_eq!(layout("ab漢字", 2, 5, 9), (vec!["ab漢".to_owned(), "字".to_owned()], (0, 2)));
        assert_eq!(layout("ab漢字", 5, 5, 9).1, (1, 0));
    }

    #[test]
    fn behind_a_full_row_the_cursor_is_on_the_next() {
        assert_eq!(layout("abcd", 4, 4, 9), (vec!["abcd".to_owned(), String::new()], (1, 0)));
        assert_eq!(layout("abcd", 3, 4, 9), (vec!["abcd".to_owned()], (0, 3)));
    }

    #[test]
    fn of_too_many_rows_those_at_the_cursor_are_shown() {
        assert_eq!(layout("aabbccdd", 8, 2, 2), (vec!["dd".to_owned(), String::new()], (1, 0)));
        assert_eq!(layout("aabbccdd", 0, 2, 2), (vec!["aa".to_owned(), "bb".to_owned()], (0, 0)));
    }

    #[test]
    fn a_narrower_terminal_folds_what_is_above_the_cursor() {
        let above = |line: &str, cursor: usize, columns: usize, narrow: usize| {
            Layout::new(&[line.to_owned()], cursor, columns, 9).rows_above(narrow)
        };
        assert_eq!(above("abcdefgh", 8, 8, 8), 1);
        assert_eq!(above("abcdefgh", 8, 8, 4), 2);
        assert_eq!(above("abcdefgh", 8, 10, 4), 1, "behind the end of a full row it stays");
        assert_eq!(above("abcdefgh", 4, 10, 4), 1);
        assert_eq!(above("abcdefgh", 3, 10, 4), 0);
        assert_eq!(above("a漢字", 7, 10, 4), 1);
        assert_eq!(above("a漢字", 4, 10, 4), 1);
        assert_eq!(above("abcdefgh", 8, 3, 80), 2, "a wider one folds nothing back");
    }

    #[test]
    fn what_has_no_width_takes_no_place() {
        assert_eq!(layout("e\u{301}\tx", 4, 9, 9), (vec!["e\u{301} x".to_owned()], (0, 2)));
    }
}
