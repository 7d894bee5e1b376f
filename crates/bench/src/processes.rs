//! Processes that a measurement is made of: a server and, in turn, the clients, so that the processor time and the memory
//! of each are nobody else's.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use rustix::thread::{CpuSet, sched_setaffinity};
use toolgate_bench::measure::median;

/// The processor of the clients, and that of the server.
pub(crate) const CLIENTS: usize = 0;
pub(crate) const SERVER: usize = 1;

/// Keeps this thread on one processor, where there is more than one.
pub(crate) fn pin(processor: usize) {
    let mut set = CpuSet::new();
    set.set(processor);
    // On a machine with a single processor there is nothing to keep apart.
    let _ = sched_setaffinity(None, &set);
}

/// A server's process, killed when the run is over.
pub(crate) struct Server(Child);

impl Server {
    /// Starts this program as a server; also the ports that it prints.
    pub(crate) fn start(arguments: &[&str]) -> (Self, Vec<u16>) {
        let mut child = itself(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        (Self(child), line.split_whitespace().map(|port| port.parse().unwrap()).collect())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// This program, to be started with `arguments`.
pub(crate) fn itself(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(arguments);
    command
}

/// One run of a client: the numbers that it prints.
pub(crate) fn numbers<const N: usize>(client: &mut Command) -> [f64; N] {
    let output = client.output().unwrap();
    assert!(output.status.success(), "{client:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<f64> = text.split_whitespace().map(|number| number.parse().unwrap()).collect();
    numbers.try_into().expect("as many numbers from a client as it has figures")
}

/// The median of each column.
pub(crate) fn middles<const N: usize>(runs: &[[f64; N]]) -> [f64; N] {
    std::array::from_fn(|column| median(runs.iter().map(|run| run[column])))
}
