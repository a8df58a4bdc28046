# SPDX-License-Identifier: Apache-2.0
# Both programs in one image; the last stage holds them, the libraries they load, the system's root certificates and no shell.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY scripts/setup scripts/setup
RUN scripts/setup build
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY common common
COPY certs certs
COPY controller controller
COPY webhook webhook
RUN cmake --preset release && cmake --build --preset release && \
    DESTDIR=/image cmake --install build/release --prefix /usr/local --strip
RUN ldd /image/usr/local/bin/acr-* | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\/.*ld-linux/ { print $1 }' | sort -u | \
    xargs cp --parents --dereference --target-directory=/image && \
    cp --parents /etc/ssl/certs/ca-certificates.crt /image && \
    mkdir -p /image/usr/lib/ssl && ln -s /etc/ssl/certs/ca-certificates.crt /image/usr/lib/ssl/cert.pem && \
    echo 'nonroot:x:65532:65532::/:/' > /image/etc/passwd

FROM scratch
LABEL org.opencontainers.image.title="acr-credential-helper" \
      org.opencontainers.image.description="Temporary ACR credentials for every pod of a cluster" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /image /
USER 65532:65532
CMD ["/usr/local/bin/acr-controller"]
