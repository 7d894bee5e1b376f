//! `bench serve`: `toolgate serve` and LiteLLM's proxy as what stands between a client and a model, against no gateway at all.
//! The gateway has a processor of its own; client and model share the other one. What is asked needs no tool, so that both
//! do the same: read the request, ask the model, write the answer.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::param::clock_ticks_per_second;

use crate::load::FIGURES;
use crate::processes::{CLIENTS, SERVER, Server, itself, middles, numbers};
use crate::table;

const ROUNDS: usize = 5;
const MILLIS: &str = "1000";
const IN_FLIGHT: [&str; 2] = ["1", "64"];
/// LiteLLM's proxy takes half a minute to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
const MODEL: &str = "gpt-bench";
const COLUMNS: [&str; 8] = [
    "in flight",
    "through",
    "requests/s",
    "CPU µs each",
    "p50 µs",
    "p50 over direct",
    "p99 µs",
    "peak MiB of the gateway",
];

/// What a client asks through; nothing, for the model itself.
struct Gateway {
    name: &'static str,
    url: String,
    process: Option<Child>,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Prints the table.
pub(crate) fn run() {
    let folder = std::env::temp_dir().join(format!("toolgate-bench-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (_mock, ports) = Server::start(&["mock", &CLIENTS.to_string()]);
    let model = format!("http://127.0.0.1:{}/text/v1", ports[0]);
    let mut gateways = vec![Gateway { name: "nothing", url: model.clone(), process: None }];
    gateways.extend(named("TOOLGATE_BENCH_COMMAND").map(|program| toolgate(&program, &folder, &model)));
    gateways.extend(named("TOOLGATE_BENCH_LITELLM").map(|program| litellm(&program, &folder, &model)));
    gateways.iter().for_each(wait);

    let mut measured = vec![Vec::new(); IN_FLIGHT.len() * gateways.len()];
    for _ in 0..ROUNDS {
        let mut cells = measured.iter_mut();
        for in_flight in IN_FLIGHT {
            for gateway in &gateways {
                cells.next().unwrap().push(measure(gateway, in_flight));
            }
        }
    }
    let mut rows = Vec::new();
    for (in_flight, cells) in IN_FLIGHT.iter().zip(measured.chunks(gateways.len())) {
        let direct = middles(&cells[0])[1];
        for (gateway, cell) in gateways.iter().zip(cells) {
            let [rate, half, most, cpu] = middles(cell);
            let is_process = gateway.process.is_some();
            let of_process = |figure: String| if is_process { figure } else { "–".to_owned() };
            rows.push(vec![
                (*in_flight).to_owned(),
                gateway.name.to_owned(),
                format!("{rate:.0}"),
                of_process(table::number(cpu)),
                table::number(half),
                of_process(format!("{:+.0}", half - direct)),
                table::number(most),
                of_process(table::number(peak_memory(gateway) / 1024.0)),
            ]);
        }
    }
    table::print("A gateway between client and model", &COLUMNS, &rows);
    drop(gateways);
    let _ = fs::remove_dir_all(folder);
}

fn named(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}

/// Requests/s, p50, p99, and the gateway's processor time per request.
fn measure(gateway: &Gateway, in_flight: &str) -> [f64; 4] {
    let cpu = processor_time(gateway);
    let started = Instant::now();
    let mut client = itself(&["gateway-client", &gateway.url, MODEL, in_flight, MILLIS]);
    let [rate, _, half, most, _] = numbers::<FIGURES>(&mut client);
    // The client warms up for a third of the time, at the same rate.
    let requests = rate * started.elapsed().as_secs_f64();
    [rate, half, most, (processor_time(gateway) - cpu).as_secs_f64() * 1e6 / requests]
}

fn toolgate(program: &Path, folder: &Path, model: &str) -> Gateway {
    let port = free_port();
    let settings = format!(
        "[serve]\nlisten = \"127.0.0.1:{port}\"\nopen_to_this_machine = true\n\
         models = {{ {MODEL} = \"openai/{MODEL}\" }}\n[tls]\ninsecure_loopback = true\n[audit]\nfile = \"{}\"\n",
        folder.join("audit.jsonl").display()
    );
    fs::write(folder.join("toolgate.toml"), settings).unwrap();
    let mut command = on_its_processor(program);
    command.arg("serve").current_dir(folder).env("OPENAI_BASE_URL", model).env("OPENAI_API_KEY", "sk-bench");
    // Nothing here asks for a tool, so for a token neither.
    command.env("OAUTH_CLIENT_ID", "unused").env("OAUTH_CLIENT_SECRET", "unused");
    Gateway {
        name: "toolgate serve",
        url: format!("http://127.0.0.1:{port}/v1"),
        process: Some(start(command)),
    }
}

fn litellm(program: &Path, folder: &Path, model: &str) -> Gateway {
    let port = free_port();
    let settings = format!(
        "model_list:\n  - model_name: {MODEL}\n    litellm_params:\n      model: openai/{MODEL}\n      api_base: {model}\n      \
         api_key: sk-bench\n"
    );
    let file = folder.join("litellm.yaml");
    fs::write(&file, settings).unwrap();
    let mut command = on_its_processor(program);
    command.arg("--config").arg(file).args(["--host", "127.0.0.1", "--port", &port.to_string()]);
    // The price list that comes with the package, instead of the newest of the network.
    command.current_dir(folder).env("LITELLM_LOCAL_MODEL_COST_MAP", "True").env("LITELLM_LOG", "ERROR");
    Gateway {
        name: "LiteLLM's proxy",
        url: format!("http://127.0.0.1:{port}/v1"),
        process: Some(start(command)),
    }
}

fn on_its_processor(program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", &SERVER.to_string()]).arg(program);
    command
}

fn start(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null()).spawn().unwrap()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Until it answers as the model does.
fn wait(gateway: &Gateway) {
    let end = Instant::now() + PATIENCE;
    while !itself(&["gateway-client", &gateway.url, MODEL, "1", "1"])
        .stderr(Stdio::null())
        .output()
        .unwrap()
        .status
        .success()
    {
        assert!(Instant::now() < end, "{} does not answer at {}", gateway.name, gateway.url);
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn proc_file(gateway: &Gateway, name: &str) -> String {
    let id = gateway.process.as_ref().map(Child::id);
    id.and_then(|id| fs::read_to_string(format!("/proc/{id}/{name}")).ok()).unwrap_or_default()
}

/// User and system, of all its threads.
fn processor_time(gateway: &Gateway) -> Duration {
    let stat = proc_file(gateway, "stat");
    // The program's name is in brackets and may hold anything; fields 14 and 15 count from before it.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_secs_f64(ticks as f64 / clock_ticks_per_second() as f64)
}

/// In KiB.
fn peak_memory(gateway: &Gateway) -> f64 {
    let status = proc_file(gateway, "status");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// `bench gateway-client URL MODEL IN_FLIGHT MILLIS`: asks for a text again and again, and prints a line of figures.
pub(crate) mod client {
    use bytes::Bytes;
    use http_body_util::{BodyExt, Full};
    use serde_json::json;
    use toolgate_bench::by_hand;
    use toolgate_bench::chats::{Api, Kind, QUESTION};
    use toolgate_tls_config::ClientTls;

    use crate::{load, peers};

    /// Runs it.
    pub(crate) fn run(url: &str, model: &str, in_flight: usize, millis: u64) {
        load::on_one_thread(async {
            let http = peers::bare(ClientTls::new().build().unwrap());
            let url: http::Uri = format!("{url}/chat/completions").parse().unwrap();
            let messages = json!([{"role": "user", "content": QUESTION}]);
            // Without tools of its own, a client is offered the gateway's; "none" declines them.
            let body = json!({"model": model, "messages": messages, "tool_choice": "none"}).to_string();
            let body = Bytes::from(body);
            load::measure(in_flight, millis, move || {
                let request = http::Request::post(url.clone())
                    .header("content-type", "application/json")
                    .header("authorization", "Bearer sk-bench")
                    .body(Full::new(body.clone()));
                let sending = http.request(request.unwrap());
                async move {
                    let answer = sending.await.unwrap();
                    assert!(answer.status().is_success(), "{}", answer.status());
                    let answer = answer.into_body().collect().await.unwrap().to_bytes();
                    assert_eq!(by_hand::read(Api::OpenAi, Kind::Text, &answer), Kind::Text.expected());
                }
            })
            .await;
        });
    }
}
