//! How the pieces become one running lab.

pub mod live;
pub mod ready;
