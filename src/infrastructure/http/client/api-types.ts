// Made by `npm run client-types` from the platform's own OpenAPI documents.
export interface paths {
  '/v1/needs-human': { get: { parameters: { query?: { limit?: number; cursor?: string } }; responses: { 200: { content: { 'application/json': components['schemas']['OrdersInNeed'] } } } } };
  '/v1/orders/{orderId}/review-resolutions': {
    post: { parameters: { path: { orderId: string } }; requestBody: { content: { 'application/json': components['schemas']['ResolutionBody'] } }; responses: { 200: { headers: { 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['OrderSummary'] } } } };
  };
  '/v1/tickets/{ticketId}': { get: { parameters: { path: { ticketId: string } }; responses: { 200: { headers: { ETag?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['Ticket'] } } } } };
  '/v1/streams/{stream}/events/{revision}/deliveries': { get: { parameters: { path: { stream: string; revision: string } }; responses: { 200: { content: { 'application/json': components['schemas']['DeliveryList'] } } } } };
  '/v1/tickets/{ticketId}/manual-check-ins': {
    post: {
      parameters: { path: { ticketId: string } };
      requestBody: { content: { 'application/json': components['schemas']['ManualScanBody'] } };
      responses: { 201: { headers: { ETag?: string; 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['Admission'] } } };
    };
  };
  '/openapi.json': { get: { responses: { 200: { headers: { ETag?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['OpenApiDescription'] } } } } };
  '/v1/sales': {
    get: { parameters: { query?: { status?: 'announced' | 'open' | 'paused' | 'closed'; limit?: number; cursor?: string } }; responses: { 200: { content: { 'application/json': components['schemas']['SalePage'] } } } };
    post: { requestBody: { content: { 'application/json': components['schemas']['SaleTermsBody'] } }; responses: { 201: { headers: { Location?: string; ETag?: string; 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['SaleSummary'] } } } };
  };
  '/v1/sales/{saleId}/open': { post: { parameters: { path: { saleId: string } }; responses: { 200: { headers: { ETag?: string; 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['SaleSummary'] } } } } };
  '/v1/sales/{saleId}/pause': { post: { parameters: { path: { saleId: string } }; responses: { 200: { headers: { ETag?: string; 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['SaleSummary'] } } } } };
  '/v1/sales/{saleId}/close': { post: { parameters: { path: { saleId: string } }; responses: { 200: { headers: { ETag?: string; 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['SaleSummary'] } } } } };
  '/v1/sales/{saleId}': {
    get: { parameters: { path: { saleId: string } }; responses: { 200: { headers: { ETag?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['SaleWithSeats'] } } } };
    patch: {
      parameters: { path: { saleId: string } };
      requestBody: { content: { 'application/json': components['schemas']['CapacityBody'] } };
      responses: { 200: { headers: { ETag?: string; 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['SaleSummary'] } } };
    };
  };
  '/v1/sales/{saleId}/returns': {
    post: { parameters: { path: { saleId: string } }; requestBody: { content: { 'application/json': components['schemas']['ReturnBody'] } }; responses: { 200: { headers: { 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['ReturnedTickets'] } } } };
  };
  '/v1/orders': { post: { requestBody: { content: { 'application/json': components['schemas']['OrderBody'] } }; responses: { 201: { headers: { Location?: string; ETag?: string; 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['OrderSummary'] } } } } };
  '/v1/orders/{orderId}/extend': { post: { parameters: { path: { orderId: string } }; responses: { 200: { headers: { ETag?: string; 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['OrderSummary'] } } } } };
  '/v1/orders/{orderId}/cancel': { post: { parameters: { path: { orderId: string } }; responses: { 200: { headers: { ETag?: string; 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['OrderSummary'] } } } } };
  '/v1/orders/{orderId}/payments': {
    post: {
      parameters: { path: { orderId: string } };
      requestBody: { content: { 'application/json': components['schemas']['PaymentBody'] } };
      responses: {
        201: { headers: { Location?: string; 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['Payment'] } };
        202: { headers: { Location?: string; 'Retry-After'?: number; 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['Payment'] } };
      };
    };
  };
  '/v1/orders/{orderId}/payments/{paymentId}/cancel': {
    post: {
      parameters: { path: { paymentId: string; orderId: string } };
      responses: {
        200: { headers: { ETag?: string; 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['OrderSummary'] } };
        202: { headers: { ETag?: string; 'Retry-After'?: number; 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['OrderSummary'] } };
      };
    };
  };
  '/v1/orders/{orderId}/refunds': {
    post: {
      parameters: { path: { orderId: string } };
      requestBody: { content: { 'application/json': components['schemas']['RefundBody'] } };
      responses: {
        201: { headers: { 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['Refund'] } };
        202: { headers: { 'Retry-After'?: number; 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['Refund'] } };
      };
    };
  };
  '/v1/tickets/{ticketId}/transfers': {
    post: {
      parameters: { path: { ticketId: string } };
      requestBody: { content: { 'application/json': components['schemas']['TransferBody'] } };
      responses: { 201: { headers: { ETag?: string; 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['TicketSummary'] } } };
    };
  };
  '/v1/tickets/{ticketId}/check-ins': {
    post: { parameters: { path: { ticketId: string } }; requestBody: { content: { 'application/json': components['schemas']['ScanBody'] } }; responses: { 201: { headers: { ETag?: string; 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['Admission'] } } } };
  };
  '/v1/orders/{orderId}': { get: { parameters: { path: { orderId: string } }; responses: { 200: { headers: { ETag?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['Order'] } } } } };
  '/v1/orders/{orderId}/tickets': { get: { parameters: { path: { orderId: string } }; responses: { 200: { content: { 'application/json': components['schemas']['TicketList'] } } } } };
  '/v1/cards/{cardId}/statement': {
    get: {
      parameters: { query?: { fromBookingDate?: string; toBookingDate?: string; timeZone?: string; status?: 'booked' | 'processing' | 'future'; limit?: number; cursor?: string }; path: { cardId: string } };
      responses: { 200: { headers: { ETag?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['Statement'] } } };
    };
  };
  '/v1/cards/{cardId}/statement.csv': { get: { parameters: { query?: { bom?: 'true' | 'false'; fromBookingDate?: string; toBookingDate?: string; timeZone?: string }; path: { cardId: string } }; responses: { 200: { content: { 'text/csv; charset=utf-8; header=present': string } } } } };
  '/v1/cards/{cardId}/statement.ofx': { get: { parameters: { query?: { fromBookingDate?: string; toBookingDate?: string; timeZone?: string }; path: { cardId: string } }; responses: { 200: { content: { 'application/x-ofx': string } } } } };
  '/bank/v1/cards': { post: { requestBody: { content: { 'application/json': components['schemas']['CardBody'] } }; responses: { 201: { headers: { 'Consistency-Token'?: string; [name: string]: unknown }; content: { 'application/json': components['schemas']['IssuedCard'] } } } } };
  '/bank/v1/tokens': { post: { requestBody: { content: { 'application/json': components['schemas']['CardDataBody'] } }; responses: { 201: { content: { 'application/json': components['schemas']['CardToken'] } } } } };
  '/bank/v1/transactions/{transactionId}/confirmations': { post: { parameters: { path: { transactionId: string } }; requestBody: { content: { 'application/json': components['schemas']['ConfirmationBody'] } }; responses: { 200: { content: { 'application/json': components['schemas']['Transaction'] } } } } };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    OrdersInNeed: { items: components['schemas']['OrderInNeed'][]; next?: string; prev?: string };
    OrderInNeed: { orderId: string; reason: string; since: string };
    ResolutionBody: { by: string; note: string };
    OrderSummary: {
      orderId: string;
      saleId: string;
      status: 'awaiting_payment' | 'pending' | 'action_required' | 'checking' | 'paid' | 'fulfilled' | 'partially_refunded' | 'refunded' | 'cancelled' | 'expired';
      quantity: number;
      seats?: string[];
      total: components['schemas']['Money'];
      expiresAt: string;
      revision: string;
    };
    Money: { amountMinor: number; currency: string };
    Ticket: {
      saleId: string;
      orderId: string;
      holder: components['schemas']['Person'];
      issuedAt: string;
      checkedInAt?: string;
      checkedOutAt?: string;
      reason?: string;
      refundId?: string;
      secret?: string;
      ticketId: string;
      status: 'issued' | 'inside' | 'blocked' | 'revoked' | 'cancelled' | 'refunded' | 'returned';
      generation: number;
      seat?: string;
      revision: string;
    };
    Person: { email: string; name: string };
    DeliveryList: { items: components['schemas']['Delivery'][] };
    Delivery: { group: string; status: 'done' | 'pending' | 'parked' | 'skipped'; reason?: string };
    ManualScanBody: { gateId: string; saleIds: string[]; nonce: string; direction?: 'in' | 'out' };
    Admission: { holder: components['schemas']['Person']; show: components['schemas']['Show']; ticketId: string; status: 'issued' | 'inside' | 'blocked' | 'revoked' | 'cancelled' | 'refunded' | 'returned'; generation: number; seat?: string; revision: string };
    Show: { saleId: string; name: string; venue: string; startsAt: string; timeZone: string };
    OtherShowProblem: components['schemas']['Problem'] & { code: 'other_show'; show: components['schemas']['Show'] };
    OpenApiDescription: { openapi: string; info: components['schemas']['OpenApiInfo']; paths: { [key: string]: { [key: string]: components['schemas']['JsonObject'] } }; components: components['schemas']['OpenApiComponents'] };
    OpenApiInfo: { title: string; version: string; description?: string };
    OpenApiComponents: { schemas: { [key: string]: components['schemas']['JsonObject'] } };
    Problem: { type: string; title: string; status: number; code: string; detail?: string; traceId: string; errors?: { field: string; in: 'body' | 'query' | 'path' | 'header'; code: string; message: string }[] };
    JsonObject: { [key: string]: (string | number | boolean | null) | components['schemas']['JsonObject'] | ((string | number | boolean | null) | components['schemas']['JsonObject'])[] };
    SaleTermsBody: { name: string; venue: string; startsAt: string; timeZone?: string; capacity?: number; seats?: string[]; price: components['schemas']['Money']; perPersonLimit: number; holdSeconds: number; opensAt?: string; closesAt?: string; sellsAfterStart?: boolean };
    SaleSummary: { saleId: string; status: 'announced' | 'open' | 'paused' | 'closed'; capacity: number; free: number; held: number; sold: number; revision: string };
    CapacityBody: { capacity: number };
    CapacityBelowTakenProblem: components['schemas']['Problem'] & { code: 'capacity_below_taken'; takenPlaces: number };
    ReturnBody: { orderId: string; ticketIds: string[] };
    ReturnedTickets: { ticketIds: string[] };
    OrderBody: { saleId: string; quantity?: number; seats?: string[]; buyer: components['schemas']['PersonBody'] };
    PersonBody: { email: string; name: string };
    SoldOutProblem: components['schemas']['Problem'] & { code: 'sold_out'; free: number };
    LimitPerPersonProblem: components['schemas']['Problem'] & { code: 'limit_per_person'; limit: number; taken: number };
    SeatsTakenProblem: components['schemas']['Problem'] & { code: 'seats_taken'; seats: string[] };
    SaleNotOpenProblem: components['schemas']['Problem'] & { code: 'sale_not_open'; standing: 'announced' | 'open' | 'paused' | 'closed' };
    NotExtendableProblem: components['schemas']['Problem'] & { code: 'not_extendable'; standing: 'awaiting_payment' | 'pending' | 'action_required' | 'checking' | 'paid' | 'fulfilled' | 'partially_refunded' | 'refunded' | 'cancelled' | 'expired' };
    NotCancellableProblem: components['schemas']['Problem'] & { code: 'not_cancellable'; standing: 'awaiting_payment' | 'pending' | 'action_required' | 'checking' | 'paid' | 'fulfilled' | 'partially_refunded' | 'refunded' | 'cancelled' | 'expired' };
    PaymentBody: { cardToken: string };
    Payment: {
      paymentId: string;
      orderId: string;
      status: 'paid' | 'pending' | 'action_required';
      orderStatus: 'awaiting_payment' | 'pending' | 'action_required' | 'checking' | 'paid' | 'fulfilled' | 'partially_refunded' | 'refunded' | 'cancelled' | 'expired';
      expiresAt: string;
      card?: components['schemas']['PaymentCard'];
      actionUrl?: string;
    };
    PaymentCard: { cardId: string; brand: string; lastFour: string };
    PaymentInProgressProblem: components['schemas']['Problem'] & { code: 'payment_in_progress'; transactionId: string };
    TooManyAttemptsProblem: components['schemas']['Problem'] & { code: 'too_many_attempts'; limit: number };
    CardDeclinedProblem: components['schemas']['Problem'] & { code: 'card_declined'; declineCode: string; mayRetry: boolean; orderStatus: 'awaiting_payment' | 'pending' | 'action_required' | 'checking' | 'paid' | 'fulfilled' | 'partially_refunded' | 'refunded' | 'cancelled' | 'expired'; expiresAt: string };
    RefundBody: { ticketIds?: string[]; amountMinor?: number; keepsTickets?: boolean; unusedOnly?: boolean };
    Refund: { refundId: string; amount: components['schemas']['Money']; ticketIds: string[]; requestedAt: string; status: 'paid' | 'pending'; orderStatus: 'awaiting_payment' | 'pending' | 'action_required' | 'checking' | 'paid' | 'fulfilled' | 'partially_refunded' | 'refunded' | 'cancelled' | 'expired' };
    NotRefundableProblem: components['schemas']['Problem'] & { code: 'not_refundable'; standing: 'awaiting_payment' | 'pending' | 'action_required' | 'checking' | 'paid' | 'fulfilled' | 'partially_refunded' | 'refunded' | 'cancelled' | 'expired' };
    RefundExceedsPaidProblem: components['schemas']['Problem'] & { code: 'refund_exceeds_paid'; leftMinor: number };
    TicketsUsedProblem: components['schemas']['Problem'] & { code: 'tickets_used'; ticketIds: string[] };
    TransferBody: { to: components['schemas']['PersonBody'] };
    TicketSummary: { ticketId: string; status: 'issued' | 'inside' | 'blocked' | 'revoked' | 'cancelled' | 'refunded' | 'returned'; generation: number; seat?: string; revision: string };
    ScanBody: { secret: string; gateId: string; saleIds: string[]; nonce: string; direction?: 'in' | 'out' };
    SalePage: { items: components['schemas']['Sale'][]; next?: string; prev?: string };
    Sale: {
      name: string;
      venue: string;
      startsAt: string;
      timeZone: string;
      price: components['schemas']['Money'];
      perPersonLimit: number;
      holdSeconds: number;
      asOf: string;
      saleId: string;
      status: 'announced' | 'open' | 'paused' | 'closed';
      capacity: number;
      free: number;
      held: number;
      sold: number;
      revision: string;
    };
    SaleWithSeats: {
      seats?: components['schemas']['Seat'][];
      saleId: string;
      status: 'announced' | 'open' | 'paused' | 'closed';
      capacity: number;
      free: number;
      held: number;
      sold: number;
      revision: string;
      name: string;
      venue: string;
      startsAt: string;
      timeZone: string;
      price: components['schemas']['Money'];
      perPersonLimit: number;
      holdSeconds: number;
      asOf: string;
    };
    Seat: { seat: string; status: 'free' | 'held' | 'sold' };
    Order: {
      saleName: string;
      buyer: components['schemas']['Person'];
      lines: components['schemas']['OrderLine'][];
      placedAt: string;
      payments: components['schemas']['OrderPayment'][];
      refunds: components['schemas']['OrderRefund'][];
      ticketIds: string[];
      needsHuman?: components['schemas']['NeedsHuman'];
      orderId: string;
      saleId: string;
      status: 'awaiting_payment' | 'pending' | 'action_required' | 'checking' | 'paid' | 'fulfilled' | 'partially_refunded' | 'refunded' | 'cancelled' | 'expired';
      quantity: number;
      seats?: string[];
      total: components['schemas']['Money'];
      expiresAt: string;
      revision: string;
    };
    OrderLine: { description: string; quantity: number; unitPrice: components['schemas']['Money'] };
    OrderPayment: { transactionId: string; status: 'started' | 'action_required' | 'unknown' | 'authorised' | 'captured' | 'declined' | 'reversed'; card?: components['schemas']['CardHint']; code?: string; reversal?: 'places_lost' | 'outcome_unknown'; actionUrl?: string };
    CardHint: { brand: string; lastFour: string };
    OrderRefund: { refundId: string; status: 'requested' | 'paid' | 'refused'; amount: components['schemas']['Money']; ticketIds: string[]; requestedAt: string; code?: string };
    NeedsHuman: { reason: string; since: string };
    TicketList: { items: components['schemas']['Ticket'][] };
    Statement: { card: components['schemas']['StatementCard']; timeZone: string; openingBalance: components['schemas']['Balance']; closingBalance: components['schemas']['Balance']; items: components['schemas']['StatementLine'][]; asOf: string; revision: string; next?: string; prev?: string };
    StatementCard: { cardId: string; brand: string; lastFour: string; currency: string };
    Balance: { amountMinor: number; currency: string };
    StatementLine: { lineId: string; creditDebit: 'C' | 'D'; status: 'booked' | 'processing' | 'future'; amount: components['schemas']['Money']; description: string; at: string; bookedAt?: string; runningBalance?: components['schemas']['Balance'] };
    CardBody: { holder: string; limit: components['schemas']['Money'] };
    IssuedCard: { number: string; securityCode: string; cardId: string; brand: string; lastFour: string; expiryMonth: number; expiryYear: number };
    CardDataBody: { number: string; expiryMonth: number; expiryYear: number; securityCode: string };
    CardToken: { token: string; expiresAt: string; cardId: string; brand: string; lastFour: string; expiryMonth: number; expiryYear: number };
    ConfirmationBody: { outcome: 'approve' | 'reject' };
    Transaction: { transactionId: string; status: 'action_required' | 'authorised' | 'captured' | 'declined' | 'voided' };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
