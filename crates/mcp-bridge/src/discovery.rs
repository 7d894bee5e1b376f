//! `tools/list`, page by page, within bounds (MCP server/utilities/pagination).
//!
//! rmcp's own loop has no limit, and one malformed tool costs it the whole list; here pages, bytes and tools are counted,
//! a cursor may not come twice, and each item is judged alone.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::definition::Definition;
use crate::failure::Failure;
use crate::session::{Generation, Session};
use crate::text::escaped;

/// The most pages of one list.
const MAX_PAGES: usize = 100;
/// The most tools of one server.
const MAX_TOOLS: usize = 1_000;
/// The most bytes of one list, all pages together.
const MAX_BYTES: usize = 32 << 20;

/// The bounds of the time that a list is good for, whatever its server says: one that says 0 or nothing is not asked at each
/// step of a conversation.
const TTL: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(24 * 60 * 60));

/// What one server offers, and what of it is left out, by the server's names.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) definitions: Vec<Arc<Definition>>,
    /// Name and reason.
    pub(crate) left_out: Vec<(String, String)>,
    /// How long the list is good for; servers with sessions tell of changes instead.
    pub(crate) ttl: Option<Duration>,
}

/// Definitions by what their server wrote.
type Known<'a> = HashMap<&'a str, &'a Arc<Definition>>;

impl Listing {
    fn by_text(&self) -> Known<'_> {
        self.definitions.iter().map(|definition| (definition.text.as_str(), definition)).collect()
    }

    /// The tools of one page, each judged alone, but for those that are `known`.
    fn of(page: &[&RawValue], known: &Known<'_>) -> Self {
        let mut listing = Self::default();
        for raw in page {
            let judged = match known.get(raw.get()) {
                Some(definition) => Ok(Arc::clone(definition)),
                None => Definition::read(raw).map(Arc::new),
            };
            match judged {
                Ok(definition) => listing.definitions.push(definition),
                Err(left_out) => listing.left_out.push(left_out),
            }
        }
        listing
    }

    /// Whether `page` brings nothing but what is here already, to the letter.
    fn repeats(&self, page: &Self) -> bool {
        let texts = self.by_text();
        page.definitions.iter().all(|definition| texts.contains_key(definition.text.as_str()))
            && page.left_out.iter().all(|left_out| self.left_out.contains(left_out))
    }

    fn add(&mut self, page: Self) {
        self.definitions.extend(page.definitions);
        self.left_out.extend(page.left_out);
    }
}

fn too_large(limit: String) -> Failure {
    Failure::TooLarge { what: "the tool list", limit }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    #[serde(borrow, deserialize_with = "null_is_none")]
    tools: Vec<&'a RawValue>,
    next_cursor: Option<String>,
    ttl_ms: Option<f64>,
}

/// Servers in Go write a list that was never filled as `null`.
fn null_is_none<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<&'a RawValue>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Asks for all pages in one session. What is as it was `before`, to the letter, is not judged again.
///
/// The server's declared capabilities are not consulted: servers exist that have tools and do not say so.
pub(crate) async fn list_tools(session: &Session, before: Option<&Listing>) -> Result<Listing, Failure> {
    let known = before.map(Listing::by_text).unwrap_or_default();
    let mut listing = Listing::default();
    let mut ttl = TTL.1;
    let mut cursors = HashSet::new();
    let mut bytes = 0;
    let mut cursor = None;
    for _ in 0..MAX_PAGES {
        let text = session.list_tools(cursor).await?;
        bytes += text.len();
        if bytes > MAX_BYTES {
            return Err(too_large(format!("{} MiB", MAX_BYTES >> 20)));
        }
        let page: Page<'_> = serde_json::from_str(&text).map_err(|error| {
            Failure::Protocol(format!(
                "the answer to tools/list is malformed: {}",
                escaped(&error.to_string())
            ))
        })?;
        ttl = ttl.min(
            Duration::try_from_secs_f64(page.ttl_ms.unwrap_or_default() / 1000.0)
                .unwrap_or_default()
                .max(TTL.0),
        );
        if listing.definitions.len() + listing.left_out.len() + page.tools.len() > MAX_TOOLS {
            return Err(too_large(format!("{MAX_TOOLS} tools")));
        }
        let tools = Listing::of(&page.tools, &known);
        let came_before = page.next_cursor.as_ref().is_some_and(|next| cursors.contains(next));
        // Servers exist that name a cursor on their last page too, and begin anew with it.
        let next = page.next_cursor.filter(|_| !(came_before && listing.repeats(&tools)));
        if next.is_some() || !came_before {
            listing.add(tools);
        }
        let Some(next) = next else {
            hide_duplicates(&mut listing);
            listing.ttl = (session.generation() == Generation::Stateless).then_some(ttl);
            return Ok(listing);
        };
        if !cursors.insert(next.clone()) {
            return Err(Failure::Protocol(format!("tools/list gave the cursor {:?} twice", escaped(&next))));
        }
        cursor = Some(next);
    }
    Err(too_large(format!("{MAX_PAGES} pages")))
}

/// Two tools of one name: which one a call would reach is the server's secret, so neither is offered; not where the other is
/// left out for its own faults either.
fn hide_duplicates(listing: &mut Listing) {
    let mut seen: HashSet<&str> = listing.left_out.iter().map(|(name, _)| name.as_str()).collect();
    let twice: HashSet<String> = listing
        .definitions
        .iter()
        .filter(|definition| !seen.insert(definition.name.as_str()))
        .map(|definition| definition.name.clone())
        .collect();
    listing.definitions.retain(|definition| !twice.contains(&definition.name));
    let reason = "the server lists several tools of this name";
    listing.left_out.extend(twice.into_iter().map(|name| (name, reason.to_owned())));
    listing.left_out.sort();
}
