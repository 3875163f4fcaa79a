//! How the toy is changed.

pub const RECIPE: &str = r#"
[recipe]
name = "toy"
about = "a toy"

[subject]
create = [{ request = "PUT {base}/admin/subjects/{subject}", json = { roles = "{roles}" } }]
remove = [{ request = "DELETE {base}/admin/subjects/{subject}" }]

[change."remove role"]
takes = ["subject", "role"]
do = [{ request = "DELETE {base}/admin/subjects/{subject}/roles/{role}" }]
undo = [{ request = "PUT {base}/admin/subjects/{subject}/roles/{role}" }]

# Only the change itself tells what its inverse needs.
[change."make ticket"]
takes = ["subject"]
do = [{ request = "POST {base}/admin/tickets", capture = { number = "json:/number" } }]
undo = [{ request = "DELETE {base}/admin/tickets/{number}" }]
confirm = { request = "GET {base}/admin/tickets/{number}", at = "/number", has = "7" }
"#;

pub const NUMBERED: &str = r#"
[recipe]
name = "numbered"
about = "a toy"

[subject]
create = [{ request = "POST {base}/admin/people", json = { name = "{subject}" }, capture = { person = "json:/number" } }]
remove = [{ request = "DELETE {base}/admin/people/{person}" }]

[change."delete subject"]
takes = ["subject"]
do = [{ request = "DELETE {base}/admin/people/{person}" }]

[change."recreate subject"]
takes = ["subject"]
do = [{ request = "POST {base}/admin/people", json = { name = "{subject}" }, capture = { person = "json:/number" } }]
"#;

pub const CLOCK: &str = r#"
[clock]
advance = { request = "POST {base}/admin/clock", json = { ms = "{ms}" } }
"#;

/// The recipe with a read that shows whether a role is taken.
pub fn confirming_recipe() -> String {
    let undo = "undo = [{ request = \"PUT {base}/admin/subjects/{subject}/roles/{role}\" }]\n";
    let read = "confirm = { request = \"GET {base}/admin/subjects/{subject}\", at = \"/roles/*\", lacks = \"{role}\" }\n";
    RECIPE.replace(undo, &format!("{undo}{read}"))
}
