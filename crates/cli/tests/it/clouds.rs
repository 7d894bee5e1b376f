//! Models that clouds host, with the clouds' own credentials as this process's environment and machine have them: whoever is
//! asked computes the signatures again and checks the assertions.

#[cfg(feature = "bedrock")]
mod aws;
#[cfg(feature = "vertex")]
mod google;
