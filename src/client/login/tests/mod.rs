//! Cookies by the published examples, pages by the shapes that servers have, and whole logins
//! against a small server of the test's own.

mod cookies;
mod logins;
mod pages;
