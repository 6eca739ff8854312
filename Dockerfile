# One image a service: docker build --build-arg SERVICE=payment -t motcua/payment .
#
# SERVICE   a folder of services/ (all-in-one for the whole desk in one process, and for the gateway)
# BINARIES  builder: compile it here from source; prebuilt: take target/images/$SERVICE/service, which scripts/images puts there
ARG BINARIES=builder

FROM rust:1.95-slim-trixie AS builder
WORKDIR /source
# Without rust-toolchain.toml: the image is the toolchain.
COPY Cargo.toml Cargo.lock ./
COPY shared shared
COPY services services
COPY tests tests
COPY catalogue catalogue
ARG SERVICE
# The secret is optional: the authorities to trust where a proxy presents its own certificate (--secret id=ca,src=…).
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    cargo build --profile dist --locked -p "$SERVICE" \
    && case "$SERVICE" in all-in-one) binary=motcua ;; *) binary="$SERVICE" ;; esac \
    && strip --strip-all -o /service "target/dist/$binary"

FROM debian:trixie-slim AS prebuilt
ARG SERVICE
COPY target/images/${SERVICE}/service /service

FROM ${BINARIES} AS binaries

FROM debian:trixie-slim AS runtime
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 /app/data
ARG SERVICE
# Only who reads papers carries the readers.
RUN case "$SERVICE" in scan | all-in-one) \
        apt-get update \
        && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends tesseract-ocr tesseract-ocr-vie poppler-utils libheif-examples libheif-plugin-libde265 \
        && rm -rf /var/lib/apt/lists/* ;; \
    esac
WORKDIR /app
COPY catalogue/ catalogue/
COPY --from=binaries --chmod=755 /service /app/service
# glibc gives each thread an arena of its own and hardly returns what lies in it; two are as fast here, and hold less.
# What is larger than 128 KiB, such as a part of an upload, goes back at once: glibc would raise that bound to what it has seen.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072
ENV HTTP_LISTEN=0.0.0.0:8080 DATA_DIR=/app/data CATALOGUE_DIR=/app/catalogue LOG_FORMAT=json HOME=/app/data
USER 10001:10001
VOLUME /app/data
EXPOSE 8080
HEALTHCHECK --interval=3s --timeout=4s --start-period=60s --retries=6 CMD ["/app/service", "healthcheck"]
ENTRYPOINT ["/app/service"]
