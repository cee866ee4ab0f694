/** An event of a sale as the platform writes it, for our store and the peers alike. */
export const sampleData = JSON.stringify({
  orderId: '7d0f4e0e-6b43-8c62-9c52-0e4d6a3f9f11',
  personId: '1b0a8b64-0f7e-8b1a-a1d4-58c7d2f0a9b3',
  places: [],
  quantity: 2,
  expiresAt: 1_900_000_000_000,
});

export const sampleMetadata = JSON.stringify({
  correlationId: '7d0f4e0e-6b43-8c62-9c52-0e4d6a3f9f11',
  causationId: '0193d3f0-5a61-7c3e-8f2a-6d2f1c9b7e45',
  actor: 'buyer',
});
