//! Obtaining tokens, and what is done with them at the issuer.

use super::scene::{Origin, Who};
use super::sentence::{
    Keyword::{Given, When},
    Sentence,
};
use super::{Deed, Said, Scene};
use crate::plan::{Another, ScopeChoice, Verb, Via};

pub const SENTENCES: &[Sentence] = &[
    Sentence {
        keyword: Given,
        expression: "{who} hold(s) tokens for every service{as}",
        doc: "A token for each service of the target, through its usual grant. Where one is refused the scenario stops and stays inconclusive.",
        example: "the subject holds tokens for every service",
        needs: &[],
        means: |said, scene| hold(said, scene, &[], 1, ScopeChoice::Same, Via::Usual),
    },
    Sentence {
        keyword: Given,
        expression: "{who} hold(s) tokens for {services}{as}",
        doc: "A token for each of these services. Further services said before a change join the same set.",
        example: r#"both hold tokens for "orders""#,
        needs: &[],
        means: |said, scene| hold(said, scene, &said.names(1)?, 2, ScopeChoice::Same, Via::Usual),
    },
    Sentence {
        keyword: Given,
        expression: "{who} hold(s) the narrowest tokens{as}",
        doc: "A token for each service, asked for with the first scope of the service only.",
        example: r#"the subject holds the narrowest tokens as "narrow""#,
        needs: &[],
        means: |said, scene| hold(said, scene, &[], 1, ScopeChoice::Narrow, Via::Usual),
    },
    Sentence {
        keyword: Given,
        expression: "{who} hold(s) the widest tokens{as}",
        doc: "A token for each service, asked for with every scope that its operations need and its holder may have, by name.",
        example: r#"the subject holds the widest tokens as "wide""#,
        needs: &[],
        means: |said, scene| hold(said, scene, &[], 1, ScopeChoice::Wide, Via::Usual),
    },
    Sentence {
        keyword: Given,
        expression: "{who} hold(s) tokens of another client{as}",
        doc: "A token for each service through the target's `subject.other-grant`, for scenarios that take the usual client away.",
        example: "the bystander holds tokens of another client",
        needs: &["other-client"],
        means: |said, scene| hold(said, scene, &[], 1, ScopeChoice::Same, Via::OtherClient),
    },
    Sentence {
        keyword: Given,
        expression: "{who} hold(s) tokens by way of the upstream issuer{as}",
        doc: "A token for each service through the target's `subject.upstream-grant`: another issuer signs the subject in.",
        example: "the subject holds tokens by way of the upstream issuer",
        needs: &["upstream"],
        means: |said, scene| hold(said, scene, &[], 1, ScopeChoice::Same, Via::Upstream),
    },
    Sentence {
        keyword: Given,
        expression: "{who} hold(s) tokens that are bound to a key{as}",
        doc: "A token for each service that has such tokens (DPoP): by the usual grant where it says `dpop`, else by the target's `subject.bound-grant`.",
        example: "the subject holds tokens that are bound to a key",
        needs: &["dpop"],
        means: |said, scene| hold(said, scene, &[], 1, ScopeChoice::Same, Via::Bound),
    },
    Sentence {
        keyword: Given,
        expression: "{who} hold(s) tokens that are bound to a certificate{as}",
        doc: "A token for each service that takes such tokens (mutual TLS, `mtls-url`): by the usual grant where its client has a certificate, else by the target's `subject.mtls-grant`.",
        example: "the subject holds tokens that are bound to a certificate",
        needs: &["mtls"],
        means: |said, scene| hold(said, scene, &[], 1, ScopeChoice::Same, Via::Certificate),
    },
    Sentence {
        keyword: When,
        expression: "{who} ask(s) for new tokens{as}",
        doc: "A new token for each service; a refusal is an answer like any other.",
        example: "the subject asks for new tokens",
        needs: &[],
        means: |said, scene| ask(said, scene, &[], 1),
    },
    Sentence {
        keyword: When,
        expression: "{who} ask(s) for new tokens for {services}{as}",
        doc: "A new token for each of these services; a refusal is an answer like any other.",
        example: r#"the subject asks for new tokens for "orders""#,
        needs: &[],
        means: |said, scene| ask(said, scene, &said.names(1)?, 2),
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are refreshed{as}",
        doc: "The refresh tokens that came with them are used once; what comes back is the holder's latest set.",
        example: "the subject's token is refreshed",
        needs: &["refresh"],
        means: |said, scene| refresh(said, scene, 1, ScopeChoice::Same, None),
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are refreshed for every scope{as}",
        doc: "A refresh that asks by name for everything that the services know.",
        example: r#"the tokens "narrow" are refreshed for every scope as "widened""#,
        needs: &["refresh"],
        means: |said, scene| refresh(said, scene, 1, ScopeChoice::Wide, None),
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are refreshed {int} times at once{as}",
        doc: "The same refresh token is used several times at the same moment.",
        example: "the subject's token is refreshed 8 times at once",
        needs: &["refresh"],
        means: |said, scene| refresh(said, scene, 2, ScopeChoice::Same, Some(said.count(1)?)),
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are refreshed by another client{as}",
        doc: "The refresh tokens are used by the client of `subject.other-grant`, which they were not given to.",
        example: "the subject's token is refreshed by another client",
        needs: &["refresh", "other-client"],
        means: |said, scene| {
            let (of, label, to) = derived(said, scene)?;
            Ok(Deed::Perform(vec![Verb::RefreshByAnother { of, label, to, by: Another::Client }]))
        },
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are refreshed without their key{as}",
        doc: "The refresh tokens of a public client, which are bound to a key (DPoP), are used without a proof and with one by another key.",
        example: "the subject's token is refreshed without their key",
        needs: &["refresh", "dpop", "bound-refresh"],
        means: |said, scene| {
            let (of, label, to) = derived(said, scene)?;
            Ok(Deed::Perform(vec![Verb::RefreshByAnother { of, label, to, by: Another::Key }]))
        },
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are refreshed without their client's credential{as}",
        doc: "The refresh tokens are used in the name of the client that they were given to, without its secret or assertion and with a wrong one.",
        example: "the subject's token is refreshed without their client's credential",
        needs: &["refresh", "client-authentication"],
        means: |said, scene| {
            let (of, label, to) = derived(said, scene)?;
            let by = Another::Credential;
            Ok(Deed::Perform(vec![Verb::RefreshByAnother { of, label, to, by }]))
        },
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are refreshed {int} times until their declared end{as}",
        doc: "The refresh tokens are used again and again until `bounds.refresh-end`, and once more after it.",
        example: "the subject's token is refreshed 24 times until their declared end",
        needs: &["refresh", "refresh-end"],
        means: |said, scene| {
            let times = said.count(1)?;
            let held = scene.tokens(said.raw(0)?)?.clone();
            let to = scene.obtain(held.who, Origin::Refresh, said.label(2)?)?;
            let of = held.who.name().to_owned();
            let label = held.label;
            Ok(Deed::Perform(vec![Verb::RefreshUntilEnd { of, label, to, times }]))
        },
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are exchanged{as}",
        doc: "Token exchange (RFC 8693): each token for one at the next service.",
        example: "the subject's token is exchanged",
        needs: &["exchange"],
        means: |said, scene| exchange(said, scene, ScopeChoice::Same),
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are exchanged for every scope{as}",
        doc: "Token exchange that asks by name for everything that the next service knows.",
        example: r#"the tokens "narrow" are exchanged for every scope as "widened""#,
        needs: &["exchange"],
        means: |said, scene| exchange(said, scene, ScopeChoice::Wide),
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are introspected",
        doc: "The issuer is asked what it says about them (RFC 7662).",
        example: "the earlier token is introspected",
        needs: &["introspection"],
        means: |said, scene| {
            let held = scene.tokens(said.raw(0)?)?;
            let (of, label) = (held.who.name().to_owned(), held.label.clone());
            Ok(Deed::Perform(vec![Verb::Introspect {
                of,
                label,
                refresh: false,
                wrong_hint: false,
                unproven: false,
            }]))
        },
    },
    Sentence {
        keyword: When,
        expression: "{token} is/are revoked",
        doc: "The access tokens are revoked at the issuer (RFC 7009). What everybody may do is called once just before, as control.",
        example: "the subject's token is revoked",
        needs: &["revocation"],
        means: |said, scene| revoke(said, scene, false),
    },
    Sentence {
        keyword: When,
        expression: "the refresh token(s) that came with {token} is/are revoked",
        doc: "The refresh tokens are revoked at the issuer, which takes their access tokens along. What everybody may do is called once just before, as control.",
        example: "the refresh token that came with the subject's token is revoked",
        needs: &["revocation", "refresh"],
        means: |said, scene| revoke(said, scene, true),
    },
    Sentence {
        keyword: When,
        expression: "{token} has/have expired",
        doc: "Waits until they have expired by more than the accepted skew. Where the target's clock can be moved, this costs no time.",
        example: "the subject's token has expired",
        needs: &[],
        means: |said, scene| {
            let held = scene.tokens(said.raw(0)?)?;
            let (of, label) = (held.who.name().to_owned(), held.label.clone());
            Ok(Deed::Perform(vec![Verb::AwaitExpiry { of, label }]))
        },
    },
];

fn hold(
    said: &Said,
    scene: &mut Scene,
    services: &[String],
    label_at: usize,
    scope: ScopeChoice,
    via: Via,
) -> Result<Deed, String> {
    let plain = scope == ScopeChoice::Same && via == Via::Usual;
    let given = said.label(label_at)?;
    let mut verbs = Vec::new();
    for &who in said.who(0)? {
        let label = match (&given, scene.open_set(who)) {
            (None, Some(open)) if plain && !services.is_empty() => open,
            (None, _) => scene.obtain(who, Origin::Login, None)?,
            (Some(label), _) => {
                let label = owned_label(said, who, label)?;
                scene.obtain(who, Origin::Login, Some(label))?
            }
        };
        verbs.extend(tokens(who, &label, services, scope, via, false));
    }
    Ok(Deed::Perform(verbs))
}

fn ask(
    said: &Said,
    scene: &mut Scene,
    services: &[String],
    label_at: usize,
) -> Result<Deed, String> {
    let given = said.label(label_at)?;
    let mut verbs = Vec::new();
    for &who in said.who(0)? {
        let label = given.as_ref().map(|l| owned_label(said, who, l)).transpose()?;
        let label = scene.obtain(who, Origin::Login, label)?;
        scene.look(asked(who));
        verbs.extend(tokens(who, &label, services, ScopeChoice::Same, Via::Usual, true));
    }
    Ok(Deed::Perform(verbs))
}

/// The word under which a scene remembers that somebody asked for new tokens after the latest change.
pub fn asked(who: Who) -> &'static str {
    match who {
        Who::Subject => "new tokens of the subject",
        Who::Bystander => "new tokens of the bystander",
    }
}

/// The word under which a scene remembers that somebody's tokens were refreshed after the latest change.
pub fn refreshed(who: Who) -> &'static str {
    match who {
        Who::Subject => "refresh of the subject",
        Who::Bystander => "refresh of the bystander",
    }
}

/// `both ... as "x"` would name two sets alike.
fn owned_label(said: &Said, _who: Who, label: &str) -> Result<String, String> {
    if said.who(0)?.len() > 1 {
        return Err(format!(
            "\"{label}\" would name tokens of two subjects; say one step for each"
        ));
    }
    Ok(label.to_owned())
}

/// The verbs that obtain a set.
pub fn tokens(
    who: Who,
    label: &str,
    services: &[String],
    scope: ScopeChoice,
    via: Via,
    may_be_refused: bool,
) -> Vec<Verb> {
    let one = |service: Option<String>| Verb::Tokens {
        class: None,
        apart: None,
        of: who.name().to_owned(),
        label: label.to_owned(),
        scope,
        service,
        via,
        may_be_refused,
    };
    if services.is_empty() {
        vec![one(None)]
    } else {
        services.iter().map(|s| one(Some(s.clone()))).collect()
    }
}

fn refresh(
    said: &Said,
    scene: &mut Scene,
    label_at: usize,
    scope: ScopeChoice,
    parallel: Option<u32>,
) -> Result<Deed, String> {
    let held = scene.tokens(said.raw(0)?)?.clone();
    let to = scene.obtain(held.who, Origin::Refresh, said.label(label_at)?)?;
    scene.look(refreshed(held.who));
    let of = held.who.name().to_owned();
    Ok(Deed::Perform(vec![Verb::Refresh {
        of,
        label: held.label,
        to,
        scope,
        parallel,
        service: None,
        elsewhere: false,
    }]))
}

fn derived(said: &Said, scene: &mut Scene) -> Result<(String, String, String), String> {
    let held = scene.tokens(said.raw(0)?)?.clone();
    let to = scene.obtain(held.who, Origin::Refresh, said.label(1)?)?;
    Ok((held.who.name().to_owned(), held.label, to))
}

fn exchange(said: &Said, scene: &mut Scene, scope: ScopeChoice) -> Result<Deed, String> {
    let held = scene.tokens(said.raw(0)?)?.clone();
    let to = scene.obtain(held.who, Origin::Exchange, said.label(1)?)?;
    let of = held.who.name().to_owned();
    let label = held.label;
    Ok(Deed::Perform(vec![Verb::Exchange { of, label, to, scope, where_possible: false }]))
}

fn revoke(said: &Said, scene: &mut Scene, refresh: bool) -> Result<Deed, String> {
    let held = scene.tokens(said.raw(0)?)?.clone();
    let of = held.who.name().to_owned();
    Ok(Deed::Perform(scene.change(Verb::Revoke {
        of,
        label: held.label,
        refresh,
        exchanged: false,
        wrong_hint: false,
    })))
}
