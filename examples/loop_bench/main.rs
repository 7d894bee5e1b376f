//! The whole loop under load, as one client of a benchmark: model, gate, tool, model, over and over.
//!
//! `loop_bench --ca FILE [--n 200] [--conc 1] [--seconds S] [--llm-prefix /d200] [--provider openai|anthropic|gemini]
//! [--http 1|2]` prints one line of JSON. The servers are at `OAUTH_URL`, `MCP_URL` and `LLM_URL`, with local ports as defaults; the
//! client is `mcp-client`. `cargo xtask bench loop` runs it beside others.
#![expect(clippy::print_stdout, reason = "the line is what the benchmark reads")]

mod arguments;
mod parts;
mod process;

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use toolgate::{ChatModel, Config, Durable, Toolgate};

use crate::arguments::Arguments;
use crate::parts::{ModelTimes, Parts};

const QUESTION: &str = "Look up information for customer 'JOHNDOE123'";

/// One thread, as the clients that it is compared with have.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failed> {
    let arguments = Arguments::read(std::env::args().skip(1))?;
    let folder = tempfile::tempdir()?;
    let mut config = Config::from_environment(arguments.environment().into_iter().collect());
    config.audit.file = folder.path().join("loop.audit.jsonl");
    config.audit.durable = Durable::Batch;
    // As the clients that it is compared with do, which do not speak HTTP/2.
    config.tls.http1_only = if arguments.http2 { Vec::new() } else { vec![arguments.mcp_url()] };
    // The scripted model speaks in clear on this machine.
    config.tls.insecure_loopback = true;
    let http = ModelTimes::over(config.http_client()?, &arguments.llm_url().parse()?)
        .ok_or("LLM_URL has no host")?;
    let client = Arc::new(Client { toolgate: Toolgate::open_with(config, http)?, arguments });
    let model = client.toolgate.model(Some(client.arguments.model()))?;

    // Connections, the token, its keys and the tools are there before anything is measured.
    let warm_up = client.arguments.concurrency.min(64);
    futures_util::future::try_join_all((0..warm_up).map(|_| client.chat(&model))).await?;
    let (cpu, started) = (process::cpu_time()?, Instant::now());
    let parts = client.load(&model, started).await?;
    let (took, cpu) = (started.elapsed(), process::cpu_time()?.saturating_sub(cpu));
    println!("{}", client.report(parts, took, cpu)?);
    Ok(())
}

/// What ends a task.
type Failed = Box<dyn Error + Send + Sync>;

struct Client {
    toolgate: Toolgate,
    arguments: Arguments,
}

impl Client {
    /// One conversation with one tool call.
    async fn chat(&self, model: &ChatModel) -> Result<Parts, Failed> {
        let started = Instant::now();
        self.toolgate.token().await?;
        let verify = started.elapsed();
        let started = Instant::now();
        let (answer, models) = ModelTimes::scope(self.toolgate.chat(model, QUESTION)).await;
        let answer = answer?;
        let total = started.elapsed();
        match (answer.passages.as_slice(), models.as_slice()) {
            ([passage], [first, second]) if passage.decision.is_allowed() && !passage.result.is_error => {
                Ok(Parts { llm1: *first, verify, mcp: passage.duration, llm2: *second, total })
            }
            (passages, models) => Err(format!(
                "expected one allowed call and two model requests, found {} and {}",
                passages.len(),
                models.len()
            )
            .into()),
        }
    }

    /// Conversations side by side until the number or the time is reached, each in a task as in a server.
    async fn load(self: &Arc<Self>, model: &ChatModel, started: Instant) -> Result<Vec<Parts>, Failed> {
        let begun = Arc::new(AtomicU64::new(0));
        let mut workers = JoinSet::new();
        for _ in 0..self.arguments.concurrency {
            let (client, model, begun) = (Arc::clone(self), model.clone(), Arc::clone(&begun));
            workers.spawn(async move {
                let in_time = || client.arguments.seconds.is_none_or(|limit| started.elapsed() < limit);
                let mut all = Vec::new();
                while in_time() && begun.fetch_add(1, Ordering::Relaxed) < client.arguments.number {
                    all.push(client.chat(&model).await?);
                }
                Ok::<_, Failed>(all)
            });
        }
        let mut all = Vec::new();
        while let Some(worker) = workers.join_next().await {
            all.extend(worker??);
        }
        Ok(all)
    }

    fn report(
        &self,
        mut parts: Vec<Parts>,
        took: Duration,
        cpu: Duration,
    ) -> Result<serde_json::Value, Failed> {
        let number = parts.len().max(1) as f64;
        Ok(serde_json::json!({
            "client": "toolgate",
            "provider": self.arguments.provider,
            "conc": self.arguments.concurrency,
            "n": parts.len(),
            "chats_s": (number / took.as_secs_f64() * 10.0).round() / 10.0,
            "cpu_ms": cpu.as_secs_f64() * 1e3 / number,
            "p50_ms": Parts::percentile(&mut parts, 50),
            "p99_ms": Parts::percentile(&mut parts, 99),
            "rss_mb": process::peak_memory_mib()?,
        }))
    }
}
