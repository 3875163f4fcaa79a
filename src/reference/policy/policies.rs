//! The text of the Cedar policies. Every policy carries its id, its owner and how to reach the owner.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::rules::{DEVICES, IDENTITY, NETWORKS, Owner, RISK, ROLE_OWNERS};
use crate::reference::faults::{Fault, Faults};
use crate::reference::scopes::Scopes;

/// The policies for these roles and their permissions. Names of roles and permissions are plain words: the admin interface
/// lets nothing else in, so that they need no escaping here.
pub fn text(roles: &BTreeMap<String, Scopes>, faults: &Faults) -> String {
    let mut text = String::new();
    for (role, permissions) in roles {
        for permission in permissions {
            policy(
                &mut text,
                &format!("role-{role}-gives-{permission}"),
                ROLE_OWNERS,
                &format!("the subject has the role {role}"),
                &format!(
                    "permit (principal in Role::\"{role}\", action == Action::\"{permission}\", resource);"
                ),
            );
        }
    }
    policy(
        &mut text,
        "disabled-subjects-get-nothing",
        IDENTITY,
        "the subject is disabled",
        "forbid (principal, action, resource) unless { principal.enabled };",
    );
    policy(
        &mut text,
        "high-risk-changes-nothing",
        RISK,
        "the risk of the subject is high",
        "forbid (principal, action in [Action::\"items:write\", Action::\"items:audit\"], resource)\n  \
         when { principal.risk == \"high\" };",
    );
    policy(
        &mut text,
        "bad-devices-change-nothing",
        DEVICES,
        "the subject's device is not compliant",
        "forbid (principal, action in [Action::\"items:write\", Action::\"items:audit\"], resource)\n  \
         unless { principal.device == \"compliant\" };",
    );
    // the fault: networks are asked about, kept and logged, and no policy looks at them
    if !faults.has(Fault::NetworkDecorative) {
        policy(
            &mut text,
            "untrusted-networks-change-nothing",
            NETWORKS,
            "the subject's network is not trusted",
            "forbid (principal, action in [Action::\"items:write\", Action::\"items:audit\"], resource)\n  \
             unless { principal.network == \"trusted\" };",
        );
    }
    text
}

fn policy(text: &mut String, id: &str, owner: Owner, because: &str, body: &str) {
    // writing to a String cannot fail
    let _ = writeln!(
        text,
        "@id(\"{id}\")\n@owner(\"{}\")\n@contact(\"{}\")\n@because(\"{because}\")\n{body}\n",
        owner.name, owner.contact
    );
}
