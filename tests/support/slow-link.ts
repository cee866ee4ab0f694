import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LinkSpeed {
  /** Added in each direction. */
  readonly delayMs: number;
  /** In each direction of each connection. */
  readonly bytesPerSecond: number;
}

export interface SlowLink {
  readonly port: number;
  /** Bytes that went up to the server, and down from it. */
  readonly passed: { up: number; down: number };
  close(): Promise<void>;
}

/** A line on loopback that is as slow as a bad mobile connection: bytes arrive late, and only so many in a second. */
export const startSlowLink = async (target: number, speed: LinkSpeed): Promise<SlowLink> => {
  const sockets = new Set<Socket>();
  const passed = { up: 0, down: 0 };

  const carry = (from: Socket, to: Socket, direction: keyof typeof passed): void => {
    let freeAt = 0;
    let last: Promise<unknown> = Promise.resolve();
    const at = (time: number, act: () => void): void => {
      last = last.then(() => sleep(Math.max(0, time - performance.now()))).then(act);
    };
    from.on('data', (chunk: Buffer) => {
      passed[direction] += chunk.length;
      freeAt = Math.max(freeAt, performance.now()) + (chunk.length / speed.bytesPerSecond) * 1_000;
      at(freeAt + speed.delayMs, () => to.write(chunk));
    });
    from.on('end', () => at(freeAt, () => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => sockets.delete(from));
    sockets.add(from.setNoDelay(true));
  };

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    carry(client, upstream, 'up');
    carry(upstream, client, 'down');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the link has no port');
  return {
    port: address.port,
    passed,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};
