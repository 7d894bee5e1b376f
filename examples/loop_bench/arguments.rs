//! What the benchmark asks for, and where its servers are.

use std::time::Duration;

const USAGE: &str = "usage: loop_bench --ca FILE [--n NUMBER] [--conc NUMBER] [--seconds SECONDS] \
                     [--llm-prefix /PATH] [--provider openai|anthropic|gemini] [--http 1|2]";

pub(crate) struct Arguments {
    ca: String,
    pub(crate) number: u64,
    pub(crate) concurrency: usize,
    pub(crate) seconds: Option<Duration>,
    llm_prefix: String,
    pub(crate) provider: String,
    /// Whether the MCP server is offered HTTP/2.
    pub(crate) http2: bool,
}

impl Arguments {
    pub(crate) fn read(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut read = Self {
            ca: String::new(),
            number: 200,
            concurrency: 1,
            seconds: None,
            llm_prefix: String::new(),
            provider: "openai".to_owned(),
            http2: false,
        };
        let mut arguments = arguments;
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or(USAGE)?;
            let number = || value.parse::<f64>().ok().filter(|number| *number > 0.0).ok_or(USAGE);
            match name.as_str() {
                "--ca" => read.ca = value,
                "--n" => read.number = value.parse().map_err(|_| USAGE)?,
                "--conc" => read.concurrency = value.parse().map_err(|_| USAGE)?,
                "--seconds" => read.seconds = Some(Duration::from_secs_f64(number()?)),
                "--llm-prefix" => read.llm_prefix = value,
                "--provider" if ["openai", "anthropic", "gemini"].contains(&value.as_str()) => {
                    read.provider = value;
                }
                "--http" if ["1", "2"].contains(&value.as_str()) => read.http2 = value == "2",
                _ => return Err(USAGE.to_owned()),
            }
        }
        if read.ca.is_empty() || read.concurrency == 0 { Err(USAGE.to_owned()) } else { Ok(read) }
    }

    /// The model that is asked; the scripted one answers to any name.
    pub(crate) fn model(&self) -> &'static str {
        match self.provider.as_str() {
            "anthropic" => "anthropic/mock",
            "gemini" => "gemini/mock",
            _ => "openai/mock",
        }
    }

    pub(crate) fn llm_url(&self) -> String {
        variable("LLM_URL", "http://127.0.0.1:9000") + &self.llm_prefix
    }

    pub(crate) fn mcp_url(&self) -> String {
        variable("MCP_URL", "https://localhost:8001/mcp/")
    }

    /// What a person would set.
    pub(crate) fn environment(&self) -> [(&'static str, String); 11] {
        let llm = self.llm_url();
        [
            ("OAUTH_TOKEN_URL", variable("OAUTH_URL", "https://localhost:8443") + "/token"),
            ("OAUTH_CLIENT_ID", "mcp-client".to_owned()),
            ("OAUTH_CLIENT_SECRET", "mcp-secret".to_owned()),
            ("MCP_SERVER_URL", self.mcp_url()),
            ("TLS_CA_CERT_PATH", self.ca.clone()),
            ("OPENAI_BASE_URL", format!("{llm}/v1")),
            ("OPENAI_API_KEY", "sk-mock".to_owned()),
            ("ANTHROPIC_BASE_URL", llm.clone()),
            ("ANTHROPIC_API_KEY", "sk-ant-mock".to_owned()),
            ("GEMINI_BASE_URL", format!("{llm}/v1beta")),
            ("GEMINI_API_KEY", "gemini-mock".to_owned()),
        ]
    }
}

fn variable(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}
