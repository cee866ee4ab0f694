import { card } from '../../domain/banking/card.js';
import { brandOf, checkDigitOf } from '../../domain/banking/card-number.js';
import type { Money } from '../../domain/money.js';
import type { CommandContext } from '../command-context.js';
import type { CommandHandler } from '../command-handler.js';
import type { Clock } from '../ports/clock.js';
import type { Position } from '../ports/event-store.js';
import type { BankKey } from './bank-key.js';
import { cardIdOf, securityCodeOf } from './card-token.js';

/** First digits of the numbers that this bank issues; none of its test cards begins so. */
const issuerDigits = '4539';
const numberLength = 16;
const validYears = 4;
/** Numbers tried for one request. With 10^11 of them a second one is rare. */
const maxNumbers = 20;

export interface IssuedCard {
  readonly status: 'issued';
  readonly cardId: string;
  readonly brand: string;
  readonly number: string;
  readonly lastFour: string;
  readonly expiryMonth: number;
  readonly expiryYear: number;
  readonly securityCode: string;
  /** Where the card's stream stands, for a consistency token. */
  readonly position: Position;
}

export interface IssueRefused {
  readonly status: 'refused';
  /** The command id issued a card with another holder or limit before. */
  readonly code: 'other_request';
}

const numberFor = (key: BankKey, commandId: string, attempt: number): string => {
  const length = numberLength - issuerDigits.length - 1;
  const digits = issuerDigits + key.digits(length, 'card number', commandId, String(attempt));
  return digits + checkDigitOf(digits);
};

/**
 * Issues a card whose number follows from the command's id under the bank's key: the same command gives the same card,
 * number and code again, though neither is kept anywhere.
 */
export class CardIssuing {
  constructor(
    private readonly commandHandler: CommandHandler,
    private readonly key: BankKey,
    private readonly clock: Clock,
  ) {}

  /** @throws what `CommandHandler.send` throws */
  async issue(
    request: { readonly holder: string; readonly limit: Money },
    context: CommandContext,
  ): Promise<IssuedCard | IssueRefused> {
    for (let attempt = 0; attempt < maxNumbers; attempt++) {
      const number = numberFor(this.key, context.commandId, attempt);
      const issued = await this.#issueAs(number, request, context);
      if (issued !== 'taken') return issued;
    }
    throw new Error(`no free card number in ${maxNumbers} tries`);
  }

  async #issueAs(
    number: string,
    { holder, limit }: { readonly holder: string; readonly limit: Money },
    context: CommandContext,
  ): Promise<IssuedCard | IssueRefused | 'taken'> {
    const now = this.clock.now();
    const today = new Date(now);
    const cardId = cardIdOf(this.key, number);
    const shown = { cardId, brand: brandOf(number), lastFour: number.slice(-4) };
    const expiry = { expiryMonth: today.getUTCMonth() + 1, expiryYear: today.getUTCFullYear() + validYears };
    const command = { type: 'Issue', ...shown, ...expiry, holder, limit, issuedFor: context.commandId, now } as const;
    const sent = await this.commandHandler.handle(card, cardId, command, context, {
      select: (state) => (state.status === 'issued' ? state.issued : undefined),
    });
    if (sent.refusal !== undefined) return 'taken';
    const { result: issued, position } = sent;
    if (issued === undefined) throw new Error(`card ${cardId} was not issued`);
    const isSame =
      issued.holder === holder &&
      issued.limit.amountMinor === limit.amountMinor &&
      issued.limit.currency === limit.currency;
    if (!isSame) return { status: 'refused', code: 'other_request' };
    const { expiryMonth, expiryYear } = issued;
    const securityCode = securityCodeOf(this.key, number, expiryMonth, expiryYear);
    return { status: 'issued', ...shown, number, expiryMonth, expiryYear, securityCode, position };
  }
}
