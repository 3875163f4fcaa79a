//! Where tokens come from: a sign-in, and what was refreshed and exchanged since.

use std::collections::BTreeSet;

use super::{Issued, Timeline};
use crate::history::Action;
use crate::model::{TokenKind, TokenSeen};

impl<'a> Timeline<'a> {
    /// A token, what it came from, and so on to the token of a sign-in, as far as the record tells. What was refreshed came from the
    /// access token that the refresh token came with first.
    pub fn line(&self, token: &str) -> impl Iterator<Item = &Issued<'a>> {
        // A record may be wrong about who came from whom: never more steps than there are tokens.
        std::iter::successors(self.issued(token), |issued| self.before(issued))
            .take(self.tokens.len())
    }

    /// The access token that began the grant of a refresh token: the first of its line. `None` where none came with it.
    #[must_use]
    pub fn grant_of(&self, refresh: &str) -> Option<&Issued<'a>> {
        let line = std::iter::successors(self.first_with(refresh), |issued| {
            self.first_with(refreshed(issued)?).filter(|before| before.token.id != issued.token.id)
        });
        line.take(self.tokens.len()).last()
    }

    /// True where a token, or one that it came from by a refresh or an exchange, was given by one of these grants.
    #[must_use]
    pub fn given_by(&self, token: &str, grants: &[String]) -> bool {
        let by = |issued: &Issued| matches!(&issued.op.action, Action::Issue { grant, .. } if grants.contains(grant));
        !grants.is_empty() && self.line(token).any(by)
    }

    /// What dies with a revoked refresh token: every token of its grant, that is what came with it, what it was
    /// refreshed from and what was refreshed from that (RFC 7009 section 2.1). An access token drags nothing along.
    #[must_use]
    pub fn dragged_along(&self, token: &str) -> BTreeSet<&'a str> {
        match self.issued(token).map(|issued| issued.token.kind) {
            Some(TokenKind::Refresh) => self.family(token),
            _ => BTreeSet::new(),
        }
    }

    /// The tokens of one grant: those that came together or by refreshing one another. Not what was exchanged.
    #[must_use]
    pub fn family(&self, token: &str) -> BTreeSet<&'a str> {
        let mut family = BTreeSet::new();
        let mut fresh: Vec<&'a str> =
            self.tokens.get_key_value(token).map(|(id, _)| *id).into_iter().collect();
        while let Some(id) = fresh.pop() {
            if !family.insert(id) {
                continue;
            }
            for (other, issued) in &self.tokens {
                let linked = |a: &TokenSeen, b: &str| {
                    a.refresh.as_deref() == Some(b)
                        || (!self.is_exchanged(a) && a.from.as_deref() == Some(b))
                };
                let this = self.tokens[id].token;
                if linked(issued.token, id) || linked(this, other) {
                    fresh.push(other);
                }
            }
        }
        family
    }

    /// The token that this one came from.
    fn before(&self, issued: &Issued<'a>) -> Option<&Issued<'a>> {
        let before = match &issued.op.action {
            Action::Exchange { token, .. } | Action::Issue { token: Some(token), .. } => {
                self.issued(token)
            }
            _ => {
                let shown = refreshed(issued)?;
                self.first_with(shown).or_else(|| self.issued(shown))
            }
        };
        before.filter(|before| before.token.id != issued.token.id)
    }

    /// The first access token that a refresh token came with.
    fn first_with(&self, refresh: &str) -> Option<&Issued<'a>> {
        let came_with = self.tokens.values().filter(|issued| {
            issued.token.kind == TokenKind::Access
                && issued.token.refresh.as_deref() == Some(refresh)
        });
        came_with.min_by_key(|issued| issued.op.index)
    }

    fn is_exchanged(&self, token: &TokenSeen) -> bool {
        self.issued(&token.id).is_some_and(|issued| {
            matches!(
                issued.op.action,
                Action::Exchange { .. } | Action::Issue { token: Some(_), .. }
            )
        })
    }
}

/// The refresh token that a token was refreshed with.
fn refreshed<'a>(issued: &Issued<'a>) -> Option<&'a str> {
    match &issued.op.action {
        Action::Refresh { token, .. } | Action::RefreshByAnother { token, .. } => Some(token),
        _ => None,
    }
}
