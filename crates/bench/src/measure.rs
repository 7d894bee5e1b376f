//! Interleaved measurement: every cell gets a short batch in each round, so that whatever else the machine does falls
//! on all of them alike; the median over the rounds is what counts.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// One thing to measure.
pub struct Cell {
    /// What is done.
    pub operation: &'static str,
    /// Who does it.
    pub who: &'static str,
    work: Box<dyn FnMut(u32)>,
}

/// What one operation takes, in microseconds.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// By the clock on the wall.
    pub wall: f64,
    /// Of this thread's processor time.
    pub cpu: f64,
}

impl Cell {
    /// Measures `work`; the loop around it is inside, so that a call through a pointer is not measured.
    pub fn new(operation: &'static str, who: &'static str, mut work: impl FnMut() + 'static) -> Self {
        let work = Box::new(move |times| {
            for _ in 0..times {
                work();
            }
        });
        Self { operation, who, work }
    }

    fn timed(&mut self, times: u32) -> Cost {
        let (wall, cpu) = (Instant::now(), thread_time());
        (self.work)(times);
        let (cpu, wall) = (thread_time() - cpu, wall.elapsed());
        let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(times);
        Cost { wall: each(wall), cpu: each(cpu) }
    }
}

/// The cells in turn, `rounds` times, each for about `batch`; after each round, `between` is called.
pub fn interleaved(cells: &mut [Cell], rounds: u32, batch: Duration, mut between: impl FnMut()) -> Vec<Cost> {
    let times: Vec<u32> = cells
        .iter_mut()
        .map(|cell| {
            cell.timed(50);
            let once = cell.timed(200).cpu.max(0.001);
            ((batch.as_secs_f64() * 1e6 / once) as u32).max(1)
        })
        .collect();
    let mut costs = vec![Vec::new(); cells.len()];
    for _ in 0..rounds {
        for ((cell, times), costs) in cells.iter_mut().zip(&times).zip(&mut costs) {
            costs.push(cell.timed(*times));
        }
        between();
    }
    costs.iter().map(|costs| middle(costs)).collect()
}

/// The median of each column.
pub fn middle(costs: &[Cost]) -> Cost {
    let wall = median(costs.iter().map(|cost| cost.wall));
    Cost { wall, cpu: median(costs.iter().map(|cost| cost.cpu)) }
}

/// The median; 0 of nothing.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// The processor time of this thread.
fn thread_time() -> Duration {
    duration(ClockId::ThreadCPUTime)
}

/// The processor time of this process.
pub fn process_time() -> Duration {
    duration(ClockId::ProcessCPUTime)
}

fn duration(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
