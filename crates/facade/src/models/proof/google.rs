//! Google's credentials, as Google's own programs look for them (AIP-4110): the file that a variable names, the one that
//! gcloud wrote, else the machine's own account.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use toolgate_http_client::HttpClient;
use toolgate_llm_providers::{Authorizer, Provider, TokenAuthorizer};

use crate::{Config, Error};

pub(super) fn authorizer(
    config: &Config,
    provider: &Provider,
    http: &Arc<dyn HttpClient>,
) -> Result<Arc<dyn Authorizer>, Error> {
    let named = config.environment.get("GOOGLE_APPLICATION_CREDENTIALS").map(PathBuf::from);
    match named.or_else(|| login(config).filter(|file| file.exists())) {
        Some(file) => {
            let file = crate::config::read_text(&file)?;
            Ok(Arc::new(TokenAuthorizer::google_file(provider.id(), &file, Arc::clone(http))?))
        }
        None => Ok(Arc::new(TokenAuthorizer::google_metadata(provider.id(), config.metadata_client()?))),
    }
}

/// Where `gcloud auth application-default login` writes.
fn login(config: &Config) -> Option<PathBuf> {
    let folder = match config.environment.get("CLOUDSDK_CONFIG") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(&config.environment.get("HOME")?).join(".config/gcloud"),
    };
    Some(folder.join("application_default_credentials.json"))
}
