//! Too much of everything: floods, guesses, clients that never finish. The lab stays within its
//! bounds, says when to come back, and keeps nobody else out.

mod flood;
mod limits;
mod slow;
