//! Scripts that play on random states: subjects with random roles, changes in random order, and ways to the end. They are TOML
//! like any other script, and checked like it.

use std::fmt::Write;

use crate::model::Seeded;

/// What a target gives to play with.
#[derive(Debug, Clone)]
pub struct Pieces {
    /// Roles of a full subject, with a scope that each gives.
    pub roles: Vec<(String, String)>,
}

/// A script: name and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// Its name.
    pub name: String,
    /// As a file would have it.
    pub text: String,
}

/// Longer than every bound of a service of the reference system.
const PAST_ALL_BOUNDS: u32 = 61;
/// How a script may end.
const ENDS: [End; 9] = [
    End::Disable,
    End::Delete,
    End::RevokeAccess,
    End::RevokeRefresh,
    End::Replay,
    End::AtOnce,
    End::Outage,
    End::Restart,
    End::Withdraw,
];

#[derive(Clone, Copy)]
enum End {
    Disable,
    Delete,
    RevokeAccess,
    RevokeRefresh,
    Replay,
    AtOnce,
    Outage,
    Restart,
    Withdraw,
}

/// The script of this number. Ends take turns, so that few scripts have all of them; the rest follows from the seed.
#[must_use]
pub fn generated(number: usize, seed: u64, pieces: &Pieces) -> Generated {
    let end = ENDS[number % ENDS.len()];
    let script = Script {
        chance: Seeded::new(seed, &format!("state {number}")),
        steps: String::new(),
        pieces,
        prefix: format!("mm{seed}x{number}"),
        held: "old".to_owned(),
        count: 0,
    };
    let touches = if matches!(end, End::Outage | End::Restart) { "issuer" } else { "subjects" };
    let steps = script.steps(end);
    let text = format!(
        "about = \"A random state, and ways from it.\"\ntouches = \"{touches}\"\n\nstep = [\n{steps}]\n"
    );
    Generated { name: format!("state-{number}"), text }
}

struct Script<'p> {
    chance: Seeded,
    steps: String,
    pieces: &'p Pieces,
    prefix: String,
    /// The label whose refresh tokens were not used yet.
    held: String,
    count: usize,
}

impl Script<'_> {
    fn steps(mut self, end: End) -> String {
        let roles = self.some_roles();
        self.cast(&roles);
        self.first_looks();
        self.shared_role(&roles);
        for _ in 0..1 + self.chance.below(2) {
            let change = self.change(&roles);
            self.there_and_back(&change);
        }
        if self.often(2) {
            self.in_both_orders(&roles);
        }
        self.end(end);
        self.line("do = \"read-decisions\"");
        self.steps
    }

    fn line(&mut self, line: &str) {
        let _ = writeln!(self.steps, "  {{ {line} }},");
    }

    fn often(&mut self, one_of: usize) -> bool {
        self.chance.below(one_of) == 0
    }

    /// One role at least.
    fn some_roles(&mut self) -> Vec<(String, String)> {
        let mut roles = self.pieces.roles.clone();
        self.chance.shuffle(&mut roles);
        let all = self.often(2);
        let keep = if all { roles.len() } else { 1 + self.chance.below(roles.len()) };
        roles.truncate(keep);
        roles
    }

    fn cast(&mut self, roles: &[(String, String)]) {
        let names: Vec<_> = roles.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let names = names.join(", ");
        self.line(&format!("do = \"subject\", name = \"subject\", roles = [{names}]"));
        let others = self.some_roles();
        let others: Vec<_> = others.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        self.line(&format!(
            "do = \"subject\", name = \"bystander\", roles = [{}]",
            others.join(", ")
        ));
        if self.often(2) {
            self.line(&format!("do = \"subject\", name = \"twin\", roles = [{names}]"));
            return;
        }
        // The same rights by roles of other names.
        self.line("do = \"subject\", name = \"twin\", roles = []");
        for (at, (_, scope)) in roles.iter().enumerate() {
            let role = format!("{}r{at}", self.prefix);
            self.line(&format!(
                "do = \"change\", name = \"create role\", with = {{ role = \"{role}\", permission = \"{scope}\" }}"
            ));
            self.line(&format!(
                "do = \"change\", name = \"give role\", of = \"twin\", with = {{ role = \"{role}\" }}"
            ));
        }
    }

    fn first_looks(&mut self) {
        for (of, label) in
            [("subject", "old"), ("subject", "cold"), ("bystander", "bystander"), ("twin", "twin")]
        {
            self.tokens(of, label, "same");
        }
        self.tokens("subject", "narrow", "narrow");
        for (of, label) in [("subject", "old"), ("subject", "narrow"), ("bystander", "bystander")] {
            self.call(of, label, "");
        }
        let exchanged = self.exchange("narrow");
        self.call("subject", &exchanged, "");
        if self.often(2) {
            self.line("do = \"call\", of = \"subject\", label = \"old\", operations = \"entitled\", every-route = true");
        }
        if self.often(3) {
            self.line("do = \"call\", of = \"subject\", label = \"old\", operations = \"entitled\", elsewhere = true");
        }
    }

    /// A role that two subjects have is taken from one of them, and the other one is looked at before and after.
    fn shared_role(&mut self, roles: &[(String, String)]) {
        let Some((_, scope)) = roles.first() else { return };
        let role = format!("{}shared", self.prefix);
        let with = format!("with = {{ role = \"{role}\" }}");
        self.line(&format!(
            "do = \"change\", name = \"create role\", with = {{ role = \"{role}\", permission = \"{scope}\" }}"
        ));
        for holder in ["holder", "colleague"] {
            self.line(&format!("do = \"subject\", name = \"{holder}\", roles = []"));
            self.line(&format!("do = \"change\", name = \"give role\", of = \"{holder}\", {with}"));
        }
        self.tokens("colleague", "colleague", "same");
        self.call("colleague", "colleague", "");
        self.line(&format!("do = \"change\", name = \"remove role\", of = \"holder\", {with}"));
        self.call("colleague", "colleague", "");
        self.tokens("colleague", "colleague later", "same");
        self.line("do = \"undo\", name = \"remove role\"");
    }

    fn tokens(&mut self, of: &str, label: &str, scope: &str) {
        self.line(&format!(
            "do = \"tokens\", of = \"{of}\", label = \"{label}\", scope = \"{scope}\", may-be-refused = true"
        ));
    }

    fn call(&mut self, of: &str, label: &str, more: &str) {
        self.line(&format!(
            "do = \"call\", of = \"{of}\", label = \"{label}\", operations = \"all\"{more}"
        ));
    }

    fn label(&mut self, start: &str) -> String {
        self.count += 1;
        format!("{start}{}", self.count)
    }

    /// A change of the subject that can be undone: name and arguments.
    fn change(&mut self, roles: &[(String, String)]) -> (String, String) {
        let of = |name: &str, with: String| (name.to_owned(), with);
        match self.chance.below(5) {
            0 | 1 => {
                let (role, _) = &roles[self.chance.below(roles.len())];
                of("remove role", format!("role = \"{role}\""))
            }
            2 => of("raise risk", "level = \"medium\"".to_owned()),
            3 => of("raise risk", "level = \"high\"".to_owned()),
            _ => of("change device", "state = \"not-compliant\"".to_owned()),
        }
    }

    fn make(&mut self, (name, with): &(String, String)) {
        self.line(&format!(
            "do = \"change\", name = \"{name}\", of = \"subject\", with = {{ {with} }}"
        ));
    }

    fn fresh(&mut self) -> String {
        let label = self.label("fresh");
        self.tokens("subject", &label, "same");
        self.call("subject", &label, "");
        label
    }

    fn refresh(&mut self) -> String {
        let (from, to) = (self.held.clone(), self.label("refreshed"));
        self.line(&format!(
            "do = \"refresh\", of = \"subject\", label = \"{from}\", to = \"{to}\""
        ));
        self.held.clone_from(&to);
        to
    }

    fn exchange(&mut self, from: &str) -> String {
        let to = self.label("exchanged");
        self.line(&format!(
            "do = \"exchange\", of = \"subject\", label = \"{from}\", to = \"{to}\""
        ));
        to
    }

    fn late(&mut self) {
        self.line(&format!("do = \"wait\", seconds = {PAST_ALL_BOUNDS}"));
    }

    /// A change is made, everything is looked at, and it is undone.
    fn there_and_back(&mut self, change: &(String, String)) {
        self.make(change);
        let fresh = self.fresh();
        self.refresh();
        let exchanged = self.exchange("cold");
        self.exchange(&exchanged);
        if self.often(2) {
            self.line("do = \"watch\", of = \"subject\", hot = \"old\", cold = \"cold\"");
        }
        self.late();
        self.call("subject", "old", "");
        self.call("subject", &fresh, "");
        self.line("do = \"call\", of = \"subject\", label = \"old\", operations = \"lost\", every-route = true, times = 2");
        self.call("bystander", "bystander", "");
        self.line(&format!("do = \"undo\", name = \"{}\"", change.0));
        self.fresh();
        self.refresh();
    }

    /// Two changes in both orders, or one of them twice.
    fn in_both_orders(&mut self, roles: &[(String, String)]) {
        let (role, _) = &roles[self.chance.below(roles.len())];
        let remove = ("remove role".to_owned(), format!("role = \"{role}\""));
        let risk = ("raise risk".to_owned(), "level = \"high\"".to_owned());
        let device = ("change device".to_owned(), "state = \"not-compliant\"".to_owned());
        let (first, second) = match self.chance.below(5) {
            0 => (remove, risk),
            1 => (device, remove),
            2 => (risk, device),
            3 => (remove.clone(), remove),
            _ => (risk.clone(), risk),
        };
        if first == second {
            self.make(&first);
            self.fresh();
            self.make(&second);
            self.fresh();
            self.undo_both();
            return;
        }
        for (one, other) in [(&first, &second), (&second, &first)] {
            self.make(one);
            self.make(other);
            self.fresh();
            self.undo_both();
        }
    }

    fn undo_both(&mut self) {
        self.line("do = \"undo\"");
        self.line("do = \"undo\"");
    }

    fn end(&mut self, end: End) {
        match end {
            End::Disable => {
                self.line("do = \"change\", name = \"disable subject\", of = \"subject\"");
                self.ended();
                self.line("do = \"undo\", name = \"disable subject\"");
                self.again();
            }
            End::Delete => {
                for name in ["delete subject", "recreate subject"] {
                    self.line(&format!(
                        "do = \"change\", name = \"{name}\", of = \"subject\", final-for-subject = true"
                    ));
                    self.ended();
                }
            }
            End::Withdraw => {
                self.line("do = \"change\", name = \"withdraw consent\", of = \"subject\"");
                self.ended();
                self.line("do = \"undo\", name = \"withdraw consent\"");
                self.again();
            }
            End::RevokeAccess | End::RevokeRefresh => {
                let label = if matches!(end, End::RevokeRefresh) {
                    self.held.clone()
                } else {
                    "old".to_owned()
                };
                let refresh = matches!(end, End::RevokeRefresh);
                self.line(&format!(
                    "do = \"revoke\", of = \"subject\", label = \"{label}\", refresh = {refresh}"
                ));
                self.late();
                self.call("subject", &label, "");
                self.line("do = \"wait\", seconds = 5");
                self.call("subject", &label, ", every-route = true");
                self.again();
            }
            End::Replay => {
                let used = self.held.clone();
                self.refresh();
                self.replay(&used);
                self.again();
            }
            End::AtOnce => {
                let used = self.held.clone();
                self.line(&format!(
                    "do = \"refresh\", of = \"subject\", label = \"{used}\", to = \"at once\", parallel = 4"
                ));
            }
            End::Outage => {
                // What is closed before the outage could open in it.
                self.make(&("raise risk".to_owned(), "level = \"high\"".to_owned()));
                self.call("subject", "cold", "");
                self.line("do = \"change\", name = \"stop decision source\"");
                self.call("subject", "cold", "");
                self.line("do = \"undo\", name = \"stop decision source\"");
                self.line("do = \"undo\", name = \"raise risk\"");
            }
            End::Restart => self.restarted(),
        }
    }

    fn restarted(&mut self) {
        let used = self.held.clone();
        self.refresh();
        self.line("do = \"revoke\", of = \"subject\", label = \"cold\"");
        self.line("do = \"change\", name = \"restart issuer\", final-for-subject = true");
        self.late();
        self.call("subject", "cold", "");
        self.replay(&used);
    }

    fn replay(&mut self, used: &str) {
        self.line(&format!(
            "do = \"refresh\", of = \"subject\", label = \"{used}\", to = \"replayed\""
        ));
    }

    /// What is left of a subject that has ended.
    fn ended(&mut self) {
        self.again();
        self.exchange("cold");
        self.tokens("subject", "none", "same");
        self.late();
        self.call("subject", "old", "");
        self.call("bystander", "bystander", "");
    }

    /// Uses the refresh tokens that nobody used yet, and leaves them be.
    fn again(&mut self) {
        let (from, to) = (self.held.clone(), self.label("again"));
        self.line(&format!(
            "do = \"refresh\", of = \"subject\", label = \"{from}\", to = \"{to}\""
        ));
    }
}
