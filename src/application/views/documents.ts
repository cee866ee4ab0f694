import type { View } from '../../projections/projection.js';
import type { Query, ViewDocument, ViewStore } from '../ports/views.js';

/** One collection of a projection, with the type of the documents that the projection writes. */
export class Documents<Document extends object> {
  constructor(
    private readonly views: Pick<ViewStore, 'get' | 'find'>,
    private readonly view: View,
    private readonly collection: string,
  ) {}

  /** @throws ViewsUnavailable */
  async get(id: string): Promise<Document | undefined> {
    const document = await this.views.get(this.view, this.collection, id);
    return document === undefined ? undefined : written<Document>(document);
  }

  /** @throws ViewsUnavailable */
  async find(query: Query): Promise<readonly Document[]> {
    return (await this.views.find(this.view, this.collection, query)).map(written<Document>);
  }
}

/** Only the projection writes here, in one stream's order from its first event on; `verify` names what isn't so. */
const written = <Document extends object>(document: ViewDocument): Document => document as unknown as Document;
