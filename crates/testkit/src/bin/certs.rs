//! `certs [DIR]`: writes a development CA and a localhost certificate in mkcert's layout, and says how to use them.
//!
//! A program of its own, so that `cargo xtask certs` needs no cryptography in xtask.

#![expect(clippy::print_stdout, reason = "a command-line program speaks on its terminal")]

use std::path::PathBuf;

use toolgate_testkit::DevCa;
use toolgate_testkit::ca::{CA_FILE, DEVELOPMENT_DIR, LEAF_FILE, LEAF_KEY_FILE};

fn main() -> std::io::Result<()> {
    let dir = std::env::args_os().nth(1).map_or_else(|| PathBuf::from(DEVELOPMENT_DIR), PathBuf::from);
    DevCa::load_or_create(&dir)?;
    let dir = dir.canonicalize()?;
    println!("trust anchor  {}", dir.join(CA_FILE).display());
    println!("certificate   {}", dir.join(LEAF_FILE).display());
    println!("private key   {}", dir.join(LEAF_KEY_FILE).display());
    println!("\nTo trust it: export TLS_CA_CERT_PATH={}", dir.join(CA_FILE).display());
    Ok(())
}
