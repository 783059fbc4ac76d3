//! The line being typed, edited by keys: no terminal, no reading.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use super::keys::Key;

/// Lines that can be brought back.
const HISTORY_LINES_MAX: usize = 1000;

/// What a key did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pressed {
    /// The line may look different now.
    Edited,
    /// The rest of the screen is to be empty.
    Cleared,
    /// The line is done.
    Line(String),
    /// The person wants no more (Ctrl-D on an empty line).
    End,
}

/// A line and those before it.
#[derive(Debug, Default)]
pub(super) struct Editor {
    text: String,
    /// Where the next character goes, in bytes of `text`.
    at: usize,
    history: Vec<String>,
    /// How far back in the history the text at hand is from; 0 is the line being typed …
    back: usize,
    /// … which waits here meanwhile.
    draft: String,
    cut: String,
}

impl Editor {
    /// The text, and where in it the cursor is, in bytes.
    pub(super) fn text(&self) -> (&str, usize) {
        (&self.text, self.at)
    }

    /// Does what a key says.
    pub(super) fn press(&mut self, key: Key) -> Pressed {
        match key {
            Key::Enter => return Pressed::Line(self.enter()),
            Key::EndOrDelete if self.text.is_empty() => return Pressed::End,
            Key::Char(c) => {
                self.text.insert(self.at, c);
                self.at += c.len_utf8();
            }
            Key::EndOrDelete | Key::Delete => self.remove(self.at, self.after()),
            Key::Backspace => self.remove(self.before(), self.at),
            Key::Left => self.at = self.before(),
            Key::Right => self.at = self.after(),
            Key::WordLeft => self.at = self.word_before(),
            Key::WordRight => self.at = self.word_after(),
            Key::Home => self.at = 0,
            Key::End => self.at = self.text.len(),
            Key::Up => self.go_back(self.back + 1),
            Key::Down => self.go_back(self.back.saturating_sub(1)),
            Key::CutWord => self.cut(self.word_before(), self.at),
            Key::CutToStart => self.cut(0, self.at),
            Key::CutToEnd => self.cut(self.at, self.text.len()),
            Key::Paste => {
                self.text.insert_str(self.at, &self.cut);
                self.at += self.cut.len();
            }
            Key::Clear => return Pressed::Cleared,
        }
        Pressed::Edited
    }

    fn enter(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        (self.at, self.back) = (0, 0);
        self.draft.clear();
        if !text.is_empty() && self.history.last() != Some(&text) {
            if self.history.len() == HISTORY_LINES_MAX {
                self.history.remove(0);
            }
            self.history.push(text.clone());
        }
        text
    }

    /// Shows the line that is so far back; 0 is the one being typed.
    fn go_back(&mut self, back: usize) {
        if back > self.history.len() || back == self.back {
            return;
        }
        if self.back == 0 {
            self.draft.clone_from(&self.text);
        }
        self.back = back;
        let text = match back {
            0 => &self.draft,
            back => &self.history[self.history.len() - back],
        };
        self.text.clone_from(text);
        self.at = self.text.len();
    }

    fn remove(&mut self, from: usize, to: usize) {
        self.text.drain(from..to);
        self.at = from;
    }

    fn cut(&mut self, from: usize, to: usize) {
        self.cut = self.text[from..to].to_owned();
        self.remove(from, to);
    }

    /// Where the character before the cursor begins, as a person sees characters.
    fn before(&self) -> usize {
        let mut cursor = GraphemeCursor::new(self.at, self.text.len(), true);
        cursor.prev_boundary(&self.text, 0).ok().flatten().unwrap_or(0)
    }

    /// Where the character at the cursor ends.
    fn after(&self) -> usize {
        let mut cursor = GraphemeCursor::new(self.at, self.text.len(), true);
        cursor.next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len())
    }

    fn word_before(&self) -> usize {
        self.text[..self.at].unicode_word_indices().next_back().map_or(0, |(start, _)| start)
    }

    fn word_after(&self) -> usize {
        let word = self.text[self.at..].unicode_word_indices().next();
        word.map_or(self.text.len(), |(start, word)| self.at + start + word.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(editor: &mut Editor, text: &str) {
        text.chars().for_each(|c| drop(editor.press(Key::Char(c))));
    }

    fn presses(editor: &mut Editor, keys: &[Key]) {
        keys.iter().for_each(|key| drop(editor.press(*key)));
    }

    #[test]
    fn what_is_seen_as_one_character_goes_as_one() {
        let mut editor = Editor::default();
        types(&mut editor, "ae\u{301}👩‍👩‍👧");
        presses(&mut editor, &[Key::Backspace, Key::Left]);
        assert_eq!(editor.text(), ("ae\u{301}", 1));
        presses(&mut editor, &[Key::Delete]);
        assert_eq!(editor.text(), ("a", 1));
    }

    #[test]
    fn the_line_being_typed_waits_while_older_ones_are_looked_at() {
        let mut editor = Editor::default();
        types(&mut editor, "one");
        assert_eq!(editor.press(Key::Enter), Pressed::Line("one".to_owned()));
        types(&mut editor, "half");
        presses(&mut editor, &[Key::Up, Key::Up]);
        assert_eq!(editor.text().0, "one");
        presses(&mut editor, &[Key::Down, Key::Down]);
        assert_eq!(editor.text().0, "half");
    }

    #[test]
    fn words_are_cut_and_pasted() {
        let mut editor = Editor::default();
        types(&mut editor, "good old words");
        presses(&mut editor, &[Key::CutWord, Key::WordLeft, Key::CutToStart, Key::End, Key::Paste]);
        assert_eq!(editor.text().0, "old good ");
    }

    #[test]
    fn only_an_empty_line_ends() {
        let mut editor = Editor::default();
        types(&mut editor, "x");
        presses(&mut editor, &[Key::Home, Key::EndOrDelete]);
        assert_eq!(editor.press(Key::EndOrDelete), Pressed::End);
    }
}
