//! A role's projection in words: one line a step, indented as the convo.

use crate::Role;
use crate::knowledge::{Knowledge, View, concerns};
use crate::model::{Act, Body, Expression, FreeOn, Freely, Model, Over, Say, Source};

/// What `role` does, in words.
pub(crate) fn tell(model: &Model, known: &Knowledge, role: Role) -> String {
    let mut teller = Teller { model, known, role, view: View::from(role), out: String::new() };
    teller.body(&model.body, 0);
    teller.out
}

struct Teller<'m> {
    model: &'m Model,
    known: &'m Knowledge,
    role: Role,
    view: View,
    out: String,
}

impl Teller<'_> {
    fn line(&mut self, depth: usize, text: &str) {
        self.out.push_str(&"    ".repeat(depth));
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// The text of a place in the convo.
    fn at(&self, span: crate::finding::Span) -> &str {
        self.model
            .lines
            .get(span.line - 1)
            .and_then(|line| line.get(span.start..span.end))
            .unwrap_or_default()
    }

    fn body(&mut self, body: &Body, depth: usize) {
        for step in &body.steps {
            self.act(step.id, step.span, &step.act, depth);
        }
    }

    fn act(&mut self, id: usize, span: crate::finding::Span, act: &Act, depth: usize) {
        let mine = |role: &Role| *role == self.role;
        match act {
            Act::Say(say) => self.say(say, depth),
            Act::Show(role, _) if mine(role) => {
                let text = format!("show {}", self.at(span)[2..].trim_start());
                self.line(depth, &text);
            }
            Act::Given { role, slot, source, .. } if mine(role) => {
                let name = &self.model.names[*slot];
                let text = match source {
                    Source::Ask { prompt, until: None } => format!("ask our person {prompt:?}: {name}"),
                    Source::Ask { prompt, until: Some(word) } => {
                        format!("ask our person {prompt:?}: {name}; {word:?} leaves")
                    }
                    Source::Expr(expr) => format!("choose {name} = {}", self.at(expr.span)),
                };
                self.line(depth, &text);
            }
            Act::Let(slot, expr) if self.known.can(id, self.view, expr) => {
                let text = format!("compute {} = {}", self.model.names[*slot], self.at(expr.span));
                self.line(depth, &text);
            }
            Act::If { arms, otherwise } => self.choose(id, arms, otherwise.as_ref(), depth),
            Act::On(on) => {
                let verb = if mine(&on.role) { "say one of" } else { "wait for one of" };
                self.line(depth, &format!("{verb}:"));
                for (say, body) in &on.rows {
                    let text = self.at(say.span).to_owned();
                    self.line(depth + 1, &text);
                    self.body(body, depth + 2);
                }
                if let Some(body) = &on.otherwise {
                    self.line(depth + 1, "anything else");
                    self.body(body, depth + 2);
                }
                if let Some(body) = on.leaves.as_ref().filter(|body| concerns(body, self.view)) {
                    self.line(depth + 1, &format!("when the {} leaves", on.role.name()));
                    self.body(body, depth + 2);
                }
            }
            Act::Loop(body) => {
                self.line(depth, "again and again:");
                self.body(body, depth + 1);
            }
            Act::For(each) => {
                let knows = match &each.over {
                    Over::Range(_, first, last) => self.can(id, first) && self.can(id, last),
                    Over::List(_, expr) => self.can(id, expr),
                    Over::Kept(..) => self.role == Role::Server,
                };
                if !concerns(&each.body, self.view) && !knows {
                    return;
                }
                let text = self.at(span).trim_end_matches(':').to_owned();
                let text =
                    if knows { format!("{text}:") } else { format!("{text}, until what follows comes:") };
                self.line(depth, &text);
                self.body(&each.body, depth + 1);
            }
            Act::Break => self.line(depth, "leave the loop"),
            Act::End => self.line(depth, self.end()),
            Act::Stop if self.role == Role::Server => self.line(depth, "close, and stop serving"),
            Act::Stop => self.line(depth, self.end()),
            Act::Framing(framing) => {
                self.line(depth, &format!("from here on messages are framed by {}", framing.name()))
            }
            Act::Secure => {
                self.line(depth, "exchange RSA keys; from here on each message is one encrypted block")
            }
            Act::Add { .. } | Act::Tell { .. } if self.role == Role::Server => {
                let text = self.at(span);
                // The colon of an `add` opens its block, that of a `tell` is said.
                let text = if matches!(act, Act::Add { .. }) { text.trim_end_matches(':') } else { text };
                let text = text.to_owned();
                self.line(depth, &text);
            }
            Act::Freely(freely) => self.freely(freely, depth),
            Act::Show(..) | Act::Given { .. } | Act::Let(..) | Act::Add { .. } | Act::Tell { .. } => {}
        }
    }

    fn freely(&mut self, freely: &Freely, depth: usize) {
        self.line(depth, "at any time, again and again:");
        for row in &freely.rows {
            let (text, mine) = match &row.on {
                FreeOn::Says(say) if say.role == self.role => (format!("say {}", self.at(say.span)), false),
                FreeOn::Says(say) => (format!("hear {}", self.at(say.span)), true),
                FreeOn::Leaves(role) if *role == self.role => continue,
                FreeOn::Leaves(role) => (format!("when the {} leaves", role.name()), true),
                FreeOn::Otherwise(role) if *role == self.role => ("say anything else".to_owned(), false),
                FreeOn::Otherwise(_) => ("hear anything else".to_owned(), true),
                FreeOn::Hears(_) if self.role == Role::Client => continue,
                FreeOn::Hears(_) => (self.at(row.span).to_owned(), true),
            };
            self.line(depth + 1, &text);
            if mine {
                self.body(&row.body, depth + 2);
            }
        }
    }

    fn can(&self, id: usize, expr: &Expression) -> bool {
        self.known.can(id, self.view, expr)
    }

    fn end(&self) -> &'static str {
        match self.role {
            Role::Client => "wait for the server to close, and close",
            Role::Server => "close",
        }
    }

    fn say(&mut self, say: &Say, depth: usize) {
        let text = self.at(say.span);
        let text = match (say.role == self.role, say.typed) {
            (true, true) => format!("let our person type {text}"),
            (true, false) => format!("send {text}"),
            (false, _) => self.wait(say),
        };
        self.line(depth, &text);
    }

    /// What is waited for, and what is done with its holes.
    fn wait(&self, say: &Say) -> String {
        let (mut learned, mut verified) = (Vec::new(), Vec::new());
        for hole in say.message.holes() {
            let text = self.at(hole.expr.span).to_owned();
            match hole.name {
                Some(slot) if hole.declares || !self.known.at(say.id, self.view).has(slot) => {
                    learned.push(text)
                }
                _ if self.can(say.id, &hole.expr) && !hole.expr.kept() => verified.push(text),
                _ => {}
            }
        }
        let mut out = format!("wait for {}", self.at(say.span));
        if !learned.is_empty() {
            out.push_str(&format!(" and learn {}", learned.join(", ")));
        }
        if !verified.is_empty() {
            out.push_str(&format!(" and verify {}", verified.join(", ")));
        }
        out
    }

    fn choose(&mut self, id: usize, arms: &[(Expression, Body)], otherwise: Option<&Body>, depth: usize) {
        let knows = arms.iter().all(|(condition, _)| self.can(id, condition));
        let matters = arms.iter().map(|(_, body)| body).chain(otherwise).any(|body| self.acts(body));
        if !matters {
            return;
        }
        if !knows {
            self.line(depth, "go by what comes:");
            for body in arms.iter().map(|(_, body)| body).chain(otherwise) {
                if concerns(body, self.view) {
                    self.line(depth + 1, "either");
                    self.body(body, depth + 2);
                }
            }
            return;
        }
        for (index, (condition, body)) in arms.iter().enumerate() {
            let word = if index == 0 { "if" } else { "elif" };
            // What came of an `add` or `tell` has no words of its own.
            let hidden = condition.needs.iter().any(|slot| self.model.names[*slot].starts_with(' '));
            let what = if hidden { "that was done" } else { self.at(condition.span) };
            let text = format!("{word} {what}:");
            self.line(depth, &text);
            self.body(body, depth + 1);
        }
        if let Some(body) = otherwise {
            self.line(depth, "else:");
            self.body(body, depth + 1);
        }
    }

    /// Whether this role does anything in a block.
    fn acts(&self, body: &Body) -> bool {
        concerns(body, self.view)
            || body.steps.iter().any(|step| match &step.act {
                Act::Add { .. } | Act::Tell { .. } => self.role == Role::Server,
                Act::Given { role, .. } => *role == self.role,
                Act::Let(_, expr) => self.can(step.id, expr),
                _ => false,
            })
    }
}
