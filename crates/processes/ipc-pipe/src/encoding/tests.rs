//! Values at the limits of length and depth.

use super::*;

#[test]
fn a_message_of_any_length_up_to_the_limit_fits() {
    // Postcard writes a text of this length behind a length of its own of four bytes.
    let mut buffer = Vec::new();
    for (length, fits) in [(LIMIT - 4, true), (LIMIT - 3, false), (3 * LIMIT, false)] {
        buffer.clear();
        let encoded = frame(&"x".repeat(length), &mut buffer);
        assert_eq!(encoded, if fits { Ok(()) } else { Err(EncodeError::TooLong) });
        assert_eq!(buffer.len(), if fits { HEAD + LIMIT } else { 0 });
        assert!(
            buffer.capacity() <= HEAD + LIMIT,
            "{} bytes were allocated",
            buffer.capacity()
        );
    }
}

#[test]
fn values_that_are_written_byte_by_byte_are_limited_as_well() {
    let mut buffer = vec![7];
    assert_eq!(frame(&vec![1_u8; LIMIT], &mut buffer), Err(EncodeError::TooLong));
    assert_eq!(buffer, [7]);
    assert!(
        buffer.capacity() <= 1 + HEAD + LIMIT,
        "{} bytes were allocated",
        buffer.capacity()
    );
}

#[test]
fn what_cannot_be_encoded_is_an_error() {
    struct Refuses;
    impl Serialize for Refuses {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no"))
        }
    }
    let error = frame(&("begun", Refuses), &mut Vec::new()).expect_err("it refuses");
    assert_eq!(error, EncodeError::Refused);
}
