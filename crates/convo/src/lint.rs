//! What is wrong with a convo before it runs, beside what parsing, resolving and projection find.

use crate::Transport;
use crate::code::Slot;
use crate::finding::{Findings, Span};
use crate::knowledge::{Knowledge, View};
use crate::model::{
    Act, Body, Expression, Fits, FreeOn, Freely, Hears, Hole, Message, Model, Over, Piece, Say, Source,
};
use crate::pattern::algebra;
use crate::project::read_by_type;
use crate::syntax::tree::{Framing, Header, Type};

/// Checks every step of a convo.
pub(crate) fn check(model: &Model, known: &Knowledge, header: &Header, findings: &mut Findings<'_>) {
    let streams =
        header.listens.is_empty() || header.listens.iter().any(|listen| listen.transport == Transport::Tcp);
    let mut lint = Lint { model, known, findings, streams, last_chunk: None };
    if let Some(limit) = &header.limit
        && limit.busy.is_empty()
    {
        let span = Span { line: 1, start: 0, end: 1 };
        lint.findings.error(
            span,
            "the busy message is empty",
            "a client has to hear something: busy \"Server Is Busy\"",
        );
    }
    lint.body(&model.body);
}

struct Lint<'l, 'f> {
    model: &'l Model,
    known: &'l Knowledge,
    findings: &'l mut Findings<'f>,
    /// The convo runs over streams too, which keep no writes apart.
    streams: bool,
    /// The role that said the last message under `chunk`, if its end cannot be seen.
    last_chunk: Option<(crate::Role, bool)>,
}

impl Lint<'_, '_> {
    fn body(&mut self, body: &Body) {
        for step in &body.steps {
            self.act(step.id, step.span, &step.act);
        }
    }

    fn act(&mut self, id: usize, span: Span, act: &Act) {
        match act {
            Act::Say(say) => {
                if !say.typed {
                    self.fillable(say);
                }
                self.message(say);
            }
            Act::Show(role, message) => {
                for hole in message.holes() {
                    self.computable(id, View::from(*role), &hole.expr, "show");
                }
            }
            Act::Given { role, source: Source::Expr(expr), .. } => {
                self.computable(id, View::from(*role), expr, "use");
            }
            Act::Given { .. } => {}
            Act::Let(_, expr) => self.somebody(id, expr),
            Act::If { arms, otherwise } => {
                let last = self.last_chunk;
                for (condition, body) in arms {
                    self.somebody(id, condition);
                    self.last_chunk = last;
                    self.body(body);
                }
                self.last_chunk = last;
                otherwise.iter().for_each(|body| self.body(body));
            }
            Act::On(on) => {
                let last = self.last_chunk;
                for (say, body) in &on.rows {
                    self.verifies(say);
                    self.last_chunk = last;
                    self.message(say);
                    self.body(body);
                }
                if on.otherwise.is_some() && on.framing == Framing::Exact && !on.secured {
                    let hint = "say what else can come, with its fixed length";
                    self.findings.error(
                        span,
                        "under `framing exact` nobody sees where any other message ends",
                        hint,
                    );
                }
                on.otherwise.iter().chain(&on.leaves).for_each(|body| self.body(body));
            }
            Act::Loop(body) => self.body(body),
            Act::For(each) => {
                match &each.over {
                    Over::Range(_, first, last) => {
                        self.somebody(id, first);
                        self.somebody(id, last);
                    }
                    Over::List(_, expr) => self.somebody(id, expr),
                    Over::Kept(_, _, Some(from)) => self.computable(id, View::Server, from, "begin with"),
                    Over::Kept(..) => {}
                }
                self.body(&each.body);
            }
            Act::Add { value, key, .. } => {
                for expr in std::iter::once(value).chain(key) {
                    self.computable(id, View::Server, expr, "keep");
                }
            }
            Act::Tell(room, message) => {
                self.computable(id, View::Server, &room.name, "use");
                for hole in message.holes() {
                    self.computable(id, View::Server, &hole.expr, "tell");
                }
            }
            Act::Freely(freely) => self.freely(id, freely),
            Act::Break | Act::End | Act::Stop | Act::Framing(_) | Act::Secure => {}
        }
    }

    fn freely(&mut self, id: usize, freely: &Freely) {
        for row in &freely.rows {
            self.last_chunk = None;
            match &row.on {
                FreeOn::Says(say) => {
                    self.verifies(say);
                    self.message(say);
                }
                FreeOn::Hears(hears) => {
                    let Hears { room, name, .. } = &**hears;
                    for expr in std::iter::once(&room.name).chain(name) {
                        self.computable(id, View::Server, expr, "use");
                    }
                }
                FreeOn::Leaves(_) | FreeOn::Otherwise(_) => {}
            }
            self.body(&row.body);
        }
    }

    /// The role that acts must know what it takes.
    fn computable(&mut self, id: usize, view: View, expr: &Expression, verb: &str) {
        let who = if view == View::Client { "the client" } else { "the server" };
        if expr.kept() && view != View::Server {
            let hint = "let the server send it, or show it at the server: S> …";
            self.findings.error(expr.span, format!("{who} cannot {verb} what the server keeps"), hint);
        }
        let unknown: Vec<Slot> =
            expr.needs.iter().filter(|slot| !self.known.at(id, view).has(**slot)).copied().collect();
        for slot in unknown {
            let name = &self.model.names[slot];
            self.findings.error(
                expr.span,
                format!("{who} does not know `{name}` here"),
                format!("{who} knows what it was given, what it heard and what it computed from that"),
            );
        }
    }

    fn somebody(&mut self, id: usize, expr: &Expression) {
        let knows = |view: &View| self.known.can(id, *view, expr);
        if !expr.own && ![View::Client, View::Server].iter().any(knows) {
            self.findings.error(
                expr.span,
                "neither role can compute this here",
                "send what is missing to the role that needs it first",
            );
        }
    }

    /// A hole that its sender cannot fill.
    fn fillable(&mut self, say: &Say) {
        for hole in say.message.holes() {
            self.computable(say.id, View::from(say.role), &hole.expr, "send");
            if let Fits::Sized { needs, .. } = &hole.fits {
                self.size_known(say, hole, needs);
            }
        }
    }

    fn size_known(&mut self, say: &Say, hole: &Hole, needs: &[Slot]) {
        if !self.known.has(say.id, View::from(say.role), needs) {
            let hint = "give the size a name that the sender knows: let n = size(data)";
            self.findings.error(hole.span, "the sender does not know the size of this hole", hint);
        }
    }

    /// A bare name in `on` that is known already: it verifies, it does not catch.
    fn verifies(&mut self, say: &Say) {
        let receiver = View::from(say.role.other());
        for hole in say.message.holes() {
            let Some(slot) = hole.name.filter(|_| !hole.declares) else { continue };
            if self.known.at(say.id, receiver).has(slot) {
                let name = &self.model.names[slot];
                self.findings.warn(
                    hole.span,
                    format!("`{name}` is known here: this alternative fits only if it is said again"),
                    "choose another name if it is to be learned here",
                );
            }
        }
    }

    fn message(&mut self, say: &Say) {
        let Message::Pieces(pieces) = &say.message else { return };
        if !say.secured {
            match say.framing {
                Framing::Line | Framing::LineCrlf => self.no_newline(say, pieces),
                Framing::Exact => self.exact(pieces),
                Framing::Counted => self.counted(say, pieces),
                _ => {}
            }
            self.chunk(say);
        }
        self.neighbours(pieces);
        self.sizes(say, pieces);
    }

    fn no_newline(&mut self, say: &Say, pieces: &[Piece]) {
        let ends = |bytes: &Vec<u8>, last: bool| bytes.contains(&b'\n') || (last && bytes.ends_with(b"\r"));
        let last = pieces.len().saturating_sub(1);
        let newline = pieces.iter().enumerate().any(|(index, piece)| match piece {
            Piece::Literal(bytes) => ends(bytes, index == last),
            Piece::Hole(_) => false,
        });
        if newline {
            let hint = "say two messages, or use another framing";
            self.findings.error(say.span, "under `framing line` a newline ends the message", hint);
        }
    }

    fn exact(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            let Piece::Hole(hole) = piece else { continue };
            if !matches!(hole.fits, Fits::Fixed(_) | Fits::Sized { .. }) {
                self.findings.error(
                    hole.span,
                    "under `framing exact` nobody sees where this hole ends",
                    "give it a size: {name: text n}, {n: u16}",
                );
            }
        }
    }

    /// A count counts characters: there are none in bytes.
    fn counted(&mut self, say: &Say, pieces: &[Piece]) {
        for piece in pieces {
            let (span, text) = match piece {
                Piece::Literal(bytes) => (say.span, std::str::from_utf8(bytes).is_ok()),
                Piece::Hole(hole) => {
                    let bytes = matches!(hole.fits, Fits::Bytes | Fits::Fixed(_) | Fits::Sized { text: false, .. });
                    (hole.span, !bytes)
                }
            };
            if !text {
                let hint = "say text, or use framing length u16 or u32";
                self.findings.error(span, "under `framing counted` a message is text, this may be none", hint);
            }
        }
    }

    /// Two holes side by side whose border nobody sees.
    fn neighbours(&mut self, pieces: &[Piece]) {
        for pair in pieces.windows(2) {
            let [Piece::Hole(first), Piece::Hole(second)] = pair else { continue };
            let open = |fits: &Fits| matches!(fits, Fits::Text | Fits::Bytes | Fits::Word | Fits::Int);
            let hint = "put a word or a sign between them";
            if matches!(first.fits, Fits::Text | Fits::Bytes) && open(&second.fits) {
                self.findings.error(second.span, "nobody sees where the hole before this one ends", hint);
            } else if open(&first.fits) && open(&second.fits) {
                self.findings.warn(
                    second.span,
                    "it is hard to see where the hole before this one ends",
                    hint,
                );
            }
        }
    }

    /// Where a hole of a size begins must be plain, and its size known by then.
    fn sizes(&mut self, say: &Say, pieces: &[Piece]) {
        let sized =
            |piece: &Piece| matches!(piece, Piece::Hole(hole) if matches!(hole.fits, Fits::Sized { .. }));
        if !pieces.iter().any(sized) {
            return;
        }
        let receiver = View::from(say.role.other());
        let mut learned: Vec<Slot> = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            let Piece::Hole(hole) = piece else { continue };
            if let Fits::Sized { needs, .. } = &hole.fits {
                let known =
                    |slot: &Slot| learned.contains(slot) || self.known.at(say.id, receiver).has(*slot);
                if !needs.iter().all(known) {
                    let hint = "send the size before it, in this message or an earlier one";
                    self.findings.error(
                        hole.span,
                        "the receiver does not know the size of this hole by then",
                        hint,
                    );
                }
            } else if matches!(hole.fits, Fits::Text | Fits::Bytes) && index + 1 < pieces.len() {
                let hint = "put it last, or give it a size too";
                self.findings.error(
                    hole.span,
                    "beside a hole of a size, nobody sees where this hole ends",
                    hint,
                );
            }
            learned.extend(hole.name.filter(|_| hole.expr.ty == Type::Int));
        }
    }

    /// Where correctness hangs on TCP keeping writes apart, which it does not.
    fn chunk(&mut self, say: &Say) {
        if !self.streams {
            return;
        }
        let apart = match say.framing {
            Framing::Chunk => {
                algebra::open_ended(&self.model.effort, &read_by_type(self.model, self.known, say))
            }
            Framing::Counted => true,
            _ => {
                self.last_chunk = None;
                return;
            }
        };
        let twice = matches!(self.last_chunk, Some((role, true)) if role == say.role);
        self.last_chunk = Some((say.role, apart));
        let hint = "sound forms are framing line, length u16 and json";
        if say.framing == Framing::Counted {
            let message =
                "the count's end is seen only where TCP keeps two writes apart, or by the text after it";
            self.findings.warn(say.span, message, hint);
        } else if twice {
            let message = "two messages in a row: TCP may deliver both in one read, and the first has no end";
            self.findings.warn(say.span, message, hint);
        } else if apart {
            let message =
                "this message ends where one read ends: TCP may cut it in two or add the next to it";
            self.findings.warn(say.span, message, hint);
        }
    }
}
