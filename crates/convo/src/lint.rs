//! What is wrong with a convo before it runs, beside what parsing, resolving and projection find.

use crate::code::Slot;
use crate::finding::{Findings, Span};
use crate::knowledge::{Knowledge, View};
use crate::model::{
    Act, Body, Expression, Fits, FreeOn, Freely, Hears, Hole, Message, Model, Over, Piece, Say, Source,
};
use crate::pattern::algebra;
use crate::project::read_by_type;
use crate::syntax::tree::{Framing, Header, Type};
use crate::{Role, Transport};

/// Checks every step of a convo.
pub(crate) fn check(model: &Model, known: &Knowledge, header: &Header, findings: &mut Findings<'_>) {
    let streams =
        header.listens.is_empty() || header.listens.iter().any(|listen| listen.transport == Transport::Tcp);
    let datagrams = header.listens.iter().any(|listen| listen.transport == Transport::Udp);
    let mut lint = Lint { model, known, findings, streams, datagrams, before: Vec::new() };
    if model.whole && model.steps == 0 && !lint.findings.has_errors() {
        let span = Span { line: 1, start: 0, end: 1 };
        let hint = "write what the client and the server say: C: hello";
        lint.findings.error(span, "nothing is said in this convo", hint);
    }
    lint.body(&model.body);
}

struct Lint<'l, 'f> {
    model: &'l Model,
    known: &'l Knowledge,
    findings: &'l mut Findings<'f>,
    /// The convo runs over streams too, which keep no writes apart.
    streams: bool,
    /// The convo runs over datagrams too.
    datagrams: bool,
    /// Who may have said the message before this place, where TCP has to keep the two apart.
    before: Vec<Role>,
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
                let before = self.before.clone();
                let mut after = if otherwise.is_none() { before.clone() } else { Vec::new() };
                for (condition, body) in arms {
                    self.somebody(id, condition);
                    self.branch(body, &before, &mut after);
                }
                otherwise.iter().for_each(|body| self.branch(body, &before, &mut after));
                self.before = after;
            }
            Act::On(on) => {
                let before = self.before.clone();
                let mut after = Vec::new();
                for (say, body) in &on.rows {
                    self.verifies(say);
                    self.before.clone_from(&before);
                    self.message(say);
                    let said = self.before.clone();
                    self.branch(body, &said, &mut after);
                }
                if on.otherwise.is_some() && on.framing == Framing::Exact && !on.secured {
                    let hint = "say what else can come, with its fixed length";
                    self.findings.error(
                        span,
                        "under `framing exact` nobody sees where any other message ends",
                        hint,
                    );
                }
                let said = vec![on.role];
                on.otherwise.iter().for_each(|body| self.branch(body, &said, &mut after));
                on.leaves.iter().for_each(|body| self.body(body));
                self.before = after;
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
            Act::Tell { room, message, .. } => {
                self.computable(id, View::Server, &room.name, "use");
                for hole in message.holes() {
                    self.computable(id, View::Server, &hole.expr, "tell");
                }
            }
            Act::Freely(freely) => self.freely(id, freely),
            Act::Secure if self.datagrams => {
                let hint = "remove `listen udp`: keys and blocks need a stream";
                self.findings.error(span, "`secure` does not go over UDP", hint);
            }
            Act::Break | Act::End | Act::Stop | Act::Framing(_) | Act::Secure => {}
        }
    }

    /// One of several ways: what comes before it is the same for all, what comes after is after any of them.
    fn branch(&mut self, body: &Body, before: &[Role], after: &mut Vec<Role>) {
        self.before = before.to_vec();
        self.body(body);
        if body.exits(false).falls {
            after
                .extend(self.before.iter().copied().filter(|role| !after.contains(role)).collect::<Vec<_>>());
        }
    }

    fn freely(&mut self, id: usize, freely: &Freely) {
        for row in &freely.rows {
            self.before.clear();
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
        let doubted = |slot: Slot| self.findings.doubts(&self.model.names[slot]);
        let unknown = expr.needs.iter().copied().filter(|slot| !self.known.at(id, view).has(*slot));
        let unknown: Vec<Slot> = unknown.filter(|slot| !doubted(*slot)).collect();
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
        let doubted = expr.needs.iter().any(|slot| self.findings.doubts(&self.model.names[*slot]));
        if !expr.own && !doubted && ![View::Client, View::Server].iter().any(knows) {
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
                    let bytes =
                        matches!(hole.fits, Fits::Bytes | Fits::Fixed(_) | Fits::Sized { text: false, .. });
                    (hole.span, !bytes)
                }
            };
            if !text {
                let hint = "say text, or use framing length u16 or u32";
                self.findings.error(
                    span,
                    "under `framing counted` a message is text, this may be none",
                    hint,
                );
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
                self.before.clear();
                return;
            }
        };
        let twice = std::mem::replace(&mut self.before, vec![say.role]).contains(&say.role);
        let hint = "sound forms are framing line, length u16 and json";
        if twice {
            let message = "two messages in a row: TCP may deliver both in one read";
            self.findings.warn(say.span, message, hint);
        }
        if say.framing == Framing::Counted {
            let message =
                "the count's end is seen only where TCP keeps two writes apart, or by the text after it";
            self.findings.warn(say.span, message, hint);
        } else if apart && !twice {
            let message =
                "this message ends where one read ends: TCP may cut it in two or add the next to it";
            self.findings.warn(say.span, message, hint);
        }
    }
}
