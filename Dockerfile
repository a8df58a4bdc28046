# SPDX-License-Identifier: Apache-2.0
# Both programs in one image; the last stage holds them, the libraries they load, the system's root certificates, the licences of
# all of it and no shell. The same sources and packages give the same bytes: all times are SOURCE_DATE_EPOCH.
#   docker build --build-arg REVISION=$(git rev-parse HEAD) .
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY scripts/setup scripts/setup
RUN scripts/setup build
COPY . .
RUN cmake --preset release -DCMAKE_EXE_LINKER_FLAGS=-Wl,--strip-all && \
    cmake --build --preset release && \
    DESTDIR=/image cmake --install build/release --prefix /usr/local
ARG SOURCE_DATE_EPOCH=0
RUN install -D --mode=644 LICENSE /image/usr/share/doc/acr-credential-helper/copyright && \
    scripts/image-root /image $(dpkg --print-architecture) libboost1.81-dev libcli11-dev rapidjson-dev && \
    find /image -exec touch --no-dereference --date=@$SOURCE_DATE_EPOCH {} +

FROM scratch
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="acr-credential-helper" \
      org.opencontainers.image.description="Temporary ACR credentials for every pod of a cluster" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /image /
USER 65532:65532
CMD ["/usr/local/bin/acr-controller"]
