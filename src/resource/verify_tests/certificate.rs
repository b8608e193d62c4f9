//! Tokens that are bound to a client certificate (RFC 8705 §3).

use super::*;
use crate::protocol::{Confirmation, PeerCertificate};
use crate::resource::PresentedKeys;

#[tokio::test]
async fn a_token_that_is_bound_to_a_certificate_needs_that_certificate() {
    let own = PeerCertificate::new(vec![b"own".to_vec()]).unwrap();
    let other = PeerCertificate::new(vec![b"other".to_vec()]).unwrap();
    let cnf = Some(Confirmation::of_certificate(own.thumbprint()));
    let fake = Fake::default();
    fake.know("t", IntrospectionResponse { cnf, ..active("alice", "web", "notes:read") });
    for (certificate, rule) in
        [(Some(own), "nothing"), (Some(other), "mtls.token_key"), (None, "mtls.token_key")]
    {
        let keys = PresentedKeys { certificate, ..PresentedKeys::default() };
        let decision = notes_reading(&server(&fake), &bearer("t").with_keys(keys)).await;
        assert_eq!(broken(&decision), rule);
    }
}
