//! The client under load. Each conversation asks about a customer of its own, so that an answer of another one shows.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use toolgate::{ChatModel, Config, Durable, Toolgate};
use toolgate_examples::rig::MODELS;

use crate::Plan;
use crate::memory::Memory;
use crate::tally::Tally;

pub(crate) async fn run(plan: &Plan) -> Result<ExitCode, Box<dyn Error>> {
    let mut config = Config::from_environment(plan.environment.iter().cloned().collect());
    config.audit.file.clone_from(&plan.audit);
    config.audit.durable = Durable::Batch;
    let toolgate = Toolgate::open(config)?;
    let models: Vec<ChatModel> =
        MODELS.iter().map(|id| toolgate.model(Some(id))).collect::<Result<_, _>>()?;
    let models: Arc<[ChatModel]> = models.into();
    let (tally, numbers) = (Arc::new(Tally::default()), Arc::new(AtomicUsize::new(0)));

    let end = Instant::now() + plan.time();
    let memory = Memory::watch(end);
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..plan.conversations {
        let (toolgate, models) = (toolgate.clone(), Arc::clone(&models));
        let (tally, numbers) = (Arc::clone(&tally), Arc::clone(&numbers));
        workers.spawn(async move {
            while Instant::now() < end {
                let number = numbers.fetch_add(1, Ordering::Relaxed);
                let Some(model) = models.get(number % models.len()) else { return };
                converse(&toolgate, model, number, &tally).await;
            }
        });
    }
    while let Some(ended) = workers.join_next().await {
        ended?;
    }
    let memory = memory.await?;
    // The last records are on their way to the file when their conversations have ended.
    toolgate.close().await.ok();
    drop(toolgate);
    tally.conclude(&plan.audit, &memory)
}

async fn converse(toolgate: &Toolgate, model: &ChatModel, number: usize, tally: &Tally) {
    let customer = format!("S{number:09}");
    let question = format!("Look up information for customer '{customer}'");
    match toolgate.chat(model, question).await {
        Ok(answer) => tally.answered(&customer, &answer),
        Err(error) => tally.failed(&customer, &error),
    }
}
