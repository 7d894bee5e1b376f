//! The providers that this version knows: a line each.
//!
//! Environment variables follow from the id: `groq` reads `GROQ_API_KEY`, `GROQ_BASE_URL` and `GROQ_MODEL`. Where the
//! provider itself calls its key otherwise, `key_variables` says so. No row reads the variable of another.

mod clouds;
mod documentation;
mod hosts;
mod key_variables;
mod local;
mod parameters;
mod quirks;
mod unsupported;

use super::Provider;
use super::provider::Row;

/// In the order of their tables.
fn all() -> impl Iterator<Item = &'static Row> {
    [clouds::ROWS, hosts::ROWS, local::ROWS].into_iter().flatten()
}

pub(super) fn builtin() -> impl Iterator<Item = Provider> {
    all().map(|row| {
        let provider = Provider::from_row(row);
        match key_variables::of(provider.id()) {
            Some(variable) => provider.with_key_variable(variable),
            None => provider,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Authentication, Catalogue};

    #[test]
    fn the_rows_are_in_order_and_none_hides_another() {
        for table in [clouds::ROWS, hosts::ROWS, local::ROWS] {
            let ids: Vec<&str> = table.iter().map(|(id, ..)| *id).collect();
            assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
        }
        assert_eq!(Catalogue::builtin().iter().count(), all().count());
    }

    #[test]
    fn every_row_is_what_a_caller_could_have_written() {
        for row in all() {
            let (id, base_url, dialect, ..) = *row;
            // Checks the alphabet of the id, and that the URL is https or this machine's.
            let checked = Provider::new(id, base_url, dialect).unwrap();
            assert_eq!(checked.base_url(), base_url, "{id}");
            let is_local = row.3 == Authentication::BearerIfGiven;
            assert!(base_url.starts_with("https://") || is_local, "{id} needs a key over http");
            assert_eq!(local::ROWS.contains(row), is_local, "{id} stands in the wrong table");
        }
    }
}
