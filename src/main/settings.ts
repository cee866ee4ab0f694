import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { bankDeadlineLimitMs } from '../domain/ticketing/purchase-timer.js';
import { allModules, type Module } from './catalogue.js';
import type { MasterKeys } from './keys.js';

/** Something that the environment may set. */
interface Setting<T> {
  readonly name: string;
  readonly meaning: string;
  readonly fallback: string;
  readonly isSecret?: boolean;
  /** @throws Error that says what the value must be */
  read(text: string): T;
}

const port = (text: string): number => {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535) throw new Error('must be a port from 0 to 65535');
  return value;
};

/** No longer than a payment may be on its way before the purchase is taken for one whose process died. */
const bankDeadline = (text: string): number => {
  const value = Number(text);
  if (!/^\d{1,7}$/.test(text) || value < 1 || value > bankDeadlineLimitMs) {
    throw new Error(`must be a whole number of milliseconds from 1 to ${bankDeadlineLimitMs}`);
  }
  return value;
};

const hostName = (text: string): string => {
  if (isIP(text) === 0 && !/^[\w-]+(?:\.[\w-]+)*$/.test(text))
    throw new Error('must be an address or the name of a host');
  return text;
};

const folder = (text: string): string => {
  if (text === '') throw new Error('must not be empty');
  return resolve(text);
};

const count = (text: string): number => {
  const value = Number(text);
  if (!/^\d{1,6}$/.test(text) || value < 1) throw new Error('must be a whole number, 1 at least');
  return value;
};

const oneOf =
  (...values: readonly string[]) =>
  (text: string): string => {
    if (!values.includes(text)) throw new Error(`must be one of ${values.join(', ')}`);
    return text;
  };

/** The first makes, all of them prove. @returns undefined for none */
const keys = (text: string): MasterKeys | undefined => {
  if (text === '') return undefined;
  const [newest = '', ...older] = text.split(',').map((one) => one.trim());
  if (![newest, ...older].every((one) => /^[0-9a-f]{64}$/i.test(one))) {
    throw new Error('must be 64 hexadecimal digits, or several such keys with commas between them');
  }
  return [Buffer.from(newest, 'hex'), ...older.map((one) => Buffer.from(one, 'hex'))];
};

const address = (text: string): string | undefined => {
  if (text === '') return undefined;
  if (!/^[\w.-]+:\d{1,5}$/.test(text)) throw new Error('must be host:port');
  return text;
};

const url =
  (...schemes: readonly string[]) =>
  (text: string): string | undefined => {
    if (text === '') return undefined;
    if (!schemes.some((scheme) => text.startsWith(`${scheme}://`))) {
      throw new Error(`must begin with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`);
    }
    return text;
  };

/** @returns undefined for none */
const addresses = (text: string): readonly string[] | undefined => {
  if (text === '') return undefined;
  const list = text.split(',').map((one) => one.trim());
  if (!list.every((one) => /^[\w.-]+:\d{1,5}$/.test(one))) throw new Error('must be host:port,host:port,…');
  return list;
};

const modules = (text: string): ReadonlySet<Module> => {
  const names = text.split(',').map((name) => name.trim());
  const known = allModules.filter((name) => names.includes(name));
  if (known.length !== names.length) throw new Error(`must be of ${allModules.join(', ')}`);
  return new Set(known);
};

const setting = <T>(
  name: string,
  fallback: string,
  meaning: string,
  read: (text: string) => T,
  isSecret = false,
): Setting<T> => ({ name, fallback, meaning, read, isSecret });

const table = {
  port: setting('PORT', '3000', 'port of the API', port),
  operatorPort: setting('OPERATOR_PORT', '3001', 'port of /livez, /readyz, /metrics and the operator routes', port),
  host: setting(
    'BOXOFFICE_HOST',
    '127.0.0.1',
    'address that both ports listen on; loopback keeps others out',
    hostName,
  ),
  maxInFlight: setting(
    'BOXOFFICE_MAX_IN_FLIGHT',
    '1000',
    'requests in flight at a time; more are refused with 503',
    count,
  ),
  folder: setting('BOXOFFICE_DATA', '.boxoffice', 'folder of all data', folder),
  keys: setting(
    'BOXOFFICE_KEY',
    '',
    'master key, 64 hex digits, older ones behind it with commas; made and kept in the data folder if not given',
    keys,
    true,
  ),
  modules: setting(
    'BOXOFFICE_MODULES',
    allModules.join(','),
    'modules that this process serves; its credentials must reach their events and views',
    modules,
  ),
  eventStoreUrl: setting(
    'EVENTSTORE_URL',
    '',
    "EventStoreDB's connection string; events are kept in the data folder if not given",
    url('esdb', 'esdb+discover', 'kurrentdb', 'kurrentdb+discover'),
    true,
  ),
  kafkaBrokers: setting(
    'KAFKA_BROKERS',
    '',
    'host:port,… of Kafka; events are read from the event store itself if not given',
    addresses,
  ),
  mongodbUrl: setting(
    'MONGODB_URL',
    '',
    "MongoDB's connection string; views, leases, snapshots and answers are kept in the data folder if not given",
    url('mongodb', 'mongodb+srv'),
    true,
  ),
  logLevel: setting(
    'BOXOFFICE_LOG_LEVEL',
    'info',
    'lowest level that is logged',
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  ),
  bankAddress: setting(
    'BOXOFFICE_BANK',
    '',
    'host:port of a bank in another process; this process has its own if not given',
    address,
  ),
  bankPort: setting(
    'BOXOFFICE_BANK_PORT',
    '0',
    'gRPC port of the bank in this process, on loopback; 0 takes a free one',
    port,
  ),
  bankDeadlineMs: setting('BOXOFFICE_BANK_DEADLINE_MS', '5000', 'longest wait for an answer of the bank', bankDeadline),
};

type Table = typeof table;
export type Settings = { readonly [Name in keyof Table]: Table[Name] extends Setting<infer T> ? T : never };

/** A name or value in the environment that can't be meant so. */
export class WrongSetting extends Error {
  override readonly name = 'WrongSetting';
}

type Environment = Readonly<Record<string, string | undefined>>;

const textOf = ({ name, fallback }: Setting<unknown>, environment: Environment): string =>
  environment[name] ?? fallback;

/** Two servers can't listen on one port; 0 takes any that is free. */
const clashes = ({ port, operatorPort, bankPort }: Settings): readonly string[] => {
  const taken = new Map([[port, table.port.name]]);
  const found: string[] = [];
  for (const [own, { name }] of [
    [operatorPort, table.operatorPort],
    [bankPort, table.bankPort],
  ] as const) {
    const other = taken.get(own);
    if (own !== 0 && other !== undefined) found.push(`${name} must not be the port of ${other}`);
    taken.set(own, name);
  }
  return found;
};

/** @throws WrongSetting naming the variables, each on a line of its own */
export const readSettings = (environment: Environment): Settings => {
  const known = new Set(Object.values(table).map(({ name }) => name));
  const wrong = Object.keys(environment)
    .filter((name) => name.startsWith('BOXOFFICE_') && !known.has(name))
    .map((name) => `${name} is not a setting`);
  const values = Object.entries(table).map(([field, one]: [string, Setting<unknown>]) => {
    try {
      return [field, one.read(textOf(one, environment))];
    } catch (cause) {
      wrong.push(`${one.name} ${cause instanceof Error ? cause.message : String(cause)}`);
      return [field, undefined];
    }
  });
  const settings = Object.fromEntries(values) as Settings;
  if (wrong.length === 0) wrong.push(...clashes(settings));
  if (wrong.length > 0) throw new WrongSetting(wrong.join('\n'));
  return settings;
};

export interface SettingShown {
  readonly name: string;
  readonly value: string;
  readonly fallback: string;
  readonly meaning: string;
}

/** All settings with what they are now; secrets masked. */
export const shownSettings = (environment: Environment): readonly SettingShown[] =>
  Object.values(table).map((one: Setting<unknown>) => {
    const text = textOf(one, environment);
    const value = one.isSecret === true && text !== '' ? '********' : text;
    return { name: one.name, value, fallback: one.fallback, meaning: one.meaning };
  });
