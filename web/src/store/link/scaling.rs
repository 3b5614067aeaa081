//! Which costs are shown against the number of connections, as fields of a link.

use loopscope_shared::scale;
use loopscope_shared::servers::Program;

use super::run::Field;
use crate::store::Scaling;

/// The word for an axis that is not logarithmic.
const LINEAR: &str = "linear";

/// The fields, without what is as usual.
pub(super) fn fields(scaling: &Scaling) -> Vec<Field> {
    let usual = Scaling::default();
    let mut fields = Vec::new();
    if scaling.programs != usual.programs {
        let names: Vec<&str> = scaling.programs.iter().map(|program| program.name()).collect();
        fields.push(("servers", names.join(",")));
    }
    fields.extend((scaling.cost != usual.cost).then(|| ("cost", scaling.cost.name().to_owned())));
    fields.extend((scaling.talk != usual.talk).then(|| ("talk", scaling.talk.name().to_owned())));
    fields.extend(scaling.linear_x.then(|| ("x", LINEAR.to_owned())));
    fields.extend(scaling.linear_y.then(|| ("y", LINEAR.to_owned())));
    fields
}

/// Reads a field: `Some(false)` if it is none of these, `None` if it cannot be read.
pub(super) fn read(scaling: &mut Scaling, name: &str, value: &str) -> Option<bool> {
    match name {
        "servers" => {
            let known = |name: &str| {
                let program = Program::named(name)?;
                scale::programs().any(|one| one == program).then_some(program)
            };
            scaling.programs = value.split(',').map(known).collect::<Option<Vec<_>>>()?;
        }
        "cost" => scaling.cost = value.parse().ok()?,
        "talk" => scaling.talk = value.parse().ok()?,
        "x" => scaling.linear_x = value == LINEAR,
        "y" => scaling.linear_y = value == LINEAR,
        _ => return Some(false),
    }
    Some(true)
}
