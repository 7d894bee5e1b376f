//! Alternatives that stand alone. Vertex AI refuses a schema that says anything beside them ("When using any_of, it must be
//! the only field set"), so what is said of all of them is said of each.

use std::borrow::Cow;

use super::Schema;

/// How much of a description is said again and again; a longer one is said of the first alternative alone.
const MOST_SAID: usize = 4096;

impl<'a> Schema<'a> {
    /// Gives each type of a list of types what is said of it: the items of an array, the least of a number. What is said of
    /// a type that is not in the list says nothing.
    pub(super) fn deal(&mut self) {
        if self.any_of.is_empty() || !self.any_of.iter().all(Self::is_bare) {
            return;
        }
        if !self.values.is_empty() && self.any_of.iter().any(|one| one.is("string")) {
            // All values are texts, so the other types have none.
            (self.kind, self.any_of) = (Some("string".into()), Vec::new());
            return;
        }
        let (items, format) = (self.items.take(), self.format.take());
        let (properties, required) =
            (std::mem::take(&mut self.properties), std::mem::take(&mut self.required));
        let bounds = std::mem::take(&mut self.bounds);
        for one in &mut self.any_of {
            one.bounds = bounds.iter().filter(|(bound, _)| one.takes_bound(bound)).cloned().collect();
            one.format = format.clone().filter(|format| one.takes_format(format));
        }
        if let Some(array) = self.any_of.iter_mut().find(|one| one.is("array")) {
            array.items = items;
        }
        if let Some(object) = self.any_of.iter_mut().find(|one| one.is("object")) {
            (object.properties, object.required) = (properties, required);
        }
    }

    /// Whether the format is one that the type takes ("only 'enum' and 'date-time' are supported for STRING type").
    pub(super) fn takes_format(&self, format: &str) -> bool {
        match self.kind.as_deref() {
            Some("string") => matches!(format, "enum" | "date-time"),
            Some("integer") => matches!(format, "int32" | "int64"),
            Some("number") => matches!(format, "float" | "double"),
            _ => false,
        }
    }

    /// Leaves out what is said of other types than its own, and so says nothing ("properties: only allowed for OBJECT type"), and takes
    /// away texts that a value of its type cannot be.
    pub(super) fn keep_own(&mut self) -> Option<String> {
        self.kind.as_ref()?;
        if !self.is("object") {
            self.properties.clear();
            self.required.clear();
        }
        if !self.is("array") {
            self.items = None;
        }
        let mut bounds = std::mem::take(&mut self.bounds);
        bounds.retain(|(bound, _)| self.takes_bound(bound));
        self.bounds = bounds;
        let is_odd = !self.values.is_empty() && !self.is("string");
        is_odd.then(|| serde_json::to_string(&std::mem::take(&mut self.values)).unwrap_or_default())
    }

    /// Adds items of another kind to those there are.
    pub(super) fn add_items(&mut self, items: Self) {
        match &mut self.items {
            None => self.items = Some(Box::new(items)),
            Some(known) if known.any_of.is_empty() => {
                let first = std::mem::take(&mut **known);
                known.any_of = vec![first, items];
            }
            Some(known) => known.any_of.push(items),
        }
    }

    /// Takes away what cannot stand beside alternatives, and that none of them can be given: keywords with their values.
    pub(super) fn take_beside(&mut self) -> Vec<(Cow<'a, str>, String)> {
        let mut beside: Vec<(Cow<'a, str>, String)> = Vec::new();
        if !self.values.is_empty() {
            let values = serde_json::to_string(&std::mem::take(&mut self.values)).unwrap_or_default();
            beside.push(("enum".into(), values));
        }
        beside.extend(self.format.take().map(|format| ("format".into(), format.into_owned())));
        let bounds = std::mem::take(&mut self.bounds);
        beside.extend(bounds.into_iter().map(|(bound, value)| (bound, value.get().to_owned())));
        beside
    }

    /// Says of each alternative what is said of all.
    pub(super) fn hand_down(&mut self) {
        let (title, description) = (self.title.take(), self.description.take());
        let nullable = std::mem::take(&mut self.nullable);
        let length = description.as_ref().map_or(0, |all| all.len());
        let many = if length.saturating_mul(self.any_of.len()) > MOST_SAID { 1 } else { usize::MAX };
        for (place, one) in self.any_of.iter_mut().enumerate() {
            one.title = one.title.take().or_else(|| title.clone());
            one.description = match (one.description.take(), description.as_ref().filter(|_| place < many)) {
                (Some(own), Some(all)) => Some(format!("{all} ({own})").into()),
                (own, all) => own.or_else(|| all.cloned()),
            };
            one.nullable |= nullable;
            if !one.any_of.is_empty() {
                one.hand_down();
            }
        }
    }

    fn is(&self, kind: &str) -> bool {
        self.kind.as_deref() == Some(kind)
    }

    /// Whether it says its type and nothing else.
    fn is_bare(&self) -> bool {
        let Self {
            kind,
            format,
            title,
            description,
            nullable,
            values,
            items,
            properties,
            required,
            any_of,
            bounds,
            notes,
        } = self;
        kind.is_some()
            && format.is_none()
            && title.is_none()
            && description.is_none()
            && !nullable
            && items.is_none()
            && values.is_empty()
            && properties.is_empty()
            && required.is_empty()
            && any_of.is_empty()
            && bounds.is_empty()
            && notes.is_empty()
    }

    fn takes_bound(&self, bound: &str) -> bool {
        match bound {
            "minLength" | "maxLength" | "pattern" => self.is("string"),
            "minItems" | "maxItems" => self.is("array"),
            "minProperties" | "maxProperties" => self.is("object"),
            _ => self.is("number") || self.is("integer"),
        }
    }
}
