//! Steps that are carried out by another thread of the same process.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::{Bench, Outcome, Stop, Tested};
use crate::conformance::{Reply, Step};

/// How long a thread may take to begin.
const BEGINS_WITHIN: Duration = Duration::from_secs(5);

/// How long `join` waits for a thread.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

impl<K: Tested> Bench<'_, K> {
    /// Starts a thread that carries the step out, and goes on when it sleeps in it or has done it.
    pub(super) async fn spawn(&self, name: &str, step: &Step) -> Outcome {
        let (world, step, own_name) = (self.world.clone(), step.clone(), name.to_owned());
        world.lock().new_thread(name);
        let life = move |k: K| -> Pin<Box<dyn Future<Output = ()>>> {
            Box::pin(async move {
                world.lock().new_thread(&own_name).number = Some(k.own_number());
                let bench = Bench { k: &k, world };
                let reply = Box::pin(bench.carry_out(&step.op)).await;
                bench.world.lock().new_thread(&own_name).reply = Some(reply);
            })
        };
        self.k.spawn_thread(life).await?;
        let number = || self.world.lock().thread(name).ok().and_then(|thread| thread.number);
        self.k.until(BEGINS_WITHIN, || number().is_some()).await;
        if let Some(number) = number() {
            self.k.settle(&[], &[number], |thread| self.world.lock().has_ended(thread)).await;
        }
        Ok(Reply::Done)
    }

    /// Whether a thread is still in its call.
    pub(super) async fn blocked(&self, name: &str) -> Outcome {
        self.has_ended(name)?;
        self.settle().await;
        Ok(Reply::Blocked(!self.has_ended(name)?))
    }

    /// What the thread's step returned, if it does.
    pub(super) async fn join(&self, name: &str) -> Outcome {
        self.has_ended(name)?;
        self.k.until(ENDS_WITHIN, || self.has_ended(name).unwrap_or(false)).await;
        let reply = self.world.lock().thread(name).map_err(Stop::Impossible)?.reply.clone();
        Ok(reply.unwrap_or(Reply::Blocked(true)))
    }

    /// How many of these threads have returned from their calls.
    pub(super) async fn woken(&self, names: &[String]) -> Outcome {
        self.settle().await;
        let mut count = 0;
        for name in names {
            count += i64::from(self.has_ended(name)?);
        }
        Ok(Reply::Count(count))
    }

    fn has_ended(&self, name: &str) -> Result<bool, Stop> {
        Ok(self.world.lock().thread(name).map_err(Stop::Impossible)?.reply.is_some())
    }
}
