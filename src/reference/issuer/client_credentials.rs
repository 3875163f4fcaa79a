//! The client-credentials grant (RFC 6749 section 4.4): a client's own token, with the rights of its account.

use super::attempt::Attempt;
use super::form::Form;
use super::refusal::Refusal;
use super::sign_in;
use super::token::{Issued, audience, enabled_client};
use crate::reference::store::Store;
use crate::reference::world::World;

/// Issues a token to a client itself; no refresh token (section 4.4.3).
pub fn grant(
    world: &World,
    store: &mut Store,
    form: &Form,
    attempt: &mut Attempt,
) -> Result<Issued, Refusal> {
    let name = format!("service-account-{}", attempt.client);
    let found = sign_in::known(store, attempt, &name).map(|_| ());
    let audience = audience(form.optional("resource"), attempt);
    enabled_client(store, attempt)?;
    found?;
    sign_in::issue(world, store, attempt, &name, audience?, "pwd", false)
}
