import { createHash } from 'node:crypto';
import type { CardDocument } from '../../projections/banking/statement.js';
import { decimalOf } from '../currencies.js';
import type { BookingRange } from './booking-range.js';
import { signedMinor } from './statement-csv.js';
import type { ShownLine } from './statement-lines.js';

interface OfxStatement {
  readonly card: Pick<CardDocument, 'cardId' | 'lastFour' | 'currency' | 'issuedAt' | 'asOf'>;
  readonly range: BookingRange;
  readonly closingMinor: number;
  readonly lines: AsyncIterable<ShownLine>;
}

/**
 * Text for XML 1.0: what it can't hold becomes U+FFFD. Importers differ in the encoding that they take a file for, so what isn't
 * printable ASCII is written as a reference, which all of them read alike.
 */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\u{fffd}')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[^\u{20}-\u{7e}]/gu, (character) => `&#${character.codePointAt(0)};`);

const cut = (text: string, length: number): string => [...text.toWellFormed()].slice(0, length).join('');

/** OFX 2.1.1, 3.2.8.1: `YYYYMMDDHHMMSS.XXX[0:GMT]`. */
const time = (at: number): string => `${new Date(at).toISOString().replace(/[-:TZ]/g, '')}[0:GMT]`;

/** An account's id has 22 characters at most: the last four, and a hash that tells cards apart. */
const accountId = ({ cardId, lastFour }: OfxStatement['card']): string =>
  `${lastFour}-${createHash('sha256').update(cardId).digest('base64url').slice(0, 17)}`;

const head = (
  { card, range }: OfxStatement,
  end: number,
): string => `<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>
<OFX>
<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS><DTSERVER>${time(card.asOf)}</DTSERVER><LANGUAGE>ENG</LANGUAGE></SONRS></SIGNONMSGSRSV1>
<CREDITCARDMSGSRSV1><CCSTMTTRNRS><TRNUID>0</TRNUID><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS><CCSTMTRS>
<CURDEF>${escaped(card.currency)}</CURDEF>
<CCACCTFROM><ACCTID>${escaped(accountId(card))}</ACCTID></CCACCTFROM>
<BANKTRANLIST><DTSTART>${time(Math.min(Math.max(range.from, card.issuedAt), end))}</DTSTART><DTEND>${time(end)}</DTEND>
`;

const transaction = (line: ShownLine): string => {
  const { lineId, creditDebit, description, currency, bookedAt, at } = line;
  const type = creditDebit === 'C' ? 'CREDIT' : 'DEBIT';
  const amount = decimalOf(signedMinor(line), currency);
  const memo = description === '' ? '' : `<MEMO>${escaped(cut(description, 255))}</MEMO>`;
  return `<STMTTRN><TRNTYPE>${type}</TRNTYPE><DTPOSTED>${time(bookedAt ?? at)}</DTPOSTED><TRNAMT>${amount}</TRNAMT><FITID>${escaped(lineId)}</FITID><NAME>${escaped(cut(description, 32)) || type}</NAME>${memo}</STMTTRN>
`;
};

/**
 * Booked lines as a credit card statement of OFX 2.1.1. A line's FITID is its id, the same in every export; the ledger
 * balance is the closing balance of the range, below zero for what the holder owes. One state gives the same bytes.
 */
export async function* ofxOf(statement: OfxStatement): AsyncGenerator<string> {
  const { card, range, closingMinor, lines } = statement;
  const end = Math.min(range.before - 1, card.asOf);
  yield head(statement, end);
  for await (const line of lines) yield transaction(line);
  yield `</BANKTRANLIST>
<LEDGERBAL><BALAMT>${decimalOf(closingMinor, card.currency)}</BALAMT><DTASOF>${time(end)}</DTASOF></LEDGERBAL>
</CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1>
</OFX>
`;
}
