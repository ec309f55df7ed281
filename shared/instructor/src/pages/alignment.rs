//! Which label of one family stands for which of the other, and which value for which.

use std::collections::{BTreeMap, BTreeSet};

use super::shape::Shape;

/// From how similar two label names have to be to be taken for the same: 0 is nothing alike, 1 the same.
const SIMILAR: f64 = 0.6;

/// What the labels of two families differ in.
#[derive(Debug, Default)]
pub(super) struct Alignment {
    /// The one's own name, and the other's.
    pub(super) renamed: BTreeMap<String, String>,
    pub(super) missing: BTreeSet<String>,
    /// With their values.
    pub(super) extra: BTreeMap<String, BTreeSet<String>>,
    /// By the label's name, what its values differ in.
    pub(super) values: BTreeMap<String, Values>,
}

/// What the values of a label differ in.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// A value of the other, and what the one has in its place.
    pub(super) instead: BTreeMap<String, BTreeSet<String>>,
    /// A value of the one, and what the other has in its place.
    pub(super) split: BTreeMap<String, BTreeSet<String>>,
    pub(super) missing: BTreeSet<String>,
    pub(super) missing_series: usize,
    pub(super) extra: BTreeSet<String>,
    pub(super) extra_series: usize,
}

/// Finds out what the labels differ in, and brings both shapes to the same labels: what is left can be compared series by
/// series. Series with a value that only one side has are taken out, since they are told.
pub(super) fn align(one: &mut Shape, other: &mut Shape) -> Alignment {
    let mut alignment = align_names(one, other);
    let (renamed, extra, missing) = (&alignment.renamed, &alignment.extra, &alignment.missing);
    one.relabel(|labels| {
        let kept = labels.into_iter().filter(|(name, _)| !extra.contains_key(name));
        kept.map(|(name, value)| (renamed.get(&name).cloned().unwrap_or(name), value)).collect()
    });
    other.relabel(|labels| labels.into_iter().filter(|(name, _)| !missing.contains(name)).collect());
    let common: BTreeSet<_> = one.label_names().intersection(&other.label_names()).cloned().collect();
    for label in common {
        let values = align_values(one, other, &label);
        alignment.values.insert(label, values);
    }
    alignment
}

fn align_names(one: &Shape, other: &Shape) -> Alignment {
    let [own, others] = [one.label_names(), other.label_names()];
    let mut alignment = Alignment::default();
    let mut extra: BTreeSet<_> = own.difference(&others).cloned().collect();
    for label in others.difference(&own) {
        let values = other.values_of(label);
        let likeness = |own: &String| {
            let name = strsim::normalized_levenshtein(own, label);
            share(&one.values_of(own), &values).max(if name >= SIMILAR { name } else { 0.0 })
        };
        let nearest = extra.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).cloned();
        match nearest.filter(|own| likeness(own) > 0.0) {
            Some(own) => {
                extra.remove(&own);
                alignment.renamed.insert(own, label.clone());
            }
            None => {
                alignment.missing.insert(label.clone());
            }
        }
    }
    alignment.extra = extra.into_iter().map(|label| (label.clone(), one.values_of(&label))).collect();
    alignment
}

/// The share of values that two labels have in common.
fn share(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f64 {
    let all = one.union(other).count().max(1);
    // There are never so many values that this would not be exact.
    one.intersection(other).count() as f64 / all as f64
}

fn align_values(one: &mut Shape, other: &mut Shape, label: &str) -> Values {
    let [all_own, all_others] = [one.values_of(label), other.values_of(label)];
    let mut own: BTreeSet<_> = all_own.difference(&all_others).cloned().collect();
    let mut others: BTreeSet<_> = all_others.difference(&all_own).cloned().collect();
    let mut values = Values { instead: matches(&own, &all_others), ..Values::default() };
    own.retain(|value| !values.instead.values().any(|found| found.contains(value)));
    others.retain(|value| !values.instead.contains_key(value));
    values.split = matches(&others, &all_own);
    others.retain(|value| !values.split.values().any(|found| found.contains(value)));
    own.retain(|value| !values.split.contains_key(value));
    // What is left over alone on both sides is the same under another name.
    if let (1, 1, Some(left), Some(right)) = (own.len(), others.len(), own.first(), others.first()) {
        values.instead.entry(right.clone()).or_default().insert(left.clone());
        own.clear();
        others.clear();
    }
    rename(one, label, &values.instead);
    rename(other, label, &values.split);
    values.extra_series = one.take(label, &own);
    values.missing_series = other.take(label, &others);
    (values.extra, values.missing) = (own, others);
    values
}

/// By template, the values that it stands for.
fn matches(values: &BTreeSet<String>, templates: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for value in values {
        if let Some(template) = templates.iter().find(|template| stands_for(template, value)) {
            found.entry(template.clone()).or_default().insert(value.clone());
        }
    }
    found
}

/// Whether a value is the same but for capitals, or a path for which a template such as `/items/{id}` stands.
fn stands_for(template: &str, value: &str) -> bool {
    let same = |(part, piece): (&str, &str)| part == piece || (is_placeholder(part) && !piece.is_empty());
    let [parts, pieces] = [template, value].map(|path| path.split('/').count());
    let is_path = template.contains('/') && parts == pieces && template.split('/').zip(value.split('/')).all(same);
    template.eq_ignore_ascii_case(value) || is_path
}

/// As axum, Rails and Flask write it.
fn is_placeholder(part: &str) -> bool {
    let in_brackets = |open, close| part.len() > 2 && part.starts_with(open) && part.ends_with(close);
    in_brackets('{', '}') || in_brackets('<', '>') || (part.len() > 1 && part.starts_with(':'))
}

fn rename(shape: &mut Shape, label: &str, instead: &BTreeMap<String, BTreeSet<String>>) {
    shape.relabel(|mut labels| {
        if let Some(value) = labels.get_mut(label)
            && let Some((name, _)) = instead.iter().find(|(_, found)| found.contains(value))
        {
            name.clone_into(value);
        }
        labels
    });
}
