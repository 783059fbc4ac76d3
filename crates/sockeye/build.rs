//! Builds the program anew when a convo is added to or taken from the folder that ships.

fn main() {
    #[allow(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]
    {
        println!("cargo::rerun-if-changed=build.rs");
        println!("cargo::rerun-if-changed=../../convos");
    }
}
