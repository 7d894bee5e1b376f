//! Models that clouds host, with the clouds' own credentials as this process's environment and machine have them: whoever is
//! asked computes the signatures again and checks the assertions.

#[cfg(feature = "bedrock")]
mod aws;
#[cfg(feature = "vertex")]
mod google;
#[cfg(feature = "bedrock")]
mod sagemaker;
#[cfg(feature = "snowflake")]
mod snowflake;
mod watsonx;

use crate::{Bench, Ran};

const LOOK_UP: &str = "Look up information for customer 'JOHNDOE123' and tell me about their account status.";

/// Asks `model` about a customer, for a streamed answer and for a whole one.
async fn ask(bench: &Bench, model: &str, variables: &[(&str, &str)]) -> [Ran; 2] {
    let streamed = bench.run(&["chat", "--model", model, LOOK_UP], variables).await;
    let whole = bench.run(&["chat", "--json", "--model", model, LOOK_UP], variables).await;
    [streamed, whole]
}
