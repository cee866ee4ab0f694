// Pays once at the bank, with nothing of the platform but the .proto: authorises, captures and inquires, and prints
// where the transaction stands after each, as one JSON object a line.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"log"
	"os"
	"time"

	"boxoffice/bankpb"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

type line struct {
	Call   string `json:"call"`
	Status string `json:"status"`
	CardID string `json:"cardId,omitempty"`
}

func lineOf(call string, answer *bankpb.TransactionAnswer) line {
	switch outcome := answer.GetOutcome().(type) {
	case *bankpb.TransactionAnswer_Authorised:
		return line{call, "authorised", outcome.Authorised.GetCard().GetCardId()}
	case *bankpb.TransactionAnswer_Captured:
		return line{call, "captured", outcome.Captured.GetCard().GetCardId()}
	case *bankpb.TransactionAnswer_Declined:
		return line{call, outcome.Declined.GetCode(), ""}
	default:
		return line{call, "other", ""}
	}
}

func main() {
	address := flag.String("address", "", "host:port of the bank")
	token := flag.String("token", "", "card token")
	transaction := flag.String("transaction", "", "id of the transaction")
	amountMinor := flag.Int64("amount-minor", 0, "amount in the minor unit")
	currency := flag.String("currency", "EUR", "ISO 4217 code")
	flag.Parse()

	connection, err := grpc.NewClient(*address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()
	bank := bankpb.NewBankClient(connection)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	out := json.NewEncoder(os.Stdout)
	print := func(call string, answer *bankpb.TransactionAnswer, err error) {
		if err != nil {
			log.Fatalf("%s: %v", call, err)
		}
		if err := out.Encode(lineOf(call, answer)); err != nil {
			log.Fatal(err)
		}
	}
	authorised, err := bank.Authorise(ctx, &bankpb.AuthoriseRequest{
		TransactionId: *transaction,
		CardToken:     *token,
		Amount:        &bankpb.Money{AmountMinor: *amountMinor, Currency: *currency},
		Description:   "Paid from Go",
	})
	print("authorise", authorised, err)
	captured, err := bank.Capture(ctx, &bankpb.CaptureRequest{TransactionId: *transaction})
	print("capture", captured, err)
	inquired, err := bank.Inquire(ctx, &bankpb.InquireRequest{TransactionId: *transaction})
	print("inquire", inquired, err)
}
