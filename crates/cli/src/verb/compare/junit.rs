//! The report for build servers, as JUnit XML: a suite for each model, and one for the decisions.

use std::fmt::Write;

use super::Outcome;

pub(super) fn xml(outcomes: &[Outcome], models: &[String]) -> String {
    let mut out =
        String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"toolgate compare\">\n");
    for (index, model) in models.iter().enumerate() {
        let trials: Vec<_> =
            outcomes.iter().filter_map(|outcome| Some((outcome, outcome.trials.get(index)?))).collect();
        let cases = trials
            .iter()
            .map(|(outcome, trial)| (&*outcome.scenario, Some(trial.seconds), &trial.problems[..]));
        suite(&mut out, model, cases.collect());
    }
    let cases = outcomes.iter().map(|outcome| (&*outcome.scenario, None, &outcome.contradictions[..]));
    suite(&mut out, "decisions are identical", cases.collect());
    out.push_str("</testsuites>\n");
    out
}

/// A suite of cases: each with its name, its time in seconds and its problems.
fn suite(out: &mut String, name: &str, cases: Vec<(&str, Option<f64>, &[String])>) {
    let failures = cases.iter().filter(|(_, _, problems)| !problems.is_empty()).count();
    let name = escaped(name);
    let _ = writeln!(out, "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failures}\">", cases.len());
    for (case, seconds, problems) in cases {
        let time = seconds.map_or_else(String::new, |seconds| format!(" time=\"{seconds:.3}\""));
        let _ = write!(out, "    <testcase classname=\"{name}\" name=\"{}\"{time}", escaped(case));
        if problems.is_empty() {
            out.push_str("/>\n");
        } else {
            let text = escaped(&problems.join("\n"));
            let _ = writeln!(out, "><failure>{text}</failure></testcase>");
        }
    }
    out.push_str("  </testsuite>\n");
}

/// Text as XML 1.0 may hold it: what it may not is left out (section 2.2).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_leave_its_place() {
        let outcome = Outcome {
            scenario: "a \"b\" <c>".to_owned(),
            trials: Vec::new(),
            contradictions: vec!["x & y\u{1b}[2J]]>".to_owned()],
        };
        let report = xml(&[outcome], &[]);
        assert!(report.contains("name=\"a &quot;b&quot; &lt;c&gt;\""), "{report}");
        assert!(report.contains("<failure>x &amp; y[2J]]&gt;</failure>"), "{report}");
        assert!(report.contains("tests=\"1\" failures=\"1\""), "{report}");
    }
}
