import { BroadcastChannel } from 'node:worker_threads';

/** On which the writer of a file tells the threads of its process that there is more. */
export const appendsOf = (file: string): BroadcastChannel => {
  const channel = new BroadcastChannel(file);
  channel.unref();
  return channel;
};
