// What the official client in Go does with a server: writes what came of it as one line of JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
)

func event(kind string, data string) esdb.EventData {
	return esdb.EventData{EventType: kind, ContentType: esdb.ContentTypeJson, Data: []byte(data)}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func code(err error) string {
	var failure *esdb.Error
	if !errors.As(err, &failure) {
		return fmt.Sprint(err)
	}
	switch failure.Code() {
	case esdb.ErrorCodeWrongExpectedVersion:
		return "wrong-expected-version"
	case esdb.ErrorCodeResourceNotFound:
		return "not-found"
	case esdb.ErrorCodeStreamDeleted:
		return "stream-deleted"
	}
	return failure.Error()
}

func typesIn(stream *esdb.ReadStream, err error) []string {
	types := []string{}
	if err != nil {
		return []string{code(err)}
	}
	defer stream.Close()
	for {
		read, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return types
		}
		if err != nil {
			return append(types, code(err))
		}
		types = append(types, fmt.Sprintf("%d %s %s", read.Event.EventNumber, read.Event.EventType, read.Event.Data))
	}
}

func main() {
	url := flag.String("url", "", "connection string")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	client := must(esdb.NewClient(must(esdb.ParseConnectionString(*url))))
	story := map[string]any{}

	first := must(client.AppendToStream(ctx, "sale-1", esdb.AppendToStreamOptions{ExpectedRevision: esdb.NoStream{}},
		event("Opened", `{ "n": 1}`), event("Held", `{}`)))
	story["appended"] = first.NextExpectedVersion
	_, err := client.AppendToStream(ctx, "sale-1", esdb.AppendToStreamOptions{ExpectedRevision: esdb.Revision(7)}, event("Held", `{}`))
	story["conflict"] = code(err)
	story["forwards"] = typesIn(client.ReadStream(ctx, "sale-1", esdb.ReadStreamOptions{}, 10))
	backwards := esdb.ReadStreamOptions{Direction: esdb.Backwards, From: esdb.End{}}
	story["backwards"] = typesIn(client.ReadStream(ctx, "sale-1", backwards, 1))
	story["missing"] = typesIn(client.ReadStream(ctx, "sale-2", esdb.ReadStreamOptions{}, 10))
	story["all"] = len(typesIn(client.ReadAll(ctx, esdb.ReadAllOptions{From: esdb.Start{}}, 10)))

	filter := &esdb.SubscriptionFilter{Type: esdb.EventFilterType, Prefixes: []string{"Placed"}}
	subscription := must(client.SubscribeToAll(ctx, esdb.SubscribeToAllOptions{From: esdb.Start{}, Filter: filter}))
	must(client.AppendToStream(ctx, "order-1", esdb.AppendToStreamOptions{}, event("Placed", `{}`)))
	for story["subscribed"] == nil {
		told := subscription.Recv()
		if told.EventAppeared != nil {
			story["subscribed"] = told.EventAppeared.OriginalEvent().StreamID
		}
		if told.SubscriptionDropped != nil {
			panic(told.SubscriptionDropped.Error)
		}
	}

	must(client.DeleteStream(ctx, "order-1", esdb.DeleteStreamOptions{}))
	story["deleted"] = typesIn(client.ReadStream(ctx, "order-1", esdb.ReadStreamOptions{}, 10))
	must(client.TombstoneStream(ctx, "order-1", esdb.TombstoneStreamOptions{}))
	story["tombstoned"] = typesIn(client.ReadStream(ctx, "order-1", esdb.ReadStreamOptions{}, 10))
	if err := json.NewEncoder(os.Stdout).Encode(story); err != nil {
		panic(err)
	}
}
