import { invalidField, Problem } from './problem.js';

/** Tags that a condition names, quoted as on the wire, or `*` for any. */
export type EntityTags = readonly string[] | '*';

/** The strong tag of a stream's revision (RFC 9110, section 8.8.3). */
export const entityTag = (revision: bigint | string): string => `"${revision}"`;

const tag = /^(?:W\/)?"[\x21\x23-\x7e]*"$/;

/**
 * If-Match or If-None-Match (RFC 9110, section 13.1).
 * @throws Problem 400 naming the header
 */
export const parseEntityTags = (header: string, text: string): EntityTags => {
  if (text.trim() === '*') return '*';
  const tags = text.split(',').map((part) => part.trim());
  if (tags.every((part) => tag.test(part))) return tags;
  throw invalidField('header', header, 'malformed', 'must be quoted entity tags, or *');
};

const withoutWeakness = (text: string): string => text.replace(/^W\//, '');

/** Weak comparison: for If-None-Match. */
export const matchesWeakly = (tags: EntityTags, current: string): boolean =>
  tags === '*' || tags.some((text) => withoutWeakness(text) === withoutWeakness(current));

/** Revisions that a change may follow; any without a condition. Strong comparison: a weak tag names none. */
export const revisionsOf = (ifMatch: EntityTags | undefined): readonly bigint[] | undefined =>
  ifMatch === undefined || ifMatch === '*'
    ? undefined
    : ifMatch.flatMap((text) => /^"(\d{1,19})"$/.exec(text)?.[1] ?? []).map(BigInt);

export const preconditionFailed = (): Problem =>
  new Problem({
    status: 412,
    code: 'precondition_failed',
    title: 'It has changed since you read it',
    errors: [
      { field: 'If-Match', in: 'header', code: 'stale', message: 'names another revision than the current one' },
    ],
  });
