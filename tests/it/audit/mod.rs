//! Audits of running labs: a strict one, a default one, and one for each weakness.

mod labs;
mod matrix;
mod registry;
mod reports;
