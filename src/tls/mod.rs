//! Who vouches for the lab: its CA, its leaf certificates, its bundle files.
//!
//! The lab makes one small CA per data folder, name-constrained to this machine and to the names
//! that the operator configured (RFC 5280 section 4.2.1.10), and one leaf per start. One crypto
//! provider, named explicitly: nothing here depends on a process-wide default.

mod bundle;
mod ca;
mod certificate;
mod client_certificate;
mod error;
mod files;
mod leaf;
mod names;
mod peer;
mod private_dir;
mod provided;
mod server_certificate;

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};

pub use bundle::{Bundle, client_config, client_config_as, root_store, system_roots, write_bundle};
pub use ca::{Authority, Origin, Why};
pub use certificate::CaCertificate;
pub use client_certificate::ClientIdentity;
pub use error::TlsError;
pub use files::DataDir;
pub use leaf::{Leaf, server_config};
pub use names::HostName;
pub use peer::{ClientTrust, asking_for_certificates};
pub use private_dir::{DirLock, PrivateDir};
pub use provided::server_config_from_files;
pub use server_certificate::ServerIdentity;

/// The one crypto provider. Its key exchanges start with X25519MLKEM768.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}
