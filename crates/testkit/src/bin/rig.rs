//! `rig`: runs the demo's servers until it is stopped, and prints the environment that a client of them needs.
//!
//! A program of its own, so that any MCP client, ours or not, can be tried against the same servers as the tests.

#![expect(clippy::print_stdout, reason = "a command-line program speaks on its terminal")]

use toolgate_testkit::ca::DEVELOPMENT_DIR;
use toolgate_testkit::{Rig, RigSettings};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    // Kept across runs, so that what was told to trust it once still does.
    let rig = Rig::start(RigSettings::demo().with_ca_dir(DEVELOPMENT_DIR)).await;
    for note in rig.says() {
        println!("# {note}");
    }
    for (name, value) in rig.environment() {
        println!("export {name}={value}");
    }
    std::future::pending().await
}
