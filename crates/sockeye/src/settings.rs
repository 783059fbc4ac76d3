//! `--set name=value`: answers to a role's `given`s at the top of a convo.

use convo::{Program, Role};

use crate::report::Failure;

/// A name and its value.
pub(crate) type Setting = (String, String);

/// Those of `settings` that are this program's.
pub(crate) fn of(settings: &[Setting], program: &Program) -> Vec<Setting> {
    let known = |name: &String| program.givens().any(|given| given == name);
    settings.iter().filter(|(name, _)| known(name)).cloned().collect()
}

/// Checks that each name is a `given` of one of these programs.
///
/// # Errors
/// Names the first that is not, and the ones that are.
pub(crate) fn check<'a>(
    settings: &[Setting],
    programs: impl Iterator<Item = &'a Program> + Clone,
    role: Role,
) -> Result<(), Failure> {
    let mut givens: Vec<&str> = Vec::new();
    for given in programs.flat_map(Program::givens) {
        if !givens.contains(&given) {
            givens.push(given);
        }
    }
    let Some((name, _)) = settings.iter().find(|(name, _)| !givens.contains(&name.as_str())) else {
        return Ok(());
    };
    let role = match role {
        Role::Client => "client",
        Role::Server => "server",
    };
    let failure =
        Failure::usage(format!("--set {name}: the {role} is given no \"{name}\" at the top of the convo"));
    Err(if givens.is_empty() {
        failure.hint(format!("this {role} is given nothing at the top; leave --set out"))
    } else {
        failure.hint(format!("it is given: {}", givens.join(", ")))
    })
}
