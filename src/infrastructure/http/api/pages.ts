import { IsReference } from '../documentation/reply-fields.js';
import { IsToken, IsWholeNumber, Optional } from '../input/fields.js';
import { toJson } from './json.js';

export class PageQuery {
  @Optional()
  @IsWholeNumber(1, 100)
  readonly limit?: number;

  @Optional()
  @IsToken(500)
  readonly cursor?: string;
}

/** Beside the `items` of a page: where its neighbours are, if there are any. */
export class Page {
  @Optional()
  @IsReference()
  readonly next?: string;

  @Optional()
  @IsReference()
  readonly prev?: string;
}

type Present<Query> = { [Name in keyof Query]: Exclude<Query[Name], undefined> };

/** What was asked for, without what was left out. */
export const pageRequest = <Query extends object>(query: Query): Present<Query> =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as Present<Query>;

/** A page with links to its neighbours, which keep the filters. */
export const pageReply = (
  path: string,
  query: object,
  page: { readonly items: readonly unknown[]; readonly next?: string; readonly prev?: string },
): Readonly<Record<string, unknown>> => {
  const link = (cursor: string): string => {
    const filters = Object.entries(query).filter(([, value]) => value !== undefined);
    return `${path}?${new URLSearchParams({ ...Object.fromEntries(filters), cursor })}`;
  };
  return {
    ...(toJson(page) as object),
    ...(page.next !== undefined && { next: link(page.next) }),
    ...(page.prev !== undefined && { prev: link(page.prev) }),
  };
};
