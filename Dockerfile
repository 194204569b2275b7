# The product as an image: one static program, no shell, no package manager, and a
# user who owns nothing but the data folder.

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
# The modules first: they change less often than the code, and this layer is kept.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=development
ARG COMMIT=unknown
RUN CGO_ENABLED=0 go build -buildvcs=false -trimpath \
      -ldflags "-s -w -X main.version=${VERSION} -X main.commit=${COMMIT}" \
      -o /out/businessmanager ./cmd/businessmanager
# Users need a name, programs a /tmp, and a new volume takes its owner from here.
RUN mkdir -p /out/etc /out/tmp /out/var/lib/businessmanager \
 && echo 'businessmanager:x:65532:65532::/var/lib/businessmanager:/sbin/nologin' > /out/etc/passwd \
 && echo 'businessmanager:x:65532:' > /out/etc/group \
 && chmod 1777 /out/tmp && chmod 700 /out/var/lib/businessmanager

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build --chown=65532:65532 /out/var/lib/businessmanager /var/lib/businessmanager
COPY --from=build /out/etc /etc
COPY --from=build /out/tmp /tmp
COPY --from=build /out/businessmanager /usr/local/bin/businessmanager
ENV PATH=/usr/local/bin BM_DATA_DIR=/var/lib/businessmanager
USER 65532:65532
WORKDIR /var/lib/businessmanager
VOLUME /var/lib/businessmanager
EXPOSE 8080 8081 8082
ENTRYPOINT ["businessmanager"]
CMD ["serve"]
