//! A login without a browser and without a person, at any server with HTML forms: follow redirects
//! by hand, keep cookies, fill in the forms, until the redirect URI is reached.

mod browser;
mod choice;
mod cookie;
mod cookie_date;
mod form;
mod html;
mod landing;
#[cfg(test)]
mod tests;

pub use browser::{Browser, Consent, Person};
pub use cookie::CookieJar;
