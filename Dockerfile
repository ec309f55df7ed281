# One recipe for every lesson and solution:
#
#     docker build --build-arg PACKAGE=solution-04-summary --tag solution-04 .
#
# It needs BuildKit, which is the default since Docker 23. For an older one: DOCKER_BUILDKIT=1.

FROM rust:1.95-slim-bookworm AS build
ARG PACKAGE
# The crates, in a course that came from an archive of `cargo lab prefetch`: no network is needed then. Anywhere else there
# is no such file, and cargo fetches them.
ADD .la[b]/crates.tar.gz /
WORKDIR /course
# The course is mounted, not copied, so that no build leaves a copy of it behind. The caches outlive the build, so the
# second lesson compiles only itself. They are shared with any other copy of the course on this machine. Cargo goes by the
# time of a file: `touch` keeps it from taking the other copy's code for ours.
RUN --mount=type=bind,target=/course,rw \
    --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/course/target,sharing=locked \
    find . -path ./target -prune -o -name '*.rs' -exec touch {} + \
    && cargo build --locked --profile image --package "$PACKAGE" \
    && cp "target/image/$PACKAGE" /app

FROM debian:bookworm-slim
COPY --from=build /app /usr/local/bin/app
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
ENTRYPOINT ["app"]
