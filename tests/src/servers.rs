//! RabbitMQ and PostgreSQL in containers that are one story's own: they may be killed, and go when the story ends.

use std::time::Duration;

use testcontainers::{
    ContainerAsync, GenericImage, ImageExt,
    bollard::{Docker, query_parameters::KillContainerOptionsBuilder},
    core::{CmdWaitFor, ContainerPort, ExecCommand},
    runners::AsyncRunner,
};

use crate::{
    eventually,
    process::{Addresses, Process},
    rows::Rows,
    sample::{dossier, fee},
    until,
    wire::{Raw, Wire},
};

/// The environment variable that names the broker's image tag, for the oldest one that everything must work on:
/// `MOTCUA_TEST_RABBITMQ=3.10-management` after `scripts/images --broker-3.10`.
const BROKER_TAG: &str = "MOTCUA_TEST_RABBITMQ";

/// A server in a container, at an address that survives its restarts.
pub struct Server {
    container: ContainerAsync<GenericImage>,
    address: String,
}

impl Server {
    /// Starts a container. A port is chosen here, as one chosen by the engine changes when the container starts again.
    async fn start(
        name: &str,
        tag: &str,
        port: u16,
        environment: &[(&str, &str)],
        arguments: &[&str],
    ) -> Self {
        let mut refused = None;
        for _ in 0..5 {
            let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
            let chosen = free.local_addr().expect("a bound port").port();
            drop(free);
            let mut request = GenericImage::new(name, tag)
                .with_mapped_port(chosen, ContainerPort::Tcp(port))
                .with_startup_timeout(Duration::from_mins(2));
            for (key, value) in environment {
                request = request.with_env_var(*key, *value);
            }
            if !arguments.is_empty() {
                request = request.with_cmd(arguments.iter().copied());
            }
            match request.start().await {
                Ok(container) => {
                    let host = container.get_host().await.expect("the engine's host");
                    let address = format!("{host}:{chosen}");
                    return Self { container, address };
                }
                // Somebody else may have taken the port meanwhile.
                Err(error) => refused = Some(error),
            }
        }
        panic!("a container of {name}:{tag} does not start: {refused:?}");
    }

    /// Kills it where it stands.
    ///
    /// # Panics
    /// When the engine refuses.
    pub async fn kill(&self) {
        let docker = Docker::connect_with_defaults().expect("the container engine");
        let docker = docker
            .negotiate_version()
            .await
            .expect("the engine answers");
        let signal = KillContainerOptionsBuilder::default()
            .signal("KILL")
            .build();
        let killed = docker
            .kill_container(self.container.id(), Some(signal))
            .await;
        killed.expect("the container was running");
    }

    /// Asks it to stop, as an operator does.
    ///
    /// # Panics
    /// When the engine refuses.
    pub async fn stop(&self) {
        let stopped = self.container.stop_with_timeout(Some(20)).await;
        stopped.expect("the container was running");
    }

    /// Starts it again, with what it had stored.
    ///
    /// # Panics
    /// When the engine refuses.
    pub async fn start_again(&self) {
        self.container
            .start()
            .await
            .expect("the container starts again");
    }

    /// Runs a command inside; its output.
    ///
    /// # Panics
    /// When the command fails.
    pub async fn run(&self, command: &[&str]) -> String {
        let ready = CmdWaitFor::exit_code(0);
        let exec = ExecCommand::new(command.iter().copied()).with_cmd_ready_condition(ready);
        let mut done = self
            .container
            .exec(exec)
            .await
            .expect("the command succeeds");
        let output = done.stdout_to_vec().await.expect("its output");
        String::from_utf8_lossy(&output).into_owned()
    }
}

/// One story's broker and database.
pub struct Servers {
    /// RabbitMQ.
    pub broker: Server,
    /// PostgreSQL.
    pub postgres: Server,
}

impl Servers {
    /// Starts both and waits until they answer.
    pub async fn start() -> Self {
        let database = [("POSTGRES_PASSWORD", "motcua"), ("POSTGRES_DB", "motcua")];
        // What is written reaches the kernel, which outlives the container; the disk is not what is tested here.
        let arguments = ["-c", "fsync=off", "-c", "max_connections=200"];
        #[expect(
            clippy::disallowed_methods,
            reason = "it chooses what is tested, not how a service is configured"
        )]
        let tag = std::env::var(BROKER_TAG).unwrap_or_else(|_| "4.0-management".to_owned());
        let (broker, postgres) = tokio::join!(
            Server::start("rabbitmq", &tag, 5672, &[], &[]),
            Server::start("postgres", "17", 5432, &database, &arguments),
        );
        let servers = Self { broker, postgres };
        tokio::join!(servers.broker_answers(), servers.postgres_answers());
        servers
    }

    /// Where processes find them.
    pub fn addresses(&self) -> Addresses {
        Addresses {
            bus: format!("amqp://guest:guest@{}/%2f", self.broker.address),
            database: format!(
                "postgres://postgres:motcua@{}/motcua",
                self.postgres.address
            ),
        }
    }

    /// The broker's host and port.
    pub fn broker_address(&self) -> &str {
        &self.broker.address
    }

    /// Kills the broker, once its queues will outlive it: RabbitMQ writes down their names some seconds after it has
    /// declared them. A queue without one comes back empty and without a leader, as docs/runbooks/broker-away.md tells.
    pub async fn kill_broker(&self) {
        let names_to_disk = ["rabbitmqctl", "eval", "dets:sync(ra_directory_reverse)."];
        self.broker.run(&names_to_disk).await;
        self.broker.kill().await;
    }

    /// Waits until the broker takes connections.
    pub async fn broker_answers(&self) {
        let url = self.addresses().bus;
        eventually("the broker answers", true, async || {
            Wire::open(&url).await.is_ok()
        })
        .await;
    }

    /// Waits until the database takes connections.
    pub async fn postgres_answers(&self) {
        let url = self.addresses().database;
        eventually("the database answers", true, async || {
            Rows::open(&url).await.is_ok()
        })
        .await;
    }

    /// The rows, for counting.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn rows(&self) -> Rows {
        self.postgres_answers().await;
        Rows::open(&self.addresses().database)
            .await
            .expect("the database answers")
    }

    /// The wire, for raw messages.
    ///
    /// # Panics
    /// When the broker does not answer.
    pub async fn wire(&self) -> Wire {
        self.broker_answers().await;
        Wire::open(&self.addresses().bus)
            .await
            .expect("the broker answers")
    }

    /// Sends the story's first message and waits until it has come to `echo`: from then on everybody hears.
    pub async fn first_message_passes(&self) {
        let wire = self.wire().await;
        wire.publish([Raw::of(dossier(0).0, &fee(0))]).await;
        let rows = self.rows().await;
        eventually("the first message passes", 1, async || {
            rows.seen("echo").await
        })
        .await;
    }

    /// Waits until `count` messages have had their effect in each of `services`, ends the processes, and checks that each
    /// message had it exactly once, that nothing was set aside, and that nothing is left on the wire.
    pub async fn exactly_once(
        &self,
        processes: impl IntoIterator<Item = Process>,
        services: &[&str],
        count: u32,
    ) {
        let (rows, wire) = (self.rows().await, self.wire().await);
        let goal = i64::from(count);
        for service in services {
            let what = format!("{count} effects in {service}");
            until(
                &what,
                |seen| *seen >= goal,
                async || rows.seen(service).await,
            )
            .await;
        }
        for service in services {
            let what = format!("the outbox of {service} is settled");
            eventually(&what, Some(true), async || rows.settled(service).await).await;
        }
        for process in processes {
            process.stop().await;
        }
        for service in services {
            // What was delivered and not acknowledged has come back by now, and nobody takes it.
            assert!(
                matches!(wire.ready(service).await, None | Some(0)),
                "left in the queue of {service}"
            );
            let seen = rows.effects(service).await;
            assert_eq!(
                seen,
                Some((goal, goal)),
                "effects and dossiers in {service}"
            );
            assert_eq!(
                rows.count(service, "deferred").await,
                Some(0),
                "deferred in {service}"
            );
            assert_eq!(
                rows.count(service, "parked").await,
                Some(0),
                "parked in {service}"
            );
        }
    }
}
