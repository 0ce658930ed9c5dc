//! The sentences of claims.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::tree::{none, sources};

/// A claim is about a noun of the field, never about a person.
const PERSONS: [&str; 7] =
    ["who", "whoever", "whose", "whom", "nobody", "somebody", "everybody"];

/// The words with which no sentence begins that stands alone.
const LEADING: [&str; 6] = ["and", "but", "nor", "or", "so", "which"];

#[test]
fn a_claim_is_a_sentence_that_stands_alone() {
    let mut faults = Vec::new();
    let mut checked = 0;
    for source in sources(&["rs"]).iter().filter(|source| source.is_scene()) {
        let tokens: TokenStream = source.text.parse().unwrap();
        let mut sentences = Vec::new();
        find(tokens, &mut sentences);
        checked += sentences.len();
        let bad = sentences.iter().filter_map(|sentence| fault(sentence));
        faults.extend(bad.map(|fault| format!("{}: {fault}", source.path.display())));
    }
    none(&faults, "a claim is a full sentence about a noun of the field");
    assert!(checked > 100, "{checked} claims were found");
}

/// Collects the sentences of all `claim!(condition, "sentence", …)`.
fn find(tokens: TokenStream, sentences: &mut Vec<String>) {
    let mut name = String::new();
    let mut is_macro = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let is_claim = is_macro && name == "claim";
                if is_claim && group.delimiter() == Delimiter::Parenthesis {
                    sentences.extend(sentence(group.stream()));
                } else {
                    find(group.stream(), sentences);
                }
                is_macro = false;
            }
            TokenTree::Ident(ident) => {
                name = ident.to_string();
                is_macro = false;
            }
            TokenTree::Punct(mark) => is_macro = mark.as_char() == '!',
            TokenTree::Literal(_) => is_macro = false,
        }
    }
}

/// The literal after the first comma.
fn sentence(claim: TokenStream) -> Option<String> {
    let is_comma = |token: &TokenTree| match token {
        TokenTree::Punct(mark) => mark.as_char() == ',',
        _ => false,
    };
    let literal = claim.into_iter().skip_while(|token| !is_comma(token)).nth(1)?;
    let text = syn::parse2::<syn::LitStr>(literal.into()).ok()?;
    Some(text.value())
}

/// What is wrong with a sentence.
fn fault(sentence: &str) -> Option<String> {
    let lower = sentence.to_lowercase();
    let words: Vec<&str> =
        lower.split(|letter: char| !letter.is_alphanumeric()).collect();
    let person = words.iter().find(|word| PERSONS.contains(word));
    let leading = words.first().filter(|word| LEADING.contains(word));
    match (person, leading) {
        (Some(word), _) => Some(format!("{word:?} in {sentence:?}")),
        (None, Some(word)) => Some(format!("{sentence:?} begins with {word:?}")),
        (None, None) if words.len() < 3 => Some(format!("{sentence:?} is no sentence")),
        (None, None) => None,
    }
}

#[test]
fn sentences_are_found_and_judged() {
    let code = "fn play() { each(|n| { claim!(f(a, b), \"nobody came\"); }); \
                claim!(x == 1, \"and {x} is one\", 1); other!(a, \"who\"); }";
    let mut sentences = Vec::new();
    find(code.parse().unwrap(), &mut sentences);
    assert_eq!(sentences, ["nobody came", "and {x} is one"]);
    assert_eq!(fault(&sentences[0]).unwrap(), "\"nobody\" in \"nobody came\"");
    assert!(fault(&sentences[1]).unwrap().ends_with("begins with \"and\""));
    assert_eq!(fault("the child is not alive"), None);
}
