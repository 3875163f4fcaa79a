//! Forgetting what nobody can use any more, so that a long run does not grow without end.

use super::Store;
use super::status::REUSED_AFTER_MS;

/// Between two sweeps, milliseconds.
const EVERY_MS: i64 = 60_000;

impl Store {
    /// Forgets tokens and grants that are long over. Cheap most of the time.
    pub fn sweep(&mut self, now_ms: i64) {
        if now_ms - self.swept_ms < EVERY_MS {
            return;
        }
        self.swept_ms = now_ms;
        let over = |exp: i64| now_ms > exp.saturating_mul(1000).saturating_add(REUSED_AFTER_MS);
        let statuses = &mut self.statuses;
        self.access.retain(|jti, token| {
            let keep = !over(token.exp);
            if !keep && let Some(place) = token.status {
                statuses.free(place, jti);
            }
            keep
        });
        let access = &self.access;
        self.handles.retain(|_, jti| access.contains_key(jti));
        self.refresh.retain(|_, token| !over(token.exp));
        self.backchannel.retain(|_, request| !over(request.exp));
        self.assertions.retain(|_, exp| !over(*exp));
        self.grants.retain(|_, grant| {
            grant.access.retain(|jti| access.contains_key(jti));
            !over(grant.expires) || !grant.access.is_empty()
        });
        let grants = &self.grants;
        for subject in self.subjects.values_mut() {
            subject.grants.retain(|id| grants.contains_key(id));
        }
        self.outbox.push(crate::reference::services::Event::Passed { now_s: now_ms / 1000 });
    }
}
