//! The lab's certification authority: made once per data folder, under a lock, and constrained
//! to this machine and the configured names (RFC 5280 section 4.2.1.10).

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData as _,
};
use time::OffsetDateTime;

use super::certificate::CA_FILE;
use super::{CaCertificate, HostName, PrivateDir, TlsError, leaf, names};
use crate::clock::Timestamp;

const KEY_FILE: &str = "ca.key";
const LOCK: &str = "ca";
const LIMIT: u64 = 16 * 1024;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Clocks of other machines may be a little behind.
const BACKDATED: Duration = DAY;
/// With the day of backdating this stays within 825 days, the most that some clients accept.
const LIFE: Duration = Duration::from_secs(823 * 24 * 60 * 60);

/// The lab CA with its key: it can issue leaf certificates.
#[derive(Debug)]
pub struct Authority {
    certificate: CaCertificate,
    issuer: Issuer<'static, KeyPair>,
    names: Vec<HostName>,
}

/// Where the authority came from. A new one must be trusted anew by whoever trusted the old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was there.
    Existing,
    /// There was none.
    Created,
    /// There was one, and it could not be used.
    Replaced {
        /// What was wrong with it.
        why: Why,
    },
}

/// Why an existing authority could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The configured names are not those it may vouch for.
    NamesChanged {
        /// Names that it lacks.
        added: Vec<String>,
        /// Names that it has too many.
        removed: Vec<String>,
    },
    /// It ends before a leaf made now would, or has ended.
    Expiring,
    /// It starts in the future: it was made under another clock.
    NotYetValid,
    /// A file is missing, damaged, or belongs to another one.
    Damaged {
        /// What is wrong.
        detail: String,
    },
}

enum Found {
    Usable(Box<Authority>),
    Nothing,
    Unusable(Why),
}

impl Authority {
    /// Opens the authority of a data folder for these names, and makes or replaces it if needed.
    ///
    /// `names` are the hosts of the lab's URLs and their aliases; loopback names are always
    /// permitted. Takes a lock, so that many labs may start at once and share one authority.
    pub fn open(
        dir: &PrivateDir,
        names: &[HostName],
        now: Timestamp,
    ) -> Result<(Self, Origin), TlsError> {
        let shared = dir.lock_shared(LOCK)?;
        if let Found::Usable(authority) = find(dir, names, now)? {
            return Ok((*authority, Origin::Existing));
        }
        drop(shared);
        let _exclusive = dir.lock(LOCK)?;
        // Another lab may have been faster.
        let origin = match find(dir, names, now)? {
            Found::Usable(authority) => return Ok((*authority, Origin::Existing)),
            Found::Nothing => Origin::Created,
            Found::Unusable(why) => Origin::Replaced { why },
        };
        create(dir, names, now)?;
        match find(dir, names, now)? {
            Found::Usable(authority) => Ok((*authority, origin)),
            Found::Nothing | Found::Unusable(_) => {
                let detail = "it does not read back as it was written".into();
                Err(TlsError::Certificate { path: dir.file(CA_FILE)?, detail })
            }
        }
    }

    /// The authority of a data folder as it is; `None` if no lab has made one yet, or none that can be
    /// used. It serves to vouch for clients, whatever names it was made for.
    pub fn existing(dir: &PrivateDir) -> Result<Option<Self>, TlsError> {
        let _shared = dir.lock_shared(LOCK)?;
        match read(dir)? {
            Read::Pair(authority) => Ok(Some(*authority)),
            Read::Nothing | Read::Damaged(_) => Ok(None),
        }
    }

    /// The certificate: path, PEM, fingerprint, dates.
    pub fn certificate(&self) -> &CaCertificate {
        &self.certificate
    }

    /// The names that it was opened for.
    pub fn names(&self) -> &[HostName] {
        &self.names
    }

    pub(super) fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NamesChanged { added, removed } => {
                f.write_str("the configured names changed")?;
                for (label, names) in [("added", added), ("removed", removed)] {
                    if !names.is_empty() {
                        write!(f, "; {label}: {}", names.join(", "))?;
                    }
                }
                Ok(())
            }
            Self::Expiring => f.write_str("the old one is about to expire"),
            Self::NotYetValid => f.write_str("the old one starts in the future"),
            Self::Damaged { detail } => write!(f, "the old one could not be used: {detail}"),
        }
    }
}

/// Reads the authority, and judges whether it fits. Only what a new authority would cure counts as
/// unusable; an exposed key file or a failing disk is an error.
fn find(dir: &PrivateDir, names: &[HostName], now: Timestamp) -> Result<Found, TlsError> {
    let mut authority = match read(dir)? {
        Read::Pair(authority) => authority,
        Read::Nothing => return Ok(Found::Nothing),
        Read::Damaged(detail) => return Ok(Found::Unusable(Why::Damaged { detail })),
    };
    if let Some(why) = unfit(&authority.certificate, names, now) {
        return Ok(Found::Unusable(why));
    }
    authority.names = names.to_vec();
    Ok(Found::Usable(authority))
}

enum Read {
    Pair(Box<Authority>),
    Nothing,
    Damaged(String),
}

/// Reads certificate and key, which must belong together.
fn read(dir: &PrivateDir) -> Result<Read, TlsError> {
    let damaged = |detail: String| Ok(Read::Damaged(detail));
    let key = dir.read_private(KEY_FILE, LIMIT)?;
    let certificate = match CaCertificate::read(dir) {
        Err(TlsError::Certificate { detail, .. }) => {
            return damaged(format!("{CA_FILE}: {detail}"));
        }
        other => other?,
    };
    let (key, certificate) = match (key, certificate) {
        (None, None) => return Ok(Read::Nothing),
        (Some(_), None) => return damaged(format!("{CA_FILE} is missing")),
        (None, Some(_)) => return damaged(format!("{KEY_FILE} is missing")),
        (Some(key), Some(certificate)) => (key, certificate),
    };
    let key = String::from_utf8(key).ok();
    let key = key
        .and_then(|pem| KeyPair::from_pkcs8_pem_and_sign_algo(&pem, &PKCS_ECDSA_P256_SHA256).ok());
    let Some(key) = key else { return damaged(format!("{KEY_FILE} holds no P-256 key")) };
    if key.subject_public_key_info() != certificate.public_key() {
        return damaged(format!("{KEY_FILE} and {CA_FILE} do not belong together"));
    }
    let issuer = Issuer::from_ca_cert_der(certificate.der(), key)?;
    Ok(Read::Pair(Box::new(Authority { certificate, issuer, names: Vec::new() })))
}

fn unfit(certificate: &CaCertificate, names: &[HostName], now: Timestamp) -> Option<Why> {
    let wanted = names::describe(&names::constraints(names));
    let found = certificate.permitted();
    if *found != wanted {
        let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect();
        return Some(Why::NamesChanged {
            added: only(&wanted, found),
            removed: only(found, &wanted),
        });
    }
    if certificate.not_before() > now {
        return Some(Why::NotYetValid);
    }
    (certificate.not_after() < now.plus(leaf::LIFE)).then_some(Why::Expiring)
}

/// Makes a new authority. The key is written first: a crash in between leaves a pair that does
/// not match, and that is replaced at the next start.
fn create(dir: &PrivateDir, names: &[HostName], now: Timestamp) -> Result<(), TlsError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::default();
    params.not_before = date(earlier(now, BACKDATED))?;
    params.not_after = date(now.plus(LIFE))?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // A stolen key of an installed CA shall sign neither mail nor code.
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.name_constraints = Some(names::constraints(names));
    let mark = match params.key_identifier(&key).first_chunk() {
        Some(bytes) => format!("{:08x}", u32::from_be_bytes(*bytes)),
        None => String::new(),
    };
    params.distinguished_name.push(DnType::OrganizationName, "oauthlab");
    // The subject is unique, so a trust store that holds an older one does not mix them up.
    params.distinguished_name.push(DnType::CommonName, format!("oauthlab lab CA {mark}"));
    let certificate = params.self_signed(&key)?;
    dir.write_private(KEY_FILE, key.serialize_pem().as_bytes())?;
    dir.write_private(CA_FILE, certificate.pem().as_bytes())?;
    Ok(())
}

pub(super) fn earlier(now: Timestamp, by: Duration) -> Timestamp {
    Timestamp::default().plus(now.since(Timestamp::default().plus(by)))
}

pub(super) fn date(at: Timestamp) -> Result<OffsetDateTime, TlsError> {
    let seconds = i64::try_from(at.secs()).map_err(|_| TlsError::Clock)?;
    OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| TlsError::Clock)
}
