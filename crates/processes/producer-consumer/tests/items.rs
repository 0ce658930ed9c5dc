//! The items of the queue: which there may be, and how they are iterated over.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Debug;
use std::time::Duration;

use processes::{Error, scope};
use producer_consumer::{GetError, ProcessQueue, PutError, Ring};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(30);

tests::main! {
    items_of_any_type_and_size,
    an_item_that_cannot_be_passed_harms_no_other,
    an_iterator_waits_for_items_until_the_queue_is_closed,
    a_drain_takes_what_is_there_and_does_not_wait,
}

fn items_of_any_type_and_size() -> Result<(), Error> {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Fruit {
        Apple { colour: String, seeds: Option<u8> },
        Basket(Vec<Fruit>),
    }
    let apple = Fruit::Apple { colour: "röd 红 🍎".to_owned(), seeds: Some(5) };
    come_through(&[apple.clone(), Fruit::Basket(vec![apple.clone(), apple])])?;
    come_through(&[(), ()])?;
    come_through(&[f64::MIN, -0.0, f64::INFINITY])?;
    come_through(&[
        String::new(),
        "a".to_owned(),
        "苹果".to_owned(),
        "x".repeat(1_000_000),
    ])?;
    let lengths =
        [0, 1, 2, 3, 4, 5, 127, 128, 4095, 4096, 4097, 65_535, 65_536, 8 << 20];
    come_through(
        &lengths.map(|length| (0..length).map(|at| at as u8).collect::<Vec<u8>>()),
    )
}

/// Requires that items arrive in another process as they were.
fn come_through<T: Serialize + DeserializeOwned + Clone + Debug + PartialEq>(
    items: &[T],
) -> Result<(), Error> {
    let queue = ProcessQueue::new(2).unwrap();
    scope(|family| {
        family.spawn("producer", || {
            items.iter().cloned().try_for_each(|item| queue.put(item))
        })?;
        for item in items {
            assert_eq!(queue.get_timeout(LONG).as_ref(), Ok(item));
        }
        Ok(())
    })
}

fn an_item_that_cannot_be_passed_harms_no_other() {
    let queue = ProcessQueue::new(0).unwrap();
    queue.put(Picky("first".to_owned())).unwrap();
    let encode = queue.put(Picky("cannot be encoded".to_owned())).unwrap_err();
    assert!(
        matches!(&encode, PutError::Encode { item, .. } if item.0.ends_with("encoded"))
    );
    queue.put(Picky("cannot be decoded".to_owned())).unwrap();
    let large = "x".repeat(Ring::BYTES);
    let too_large = queue.put(Picky(large.clone())).unwrap_err();
    assert_eq!(
        too_large.to_string(),
        format!(
            "an item of {} bytes is longer than the {} that the queue takes",
            Ring::BYTES + 4,
            Ring::MAX_RECORD
        )
    );
    assert_eq!(too_large.into_item().0, large);
    queue.put(Picky("last".to_owned())).unwrap();

    assert_eq!(queue.get().unwrap().0, "first");
    assert!(matches!(queue.get(), Err(GetError::Decode(_))));
    assert_eq!(queue.get().unwrap().0, "last");
    assert_eq!(queue.len(), 0);
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Picky(String);

impl Serialize for Picky {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 == "cannot be encoded" {
            return Err(serde::ser::Error::custom(&self.0));
        }
        self.0.serialize(serializer)
    }
}

impl TryFrom<String> for Picky {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "cannot be decoded" { Err(text) } else { Ok(Self(text)) }
    }
}

impl Debug for Picky {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.20}", self.0)
    }
}

fn an_iterator_waits_for_items_until_the_queue_is_closed() -> Result<(), Error> {
    let queue = ProcessQueue::new(1).unwrap();
    scope(|family| {
        family.spawn("producer", || {
            for text in ["first", "cannot be decoded", "last"] {
                queue.put(Picky(text.to_owned())).unwrap();
            }
            queue.close();
        })?;
        let got: Vec<_> = queue.iter().map(|item| item.map(|item| item.0)).collect();
        assert_eq!(got.len(), 3);
        assert_eq!((got[0].as_deref(), got[2].as_deref()), (Ok("first"), Ok("last")));
        assert!(matches!(&got[1], Err(GetError::Decode(reason)) if !reason.is_empty()));
        assert!(queue.iter().next().is_none());
        Ok(())
    })
}

fn a_drain_takes_what_is_there_and_does_not_wait() {
    let queue = ProcessQueue::new(0).unwrap();
    (0..3).for_each(|item| queue.put(item).unwrap());
    assert_eq!(queue.drain().collect::<Result<Vec<_>, _>>(), Ok(vec![0, 1, 2]));
    queue.put(3).unwrap();
    assert_eq!(queue.drain().next(), Some(Ok(3)));
    assert!(queue.drain().next().is_none());
    queue.close();
    assert!(queue.drain().next().is_none());
}
