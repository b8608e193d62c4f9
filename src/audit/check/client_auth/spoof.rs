//! Client certificates that stand in a header (RFC 9440, RFC 9700 §4.13): a proxy's to write, and
//! nobody else's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderName;
use serde_json::{Value, json};

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Evidence, Managed};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Answer, Credentials, Probe, Request, SelfSigned, Trouble, for_itself};

const METHOD: &str = "self_signed_tls_client_auth";

pub(in crate::audit::check) static MTLS_HEADER_SPOOF: Check = Check {
    id: "mtls-header-spoof",
    group: Group::ClientAuthentication,
    title: "A client certificate in a header from the network is believed",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::Registration],
    references: &["RFC 9700 §4.13", "RFC 9440 §4"],
    text: Text {
        does: "Registers a client whose credential is a certificate, and asks for a token in its name: without any certificate, and with the certificate in each of the headers in which proxies pass one on.",
        why: "A certificate is public: without the TLS handshake that proves its key, whoever copies it is the client, and holds all tokens that are bound to it.",
        shown: "The token endpoint gave an access token although the connection had no client certificate.",
        fix: "Take such headers from the proxies that you name alone, and have these remove what clients send under the same names.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let offered = evidence.metadata.token_endpoint_auth_methods_supported.iter();
    if !offered.into_iter().any(|method| method == METHOD) {
        let why = "the server does not offer self_signed_tls_client_auth";
        return Ok(Judgement::not_applicable(why));
    }
    let certificate = probe.self_signed("client.audit.example")?;
    let scope = evidence.machine_scope(evidence.machine()?);
    let metadata = json!({
        "client_name": "oauthlab audit",
        "redirect_uris": [],
        "response_types": [],
        "token_endpoint_auth_method": METHOD,
        "grant_types": ["client_credentials"],
        "scope": scope,
        "jwks": certificate.keys(),
    });
    probe.step("control");
    let token = evidence.registration_token.as_ref();
    let answer = evidence.ask_to_register(probe, &metadata, token).await?;
    let judged = spoofed(probe, evidence, (&answer, &certificate, &scope)).await;
    if let Some(managed) = Managed::of(&answer) {
        managed.delete(probe).await;
    }
    judged
}

async fn spoofed(
    probe: &Probe,
    evidence: &Evidence,
    (answer, certificate, scope): (&Answer, &SelfSigned, &str),
) -> Result<Judgement, Trouble> {
    let Some(client_id) = registered(answer) else {
        return Ok(Judgement::not_applicable(format!(
            "no client with a certificate can be registered: {}",
            answer.summary()
        )));
    };
    let mut bracket = Bracket::new("401 invalid_client");
    bracket.controls.push(evidence.controls.of_machine());
    bracket.control("registering the client", answer.access_outcome());
    probe.step("probe");
    let named = Credentials::public(client_id);
    let request = || {
        let params = for_itself(scope);
        let request = Request::post_form(&evidence.endpoints.token, &params.pairs());
        named.decorate(request).accept("application/json")
    };
    bracket.probe("no certificate", probe.send(request()).await?.token_outcome());
    for (name, value) in headers(certificate) {
        let sent = request().header(HeaderName::from_static(name), value);
        bracket.probe(name, probe.send(sent).await?.token_outcome());
    }
    Ok(bracket.judge())
}

fn registered(answer: &Answer) -> Option<String> {
    let registered: Value = answer.is_success().then(|| answer.json())??;
    Some(registered.get("client_id")?.as_str()?.to_owned())
}

/// The headers of common proxies, each with the certificate as that proxy writes it.
fn headers(certificate: &SelfSigned) -> Vec<(&'static str, String)> {
    let pem: String = url::form_urlencoded::byte_serialize(certificate.pem.as_bytes()).collect();
    // What is percent-encoded in a header has no plus for a space.
    let pem = pem.replace('+', "%20");
    let der = STANDARD.encode(&certificate.der);
    vec![
        ("client-cert", format!(":{der}:")),
        ("x-client-cert", pem.clone()),
        ("x-ssl-client-cert", pem.clone()),
        ("ssl-client-cert", pem.clone()),
        ("x-forwarded-client-cert", format!("Cert=\"{pem}\"")),
        ("x-forwarded-tls-client-cert", der),
    ]
}
