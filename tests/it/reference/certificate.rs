//! Somebody with a client certificate (RFC 8705), and others with another one or with none.

use recant::reference::client_secrets;
use reqwest::{Certificate, Client, Identity, Method};

use super::lab::{Answer, Lab, PASSWORD};

/// A certificate that the system knows nothing of.
const STRANGER: &str = concat!(
    include_str!("../hostile/tls/self-signed.pem"),
    include_str!("../hostile/tls/self-signed.key.pem")
);

/// The certificate of the client `kiosk`, with its key.
fn kiosk() -> String {
    given("KIOSK_CERTIFICATE") + given("KIOSK_KEY").as_str()
}

fn given(name: &str) -> String {
    let name = format!("RECANT_REFERENCE_{name}");
    let all = client_secrets();
    all.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()).expect("it is given")
}

/// What shows this certificate, or none.
fn showing(identity: Option<&str>) -> Client {
    let root = Certificate::from_pem(given("AUTHORITY").as_bytes()).expect("a root");
    let client = Client::builder().add_root_certificate(root);
    match identity {
        Some(pem) => client.identity(Identity::from_pem(pem.as_bytes()).expect("an identity")),
        None => client,
    }
    .build()
    .expect("a client")
}

/// Asks for a token of ada's as the kiosk.
async fn sign_in(lab: &Lab, with: Option<&str>) -> Answer {
    let form = [
        ("grant_type", "password"),
        ("client_id", "kiosk"),
        ("username", "ada"),
        ("password", PASSWORD),
        ("resource", "catalog"),
    ];
    let request = showing(with).post(format!("{}/token", lab.reference.tls)).form(&form);
    lab.send(request).await
}

/// Reads with a token over TLS.
async fn read(lab: &Lab, token: &str, with: Option<&str>) -> u16 {
    let url = format!("{}/services/catalog/items", lab.reference.tls);
    lab.send(showing(with).request(Method::GET, url).bearer_auth(token)).await.status
}

#[tokio::test]
async fn a_token_is_good_with_its_certificate_only() {
    let lab = Lab::with(&[]).await;
    lab.subject("ada", &["reader"]).await;
    let own = kiosk();
    for without in [None, Some(STRANGER)] {
        let refused = sign_in(&lab, without).await;
        assert_eq!((refused.status, refused.text("error").as_str()), (401, "invalid_client"));
    }
    let token = sign_in(&lab, Some(&own)).await.access();
    assert_eq!(read(&lab, &token, Some(&own)).await, 200);
    assert_eq!(read(&lab, &token, Some(STRANGER)).await, 401);
    assert_eq!(read(&lab, &token, None).await, 401);
    assert!(!super::hands::reads(&lab, "catalog", &token).await, "without TLS");
    assert_eq!(read(&lab, &token, Some(&own)).await, 200);
    let bearer = lab.sign_in("ada", "catalog", None).await.access();
    assert_eq!(read(&lab, &bearer, None).await, 200, "others are bound to nothing");
}

/// A read over a connection with somebody else's certificate.
pub async fn reads_with_another(lab: &Lab) -> bool {
    let token = sign_in(lab, Some(&kiosk())).await.access();
    read(lab, &token, Some(STRANGER)).await == 200
}
