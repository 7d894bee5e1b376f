//! Tables in Markdown, as docs/benchmarks.md holds them.

/// Prints a heading and a table; numbers are aligned to the right.
pub(crate) fn print(title: &str, columns: &[&str], rows: &[Vec<String>]) {
    println!("\n### {title}\n");
    println!("| {} |", columns.join(" | "));
    let rule: Vec<&str> = (0..columns.len()).map(|column| if column < 2 { "---" } else { "---:" }).collect();
    println!("|{}|", rule.join("|"));
    for row in rows {
        println!("| {} |", row.join(" | "));
    }
}

/// A number with three digits that count.
pub(crate) fn number(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value if value >= 1.0 => format!("{value:.2}"),
        value => format!("{value:.3}"),
    }
}

/// How many times `value` is `base`.
pub(crate) fn ratio(value: f64, base: f64) -> String {
    format!("{:.2}", value / base)
}
