//! Steps that continue the one before them: `elif`, `else`, rows of `on`, `otherwise`, `leaves`; and `freely`.

use super::cursor::{Cursor, Wrong, wrong};
use super::expression::{expression, room};
use super::lines::Nested;
use super::step::{Builder, role};
use super::tree::{Block, FreeOn, FreeRow, Kind, Line, Row};
use crate::Role;
use crate::finding::Span;

impl Builder<'_, '_> {
    pub(super) fn branch(
        &mut self,
        word: &str,
        span: Span,
        mut cursor: Cursor<'_>,
        line: &Nested,
        block: &mut Block,
    ) -> Result<(), Wrong> {
        let condition = if word == "else" { None } else { Some(expression(&mut cursor)?) };
        self.opens(cursor, line)?;
        let inner = self.block(&line.block, false);
        if word == "if" {
            let arms = condition.map(|condition| (condition, inner)).into_iter().collect();
            block.push(Line { span: line.span, kind: Kind::If { arms, otherwise: None } });
            return Ok(());
        }
        let open = block.last_mut().map(|line| &mut line.kind);
        match (open, condition) {
            (Some(Kind::If { arms, otherwise: None }), Some(condition)) => arms.push((condition, inner)),
            (
                Some(
                    Kind::If { otherwise: otherwise @ None, .. }
                    | Kind::Add { otherwise: otherwise @ None, .. }
                    | Kind::Tell { otherwise: otherwise @ None, .. },
                ),
                None,
            ) => *otherwise = Some(inner),
            (_, Some(_)) => {
                return wrong(span, "`elif` without its `if`", "it follows the block of an `if` or `elif`");
            }
            (_, None) => {
                let hint = "it follows the block of an `if` or `elif`, or an `add` or `tell` that may fail";
                return wrong(span, "`else` without its `if`", hint);
            }
        }
        Ok(())
    }

    pub(super) fn row(
        &mut self,
        word: &str,
        span: Span,
        mut cursor: Cursor<'_>,
        line: &Nested,
        block: &mut Block,
    ) -> Result<(), Wrong> {
        if word == "otherwise" {
            self.opens(cursor, line)?;
            let inner = self.block(&line.block, false);
            let open = block.last_mut().map(|line| &mut line.kind);
            let Some(Kind::On { otherwise: otherwise @ None, .. }) = open else {
                return wrong(span, "`otherwise` without its `on`", "it closes a row of `on C: …`");
            };
            *otherwise = Some(inner);
            return Ok(());
        }
        let role = on_role(&mut cursor)?;
        if cursor.eat_word("leaves") {
            self.opens(cursor, line)?;
            let inner = self.block(&line.block, false);
            let open = block.last_mut().map(|line| &mut line.kind);
            return match open {
                Some(Kind::On { role: open, leaves: leaves @ None, .. }) if *open == role => {
                    *leaves = Some(inner);
                    Ok(())
                }
                _ => wrong(
                    span,
                    "`leaves` without a row of `on` of the same role",
                    "it closes a row of `on C: …`",
                ),
            };
        }
        if !cursor.eat(":") {
            return cursor.wrong("a `:` is wanted here", "for example: on C: GET");
        }
        cursor.skip_spaces();
        let message = Span { start: cursor.at, ..line.span };
        let row = Row { message, block: self.block(&line.block, false) };
        match block.last_mut().map(|line| &mut line.kind) {
            Some(Kind::On { role: open, rows, otherwise: None, leaves: None }) if *open == role => {
                rows.push(row)
            }
            _ => {
                let kind = Kind::On { role, rows: vec![row], otherwise: None, leaves: None };
                block.push(Line { span: line.span, kind });
            }
        }
        Ok(())
    }
    /// The rows of `freely`.
    pub(super) fn free_rows(&mut self, lines: &[Nested]) -> Vec<FreeRow> {
        let mut rows: Vec<FreeRow> = Vec::new();
        for line in lines {
            let last = rows.iter().rev().find_map(|row| match row.on {
                FreeOn::Says(role, _) => Some(role),
                _ => None,
            });
            match self.free_row(line, last) {
                Ok(on) => {
                    let block = self.block(&line.block, false);
                    rows.push(FreeRow { span: line.span, on, block });
                }
                Err(why) => {
                    self.error(why);
                    self.block(&line.block, false);
                }
            }
        }
        rows
    }

    fn free_row(&mut self, line: &Nested, last: Option<Role>) -> Result<FreeOn, Wrong> {
        const ROWS: &str =
            "in `freely` stand rows: on C: …, on S: …, on C leaves:, otherwise:, hear lobby: …";
        let mut cursor = self.cursor(line);
        let Some((word, span)) = cursor.name() else {
            return wrong(line.span, "this is no row of `freely`", ROWS);
        };
        match word {
            "on" => {
                let role = on_role(&mut cursor)?;
                if cursor.eat_word("leaves") {
                    self.opens(cursor, line)?;
                    return Ok(FreeOn::Leaves(role));
                }
                if !cursor.eat(":") {
                    return cursor.wrong("a `:` is wanted here", "for example: on C: {text}");
                }
                cursor.skip_spaces();
                Ok(FreeOn::Says(role, Span { start: cursor.at, ..line.span }))
            }
            "otherwise" => {
                self.opens(cursor, line)?;
                let Some(role) = last else {
                    return wrong(span, "`otherwise` without its `on`", "it follows rows of `on C: …`");
                };
                Ok(FreeOn::Otherwise(role))
            }
            "hear" => {
                let room = room(&mut cursor)?;
                let name = if cursor.eat_word("as") { Some(expression(&mut cursor)?) } else { None };
                if !cursor.eat(":") {
                    return cursor.wrong("a `:` is wanted here", "for example: hear lobby: {line}");
                }
                cursor.skip_spaces();
                Ok(FreeOn::Hears { room, name, line: Span { start: cursor.at, ..line.span } })
            }
            _ => wrong(span, format!("`{word}` is no row of `freely`"), ROWS),
        }
    }
}

/// The role after `on`.
fn on_role(cursor: &mut Cursor<'_>) -> Result<Role, Wrong> {
    let Some((name, span)) = cursor.name() else {
        return cursor.wrong("a role is wanted after `on`", "write `on C: message` or `on S: message`");
    };
    let Some(role) = role(name) else {
        return wrong(span, format!("`{name}` is no role"), "the roles are C and S");
    };
    Ok(role)
}
