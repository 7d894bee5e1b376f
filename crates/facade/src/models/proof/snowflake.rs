//! Snowflake's key pair, under the names that Snowflake's own command reads.

use std::sync::Arc;

use toolgate_llm_providers::{Authorizer, KeyPairAuthorizer, Provider};

use crate::{Config, Error};

/// For `SNOWFLAKE_USER` with the key in `SNOWFLAKE_PRIVATE_KEY_RAW` or in the file of `SNOWFLAKE_PRIVATE_KEY_FILE`; none where
/// these are not set.
pub(super) fn authorizer(config: &Config, provider: &Provider) -> Result<Option<Arc<dyn Authorizer>>, Error> {
    let variable = |name: &str| config.environment.get(name);
    let file = variable("SNOWFLAKE_PRIVATE_KEY_FILE").or_else(|| variable("SNOWFLAKE_PRIVATE_KEY_PATH"));
    let key = match (variable("SNOWFLAKE_PRIVATE_KEY_RAW"), file) {
        (Some(key), _) => Some(key),
        (None, Some(file)) => Some(crate::config::read_text(file.as_ref())?),
        (None, None) => None,
    };
    let (Some(user), Some(key)) = (variable("SNOWFLAKE_USER"), key) else { return Ok(None) };
    let account = account(config, provider);
    Ok(Some(Arc::new(KeyPairAuthorizer::snowflake(provider.id(), &account, &user, &key)?)))
}

/// The account that the URL names: the token is for whom it is sent to. A gateway's URL names none.
fn account(config: &Config, provider: &Provider) -> String {
    let host = provider.base_url().split_once("://").map_or("", |(_, rest)| rest);
    match host.split_once(".snowflakecomputing.") {
        Some((account, _)) => account.to_owned(),
        None => config.environment.get(&provider.parameter_variable("account")).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use toolgate_llm_providers::Catalogue;

    use super::*;
    use crate::Environment;

    fn snowflake() -> Provider {
        Catalogue::builtin().provider("snowflake").unwrap().clone()
    }

    #[test]
    fn the_account_is_that_of_the_host_else_the_one_that_is_set() {
        let config = Config::from_environment(Environment::from_iter([("SNOWFLAKE_ACCOUNT", "org-set")]));
        for (base_url, expected) in [
            ("https://org-one.snowflakecomputing.com/api/v2/cortex/v1", "org-one"),
            ("https://xy1.eu-west-1.snowflakecomputing.com/api/v2/cortex/v1", "xy1.eu-west-1"),
            ("https://gateway.example/v1", "org-set"),
        ] {
            assert_eq!(account(&config, &snowflake().with_base_url(base_url).unwrap()), expected);
        }
    }

    #[test]
    fn half_a_pair_is_none_and_a_file_that_is_not_there_is_told() {
        for variables in [&[("SNOWFLAKE_USER", "u")][..], &[("SNOWFLAKE_PRIVATE_KEY_RAW", "k")]] {
            let config = Config::from_environment(variables.iter().copied().collect::<Environment>());
            assert!(authorizer(&config, &snowflake()).unwrap().is_none());
        }
        let variables = [("SNOWFLAKE_USER", "u"), ("SNOWFLAKE_PRIVATE_KEY_FILE", "nowhere.p8")];
        let config = Config::from_environment(Environment::from_iter(variables));
        assert!(authorizer(&config, &snowflake()).unwrap_err().to_string().contains("nowhere.p8"));
    }
}
