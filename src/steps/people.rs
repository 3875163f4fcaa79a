//! Who takes part.

use super::scene::Who;
use super::sentence::{Keyword::Given, Sentence};
use super::{Deed, Said, Scene};

pub const SENTENCES: &[Sentence] = &[
    Sentence {
        keyword: Given,
        expression: "a subject",
        doc: "A subject with all roles of the target's `subject.roles`, made for this scenario (or taken from the pool and locked).",
        example: "a subject",
        needs: &[],
        means: |_, scene| Ok(Deed::Perform(vec![scene.enters(Who::Subject, None)])),
    },
    Sentence {
        keyword: Given,
        expression: "a subject with the role(s) {roles}",
        doc: "A subject with these roles and no other. A role that the target file does not declare makes the scenario inconclusive.",
        example: r#"a subject with the roles "reader" and "writer""#,
        needs: &[],
        means: |said, scene| enters(said, scene, Who::Subject),
    },
    Sentence {
        keyword: Given,
        expression: "a subject without any role",
        doc: "A subject that nobody has given anything.",
        example: "a subject without any role",
        needs: &[],
        means: |_, scene| Ok(Deed::Perform(vec![scene.enters(Who::Subject, Some(Vec::new()))])),
    },
    Sentence {
        keyword: Given,
        expression: "a bystander",
        doc: "A second subject, that changes must not touch: without one, a service that refuses everybody can't be told from one that obeys.",
        example: "a bystander",
        needs: &[],
        means: |_, scene| Ok(Deed::Perform(vec![scene.enters(Who::Bystander, None)])),
    },
    Sentence {
        keyword: Given,
        expression: "a bystander with the role(s) {roles}",
        doc: "A bystander with these roles and no other.",
        example: r#"a bystander with the role "reader""#,
        needs: &[],
        means: |said, scene| enters(said, scene, Who::Bystander),
    },
    Sentence {
        keyword: Given,
        expression: "a bystander with the same roles",
        doc: "A bystander with the roles of the subject.",
        example: "a bystander with the same roles",
        needs: &[],
        means: |_, scene| {
            let roles = scene.roles(Who::Subject)?;
            Ok(Deed::Perform(vec![scene.enters(Who::Bystander, roles)]))
        },
    },
];

fn enters(said: &Said, scene: &mut Scene, who: Who) -> Result<Deed, String> {
    let roles = said.names(0)?;
    Ok(Deed::Perform(vec![scene.enters(who, Some(roles))]))
}
