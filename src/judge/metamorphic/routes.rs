//! Ways to the same operation.

use std::collections::BTreeMap;

use super::Instance;
use super::observed::{Called, Observed};
use crate::model::Moment;

/// M-15: every route and replica answers a token alike, once the service had its time.
pub(super) fn agree(seen: &Observed) -> Vec<Instance> {
    type Key<'k> = (&'k str, &'k str, &'k str, Moment);
    let mut groups: BTreeMap<Key, Vec<&Called>> = BTreeMap::new();
    for call in seen.calls.iter().filter(|c| seen.live(c)) {
        let since = seen.stirred(call.op.index);
        // Where nothing was ever changed there is nothing to catch up with.
        if since == Moment::default() || seen.settled(call) {
            let key = (call.token.id.as_str(), call.service, call.operation, since);
            groups.entry(key).or_default().push(call);
        }
    }
    let mut found = Vec::new();
    for ((_, service, operation, _), calls) in groups {
        let other = calls.iter().filter(|c| c.way != calls[0].way);
        found.extend(other.map(|other| {
            let why = || {
                format!(
                    "{operation} at {service} depends on the way: {:?} or {:?}",
                    calls[0].way, other.way
                )
            };
            let evidence = [calls[0].op.index, other.op.index];
            Instance::of(other.allowed == calls[0].allowed, why, &evidence)
        }));
    }
    found
}
