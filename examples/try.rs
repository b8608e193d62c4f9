use oauthlab::{config::Config, lab::*, tls::DataDir};
#[tokio::main]
async fn main() {
    let data = DataDir::locate(|n| std::env::var_os(n)).unwrap();
    let lab = Lab::start(Config::builtin().unwrap(), LabOptions::new(data, "try")).await.unwrap();
    println!("{}", lab.ready().line().unwrap().expose());
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
}
