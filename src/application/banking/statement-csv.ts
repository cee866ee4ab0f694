import { decimalOf } from '../currencies.js';
import type { ShownLine } from './statement-lines.js';

const header = [
  'Line id',
  'Date',
  'Booked',
  'Description',
  'Credit or debit',
  'Status',
  'Amount',
  'Currency',
  'Running balance',
];

/** Quoted where RFC 4180 wants it. */
const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Spreadsheets run a text that begins like a formula: an apostrophe before it makes them show it (OWASP, CSV injection). */
const harmless = (text: string): string => (/^[\s\0]*[=+\-@＝＋－＠]|^[\t\r\n]/.test(text) ? `'${text}` : text);

const row = (fields: readonly string[]): string => `${fields.map(field).join(',')}\r\n`;

const time = (at: number | null): string => (at === null ? '' : new Date(at).toISOString());

export const signedMinor = ({ creditDebit, amountMinor }: Pick<ShownLine, 'creditDebit' | 'amountMinor'>): number =>
  creditDebit === 'D' && amountMinor !== 0 ? -amountMinor : amountMinor;

const rowOf = (line: ShownLine): string => {
  const { lineId, at, bookedAt, description, creditDebit, status, currency, balanceMinor } = line;
  return row([
    harmless(lineId),
    time(at),
    time(bookedAt),
    harmless(description),
    creditDebit,
    status,
    decimalOf(signedMinor(line), currency),
    harmless(currency),
    balanceMinor === null ? '' : decimalOf(balanceMinor, currency),
  ]);
};

export interface CsvOptions {
  /** Begin with a byte order mark: without one, spreadsheets take UTF-8 for the machine's own encoding. */
  readonly bom?: 'true' | 'false';
}

/** Lines as CSV (RFC 4180, CRLF), amounts as signed decimals; one piece a row. */
export async function* csvOf(lines: AsyncIterable<ShownLine>, { bom }: CsvOptions = {}): AsyncGenerator<string> {
  if (bom === 'true') yield '\u{feff}';
  yield row(header);
  for await (const line of lines) yield rowOf(line);
}
