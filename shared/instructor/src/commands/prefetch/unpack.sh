#!/bin/sh
# Unpacks the course, on Linux, macOS, and in Git Bash on Windows. Nothing that is yours is written over: a folder
# `course` that is there stays as it is. It can be run again at any time.
set -eu
CDPATH='' cd "$(dirname "$0")"

say() { printf '%s\n' "$*"; }
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

unpack_course() {
    rm -rf course.new
    if command -v git >/dev/null; then
        { read -r commit && read -r branch && read -r origin; } <parts/clone
        git -c init.defaultBranch=main clone --quiet --no-checkout parts/course.bundle course.new
        git -C course.new checkout --quiet -B "$branch" "$commit"
        git -C course.new remote remove origin
        if [ "$origin" != - ]; then git -C course.new remote add origin "$origin"; fi
    else
        say "git is not installed: the course is unpacked without its history."
        mkdir course.new
        tar -xzof parts/course.tar.gz -C course.new --strip-components 1
    fi
    mv course.new course
}

# Each crate as cargo wants it in a folder: its files, and the checksum that Cargo.lock has of it.
unpack_crates() {
    rm -rf crates.new
    mkdir crates.new
    while read -r checksum path; do
        case $path in
        parts/crates/*.crate)
            name=${path#parts/crates/}
            tar -xzof "$path" -C crates.new
            printf '{"files":{},"package":"%s"}' "$checksum" >"crates.new/${name%.crate}/.cargo-checksum.json"
            ;;
        esac
    done <parts/SHA256SUMS
    rm -rf crates
    mv crates.new crates
    mkdir -p .cargo
    cp parts/config.toml .cargo/config.toml
}

# The Dockerfile of the course looks for them there, and unpacks them.
pack_crates_for_docker() {
    say "Packing the crates for Docker ..."
    mkdir -p course/.lab
    # No second files of macOS with the attributes of the first.
    COPYFILE_DISABLE=1 tar -czf course/.lab/crates.new crates .cargo
    mv course/.lab/crates.new course/.lab/crates.tar.gz
}

load_images() {
    say "Loading the images into Docker ..."
    images=$(echo parts/images-*.tar)
    if ! architecture=$(docker version --format '{{.Server.Arch}}' 2>/dev/null); then
        mv "$images" .
        say "They were left out, since Docker does not run here. No lesson needs them. If you want them later:"
        say "  docker load --input '$PWD/${images#parts/}'"
    elif [ "$images" != "parts/images-$architecture.tar" ]; then
        images=${images#parts/images-}
        say "They were left out: they are for ${images%.tar}, and this machine is $architecture. No lesson needs them."
    elif ! docker load --quiet --input "$images"; then
        fail "Docker did not take the images."
    fi
}

# Whatever has stopped it, such as a full disk.
clean_up() {
    status=$?
    rm -rf course.new crates.new course/.lab/crates.new
    if [ "$status" != 0 ]; then say "Nothing half done was left. To go on, once there is room: sh '$PWD/unpack'" >&2; fi
}

if [ ! -d parts ] && [ -d course ] && [ -d crates ]; then
    say "It is unpacked already: $PWD/course"
    exit 0
fi
whole="Copy it once more, and unpack it again."
if [ ! -f parts/SHA256SUMS ]; then fail "the file was cut off on its way here. $whole"; fi
if command -v sha256sum >/dev/null; then
    sum=sha256sum
elif command -v shasum >/dev/null; then
    sum="shasum -a 256"
else
    fail "neither sha256sum nor shasum is installed, so nobody can say whether all of it has come."
fi
say "Checking whether all of it has come ..."
if ! words=$(LC_ALL=C $sum -c parts/SHA256SUMS 2>&1); then
    fail "the file was damaged on its way here. $whole
$(printf '%s\n' "$words" | grep -v ': OK$')"
fi

trap clean_up EXIT
trap 'exit 130' INT TERM
if [ -e course ]; then
    say "There is a folder $PWD/course already: it stays as it is."
else
    unpack_course
fi
say "Unpacking the crates ..."
unpack_crates
if ls parts/images-*.tar >/dev/null 2>&1; then
    pack_crates_for_docker
    load_images
fi
rm -rf parts

say "The course is there. It builds without network from now on:"
say "  cd '$PWD/course'"
say "  cargo lab"
