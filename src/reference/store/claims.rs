//! What tokens that are out would claim if they were issued now: a change of it is told to whoever listens.

use std::collections::BTreeMap;

use super::{Entitlements, Look, Standing, Store};
use crate::reference::scopes::Scopes;
use crate::reference::services::OPAQUE_AUDIENCES;
use crate::reference::ssf::News;

/// By `jti` of the token.
pub(super) type Claimed = BTreeMap<String, Scopes>;

impl Store {
    /// What each live token of a subject is worth now. Opaque tokens claim nothing.
    pub(super) fn claimed(&self, name: &str) -> Claimed {
        let ids = self.subjects.get(name).map_or(&[] as &[_], |s| s.grants.as_slice());
        let tokens = ids.iter().filter_map(|id| self.grants.get(id)).flat_map(|g| &g.access);
        let mut known = Entitlements::default();
        let mut all = Claimed::new();
        for token in tokens.filter_map(|jti| self.access.get(jti)) {
            if OPAQUE_AUDIENCES.contains(&token.audience.as_str()) || token.ended.is_some() {
                continue;
            }
            // not narrowed by time: what has expired changes nothing for anybody
            let worth = self.standing_with(token, 0, Look::Full, Some(&mut known));
            if let Standing::Live(scopes) = worth {
                all.insert(token.jti.clone(), scopes);
            }
        }
        all
    }

    /// Tells of each token that would claim something else than before.
    pub(super) fn tell_claims(&mut self, name: &str, before: Claimed) {
        let Some(sub) = self.subjects.get(name).map(|subject| subject.sub.clone()) else { return };
        let now = self.claimed(name);
        for (jti, from) in before {
            if let Some(to) = now.get(&jti).filter(|to| **to != from) {
                self.news.push(News::Claims { sub: sub.clone(), jti, from, to: to.clone() });
            }
        }
    }
}
