//! `[store]`, where it is set up: whether the database can be used that a fleet shares tokens and counts through. Without it
//! every process asks for its own and counts for itself, and nobody notices but the authorization server.

use toolgate::{Config, Error};

use super::visit::Visit;
use crate::fix;

pub(super) async fn examine(visit: &mut Visit, config: &Config) {
    let Some(place) = config.store_place() else { return };
    visit.group("Shared store", &place);
    match visit.wait("store", config.try_store()).await {
        (Ok(()), took) => {
            visit.good("store", Some(took), "a lock was taken, a value stored and read back, a call counted")
        }
        (Err(error), took) => {
            let fix = match error {
                Error::Store(_) => Some(
                    "look at the database, and at TOOLGATE_STORE_URL, or url under [store]; meanwhile every process \
                     asks for tokens of its own and counts calls for itself"
                        .to_owned(),
                ),
                _ => fix::of(&error, "TOOLGATE_STORE_URL (or url under [store])"),
            };
            visit.failed("store", Some(took), &error, fix);
        }
    }
}
