import { IsWholeNumber, Nested } from './fields.js';
import { rule } from './rule.js';

const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** A currency's alphabetic code (ISO 4217). */
export const IsCurrency = (): PropertyDecorator =>
  rule({
    name: 'isCurrency',
    message: 'must be a currency code of ISO 4217 such as EUR',
    schema: { type: 'string', pattern: '^[A-Z]{3}$' },
    isValid: (value) => typeof value === 'string' && currencies.has(value),
  });

/** An amount in the minor unit of its currency, from zero up. */
export class Money {
  @IsWholeNumber(0, Number.MAX_SAFE_INTEGER)
  readonly amountMinor!: number;

  @IsCurrency()
  readonly currency!: string;
}

/** The field is an amount of money. */
export const IsMoney = (): PropertyDecorator => Nested(() => Money);
