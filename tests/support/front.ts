import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

/** Addresses of the processes that answer at this moment. */
export interface Behind {
  command(): string;
  query(): string;
  bank(): string;
}

export interface Front {
  readonly url: string;
  close(): Promise<void>;
}

/** One address for processes with roles of their own, as a load balancer gives it: each request goes where its route is. */
export const startFront = async (behind: Behind): Promise<Front> => {
  const targetOf = ({ method, url = '' }: IncomingMessage): string => {
    if (url.startsWith('/bank/')) return behind.bank();
    return method === 'GET' ? behind.query() : behind.command();
  };
  const pass = (incoming: IncomingMessage, response: ServerResponse): void => {
    const { method, headers, url } = incoming;
    const refuse = (): void => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    };
    const outgoing = request(new URL(url ?? '', targetOf(incoming)), { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('error', refuse).pipe(response);
    });
    incoming.on('error', () => outgoing.destroy()).pipe(outgoing.on('error', refuse));
  };
  const server = createServer(pass).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the front has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
