import { maxAmountMinor } from '../../../application/bounds.js';
import { isCurrency } from '../../../application/currencies.js';
import { IsWholeNumber, Nested } from './fields.js';
import { rule } from './rule.js';

/** A currency's alphabetic code (ISO 4217), of those that are in use. */
export const IsCurrency = (): PropertyDecorator =>
  rule({
    name: 'isCurrency',
    message: 'must be a currency code of ISO 4217 such as EUR',
    schema: { type: 'string', pattern: '^[A-Z]{3}$' },
    isValid: (value) => typeof value === 'string' && isCurrency(value),
  });

/** An amount in the minor unit of its currency, from zero up. */
export class Money {
  @IsWholeNumber(0, maxAmountMinor)
  readonly amountMinor!: number;

  @IsCurrency()
  readonly currency!: string;
}

/** The field is an amount of money. */
export const IsMoney = (): PropertyDecorator => Nested(() => Money);
