//! A whole answer that is told in pieces.

use super::Draft;
use super::piece::Piece;
use crate::{AssistantPart, ChatResponse, FinishReason, ProviderError, Usage};

impl Draft {
    /// Tells a whole answer as if it had come in pieces.
    pub(in crate::dialect) fn retell(
        &mut self,
        whole: ChatResponse,
    ) -> Result<(FinishReason, Usage), ProviderError> {
        self.identify(&whole.id, &whole.model);
        self.losses.extend(&whole.lossiness);
        self.finish_message = whole.finish_message;
        self.logprobs = whole.logprobs;
        for part in whole.message.parts {
            match part {
                AssistantPart::Text { text } => {
                    let place = self.add_text();
                    self.extend(place, &text)?;
                }
                AssistantPart::Reasoning(reasoning) => {
                    let place = self.add_reasoning();
                    self.extend(place, &reasoning.text)?;
                    if let Some(opaque) = reasoning.opaque {
                        self.seal(place, opaque);
                    }
                }
                AssistantPart::ToolCall(call) => {
                    let place = self.add_call(call.id.as_str(), &call.name)?;
                    self.extend(place, &call.raw_arguments)?;
                    self.end_call(place);
                }
                AssistantPart::Citation(citation) => {
                    self.add(Piece::Citation(citation));
                }
                AssistantPart::Native(native) => {
                    self.add_native(&native.block);
                }
            }
        }
        Ok((whole.finish, whole.usage))
    }
}
