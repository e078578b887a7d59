use async_trait::async_trait;

use super::{Call, Layer, Next, Reply};
use crate::error::{Error, ErrorKind};

/// Refuses an effect that the account's [capabilities](crate::Capabilities::check) do not claim, and
/// one of another account, before the channel hears of it. Nothing has landed.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing to it")]
pub struct Check;

#[async_trait]
impl Layer for Check {
    async fn call(&self, call: Call<'_>, next: Next<'_>) -> Result<Reply, Error> {
        if let Call::Perform(effect) | Call::Probe(effect) = call
            && effect.account() != next.channel().account()
        {
            return Err(Error::new(ErrorKind::Invalid, call.name()).with("field", "account"));
        }
        if let Call::Perform(effect) = call {
            let conversation = Some(&effect.conversation);
            next.channel().capabilities(conversation).check(effect)?;
        }
        next.run(call).await
    }
}
