//! Audits of running labs: a strict one, a default one, and one for each weakness.

mod cleaning;
mod command;
mod described;
mod hostile;
mod kill;
mod labs;
mod logs;
mod matrix;
mod profiles;
mod registry;
mod reports;
mod shapes;
mod slow;
