//! `toolgate audit`: what an audit file holds and whether it is whole.

use std::path::Path;

use toolgate::audit;

use crate::failure::Failure;
use crate::style::{BAD, GOOD};

pub(crate) fn verify(file: &Path) -> Result<(), Failure> {
    let report = audit::verify(file).map_err(Failure::setup)?;
    let counts = format!("{} records: {} allowed, {} denied", report.records, report.allowed, report.denied);
    for fault in &report.faults {
        anstream::println!("{BAD}✗{BAD:#} {fault}");
    }
    let (seq, hash) = &report.head;
    anstream::println!("{counts}\nlast record {seq}, hash {hash}");
    if report.is_intact() {
        anstream::println!("{GOOD}✓{GOOD:#} the chain is whole");
        return Ok(());
    }
    Err(Failure::negative(format_args!(
        "{} is not as it was written: {} faults",
        file.display(),
        report.faults.len()
    )))
}
