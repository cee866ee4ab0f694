import { isIP, isIPv4 } from 'node:net';

/** Without port and brackets, as RFC 3986 writes them in a Host header. */
const hostIn = (header: string): string => {
  const [, address, name = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header) ?? [];
  return (address ?? name).toLowerCase();
};

/** Whether only this machine reaches what listens there. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

/**
 * Whether a request asked for this server by the host that it listens to, or by an address. A name of someone else that was
 * made to lead here lets a page of theirs read what only this machine may (DNS rebinding); an address can't be made so.
 */
export const asksFor =
  (listened: string) =>
  (header: string): boolean => {
    const host = hostIn(header);
    return host === listened.toLowerCase() || host === 'localhost' || isIP(host) !== 0;
  };
