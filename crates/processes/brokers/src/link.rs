//! A connection to Redis that belongs to one queue.

use std::time::Duration;

use redis::{Client, Cmd, Connection, ErrorKind, FromRedisValue, Pipeline, RedisError};

use crate::broker::PATIENCE;
use crate::error::Error;
use crate::place::Place;

pub struct Link {
    pub place: Place,
    pub queue: String,
    connection: Connection,
}

impl Link {
    /// # Errors
    /// As [`connect`](crate::connect).
    pub fn connect(url: &str, queue: &str) -> Result<Self, Error> {
        let place = Place::parse(url)?;
        let client = Client::open(place.with_scheme("redis"))
            .map_err(|error| place.wrong(&error.to_string()))?;
        let connection = client
            .get_connection_with_timeout(PATIENCE)
            .map_err(|error| refusal(&place, &error))?;
        let mut link = Self { place, queue: queue.to_owned(), connection };
        link.be_patient_for(Duration::ZERO)?;
        // It lets clients log in while it still reads its log from the disk.
        let ready = redis::cmd("PING").query::<()>(&mut link.connection);
        ready.map_err(|error| refusal(&link.place, &error))?;
        Ok(link)
    }

    /// Sends a command, and waits for the answer.
    ///
    /// # Errors
    /// What the broker or the connection says.
    pub fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> Result<T, Error> {
        command.query(&mut self.connection).map_err(|error| self.error(&error))
    }

    /// As [`ask`](Self::ask), for a command that itself waits for so long.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn ask_within<T: FromRedisValue>(
        &mut self,
        timeout: Duration,
        command: &Cmd,
    ) -> Result<T, Error> {
        self.be_patient_for(timeout)?;
        let answer = self.ask(command)?;
        self.be_patient_for(Duration::ZERO)?;
        Ok(answer)
    }

    /// Sends several commands, of which all are carried out or none.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn ask_all<T: FromRedisValue>(
        &mut self,
        commands: &mut Pipeline,
    ) -> Result<T, Error> {
        commands
            .atomic()
            .query(&mut self.connection)
            .map_err(|error| self.error(&error))
    }

    /// Lets an answer take that much longer than usual.
    fn be_patient_for(&self, more: Duration) -> Result<(), Error> {
        self.connection
            .set_read_timeout(Some(PATIENCE + more))
            .and_then(|()| self.connection.set_write_timeout(Some(PATIENCE)))
            .map_err(|error| self.error(&error))
    }

    fn error(&self, error: &RedisError) -> Error {
        let cause = words(error);
        match error.code() {
            Some("WRONGTYPE") => self.place.other_type(&self.queue, &cause),
            Some("NOAUTH" | "WRONGPASS" | "NOPERM") => self.place.login(&cause),
            Some(_) => self.place.refused(&cause),
            // After a timeout the next answer would be that to this question.
            None => self.place.lost(&cause),
        }
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} at {}", self.queue, self.place)
    }
}

/// Why there is no connection.
fn refusal(place: &Place, error: &RedisError) -> Error {
    match error.code() {
        Some("LOADING") => place.unreachable(&words(error)),
        Some(_) => place.login(&words(error)),
        None if error.kind() == ErrorKind::AuthenticationFailed => {
            place.login(&words(error))
        }
        None => place.unreachable(&words(error)),
    }
}

/// The broker's words, or the system's.
fn words(error: &RedisError) -> String {
    match (error.code(), error.detail()) {
        (Some(code), Some(detail)) => format!("{code} {detail}"),
        _ => error.to_string(),
    }
}
