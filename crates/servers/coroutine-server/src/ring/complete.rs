//! What follows from a completion.

use std::io;
use std::os::fd::{FromRawFd as _, OwnedFd};

use super::Ring;
use super::done::Told;
use super::queues::{Completion, Kind};
use crate::Error;

impl Ring<'_> {
    /// Takes completions out of the second queue until one has something to tell.
    pub(super) fn completed(&mut self) -> Result<Option<Told>, Error> {
        loop {
            let Some(completion) = self.queues.next() else { return Ok(None) };
            if let Some(told) = self.complete(completion)? {
                return Ok(Some(told));
            }
        }
    }

    fn complete(&mut self, completion: Completion) -> Result<Option<Told>, Error> {
        match completion.kind {
            Kind::Accept => self.complete_accept(completion.result).map(Some),
            Kind::Receive => self.complete_receive(completion),
            Kind::Send => self.complete_send(completion),
            Kind::Watch => Ok(Some(Told::Ready)),
            Kind::Other => Ok(None),
        }
    }

    fn complete_accept(&mut self, result: io::Result<usize>) -> Result<Told, Error> {
        self.is_accepting = false;
        let accepted = result.and_then(|fd| {
            // SAFETY: the kernel has opened this descriptor for the ring, which gives
            // it away here and nowhere else.
            self.peer.of(unsafe { OwnedFd::from_raw_fd(fd as i32) })
        });
        if let (Ok(_), Some(listener)) = (&accepted, self.listener) {
            self.accept(listener)?;
        }
        Ok(Told::Accepted(accepted))
    }

    fn complete_receive(
        &mut self,
        completion: Completion,
    ) -> Result<Option<Told>, Error> {
        let Completion { id, result, buffer, goes_on, .. } = completion;
        let Some(connection) = self.any_connection(id) else { return Ok(None) };
        connection.is_receiving = goes_on;
        let is_closing = connection.is_closing;
        let told = match result {
            _ if is_closing => None,
            Ok(count) => {
                connection.has_ended |= count == 0;
                Some(Told::Received(id, count))
            }
            // Cancelled, for the client is paused; or out of buffers for now.
            Err(error)
                if matches!(
                    error.raw_os_error(),
                    Some(libc::ECANCELED | libc::ENOBUFS | libc::EINTR | libc::EAGAIN)
                ) =>
            {
                None
            }
            Err(error) => {
                connection.has_ended = true;
                Some(Told::Broken(id, error))
            }
        };
        match buffer {
            Some(number) if matches!(told, Some(Told::Received(_, 1..))) => {
                self.lent = Some(number);
            }
            Some(number) => self.give_back(number)?,
            None => {}
        }
        self.receive_on(id)?;
        self.finish(id);
        Ok(told)
    }

    fn complete_send(&mut self, completion: Completion) -> Result<Option<Told>, Error> {
        let Completion { id, result, .. } = completion;
        let Some(connection) = self.any_connection(id) else { return Ok(None) };
        connection.has_sent(*result.as_ref().unwrap_or(&0));
        let is_closing = connection.is_closing;
        let told = match result {
            _ if is_closing => None,
            Ok(count) => Some(Told::Sent(id, count)),
            Err(error) if error.raw_os_error() == Some(libc::EINTR) => None,
            Err(error) => {
                connection.has_ended = true;
                self.finish(id);
                return Ok(Some(Told::Broken(id, error)));
            }
        };
        self.send_on(id)?;
        self.receive_on(id)?;
        self.finish(id);
        Ok(told)
    }
}
