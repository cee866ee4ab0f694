#!/bin/sh
# Makes bankpb/ anew from proto/bank.proto. Needs protoc; the two plugins come pinned by go.mod.
# What it makes is kept in the repository, so that a test needs go and nothing else; the test fails when the .proto has
# changed since.
set -eu
cd "$(dirname "$0")"
plugins=$(mktemp -d)
trap 'rm -rf "$plugins"' EXIT
go build -o "$plugins/" google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc
PATH="$plugins:$PATH" protoc --proto_path=../../../proto \
  --go_out=bankpb --go_opt=paths=source_relative \
  --go-grpc_out=bankpb --go-grpc_opt=paths=source_relative \
  bank.proto
sha256sum ../../../proto/bank.proto | cut -d' ' -f1 >bankpb/bank.proto.sha256
