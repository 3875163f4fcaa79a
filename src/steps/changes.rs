//! Changes of the world, and scripts of them. Each names the recipe's change that it makes, so that a plan can list it.

use std::collections::BTreeMap;

use super::scene::Who;
use super::sentence::{
    Keyword::{Given, When},
    Sentence,
};
use super::{Deed, Said, Scene};
use crate::plan::Verb;

pub const SENTENCES: &[Sentence] = &[
    Sentence {
        keyword: Given,
        expression: "the scenario {script} has happened",
        doc: "A scenario script (`scenarios/*.toml`) is carried out, once for the whole run; what must hold after it is judged over its history.",
        example: r#"the scenario "role-removal" has happened"#,
        needs: &[],
        means: |said, scene| {
            scene.happened(said.word(0)?);
            Ok(Deed::Script(said.word(0)?.to_owned()))
        },
    },
    Sentence {
        keyword: When,
        expression: "the role {role} is removed from {one}",
        doc: "Change `remove role`. What everybody may do is called once just before, as control; so it is for every change.",
        example: r#"the role "writer" is removed from the subject"#,
        needs: &["change:remove role"],
        means: |said, scene| {
            let with = [("role", said.word(0)?)];
            change(scene, "remove role", Some(said.one(1)?), &with, false)
        },
    },
    Sentence {
        keyword: When,
        expression: "the role {string} is given to {one}",
        doc: "Change `give role`.",
        example: r#"the role "auditor" is given to the subject"#,
        needs: &["change:give role"],
        means: |said, scene| {
            let with = [("role", said.word(0)?)];
            change(scene, "give role", Some(said.one(1)?), &with, false)
        },
    },
    Sentence {
        keyword: When,
        expression: "the risk of {one} rises to {string}",
        doc: "Change `raise risk`.",
        example: r#"the risk of the subject rises to "high""#,
        needs: &["change:raise risk"],
        means: |said, scene| {
            let with = [("level", said.word(1)?)];
            change(scene, "raise risk", Some(said.one(0)?), &with, false)
        },
    },
    Sentence {
        keyword: When,
        expression: "the device of {one} becomes {string}",
        doc: "Change `change device`.",
        example: r#"the device of the subject becomes "not-compliant""#,
        needs: &["change:change device"],
        means: |said, scene| {
            let with = [("state", said.word(1)?)];
            change(scene, "change device", Some(said.one(0)?), &with, false)
        },
    },
    Sentence {
        keyword: When,
        expression: "{one} is disabled",
        doc: "Change `disable subject`.",
        example: "the subject is disabled",
        needs: &["change:disable subject"],
        means: |said, scene| change(scene, "disable subject", Some(said.one(0)?), &[], false),
    },
    Sentence {
        keyword: When,
        expression: "{one} is deleted",
        doc: "Change `delete subject`. It is not undone: the subject was made for this scenario.",
        example: "the subject is deleted",
        needs: &["change:delete subject"],
        means: |said, scene| change(scene, "delete subject", Some(said.one(0)?), &[], true),
    },
    Sentence {
        keyword: When,
        expression: "all sessions of {one} end",
        doc: "Change `end sessions`: a logout everywhere. Nothing undoes it, and the subject may sign in again.",
        example: "all sessions of the subject end",
        needs: &["change:end sessions"],
        means: |said, scene| change(scene, "end sessions", Some(said.one(0)?), &[], true),
    },
    Sentence {
        keyword: When,
        expression: "the password of {one} is reset",
        doc: "Change `reset password`: to the same one, so that the subject may sign in again. Nothing undoes it.",
        example: "the password of the subject is reset",
        needs: &["change:reset password"],
        means: |said, scene| change(scene, "reset password", Some(said.one(0)?), &[], true),
    },
    Sentence {
        keyword: When,
        expression: "{one} is made anew",
        doc: "Change `recreate subject`: somebody else gets the name of a subject that was deleted.",
        example: "the subject is made anew",
        needs: &["change:recreate subject"],
        means: |said, scene| change(scene, "recreate subject", Some(said.one(0)?), &[], true),
    },
    Sentence {
        keyword: When,
        expression: "{one} withdraws consent",
        doc: "Change `withdraw consent`.",
        example: "the subject withdraws consent",
        needs: &["change:withdraw consent"],
        means: |said, scene| change(scene, "withdraw consent", Some(said.one(0)?), &[], false),
    },
    Sentence {
        keyword: When,
        expression: "the client of {one} is disabled",
        doc: "Change `disable client`. Scenarios with such a change run alone.",
        example: "the client of the subject is disabled",
        needs: &["change:disable client"],
        means: |said, scene| change(scene, "disable client", Some(said.one(0)?), &[], false),
    },
    Sentence {
        keyword: When,
        expression: "the role {string} is created with the permission {string}",
        doc: "Change `create role`.",
        example: r#"the role "night-shift" is created with the permission "orders:write""#,
        needs: &["change:create role"],
        means: |said, scene| {
            let with = [("role", said.word(0)?), ("permission", said.word(1)?)];
            change(scene, "create role", None, &with, false)
        },
    },
    Sentence {
        keyword: When,
        expression: "the permission {string} is taken out of the role {string}",
        doc: "Change `remove permission`: the policy is edited, nobody's roles change. Scenarios with such a change run alone.",
        example: r#"the permission "orders:write" is taken out of the role "writer""#,
        needs: &["change:remove permission"],
        means: |said, scene| {
            let with = [("permission", said.word(0)?), ("role", said.word(1)?)];
            change(scene, "remove permission", None, &with, false)
        },
    },
    Sentence {
        keyword: When,
        expression: "the signing key is retired",
        doc: "Change `retire key`: the issuer's key is replaced and withdrawn. Scenarios with such a change run alone.",
        example: "the signing key is retired",
        needs: &["change:retire key"],
        means: |_, scene| change(scene, "retire key", None, &[], false),
    },
    Sentence {
        keyword: When,
        expression: "the issuer is restarted",
        doc: "Change `restart issuer`. Scenarios with such a change run alone.",
        example: "the issuer is restarted",
        needs: &["change:restart issuer"],
        means: |_, scene| change(scene, "restart issuer", None, &[], true),
    },
    Sentence {
        keyword: When,
        expression: "the source of decisions is stopped",
        doc: "Change `stop decision source`. Scenarios with such a change run alone.",
        example: "the source of decisions is stopped",
        needs: &["change:stop decision source"],
        means: |_, scene| change(scene, "stop decision source", None, &[], false),
    },
    Sentence {
        keyword: When,
        expression: "the change {change} is made to {one}",
        doc: "Any change of the recipe, by name. Arguments stand in a table: name and value.",
        example: r#"the change "remove role" is made to the subject"#,
        needs: &[],
        means: |said, scene| named(said, scene, Some(said.one(1)?), false),
    },
    Sentence {
        keyword: When,
        expression: "the change {change} is made to {one}, which is thrown away",
        doc: "The same, for a change that has no inverse: the subject was made for this scenario and is removed after it.",
        example: r#"the change "delete subject" is made to the subject, which is thrown away"#,
        needs: &[],
        means: |said, scene| named(said, scene, Some(said.one(1)?), true),
    },
    Sentence {
        keyword: When,
        expression: "the change {change} is made",
        doc: "Any change of the recipe that is about no subject. Arguments stand in a table. Scenarios with such a change run alone.",
        example: r#"the change "retire key" is made"#,
        needs: &[],
        means: |said, scene| named(said, scene, None, false),
    },
    Sentence {
        keyword: When,
        expression: "the change {change} is undone",
        doc: "The latest change of that name that is still in force is undone. Whatever is in force at the end of a scenario is undone anyway.",
        example: r#"the change "remove role" is undone"#,
        needs: &[],
        means: |said, scene| {
            let name = said.word(0)?.to_owned();
            scene.made(Some(&name))?;
            Ok(Deed::Perform(vec![Verb::Undo { name: Some(name), where_possible: false }]))
        },
    },
    Sentence {
        keyword: When,
        expression: "the latest change is undone",
        doc: "The latest change that is still in force is undone.",
        example: "the latest change is undone",
        needs: &[],
        means: |_, scene| {
            scene.made(None)?;
            Ok(Deed::Perform(vec![Verb::Undo { name: None, where_possible: false }]))
        },
    },
];

fn named(said: &Said, scene: &mut Scene, of: Option<Who>, last: bool) -> Result<Deed, String> {
    let arguments = said.arguments()?;
    let with: Vec<(&str, &str)> = arguments.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    change(scene, said.word(0)?, of, &with, last)
}

fn change(
    scene: &mut Scene,
    name: &str,
    of: Option<Who>,
    with: &[(&str, &str)],
    final_for_subject: bool,
) -> Result<Deed, String> {
    of.map(|who| scene.roles(who)).transpose()?;
    let with: BTreeMap<_, _> =
        with.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Ok(Deed::Perform(scene.change(Verb::Change {
        name: name.to_owned(),
        of: of.map(|w| w.name().to_owned()),
        with,
        final_for_subject,
    })))
}
