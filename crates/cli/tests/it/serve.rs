//! `toolgate serve`: starts, answers, and stops when a supervisor says so.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStderr, Command, Stdio};

use toolgate_testkit::Outage;

use crate::Bench;

/// The command while it runs; killed if a test ends before it does.
struct Served {
    child: Child,
    url: String,
    /// What it says to a person, line by line.
    said: Lines<BufReader<ChildStderr>>,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    fn start(bench: &Bench) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -S -n 256; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_toolgate")]);
        command.args(["serve", "--listen", "127.0.0.1:0"]).current_dir(bench.folder()).env_clear();
        command.envs(bench.rig.environment());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let said = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, url: url.trim().to_owned(), said }
    }

    /// The names of the models on offer.
    async fn models(&self) -> String {
        let mut client = toolgate::Config::default();
        client.tls.insecure_loopback = true;
        let http = client.http_client().unwrap();
        let models = http::Request::get(format!("{}/models", self.url)).body(bytes::Bytes::new()).unwrap();
        let (_, body) = http.send(models).await.unwrap().into_parts();
        String::from_utf8(body.bytes().await.unwrap().to_vec()).unwrap()
    }

    /// Asks the model something for which it uses a tool.
    async fn ask(&self) -> u16 {
        ask(&self.url).await.unwrap()
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Waits for the next line that it says.
    fn says(&mut self) -> String {
        tokio::task::block_in_place(|| self.said.next().unwrap().unwrap())
    }
}

/// The status of the answer to a question for which the model uses a tool.
async fn ask(url: &str) -> Result<u16, toolgate::HttpError> {
    let mut client = toolgate::Config::default();
    client.tls.insecure_loopback = true;
    let question = "Look up information for customer 'JOHNDOE123' and tell me about their account status.";
    let body = serde_json::json!({
        "model": "openai/gpt-rig",
        "messages": [{"role": "user", "content": question}],
    });
    let request = http::Request::post(format!("{url}/chat/completions"))
        .header("content-type", "application/json")
        .body(bytes::Bytes::from(body.to_string()))
        .unwrap();
    Ok(client.http_client().unwrap().send(request).await?.status().as_u16())
}

#[tokio::test(flavor = "multi_thread")]
async fn serve_refuses_to_start_unguarded() {
    let bench = Bench::start().await;
    let ran = bench.run(&["serve"], &[]).await;
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("[serve.auth]") && ran.err.contains("open_to_this_machine"), "{}", ran.err);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn serve_answers_until_it_is_told_to_stop() {
    let bench = Bench::start().await;
    let settings = "[serve]\nopen_to_this_machine = true\n[tls]\ninsecure_loopback = true\n";
    std::fs::write(bench.folder().join("toolgate.toml"), settings).unwrap();
    let mut served = tokio::task::block_in_place(|| Served::start(&bench));
    let text = served.models().await;
    assert!(text.contains("openai/gpt-rig"), "{text}");
    if let Ok(limits) = std::fs::read_to_string(format!("/proc/{}/limits", served.child.id())) {
        let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
        let [now, most] = [3, 4].map(|column| files.split_whitespace().nth(column).unwrap());
        assert_eq!(now, most, "as many connections as the system allows");
    }
    served.signal("-TERM");
    let ended = tokio::task::block_in_place(|| served.child.wait().unwrap());
    assert_eq!(ended.code(), Some(0));
}

/// Whoever cannot wait until conversations have ended leaves a whole record all the same.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_told_twice_stops_at_once_and_records_what_it_gave_up() {
    let bench = Bench::start().await;
    let settings = "[serve]\nopen_to_this_machine = true\n[tls]\ninsecure_loopback = true\n";
    std::fs::write(bench.folder().join("toolgate.toml"), settings).unwrap();
    bench.rig.mcp().controls().set_delay("get_customer_info", std::time::Duration::from_secs(3600));
    let mut served = tokio::task::block_in_place(|| Served::start(&bench));
    let url = served.url.clone();
    tokio::spawn(async move { ask(&url).await });
    while bench.rig.mcp().controls().calls() == 0 {
        tokio::task::yield_now().await;
    }
    served.signal("-TERM");
    while !served.says().contains("again to stop at once") {}
    served.signal("-TERM");
    assert_eq!(tokio::task::block_in_place(|| served.child.wait().unwrap()).code(), Some(130));
    let file = bench.folder().join("toolgate.audit.jsonl");
    assert!(toolgate::audit::verify(&file).unwrap().is_intact());
    let shown = bench.run(&["audit", "show", "toolgate.audit.jsonl"], &[]).await.out;
    assert!(shown.lines().nth(1).unwrap().contains("given up before the tool answered"), "{shown}");
}

/// Whoever was told the URL may stop it at once: it ends as it should, and not by the signal.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_has_just_said_where_it_is_can_be_stopped() {
    let bench = Bench::start().await;
    let settings = "[serve]\nopen_to_this_machine = true\n[tls]\ninsecure_loopback = true\n";
    std::fs::write(bench.folder().join("toolgate.toml"), settings).unwrap();
    for signal in ["-TERM", "-INT"] {
        let mut served = tokio::task::block_in_place(|| Served::start(&bench));
        served.signal(signal);
        let ended = tokio::task::block_in_place(|| served.child.wait().unwrap());
        assert_eq!(ended.code(), Some(0), "{signal}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_hangup_has_the_settings_read_again() {
    let bench = Bench::start().await;
    let settings = |more: &str| {
        let text = format!("[serve]\nopen_to_this_machine = true\n{more}\n[tls]\ninsecure_loopback = true\n");
        std::fs::write(bench.folder().join("toolgate.toml"), text).unwrap();
    };
    settings("");
    let mut served = tokio::task::block_in_place(|| Served::start(&bench));
    settings("models = { fast = \"openai/gpt-rig\" }");
    served.signal("-HUP");
    assert!(served.says().contains("the settings were read again"));
    assert!(served.models().await.contains("\"fast\""));
    for (wrong, why) in [("modles = {}", "toolgate.toml:3:1"), ("concurrency = 3", "restart it")] {
        settings(wrong);
        served.signal("-HUP");
        let said = served.says();
        assert!(said.contains("the settings stay as they were") && said.contains(why), "{said}");
        assert!(served.models().await.contains("\"fast\""));
    }
}

/// The log says why, in words that clients are not told, and is not filled by those who ask again.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_clients_are_not_told_stands_in_the_log_once() {
    let bench = Bench::start().await;
    let settings = "[serve]\nopen_to_this_machine = true\n[tls]\ninsecure_loopback = true\n";
    std::fs::write(bench.folder().join("toolgate.toml"), settings).unwrap();
    let mut served = tokio::task::block_in_place(|| Served::start(&bench));
    bench.rig.mcp().controls().set_outage(Outage::Unavailable);
    for _ in 0..3 {
        assert_eq!(served.ask().await, 503);
    }
    served.signal("-TERM");
    let said: Vec<String> =
        tokio::task::block_in_place(|| served.said.by_ref().map(Result::unwrap).collect());
    let refused: Vec<_> = said.iter().filter(|line| line.contains("a request was not answered")).collect();
    assert_eq!(refused.len(), 1, "{said:#?}");
    assert!(
        refused[0].contains("tools_unavailable") && refused[0].contains("HTTP status 503"),
        "{refused:?}"
    );
}

/// Each replica would ask for tokens by itself, and nobody would know.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_tells_what_it_goes_on_without() {
    let bench = Bench::start().await;
    let settings = "[serve]\nopen_to_this_machine = true\n[tls]\ninsecure_loopback = true\n\
                    [store]\nurl = \"redis://127.0.0.1:1/0\"\nkey_file = \"store-key\"\n";
    std::fs::write(bench.folder().join("toolgate.toml"), settings).unwrap();
    let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    std::fs::write(bench.folder().join("store-key"), key).unwrap();
    let mut served = tokio::task::block_in_place(|| Served::start(&bench));
    assert_eq!(served.ask().await, 200, "it is a saving, not a dependency");
    let said = served.says();
    assert!(
        said.contains("asking for a token without the shared store") && said.contains("refused"),
        "{said}"
    );
}
