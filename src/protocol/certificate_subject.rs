//! Whether a client certificate is the one that a client registered: by its subject (RFC 8705
//! §2.1.2, RFC 4514), or as a whole (RFC 8705 §2.2.2).

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate, X509Name};

use super::ClientKeys;
use super::jose::JwkSet;

/// The subject that a client registered for `tls_client_auth`: exactly one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredSubject {
    /// The metadata member.
    pub member: &'static str,
    /// Its value.
    pub value: String,
}

impl RegisteredSubject {
    /// The registered member; `None` if there is none, or more than one.
    pub fn of(keys: &ClientKeys) -> Option<Self> {
        let members = [
            ("tls_client_auth_subject_dn", &keys.tls_client_auth_subject_dn),
            ("tls_client_auth_san_dns", &keys.tls_client_auth_san_dns),
            ("tls_client_auth_san_uri", &keys.tls_client_auth_san_uri),
            ("tls_client_auth_san_ip", &keys.tls_client_auth_san_ip),
            ("tls_client_auth_san_email", &keys.tls_client_auth_san_email),
        ];
        let mut given = members.iter().filter_map(|(member, value)| {
            Some(Self { member: *member, value: value.as_ref()?.clone() })
        });
        given.next().filter(|_| given.next().is_none())
    }

    /// Whether a certificate in DER has this subject.
    pub fn is_of(&self, certificate: &[u8]) -> bool {
        let Ok((_, certificate)) = X509Certificate::from_der(certificate) else { return false };
        if self.member == "tls_client_auth_subject_dn" {
            return same_name(&self.value, certificate.subject());
        }
        let names = certificate.subject_alternative_name().ok().flatten();
        let names = names.map(|names| names.value.general_names.as_slice()).unwrap_or_default();
        names.iter().any(|name| self.is_alternative(name))
    }

    fn is_alternative(&self, name: &GeneralName<'_>) -> bool {
        match (self.member, name) {
            ("tls_client_auth_san_dns", GeneralName::DNSName(dns)) => {
                dns.eq_ignore_ascii_case(&self.value)
            }
            ("tls_client_auth_san_uri", GeneralName::URI(uri)) => *uri == self.value,
            ("tls_client_auth_san_email", GeneralName::RFC822Name(email)) => *email == self.value,
            ("tls_client_auth_san_ip", GeneralName::IPAddress(bytes)) => {
                self.value.parse::<IpAddr>().is_ok_and(|address| match address {
                    IpAddr::V4(address) => address.octets() == *bytes,
                    IpAddr::V6(address) => address.octets() == *bytes,
                })
            }
            _ => false,
        }
    }
}

/// The subject of a certificate as text, for people.
pub fn certificate_subject(certificate: &[u8]) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let rdns = read_name(certificate.subject())?;
    let text = |(kind, value): &Attribute| {
        let short =
            TYPES.iter().find(|(_, oid)| oid == kind).map_or(kind.as_str(), |(name, _)| name);
        format!("{short}={value}")
    };
    let rdn = |rdn: &Rdn| rdn.iter().map(text).collect::<Vec<_>>().join("+");
    Some(rdns.iter().rev().map(rdn).collect::<Vec<_>>().join(","))
}

/// A name with this common name alone, as RFC 4514 §2.4 writes it.
pub fn common_name(name: &str) -> String {
    let last = name.chars().count().saturating_sub(1);
    let mut text = "CN=".to_owned();
    for (at, c) in name.chars().enumerate() {
        let is_edge = at == 0 || at == last;
        if c == '\0' {
            text.push_str("\\00");
            continue;
        }
        if "\"+,;<>\\=".contains(c) || (c == '#' && at == 0) || (c == ' ' && is_edge) {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// Whether a key set holds this very certificate, as the first of some key's `x5c`.
pub fn holds_certificate(keys: &JwkSet, certificate: &[u8]) -> bool {
    let own = keys.keys.iter().filter_map(|key| key.x5c.first());
    own.filter_map(|text| STANDARD.decode(text).ok()).any(|der| der == certificate)
}

/// Type as a dotted OID, and value.
type Attribute = (String, String);
/// A relative distinguished name: a set, here sorted.
type Rdn = Vec<Attribute>;

/// The short names of RFC 4514 §3, and those that certificates often have besides.
const TYPES: &[(&str, &str)] = &[
    ("CN", "2.5.4.3"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("C", "2.5.4.6"),
    ("STREET", "2.5.4.9"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("SERIALNUMBER", "2.5.4.5"),
    ("EMAILADDRESS", "1.2.840.113549.1.9.1"),
    ("E", "1.2.840.113549.1.9.1"),
];

/// Compares a text of RFC 4514 with a name: same attributes, same values to the letter, same order.
/// The text begins with the last part of the name (§2.1).
fn same_name(text: &str, name: &X509Name<'_>) -> bool {
    let Some(mut wanted) = parse_name(text) else { return false };
    wanted.reverse();
    !wanted.is_empty() && read_name(name).is_some_and(|found| found == wanted)
}

fn read_name(name: &X509Name<'_>) -> Option<Vec<Rdn>> {
    let rdn = |rdn: &x509_parser::x509::RelativeDistinguishedName<'_>| {
        let attribute = |attribute: &x509_parser::x509::AttributeTypeAndValue<'_>| {
            let value = attribute.as_str().ok()?.to_owned();
            Some((attribute.attr_type().to_id_string(), value))
        };
        let mut found = rdn.iter().map(attribute).collect::<Option<Rdn>>()?;
        found.sort();
        Some(found)
    };
    name.iter_rdn().map(rdn).collect()
}

/// Reads a text of RFC 4514 §3. White space around separators is read over, as older texts have it;
/// values in hex are not known.
fn parse_name(text: &str) -> Option<Vec<Rdn>> {
    let mut rdns: Vec<Rdn> = Vec::new();
    let mut rest = text;
    let mut joined = false;
    loop {
        let (kind, after) = rest.split_once('=')?;
        let (value, end, after) = parse_value(after)?;
        let attribute = (type_of(kind.trim())?, value);
        match rdns.last_mut().filter(|_| joined) {
            Some(rdn) => rdn.push(attribute),
            None => rdns.push(vec![attribute]),
        }
        let Some(end) = end else { break };
        joined = end == '+';
        rest = after;
    }
    for rdn in &mut rdns {
        rdn.sort();
    }
    Some(rdns)
}

fn type_of(name: &str) -> Option<String> {
    let known = TYPES.iter().find(|(short, _)| short.eq_ignore_ascii_case(name));
    if let Some((_, oid)) = known {
        return Some((*oid).to_owned());
    }
    let dotted = name.contains('.') && name.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    dotted.then(|| name.to_owned())
}

/// One value, the separator that ends it, and what follows.
fn parse_value(text: &str) -> Option<(String, Option<char>, &str)> {
    let text = text.trim_start_matches(' ');
    if text.starts_with('#') {
        return None;
    }
    let bytes = text.as_bytes();
    let (mut value, mut at, mut kept) = (Vec::new(), 0, 0);
    let end = loop {
        match bytes.get(at) {
            None => break None,
            Some(b',' | b'+') => break bytes.get(at).map(|&byte| char::from(byte)),
            Some(b'"' | b';' | b'<' | b'>' | 0) => return None,
            Some(b'\\') => {
                let (byte, length) = escaped(bytes.get(at + 1..)?)?;
                value.push(byte);
                kept = value.len();
                at += 1 + length;
            }
            Some(&byte) => {
                value.push(byte);
                if byte != b' ' {
                    kept = value.len();
                }
                at += 1;
            }
        }
    };
    // Spaces that are not escaped do not end a value.
    value.truncate(kept);
    let rest = text.get(at + usize::from(end.is_some())..)?;
    Some((String::from_utf8(value).ok()?, end, rest))
}

/// What follows a backslash: a special character, or two hex digits.
fn escaped(bytes: &[u8]) -> Option<(u8, usize)> {
    let first = *bytes.first()?;
    if br##" "#+,;<=>\"##.contains(&first) {
        return Some((first, 1));
    }
    let digits = std::str::from_utf8(bytes.get(..2)?).ok()?;
    let hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u8::from_str_radix(digits, 16).ok().filter(|_| hex).map(|byte| (byte, 2))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};

    use super::super::jose::Jwk;
    use super::*;

    fn parsed(text: &str) -> Option<Vec<Vec<(String, String)>>> {
        parse_name(text)
    }

    fn one(oid: &str, value: &str) -> Rdn {
        vec![(oid.to_owned(), value.to_owned())]
    }

    /// RFC 4514 §4.
    #[test]
    fn the_published_examples() {
        let dc = "0.9.2342.19200300.100.1.25";
        let uid = one("0.9.2342.19200300.100.1.1", "jsmith");
        let domain = [one(dc, "example"), one(dc, "net")];
        let wanted = [&[uid][..], &domain].concat();
        assert_eq!(parsed("UID=jsmith,DC=example,DC=net"), Some(wanted));
        let mut set = one("2.5.4.3", "J.  Smith");
        set.extend(one("2.5.4.11", "Sales"));
        set.sort();
        let wanted = [&[set][..], &domain].concat();
        assert_eq!(parsed("OU=Sales+CN=J.  Smith,DC=example,DC=net"), Some(wanted));
        let quoted = parsed(r#"CN=James \"Jim\" Smith\, III,DC=example,DC=net"#).unwrap();
        assert_eq!(quoted[0], one("2.5.4.3", r#"James "Jim" Smith, III"#));
        let broken = parsed(r"CN=Before\0dAfter,DC=example,DC=net").unwrap();
        assert_eq!(broken[0], one("2.5.4.3", "Before\rAfter"));
        let accents = parsed(r"CN=Lu\C4\8Di\C4\87").unwrap();
        assert_eq!(accents[0], one("2.5.4.3", "Lučić"));
    }

    #[test]
    fn what_is_no_name_is_none() {
        for text in ["", "CN", "XX=a", "CN=a,", "CN=#0401", "CN=a\"b", r"CN=a\", r"CN=a\g1"] {
            assert_eq!(parsed(text), None, "{text}");
        }
        assert_eq!(parsed("cn = a , O = b "), parsed("CN=a,O=b"));
        assert_eq!(parsed(r"CN=a\ "), Some(vec![one("2.5.4.3", "a ")]));
    }

    fn certificate() -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, "Lab, Inc.");
        params.distinguished_name.push(DnType::CommonName, "worker");
        params.subject_alt_names = vec![
            SanType::DnsName("worker.test".try_into().unwrap()),
            SanType::URI("urn:worker".try_into().unwrap()),
            SanType::IpAddress("2001:db8::1".parse().unwrap()),
            SanType::Rfc822Name("worker@lab.test".try_into().unwrap()),
        ];
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn each_member_matches_its_own_part_of_a_certificate_and_no_other() {
        let certificate = certificate();
        let all = [
            ("tls_client_auth_subject_dn", r"CN=worker,O=Lab\, Inc."),
            ("tls_client_auth_san_dns", "Worker.test"),
            ("tls_client_auth_san_uri", "urn:worker"),
            ("tls_client_auth_san_ip", "2001:DB8:0::1"),
            ("tls_client_auth_san_email", "worker@lab.test"),
        ];
        for (member, value) in all {
            let is_of = |value: &str| {
                RegisteredSubject { member, value: value.to_owned() }.is_of(&certificate)
            };
            for (other, given) in all {
                assert_eq!(is_of(given), other == member, "{member} {given}");
            }
            assert!(!is_of(&value[1..]), "{member}");
        }
        for dn in ["CN=worker", r"O=Lab\, Inc.,CN=worker", "CN=Worker,O=Lab\\, Inc."] {
            let subject = RegisteredSubject { member: all[0].0, value: dn.to_owned() };
            assert!(!subject.is_of(&certificate), "{dn}");
        }
        assert_eq!(certificate_subject(&certificate).unwrap(), "CN=worker,O=Lab, Inc.");
    }

    #[test]
    fn exactly_one_member_is_a_subject() {
        let mut keys = ClientKeys::default();
        assert_eq!(RegisteredSubject::of(&keys), None);
        keys.tls_client_auth_san_ip = Some("192.0.2.1".into());
        assert_eq!(RegisteredSubject::of(&keys).unwrap().member, "tls_client_auth_san_ip");
        keys.tls_client_auth_san_dns = Some("a.test".into());
        assert_eq!(RegisteredSubject::of(&keys), None);
    }

    #[test]
    fn a_certificate_is_found_among_keys_as_a_whole() {
        let (own, other) = (certificate(), certificate());
        let x5c = vec![STANDARD.encode(&own), STANDARD.encode(&other)];
        let keys = JwkSet { keys: vec![Jwk { kty: "EC".into(), x5c, ..Jwk::default() }] };
        assert!(holds_certificate(&keys, &own));
        assert!(!holds_certificate(&keys, &other), "it only vouches for the first");
    }

    proptest! {
        #[test]
        fn a_common_name_is_read_as_it_was_written(name in ".{1,20}") {
            prop_assert_eq!(parse_name(&common_name(&name)), Some(vec![one("2.5.4.3", &name)]));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,60}") {
            let _ = parse_name(&text);
        }

        #[test]
        fn an_escaped_value_comes_back(value in "[ -~éß]{1,20}") {
            let escaped: String = value.chars().map(|c| {
                if c.is_ascii_alphanumeric() || !c.is_ascii() {
                    c.to_string()
                } else {
                    format!("\\{:02x}", u32::from(c))
                }
            }).collect();
            let read = parse_name(&format!("CN={escaped},O=x")).unwrap();
            prop_assert_eq!(&read[0][0].1, &value);
            prop_assert_eq!(read.len(), 2);
        }
    }
}
