//! What tests share: a program with a home of its own, a lab in this process, a user in front of
//! it, and requests that no library would send. Nothing here uses the product's own client.

pub(crate) mod document_host;
pub(crate) mod http;
pub(crate) mod keyed;
pub(crate) mod lab;
pub(crate) mod proof;
#[path = "../../../src/store/redis/testing.rs"]
pub(crate) mod redis;
pub(crate) mod run;
pub(crate) mod served;
pub(crate) mod user;
