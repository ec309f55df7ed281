//! What two pages of metrics differ in, told by meaning and not by line.
//!
//! Order, help texts' words, timestamps and all that the machine decides (times, memory, CPU, its own versions) are no
//! differences. Read in this order: `shape` (a family, as far as it is compared), `alignment` (which label, and which value
//! of one, stands for which), `words`.

mod alignment;
mod shape;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use checks::exposition::{Family, MetricType, Page};

use self::alignment::{Alignment, align};
use self::shape::{Series, Shape};
use self::words::{labels, list, numbers, series};

/// From how similar two names have to be to be taken for the same metric: 0 is nothing alike, 1 the same.
const SIMILAR: f64 = 0.75;
/// The most pairs of names that are compared letter by letter. Pages with more are of different programs.
const MOST_PAIRS: usize = 20_000;
/// The most series and values that are named; of the others, how many they are.
const MOST: usize = 4;

/// What two pages are called in a sentence, such as `yours` and `the solution`.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The one that is compared.
    pub one: &'a str,
    /// The one that it is compared with.
    pub other: &'a str,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Families, types, labels, buckets, series.
    Shape,
    /// The values too, where the same traffic gives the same ones.
    Values,
}

/// What families differ in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The names of all families that differ in the same, in their order.
    pub families: Vec<String>,
    /// Sentences without a full stop. What stands on a page is in them as it is.
    pub says: Vec<String>,
}

impl Difference {
    /// The first few of the families, and how many there are besides.
    pub fn heading(&self) -> String {
        let (shown, rest) = self.families.split_at(self.families.len().min(MOST));
        match rest.len() {
            0 => shown.join(", "),
            1 => format!("{} and 1 other", shown.join(", ")),
            more => format!("{} and {more} others", shown.join(", ")),
        }
    }
}

/// What two pages differ in, in the order of the families' names. Families that differ in the same are told once.
pub fn differences(one: &Page, other: &Page, names: Names<'_>, depth: Depth) -> Vec<Difference> {
    let pairs = pairs(one, other).into_iter().map(|pair| match pair {
        Pair::Both(one, other) => (&other.name, between(one, other, names, depth)),
        Pair::One(family) => (&family.name, vec![alone(family, &format!("only {} has", names.one))]),
        Pair::Other(family) => (&family.name, vec![alone(family, &format!("{} lacks", names.one))]),
    });
    let differing: BTreeMap<_, _> = pairs.filter(|(_, says)| !says.is_empty()).collect();
    let mut differences: Vec<Difference> = Vec::new();
    let mut told = HashMap::new();
    for (name, says) in differing {
        let index = *told.entry(says.clone()).or_insert(differences.len());
        match differences.get_mut(index) {
            Some(difference) => difference.families.push(name.clone()),
            None => differences.push(Difference { families: vec![name.clone()], says }),
        }
    }
    differences
}

/// A family of one page, of the other one, or of both.
enum Pair<'a> {
    One(&'a Family),
    Other(&'a Family),
    Both(&'a Family, &'a Family),
}

/// What has the same name is the same; of the rest, what has nearly the same.
fn pairs<'a>(one: &'a Page, other: &'a Page) -> Vec<Pair<'a>> {
    let [ours, theirs] = [one, other].map(by_name);
    let mut pairs: Vec<_> =
        one.families.iter().filter_map(|family| Some(Pair::Both(family, theirs.get(family.name.as_str())?))).collect();
    let without = |page: &'a Page, names: &HashMap<_, _>| -> Vec<_> {
        page.families.iter().filter(|family| !names.contains_key(family.name.as_str())).collect()
    };
    let [mut extra, missing] = [without(one, &theirs), without(other, &ours)];
    if extra.len() * missing.len() > MOST_PAIRS {
        pairs.extend(extra.into_iter().map(Pair::One).chain(missing.into_iter().map(Pair::Other)));
        return pairs;
    }
    for family in missing {
        let likeness = |index: &usize| similarity(&extra[*index].name, &family.name);
        let nearest = (0..extra.len()).max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        match nearest.filter(|index| likeness(index) >= SIMILAR) {
            Some(index) => pairs.push(Pair::Both(extra.remove(index), family)),
            None => pairs.push(Pair::Other(family)),
        }
    }
    pairs.extend(extra.into_iter().map(Pair::One));
    pairs
}

fn by_name(page: &Page) -> HashMap<&str, &Family> {
    page.families.iter().map(|family| (family.name.as_str(), family)).collect()
}

/// A name that lacks its end, such as `_total`, is taken for the same.
fn similarity(name: &str, other: &str) -> f64 {
    if name.starts_with(&format!("{other}_")) || other.starts_with(&format!("{name}_")) {
        return 1.0;
    }
    strsim::normalized_levenshtein(name, other)
}

fn alone(family: &Family, says: &str) -> String {
    format!("{says} this {}, with {}", family.metric_type, series(Shape::of(family).series.len()))
}

fn between(one: &Family, other: &Family, names: Names<'_>, depth: Depth) -> Vec<String> {
    let mut says = metadata(one, other, names);
    let [mut ours, mut theirs] = [one, other].map(Shape::of);
    says.extend(bounds(&ours, &theirs, other));
    // Nobody chose the labels of a family without series.
    if !ours.series.is_empty() && !theirs.series.is_empty() {
        let alignment = align(&mut ours, &mut theirs);
        says.extend(label_differences(&alignment, names));
        says.extend(value_differences(&alignment, names));
    }
    says.extend(series_differences(&ours, &theirs, names));
    if depth == Depth::Values {
        says.extend(number_differences(&ours, &theirs));
    }
    says
}

fn metadata(one: &Family, other: &Family, names: Names<'_>) -> Vec<String> {
    let Names { one: one_name, other: other_name } = names;
    let mut says = Vec::new();
    if one.name != other.name {
        says.push(renamed(&one.name, &other.name, one_name));
    }
    if one.metric_type != other.metric_type {
        let name = if one.name == other.name { "the same name, but " } else { "" };
        says.push(format!("{name}{one_name} is {} instead of {}", kind(one.metric_type), kind(other.metric_type)));
    }
    // Only OpenMetrics says units beside the name.
    if let (Some(one), Some(other)) = (&one.unit, &other.unit)
        && one != other
    {
        says.push(format!("the unit is `{one}` instead of `{other}`"));
    }
    let has_help = |family: &Family| family.help.as_ref().is_some_and(|help| !help.trim().is_empty());
    match (has_help(one), has_help(other)) {
        (false, true) => says.push(format!("{one_name} has no help text")),
        (true, false) => says.push(format!("{other_name} has no help text")),
        _ => {}
    }
    says
}

fn kind(metric_type: MetricType) -> String {
    match metric_type {
        MetricType::Undeclared => "without a type".to_owned(),
        MetricType::Untyped => "untyped".to_owned(),
        MetricType::Info => "an info metric".to_owned(),
        _ => format!("a {metric_type}"),
    }
}

fn renamed(name: &str, other: &str, one_name: &str) -> String {
    match (other.strip_prefix(name), name.strip_prefix(other)) {
        (Some(end), _) => format!("{one_name} leaves `{end}` out at the end of the name"),
        (_, Some(end)) => format!("{one_name} adds `{end}` at the end of the name"),
        _ => format!("{one_name} seems to call it `{name}`"),
    }
}

/// Buckets or quantiles.
fn bounds(ours: &Shape, theirs: &Shape, family: &Family) -> Option<String> {
    if ours.bounds == theirs.bounds || ours.series.is_empty() || theirs.series.is_empty() {
        return None;
    }
    let what = if family.metric_type == MetricType::Summary { "quantiles" } else { "buckets" };
    let thousandfold = ours.bounds.len() == theirs.bounds.len()
        && !ours.bounds.is_empty()
        && ours.bounds.iter().zip(&theirs.bounds).all(|(one, other)| (one - other * 1000.0).abs() < 1e-6 * one.abs());
    let hint = if thousandfold { ": thousandths instead of the base unit" } else { "" };
    Some(format!("{what} {} instead of {}{hint}", numbers(&ours.bounds), numbers(&theirs.bounds)))
}

fn label_differences(alignment: &Alignment, names: Names<'_>) -> Vec<String> {
    let renamed = alignment.renamed.iter();
    let renamed = renamed.map(|(own, other)| format!("the label `{own}` instead of `{other}`"));
    let missing = alignment.missing.iter().map(|label| format!("{} lacks the label `{label}`", names.one));
    let extra = alignment.extra.iter().map(|(label, values)| {
        format!("only {} has the label `{label}`, with the value {}", names.one, list(values, MOST, "or"))
    });
    renamed.chain(missing).chain(extra).collect()
}

fn value_differences(alignment: &Alignment, names: Names<'_>) -> Vec<String> {
    let mut says = Vec::new();
    for (label, values) in &alignment.values {
        for (other, own) in &values.instead {
            let own = list(own, MOST, "or");
            says.push(format!("{} has {own} as `{label}` where {} has `{other}`", names.one, names.other));
        }
        for (own, other) in &values.split {
            let other = list(other, MOST, "or");
            says.push(format!("{} has `{own}` as `{label}` where {} has {other}", names.one, names.other));
        }
        if !values.missing.is_empty() {
            let (missing, count) = (list(&values.missing, MOST, "or"), series(values.missing_series));
            says.push(format!("{} lacks {count} with {missing} as `{label}`", names.one));
        }
        if !values.extra.is_empty() {
            let (extra, count) = (list(&values.extra, MOST, "or"), series(values.extra_series));
            says.push(format!("only {} has {count} with {extra} as `{label}`", names.one));
        }
    }
    says
}

fn series_differences(ours: &Shape, theirs: &Shape, names: Names<'_>) -> Vec<String> {
    let only_in = |shape: &Shape, other: &Shape| -> BTreeSet<String> {
        shape.series.keys().filter(|labels| !other.series.contains_key(*labels)).map(labels).collect()
    };
    let [missing, extra] = [only_in(theirs, ours), only_in(ours, theirs)];
    let mut says = Vec::new();
    if !missing.is_empty() {
        says.push(format!("{} lacks {}: {}", names.one, series(missing.len()), list(&missing, MOST, "and")));
    }
    if !extra.is_empty() {
        says.push(format!("only {} has {}: {}", names.one, series(extra.len()), list(&extra, MOST, "and")));
    }
    says
}

fn number_differences(ours: &Shape, theirs: &Shape) -> Option<String> {
    let both = ours.series.iter().filter_map(|(labels, own)| Some((labels, own, theirs.series.get(labels)?)));
    let differing: Vec<_> = both.filter(|(_, own, other)| Series::differ(own, other)).collect();
    let what = if ours.counts_observations { "the number of observations" } else { "the value" };
    if let [(key, own, other)] = differing.as_slice() {
        let of = if key.is_empty() { String::new() } else { format!(" of `{}`", labels(key)) };
        return Some(format!("{what}{of} is {} instead of {}", own.value, other.value));
    }
    let shown = differing.iter().take(MOST);
    let shown: Vec<_> = shown
        .map(|(key, own, other)| format!("`{}` is {} instead of {}", labels(key), own.value, other.value))
        .collect();
    let more = differing.len().saturating_sub(MOST);
    let more = if more == 0 { String::new() } else { format!(", and {more} more") };
    (!shown.is_empty()).then(|| format!("{what} differs in {}: {}{more}", series(differing.len()), shown.join(", ")))
}
