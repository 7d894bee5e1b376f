#![doc = include_str!("../README.md")]

mod access;
mod completion;
mod error;
mod head;
pub mod inspect;
mod models;
mod origins;
mod quiet;
mod refusal;
mod router;
mod server;
mod service;

pub use error::ServeError;
pub use server::Server;
pub use service::Reloader;
