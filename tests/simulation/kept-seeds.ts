/** Seeds that once broke something, and what they found: each is run again with every test. */
export const keptSeeds: readonly { readonly seed: number; readonly found: string }[] = [
  { seed: 4, found: 'tickets of a payment that another instance had begun to reverse' },
  { seed: 5, found: 'events parked because the views were away' },
  { seed: 9, found: 'documents lost when two processes made one view at once' },
  { seed: 47, found: 'an order written after its places had lapsed, and never told of it' },
  {
    seed: 463,
    found: 'none of the platform: the check took a 410 after a 202, for a payment given back, for another answer',
  },
  {
    seed: 508,
    found: 'two rebuilds of one view in one process, each waiting for what the other held once the lease had lapsed',
  },
  {
    seed: 592,
    found: 'a payment said to be paid while its places were lost and the bank could not be told to void it',
  },
  { seed: 621, found: 'none of the platform: a reader slept on a position that another had moved back meanwhile' },
  { seed: 661, found: 'none of the platform: the check took a 402 after a 202 for another answer to one key' },
  { seed: 706, found: 'a view that was lost before its first event, and stayed away till the next start' },
  { seed: 774, found: 'none of the platform: a reader that was given its partition again never moved its position' },
  { seed: 816, found: 'events of one partition left out when another was brought on' },
];
