import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a server on loopback: counts connections, keeps first bytes, can hang. */
export interface TcpProxy {
  readonly port: number;
  /** Connections that clients have opened since the start. */
  readonly connections: number;
  /** Connections of clients that are open now. */
  readonly open: number;
  /** First bytes that each client sent. */
  readonly firstBytes: readonly Buffer[];
  /** All that clients have sent. */
  readonly bytes: readonly Buffer[];
  /** Where new connections go. */
  target: number;
  /** Takes what is sent and passes nothing on, until `flow`. */
  hang(): void;
  /** As `hang`, but only for connections that are open now: new ones pass on. */
  holdOpen(): void;
  /** What the server says on connections that are open now is lost. */
  dropAnswers(): void;
  /** Ends all connections. */
  cut(): void;
  flow(): void;
  close(): Promise<void>;
}

export const startTcpProxy = async (target: number): Promise<TcpProxy> => {
  const sockets = new Set<Socket>();
  const firstBytes: Buffer[] = [];
  const bytes: Buffer[] = [];
  const pairs = new Set<readonly [Socket, Socket]>();
  let connections = 0;
  let isHanging = false;
  let upstreamPort = target;
  const join = ([client, server]: readonly [Socket, Socket]): void => {
    client.pipe(server);
    server.pipe(client);
  };
  const holdOpen = (): void => {
    for (const [client, upstream] of pairs) {
      client.unpipe(upstream);
      upstream.unpipe(client);
      client.pause();
    }
  };
  const server = createServer((client) => {
    connections += 1;
    const upstream = connect(upstreamPort, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    const pair = [client, upstream] as const;
    pairs.add(pair);
    client.once('data', (chunk: Buffer) => firstBytes.push(chunk));
    client.on('data', (chunk: Buffer) => bytes.push(chunk));
    if (isHanging) client.pause();
    else join(pair);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    port: address.port,
    get connections() {
      return connections;
    },
    get open() {
      return [...pairs].filter(([client]) => !client.destroyed).length;
    },
    get target() {
      return upstreamPort;
    },
    set target(port) {
      upstreamPort = port;
    },
    firstBytes,
    bytes,
    hang: () => {
      isHanging = true;
      holdOpen();
    },
    holdOpen,
    dropAnswers: () => {
      for (const [client, upstream] of pairs) upstream.unpipe(client).resume();
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    flow: () => {
      isHanging = false;
      for (const pair of pairs) if (!pair[0].destroyed) join(pair);
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};
