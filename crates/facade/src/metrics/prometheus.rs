//! The text exposition format of Prometheus, version 0.0.4, which OpenMetrics scrapers read too.

use std::fmt::{self, Display, Write};

use super::{Distribution, Family, Kind, Measure, Sample, Snapshot};

impl Snapshot {
    /// The media type of [`to_prometheus`](Self::to_prometheus).
    pub const PROMETHEUS_MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

    /// The numbers as text for a scraper.
    ///
    /// ```no_run
    /// # fn example(toolgate: &toolgate::Toolgate) -> String {
    /// toolgate.metrics().to_prometheus()
    /// # }
    /// ```
    #[must_use]
    pub fn to_prometheus(&self) -> String {
        let mut text = String::with_capacity(4096);
        for family in &self.families {
            // Writing to a string cannot fail.
            let _ = write_family(&mut text, family);
        }
        text
    }
}

fn write_family(text: &mut String, family: &Family) -> fmt::Result {
    let kind = match family.kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    };
    writeln!(text, "# HELP {} {}", family.name, family.help)?;
    writeln!(text, "# TYPE {} {kind}", family.name)?;
    for sample in &family.samples {
        match &sample.measure {
            Measure::Count(count) => writeln!(text, "{}{} {count}", family.name, Labels(sample, None))?,
            Measure::Level(level) => writeln!(text, "{}{} {level}", family.name, Labels(sample, None))?,
            Measure::Distribution(seen) => write_histogram(text, family.name, sample, seen)?,
        }
    }
    Ok(())
}

fn write_histogram(text: &mut String, name: &str, sample: &Sample, seen: &Distribution) -> fmt::Result {
    let mut below = 0;
    let bounds = seen.bounds.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
    for (bound, count) in bounds.zip(&seen.counts) {
        below += count;
        writeln!(text, "{name}_bucket{} {below}", Labels(sample, Some(&bound)))?;
    }
    writeln!(text, "{name}_sum{} {}", Labels(sample, None), seen.sum)?;
    writeln!(text, "{name}_count{} {below}", Labels(sample, None))
}

/// The labels of a sample in braces, and the bound of a bucket.
struct Labels<'a>(&'a Sample, Option<&'a str>);

impl Display for Labels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(sample, bound) = self;
        let own = sample.labels.iter().map(|(name, value)| (*name, value.as_str()));
        for (place, (name, value)) in own.chain(bound.map(|bound| ("le", bound))).enumerate() {
            f.write_char(if place == 0 { '{' } else { ',' })?;
            write!(f, "{name}=\"")?;
            for c in value.chars() {
                match c {
                    '\\' => f.write_str("\\\\")?,
                    '"' => f.write_str("\\\"")?,
                    '\n' => f.write_str("\\n")?,
                    c => f.write_char(c)?,
                }
            }
            f.write_char('"')?;
        }
        if sample.labels.is_empty() && bound.is_none() { Ok(()) } else { f.write_char('}') }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use toolgate_audit_log::OutcomeKind;

    use crate::metrics::Metrics;
    use crate::{Config, Policy};

    #[test]
    fn the_text_is_as_the_format_wants_it() {
        let policy = Policy::deny_all().with_rule("a\"b\\\n", [""; 0]);
        let config = Config { policy, ..Config::default() };
        let metrics = Arc::new(Metrics::new(&config));
        metrics.called("rig", OutcomeKind::Succeeded, Duration::from_millis(3));
        metrics.called("rig", OutcomeKind::Failed, Duration::from_secs(1000));
        let open = metrics.conversation();
        let text = metrics.snapshot().to_prometheus();
        for line in [
            "# TYPE toolgate_decisions_total counter",
            "toolgate_decisions_total{rule=\"a\\\"b\\\\\\n\",verdict=\"allowed\"} 0",
            "toolgate_tool_calls_total{server=\"rig\",outcome=\"succeeded\"} 1",
            "toolgate_tool_call_duration_seconds_bucket{server=\"rig\",le=\"0.0025\"} 0",
            "toolgate_tool_call_duration_seconds_bucket{server=\"rig\",le=\"0.005\"} 1",
            "toolgate_tool_call_duration_seconds_bucket{server=\"rig\",le=\"+Inf\"} 2",
            "toolgate_tool_call_duration_seconds_sum{server=\"rig\"} 1000.003",
            "toolgate_tool_call_duration_seconds_count{server=\"rig\"} 2",
            "toolgate_open_conversations 1",
            "toolgate_conversations_total{result=\"given_up\"} 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing from\n{text}");
        }
        drop(open);
        let text = metrics.snapshot().to_prometheus();
        assert!(text.contains("toolgate_conversations_total{result=\"given_up\"} 1"), "{text}");
    }
}
