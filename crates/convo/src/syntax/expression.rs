//! Expressions, by precedence: `or`, `and`, `not`, comparisons, `+ -`, `* / %`, sign, postfix.

use super::cursor::{Cursor, Wrong, escape, is_name_rest, wrong};
use super::tree::{Binary, Expr, ExprKind, Function, Name, Room};
use crate::finding::Span;
use crate::value::{INT_DIGITS_MAX, Int};

/// Parts of one expression, at most: what a reader can take in, and what bounds the parser's own depth.
const PARTS_MAX: usize = 200;
/// Parentheses, lists and signs inside each other, at most.
const DEPTH_MAX: usize = 32;

/// Words that name nothing else.
pub(crate) const RESERVED: [&str; 11] =
    ["and", "or", "not", "in", "is", "ask", "now", "peer", "random", "given", "until"];

/// Reads one expression; what stands behind it is left.
pub(super) fn expression(cursor: &mut Cursor<'_>) -> Result<Expr, Wrong> {
    Parser { cursor, parts: 0, depth: 0 }.or()
}

/// Reads a room: its name, or a value in braces.
pub(super) fn room(cursor: &mut Cursor<'_>) -> Result<Room, Wrong> {
    if cursor.eat("{") {
        let value = expression(cursor)?;
        if !cursor.eat("}") {
            return cursor.wrong("a `}` is wanted here", "it closes the room's name: tell {where}: …");
        }
        return Ok(Room::Value(value));
    }
    let Some((text, span)) = cursor.name() else {
        return cursor.wrong(
            "a room is wanted here",
            "its name, or a value in braces: tell lobby: …, tell {where}: …",
        );
    };
    Ok(Room::Named(Name { text: text.to_owned(), span }))
}

/// Reads what a `for` goes over: a range or an expression.
pub(super) fn iterable(cursor: &mut Cursor<'_>) -> Result<Expr, Wrong> {
    let first = expression(cursor)?;
    if !cursor.eat("..") {
        return Ok(first);
    }
    let last = expression(cursor)?;
    let span = first.span.to(last.span);
    Ok(Expr { span, kind: ExprKind::Range(Box::new([first, last])) })
}

struct Parser<'p, 'a> {
    cursor: &'p mut Cursor<'a>,
    parts: usize,
    depth: usize,
}

type Parsed = Result<Expr, Wrong>;

impl Parser<'_, '_> {
    fn or(&mut self) -> Parsed {
        let mut left = self.and()?;
        while self.cursor.eat_word("or") {
            let right = self.and()?;
            left = self.binary(Binary::Or, left, right)?;
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed {
        let mut left = self.not()?;
        while self.cursor.eat_word("and") {
            let right = self.not()?;
            left = self.binary(Binary::And, left, right)?;
        }
        Ok(left)
    }

    fn not(&mut self) -> Parsed {
        self.cursor.skip_spaces();
        let start = self.cursor.at;
        if !self.cursor.eat_word("not") {
            return self.comparison();
        }
        let inner = self.nested(Self::not)?;
        self.part(start, ExprKind::Not(Box::new(inner)))
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.sum()?;
        if self.cursor.eat_word("in") {
            let first = self.sum()?;
            let start = left.span.start;
            if self.cursor.eat("..") {
                let last = self.sum()?;
                return self.part(start, ExprKind::InRange(Box::new([left, first, last])));
            }
            return self.part(start, ExprKind::In(Box::new([left, first])));
        }
        if self.cursor.eat_word("is") {
            if !self.cursor.eat_word("int") {
                return self.cursor.wrong("`is` asks for a type", "only `x is int` can be asked");
            }
            let start = left.span.start;
            return self.part(start, ExprKind::IsInt(Box::new(left)));
        }
        const COMPARISONS: [(&str, Binary); 6] = [
            ("==", Binary::Eq),
            ("!=", Binary::Ne),
            ("<=", Binary::Le),
            (">=", Binary::Ge),
            ("<", Binary::Lt),
            (">", Binary::Gt),
        ];
        for (token, binary) in COMPARISONS {
            if self.cursor.eat(token) {
                let right = self.sum()?;
                return self.binary(binary, left, right);
            }
        }
        self.cursor.skip_spaces();
        if self.cursor.rest().starts_with('=') {
            return self.cursor.wrong("`=` compares nothing", "write `==` to compare");
        }
        Ok(left)
    }

    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        loop {
            let binary = if self.cursor.eat("+") {
                Binary::Add
            } else if self.cursor.eat("-") {
                Binary::Sub
            } else {
                return Ok(left);
            };
            let right = self.product()?;
            left = self.binary(binary, left, right)?;
        }
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.sign()?;
        loop {
            let binary = if self.cursor.eat("*") {
                Binary::Mul
            } else if self.cursor.eat("/") {
                Binary::Div
            } else if self.cursor.eat("%") {
                Binary::Rem
            } else {
                return Ok(left);
            };
            let right = self.sign()?;
            left = self.binary(binary, left, right)?;
        }
    }

    fn sign(&mut self) -> Parsed {
        self.cursor.skip_spaces();
        let start = self.cursor.at;
        if !self.cursor.eat("-") {
            return self.postfix();
        }
        let inner = self.nested(Self::sign)?;
        if let ExprKind::Int(value) = &inner.kind {
            let kind = ExprKind::Int(value.neg());
            return self.part(start, kind);
        }
        self.part(start, ExprKind::Neg(Box::new(inner)))
    }

    fn postfix(&mut self) -> Parsed {
        let mut value = self.primary()?;
        while self.cursor.eat("[") {
            let index = self.nested(Self::or)?;
            self.close("]")?;
            let start = value.span.start;
            value = self.part(start, ExprKind::Index(Box::new([value, index])))?;
        }
        Ok(value)
    }

    fn primary(&mut self) -> Parsed {
        self.cursor.skip_spaces();
        let start = self.cursor.at;
        match self.cursor.peek() {
            Some('0'..='9') => self.number(start),
            Some('"') => {
                let text = string(self.cursor)?;
                self.part(start, ExprKind::Text(text))
            }
            Some('(') => {
                self.cursor.next();
                let inner = self.nested(Self::or)?;
                self.close(")")?;
                Ok(Expr { span: self.cursor.span_from(start), ..inner })
            }
            Some('[') => self.list(start),
            _ => self.named(start),
        }
    }

    fn number(&mut self, start: usize) -> Parsed {
        let rest = self.cursor.rest();
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let Some(value) = Int::parse(&rest.as_bytes()[..digits]) else {
            let hint = format!("up to {INT_DIGITS_MAX} digits");
            return self.cursor.wrong("this number has too many digits", hint);
        };
        self.cursor.at += digits;
        if self.cursor.peek().is_some_and(is_name_rest) {
            return self.cursor.wrong("a number ends before this", "numbers are decimal digits");
        }
        self.part(start, ExprKind::Int(value))
    }

    fn list(&mut self, start: usize) -> Parsed {
        self.cursor.next();
        let mut items = Vec::new();
        while !self.cursor.eat("]") {
            items.push(self.nested(Self::or)?);
            if !self.cursor.eat(",") {
                self.close("]")?;
                break;
            }
        }
        self.part(start, ExprKind::List(items))
    }

    fn named(&mut self, start: usize) -> Parsed {
        let Some((name, span)) = self.cursor.name() else {
            let found = self.cursor.peek().map_or("the end of it".to_owned(), |c| format!("`{c}`"));
            return self.cursor.wrong(
                format!("a value is wanted here, this is {found}"),
                "a name, a number, a \"text\", a list or a function of them",
            );
        };
        match name {
            "now" => return self.part(start, ExprKind::Now),
            "peer" => return self.part(start, ExprKind::Peer),
            "random" => return self.random(start),
            "members" if self.cursor.rest().starts_with('(') => return self.members(start),
            "ask" => {
                return wrong(span, "`ask` is no value", "it stands alone: given C name = ask \"Prompt: \"");
            }
            _ if RESERVED.contains(&name) => {
                return wrong(span, format!("`{name}` is no value"), "a value is wanted before and after it");
            }
            _ => {}
        }
        if self.cursor.rest().starts_with('(') {
            return self.call(start, name, span);
        }
        let mut full = name.to_owned();
        if self.cursor.rest().starts_with('.') && !self.cursor.rest().starts_with("..") {
            self.cursor.next();
            let Some((field, _)) = self.cursor.name() else {
                return self.cursor.wrong("a field is wanted after the dot", "one of .text .key .from .at");
            };
            full = format!("{name}.{field}");
        }
        self.part(start, ExprKind::Name(full))
    }

    fn random(&mut self, start: usize) -> Parsed {
        if !self.cursor.eat("(") {
            return self.cursor.wrong("`random` wants its borders", "for example random(1..100)");
        }
        let first = self.nested(Self::or)?;
        if !self.cursor.eat("..") {
            return self.cursor.wrong("`random` wants two borders", "for example random(1..100)");
        }
        let last = self.nested(Self::or)?;
        self.close(")")?;
        self.part(start, ExprKind::Random(Box::new([first, last])))
    }

    fn members(&mut self, start: usize) -> Parsed {
        self.cursor.eat("(");
        let room = room(self.cursor)?;
        self.close(")")?;
        self.part(start, ExprKind::Members(Box::new(room)))
    }

    fn call(&mut self, start: usize, name: &str, span: Span) -> Parsed {
        let Some((_, function)) = Function::ALL.iter().find(|(known, _)| *known == name) else {
            let names: Vec<_> = Function::ALL.iter().map(|(known, _)| *known).collect();
            return wrong(
                span,
                format!("there is no function `{name}`"),
                format!("one of {}", names.join(" ")),
            );
        };
        self.cursor.eat("(");
        let argument = self.nested(Self::or)?;
        self.close(")")?;
        self.part(start, ExprKind::Call(*function, Box::new(argument)))
    }

    fn close(&mut self, token: &str) -> Result<(), Wrong> {
        if self.cursor.eat(token) {
            return Ok(());
        }
        self.cursor.wrong(format!("`{token}` is wanted here"), "it closes what was opened before")
    }

    fn binary(&mut self, binary: Binary, left: Expr, right: Expr) -> Parsed {
        let start = left.span.start;
        self.part(start, ExprKind::Binary(binary, Box::new([left, right])))
    }

    fn nested(&mut self, read: fn(&mut Self) -> Parsed) -> Parsed {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return self.cursor.wrong("this expression is nested too deep", "use `let` for its parts");
        }
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn part(&mut self, start: usize, kind: ExprKind) -> Parsed {
        self.parts += 1;
        let span = self.cursor.span_from(start);
        if self.parts > PARTS_MAX {
            return wrong(span, "this expression has too many parts", "use `let` for some of them");
        }
        Ok(Expr { span, kind })
    }
}

/// Reads a quoted string with its escapes; the cursor stands at the opening quote.
pub(super) fn string(cursor: &mut Cursor<'_>) -> Result<Vec<u8>, Wrong> {
    let start = cursor.at;
    cursor.next();
    let mut out = Vec::new();
    loop {
        match cursor.next() {
            None => {
                return wrong(cursor.span_from(start), "this text is not closed", "a `\"` closes it");
            }
            Some('"') => return Ok(out),
            Some('\\') => escape(cursor, &mut out)?,
            Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}
