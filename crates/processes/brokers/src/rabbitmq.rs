//! A queue of RabbitMQ, over AMQP 0-9-1.

use std::fmt::Display;
use std::future::Future;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use lapin::message::DeliveryResult;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
    ConfirmSelectOptions, QueueDeclareOptions,
};
use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::types::FieldTable;
use lapin::{
    BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, ErrorKind,
};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::broker::{Broker, Delivery, PATIENCE, Receipt, within_a_year};
use crate::error::Error;
use crate::place::Place;

/// How many deliveries a consumer has in hand at most.
const PREFETCH: u16 = 1;
/// A message that is written to disk.
const PERSISTENT: u8 = 2;

/// A durable queue of RabbitMQ with persistent messages: each item is delivered at
/// least once.
///
/// RabbitMQ notices that a consumer has died by its connection, and gives what it had
/// in hand to another at once.
pub struct RabbitMq {
    place: Place,
    queue: String,
    connection: Connection,
    channel: Channel,
    /// Whether RabbitMQ takes what it has sent for acknowledged.
    automatic: bool,
    /// The deliveries, once this is a consumer.
    deliveries: Option<Receiver<DeliveryResult>>,
    // Last, for the others are dropped in it.
    runtime: Runtime,
}

impl RabbitMq {
    /// Connects to the queue of that name, and declares it.
    ///
    /// From then on the process has threads, and cannot fork.
    ///
    /// # Errors
    /// As [`connect`](crate::connect).
    pub fn connect(url: &str, queue: &str) -> Result<Self, Error> {
        let place = Place::parse(url)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| place.unreachable(&error))?;
        let options = ConnectionProperties::default();
        let connecting =
            async { timeout(PATIENCE, Connection::connect(url, options)).await };
        let connection = runtime.block_on(connecting);
        let connection = match connection {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Err(refusal(&place, &error)),
            Err(_) => return Err(place.unreachable(&"no answer in time")),
        };
        let opened = runtime
            .block_on(async { timeout(PATIENCE, open(&connection, queue)).await });
        let queue = queue.to_owned();
        match opened {
            Ok(Ok(channel)) => {
                let (automatic, deliveries) = (false, None);
                Ok(Self {
                    place,
                    queue,
                    connection,
                    channel,
                    automatic,
                    deliveries,
                    runtime,
                })
            }
            Ok(Err(error)) => Err(said(&place, &queue, &error)),
            Err(_) => Err(place.lost(&"no answer in time")),
        }
    }

    /// Lets RabbitMQ take each message for acknowledged when it has sent it, and send
    /// all there are: an item is delivered at most once. [`ack`](Broker::ack) then does
    /// nothing.
    #[must_use]
    pub fn acknowledged_when_sent(mut self) -> Self {
        self.automatic = true;
        self
    }

    /// Waits for an answer of RabbitMQ, but not for ever.
    fn wait<T>(
        &self,
        answer: impl Future<Output = Result<T, lapin::Error>>,
    ) -> Result<T, Error> {
        match self.runtime.block_on(async { timeout(PATIENCE, answer).await }) {
            Ok(answered) => {
                answered.map_err(|error| said(&self.place, &self.queue, &error))
            }
            Err(_) => Err(self.place.lost(&"no answer in time")),
        }
    }

    /// Asks to be given what is in the queue, with the first call of `get`: a producer
    /// must not be given anything.
    fn subscribe(&self) -> Result<Receiver<DeliveryResult>, Error> {
        let (sender, deliveries) = mpsc::channel();
        self.wait(async {
            self.channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
            let consumer = self
                .channel
                .basic_consume(
                    self.queue.as_str().into(),
                    "".into(),
                    BasicConsumeOptions {
                        no_ack: self.automatic,
                        ..BasicConsumeOptions::default()
                    },
                    FieldTable::default(),
                )
                .await?;
            consumer.set_delegate(move |delivery: DeliveryResult| {
                // Without a receiver the consumer is being dropped, and RabbitMQ takes
                // the message back.
                let _ = sender.send(delivery);
                std::future::ready(())
            });
            Ok(())
        })?;
        Ok(deliveries)
    }
}

impl Broker for RabbitMq {
    fn put(&mut self, item: &[u8]) -> Result<(), Error> {
        self.place.check_size(item)?;
        let confirmed = self.wait(async {
            let published = self.channel.basic_publish(
                "".into(),
                self.queue.as_str().into(),
                BasicPublishOptions::default(),
                item,
                BasicProperties::default().with_delivery_mode(PERSISTENT),
            );
            published.await?.await
        })?;
        match confirmed {
            Confirmation::Ack(_) => Ok(()),
            _ => Err(self.place.refused(&"the message is not confirmed")),
        }
    }

    fn get(&mut self, timeout: Duration) -> Result<Option<Delivery>, Error> {
        let deliveries = match self.deliveries.take() {
            Some(deliveries) => deliveries,
            None => self.subscribe()?,
        };
        let received =
            self.deliveries.insert(deliveries).recv_timeout(within_a_year(timeout));
        match received {
            Ok(Ok(Some(mut message))) => Ok(Some(Delivery {
                item: std::mem::take(&mut message.data),
                redelivered: message.redelivered,
                receipt: if self.automatic {
                    Receipt::None
                } else {
                    Receipt::Message(Box::new(message))
                },
            })),
            Ok(Ok(None)) => {
                Err(self.place.lost(&"RabbitMQ has cancelled the consumer"))
            }
            Ok(Err(error)) => Err(said(&self.place, &self.queue, &error)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                Err(self.place.lost(&"the consumer has ended"))
            }
        }
    }

    fn ack(&mut self, delivery: Delivery) -> Result<(), Error> {
        let message = match delivery.receipt {
            Receipt::Message(message) => message,
            Receipt::None if self.automatic => return Ok(()),
            _ => return Err(self.place.not_mine()),
        };
        if self.wait(message.ack(BasicAckOptions::default()))? {
            return Ok(());
        }
        Err(self.place.not_mine())
    }
}

/// Closes the connection in order, so that RabbitMQ has all acknowledgements.
impl Drop for RabbitMq {
    fn drop(&mut self) {
        let closed = self.connection.close(200, "done".into());
        // A connection that is lost is closed as well.
        let _ = self.runtime.block_on(async { timeout(PATIENCE, closed).await });
    }
}

impl std::fmt::Debug for RabbitMq {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} at {}", self.queue, self.place)
    }
}

async fn open(connection: &Connection, queue: &str) -> Result<Channel, lapin::Error> {
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let durable = QueueDeclareOptions::durable();
    channel.queue_declare(queue.into(), durable, FieldTable::default()).await?;
    Ok(channel)
}

/// Why there is no connection.
fn refusal(place: &Place, error: &lapin::Error) -> Error {
    match error.kind() {
        ErrorKind::ProtocolError(error) => place.login(error),
        _ => place.unreachable(&cause(error)),
    }
}

/// Why RabbitMQ has not done what it was asked.
fn said(place: &Place, queue: &str, error: &lapin::Error) -> Error {
    match error.kind() {
        ErrorKind::ProtocolError(error) => match error.kind() {
            AMQPErrorKind::Soft(
                AMQPSoftError::PRECONDITIONFAILED | AMQPSoftError::RESOURCELOCKED,
            ) => place.other_type(queue, error.get_message()),
            AMQPErrorKind::Soft(_) => place.refused(&error.get_message()),
            AMQPErrorKind::Hard(_) => place.lost(&error.get_message()),
        },
        _ => place.lost(&cause(error)),
    }
}

fn cause(error: &lapin::Error) -> impl Display {
    match error.kind() {
        ErrorKind::IOError(error) => error.to_string(),
        _ => error.to_string(),
    }
}
