//! A thousand tools of twenty servers: from nothing to a model provider's bytes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use toolgate_bench::measure::process_time;
use toolgate_llm_providers::{Catalogue, ChatRequest, Message, RenderedTools};
use toolgate_tool_types::Tool;

use super::{bridge, http, medians, on_one_thread, row};
use crate::table;

const TOOLS_EACH: usize = 50;
const STEPS: [&str; 7] = [
    "the first list: connect, discover, list, map names, check schemas",
    "the lists again, over what is open",
    "the lists, known and good",
    "rendered for OpenAI, with the request's bytes",
    "the next request's bytes, rendered before",
    "rendered for Anthropic, with the request's bytes",
    "the next request's bytes, rendered before ",
];

pub(super) fn table(ports: &[String]) {
    let mut arguments = vec!["discovery"];
    arguments.extend(ports.iter().map(String::as_str));
    let measured = medians(&arguments);
    let rows: Vec<Vec<String>> =
        STEPS.iter().zip(&measured).map(|(step, numbers)| row(&[step.trim_end()], numbers)).collect();
    table::print("1,000 tools of 20 servers", &["step", "ms", "CPU ms", "KiB"], &rows);
}

/// Prints a line per step: wall and processor time in milliseconds, KiB of JSON where there are any.
pub(super) fn measure(ports: &[&str]) {
    on_one_thread(async {
        let urls: Vec<String> =
            ports.iter().map(|port| format!("http://127.0.0.1:{port}/modern/{TOOLS_EACH}/quiet")).collect();
        // Names are looked up, and lazy statics set, by somebody who is not measured.
        drop(bridge(&http(), &urls[..1]).tools().await.unwrap());
        let started = Watch::start();
        let bridge = bridge(&http(), &urls);
        let tools = bridge.tools().await.unwrap();
        started.stop(0);
        assert_eq!(tools.len(), ports.len() * TOOLS_EACH);
        let started = Watch::start();
        assert_eq!(bridge.refresh().await.unwrap().tools().len(), tools.len());
        started.stop(0);
        let started = Watch::start();
        assert_eq!(bridge.tools().await.unwrap().len(), tools.len());
        started.stop(0);
        for provider in ["openai", "anthropic"] {
            encode(provider, &tools);
        }
    });
}

fn encode(provider: &str, tools: &Arc<[Tool]>) {
    let catalogue = Catalogue::builtin();
    let provider = catalogue.provider(provider).unwrap();
    let request = ChatRequest::new(vec![Message::user("Which orders of C-10042 are open?")])
        .with_tools(Arc::clone(tools));
    let started = Watch::start();
    let rendered = RenderedTools::new(provider.dialect(), Arc::clone(tools));
    let bytes = provider.encode("model", &rendered, &request).unwrap().body.len();
    started.stop(bytes);
    let started = Watch::start();
    let again = provider.encode("model", &rendered, &request).unwrap().body.len();
    started.stop(again);
    assert_eq!(bytes, again);
}

struct Watch(Instant, Duration);

impl Watch {
    fn start() -> Self {
        Self(Instant::now(), process_time())
    }

    fn stop(self, bytes: usize) {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        let (wall, cpu) = (self.0.elapsed(), process_time() - self.1);
        println!("{} {} {}", milliseconds(wall), milliseconds(cpu), bytes as f64 / 1024.0);
    }
}
