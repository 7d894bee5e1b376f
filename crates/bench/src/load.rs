//! What a client's process does: so many exchanges at a time for a while, on one thread of its own processor, and one line
//! of figures.

use std::fs;
use std::time::{Duration, Instant};

use toolgate_bench::measure::process_time;

use crate::processes;

/// How many figures a client prints: requests/s, CPU µs per request, p50 µs, p99 µs, peak memory in KiB.
pub(crate) const FIGURES: usize = 5;

/// Runs a client on the clients' processor.
pub(crate) fn on_one_thread(client: impl Future<Output = ()>) {
    processes::pin(processes::CLIENTS);
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(client);
}

/// Warms up for a third of the time, measures, and prints the figures.
pub(crate) async fn measure<E, F>(in_flight: usize, millis: u64, exchange: E)
where
    E: Fn() -> F + Clone + Send + 'static,
    F: Future<Output = ()> + Send,
{
    load(in_flight, Duration::from_millis(millis / 3), &exchange).await;
    let (start, cpu) = (Instant::now(), process_time());
    let mut times = load(in_flight, Duration::from_millis(millis), &exchange).await;
    let (wall, cpu) = (start.elapsed(), process_time() - cpu);
    times.sort_unstable();
    let count = times.len() as f64;
    let part = |per_cent: usize| times[(times.len() * per_cent / 100).min(times.len() - 1)] as f64 / 1000.0;
    println!(
        "{} {} {} {} {}",
        count / wall.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / count,
        part(50),
        part(99),
        peak_memory()
    );
}

/// How long each exchange took, in nanoseconds.
async fn load<E, F>(in_flight: usize, time: Duration, exchange: &E) -> Vec<u64>
where
    E: Fn() -> F + Clone + Send + 'static,
    F: Future<Output = ()> + Send,
{
    let end = Instant::now() + time;
    let tasks: Vec<_> = (0..in_flight)
        .map(|_| {
            let exchange = exchange.clone();
            tokio::spawn(async move {
                let mut times = Vec::new();
                loop {
                    let start = Instant::now();
                    exchange().await;
                    times.push(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX));
                    if Instant::now() >= end {
                        return times;
                    }
                }
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.append(&mut task.await.unwrap());
    }
    all
}

/// In KiB, as Linux tells it.
pub(crate) fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or_default()
}
