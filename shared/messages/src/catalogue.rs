//! A catalogue as it is read: messages in pieces.

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey};
use fluent_syntax::parser::parse;

/// What one language says for a message.
pub(crate) type Message = Vec<Piece>;

/// A piece of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Text, as it is.
    Text(String),
    /// The value of a parameter.
    Value(String),
    /// One of several texts, by a number.
    Choice {
        /// The parameter that is the number.
        by: String,
        /// Each text, and for which number it is. The last one is for all others.
        texts: Vec<(When, Message)>,
    },
}

/// For which number a text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// For exactly this one.
    Exactly(u64),
    /// For all that no other is for.
    Otherwise,
}

/// The messages of a file and their attributes, each under the name of its function.
pub(crate) fn messages_in(text: &str, line_break: &str) -> Result<Vec<(String, Message)>, String> {
    let resource = parse(text).map_err(|(_, errors)| {
        let place = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        errors
            .iter()
            .map(|error| format!("line {}: {error}", place(error.pos.start)))
            .collect::<Vec<_>>()
            .join("; ")
    })?;
    let mut found = Vec::new();
    for entry in resource.body {
        let Entry::Message(message) = entry else { continue };
        let name = message.id.name.replace('-', "_");
        let mut add = |name: String, pattern: &Pattern<&str>| {
            let pieces = pieces(pattern, line_break).map_err(|error| format!("{name}: {error}"))?;
            found.push((name, pieces));
            Ok::<_, String>(())
        };
        if let Some(value) = &message.value {
            add(name.clone(), value)?;
        }
        for attribute in &message.attributes {
            add(format!("{name}_{}", attribute.id.name.replace('-', "_")), &attribute.value)?;
        }
    }
    Ok(found)
}

fn pieces(pattern: &Pattern<&str>, line_break: &str) -> Result<Message, String> {
    let mut message = Message::new();
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => push_text(&mut message, &joined(value, line_break)),
            PatternElement::Placeable { expression: Expression::Inline(inline) } => match inline {
                InlineExpression::VariableReference { id } => message.push(Piece::Value(id.name.to_owned())),
                InlineExpression::StringLiteral { value } => push_text(&mut message, value),
                _ => return Err("only parameters and literal texts can stand in braces".to_owned()),
            },
            PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                let InlineExpression::VariableReference { id } = selector else {
                    return Err("only a parameter can be chosen by".to_owned());
                };
                let mut texts = Vec::new();
                for variant in variants {
                    let when = match &variant.key {
                        _ if variant.default => When::Otherwise,
                        VariantKey::Identifier { name: "one" } => When::Exactly(1),
                        VariantKey::NumberLiteral { value } => {
                            When::Exactly(value.parse().map_err(|_| format!("{value} is no whole number"))?)
                        }
                        VariantKey::Identifier { name } => {
                            return Err(format!(
                                "[{name}] is unknown: there are [one], numbers, and *[other]"
                            ));
                        }
                    };
                    texts.push((when, pieces(&variant.value, line_break)?));
                }
                texts.sort_by_key(|(when, _)| *when == When::Otherwise);
                message.push(Piece::Choice { by: id.name.to_owned(), texts });
            }
        }
    }
    Ok(message)
}

/// Adds text to the end; what follows on text is one with it.
fn push_text(message: &mut Message, text: &str) {
    match message.last_mut() {
        Some(Piece::Text(before)) => before.push_str(text),
        _ => message.push(Piece::Text(text.to_owned())),
    }
}

/// A text without the line breaks that are there for the reader of the catalogue. An empty line stays: it parts
/// paragraphs.
fn joined(text: &str, line_break: &str) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| paragraph.replace('\n', line_break));
    paragraphs.collect::<Vec<_>>().join("\n\n")
}
