//! Where a provider itself calls the variable of its key otherwise than the id would.

/// Keys whose variable does not follow from the id.
const KEY_VARIABLES: &[(&str, &str)] = &[
    ("apertis", "STIMA_API_KEY"),
    ("azure", "AZURE_OPENAI_API_KEY"),
    ("bedrock", "AWS_BEARER_TOKEN_BEDROCK"),
    ("cometapi", "COMETAPI_KEY"),
    ("databricks", "DATABRICKS_TOKEN"),
    ("datarobot", "DATAROBOT_API_TOKEN"),
    ("huggingface", "HF_TOKEN"),
    ("nano-gpt", "NANOGPT_API_KEY"),
    ("oci", "OCI_GENAI_API_KEY"),
    ("replicate", "REPLICATE_API_TOKEN"),
    ("scaleway", "SCW_SECRET_KEY"),
    ("scx-ai", "SCX_API_KEY"),
    ("tensormesh", "TENSORMESH_INFERENCE_API_KEY"),
    ("veniceai", "VENICE_AI_API_KEY"),
];

/// The variable of this provider's key, where it does not follow from the id.
pub(super) fn of(id: &str) -> Option<&'static str> {
    KEY_VARIABLES.iter().find(|(known, _)| *known == id).map(|(_, variable)| *variable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalogue;

    #[test]
    fn only_variables_that_differ_are_named() {
        let catalogue = Catalogue::builtin();
        let key_variable = |id: &str| catalogue.provider(id).unwrap().key_variable().unwrap();
        for (id, variable) in KEY_VARIABLES {
            let rule = format!("{}_API_KEY", id.to_ascii_uppercase().replace('-', "_"));
            assert_ne!(*variable, rule, "{id}");
            assert_eq!(key_variable(id), *variable, "{id}");
        }
        assert_eq!(key_variable("huggingface"), "HF_TOKEN");
        assert_eq!(key_variable("nebius"), "NEBIUS_API_KEY");
    }
}
