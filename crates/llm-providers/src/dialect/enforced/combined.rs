//! Schemas that are made of others: alternatives, and parts that all hold.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{MAX_DEPTH, Read, Subset};
use crate::dialect::lenient::Members;

/// Words for people, which no answer must meet.
const ANNOTATIONS: [&str; 5] = ["title", "description", "default", "examples", "$comment"];

impl<'a> Subset<'a, '_> {
    /// One that goes round in a circle is left out where there are others: an answer without it is still one that was asked for.
    pub(super) fn alternatives(&mut self, value: &'a RawValue, path: &str) -> String {
        let Ok(mut items) = serde_json::from_str::<Vec<&RawValue>>(value.get()) else {
            return value.get().to_owned();
        };
        let is_cut = |item: &&RawValue| {
            let Members(read) = serde_json::from_str::<Members<'_>>(item.get()).unwrap_or_default();
            read.iter().any(|(keyword, value)| keyword == "$ref" && self.references.target(value).is_none())
        };
        let (cut, left): (Vec<&RawValue>, Vec<&RawValue>) = items.iter().copied().partition(is_cut);
        if !cut.is_empty() && !left.is_empty() {
            self.is_changed = true;
            for _ in cut {
                self.losses
                    .report(format_args!("{path}.$ref"), "circular or unknown: left out of the alternatives");
            }
            items = left;
        }
        let items: Vec<String> = items.into_iter().map(|item| self.schema(item, &path)).collect();
        format!("[{}]", items.join(","))
    }

    /// What is referred to stands in place of the reference: "`allOf` with `$ref` not supported".
    pub(super) fn parts(&mut self, value: &'a RawValue, path: &str) -> String {
        let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(value.get()) else {
            return value.get().to_owned();
        };
        let mut parts = Vec::with_capacity(items.len());
        for item in items {
            match serde_json::from_str(item.get()) {
                Ok(Members(read)) if self.depth < MAX_DEPTH => self.part(read, path, &mut parts),
                _ => parts.push(item.get().to_owned()),
            }
        }
        format!("[{}]", parts.join(","))
    }

    fn part(&mut self, mut members: Read<'a>, path: &str, parts: &mut Vec<String>) {
        while let Some((own, referred)) = self.referred(&members) {
            self.is_changed = true;
            let is_annotation = |(keyword, _): &(Cow<'_, str>, _)| ANNOTATIONS.contains(&&**keyword);
            let (annotations, rules): (Read<'a>, Read<'a>) = own.into_iter().partition(is_annotation);
            if !rules.is_empty() {
                // What stands beside a reference is a part like it.
                let part = self.members(rules, &path);
                parts.push(part);
            }
            // Words of this place say more of it.
            members = referred;
            members.retain(|(keyword, _)| !annotations.iter().any(|(own, _)| own == keyword));
            members.extend(annotations);
        }
        let part = self.members(members, &path);
        parts.push(part);
    }

    /// What stands beside a reference, and what it refers to; `None` where there is none that leads anywhere.
    fn referred(&mut self, members: &Read<'a>) -> Option<(Read<'a>, Read<'a>)> {
        let (_, reference) = members.iter().find(|(keyword, _)| keyword == "$ref")?;
        let target = self.references.target(reference)?;
        self.left = self.left.checked_sub(target.get().len())?;
        let Members(referred) = serde_json::from_str::<Members<'a>>(target.get()).ok()?;
        let own = members.iter().filter(|(keyword, _)| keyword != "$ref").cloned().collect();
        Some((own, referred))
    }
}
