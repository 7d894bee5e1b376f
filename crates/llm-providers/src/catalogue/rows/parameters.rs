//! Variables that the owner of a provider calls a parameter of its base URL by. They are read after the provider's own.

use crate::Provider;

/// The provider, the parameter, and its variables in the order in which they count.
const VARIABLES: &[(&str, &str, &[&str])] = &[
    ("bedrock", "region", AWS),
    ("bedrock_anthropic", "region", AWS),
    ("bedrock_mantle", "region", AWS),
    ("bedrock_mantle_responses", "region", AWS),
    ("sagemaker", "region", AWS),
    ("sagemaker_openai", "region", AWS),
    ("vertex_ai", "location", LOCATION),
    ("vertex_ai", "project", PROJECT),
    ("vertex_ai_ai21", "location", LOCATION),
    ("vertex_ai_ai21", "project", PROJECT),
    ("vertex_ai_anthropic", "location", LOCATION),
    ("vertex_ai_anthropic", "project", PROJECT),
    ("vertex_ai_anthropic_global", "project", PROJECT),
    ("vertex_ai_endpoint", "location", LOCATION),
    ("vertex_ai_endpoint", "project", PROJECT),
    ("vertex_ai_global", "project", PROJECT),
    ("vertex_ai_mistral", "location", LOCATION),
    ("vertex_ai_mistral", "project", PROJECT),
    ("vertex_ai_openai", "location", LOCATION),
    ("vertex_ai_openai", "project", PROJECT),
];

const AWS: &[&str] = &["AWS_REGION", "AWS_DEFAULT_REGION"];
const LOCATION: &[&str] = &["VERTEXAI_LOCATION", "GOOGLE_CLOUD_LOCATION", "CLOUD_ML_REGION"];
const PROJECT: &[&str] = &["VERTEXAI_PROJECT", "GOOGLE_CLOUD_PROJECT"];

impl Provider {
    /// The environment variables of a parameter, in the order in which they count: the provider's own, such as
    /// `BEDROCK_REGION`, then those that its owner's other programs read, such as `AWS_REGION`.
    ///
    /// ```
    /// # use toolgate_llm_providers::Catalogue;
    /// let catalogue = Catalogue::builtin();
    /// let bedrock = catalogue.provider("bedrock")?;
    /// let variables: Vec<String> = bedrock.parameter_variables("region").collect();
    /// assert_eq!(variables, ["BEDROCK_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"]);
    /// # Ok::<(), toolgate_llm_providers::ProviderError>(())
    /// ```
    pub fn parameter_variables(&self, name: &str) -> impl Iterator<Item = String> {
        let usual = VARIABLES.iter().find(|(id, parameter, _)| *id == self.id() && *parameter == name);
        let usual = usual.map_or(&[][..], |(.., variables)| variables);
        std::iter::once(self.parameter_variable(name)).chain(usual.iter().map(|name| (*name).to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::all;
    use super::*;

    #[test]
    fn every_line_is_of_a_parameter_that_a_row_has() {
        for (id, parameter, _) in VARIABLES {
            let (_, base_url, ..) = all().find(|(row, ..)| row == id).unwrap();
            assert!(base_url.contains(&format!("{{{parameter}}}")), "{id}");
        }
    }
}
