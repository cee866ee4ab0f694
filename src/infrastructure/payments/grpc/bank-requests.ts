import {
  charactersIn,
  maxAmountMinor,
  maxCardTokenCharacters,
  maxNameCharacters,
} from '../../../application/bounds.js';
import type { Cause } from '../../../application/processes/process-runner.js';
import type { Money } from '../../../domain/money.js';
import type { WireContext } from './bank-contract.js';

/** A request that can't be read; the message names the field and never repeats its value. */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest';
}

const fieldOf = (message: unknown, name: string): unknown =>
  typeof message === 'object' && message !== null ? Reflect.get(message, name) : undefined;

const idOf = (message: unknown, name: string, label: string): string => {
  const value = fieldOf(message, name);
  if (typeof value === 'string' && /^[A-Za-z0-9._:-]{1,100}$/.test(value)) return value;
  throw new InvalidRequest(`${label} must be 1 to 100 letters, digits or one of . _ : -`);
};

const textOf = (message: unknown, name: string, label: string, maxLength: number): string => {
  const value = fieldOf(message, name) ?? '';
  const isText = typeof value === 'string' && charactersIn(value) <= maxLength && value.isWellFormed();
  if (isText && !/\p{Cc}/u.test(value)) return value;
  throw new InvalidRequest(`${label} must be a text of up to ${maxLength} characters without control characters`);
};

const amountOf = (message: unknown): Money => {
  const amount = fieldOf(message, 'amount');
  const amountMinor = Number(fieldOf(amount, 'amountMinor'));
  const currency = fieldOf(amount, 'currency');
  if (!Number.isSafeInteger(amountMinor) || amountMinor < 1 || amountMinor > maxAmountMinor) {
    throw new InvalidRequest(`amount.amount_minor must be a whole number from 1 to ${maxAmountMinor}`);
  }
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) {
    throw new InvalidRequest('amount.currency must be three capital letters (ISO 4217)');
  }
  return { amountMinor, currency };
};

const isContext = (text: string | undefined): text is string => /^[\x20-\x7e]{1,200}$/.test(text ?? '');

/** What can't be kept of it is left out: a call isn't refused for that. */
export const contextOf = ({ correlationId, traceparent }: WireContext, transactionId: string): Cause => ({
  correlationId: isContext(correlationId) ? correlationId : transactionId,
  ...(isContext(traceparent) && { traceparent }),
});

/** @throws InvalidRequest */
export const transactionCallOf = (message: unknown) => ({
  transactionId: idOf(message, 'transactionId', 'transaction_id'),
});

/** @throws InvalidRequest */
export const authoriseCallOf = (message: unknown) => {
  const cardToken = textOf(message, 'cardToken', 'card_token', maxCardTokenCharacters);
  if (cardToken === '') throw new InvalidRequest('card_token must not be empty');
  return {
    ...transactionCallOf(message),
    cardToken,
    amount: amountOf(message),
    description: textOf(message, 'description', 'description', maxNameCharacters),
  };
};

/** @throws InvalidRequest */
export const refundCallOf = (message: unknown) => ({
  ...transactionCallOf(message),
  refundId: idOf(message, 'refundId', 'refund_id'),
  amount: amountOf(message),
});
