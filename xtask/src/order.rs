//! The functions of the page's module in an order in which it compresses well.
//!
//! gzip finds again only what stood within the last 32 KiB, and of what a compiler makes of generic code much
//! looks alike and stands far apart: laid side by side, it takes a twentieth less to load. Which belong side by
//! side is found by halving: the functions are dealt to two halves, so that of the short sequences of bytes that
//! they consist of as few as possible stand in both, and each half is dealt again.

use std::collections::BTreeMap;
use std::convert::Infallible;

use anyhow::{Context, Result};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{CodeSectionReader, FunctionSectionReader, Parser, Payload, TypeRef};

/// The length of a sequence of bytes, which is the length of two or three instructions.
const SEQUENCE: usize = 6;

/// One of so many sequences is looked at, always the same ones.
const SAMPLED: u64 = 8;

/// How often a half is improved at most.
const ROUNDS: usize = 20;

/// Every so manieth pair that would gain by a swap stays: halves that are alike would else only change names.
const STAYS: usize = 8;

/// The same module, with its functions in another order.
///
/// # Errors
/// If it is none.
pub(crate) fn ordered(module: &[u8]) -> Result<Vec<u8>> {
    let (mut imported, mut bodies) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload.context("this is no module")? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
            _ => {}
        }
    }
    let mut functions: Vec<Function> = sampled(&bodies);
    deal(&mut functions);
    let order: Vec<usize> = functions.into_iter().map(|function| function.index).collect();
    let mut place = vec![0; order.len()];
    (0..).zip(&order).for_each(|(new, old)| place[*old] = new);
    let mut written = Module::new();
    let mut writer = Ordered { imported, order, place };
    writer.parse_core_module(&mut written, Parser::new(0), module).context("cannot write the module anew")?;
    Ok(written.finish())
}

/// A function, by what it consists of.
struct Function {
    /// Where it stood.
    index: usize,
    /// The numbers of its sequences, each once.
    sequences: Vec<u32>,
}

/// The functions with those of their sequences that are looked at.
fn sampled(bodies: &[&[u8]]) -> Vec<Function> {
    let mut numbers = BTreeMap::new();
    let mut of = |body: &[u8]| {
        let hashes = body.windows(SEQUENCE).map(hash).filter(|hash| hash % SAMPLED == 0);
        let mut sequences: Vec<u32> = hashes
            .map(|hash| {
                let next = numbers.len() as u32;
                *numbers.entry(hash).or_insert(next)
            })
            .collect();
        sequences.sort_unstable();
        sequences.dedup();
        sequences
    };
    bodies.iter().enumerate().map(|(index, body)| Function { index, sequences: of(body) }).collect()
}

/// FNV-1a, and its upper bits mixed into the lower ones.
fn hash(bytes: &[u8]) -> u64 {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ (hash >> 32)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 32
}

/// Deals the functions to two halves, and each half again.
fn deal(functions: &mut [Function]) {
    let half = functions.len() / 2;
    if half == 0 {
        return;
    }
    for round in 0..ROUNDS {
        let counts = counts(functions, half);
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for (at, function) in functions.iter().enumerate() {
            let side = usize::from(at >= half);
            let gains = function.sequences.iter().map(|sequence| gain(counts[sequence], side));
            [&mut left, &mut right][side].push((gains.sum::<f64>(), at));
        }
        left.sort_by(|one, other| other.0.total_cmp(&one.0));
        right.sort_by(|one, other| other.0.total_cmp(&one.0));
        let swaps: Vec<_> =
            left.iter().zip(&right).take_while(|(left, right)| left.0 + right.0 > 0.0).collect();
        let swapped = swaps.iter().enumerate().filter(|(pair, _)| (pair + round) % STAYS != 0);
        swapped.for_each(|(_, (left, right))| functions.swap(left.1, right.1));
        if swaps.is_empty() {
            break;
        }
    }
    let (left, right) = functions.split_at_mut(half);
    deal(left);
    deal(right);
}

/// How many functions of either half have each sequence.
fn counts(functions: &[Function], half: usize) -> BTreeMap<u32, [u32; 2]> {
    let mut counts: BTreeMap<u32, [u32; 2]> = BTreeMap::new();
    for (at, function) in functions.iter().enumerate() {
        for sequence in &function.sequences {
            counts.entry(*sequence).or_default()[usize::from(at >= half)] += 1;
        }
    }
    counts
}

/// What is gained for one sequence if a function that has it goes to the other side.
fn gain(counts: [u32; 2], side: usize) -> f64 {
    let (here, there) = (f64::from(counts[side]), f64::from(counts[1 - side]));
    cost(here, there) - cost(here - 1.0, there + 1.0)
}

/// What a sequence costs that so many functions of either half have: the least if they are all in one.
fn cost(here: f64, there: f64) -> f64 {
    -(here * (here + 1.0).log2() + there * (there + 1.0).log2())
}

/// Writes a module anew.
struct Ordered {
    /// How many functions are imported: they come before all others.
    imported: u32,
    /// Which function comes when.
    order: Vec<usize>,
    /// And the other way round: where each has come.
    place: Vec<u32>,
}

impl Reencode for Ordered {
    type Error = Infallible;

    fn function_index(&mut self, index: u32) -> Result<u32, Error> {
        let own = index.checked_sub(self.imported);
        Ok(own.map_or(index, |own| self.imported + self.place[own as usize]))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        let types = section.into_iter().collect::<Result<Vec<u32>, _>>()?;
        for old in self.order.clone() {
            functions.function(self.type_index(types[old])?);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error> {
        let bodies = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for old in self.order.clone() {
            utils::parse_function_body(self, code, bodies[old].clone())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{ExportKind, ExportSection, Function as Body, TypeSection, ValType};
    use wasmparser::Validator;

    use super::*;

    /// A module of functions of two kinds, of which each calls one behind it. The last is exported.
    fn module(len: u32) -> Vec<u8> {
        let (mut types, mut functions, mut code) =
            (TypeSection::new(), FunctionSection::new(), CodeSection::new());
        types.ty().function([], []);
        types.ty().function([], [ValType::I64]);
        for index in 0..len {
            let odd = u32::from(index % 3 == 0 || index > len / 2);
            functions.function(odd);
            let mut body = Body::new([]);
            for number in 0..50 {
                body.instructions().i64_const(i64::from(number * 1000 + odd * 500_000 + 7)).drop();
            }
            if odd == 0 {
                body.instructions().call(len / 2 - 1);
            }
            if odd == 1 {
                body.instructions().i64_const(i64::from(index));
            }
            body.instructions().end();
            code.function(&body);
        }
        let mut exports = ExportSection::new();
        exports.export("last", ExportKind::Func, len - 1);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&exports).section(&code);
        module.finish()
    }

    fn types(module: &[u8]) -> Vec<u32> {
        let functions = Parser::new(0).parse_all(module).find_map(|payload| match payload.unwrap() {
            Payload::FunctionSection(section) => Some(section.into_iter().map(Result::unwrap).collect()),
            _ => None,
        });
        functions.unwrap()
    }

    #[test]
    fn what_is_alike_comes_to_stand_side_by_side_and_is_called_there() {
        let module = module(64);
        Validator::new().validate_all(&module).unwrap();
        let ordered = ordered(&module).unwrap();
        Validator::new().validate_all(&ordered).unwrap();
        let changes = |types: &[u32]| types.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let (before, after) = (types(&module), types(&ordered));
        assert!(changes(&after) * 2 < changes(&before), "{before:?}, then {after:?}");
        assert_eq!(before.iter().sum::<u32>(), after.iter().sum::<u32>());
        assert_eq!(module.len(), ordered.len());
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert!(ordered(b"no module").is_err());
    }
}
