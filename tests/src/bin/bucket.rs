//! A bucket for trying things out: `bucket` prints the variables that lead a service to it, and serves until it is killed.

use testkit::Bucket;

#[tokio::main]
async fn main() {
    let bucket = Bucket::open().await;
    for (name, value) in bucket.variables() {
        println!("{name}='{value}'");
    }
    std::future::pending::<()>().await;
}
