//! Expressions: names become slots, types are settled, steps are compiled.

use super::Resolver;
use crate::code::{Code, Do, Slot};
use crate::finding::Span;
use crate::model::{Expression, LookInto, LookKind};
use crate::syntax::Wrong;
use crate::syntax::tree::{Binary, Expr, ExprKind, Function, Room, Type};
use crate::value::Value;

type Typed = Result<Type, Wrong>;

pub(super) fn wrong<T>(span: Span, message: impl Into<String>, hint: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { span, message: message.into(), hint: hint.into() })
}

impl Resolver<'_, '_> {
    /// Compiles an expression.
    pub(super) fn expression(&mut self, expr: &Expr) -> Result<Expression, Wrong> {
        let mut compiler =
            Compiler { resolver: self, steps: Vec::new(), needs: Vec::new(), looks: Vec::new(), own: false };
        let ty = compiler.expr(expr)?;
        let Compiler { steps, needs, looks, own, .. } = compiler;
        Ok(Expression { span: expr.span, code: Code { steps }, ty, needs, looks, own })
    }

    /// A key of a kept list: text, or an int as text.
    pub(super) fn key(&mut self, expr: &Expr) -> Result<Expression, Wrong> {
        let mut key = self.expression(expr)?;
        match key.ty {
            Type::Text | Type::Word => {}
            Type::Int => {
                key.code.steps.push(Do::IntText);
                key.ty = Type::Word;
            }
            other => return wrong(expr.span, format!("{} is no key", other.name()), "a key is text"),
        }
        Ok(key)
    }

    /// An expression that must be of a type.
    pub(super) fn typed(&mut self, expr: &Expr, ty: Type) -> Result<Expression, Wrong> {
        let found = self.expression(expr)?;
        if found.ty == ty || (ty == Type::Text && found.ty == Type::Word) {
            return Ok(found);
        }
        wrong(expr.span, format!("{} is wanted here, this is {}", ty.name(), found.ty.name()), conversion(ty))
    }
}

fn conversion(ty: Type) -> &'static str {
    match ty {
        Type::Int => "int(…) makes an int of text",
        Type::Text | Type::Word => "text(…) makes text of an int or of bytes",
        Type::Bool => "compare it with something: ==, <, in, is int",
        Type::Bytes | Type::Texts | Type::Ints => "use a name or a literal of that type",
    }
}

struct Compiler<'r, 'm, 'f> {
    resolver: &'r mut Resolver<'m, 'f>,
    steps: Vec<Do>,
    needs: Vec<Slot>,
    looks: Vec<LookInto>,
    own: bool,
}

impl Compiler<'_, '_, '_> {
    fn expr(&mut self, expr: &Expr) -> Typed {
        match &expr.kind {
            ExprKind::Int(value) => self.emit(Do::Int(value.clone()), Type::Int),
            ExprKind::Text(bytes) => {
                let ty = if std::str::from_utf8(bytes).is_ok() { Type::Text } else { Type::Bytes };
                self.emit(Do::Bytes(bytes.as_slice().into()), ty)
            }
            ExprKind::Name(name) => self.name(name, expr.span),
            ExprKind::List(items) => self.list(items, expr.span),
            ExprKind::Call(function, argument) => self.call(*function, argument),
            ExprKind::Neg(inner) => {
                self.want(inner, Type::Int)?;
                self.emit(Do::Neg, Type::Int)
            }
            ExprKind::Not(inner) => {
                self.want(inner, Type::Bool)?;
                self.emit(Do::Not, Type::Bool)
            }
            ExprKind::Binary(binary, pair) => self.binary(*binary, &pair[0], &pair[1], expr.span),
            ExprKind::In(pair) => self.is_in(&pair[0], &pair[1]),
            ExprKind::InRange(three) => {
                for part in three.iter() {
                    self.want(part, Type::Int)?;
                }
                self.emit(Do::InRange, Type::Bool)
            }
            ExprKind::IsInt(inner) => match self.expr(inner)? {
                Type::Int => {
                    self.steps.push(Do::IntText);
                    self.emit(Do::IsInt, Type::Bool)
                }
                Type::Text | Type::Word | Type::Bytes => self.emit(Do::IsInt, Type::Bool),
                other => wrong(inner.span, format!("{} is never an int", other.name()), "ask it of a text"),
            },
            ExprKind::Index(pair) => self.index(&pair[0], &pair[1]),
            ExprKind::Members(room) => self.members(room),
            ExprKind::Range(_) => {
                wrong(expr.span, "a range is no value", "it stands after `in`: if x in 1..100, for n in 1..3")
            }
            ExprKind::Random(pair) => {
                self.own = true;
                self.want(&pair[0], Type::Int)?;
                self.want(&pair[1], Type::Int)?;
                self.emit(Do::Random, Type::Int)
            }
            ExprKind::Now => {
                self.own = true;
                self.emit(Do::Now, Type::Word)
            }
            ExprKind::Peer => {
                self.own = true;
                self.resolver.model.names_peer = true;
                self.emit(Do::Peer, Type::Word)
            }
        }
    }

    fn emit(&mut self, step: Do, ty: Type) -> Typed {
        self.steps.push(step);
        Ok(ty)
    }

    fn want(&mut self, expr: &Expr, ty: Type) -> Typed {
        let found = self.expr(expr)?;
        if found == ty || (ty == Type::Text && found == Type::Word) {
            return Ok(found);
        }
        wrong(expr.span, format!("{} is wanted here, this is {}", ty.name(), found.name()), conversion(ty))
    }

    fn name(&mut self, name: &str, span: Span) -> Typed {
        let Some((slot, ty)) = self.resolver.visible(name) else {
            if self.resolver.keeps(name) {
                let hint = format!("{name}[key], key in {name}, len({name}), for item in {name}:");
                return wrong(span, format!("`{name}` is a kept list, and no value"), hint);
            }
            return wrong(span, format!("nobody knows `{name}` here"), self.resolver.did_you_mean(name));
        };
        self.resolver.used.insert(slot);
        if !self.needs.contains(&slot) {
            self.needs.push(slot);
        }
        self.emit(Do::Slot(slot), ty)
    }

    fn list(&mut self, items: &[Expr], span: Span) -> Typed {
        let start = self.steps.len();
        let mut ty = None;
        for item in items {
            let item_ty = match self.expr(item)? {
                Type::Text | Type::Word => Type::Texts,
                Type::Int => Type::Ints,
                other => {
                    return wrong(item.span, format!("a list holds no {}", other.name()), "text or int");
                }
            };
            if ty.is_some_and(|ty| ty != item_ty) {
                return wrong(item.span, "a list holds one type only", "text(…) and int(…) convert");
            }
            ty = Some(item_ty);
        }
        let Some(ty) = ty else {
            return wrong(span, "an empty list has no type", "a list holds at least one item");
        };
        let constant: Option<Vec<Value>> = self.steps[start..]
            .iter()
            .map(|step| match step {
                Do::Bytes(bytes) => Some(Value::Bytes(bytes.to_vec())),
                Do::Int(value) => Some(Value::Int(value.clone())),
                _ => None,
            })
            .collect();
        match constant {
            Some(items) => {
                self.steps.truncate(start);
                self.emit(Do::List(items.into()), ty)
            }
            None => self.emit(Do::Gather(items.len()), ty),
        }
    }

    fn call(&mut self, function: Function, argument: &Expr) -> Typed {
        if function == Function::Len
            && let Some(list) = self.resolver.kept(argument)
        {
            let into = self.resolver.hidden_slot();
            self.looks.push(LookInto { list, kind: LookKind::Count, into });
            return self.emit(Do::Slot(into), Type::Int);
        }
        let ty = self.expr(argument)?;
        let refuse = |wanted: &str| {
            let message = format!("{wanted} is wanted here, this is {}", ty.name());
            wrong(argument.span, message, "text(…) and int(…) convert")
        };
        match (function, ty) {
            (Function::Reverse, Type::Text | Type::Word) => self.emit(Do::Reverse, ty),
            (Function::Lower, Type::Text | Type::Word) => self.emit(Do::Lower, ty),
            (Function::Upper, Type::Text | Type::Word) => self.emit(Do::Upper, ty),
            (Function::Trim, Type::Text | Type::Word) => self.emit(Do::Trim, Type::Text),
            (Function::Lines, Type::Text | Type::Word) => self.emit(Do::Lines, Type::Texts),
            (Function::Reverse | Function::Lower | Function::Upper | Function::Trim | Function::Lines, _) => {
                refuse("text")
            }
            (Function::Len, Type::Text | Type::Word) => self.emit(Do::LenText, Type::Int),
            (Function::Len, Type::Texts | Type::Ints) => self.emit(Do::LenList, Type::Int),
            (Function::Len | Function::Size, Type::Bytes) => self.emit(Do::Size, Type::Int),
            (Function::Size, Type::Text | Type::Word) => self.emit(Do::Size, Type::Int),
            (Function::Len, _) => refuse("text, bytes or a list"),
            (Function::Size, _) => refuse("text or bytes"),
            (Function::Int, Type::Int) => Ok(Type::Int),
            (Function::Int, Type::Text | Type::Word | Type::Bytes) => self.emit(Do::ToInt, Type::Int),
            (Function::Int, _) => refuse("text"),
            (Function::Text, Type::Int) => self.emit(Do::IntText, Type::Word),
            (Function::Text, Type::Text | Type::Word) => Ok(ty),
            (Function::Text, Type::Bytes) => self.emit(Do::BytesText, Type::Text),
            (Function::Text, _) => refuse("an int or bytes"),
        }
    }

    fn binary(&mut self, binary: Binary, left: &Expr, right: &Expr, span: Span) -> Typed {
        if matches!(binary, Binary::And | Binary::Or) {
            self.want(left, Type::Bool)?;
            let skip = self.steps.len();
            self.steps.push(Do::Not);
            self.want(right, Type::Bool)?;
            let steps = self.steps.len() - skip - 1;
            self.steps[skip] = Do::Skip { when: binary == Binary::Or, steps };
            return Ok(Type::Bool);
        }
        let (a, b) = (self.expr(left)?, self.expr(right)?);
        let texts = |ty| matches!(ty, Type::Text | Type::Word | Type::Bytes);
        match binary {
            Binary::Add if texts(a) && texts(b) && (a == Type::Bytes) == (b == Type::Bytes) => {
                self.emit(Do::Join, if a == Type::Bytes { a } else { Type::Text })
            }
            Binary::Add if a != b => {
                let message = format!("`+` never mixes types: this is {} + {}", a.name(), b.name());
                wrong(span, message, "int(…) adds numbers, text(…) joins text")
            }
            Binary::Eq | Binary::Ne if texts(a) && texts(b) => self.same(binary, Do::Same),
            Binary::Eq | Binary::Ne if a == Type::Bool && b == Type::Bool => self.same(binary, Do::SameBool),
            _ if a == Type::Int && b == Type::Int => {
                let compares =
                    !matches!(binary, Binary::Add | Binary::Sub | Binary::Mul | Binary::Div | Binary::Rem);
                self.emit(Do::Calculate(binary), if compares { Type::Bool } else { Type::Int })
            }
            _ => {
                let message =
                    format!("{} and {} cannot be compared or calculated like this", a.name(), b.name());
                wrong(span, message, "int(…) and text(…) convert")
            }
        }
    }

    fn same(&mut self, binary: Binary, step: Do) -> Typed {
        self.steps.push(step);
        if binary == Binary::Ne {
            self.steps.push(Do::Not);
        }
        Ok(Type::Bool)
    }

    fn is_in(&mut self, item: &Expr, list: &Expr) -> Typed {
        if let Some(list) = self.resolver.kept(list) {
            let into = self.look_up(list, item)?;
            return self.emit(Do::Has(into), Type::Bool);
        }
        let item_ty = self.expr(item)?;
        let list_ty = self.expr(list)?;
        let fits = match list_ty {
            Type::Texts => item_ty.is_text(),
            Type::Ints => item_ty == Type::Int,
            other => {
                return wrong(
                    list.span,
                    format!("{} is no list", other.name()),
                    "`in` asks a list, a kept list or a range",
                );
            }
        };
        if !fits {
            return wrong(
                item.span,
                format!("{} is never in {}", item_ty.name(), list_ty.name()),
                "text(…) and int(…) convert",
            );
        }
        self.emit(Do::InList, Type::Bool)
    }

    fn index(&mut self, list: &Expr, index: &Expr) -> Typed {
        if let Some(list) = self.resolver.kept(list) {
            let into = self.look_up(list, index)?;
            return self.emit(Do::Found(into), Type::Text);
        }
        let ty = match self.expr(list)? {
            Type::Texts => Type::Text,
            Type::Ints => Type::Int,
            other => {
                return wrong(
                    list.span,
                    format!("{} is no list", other.name()),
                    "an index goes into a list: xs[1]",
                );
            }
        };
        self.want(index, Type::Int)?;
        self.emit(Do::Index, ty)
    }

    /// Who is in a room: a look like one into a kept list.
    fn members(&mut self, room: &Room) -> Typed {
        let room = self.resolver.room(room)?;
        self.needs.extend(
            room.name.needs.iter().filter(|slot| !self.needs.contains(slot)).copied().collect::<Vec<_>>(),
        );
        let into = self.resolver.hidden_slot();
        self.looks.push(LookInto { list: 0, kind: LookKind::Members(room.name.code), into });
        self.emit(Do::Slot(into), Type::Texts)
    }

    /// Looks for what is kept under a key; where the answer will lie.
    fn look_up(&mut self, list: usize, key: &Expr) -> Result<Slot, Wrong> {
        let outer = std::mem::take(&mut self.steps);
        match self.expr(key)? {
            Type::Text | Type::Word => {}
            Type::Int => self.steps.push(Do::IntText),
            other => return wrong(key.span, format!("{} is no key", other.name()), "a key is text"),
        }
        let steps = std::mem::replace(&mut self.steps, outer);
        let into = self.resolver.hidden_slot();
        // Looks inside the key come before it.
        self.looks.push(LookInto { list, kind: LookKind::Key(Code { steps }), into });
        Ok(into)
    }
}
