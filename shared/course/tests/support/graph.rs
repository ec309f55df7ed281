//! What Grafana asks for a panel, and what the panel makes of the answer.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use course::grafana::{Dashboard, Panel, Target, scrape_interval};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use serde::Deserialize;

/// How much of the way from `min` to `max` a value may lie outside: a rate is extrapolated.
const TOLERANCE: f64 = 0.05;

/// A panel, as its dashboard shows it at first.
pub(crate) struct Graph {
    dashboard: String,
    panel: Panel,
    range: Duration,
    step: Duration,
}

/// A line of a graph, or what else its panel makes of a series.
struct Line {
    name: String,
    labels: BTreeMap<String, String>,
    values: Vec<f64>,
}

#[derive(Deserialize)]
struct Answer {
    error: Option<String>,
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    result: Vec<Series>,
}

/// A series of Prometheus's answer.
#[derive(Deserialize)]
pub(crate) struct Series {
    metric: BTreeMap<String, String>,
    /// Of a range.
    #[serde(default)]
    values: Vec<(f64, String)>,
    /// Of now.
    value: Option<(f64, String)>,
}

impl Graph {
    /// Each panel of a dashboard.
    pub(crate) fn of(dashboard: Dashboard) -> Vec<Self> {
        let (range, step) = (dashboard.time.last().unwrap(), scrape_interval().unwrap());
        let panels = dashboard.panels.into_iter().filter(|panel| panel.r#type != "row");
        panels.map(|panel| Self { dashboard: dashboard.title.clone(), panel, range, step }).collect()
    }

    /// Whether one of its queries has this in it.
    pub(crate) fn asks_for(&self, part: &str) -> bool {
        self.panel.targets.iter().any(|target| target.expr.contains(part))
    }

    /// Asks as Grafana would, and looks whether the panel can show the answers.
    pub(crate) async fn judge(&self, prometheus: &str) -> Result<(), String> {
        let mut answers = Vec::new();
        for target in &self.panel.targets {
            answers.push(self.ask(prometheus, target).await?);
        }
        self.show(answers)
    }

    /// One answer for each query.
    pub(crate) fn show(&self, answers: Vec<Vec<Series>>) -> Result<(), String> {
        let mut names = BTreeSet::new();
        for (target, series) in self.panel.targets.iter().zip(answers) {
            let lines: Vec<_> = series.into_iter().map(|series| Line::of(series, target)).collect();
            if lines.iter().flat_map(|line| &line.values).all(|value| value.is_nan()) {
                return Err(self.problem(target, "gives no number"));
            }
            for line in lines {
                self.judge_line(target, &line)?;
                if !names.insert(line.name.clone()) {
                    return Err(self.problem(target, &format!("gives a second line of the name {:?}", line.name)));
                }
            }
        }
        Ok(())
    }

    /// By `POST`, as it is provisioned. Grafana begins and ends at a multiple of the step, so that the points of a graph
    /// stay where they are when it is drawn again.
    async fn ask(&self, prometheus: &str, target: &Target) -> Result<Vec<Series>, String> {
        let mut form = vec![("query", target.query(self.step))];
        let step = self.step.as_secs();
        let mut path = "query";
        if !target.instant {
            path = "query_range";
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
            let align = |seconds: u64| (seconds / step * step).to_string();
            form.extend([
                ("start", align(now - self.range.as_secs())),
                ("end", align(now)),
                ("step", step.to_string()),
            ]);
        }
        let url = Url::parse_with_params(&format!("{prometheus}/api/v1/{path}"), form).unwrap();
        let client = Client::builder().no_proxy().build().unwrap();
        let request = client.post(url.as_str().split('?').next().unwrap()).body(url.query().unwrap().to_owned());
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer: Answer = request.send().await.unwrap().json().await.unwrap();
        match answer.error {
            Some(error) => Err(self.problem(target, &format!("is refused: {error}"))),
            None => Ok(answer.data.unwrap().result),
        }
    }

    fn judge_line(&self, target: &Target, line: &Line) -> Result<(), String> {
        if let Some(label) = target.legend_labels().find(|label| !line.labels.contains_key(*label)) {
            return Err(self.problem(target, &format!("has no label {label}, only {:?}", line.labels)));
        }
        let mut values = line.values.iter().copied().filter(|value| !value.is_nan());
        // What has happened between two scrapes is an estimate, so it may well be rounded.
        let is_estimate = target.expr.contains("increase(");
        match values.find(|value| !(self.can_show(*value) && (is_estimate || self.is_exact(*value)))) {
            Some(value) => Err(self.problem(target, &format!("gives {value}, which the panel does not show as it is"))),
            None => Ok(()),
        }
    }

    fn is_exact(&self, value: f64) -> bool {
        self.panel.field_config.defaults.decimals != Some(0) || value.fract() == 0.0
    }

    /// Whether a value lies on the axis, and has a word where there are words. A share is 0 to 1, unless the panel says that it
    /// may be more.
    fn can_show(&self, value: f64) -> bool {
        let field = &self.panel.field_config.defaults;
        let is_share = field.unit == "percentunit" && !self.panel.description.contains("more than 100 %");
        let (min, max) = (field.min.or(is_share.then_some(0.0)), field.max.or(is_share.then_some(1.0)));
        let tolerance = max.map_or(0.0, |max| TOLERANCE * (max - min.unwrap_or_default()));
        let is_on_axis =
            min.is_none_or(|min| value >= min - tolerance) && max.is_none_or(|max| value <= max + tolerance);
        let mappings = &field.mappings;
        let has_word =
            mappings.is_empty() || mappings.iter().any(|words| words.options.contains_key(&value.to_string()));
        is_on_axis && has_word
    }

    fn problem(&self, target: &Target, what: &str) -> String {
        format!("{}, {}: {} {what}", self.dashboard, self.panel.title, target.query(self.step))
    }
}

impl Line {
    fn of(series: Series, target: &Target) -> Self {
        let samples = series.values.into_iter().chain(series.value);
        let values = samples.map(|(_, value)| value.parse().unwrap()).collect();
        // Without a name of its own, a line is named after all its labels.
        let name = target.legend_format.as_ref().map_or_else(
            || format!("{:?}", series.metric),
            |legend| {
                let with_value =
                    |name: String, (label, value): (&String, &String)| name.replace(&format!("{{{{{label}}}}}"), value);
                series.metric.iter().fold(legend.clone(), with_value)
            },
        );
        Self { name, labels: series.metric, values }
    }
}
