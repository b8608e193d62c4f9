//! A client certificate as nginx writes it into a header: percent-encoded PEM. Only a lab that is
//! weak on purpose reads it from whoever sends it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;

use crate::protocol::{PeerCertificate, percent_decode};

/// The certificate of the header, if it can be read.
pub(super) fn certificate(headers: &HeaderMap) -> Option<PeerCertificate> {
    let pem = percent_decode(headers.get("x-ssl-client-cert")?.as_bytes()).ok()?;
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    PeerCertificate::new(vec![STANDARD.decode(base64).ok()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percent_encoded_certificate_is_read_and_rubbish_is_not() {
        let read = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-ssl-client-cert", value.parse().unwrap());
            certificate(&headers).map(|certificate| certificate.der().to_vec())
        };
        let pem = "-----BEGIN%20CERTIFICATE-----%0AAQID%0ABAUG%0A-----END%20CERTIFICATE-----%0A";
        assert_eq!(read(pem), Some(vec![1, 2, 3, 4, 5, 6]));
        assert_eq!(read("%zz"), None);
        assert_eq!(read("not base64"), None);
    }
}
