import { BroadcastChannel } from 'node:worker_threads';

/** On which the writing thread of a file tells those of its process who only read it that there is more. */
export const appendsOf = (file: string): BroadcastChannel => {
  const channel = new BroadcastChannel(file);
  channel.unref();
  return channel;
};
