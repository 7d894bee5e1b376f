//! The client against servers of every kind of behaviour, good and bad.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod addresses;
mod certificates;
mod client_certificates;
mod codings;
mod connections;
mod draining;
mod events;
mod every_fault;
mod faults;
mod http2;
mod leaving;
mod nginx;
mod proxies;
mod redirects;
mod repeats;
mod secrets;
mod server;
mod steps;
mod tinyproxy;
