//! Traced tasks, clocks, and what the program tells of itself.

use std::future::Future;
use std::panic::Location;

use super::{Sink, Traced};
use crate::errno::Errno;
use crate::event::{Call, What};
use crate::ids::TaskId;
use crate::kernel::{Clock, Mode, Note, Tasks, Tells};
use crate::time::Nanos;

impl<K: Tasks + Clock + 'static, S: Sink + Send + 'static> Tasks for Traced<K, S> {
    #[track_caller]
    fn spawn_thread<F, Fut>(&self, start: F) -> impl Future<Output = Result<TaskId, Errno>>
    where
        F: FnOnce(Self) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + 'static,
    {
        let location = Location::caller();
        let parent = self.0.task;
        async move {
            self.enter(Call::SpawnThread, location, &[]);
            let (task, sink) = self.0.sink.thread();
            let made = self.0.kernel.spawn_thread(move |kernel| async move {
                let traced = Self::new(kernel, sink, task);
                traced.begin(parent, true, "thread");
                start(traced.clone()).await;
                traced.end(0);
            });
            let result = made.await;
            self.exit(result.map(|_| task.0), 0, &[]);
            result
        }
    }

    #[track_caller]
    fn fork<F, Fut>(&self, child: F) -> impl Future<Output = Result<TaskId, Errno>>
    where
        F: FnOnce(Self) -> Fut + 'static,
        Fut: Future<Output = i32> + 'static,
    {
        let location = Location::caller();
        let parent = self.0.task;
        async move {
            self.enter(Call::Fork, location, &[]);
            let (task, sink) = self.0.sink.process();
            let made = self.0.kernel.fork(move |kernel| async move {
                let traced = Self::new(kernel, sink(), task);
                traced.begin(parent, false, "child");
                let status = child(traced.clone()).await;
                traced.end(status);
                status
            });
            let result = made.await;
            if let Ok(number) = result {
                self.0.children.borrow_mut().insert(number, task);
            }
            self.exit(result.map(|_| task.0), 0, &[]);
            result
        }
    }

    #[track_caller]
    fn wait(&self, mode: Mode) -> impl Future<Output = Result<Option<(TaskId, i32)>, Errno>> {
        let location = Location::caller();
        async move {
            self.enter(Call::Wait { mode }, location, &[]);
            let result = self.0.kernel.wait(mode).await;
            let status = result.ok().flatten().map(|(_, status)| status.to_le_bytes());
            let number = |ended| self.0.children.borrow_mut().remove(&ended).unwrap_or(ended);
            let ret = result.map(|ended| ended.map_or(0, |(task, _)| number(task).0));
            self.exit(ret, 0, status.as_ref().map_or(&[], |status| status.as_slice()));
            result
        }
    }

    fn raise(&self, signal: i32) -> impl Future<Output = ()> {
        // It is no call of a program's own will, and it does not return: the kernel tells of the end.
        self.0.kernel.raise(signal)
    }
}

impl<K: Clock, S: Sink> Clock for Traced<K, S> {
    fn now(&self) -> Nanos {
        self.0.kernel.now()
    }

    #[track_caller]
    fn sleep(&self, span: Nanos) -> impl Future<Output = ()> {
        let location = Location::caller();
        async move {
            self.enter(Call::Sleep { span }, location, &[]);
            self.0.kernel.sleep(span).await;
            self.exit(Ok(0), 0, &[]);
        }
    }
}

impl<K: Clock, S: Sink> Tells for Traced<K, S> {
    #[track_caller]
    fn tell(&self, note: Note) {
        if self.is_watched() {
            let place = self.place(Location::caller());
            self.record(What::Note { note, place }, &[]);
        }
    }
}
